"""The JSON Schema of the review's document, made from its types: ``docs/review.schema.json``."""

from __future__ import annotations

import types
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from bot.render.document import VERSION, Document

CHOICES = {"severity": ["error", "warning", "info"], "verdict": ["pass", "warn", "fail"]}
SCALARS = {str: "string", int: "integer", bool: "boolean", types.NoneType: "null"}


def review_schema() -> dict[str, Any]:
    """
    The schema of ``twostep review --format json``.

    Keys that it does not name are allowed: new ones may come within a version.
    """
    definitions: dict[str, Any] = {}
    top = _schema(Document, definitions)
    definitions["Document"]["properties"]["version"] = {"const": VERSION}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A review of Two-Step",
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if is_typeddict(kind):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if kind in SCALARS:
        return {"type": SCALARS[kind]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if origin in (types.UnionType, Union):
        return {"anyOf": [_schema(each, definitions) for each in arguments]}
    raise TypeError(f"no schema for {kind}")


def _object(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for key, value in get_type_hints(kind, include_extras=True).items():
        if get_origin(value) is NotRequired:
            (value,) = get_args(value)
        else:
            required.append(key)
        properties[key] = _schema(value, definitions)
        if key in CHOICES:
            properties[key]["enum"] = CHOICES[key]
    return {"type": "object", "required": required, "properties": properties}
