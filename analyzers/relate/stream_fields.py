"""Where the blocks of a ``StreamField`` in the models and in the migrations part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analyzers.frozen import dataclass
from analyzers.read.django.model_class import FieldDef
from analyzers.read.django.stream_blocks import STREAM_FIELDS, Block, is_block
from analyzers.read.values import Call, Opaque, Ref, Value, known
from analyzers.relate.django_fields import same
from analyzers.relate.django_state import ModelKey
from analyzers.relate.gaps import source

if TYPE_CHECKING:
    from analyzers.relate.view import View

_MOST = 20
"""Differences told of one field: it is written anew for any of them."""
_VALIDATORS = "django.core.validators."


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is not the same: what it is, in words, and what each side has; nothing where it is not there."""

    of: str
    said: str
    held: str


def is_stream(value: Value) -> bool:
    """Whether *value* is a field of blocks."""
    return isinstance(value, Call) and value.func in STREAM_FIELDS


def parts(view: View, definition: FieldDef, held: Call) -> tuple[Part, ...] | None:
    """What certainly differs between a model's field and the migrations'; None where the blocks are not wholly known."""
    blocks = view.stream_blocks
    said = blocks.of(definition.value)
    if said is None or not blocks.settled(definition.value, definition.path):
        return None
    old = blocks.of(held)
    if old is None:
        return None
    found: list[Part] = []
    for part in _Comparison(view).children("", said, old):
        found.append(part)
        if len(found) == _MOST:
            break
    return tuple(found)


def keeps_blocks(view: View) -> bool:
    """Whether most fields of *view* that are wholly read agree, and there are such."""
    agreed = 0
    for key, model in view.models.found.items():
        state = view.state.models.get(ModelKey(*key))
        for name, definition in model.fields.items() if state is not None else ():
            held = state.fields.get(name) if state is not None else None
            if is_stream(definition.value) and isinstance(held, Call) and is_stream(held):
                found = parts(view, definition, held)
                agreed += 0 if found is None else -1 if found else 1
    return agreed > 0


class _Comparison:
    def __init__(self, view: View) -> None:
        self.view = view
        self.seen: set[tuple[int, int]] = set()
        """Pairs of blocks that were compared at another place."""

    def children(
        self, where: str, said: Mapping[str, Block], held: Mapping[str, Block]
    ) -> Iterator[Part]:
        """The differences between blocks of the same names; *where* they are, with a slash behind it."""
        for name in said:
            if name not in held:
                yield Part(f"the block {where}{name}", said[name].path, "")
        for name in held:
            if name not in said:
                yield Part(f"the block {where}{name}", "", held[name].path)
        one, two = ([n for n in a if n in b] for a, b in ((said, held), (held, said)))
        if one != two:
            inside = f" in {where[:-1]}" if where else ""
            yield Part(f"the order of the blocks{inside}", ", ".join(one), ", ".join(two))
        for name in one:
            yield from self.blocks(f"{where}{name}", said[name], held[name])

    def blocks(self, where: str, said: Block, held: Block) -> Iterator[Part]:
        """The differences between two blocks of one name."""
        pair = (id(said), id(held))
        if said is held or pair in self.seen:
            return
        self.seen.add(pair)
        this = f"the block {where}"
        if said.path != held.path:
            yield Part(f"the class of {this}", said.path, held.path)
            return
        if said.children is not None and held.children is not None:
            yield from self.children(f"{where}/", said.children, held.children)
        if len(said.args) != len(held.args):
            yield Part(f"what is given to {this}", _shown(said.args), _shown(held.args))
        else:
            for one, two in zip(said.args, held.args, strict=True):
                if isinstance(one, Block) and isinstance(two, Block):
                    yield from self.blocks(f"{where}/item", one, two)
                elif self.alike(one, two) is False:
                    yield Part(f"what is given to {this}", _shown(one), _shown(two))
        ours, theirs = dict(said.kwargs), dict(held.kwargs)
        for name in sorted(ours.keys() | theirs.keys()):
            if name not in ours or name not in theirs:
                texts = [_shown(s[name]) if name in s else "" for s in (ours, theirs)]
                yield Part(f"{name} of {this}", *texts)
            elif self.alike(ours[name], theirs[name]) is False:
                yield Part(f"{name} of {this}", _shown(ours[name]), _shown(theirs[name]))

    def alike(self, one: Value, two: Value) -> bool | None:
        """Whether two values are the same to a migration; None where that is not certain."""
        if isinstance(one, Block) or isinstance(two, Block):
            # A class is written where a block was, or the other way round.
            return False if isinstance(one, Ref) or isinstance(two, Ref) else None
        if isinstance(one, Ref) and isinstance(two, Ref):
            return self._references(one, two)
        if isinstance(one, Call) and isinstance(two, Call):
            both = all(v.func.startswith(_VALIDATORS) and known(v) for v in (one, two))
            return same(one, two) if both or one == two else None
        if any(isinstance(v, Call | Ref | Opaque) for v in (one, two)):
            return None
        if isinstance(one, list | tuple) and isinstance(two, list | tuple):
            if len(one) != len(two):
                return False if _certain(one) and _certain(two) else None
            return _all([self.alike(a, b) for a, b in zip(one, two, strict=True)])
        if isinstance(one, dict) and isinstance(two, dict):
            if one.keys() != two.keys():
                return False if _certain([*one, *two]) else None
            return _all([self.alike(v, two[k]) for k, v in one.items()])
        return bool(one == two)

    def _references(self, one: Ref, two: Ref) -> bool | None:
        if one == two or one.name.rpartition(".")[2] == two.name.rpartition(".")[2]:
            return True
        return False if self._is_known(one) and self._is_known(two) else None

    def _is_known(self, named: Ref) -> bool:
        project = self.view.project
        return (
            is_block(named.name)
            or project.function_named(named) is not None
            or project.find_class(named.name) is not None
        )


def _all(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _certain(value: Value) -> bool:
    """Whether *value* holds constants and names alone."""
    if isinstance(value, list | tuple | set | frozenset):
        return all(_certain(v) for v in value)
    if isinstance(value, dict):
        return all(_certain(v) for v in (*value, *value.values()))
    return not isinstance(value, Opaque)


def _shown(value: Value) -> str:
    if isinstance(value, Block):
        return value.path
    if isinstance(value, tuple) and any(isinstance(v, Block) for v in value):
        return f"({', '.join(_shown(v) for v in value)})"
    return source(value)[:200]
