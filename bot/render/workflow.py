"""The review as GitHub's workflow commands: annotations from any job, without an App."""

from __future__ import annotations

from bot.render.document import Document
from bot.render.plain import plain

LEVEL = {"error": "error", "warning": "warning", "info": "notice"}


def render_workflow(document: Document) -> str:
    """One command a finding that counts; source: GitHub's "Workflow commands" page."""
    lines = []
    for finding in document["findings"]:
        if finding["preexisting"] or finding["accepted"]:
            continue
        properties = ",".join(
            f"{name}={_property(str(value))}"
            for name, value in (
                ("file", finding["path"]),
                ("line", finding["line"]),
                ("endLine", finding["end_line"]),
                ("title", f"Two-Step: {finding['rule']}"),
            )
        )
        text = f"{finding['message']}\n{finding['why']}\n{finding['remedy']}"
        lines.append(f"::{LEVEL[finding['severity']]} {properties}::{_data(text)}")
    return "\n".join(lines)


def _data(text: str) -> str:
    """Line breaks survive as ``%0A``; nothing of the text can begin another command."""
    shown = "\n".join(plain(line) for line in text.split("\n"))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")
