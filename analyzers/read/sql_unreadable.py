"""SQL that no parser takes."""

from __future__ import annotations

from analyzers.vocabulary import Place, RunStatement


def unreadable(text: str, place: Place) -> RunStatement:
    """A statement that may do anything."""
    return RunStatement(place=place, sql=text, kind="unreadable", reversible=None, in_state=False)
