"""The files that would close what is missing, and the questions that they leave open."""

from __future__ import annotations

from analyzers.findings import NewFile
from analyzers.frozen import dataclass


class UnwritableError(Exception):
    """Something that Django's writer cannot put into a file; its text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What Django would ask; ``answers`` are the choices in words."""

    kind: str
    """``default``: a value for existing rows; ``rename``: renamed, or removed and added."""
    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How questions are answered: renames taken for such, and the source of a one-off default."""

    rename: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The files, and the questions that Django would have asked for them."""

    files: tuple[NewFile, ...] = ()
    questions: tuple[Question, ...] = ()
    problems: tuple[str, ...] = ()
    """Apps for which nothing can be written, and why."""
