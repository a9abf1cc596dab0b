"""A Django field as the column that it makes, on each database; custom fields by what they show."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from analyzers.read.django.generated_columns import parts_of
from analyzers.read.values import Call, Opaque, Ref, Value, as_text
from analyzers.vocabulary import Column, Generated, Reference

MODELS = "django.db.models."
ENCRYPTS = frozenset({"django_cryptography.fields.encrypt"})
"""Functions that make of a field one which keeps bytes."""
RELATIONS = frozenset({"ForeignKey", "OneToOneField", "TreeForeignKey", "TreeOneToOneField"})
COLUMNLESS = frozenset(
    {
        "GenericForeignKey",
        "GenericRelation",
        "ManyToManyField",
        "SortedManyToManyField",
        "TreeManyToManyField",
        "ParentalManyToManyField",
        "TaggableManager",
        "ForeignObject",
        "CompositePrimaryKey",
    }
)
POSITIVE = frozenset(
    {"PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"}
)

_POSTGRESQL: Mapping[str, str] = {
    "AutoField": "integer",
    "BigAutoField": "bigint",
    "SmallAutoField": "smallint",
    "BigIntegerField": "bigint",
    "BinaryField": "bytea",
    "BooleanField": "boolean",
    "NullBooleanField": "boolean",
    "DateField": "date",
    "DateTimeField": "timestamp with time zone",
    "DurationField": "interval",
    "FloatField": "double precision",
    "GenericIPAddressField": "inet",
    "IPAddressField": "inet",
    "IntegerField": "integer",
    "JSONField": "jsonb",
    "PositiveBigIntegerField": "bigint",
    "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint",
    "SmallIntegerField": "smallint",
    "TextField": "text",
    "TimeField": "time",
    "UUIDField": "uuid",
    "HStoreField": "hstore",
    "SearchVectorField": "tsvector",
    "CITextField": "citext",
    "CICharField": "citext",
    "CIEmailField": "citext",
    "IntegerRangeField": "int4range",
    "BigIntegerRangeField": "int8range",
    "DecimalRangeField": "numrange",
    "DateTimeRangeField": "tstzrange",
    "DateRangeField": "daterange",
}
_MYSQL: Mapping[str, str] = {
    "AutoField": "integer",
    "BigAutoField": "bigint",
    "SmallAutoField": "smallint",
    "BigIntegerField": "bigint",
    "BinaryField": "longblob",
    "BooleanField": "bool",
    "NullBooleanField": "bool",
    "DateField": "date",
    "DateTimeField": "datetime(6)",
    "DurationField": "bigint",
    "FloatField": "double precision",
    "GenericIPAddressField": "char(39)",
    "IPAddressField": "char(15)",
    "IntegerField": "integer",
    "JSONField": "json",
    "PositiveBigIntegerField": "bigint unsigned",
    "PositiveIntegerField": "integer unsigned",
    "PositiveSmallIntegerField": "smallint unsigned",
    "SmallIntegerField": "smallint",
    "TextField": "longtext",
    "TimeField": "time(6)",
    "UUIDField": "char(32)",
}
_LENGTHS: Mapping[str, int | None] = {
    "CharField": None,
    "CommaSeparatedIntegerField": None,
    "EmailField": 254,
    "URLField": 200,
    "SlugField": 50,
    "FileField": 100,
    "ImageField": 100,
    "FilePathField": 100,
}
_NEVER_EMPTY_TEXT = (
    "ArrayField",
    "AutoField",
    "BooleanField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "FloatField",
    "HStoreField",
    "IPAddressField",
    "IntegerField",
    "JSONField",
    "RangeField",
    "TimeField",
    "UUIDField",
)
"""
How classes are named whose ``empty_strings_allowed`` is false. That of all others, of
``Field`` itself as well, is true: Django fills old rows with an empty text where they may be blank.
"""
_VOLATILE = re.compile(
    r"random|uuid|clock_timestamp|nextval|statement_timestamp|timeofday", re.IGNORECASE
)
STABLE = frozenset({"now", "current_timestamp", "currenttimestamp", "transactionnow"})

Target = Callable[[Value], tuple[str | None, Column | None]]
"""The table and the primary key's column that a relation's ``to`` leads to."""


def short_name(field: Value) -> str:
    """The field class's own name, or an empty text."""
    return field.func.rpartition(".")[2] if isinstance(field, Call) else ""


def is_many_to_many(field: Value) -> bool:
    return short_name(field).endswith("ManyToManyField")


def target_of(field: Call) -> Value:
    """The ``to`` of a relation, by name or as its first argument."""
    return field.get("to", field.args[0] if field.args else None)


def hides_reverse(field: Call) -> bool:
    """Whether the model at the other end knows nothing of the relation: its ``related_name`` ends with ``+``."""
    name = field.get("related_name")
    return isinstance(name, str) and name.endswith("+")


def own_class(field: Value) -> bool:
    """Whether Django itself defines the field's class."""
    return isinstance(field, Call) and field.func.startswith("django.")


def encrypted(field: Value) -> Call | None:
    """The field of Django's that *field* keeps as bytes; None where it is another's call. Migrations hold the call."""
    if not isinstance(field, Call) or field.func not in ENCRYPTS:
        return None
    inner = field.args[0] if field.args else field.get("base_field")
    plain = isinstance(inner, Call) and inner.func.startswith(MODELS)
    return inner if plain and short_name(inner).endswith("Field") else None


