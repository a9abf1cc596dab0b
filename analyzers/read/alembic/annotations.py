"""What ``Mapped[...]`` and SQLModel annotations say of a column: its type and whether it may be NULL."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.values import Call, Ref, Value

_BUILTIN: Mapping[str, str] = {
    "int": "Integer",
    "str": "String",
    "bool": "Boolean",
    "float": "Float",
    "bytes": "LargeBinary",
    "datetime.datetime": "DateTime",
    "datetime.date": "Date",
    "datetime.time": "Time",
    "datetime.timedelta": "Interval",
    "decimal.Decimal": "Numeric",
    "uuid.UUID": "Uuid",
}
"""SQLAlchemy's own type_annotation_map."""

_OPTIONAL = frozenset({"typing.Optional", "typing_extensions.Optional"})
_UNION = frozenset({"typing.Union", "types.UnionType"})
_ANNOTATED = frozenset({"typing.Annotated", "typing_extensions.Annotated"})
_MAPPED = frozenset(
    {"sqlalchemy.orm.Mapped", "sqlalchemy.orm.base.Mapped", "sqlalchemy.orm.attributes.Mapped"}
    | {"sqlalchemy.orm.DynamicMapped", "sqlalchemy.orm.WriteOnlyMapped"}
)
_LITERAL = frozenset({"typing.Literal", "typing_extensions.Literal"})
_ENUMERATED = re.compile(r"(?:^|\.)(?:Literal|Enum)\b")
_ENUMERATION = re.compile(r"(?:^|\.)(?:Str|Int)?Enum$")
_NO_COLUMN = frozenset({"DynamicMapped", "WriteOnlyMapped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One column's annotation."""

    type_value: Value = None
    """A type as the evaluator writes it; None where the annotation names none that is known."""
    optional: bool = False
    column: Call | None = None
    """The ``mapped_column(...)`` inside of ``Annotated``."""
    home: Module | None = None
    """The module in which the ``Annotated`` stands, whose names it is written in."""
    plural: bool = False
    """A collection, or a class: a relationship, no column."""
    text_enum: bool = False
    """An enum whose members are texts: SQLModel before 0.0.9 made a text column of it. Or a ``Literal``."""


def mapped(node: ast.expr, module: Module, modules: Modules) -> ast.expr | None:
    """The inside of ``Mapped[...]``; None where *node* is another annotation."""
    node = _unquoted(node)
    if not isinstance(node, ast.Subscript):
        return None
    name = _dotted(node.value, module)
    if name not in _MAPPED and name.rpartition(".")[2] != "Mapped":
        # What cannot be followed to SQLAlchemy is called as its own is.
        found = modules.value(name, module.path) if "." in name else None
        if not (found and isinstance(found[0], Ref) and found[0].name in _MAPPED):
            return None
    return None if name.rpartition(".")[2] in _NO_COLUMN else node.slice


def annotation_of(
    node: ast.expr,
    module: Module,
    modules: Modules,
    types: Mapping[str, Value],
    depth: int = 5,
) -> Annotation:
    """What *node*, the inside of ``Mapped[...]``, says; *types* is the base's type_annotation_map."""
    node = _unquoted(node)
    if depth <= 0:
        return Annotation()
    match node:
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _union([left, right], module, modules, types, depth)
        case ast.Subscript(value=value, slice=inner):
            name = _dotted(value, module)
            if name in _OPTIONAL:
                return _union([inner, ast.Constant(None)], module, modules, types, depth)
            if name in _UNION and isinstance(inner, ast.Tuple):
                return _union(list(inner.elts), module, modules, types, depth)
            if name in _ANNOTATED and isinstance(inner, ast.Tuple) and inner.elts:
                return _annotated(inner.elts, module, modules, types, depth)
            generic = ast.unparse(node)
            if generic in types:
                return Annotation(type_value=types[generic])
            if name in _LITERAL:
                return _literal(inner, types)
            short = name.rpartition(".")[2]
            if short in {"dict", "Dict"} and "dict" in types:
                return Annotation(type_value=types["dict"])
            return Annotation(plural=short in {"list", "List", "set", "Set", "Sequence"})
        case ast.Constant(value=None):
            return Annotation(optional=True)
        case ast.Name() | ast.Attribute():
            return _named(node, module, modules, types, depth)
        case _:
            return Annotation()


def _union(
    members: list[ast.expr],
    module: Module,
    modules: Modules,
    types: Mapping[str, Value],
    depth: int,
) -> Annotation:
    optional = False
    found = Annotation()
    for member in members:
        if isinstance(member, ast.Constant) and member.value is None:
            optional = True
            continue
        inner = annotation_of(member, module, modules, types, depth - 1)
        optional = optional or inner.optional
        found = inner
    return replace(found, optional=optional)


def _literal(inner: ast.expr, types: Mapping[str, Value]) -> Annotation:
    """``Literal["a", "b"]``, of which SQLAlchemy makes a text as long as the longest, and SQLModel what its version does."""
    members = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    texts = [m.value for m in members if isinstance(m, ast.Constant) and isinstance(m.value, str)]
    # A project may say what becomes of them.
    if len(texts) != len(members) or any(_ENUMERATED.search(key) for key in types):
        return Annotation(text_enum=True)
    made = Call("sqlalchemy.Enum", tuple(texts), (("native_enum", False),))
    return Annotation(type_value=made, text_enum=True)


def _annotated(
    parts: list[ast.expr],
    module: Module,
    modules: Modules,
    types: Mapping[str, Value],
    depth: int,
) -> Annotation:
    inner = annotation_of(parts[0], module, modules, types, depth - 1)
    whole = f"Annotated[{', '.join(ast.unparse(part) for part in parts)}]"
    column = None
    for part in parts[1:]:
        value = evaluate(part, module.scope)
        if isinstance(value, Call) and value.func.rpartition(".")[2] == "mapped_column":
            column = value
    return Annotation(
        type_value=types.get(whole, inner.type_value),
        optional=inner.optional,
        column=column,
        home=inner.home or module,
    )


def _named(
    node: ast.Name | ast.Attribute,
    module: Module,
    modules: Modules,
    types: Mapping[str, Value],
    depth: int,
) -> Annotation:
    name = _dotted(node, module)
    if name in types:
        return Annotation(type_value=types[name])
    if name in _BUILTIN:
        return Annotation(type_value=Ref(f"sqlalchemy.{_BUILTIN[name]}"))
    alias, home = _alias(node, name, module, modules)
    if alias is not None:
        written = ast.unparse(node)
        if written in types:
            return Annotation(type_value=types[written])
        return annotation_of(alias, home, modules, types, depth - 1)
    definition = _class(node, name, module, modules)
    if definition is not None:
        enum = any(
            ast.unparse(base).rpartition(".")[2] in {"Enum", "StrEnum", "IntEnum", "Flag"}
            for base in definition.bases
        )
        if enum:
            texts = any(
                ast.unparse(base) in {"str", "StrEnum", "enum.StrEnum"} for base in definition.bases
            )
            called = name if name.rpartition(".")[2] == definition.name else definition.name
            return Annotation(type_value=_enum(called, types), text_enum=texts)
        return Annotation(plural=True)
    return Annotation()


def _enum(called: str, types: Mapping[str, Value]) -> Value:
    """The type that SQLAlchemy makes of the class *called* so; None where the project says another one for all enums."""
    told = [value for key, value in types.items() if _ENUMERATION.search(key)]
    match told:
        case []:
            return Call("sqlalchemy.Enum", (Ref(called),))
        case [Call(func=func, args=(_,), kwargs=kwargs)] if func.endswith("Enum"):
            # ``enum.Enum: sa.Enum(enum.Enum, native_enum=False)``
            return Call("sqlalchemy.Enum", (Ref(called),), kwargs)
        case _:
            return None


def _alias(
    node: ast.expr, name: str, module: Module, modules: Modules
) -> tuple[ast.expr | None, Module]:
    """The right-hand side of ``intpk = Annotated[int, ...]``, here or where it is imported from."""
    homes = [(module, node.id)] if isinstance(node, ast.Name) else []
    holder, _, last = name.rpartition(".")
    if holder:
        homes += [(home, last) for home in modules.named(holder, module.path)]
    for home, wanted in homes:
        for statement in home.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == wanted:
                    return value, home
                case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value) if (
                    bound == wanted
                ):
                    return value, home
                case _:
                    pass
    return None, module


def _class(node: ast.expr, name: str, module: Module, modules: Modules) -> ast.ClassDef | None:
    if isinstance(node, ast.Name):
        local = module.scope.look_up(node.id)
        if isinstance(local, ast.ClassDef):
            return local
    found = modules.definition(name, module.path) if "." in name else None
    return found[0] if found and isinstance(found[0], ast.ClassDef) else None


def _dotted(node: ast.expr, module: Module) -> str:
    value = evaluate(node, module.scope)
    return value.name if isinstance(value, Ref) else ast.unparse(node)


def _unquoted(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 500:
        try:
            return ast.parse(node.value, mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            return node
    return node
