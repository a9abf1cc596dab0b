"""The models of a split that demands a column: they call it NOT NULL before the database does, and say why."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from analyzers.plan.alembic_model_names import text_of
from analyzers.plan.alembic_pieces import Demand
from analyzers.relate.facts import Facts

_COMMENT = "  # twostep: ignore[missing-migration] the last step of the split makes it NOT NULL"


def models_of_demands(
    facts: Facts, demands: Iterable[Demand], revision: str, written: Mapping[str, str]
) -> dict[str, str]:
    """
    The files of models with a comment at each column that the database demands later, as *written* so far.

    Only where the pull request makes the models say so; what forgets its revision is an error elsewhere.
    """
    found: dict[str, str] = {}
    for one in demands:
        before = facts.base.alembic_model(one.table, one.database, revision)
        after = facts.merged.alembic_model(one.table, one.database, revision)
        had = before.table.column(one.column) if before is not None else None
        has = after.table.column(one.column) if after is not None else None
        at = after.columns_at.get(one.column) if after is not None else None
        if had is None or had.null is not True or has is None or has.null is not False:
            continue
        text = found.get(at.path) or written.get(at.path) or text_of(facts, at.path) if at else None
        lines = text.splitlines(keepends=True) if text is not None else []
        if at is None or not 1 <= at.line <= len(lines) or "#" in lines[at.line - 1]:
            continue
        line = lines[at.line - 1]
        bare = line.rstrip("\r\n")
        lines[at.line - 1] = bare.rstrip() + _COMMENT + line[len(bare) :]
        commented = "".join(lines)
        if _same(text or "", commented):
            found[at.path] = commented
    return found


def _same(one: str, two: str) -> bool:
    """Whether what was written into a line is no part of what it says: it may lie in a string, or go on in the next."""
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(two))
    except (SyntaxError, ValueError, RecursionError):
        return False
