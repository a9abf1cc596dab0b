"""Dates, times and spans, which are worked out: Python prints the same one in one way, however it was made."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Callable, Mapping

from analyzers.read.values import Call, Ref, Value

_MADE: Mapping[str, Callable[..., object]] = {
    f"datetime.{made.__name__}": made
    for made in (datetime.date, datetime.datetime, datetime.time, datetime.timedelta)
}
_UTC = frozenset(
    {"datetime.UTC", "datetime.timezone.utc", "django.utils.timezone.utc", "pytz.UTC", "pytz.utc"}
)


def moment(call: Call) -> Call | None:
    """*call* as Python prints what it makes; None where it makes none of these, or it is not known."""
    made = _MADE.get(call.func)
    if made is None:
        return None
    kwargs = dict(call.kwargs)
    zone = kwargs.pop("tzinfo", None)
    if isinstance(zone, Ref) and zone.name in _UTC:
        zone = datetime.UTC
    values: list[Value] = [*call.args, *kwargs.values()]
    if not all(isinstance(v, int | float) for v in values) or zone not in (None, datetime.UTC):
        return None
    try:
        # A number is all that it is given.
        text = repr(made(*call.args, **kwargs, **({"tzinfo": zone} if zone is not None else {})))
        printed = ast.parse(text, mode="eval").body
    except (TypeError, ValueError, OverflowError):
        return None
    if not isinstance(printed, ast.Call):
        return None
    said = tuple(
        (k.arg or "", Ref("datetime.timezone.utc") if k.arg == "tzinfo" else _number(k.value))
        for k in printed.keywords
    )
    return Call(call.func, tuple(_number(arg) for arg in printed.args), said)


def _number(node: ast.expr) -> Value:
    return ast.literal_eval(node)
