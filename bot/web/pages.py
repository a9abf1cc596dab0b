"""Pages for people: one template engine that escapes everything, one style sheet, one policy."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["path"] = _path
    return made


def _path(text: str) -> Markup:
    """A path that may be broken between its parts, and within one only where nothing else helps."""
    return Markup("<wbr>").join(text.replace("/", "/\0").split("\0"))


@cache
def _style() -> tuple[Markup, str]:
    """The style sheet, and its hash for the policy: it is ours, so it is no input to escape."""
    text = (TEMPLATES / "style.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), digest  # noqa: S704


def render(
    template: str, *, status: int = 200, form_to: str = "'none'", **values: Any
) -> HTMLResponse:
    """
    A page that loads nothing, runs nothing, and is framed by nobody.

    *form_to* is where its forms may be sent.
    """
    style, digest = _style()
    body = _environment().get_template(template).render(style=style, **values)
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action {form_to}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(
        body,
        status_code=status,
        headers={
            "Content-Security-Policy": policy,
            # Addresses of reports are secrets: they are not told to where links lead.
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        },
    )
