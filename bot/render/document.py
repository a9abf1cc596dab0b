"""
The review as a document (JSON, version 1): what is stored, shown and built on.

Every renderer takes a ``Document``. Keys are a contract: new ones may come,
those that stand keep their meaning.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from analyzers.findings import BASE_REF, Finding, Severity
from analyzers.results import Review, SplitStep
from analyzers.trees import Tree

VERSION = 1
EXCERPT_AROUND = 2
"""Lines of source shown before and after the lines at fault."""
EXCERPT_LINES = 14
EXCERPT_COLUMNS = 200


class Revision(TypedDict):
    ref: str
    sha: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was reviewed, by its names."""

    repository: str
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    merge_base: str | None
    pull_request: int | None = None
    base_name: str | None = None
    """How a developer's clone names the base: ``origin/main`` where ``base_ref`` is ``main`` on a server."""


def to_document(
    review: Review,
    subject: Subject,
    *,
    sources: Sequence[Tree] = (),
    total_ms: int = 0,
) -> Document:
    """*review* as a document; excerpts come from the first of *sources* that has the file."""
    document = Document(
        version=VERSION,
        repository=subject.repository,
        pull_request=subject.pull_request,
        base={"ref": subject.base_ref, "sha": subject.base_sha},
        head={"ref": subject.head_ref, "sha": subject.head_sha},
        merge_base=subject.merge_base,
        verdict=review.verdict,
        findings=[
            _finding(f, sources, subject.base_name or subject.base_ref) for f in review.findings
        ],
        unknown=[
            {"path": u.place.path, "line": u.place.line, "reason": u.reason} for u in review.unknown
        ],
        split={
            "needed": review.split.needed,
            "reason": review.split.reason,
            "steps": [_step(step) for step in review.split.steps],
            "alternative": [_step(step) for step in review.split.alternative],
            "alternative_reason": review.split.alternative_reason,
        },
        rollback=None
        if review.rollback is None
        else {
            "possible": review.rollback.possible,
            "loses_data": review.rollback.loses_data,
            "commands": list(review.rollback.commands),
            "notes": list(review.rollback.notes),
        },
        sql=[
            {
                "app": preview.app,
                "migration": preview.migration,
                "dialect": preview.dialect,
                "statements": list(preview.statements),
                "locks": [
                    {
                        "table": lock.table,
                        "mode": lock.mode,
                        "blocks_reads": lock.blocks_reads,
                        "blocks_writes": lock.blocks_writes,
                        "rewrites": lock.rewrites,
                        "scans": lock.scans,
                    }
                    for lock in preview.locks
                ],
            }
            for preview in review.sql
        ],
        graph={
            "nodes": [
                {
                    "framework": node.framework.value,
                    "app": node.app,
                    "name": node.name,
                    "path": node.path,
                    "side": node.side,
                    "leaf": node.leaf,
                }
                for node in review.graph.nodes
            ],
            "edges": [{"parent": e.parent, "child": e.child} for e in review.graph.edges],
        },
        text_conflicts=list(review.text_conflicts),
        touches=review.touches,
        timing={
            "total_ms": total_ms,
            "parsed_files": _count(review.counts, "parsed_files"),
            "cached_files": _count(review.counts, "cached_files"),
        },
    )
    whole: Document = _encodable(document)
    return whole


def _finding(finding: Finding, sources: Sequence[Tree], base: str) -> FindingDocument:
    suggestion = finding.suggestion
    accepted = finding.accepted
    return {
        "rule": finding.rule,
        "severity": (finding.severity or Severity.INFO).word,
        "framework": finding.framework.value,
        "app": finding.app,
        "migration": finding.migration,
        "table": finding.table,
        "model": finding.model,
        "column": finding.column,
        "path": finding.place.path,
        "line": finding.place.line,
        "end_line": finding.place.end_line,
        "message": finding.message,
        "why": finding.why,
        "remedy": finding.remedy,
        "suggestion": None
        if suggestion is None
        else {
            "path": suggestion.path,
            "start_line": suggestion.start_line,
            "end_line": suggestion.end_line,
            "replacement": suggestion.replacement,
            "rename_to": suggestion.rename_to,
        },
        "new_files": [
            {"path": new.path, "content": new.content, "title": new.title}
            for new in finding.new_files
        ],
        "commands": [command.replace(BASE_REF, shlex.quote(base)) for command in finding.commands],
        "related": [
            {
                "app": related.app,
                "migration": related.migration,
                "path": related.place.path,
                "line": related.place.line,
                "side": related.side,
            }
            for related in finding.related
        ],
        "operations": list(finding.operations),
        "preexisting": finding.preexisting,
        "accepted": None
        if accepted is None
        else {
            "reason": accepted.reason,
            "by": accepted.by,
            "at": accepted.at,
            "until": accepted.until,
        },
        "fingerprint": finding.fingerprint,
        "excerpt": _excerpt(finding, sources),
    }


def _step(step: SplitStep) -> StepDocument:
    return {
        "order": step.order,
        "kind": step.kind,
        "title": step.title,
        "paths": list(step.paths),
        "after": list(step.after),
        "commands": list(step.commands),
        "ready_when": step.ready_when,
        "files": dict(step.files.items()),
        "places": list(step.places),
    }


def _excerpt(finding: Finding, sources: Sequence[Tree]) -> ExcerptDocument | None:
    for tree in sources:
        try:
            content = tree.read(finding.place.path)
        except KeyError:
            continue
        lines = content.decode(errors="replace").splitlines()
        if not 1 <= finding.place.line <= len(lines):
            return None
        first = max(1, finding.place.line - EXCERPT_AROUND)
        last = min(len(lines), finding.place.end_line + EXCERPT_AROUND, first + EXCERPT_LINES - 1)
        return {
            "first_line": first,
            "lines": [line[:EXCERPT_COLUMNS] for line in lines[first - 1 : last]],
        }
    return None


def _encodable(value: Any) -> Any:
    """*value* with text that can be encoded throughout: a path, and any name made of one, may hold bytes that are no UTF-8."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_encodable(each) for each in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    return value


def _count(counts: Mapping[str, Any], name: str) -> int:
    return int(counts.get(name, 0))
