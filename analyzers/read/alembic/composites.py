"""Columns that stand inside ``composite(Point, mapped_column("x"), mapped_column("y"))``."""

from __future__ import annotations

import ast
from itertools import zip_longest

from analyzers.frozen import dataclass
from analyzers.read.alembic.column_calls import column_call
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source

_COMPOSITES = frozenset({"sqlalchemy.orm.composite", "sqlalchemy.orm.composite_property"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One column of a composite."""

    name: str
    call: Call
    annotation: ast.expr | None = None
    """What the dataclass says of its field, in the words of *home*."""
    home: Module


def is_composite(value: Value) -> bool:
    """Whether *value* puts several columns into one attribute."""
    return isinstance(value, Call) and value.func in _COMPOSITES


def parts_of(
    value: Call, inside: ast.expr | None, module: Module, modules: Modules
) -> tuple[Part, ...] | None:
    """
    The columns that the composite *value* brings; None where they are not all known.

    *inside* is what ``Mapped[...]`` says. What a dataclass says of its fields holds for columns that
    say nothing themselves, as in ``mapped_column`` beside an annotation; attributes by name are no columns.
    """
    args = list(value.args)
    node, home = _class(args[0], module, modules) if args else (None, module)
    if node is not None:
        args = args[1:]
    elif inside is not None:
        node, home = _class(evaluate(_without_none(inside), module.scope), module, modules)
    listed = _fields(node) if node is not None else None
    found: list[Part] = []
    for field, given in zip_longest(listed or (), args):
        if isinstance(given, str | Opaque | Ref):
            # Another attribute of the class.
            continue
        call = column_call(given) if given is not None else Call("sqlalchemy.orm.mapped_column")
        if call is None:
            return None
        own = call.args[0] if call.args and isinstance(call.args[0], str) else call.get("name")
        plain = call.func.rpartition(".")[2] == "Column"
        name = own if isinstance(own, str) else field[0] if field is not None else None
        if name is None or (listed is None and not plain):
            # A class that cannot be read may say what its columns are.
            return None
        annotation = field[1] if field is not None and not plain else None
        found.append(Part(name=name, call=call, annotation=annotation, home=home))
    return tuple(found)


def _class(value: Value, module: Module, modules: Modules) -> tuple[ast.ClassDef | None, Module]:
    """The class that *value* names, and the module that it stands in."""
    if not isinstance(value, Ref | Opaque):
        return None, module
    name = name_or_source(value)
    here: object = module.scope.look_up(name)
    if isinstance(here, ast.ClassDef):
        return here, module
    found = modules.definition(name, module.path)
    if found is None or not isinstance(found[0], ast.ClassDef):
        return None, module
    return found[0], found[1]


def _fields(node: ast.ClassDef) -> tuple[tuple[str, ast.expr], ...] | None:
    """The fields of a dataclass in the order of its constructor, none of a plain class; None where they are not known."""
    if node.bases or node.keywords:
        return None
    decorators = [ast.unparse(d) for d in node.decorator_list]
    if not decorators:
        return ()
    if len(decorators) != 1 or decorators[0].partition("(")[0].rpartition(".")[2] != "dataclass":
        return None
    listed = []
    for statement in node.body:
        match statement:
            case ast.FunctionDef(name="__init__"):
                return None
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=given):
                if given is not None and isinstance(given, ast.Call):
                    # A ``field(...)`` may be kept out of the constructor.
                    return None
                if "ClassVar" not in ast.unparse(annotation):
                    listed.append((name, annotation))
            case _:
                pass
    return tuple(listed)


def _without_none(node: ast.expr) -> ast.expr:
    """The class in ``Point | None``, ``Optional[Point]`` and ``"Point"``."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                return _without_none(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return node
        case ast.BinOp(op=ast.BitOr(), left=left, right=ast.Constant(value=None)):
            return _without_none(left)
        case ast.BinOp(op=ast.BitOr(), left=ast.Constant(value=None), right=right):
            return _without_none(right)
        case ast.Subscript(
            value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=inner
        ):
            return _without_none(inner)
        case _:
            return node
