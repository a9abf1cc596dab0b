"""Names, types, columns and constraints as PostgreSQL's own parser gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzers.vocabulary import (
    Column,
    Constraint,
    ConstraintKind,
    Generated,
    Reference,
)

VOLATILE = frozenset(
    {
        "random", "gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1", "clock_timestamp",
        "nextval", "statement_timestamp", "timeofday", "uuidv7", "uuidv4",
    }
)  # fmt: skip
STABLE = frozenset({"now", "transaction_timestamp", "current_setting", "current_user", "md5"})
_SERIALS = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}
_INTERNAL = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "float4": "real",
    "float8": "double precision",
    "timestamptz": "timestamp with time zone",
    "bpchar": "char",
}
_KINDS = {
    "CONSTR_CHECK": ConstraintKind.CHECK,
    "CONSTR_UNIQUE": ConstraintKind.UNIQUE,
    "CONSTR_FOREIGN": ConstraintKind.FOREIGN_KEY,
    "CONSTR_EXCLUSION": ConstraintKind.EXCLUDE,
    "CONSTR_PRIMARY": ConstraintKind.PRIMARY_KEY,
}
_ACTIONS = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
"""What PostgreSQL calls them in its own tables; all else is no foreign key."""


def name_of(relation: Any) -> str:
    """A table's name; the default schema goes without saying."""
    schema = relation.schemaname
    return f"{schema}.{relation.relname}" if schema and schema != "public" else relation.relname


def text_of(node: Any) -> str:
    """*node* as SQL; its kind where it cannot be written."""
    from pglast.stream import RawStream

    try:
        return str(RawStream()(node))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the printer knows fewer nodes than the parser
        return type(node).__name__


def type_of(node: Any) -> tuple[str, bool]:
    """A type's name, and whether it draws from a sequence."""
    names = [n.sval for n in node.names]
    short = names[-1]
    if short in _SERIALS:
        return _SERIALS[short], True
    name = (
        _INTERNAL.get(short, short)
        if names[0] == "pg_catalog" or len(names) == 1
        else ".".join(names)
    )
    if node.typmods and name != "interval":
        name += "(" + ", ".join(text_of(m) for m in node.typmods) + ")"
    return name + "[]" * len(node.arrayBounds or ()), False


def _functions(node: Any) -> Iterator[str]:
    if type(node).__name__ == "FuncCall":
        yield node.funcname[-1].sval
    slots = getattr(node, "__slots__", ())
    for slot in slots if isinstance(slots, dict | tuple | list) else ():
        value = getattr(node, slot, None)
        for inner in value if isinstance(value, tuple | list) else (value,):
            if hasattr(inner, "__slots__") and not isinstance(inner, str | int):
                yield from _functions(inner)


def volatile(node: Any) -> bool | None:
    """Whether an expression is evaluated for every row; None: a function that is not known."""
    found = {name.lower() for name in _functions(node)}
    if found & VOLATILE:
        return True
    return None if found - STABLE else False


def column_of(node: Any) -> tuple[Column, list[Constraint | None]]:
    """A column, and the constraints that are written beside it."""
    type_, serial = type_of(node.typeName) if node.typeName else (None, False)
    null: bool | None = not (node.is_not_null or serial)
    default = "nextval" if serial else None
    changes: dict[str, Any] = {"server_default_volatile": True if serial else None}
    constraints: list[Constraint | None] = []
    for c in node.constraints or ():
        what = c.contype.name
        if what == "CONSTR_NOTNULL":
            null = False
        elif what == "CONSTR_DEFAULT":
            default = text_of(c.raw_expr)
            changes["server_default_volatile"] = volatile(c.raw_expr)
            if default.upper() == "NULL":
                default, changes["server_default_volatile"] = None, None
        elif what == "CONSTR_PRIMARY":
            null, changes["primary_key"] = False, True
        elif what == "CONSTR_UNIQUE":
            changes["unique"] = True
        elif what == "CONSTR_CHECK":
            changes["checked"] = True
        elif what == "CONSTR_IDENTITY":
            null, changes["identity"] = False, True
        elif what == "CONSTR_GENERATED":
            virtual = getattr(c, "generated_kind", "s") == "v"
            changes["generated"] = Generated.VIRTUAL if virtual else Generated.STORED
        elif what == "CONSTR_FOREIGN":
            changes["references"] = Reference(
                table=name_of(c.pktable),
                column=c.pk_attrs[0].sval if c.pk_attrs else None,
            )
    return (
        Column(name=node.colname, type=type_, null=null, server_default=default, **changes),
        constraints,
    )


def constraint_of(c: Any) -> Constraint | None:
    """A constraint of a table; None of a kind that makes none."""
    kind = _KINDS.get(c.contype.name)
    if kind is None:
        return None
    names = c.fk_attrs if kind is ConstraintKind.FOREIGN_KEY else c.keys
    reference = None
    if c.pktable is not None:
        named = tuple(each.sval for each in c.pk_attrs or ())
        reference = Reference(
            table=name_of(c.pktable), column=named[0] if named else None, others=named[1:]
        )
    return Constraint(
        kind=kind,
        name=c.conname,
        columns=tuple(n.sval for n in names or ()),
        expression=text_of(c.raw_expr) if c.raw_expr is not None else None,
        references=reference,
        validated=not c.skip_validation,
        using_index=c.indexname,
        deferrable=bool(c.deferrable),
        initially="DEFERRED" if c.initdeferred else None,
        on_delete=_ACTIONS.get(c.fk_del_action),
        on_update=_ACTIONS.get(c.fk_upd_action),
    )