def column_of(name: str, field: Value, database: str, target: Target) -> Column | None:
    """
    The column that attribute *name* with *field* makes; None where it makes none,
    or where that cannot be known.
    """
    kind = short_name(field)
    inner = encrypted(field)
    if inner is not None:
        kept = column_of(name, inner, database, target)
        binary = Call(f"{MODELS}BinaryField")
        return replace(kept, type=_type(binary, "BinaryField", database)) if kept else None
    if not isinstance(field, Call) or kind in COLUMNLESS or is_many_to_many(field):
        return None
    relation = kind in RELATIONS
    if not own_class(field) and not relation:
        if field.get("to") is not None or not kind.endswith("Field"):
            return None
        if kind.endswith(("ForeignKeyField", "OneToOneField", "SpecField")):
            return None
    db_column = as_text(field.get("db_column"))
    column = db_column if isinstance(db_column, str) else f"{name}_id" if relation else name
    # Of a class that is not read the name may tell that it says so itself: ``NullCharField``.
    usual = None if "Null" in kind and not own_class(field) else False
    null = True if kind == "NullBooleanField" else field.get("null", usual)
    primary = field.get("primary_key", False) is True or kind.endswith("AutoField")
    made = Column(
        name=column,
        type=_type(field, kind, database),
        null=False if primary else null if isinstance(null, bool) else None,
        client_default=_fills(field, kind),
        primary_key=primary,
        unique=not primary and (kind == "OneToOneField" or field.get("unique", False) is True),
        indexed=_indexed(field, kind),
        identity=kind.endswith("AutoField"),
        attribute=name,
    )
    if relation:
        made = _relation(made, field, target)
    if kind == "GeneratedField":
        stored = field.get("db_persist")
        how = Generated.STORED if stored is True else Generated.VIRTUAL
        inner = field.get("output_field")
        made = replace(
            made,
            generated=how,
            worked_out_of=parts_of(field) if isinstance(stored, bool) else None,
            type=_type(inner, short_name(inner), database),
        )
    default = field.get("db_default", _ABSENT)
    if default is not _ABSENT and not isinstance(default, Ref):
        made = replace(
            made, server_default=_sql(default), server_default_volatile=is_volatile(default)
        )
    elif isinstance(default, Ref) and not default.name.endswith("NOT_PROVIDED"):
        made = replace(made, server_default=default.name, server_default_volatile=None)
    return made


_ABSENT = object()


def _relation(column: Column, field: Call, target: Target) -> Column:
    table, key = target(target_of(field))
    to_field = as_text(field.get("to_field"))
    constrained = field.get("db_constraint", True) is not False
    other = to_field if isinstance(to_field, str) else key.name if key is not None else None
    return replace(
        column,
        type=key.type if key is not None and not isinstance(to_field, str) else None,
        references=Reference(table=table, column=other) if table and constrained else None,
    )


def _fills(field: Call, kind: str) -> bool:
    """Whether Django has a value for rows that stand already."""
    if field.get("default", _ABSENT) is not _ABSENT:
        return True
    if field.get("auto_now", False) is True or field.get("auto_now_add", False) is True:
        return True
    if field.get("blank", False) is not True:
        return False
    if not own_class(field):
        return not kind.endswith(_NEVER_EMPTY_TEXT)
    return kind in _LENGTHS or kind in {"TextField", "BinaryField"}


def _indexed(field: Call, kind: str) -> bool:
    default = kind in {"ForeignKey", "TreeForeignKey", "SlugField"}
    chosen = field.get("db_index", default)
    return chosen is True and field.get("unique", False) is not True


def _type(field: Value, kind: str, database: str) -> str | None:
    if not isinstance(field, Call):
        return None
    if not own_class(field):
        return None
    if kind in _LENGTHS:
        length = field.get("max_length", _LENGTHS[kind])
        if length is None:
            return "varchar" if database != "mysql" else None
        return f"varchar({length})" if isinstance(length, int) else None
    if kind == "DecimalField":
        digits, places = field.get("max_digits"), field.get("decimal_places")
        if isinstance(digits, int) and isinstance(places, int):
            return f"numeric({digits}, {places})"
        # Without either since 6.1, but not on MySQL.
        bare = digits is None and places is None and database not in {"mysql", "mariadb"}
        return "numeric" if bare else None
    if kind == "ArrayField":
        base = field.args[0] if field.args else field.get("base_field")
        inner = _type(base, short_name(base), database)
        return f"{inner}[]" if inner else None
    table = _MYSQL if database in {"mysql", "mariadb"} else _POSTGRESQL
    return table.get(kind)


def _sql(value: Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case Call(func=func, args=args):
            inner = ", ".join(_sql(a) for a in args)
            return f"{func.rpartition('.')[2]}({inner})"
        case Opaque(text=text):
            return text
        case _:
            return repr(value)


def is_volatile(value: Value) -> bool | None:
    """
    Whether a database default is evaluated for every row; None: not known.

    Constants are not; ``Now()`` is one moment for the whole statement.
    """
    match value:
        case Call(func=func, args=args):
            name = func.rpartition(".")[2]
            if name.lower() in STABLE:
                return False
            if name == "Value":
                return False
            if _VOLATILE.search(name):
                return True
            if name == "Func":
                chosen = dict(value.kwargs).get("function") or dict(value.kwargs).get("template")
                return bool(_VOLATILE.search(chosen)) or None if isinstance(chosen, str) else None
            known = func.startswith("django.db.models.functions.")
            inner = [is_volatile(a) for a in args]
            if any(v is True for v in inner):
                return True
            return False if known and all(v is False for v in inner) else None
        case Opaque(text=text):
            return True if _VOLATILE.search(text) else None
        case Ref():
            return None
        case _:
            return False
