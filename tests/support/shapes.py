"""
The rest of an answer: what GitHub's description requires and a test does not care about.

The stand-in writes the keys that it knows something about. The others are made
here from the description itself (null where that is allowed), so that an
answer has GitHub's whole shape and nobody has copied it by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ANYWHERE = "https://github.example/not-told"
"""For addresses that nobody should follow."""

_FORMATS = {"uri": ANYWHERE, "date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01"}

Resolve = Callable[[Any], Any]
"""From a schema that may be a reference to the schema itself."""


def whole(schema: Any, value: Any, resolve: Resolve) -> Any:
    """*value* with all that *schema* requires besides; what is there stays as it is."""
    schema = _branch(resolve(schema), value, resolve)
    if isinstance(value, list):
        return [whole(schema.get("items", {}), each, resolve) for each in value]
    if not isinstance(value, Mapping):
        return value
    properties, required = _object(schema, resolve)
    made = {
        key: whole(properties[key], each, resolve) if key in properties else each
        for key, each in value.items()
    }
    for key in required:
        if key not in made:
            made[key] = _any_value(properties.get(key, {}), resolve)
    return made


def _object(schema: Any, resolve: Resolve) -> tuple[dict[str, Any], list[str]]:
    """The properties of an object and which of them are required, with those of its parts."""
    properties = dict(schema.get("properties", {}))
    required = list(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        more, also = _object(resolve(part), resolve)
        for key, each in more.items():
            there = properties.get(key)
            properties[key] = each if there is None else _both(resolve(there), resolve(each))
        required += also
    return properties, required


def _both(one: Any, other: Any) -> Any:
    """A schema for what has to be as both say; where one allows null, the other may not."""
    kinds = [each["type"] for each in (one, other) if "type" in each and not _may_be_null(each)]
    made = {**one, **other, **({"type": kinds[0]} if kinds else {})}
    if "properties" in one and "properties" in other:
        made["properties"] = one["properties"] | other["properties"]
    made["required"] = [*one.get("required", ()), *other.get("required", ())]
    return made


def _may_be_null(schema: Any) -> bool:
    kinds = schema.get("type", ())
    return "null" in ([kinds] if isinstance(kinds, str) else kinds)


def _branch(schema: Any, value: Any, resolve: Resolve) -> Any:
    """Of several shapes, the one that has most of the keys of *value*."""
    shapes = [resolve(each) for each in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
    if not shapes or not isinstance(value, Mapping):
        return schema

    def fits(shape: Any) -> tuple[int, int]:
        properties, required = _object(shape, resolve)
        return len(value.keys() & properties.keys()), -len(required)

    best = max(shapes, key=fits)
    properties, required = _object(schema, resolve)
    mine, also = _object(_branch(best, value, resolve), resolve)
    return {"properties": mine | properties, "required": [*required, *also]}


def _any_value(schema: Any, resolve: Resolve) -> Any:
    """The emptiest value that *schema* allows."""
    schema = resolve(schema)
    shapes = (*schema.get("oneOf", ()), *schema.get("anyOf", ()))
    if shapes:
        values = [_any_value(each, resolve) for each in shapes]
        return None if None in values else values[0]
    if _may_be_null(schema):
        return None
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match kinds:
        case ["string", *_]:
            return _FORMATS.get(schema.get("format", ""), "")
        case ["integer" | "number", *_]:
            return max(0, schema.get("minimum", 0))
        case ["boolean", *_]:
            return False
        case ["array", *_]:
            return [_any_value(schema.get("items", {}), resolve)] * schema.get("minItems", 0)
        case _:
            return whole(schema, {}, resolve)
