"""What the environment's variables are where nothing is said: the constant beside the question."""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.read.values import Value

_ASKED = frozenset({"os.getenv", "os.environ.get", "decouple.config"})


def usual_schema(func: str, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> str | None:
    """
    What ``os.getenv("DB_SCHEMA", "shop")`` is in an environment that says nothing: ``shop``.

    None for all other calls. A schema's name alone is taken so: whatever it is, models and
    revisions have the same, and some revisions write it out. Other variables choose what is done.
    """
    match args:
        case (str() as name, *more) if func in _ASKED and "schema" in name.lower():
            default = more[0] if more else kwargs.get("default")
            return default if isinstance(default, str) else None
        case _:
            return None
