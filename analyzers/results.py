"""What a review results in: findings, the split, rollback, SQL, the graph. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from analyzers.findings import Finding, Severity, Unknown
from analyzers.frozen import dataclass
from analyzers.vocabulary import Framework


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitStep:
    """One pull request of a split (section ``split`` of the JSON document)."""

    order: int
    kind: str
    """``migration``, ``model``, ``code`` or ``data``."""
    title: str
    paths: tuple[str, ...]
    after: tuple[str, ...]
    """What happens before the next step: ``merge``, ``deploy``, ``migrate``."""
    commands: tuple[str, ...] = ()
    ready_when: str = ""
    """How to know that it is time for the next step."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Generated sources by path, where the step has any."""
    places: tuple[str, ...] = ()
    """``path:line`` of code that this step has to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The pull requests that make a change safe, in order."""

    needed: bool = False
    reason: str = ""
    steps: tuple[SplitStep, ...] = ()
    alternative: tuple[SplitStep, ...] = ()
    """A shorter modern sequence, where measurement allows one."""
    alternative_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """How to go back, with the new code still deployed."""

    possible: bool = True
    loses_data: bool = False
    commands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A table lock that a migration takes."""

    table: str
    mode: str
    blocks_reads: bool
    blocks_writes: bool
    rewrites: bool = False
    scans: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlPreview:
    """The statements of one migration."""

    app: str
    migration: str
    dialect: str
    statements: tuple[str, ...]
    assumed: bool = False
    """Neither the configuration nor the project's settings say for certain which database it is."""
    locks: tuple[Lock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """A migration as the graph of a review shows it."""

    framework: Framework
    app: str
    name: str
    path: str
    side: str
    """``both``, ``base`` or ``head``."""
    leaf: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    """*child* comes after *parent*; both as ``app.name``."""

    parent: str
    child: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewGraph:
    """The neighbourhood of what the pull request adds, and of what is wrong."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything that is said about a pull request. Equal inputs give equal reviews."""

    findings: tuple[Finding, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    split: Split = field(default_factory=Split)
    rollback: Rollback | None = None
    sql: tuple[SqlPreview, ...] = ()
    graph: ReviewGraph = field(default_factory=ReviewGraph)
    text_conflicts: tuple[str, ...] = ()
    touches: bool = False
    """Whether the pull request touches models or migrations at all."""

    @property
    def verdict(self) -> str:
        """``fail``, ``warn`` or ``pass``, of the findings that count."""
        worst = max((f.severity or Severity.INFO for f in self.findings if f.counts), default=None)
        if worst is Severity.ERROR:
            return "fail"
        return "warn" if worst is Severity.WARNING else "pass"
