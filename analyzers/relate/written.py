"""The files that would close what is missing, and the questions that they leave open."""

from __future__ import annotations

from analyzers.findings import NewFile
from analyzers.frozen import dataclass

ONE_OFF_MODULES = frozenset({"datetime", "decimal", "timezone", "uuid"})
"""What the source of a one-off default may name; ``timezone`` is Django's."""


def module_of(dotted: str) -> str:
    """The module to import for *dotted*: of ``app.models.Model.method`` all up to the class; may be empty."""
    parts = dotted.split(".")[:-1]
    if parts[:1] == ["datetime"]:
        # Its classes are called like modules.
        return "datetime"
    while len(parts) > 1 and parts[-1][:1].isupper():
        parts.pop()
    return ".".join(parts)


class UnwritableError(Exception):
    """Something that Django's writer cannot put into a file; its text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What Django would ask; ``answers`` are the choices in words."""

    kind: str
    """``default``: a value for existing rows; ``rename``: renamed, or removed and added."""
    text: str
    answers: tuple[str, ...]
    field: str = ""
    """Of a value: which field's, as ``model.field`` in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How questions are answered: renames taken for such, and the sources of one-off defaults."""

    rename: bool = False
    default: str | None = None
    """For every field that needs one; times of creation take the present, as Django proposes."""
    defaults: tuple[tuple[str, str], ...] = ()
    """For single fields, named as in ``Question.field``."""

    def default_of(self, field: str) -> str | None:
        """The source of the value for *field*; None where nobody answered."""
        return dict(self.defaults).get(field, self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A field that keeps its column and gets another name; *model* in lower case."""

    app: str
    model: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The files, and the questions that Django would have asked for them."""

    files: tuple[NewFile, ...] = ()
    questions: tuple[Question, ...] = ()
    problems: tuple[str, ...] = ()
    """Apps for which nothing can be written, and why."""
    renamed: tuple[Renamed, ...] = ()
    """The fields that get another name."""
