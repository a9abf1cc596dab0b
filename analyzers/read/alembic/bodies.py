"""The schema changes of a revision file: its ``upgrade()``, judged with its ``downgrade()``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any, TypeVar

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.alembic.calls import OpCall
from analyzers.read.alembic.changes import changes_of
from analyzers.read.alembic.evaluate import Scope
from analyzers.read.alembic.imported_texts import with_texts
from analyzers.read.alembic.library_types import with_known_types
from analyzers.read.alembic.live_models import is_model, stands_beside, used_classes
from analyzers.read.alembic.looked_up import OwnColumns
from analyzers.read.alembic.module_names import module_scope
from analyzers.read.alembic.modules import Modules
from analyzers.read.alembic.operations import read_calls
from analyzers.read.alembic.reversal import reversal
from analyzers.read.cache import Cache
from analyzers.read.sources import Unparsed, parse
from analyzers.read.values import Ref
from analyzers.trees import Tree
from analyzers.vocabulary import Place, RunCode, SchemaChange, UnknownChange

_WORD = re.compile(r"\w+")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a revision does, forwards and back."""

    forward: tuple[SchemaChange, ...] = ()
    back: tuple[SchemaChange, ...] | None = None
    """None where there is no ``downgrade``."""
    calls: tuple[OpCall, ...] = ()
    """The calls of ``upgrade``, for writing them as SQL."""
    back_calls: tuple[OpCall, ...] = ()
    gives_up: bool = False
    """``downgrade`` raises instead of going back, or does what Alembic refuses."""
    nameless: int | None = None
    """The line where it drops a constraint or an index without a name, which Alembic refuses."""


def _in_words(calls: Iterable[OpCall]) -> tuple[OpCall, ...]:
    """*calls* as they can be kept: without what was parsed."""
    return tuple(replace(call, words=call.text, node=None) for call in calls)


def _too_deep(path: str) -> UnknownChange:
    return UnknownChange(place=Place(path), text="too deep to be read")


def _explained(module: ast.Module, text: str) -> bool:
    """Whether ``downgrade`` says in words why it does nothing: a docstring, or a comment in it."""
    down = next(
        (s for s in module.body if isinstance(s, ast.FunctionDef) and s.name == "downgrade"), None
    )
    if down is None:
        return False
    # Alembic's template writes comments of its own.
    lines = text.splitlines()[down.lineno : down.end_lineno]
    comments = (line.partition("#")[2].strip() for line in lines if "#" in line)
    return bool(ast.get_docstring(down)) or any(c and not c.startswith("##") for c in comments)


def _drops_nameless(call: OpCall) -> bool:
    """Whether it is ``drop_constraint(None, ...)``, as autogenerate writes it."""
    argument = {"drop_constraint": "constraint_name", "drop_index": "index_name"}.get(call.name)
    return argument is not None and call.get(0, argument, "not said") is None


