"""What lazily translated texts say in the language that they are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analyzers.limits import TEXT_CHARACTERS
from analyzers.read.values import Call, Value

LAZY = frozenset(
    {
        "django.utils.translation.gettext_lazy",
        "django.utils.translation.gettext",
        "django.utils.translation.ugettext_lazy",
        "django.utils.translation.ugettext",
        "django.utils.translation.gettext_noop",
        "django.utils.translation.ugettext_noop",
        "django.utils.translation._",
    }
)
"""What marks a text for translation; the text itself is what migrations hold."""

TRANSPARENT = frozenset({"django.utils.safestring.mark_safe", "django.utils.functional.lazystr"})


NOT_TRANSLATED = object()


def translated(call: Call) -> Any:
    """The text that a call marks for translation; ``NOT_TRANSLATED`` for any other call."""
    last = call.func.rpartition(".")[2]
    given = dict(call.kwargs)
    if call.func in LAZY or call.func in TRANSPARENT:
        if len(call.args) == 1 and not given:
            return call.args[0]
        if not call.args and set(given) == {"message"}:
            return given["message"]
    elif last in {"pgettext_lazy", "pgettext"}:
        if len(call.args) == 2 and not given:
            return call.args[1]
        if not call.args and set(given) == {"context", "message"}:
            return given["message"]
    elif last in {"ngettext_lazy", "ngettext"} and len(call.args) == 3 and not given:
        singular, plural, number = call.args
        if type(number) is int:
            return singular if number == 1 else plural
    return NOT_TRANSLATED


def _formatted(args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> str | None:
    """``format_lazy`` of texts alone; None where anything else is among them."""
    texts = [*args, *kwargs.values()]
    if not args or not all(isinstance(text, str) for text in texts):
        return None
    # Attribute access and widths make formatting a way to run or to blow up.
    if re.search(r"\{[^{}]*[.\[:!]", str(args[0])) or sum(map(len, texts)) > TEXT_CHARACTERS // 10:
        return None
    try:
        return str(args[0]).format(*args[1:], **kwargs)
    except (KeyError, IndexError, ValueError):
        return None
