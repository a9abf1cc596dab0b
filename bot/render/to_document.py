"""A review of the core, made into the document that is stored, shown and built on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from analyzers.findings import BASE_REF, Finding, Severity
from analyzers.results import Review, SplitStep
from analyzers.trees import Tree
from bot.git.compare import WORKING_TREE
from bot.render.document import VERSION, Document, ExcerptDocument, FindingDocument, StepDocument
from bot.render.subject import Subject

EXCERPT_AROUND = 2
"""Lines of source shown before and after the lines at fault."""
EXCERPT_LINES = 14
EXCERPT_COLUMNS = 200


def to_document(
    review: Review,
    subject: Subject,
    *,
    sources: Sequence[Tree] = (),
    total_ms: int = 0,
    parsed_files: int = 0,
    cached_files: int = 0,
) -> Document:
    """
    *review* as a document; excerpts come from the first of *sources* that has the file.

    *parsed_files* were read for it, *cached_files* were known from before.
    """
    document = Document(
        version=VERSION,
        repository=subject.repository,
        pull_request=subject.pull_request,
        base={"ref": subject.base_ref, "sha": subject.base_sha},
        head={"ref": subject.head_ref, "sha": subject.head_sha},
        merge_base=subject.merge_base,
        verdict=review.verdict,
        findings=[
            _finding(
                f,
                sources,
                subject.base_name or subject.base_ref,
                working=subject.head_ref == WORKING_TREE,
            )
            for f in review.findings
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
                "assumed": preview.assumed,
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
            "parsed_files": parsed_files,
            "cached_files": cached_files,
        },
    )
    if subject.deployed is not None:
        document["deployed"] = {"name": subject.deployed, "sha": subject.deployed_sha}
    whole: Document = _encodable(document)
    return whole


def _command(command: str, base: str, standing: Tree | None) -> str:
    """
    *command* as it is run here; *standing* is the working tree, where that is what was reviewed.

    Git moves no file of it that it was not told of, and what it writes over was committed nowhere.
    """
    command = command.replace(BASE_REF, shlex.quote(base))
    if standing is None:
        return command
    if command.startswith(("git checkout ", "git show ")):
        *_, path = shlex.split(command)
        return f"{command}  # put the edit aside first" if path in standing.paths() else command
    return command.removeprefix("git ") if command.startswith("git mv ") else command


def _finding(
    finding: Finding, sources: Sequence[Tree], base: str, *, working: bool
) -> FindingDocument:
    standing = sources[0] if working and sources else None
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
        "commands": [_command(each, base, standing) for each in finding.commands],
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
