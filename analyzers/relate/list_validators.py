"""What Django's ``int_list_validator`` returns, which is what migrations hold of it."""

from __future__ import annotations

import re

from analyzers.read.values import Call

FUNCTION = "django.core.validators.int_list_validator"
CLASS = "django.core.validators.RegexValidator"
_DEFAULTS = {"sep": ",", "message": None, "code": "invalid", "allow_negative": False}


def list_validator(call: Call) -> Call | None:
    """The validator that a call of the function returns; None where an argument of it is not known."""
    if call.func != FUNCTION or len(call.args) > len(_DEFAULTS):
        return None
    given = {**_DEFAULTS, **dict(zip(_DEFAULTS, call.args, strict=False)), **dict(call.kwargs)}
    separator, negative = given["sep"], given["allow_negative"]
    if not isinstance(separator, str) or not isinstance(negative, bool) or len(given) > 4:
        return None
    number = rf"{'(-)?' if negative else ''}\d+"
    pattern = Call("re.compile", (rf"^{number}(?:{re.escape(separator)}{number})*\Z",))
    said = (("code", given["code"]), ("message", given["message"]))
    return Call(CLASS, (pattern,), said)
