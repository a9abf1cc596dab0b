"""What a review says: findings, suggestions, and what could not be read."""

from __future__ import annotations

import enum
import hashlib

from analyzers.frozen import dataclass
from analyzers.vocabulary import Framework, Place

BASE_REF = "@base@"
"""Stands in commands for the base's name, which only the shell around the review knows."""


class Severity(enum.IntEnum):
    """How much a finding weighs; ordered, so that thresholds compare."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The name used in configuration and in every output."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """
    One edit that mends a finding: lines *start_line* to *end_line* of *path*
    (1-based, inclusive) become *replacement* (without a final newline).
    """

    path: str
    start_line: int
    end_line: int
    replacement: str
    rename_to: str | None = None
    """Where the file should stand afterwards, when its name is wrong as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A complete file that a remedy adds, such as a merge migration."""

    path: str
    content: str
    title: str
    """What it is, in a few words: ``merge migration``, ``missing migration``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that belongs to a finding, and the side it comes from."""

    app: str | None
    migration: str | None
    place: Place
    side: str
    """``base``, ``head`` or the name of another open pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Why a finding does not count: who said so, when, for what reason."""

    reason: str
    by: str | None = None
    at: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing that is wrong, at one place.

    ``severity`` is None until the review sets it from the rule's default and
    the configuration; a rule sets it only where one rule speaks at different
    severities by case (``column-type-changed``).
    """

    rule: str
    place: Place
    message: str
    """One sentence: what is wrong."""
    why: str
    """What will happen because of it."""
    remedy: str
    """What to do, concretely."""
    framework: Framework
    severity: Severity | None = None
    app: str | None = None
    migration: str | None = None
    table: str | None = None
    model: str | None = None
    column: str | None = None
    suggestion: Suggestion | None = None
    new_files: tuple[NewFile, ...] = ()
    """Whole files which, added, mend the finding (the alternative to the suggestion)."""
    commands: tuple[str, ...] = ()
    """Shell commands that mend it, in order."""
    related: tuple[Related, ...] = ()
    operations: tuple[str, ...] = ()
    """For ``missing-migration``: the operations that are missing, as source."""
    identity: tuple[str, ...] = ()
    """What tells this finding from another of its rule at the same migration, beyond the fields above."""
    preexisting: bool = False
    accepted: Accepted | None = None

    @property
    def fingerprint(self) -> str:
        """Stable when lines move: made of names, never of line numbers or messages."""
        parts = (
            self.rule,
            self.framework.value,
            self.app or "",
            self.migration or "",
            self.table or "",
            self.model or "",
            self.column or "",
            *(self.identity or ((self.place.path,) if self.migration is None else ())),
        )
        return hashlib.sha256("\0".join(parts).encode(errors="backslashreplace")).hexdigest()[:20]

    @property
    def counts(self) -> bool:
        """Whether it takes part in the verdict: neither the base's nor accepted."""
        return not self.preexisting and self.accepted is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something that could not be read statically; shown, never an error."""

    place: Place
    reason: str