class _TableNames(ast.NodeTransformer):
    """Writes ``User.__tablename__`` as the text that it is."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.attr == "__tablename__":
            text = self._known.get(node.value.id)
            if text is not None:
                return ast.copy_location(ast.Constant(text), node)
        return self.generic_visit(node)


class Bodies:
    """Reads the bodies of one tree's revisions; helpers are looked up in the tree."""

    def __init__(self, tree: Tree, cache: Cache) -> None:
        self._tree = tree
        self._cache = cache
        self._modules = Modules(tree)
        self._followed = False
        self._own = OwnColumns(self._modules)
        self._bodies: dict[tuple[str, str], Body] = {}
        self._upgrades: dict[tuple[str, str], tuple[SchemaChange, ...]] = {}
        self._leaning: dict[tuple[str, str, str], Any] = {}
        """What leans on other files of this tree."""

    def read(self, path: str, dialect: str) -> Body:
        """What the revision file *path* does; empty where it cannot be parsed."""
        if (path, dialect) not in self._bodies:
            body = self._kept("alembic-body-35", path, dialect, self._read)
            back = body.back
            self._bodies[path, dialect] = replace(
                body,
                forward=self._own.settled(body.forward, path, dialect),
                back=self._own.settled(back, path, dialect) if back is not None else None,
            )
        return self._bodies[path, dialect]

    def upgrade(self, path: str, dialect: str) -> tuple[SchemaChange, ...]:
        """
        Its forward changes alone, without a word on whether they can be taken back.

        That is half of the work, and enough for what stands before the new revisions.
        """
        if (path, dialect) not in self._upgrades:
            kept = self._kept("alembic-upgrade-19", path, dialect, self._upgrade)
            self._upgrades[path, dialect] = self._own.settled(kept, path, dialect)
        return self._upgrades[path, dialect]

    def _kept(self, kind: str, path: str, dialect: str, read: Callable[[str, str], Read]) -> Read:
        leaning: Read | None = self._leaning.get((kind, path, dialect))
        if leaning is not None:
            return leaning
        key = f"{self._tree.oid(path)}:{path}:{dialect}"
        kept: Read | None = self._cache.get(kind, key)
        if kept is not None:
            return kept
        self._followed = False
        made = read(path, dialect)
        if self._followed:
            # What a helper does stands in another file, which may change by itself.
            self._leaning[kind, path, dialect] = made
        else:
            self._cache.put(kind, key, made)
        return made

    def words(self, path: str) -> frozenset[str]:
        """Every word of a revision file: names that it may use in a way that cannot be read."""
        text = self._tree.read(path)[: limits.SOURCE_BYTES].decode(errors="replace")
        return frozenset(_WORD.findall(text))

    def _module(self, path: str) -> ast.Module | None:
        module = parse(self._tree.read(path))
        if isinstance(module, Unparsed):
            return None
        package = path.rpartition("/")[0].replace("/", ".")
        module = with_texts(module, package, lambda dotted: self._text(dotted, path))
        return (
            self._with_tables(module, path) if b"__tablename__" in self._tree.read(path) else module
        )

    def _text(self, dotted: str, path: str) -> str | None:
        """The text that *dotted* names, as the revision *path* imports it."""
        found = self._modules.value(dotted, path)
        self._followed |= found is not None
        return found[0] if found is not None and isinstance(found[0], str) else None

    def _upgrade(self, path: str, dialect: str) -> tuple[SchemaChange, ...]:
        module = self._module(path)
        if module is None:
            return ()
        try:
            calls = self._calls(module, "upgrade", dialect) or ()
            return tuple(c for call in calls for c in changes_of(call, path, dialect))
        except RecursionError:
            return (_too_deep(path),)

    def _read(self, path: str, dialect: str) -> Body:
        module = self._module(path)
        if module is None:
            return Body()
        text = self._tree.read(path).decode(errors="replace")
        try:
            calls = self._calls(module, "upgrade", dialect) or ()
            back_calls = self._calls(module, "downgrade", dialect)
            forward = tuple(c for call in calls for c in changes_of(call, path, dialect))
            back = (
                tuple(c for call in back_calls for c in changes_of(call, path, dialect))
                if back_calls is not None
                else None
            )
        except RecursionError:
            return Body(forward=(_too_deep(path),))
        forward = self._with_live_models(forward, module, path)
        sure = [call for call in back_calls or () if not call.guarded]
        nameless = next((call.line for call in sure if _drops_nameless(call)), None)
        gives_up = nameless is not None or any(call.name == "raise" for call in sure)
        return Body(
            forward=reversal(forward, back, gives_up=gives_up, explained=_explained(module, text)),
            back=back,
            calls=_in_words(calls),
            back_calls=_in_words(back_calls or ()),
            gives_up=gives_up,
            nameless=nameless,
        )

    def _calls(self, module: ast.Module, function: str, dialect: str) -> tuple[OpCall, ...] | None:
        found = read_calls(module, function, dialect, self._find)
        return None if found is None else tuple(with_known_types(call) for call in found)

    def _with_live_models(
        self, forward: tuple[SchemaChange, ...], module: ast.Module, path: str
    ) -> tuple[SchemaChange, ...]:
        """*forward*, whose first step in Python says which models of the program it leans on."""
        first = next((change for change in forward if isinstance(change, RunCode)), None)
        live = [used for used in used_classes(module) if self._is_model(used.dotted, path)]
        if first is None or not live:
            return forward
        step = replace(
            first,
            imports_models=tuple(used.name for used in live),
            place_of_code=Place(path, live[0].line, live[0].line),
        )
        return tuple(step if change is first else change for change in forward)

    def _is_model(self, dotted: str, path: str) -> bool:
        self._followed = True
        found = self._modules.definition(dotted, path)
        if found is None or stands_beside(found[1].path, path):
            return False
        return isinstance(found[0], ast.ClassDef) and is_model(found[0])

    def _with_tables(self, module: ast.Module, path: str) -> ast.Module:
        """*module* with the tables of imported models by name: ``User.__tablename__`` as ``"user"``."""
        scope = module_scope(module)
        known: dict[str, str] = {}
        for node in ast.walk(module):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr="__tablename__"):
                    held = scope.look_up(name)
                    if isinstance(held, Ref):
                        found = self._modules.definition(held.name, path)
                        held = found[0] if found else None
                        self._followed = True
                    for statement in held.body if isinstance(held, ast.ClassDef) else ():
                        match statement:
                            case ast.Assign(
                                targets=[ast.Name(id="__tablename__")],
                                value=ast.Constant(value=str(text)),
                            ):
                                known[name] = text
                            case _:
                                pass
                case _:
                    pass
        made = _TableNames(known).visit(deepcopy(module)) if known else module
        return made if isinstance(made, ast.Module) else module

    def _find(self, dotted: str) -> tuple[ast.FunctionDef, Scope] | None:
        """The function of the repository that *dotted* names."""
        if dotted.partition(".")[0] in {"sqlalchemy", "alembic"}:
            return None
        found = self._modules.definition(dotted)
        if found is None or not isinstance(found[0], ast.FunctionDef):
            return None
        self._followed = True
        return found[0], found[1].scope
