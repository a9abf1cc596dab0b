"""The review as GitHub's workflow commands: annotations from any job, without an App."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.render.plain import plain

if TYPE_CHECKING:
    from bot.render.document import Document

LEVEL = {"error": "error", "warning": "warning", "info": "notice"}


def render_workflow(document: Document) -> str:
    """
    One command a finding that counts, and a notice for what could not be read.

    Source: GitHub's "Workflow commands" page.
    """
    lines = []
    for finding in document["findings"]:
        if finding["preexisting"] or finding["accepted"]:
            continue
        text = f"{finding['message']}\n{finding['why']}\n{finding['remedy']}"
        place = (finding["path"], finding["line"], finding["end_line"])
        lines.append(_command(LEVEL[finding["severity"]], finding["rule"], place, text))
    for unknown in document["unknown"]:
        place = (unknown["path"], unknown["line"], unknown["line"])
        lines.append(_command("notice", "not judged", place, unknown["reason"]))
    return "\n".join(lines)


def _command(level: str, title: str, place: tuple[str, int, int], text: str) -> str:
    path, line, end_line = place
    properties = f"file={_property(path)},line={line},endLine={end_line}"
    return f"::{level} {properties},title={_property(f'Two-Step: {title}')}::{_data(text)}"


def _data(text: str) -> str:
    """Line breaks survive as ``%0A``; nothing of the text can begin another command."""
    shown = "\n".join(plain(line) for line in text.split("\n"))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")
