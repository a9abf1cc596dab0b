"""What becomes of values when a column's type changes, on PostgreSQL."""

from __future__ import annotations

import re

from analyzers.frozen import dataclass

_TYPE = re.compile(
    r"^(?P<base>[a-z][a-z ]*?)\s*(?:\((?P<size>\d+)(?:\s*,\s*(?P<scale>-?\d+))?\))?$"
)
_SAME = {
    "character varying": "varchar", "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp", "timestamp": "timestamp", "decimal": "numeric",
    "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint",
    "serial": "integer", "bigserial": "bigint", "smallserial": "smallint",
    "float": "double precision", "float8": "double precision", "float4": "real",
    "bool": "boolean", "character": "char",
}  # fmt: skip
_INTEGERS = {"smallint": 5, "integer": 10, "bigint": 19}
"""Each with its digits."""
_FLOATS = ("real", "double precision")
_DIGITS = {"real": 6, "double precision": 15}
"""Decimal digits that a float keeps exactly."""
_TEXTS = frozenset({"varchar", "text", "citext"})
_WRITTEN = {**{k: v + 1 for k, v in _INTEGERS.items()}, "uuid": 36, "date": 13, "boolean": 5}
"""How many characters the longest value has as text."""
_LOSSLESS = frozenset(
    {
        ("date", "timestamptz"), ("date", "timestamp"), ("timestamp", "timestamptz"),
        ("timestamptz", "timestamp"), ("cidr", "inet"), ("jsonb", "json"), ("time", "interval"),
    }
)  # fmt: skip
_BY_ITSELF = _LOSSLESS | {
    ("timestamptz", "date"), ("timestamp", "date"), ("timestamptz", "time"), ("timestamp", "time"),
    ("json", "jsonb"), ("interval", "time"),
}  # fmt: skip
"""Pairs that PostgreSQL converts without ``USING``."""


_OWN = (
    _TEXTS
    | {*_INTEGERS, *_FLOATS, "numeric", "boolean", "uuid", "bytea", "date", "time", "interval"}
    | {"timestamp", "timestamptz", "json", "jsonb", "inet", "cidr"}
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a change of type does to values of the old type."""

    loses: bool = False
    """Some values are changed without a word: cut off, rounded."""
    stops: bool = False
    """Some values make the statement fail."""
    refused: bool = False
    """The statement fails whatever the values are."""


def conversion(old: str, new: str, *, using: bool) -> Conversion:
    """
    From the type *old* to the type *new*; *using* where the statement casts explicitly.

    What is not known is taken to lose something and to stop at something.
    """
    if old.endswith("[]") != new.endswith("[]"):
        return _of_a_list(old, new, using=using)
    was, now = _read(old), _read(new)
    if was is None and now is not None and now[0] in _TEXTS and now[1] is None:
        # An enum, say: each value of each type is written as a text, and PostgreSQL does so by itself.
        return Conversion()
    if was is None or now is None:
        return Conversion(loses=True, stops=True)
    if was == now:
        return Conversion()
    (one, size, _), (two, limit, _) = was, now
    if two in _TEXTS:
        longest = size if one in _TEXTS else _WRITTEN.get(one)
        if limit is None or (longest is not None and longest <= limit):
            return Conversion()
        return Conversion(loses=using, stops=not using)
    if _is_number(one) and _is_number(two):
        return _number(was, now)
    if (one, two) in _LOSSLESS:
        return Conversion()
    if (one, two) in _BY_ITSELF:
        return Conversion(loses=True)
    if not using and one != two:
        return Conversion(refused=True)
    return Conversion(loses=True, stops=True)


def _of_a_list(old: str, new: str, *, using: bool) -> Conversion:
    """A text is read as a list where it is written as one, and a list written as a text: nothing else becomes the other."""
    scalar = _read(old if new.endswith("[]") else new)
    if scalar is None:
        return Conversion(loses=True, stops=True)
    if scalar[0] not in _TEXTS:
        return Conversion(refused=True)
    if new.endswith("[]"):
        return Conversion(stops=using, refused=not using)
    return Conversion() if scalar[1] is None else Conversion(loses=using, stops=not using)


def cut_by_cast(old: str, new: str) -> bool:
    """Whether a cast cuts off, without a word, what an assignment stops at."""
    if old.endswith("[]") and new.endswith("[]"):
        old, new = old.removesuffix("[]"), new.removesuffix("[]")
    assigned = conversion(old, new, using=False)
    return conversion(old, new, using=True).loses and assigned == Conversion(stops=True)


def cast_by_django(old: str, new: str) -> bool:
    """Whether Django says ``USING``: where the name of the type changes, its size apart."""
    was, now = (t.partition("(")[0].strip() for t in (old, new))
    return was != now or old.endswith("[]") != new.endswith("[]")


def of_postgresql(*types: str) -> bool:
    """Whether all *types* are PostgreSQL's own, so that nobody else has said how they become others."""
    names = [_read(t.removesuffix("[]")) for t in types]
    return all(n is not None and n[0] in _OWN for n in names)


_Type = tuple[str, int | None, int | None]


def _read(text: str) -> _Type | None:
    found = _TYPE.match(text.strip().lower().partition(" collate ")[0])
    if found is None:
        return None
    size, scale = (int(n) if n is not None else None for n in (found["size"], found["scale"]))
    return _SAME.get(found["base"], found["base"]), size, scale


def _is_number(name: str) -> bool:
    return name in _INTEGERS or name in _FLOATS or name == "numeric"


def _number(was: _Type, now: _Type) -> Conversion:
    (one, _, _), (two, _, _) = was, now
    if two in _FLOATS:
        digits = _INTEGERS.get(one, was[1])
        exact = (one, two) == _FLOATS or (digits is not None and digits <= _DIGITS[two])
        stops = one not in _INTEGERS and digits is None and (one, two) != _FLOATS
        return Conversion(loses=not exact, stops=stops)
    (digits, places), (room, kept) = _room(was), _room(now)
    return Conversion(
        loses=kept is not None and (places is None or places > kept),
        stops=room is not None and (digits is None or digits > room or _rounds_up(was, now)),
    )


def _rounds_up(was: _Type, now: _Type) -> bool:
    """9.99 becomes 10: rounding may need one digit more than there is room for."""
    (digits, places), (room, kept) = _room(was), _room(now)
    return digits == room and kept is not None and (places is None or places > kept)


def _room(kind: _Type) -> tuple[int | None, int | None]:
    """Digits before and after the point; None where there is no bound."""
    name, size, scale = kind
    if name in _INTEGERS:
        return _INTEGERS[name], 0
    if name == "numeric" and size is not None:
        return size - (scale or 0), scale or 0
    return None, None
