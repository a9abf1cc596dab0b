"""
The review as a document (JSON, version 1): what is stored, shown and built on.

Every renderer takes a ``Document``. Keys are a contract: new ones may come,
those that stand keep their meaning.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

VERSION = 1


class Revision(TypedDict):
    ref: str
    sha: str


class DeployedDocument(TypedDict):
    name: str
    sha: str | None
    """None where nobody could say which commit runs there."""


class SuggestionDocument(TypedDict):
    path: str
    start_line: int
    end_line: int
    replacement: str
    rename_to: NotRequired[str | None]


class NewFileDocument(TypedDict):
    path: str
    content: str
    title: str


class RelatedDocument(TypedDict):
    app: str | None
    migration: str | None
    path: str
    line: int
    side: str


class AcceptedDocument(TypedDict):
    reason: str
    by: str | None
    at: str | None
    until: str | None


class ExcerptDocument(TypedDict):
    first_line: int
    lines: list[str]


class FindingDocument(TypedDict):
    rule: str
    severity: str
    framework: str
    app: str | None
    migration: str | None
    table: str | None
    model: str | None
    column: str | None
    path: str
    line: int
    end_line: int
    message: str
    why: str
    remedy: str
    suggestion: SuggestionDocument | None
    new_files: list[NewFileDocument]
    commands: list[str]
    related: list[RelatedDocument]
    operations: list[str]
    preexisting: bool
    accepted: AcceptedDocument | None
    fingerprint: str
    excerpt: ExcerptDocument | None


class UnknownDocument(TypedDict):
    path: str
    line: int
    reason: str


class StepDocument(TypedDict):
    order: int
    kind: str
    title: str
    paths: list[str]
    after: list[str]
    commands: list[str]
    ready_when: str
    files: dict[str, str]
    places: list[str]


class SplitDocument(TypedDict):
    needed: bool
    reason: str
    steps: list[StepDocument]
    alternative: list[StepDocument]
    alternative_reason: str


class RollbackDocument(TypedDict):
    possible: bool
    loses_data: bool
    commands: list[str]
    notes: list[str]


class LockDocument(TypedDict):
    table: str
    mode: str
    blocks_reads: bool
    blocks_writes: bool
    rewrites: bool
    scans: bool


class SqlDocument(TypedDict):
    app: str
    migration: str
    dialect: str
    assumed: bool
    statements: list[str]
    locks: list[LockDocument]


class NodeDocument(TypedDict):
    framework: str
    app: str
    name: str
    path: str
    side: str
    leaf: bool


class EdgeDocument(TypedDict):
    parent: str
    child: str


class GraphDocument(TypedDict):
    nodes: list[NodeDocument]
    edges: list[EdgeDocument]


class TimingDocument(TypedDict):
    total_ms: int
    parsed_files: int
    cached_files: int


class Document(TypedDict):
    version: int
    repository: str
    pull_request: int | None
    base: Revision
    head: Revision
    merge_base: str | None
    verdict: str
    findings: list[FindingDocument]
    unknown: list[UnknownDocument]
    split: SplitDocument
    rollback: RollbackDocument | None
    sql: list[SqlDocument]
    graph: GraphDocument
    text_conflicts: list[str]
    touches: bool
    timing: TimingDocument
    deployed: NotRequired[DeployedDocument]
    """What runs, where it was said to be something else than the base."""
