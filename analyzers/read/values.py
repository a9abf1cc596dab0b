"""
Values read from source without running it.

A value is a plain Python constant or container (``None``, ``bool``, ``int``,
``float``, ``str``, ``bytes``, ``tuple``, ``list``, ``dict``, ``set``,
``frozenset``) holding values, or one of:

``Ref``    a name resolved to a dotted path that is not looked into
           (``uuid.uuid4``, ``django.db.models.CASCADE``),
``Call``   the call of such a name with evaluated arguments
           (``django.db.models.CharField(max_length=50)``),
``Opaque`` the normalised expression where nothing better can be said.

All compare by structure, so what cannot be known is equal to itself on both
sides of a comparison.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import field
from functools import lru_cache
from typing import Any

from analyzers.frozen import dataclass
from analyzers.limits import TEXT_CHARACTERS

Value = Any
"""A constant, a container of values, ``Ref``, ``Call`` or ``Opaque``."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A dotted path, such as ``django.db.models.deletion.CASCADE``."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call: *func* is the dotted path; keyword arguments are in source order."""

    func: str
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    line: int = field(default=0, compare=False)
    end_line: int = field(default=0, compare=False)

    def get(self, name: str, default: Value = None) -> Value:
        """The keyword argument *name*, or *default*."""
        for key, value in self.kwargs:
            if key == name:
                return value
        return default


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression that cannot be known; ``text`` is normalised, names are dotted paths."""

    text: str
    reason: str = field(default="", compare=False)


NOT_SET = Opaque("", "not set")
"""In the place of a setting's value: it has none, so that ``getattr`` gives its default."""


@lru_cache(maxsize=10_000)
def ref(name: str) -> Ref:
    """One object for each name: most migrations speak of the same few."""
    return Ref(name)


DEPTH = 60
"""Nested expressions followed; the deepest real field met has 9."""

Resolve = Callable[[str], Value | None]
"""Looks a dotted path up elsewhere: a value where it is known, None where it is not."""


@lru_cache(maxsize=10_000)
def canonical(name: str) -> str:
    """*name* as Django's own writer spells it: ``django.db.models.fields.CharField`` without ``fields``."""
    if not name.startswith("django."):
        return name
    for pattern, short in _CANONICAL:
        shorter = pattern.sub(short, name)
        if shorter != name:
            return shorter
    return name


_CANONICAL = (
    (
        re.compile(r"^django\.db\.migrations\.operations\.(?:base\.|fields\.|models\.|special\.)?"),
        "django.db.migrations.",
    ),
    (re.compile(r"^django\.db\.migrations\.migration\."), "django.db.migrations."),
    (
        re.compile(
            r"^django\.db\.models\.(?:fields\.(?:related\.|files\.|json\.|generated\.|composite\.|proxy\.)?"
            r"|deletion\.|indexes\.|constraints\.|query_utils\.|query\.|manager\.|base\.|expressions\.|aggregates\.|enums\.)"
        ),
        "django.db.models.",
    ),
    (
        re.compile(r"^django\.contrib\.postgres\.fields\.(?:array|jsonb|hstore|citext|ranges)\."),
        "django.contrib.postgres.fields.",
    ),
    (re.compile(r"^django\.contrib\.gis\.db\.models\.fields\."), "django.contrib.gis.db.models."),
    (
        # It hands on all that ``django.db.models`` has; these alone are its own.
        re.compile(
            r"^django\.contrib\.gis\.db\.models\.(?!aggregates|fields|functions|lookups|proxy|sql|Geo|"
            r"BaseSpatial|Collect|Extent|LineString|MakeLine|Multi|Point|Polygon|Raster|Union|$)"
        ),
        "django.db.models.",
    ),
)


def name_or_source(value: Value) -> str:
    """The name of a reference, or the source of what is not known; empty where *value* is neither."""
    if isinstance(value, Ref):
        return value.name
    return value.text if isinstance(value, Opaque) else ""


def as_text(value: Value) -> Value:
    """*value*, of bytes the text: names in files that Python 2 wrote are ``b"total"``."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def iterable(value: Value) -> list[Value] | None:
    """The items of a known container, in order; None where it is not one."""
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, dict):
        return list(value)
    if isinstance(value, frozenset | set) and characters(value) <= TEXT_CHARACTERS:
        return sorted(value, key=repr)
    return None


def known(value: Value, depth: int = 0) -> bool:
    """Whether nothing opaque is in *value*."""
    if depth > DEPTH or isinstance(value, Opaque):
        return False
    if isinstance(value, Call):
        return all(known(v, depth + 1) for v in (*value.args, *(v for _, v in value.kwargs)))
    if isinstance(value, dict):
        return all(known(k, depth + 1) and known(v, depth + 1) for k, v in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return all(known(v, depth + 1) for v in value)
    return True


def characters(value: Value) -> int:
    """As many characters as *value* may have where it is written; it is counted to the end of a text that is too long."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 3 + 2
    if not isinstance(value, Call | list | tuple | dict | set | frozenset):
        return len(repr(value))
    inner: list[Value] = []
    if isinstance(value, Call):
        inner += [value.func, *value.args]
        inner += [each for pair in value.kwargs for each in pair]
    else:
        inner += value
        if isinstance(value, dict):
            inner += value.values()
    count = 2
    for each in inner:
        # One character of a text within is written as ten at most: ``\U0001f600``.
        count += 4 + characters(each) * (10 if isinstance(each, str | bytes) else 1)
        if count > TEXT_CHARACTERS:
            break
    return count


def longest(values: Iterable[Value]) -> int:
    return max(map(characters, values), default=0)


def put_in(text: str, right: Value) -> Iterable[Value]:
    """The values that ``text % right`` puts into a text."""
    if isinstance(right, dict) and "%(" in text:
        return right.values()
    return right if isinstance(right, tuple) else (right,)


def in_short(value: Value, most: int) -> str:
    """The first characters of *value* as Python writes it, not more than *most*."""
    if isinstance(value, str | bytes):
        return repr(value[:most])[:most]
    return repr(value)[:most] if characters(value) <= TEXT_CHARACTERS else "..."


def within(value: Value, most: int) -> Value:
    """*value*, or ``Opaque`` where it holds more than *most* values, or holds them too deep."""
    if not isinstance(value, Call | list | tuple | dict | set | frozenset) or few(value, most):
        return value
    return Opaque("...", "the value is too large")


def few(value: Value, most: int) -> bool:
    """Whether *value* holds no more than *most* values, and none too deep."""
    return parts(value, most) <= most


def parts(value: Value, most: int) -> int:
    """
    How many values *value* is, itself and those within it; more than *most* where they are more, or too deep.

    No more of them are looked at. Who asks what a value is, or compares it,
    goes through it by calling itself: values within values without end, one
    made of the other line by line, would end that.
    """
    level: list[Value] = [value]
    count = 1
    for _ in range(DEPTH):
        inner: list[Value] = []
        for each in level:
            if isinstance(each, Call):
                inner += each.args
                inner += [v for _, v in each.kwargs]
            elif isinstance(each, dict):
                inner += each
                inner += each.values()
            elif isinstance(each, list | tuple | set | frozenset):
                inner += each
            else:
                continue
            if count + len(inner) > most:
                return most + 1
        if not inner:
            return count
        count += len(inner)
        level = inner
    return most + 1
