"""SQL that sets parameters of its transaction: it belongs to the operations that come after it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from analyzers.plan.parts import Operation, Part, Recipe, Unit, locks_tables
from analyzers.plan.source import Written
from analyzers.relate.facts import Step
from analyzers.vocabulary import RunStatement

_COMMENT = r"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*"
_SETS = re.compile(
    rf"{_COMMENT}(?:set\s|reset\s|select\s+(?:pg_catalog\.)?set_config\s*\([^;]*\)\s*;?\s*$)",
    re.IGNORECASE | re.DOTALL,
)
_OF_TRANSACTION = re.compile(r"\bset\s+(?:local|constraints)\b|timeout|set_config", re.IGNORECASE)


def sets_parameters(written: Written, steps: Sequence[Step]) -> bool:
    """Whether an operation sets parameters of the session or of its transaction, and does nothing else."""
    if written.name != "RunSQL" or written.argument("state_operations", 2) is not None:
        return False
    said = [s.change.sql for s in steps if isinstance(s.change, RunStatement)]
    if len(said) != len(steps):
        return False
    texts = said or _texts(written)
    return bool(texts) and all(text is not None and _SETS.match(text) for text in texts)


def with_parameters(recipe: Recipe, settings: Sequence[Operation]) -> Recipe:
    """*recipe* with *settings* at the head of each transaction that asks the database for something."""
    if not settings:
        return recipe
    return replace(
        recipe,
        parts=tuple(_set_in(part, settings) for part in recipe.parts),
        shorter=tuple(_set_in(part, settings) for part in recipe.shorter),
    )


def _set_in(part: Part, settings: Sequence[Operation]) -> Part:
    return replace(part, units=tuple(_headed(unit, settings) for unit in part.units))


def _headed(unit: Unit, settings: Sequence[Operation]) -> Unit:
    if not any(locks_tables(o) or "RunPython" in ast.unparse(o.call.func) for o in unit.operations):
        return unit
    if not unit.atomic:
        # There is no transaction to set it for; and an index that is given up half built stays, invalid.
        settings = [s for s in settings if not _OF_TRANSACTION.search(ast.unparse(s.call))]
    waits = any("lock_timeout" in ast.unparse(s.call) for s in settings)
    return replace(
        unit, operations=(*settings, *unit.operations), guarded=unit.guarded and not waits
    )


def _texts(written: Written) -> list[str | None]:
    """The statements of ``RunSQL`` as they are written; None for those that are no plain texts."""
    sql = written.argument("sql", 0)
    items = sql.elts if isinstance(sql, ast.List | ast.Tuple) else [sql]
    return [
        item.value if isinstance(item, ast.Constant) and isinstance(item.value, str) else None
        for item in items
    ]
