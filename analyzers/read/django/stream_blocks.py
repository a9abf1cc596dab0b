"""
The blocks of Wagtail's ``StreamField``, as migrations hold them.

Models name classes of blocks, older migrations hold nested calls, newer ones a
table that blocks are looked up in (``block_lookup``): all are brought to what
``deconstruct`` of the blocks gives. ``StructBlock`` and ``StreamBlock`` are
written out with all their children whatever class they are of, choices with the
list of their class; all other blocks by their class and what it was called with.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from analyzers.frozen import dataclass
from analyzers.limits import STREAM_BLOCKS
from analyzers.read.django.changed_in_place import InPlace
from analyzers.read.modules import ClassFound
from analyzers.read.project import Project
from analyzers.read.values import Call, Ref, Value, known

STREAM_FIELDS = frozenset(
    {
        "wagtail.fields.StreamField",
        "wagtail.core.fields.StreamField",
        "wagtail.wagtailcore.fields.StreamField",
    }
)
"""Wagtail's field in all its versions; what a project's own class makes of it is not known."""

Family = Literal["struct", "typed", "list", "choice", "page", "image", "plain"]

_BLOCKS = "wagtail.blocks."
_CORE = re.compile(
    r"^wagtail\.(?:(?:core|wagtailcore)\.)?(?:fields\.(?=StreamBlock$)|blocks\.)"
    r"(?:(?:base|field_block|list_block|static_block|stream_block|struct_block)\.)?(?=\w+$)"
)
_APPS = re.compile(r"^wagtail\.wagtail(images|embeds|snippets)\.blocks\.")
_DOCUMENTS = re.compile(r"^wagtail\.wagtaildocs\.blocks\.")
_TYPED = "wagtail.contrib.typed_table_block.blocks.TypedTableBlock"
_STREAM = "wagtail.blocks.StreamBlock"

_FAMILIES: Mapping[str, Family] = {
    "wagtail.blocks.StructBlock": "struct",
    _STREAM: "struct",
    _TYPED: "typed",
    "wagtail.blocks.ListBlock": "list",
    "wagtail.blocks.ChoiceBlock": "choice",
    "wagtail.blocks.MultipleChoiceBlock": "choice",
    "wagtail.blocks.PageChooserBlock": "page",
    "wagtail.images.blocks.ImageBlock": "image",
    **dict.fromkeys(
        (
            *(
                f"{_BLOCKS}{name}Block"
                for name in (
                    "BlockQuote", "Boolean", "Char", "Date", "DateTime", "Decimal", "Email", "Float",
                    "Integer", "RawHTML", "Regex", "RichText", "Static", "Text", "Time", "URL",
                )
            ),
            "wagtail.contrib.table_block.blocks.TableBlock",
            "wagtail.documents.blocks.DocumentChooserBlock",
            "wagtail.embeds.blocks.EmbedBlock",
            "wagtail.images.blocks.ImageChooserBlock",
            "wagtail.snippets.blocks.SnippetChooserBlock",
        ),
        "plain",
    ),
    f"{_BLOCKS}Block": "plain",
    f"{_BLOCKS}FieldBlock": "plain",
    f"{_BLOCKS}ChooserBlock": "plain",
}  # fmt: skip

_UNUSUAL = frozenset(
    {
        "__class__", "__eq__", "__getattr__", "__getattribute__", "__init_subclass__", "__module__",
        "__new__", "__qualname__", "__setattr__", "_constructor_args", "_constructor_kwargs", "_meta_class",
        "base_blocks", "canonical_module_path", "child_blocks", "construct_from_lookup",
        "declared_blocks", "deconstruct", "deconstruct_with_lookup", "set_meta_options", "set_name",
    }
)  # fmt: skip
"""What a class may define to be written otherwise."""

_NOT_WRITTEN = {
    "struct": frozenset({"search_index"}),
    "choice": frozenset({"default", "search_index", "validators", "widget"}),
    "image": frozenset({"required", "search_index"}),
}
"""Arguments that some version takes without writing them: nothing can be told by them."""

_OF_CHOICES = ("choices", "default", "required", "help_text")


@dataclass(frozen=True, slots=True)
class Block:
    """A block: the class that it is written by, and what that was given."""

    path: str
    children: Mapping[str, Block] | None = None
    """In order, of those that are written with their children."""
    args: tuple[Value, ...] = ()
    """By position; the child of a list is a ``Block``, or the class as a ``Ref``."""
    kwargs: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class _Class:
    family: Family
    path: str
    children: Mapping[str, Block] | None = None
    choices: Value = ()


class _NotKnownError(Exception):
    """Something of a block is not in plain sight."""


class StreamBlocks:
    """The blocks of the fields of one project; classes are read when a field has them, and once."""

    def __init__(
        self,
        project: Project,
        plain: Callable[[Value], Value],
        label_of: Callable[[str], str | None],
    ) -> None:
        """*plain* takes marks for translation off, *label_of* gives ``app.Model`` for a class."""
        self.project = project
        self.plain = plain
        self.label_of = label_of
        self._classes: dict[str, _Class | None] = {}
        self._calls: dict[str, dict[tuple[int, int], ast.Call]] = {}
        self._in_place = InPlace(project)
        self._depth = 0

    def of(self, field: Call) -> Mapping[str, Block] | None:
        """The blocks of *field* by name, in order; None where one of them is not wholly known."""
        lookup = field.get("block_lookup")
        given = field.args[0] if field.args else field.get("block_types")
        try:
            return self._top(given, _Lookup(self, lookup) if isinstance(lookup, dict) else None)
        except (_NotKnownError, RecursionError):
            return None

    def settled(self, field: Call, path: str) -> bool:
        """Whether *field*, which stands in the file *path*, is made of what no later statement changes."""
        module = self.project.at(path) if not path.startswith("<") else None
        if module is None:
            return False
        if path not in self._calls:
            # What stands around another call on the same lines comes first.
            self._calls[path] = {}
            for node in ast.walk(ast.Module(module.body, [])):
                if isinstance(node, ast.Call):
                    lines = (node.lineno, node.end_lineno or node.lineno)
                    self._calls[path].setdefault(lines, node)
        found = self._calls[path].get((field.line, field.end_line))
        return found is not None and not self._in_place.changes(module, found)

    def _top(self, given: Value, lookup: _Lookup | None) -> Mapping[str, Block]:
        if isinstance(given, list | tuple):
            return self._named(given, lookup)
        if isinstance(given, Ref):
            given = Call(given.name)
        block = self._block(given, lookup)
        if block.path != _STREAM or block.children is None:
            raise _NotKnownError
        return block.children

    def _named(self, pairs: Value, lookup: _Lookup | None) -> dict[str, Block]:
        found: dict[str, Block] = {}
        if not isinstance(pairs, list | tuple):
            raise _NotKnownError
        for pair in pairs:
            match pair:
                case (str() as name, block) | [str() as name, block]:
                    found[name] = self._block(block, lookup)
                case _:
                    raise _NotKnownError
        return found

    def _block(self, value: Value, lookup: _Lookup | None) -> Block:
        if type(value) is int and lookup is not None:
            return lookup.block(value)
        if not isinstance(value, Call):
            raise _NotKnownError
        self._depth += 1
        try:
            if self._depth > _DEPTH:
                raise _NotKnownError
            return self._made(value, lookup)
        finally:
            self._depth -= 1

    def _made(self, call: Call, lookup: _Lookup | None) -> Block:
        """The block that *call* makes."""
        of = self._class(call.func)
        if of is None:
            raise _NotKnownError
        kwargs = dict(call.kwargs)
        if len(kwargs) != len(call.kwargs):
            raise _NotKnownError
        args = list(call.args)
        children: dict[str, Block] | None = None
        match of.family:
            case "struct" | "typed":
                if "local_blocks" in kwargs:
                    args.append(kwargs.pop("local_blocks"))
                if len(args) > 1:
                    raise _NotKnownError
                children = dict(of.children or {})
                if args and args[0] is not None:
                    children.update(self._named(args[0], lookup))
                args = []
            case "choice":
                if len(args) > len(_OF_CHOICES):
                    raise _NotKnownError
                kwargs |= dict(zip(_OF_CHOICES, args, strict=False))
                args = []
                self._choose(of, kwargs)
            case "image":
                args = []
            case "list":
                if not args or "child_block" in kwargs:
                    raise _NotKnownError
                args[0] = self._listed(args[0], lookup)
            case "page":
                self._pages(kwargs)
            case "plain":
                pass
        for name in _NOT_WRITTEN.get(of.family, ()):
            kwargs.pop(name, None)
        if of.family in {"list", "page", "plain"} and "classname" in kwargs:
            classname = kwargs.pop("classname")
            kwargs.setdefault("form_classname", classname)
        return Block(
            of.path,
            children,
            tuple(a if isinstance(a, Block) else self._value(a) for a in args),
            tuple(sorted((k, self._value(v)) for k, v in kwargs.items())),
        )

    def _value(self, value: Value) -> Value:
        value = self.plain(value)
        if not known(value):
            raise _NotKnownError
        return value

    def _listed(self, child: Value, lookup: _Lookup | None) -> Block | Ref:
        """The child of a ``ListBlock``: a class is written as the class, whatever it has."""
        if not isinstance(child, Ref):
            return self._block(child, lookup)
        if is_block(child.name):
            return Ref(of_wagtail(child.name))
        found = self.project.find_class(child.name)
        if found is None or self._class(child.name) is None:
            raise _NotKnownError
        return Ref(found.dotted)

    def _choose(self, of: _Class, kwargs: dict[str, Value]) -> None:
        given = kwargs.get("choices")
        choices = self.plain(of.choices if given is None else given)
        if isinstance(choices, Ref) and given is not None and self._is_function(choices):
            kwargs["choices"] = choices
        elif isinstance(choices, list | tuple):
            kwargs["choices"] = list(choices)
        else:
            raise _NotKnownError
        if kwargs.get("required") is True:
            del kwargs["required"]
        if "help_text" in kwargs and kwargs["help_text"] is None:
            del kwargs["help_text"]

    def _is_function(self, named: Ref) -> bool:
        return self.project.function_named(named) is not None

    def _pages(self, kwargs: dict[str, Value]) -> None:
        """The kinds of pages that can be chosen, as the labels of their models."""
        if not {"page_type", "target_model"} & kwargs.keys():
            return
        old = kwargs.pop("target_model", None)
        given = old or kwargs.get("page_type") or []
        labels: list[Value] = []
        for model in given if isinstance(given, list | tuple) else [given]:
            label = self.label_of(model.name) if isinstance(model, Ref) else model
            if not isinstance(label, str) or "." not in label:
                raise _NotKnownError
            labels.append(label.lower())
        kwargs["page_type"] = labels

    # -- classes ---------------------------------------------------------------------

    def _class(self, dotted: str) -> _Class | None:
        """What blocks of the class *dotted* are written as; None where that is not known."""
        if dotted not in self._classes:
            # A class with itself among its children is an error.
            self._classes[dotted] = None
            with contextlib.suppress(_NotKnownError):
                self._classes[dotted] = self._read(dotted)
        return self._classes[dotted]

    def _read(self, dotted: str) -> _Class:
        name = of_wagtail(dotted)
        if name in _FAMILIES:
            return _Class(_FAMILIES[name], name)
        found = self.project.find_class(dotted)
        if found is None or found.given is not None or found.made_of:
            raise _NotKnownError
        own: list[ClassFound] = []
        base = ""
        for entry in self.project.linear(found):
            at = entry if isinstance(entry, str) else entry.dotted
            library = of_wagtail(at)
            if library in _FAMILIES or at.startswith(_INTERNAL):
                if base and _FAMILIES.get(library, "plain") not in {"plain", _FAMILIES[base]}:
                    # Of two kinds at once.
                    raise _NotKnownError
                base = base or (library if library in _FAMILIES else "")
            elif isinstance(entry, ClassFound):
                own.append(entry)
            elif entry not in _NOTHING:
                raise _NotKnownError
        family = _FAMILIES.get(base)
        if family is None:
            raise _NotKnownError
        for owner in own:
            self._is_usual(owner, family)
        if family in {"struct", "typed"}:
            return _Class(family, base, self._declared(own))
        if family == "image":
            return _Class(family, base)
        if family == "choice":
            return _Class(family, base, choices=self._choices_of(own))
        if "." in found.qualname or "DECONSTRUCT_ALIASES" in found.module.names.bound:
            raise _NotKnownError
        return _Class(family, found.dotted)

    def _is_usual(self, owner: ClassFound, family: Family) -> None:
        node = owner.node
        if node.decorator_list or node.keywords or owner.given is not None:
            raise _NotKnownError
        if self._in_place.changes(owner.module, ast.Name(id=node.name, ctx=ast.Load())):
            raise _NotKnownError
        for statement in node.body:
            names = _bound(statement)
            if names is None or names & _UNUSUAL:
                raise _NotKnownError
            if "__init__" in names and (
                family not in {"plain", "page"} or "_constructor_args" in ast.unparse(statement)
            ):
                raise _NotKnownError

    def _declared(self, own: Sequence[ClassFound]) -> dict[str, Block]:
        """The children that the bodies of the classes *own*, and of their ancestors, declare."""
        found: dict[str, Block] = {}
        for owner in reversed(own):
            blocks, gone = self._body(owner, declares=self._has_metaclass(owner))
            found.update(blocks)
            for name in gone:
                found.pop(name, None)
        return found

    def _has_metaclass(self, owner: ClassFound) -> bool:
        """Whether *owner* is a block itself, so that its body is searched for children."""
        return any(
            of_wagtail(e if isinstance(e, str) else e.dotted) in _FAMILIES
            for e in self.project.linear(owner)
        )

    def _body(self, owner: ClassFound, *, declares: bool) -> tuple[dict[str, Block], list[str]]:
        """The blocks in the body of a class, by the order in which they are made, and names set to None."""
        blocks: dict[str, Block] = {}
        gone: list[str] = []
        assigned: set[str] = set()
        defined: set[str] = set()
        elsewhere = False
        for statement in owner.node.body:
            name, node = _assigned(statement)
            if node is None:
                defined |= _bound(statement) or set()
                continue
            if name in assigned:
                raise _NotKnownError
            assigned.add(name)
            value = self.project.evaluate_in(owner, node)
            if value is None:
                gone.append(name)
            elif isinstance(value, Call) and declares:
                if self._in_place.changes(owner.module, node):
                    raise _NotKnownError
                elsewhere = elsewhere or not isinstance(node, ast.Call)
                blocks[name] = self._block(value, None)
            elif declares and not self._is_no_block(value):
                raise _NotKnownError
        if defined & assigned or (elsewhere and len(blocks) > 1):
            # Children stand in the order in which they were made, wherever that was.
            raise _NotKnownError
        return blocks, gone

    def _is_no_block(self, value: Value) -> bool:
        if isinstance(value, Ref):
            named = self.project.find_class(value.name) is not None
            return named or self._is_function(value) or value.name.startswith("builtins.")
        return known(value)

    def _choices_of(self, own: Sequence[ClassFound]) -> Value:
        for owner in own:
            for statement in owner.node.body:
                name, node = _assigned(statement)
                if name != "choices":
                    if "choices" in (_bound(statement) or ()):
                        raise _NotKnownError
                    continue
                if node is None or self._in_place.changes(owner.module, node):
                    raise _NotKnownError
                return self.project.evaluate_in(owner, node)
        return []


_DEPTH = 40
"""Blocks within blocks; the deepest real ones met are seven."""
_NOTHING = frozenset({"builtins.object", "abc.ABC", "typing.Generic"})
_INTERNAL = ("wagtail.blocks.", "wagtail.core.blocks.", "wagtail.contrib.typed_table_block.")
"""Where Wagtail's own classes stand that others derive from, in a copy of Wagtail."""


class _Lookup:
    """The table that blocks of newer migrations are looked up in; each is read once."""

    def __init__(self, blocks: StreamBlocks, table: Mapping[Value, Value]) -> None:
        self.blocks = blocks
        self.table = table
        self._found: dict[int, Block] = {}
        self._busy: set[int] = set()

    def block(self, index: int) -> Block:
        if index in self._found:
            return self._found[index]
        if index in self._busy or len(self.table) > STREAM_BLOCKS:
            raise _NotKnownError
        self._busy.add(index)
        match self.table.get(index):
            case (str() as path, list() | tuple() as args, dict() as kwargs) if all(
                isinstance(k, str) for k in kwargs
            ):
                call = Call(path, tuple(args), tuple(kwargs.items()))
            case _:
                raise _NotKnownError
        found = self._found[index] = self.blocks._block(call, self)
        return found


def is_block(dotted: str) -> bool:
    """Whether *dotted* is one of Wagtail's own blocks."""
    return of_wagtail(dotted) in _FAMILIES


def of_wagtail(dotted: str) -> str:
    """*dotted* as today's Wagtail calls it: its blocks have moved, and are told by one path."""
    if not dotted.startswith("wagtail."):
        return dotted
    for pattern, path in ((_CORE, _BLOCKS), (_APPS, r"wagtail.\1.blocks.")):
        if pattern.match(dotted):
            return pattern.sub(path, dotted)
    return _DOCUMENTS.sub("wagtail.documents.blocks.", dotted)


def _assigned(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            return name, value
        case _:
            return "", None


def _bound(statement: ast.stmt) -> set[str] | None:
    """The names that a statement in a class body binds; None where it may do anything."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return set()
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case ast.Assign(targets=[ast.Name(id=name)]):
            return {name}
        case _:
            return None
