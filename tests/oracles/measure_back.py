"""
What taking a migration back does, on a real PostgreSQL, against what the rollback plan says.

Each case of the rule table, and more whose way back differs, is run forward and
back on tables with rows: by Django, or as Alembic's SQL. Before the way back,
"new code" writes the rarest values that the new schema takes; before the way
forward, "old code" does. What is different after back and forward again is lost
by going back; what is different after forward and back is gone already when the
migration has run.

    python -m tests.oracles.measure_back            prints the disagreements
    python -m tests.oracles.measure_back --write    writes docs/measured-rollback.md
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from analyzers.config import Config
from analyzers.plan.rollback import UNSAFE, rollback, undone
from analyzers.plan.way_back import WayBack
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.back_stage import Back, measured
from tests.oracles.measure import source
from tests.oracles.measure_back_cases import BACK_CASES, REVISIONS, TABLES, Revision
from tests.oracles.measure_cases import BASE, CASES, Case
from tests.support import postgres
from tests.support.alembic_trees import files, revision

PAGE = Path(__file__).parents[2] / "docs/measured-rollback.md"
ALL: tuple[Case | Revision, ...] = (*CASES, *BACK_CASES, *REVISIONS)


# -- what the product says --------------------------------------------------------------


def facts_of(case: Case | Revision) -> Facts:
    """The pull request that brings *case*."""
    base, new = _django(case) if isinstance(case, Case) else _alembic(case)
    before, after = MemoryTree(base), MemoryTree({**base, **new})
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    return Facts(comparison, Config(), MemoryCache())


Trees = tuple[Mapping[str, str], Mapping[str, str]]
"""The files of the base, and those that the pull request brings."""


def _django(case: Case) -> Trees:
    base = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": source(BASE),
        "shop/migrations/0002_before.py": source(case.before, '("shop", "0001_initial")'),
    }
    parent = '("shop", "0002_before")'
    return base, {"shop/migrations/0003_case.py": source(case.operations, parent, case.atomic)}


def _alembic(case: Revision) -> Trees:
    first = textwrap.dedent(TABLES).strip() + "\n" + (case.before or "pass")
    base = files(one=revision("3f9a1c07be52", None, first))
    both = files(
        one=revision("3f9a1c07be52", None, first),
        two=revision("88d0e2b7a614", "3f9a1c07be52", case.upgrade, case.downgrade),
    )
    return base, {path: text for path, text in both.items() if path not in base}


def claimed(case: Case | Revision) -> Back:
    """
    What the rollback plan says of *case*.

    Raises:
        AssertionError: something that is known does not stand in the plan's notes.
    """
    facts = facts_of(case)
    plan = rollback(facts)
    assert plan is not None
    backs = undone(facts)
    said = "\n".join(plan.notes)
    names = {loss.what for back in backs for loss in (*back.loses, *back.gone)}
    names |= {text for back in backs for text in (*back.stops, back.fails)}
    assert [name for name in names if name not in said] == [], plan.notes
    refuses = any(step.change.reversible is False for step in facts.steps)
    fails = any(back.fails for back in backs)
    assert plan.possible == (not refuses and not fails)
    return Back(
        ends="refuses" if refuses else "stops" if fails else "works",
        may_stop=not refuses and not fails and any(back.stops for back in backs),
        loses=() if refuses else _names(backs, "loses"),
        gone=() if refuses else _names(backs, "gone"),
        stays=not refuses and any(back.stays for back in backs),
        old_code_fails=UNSAFE in said,
        fails_after="Even after going back" in said,
    )


def _names(backs: Sequence[WayBack], kind: str) -> tuple[str, ...]:
    return tuple(sorted({loss.name for back in backs for loss in getattr(back, kind)}))


# -- the comparison -----------------------------------------------------------------------


def differences(case: Case | Revision) -> list[str]:
    """Where plan and server differ, in words."""
    return compared(claimed(case), measured(case))


def compared(says: Back, is_so: Back) -> list[str]:
    """Cells that differ, in words."""
    return [
        f"{name}: said {getattr(says, name)}, measured {getattr(is_so, name)}"
        for name in Back.__dataclass_fields__
        if not _agrees(name, getattr(says, name), getattr(is_so, name))
    ]


def _agrees(name: str, says: object, is_so: object) -> bool:
    if name in {"old_code_fails", "fails_after"}:
        # "Not safe" is said of what may fail as well; "safe" must be true.
        return says is True or is_so is False
    if isinstance(says, tuple) and isinstance(is_so, tuple) and any("?" in n for n in says):
        # Which rows, which columns: that is not said.
        patterns = [re.escape(n).replace(r"\?", ".*") for n in says]
        return all(any(re.fullmatch(p, n) for p in patterns) for n in is_so) and bool(is_so)
    return says == is_so


# -- the table ----------------------------------------------------------------------------


def page(cells: Mapping[str, Back]) -> str:
    """The table as a page of the documentation."""
    import alembic
    import django

    with psycopg.connect(postgres.uri()) as server:
        row = server.execute("SHOW server_version").fetchone()
    assert row is not None
    lines = [
        "# What taking a migration back does",
        "",
        f"Measured on PostgreSQL {row[0].split()[0]} with Django {django.get_version()} and Alembic {alembic.__version__}:",
        "each operation is run forward and back on tables with rows. Before the way back the rarest values",
        "that the new schema takes are written (the largest numbers, the longest texts, NULL, duplicates);",
        "before the way forward, those that the old schema takes. *Lost*: what the way back takes away of",
        "what was written since. *Gone*: what the migration itself has taken, and going back does not bring.",
        "*Old code*: whether the statements of the old models run on the new schema (the code alone rolled",
        "back), and after the way back. The rollback plan says the same in every cell (of old code it says",
        "*not safe* as well where only some values fail); `python -m tests.oracles.measure_back` compares.",
        "",
        "| operation | the way back | lost | gone | old code on the new schema | old code after the way back |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, seen in cells.items():
        lines.append(
            f"| {name} | {_words(seen)} | {_listed(seen.loses)} | {_listed(seen.gone)}"
            f" | {'fails' if seen.old_code_fails else 'works'}"
            f" | {'-' if seen.ends != 'works' else 'fails' if seen.fails_after else 'works'} |"
        )
    return "\n".join(lines) + "\n"


def _words(seen: Back) -> str:
    match seen:
        case Back(ends="refuses"):
            return "there is none"
        case Back(ends="stops"):
            return "fails on a table with rows"
        case Back(may_stop=True):
            return "fails on some values"
        case Back(stays=True):
            return "works, and leaves the schema"
        case _:
            return "works"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"


def main() -> int:
    """Measure everything; 1 where a cell differs."""
    bad, cells = 0, {}
    for case in ALL:
        name = case.name if isinstance(case, Case) else f"Alembic: {case.name}"
        try:
            is_so = measured(case)
            found = compared(claimed(case), is_so)
        except Exception as error:  # noqa: BLE001 - a case that cannot be run is a difference
            lines = str(error).splitlines() or [""]
            found = [f"{type(error).__name__}: {lines[0]}"]
        else:
            cells[name] = is_so
        bad += len(found)
        for line in found:
            print(f"{name}: {line}", flush=True)
    print(
        f"{len(cells)} variants, {len(cells) * len(Back.__dataclass_fields__)} cells, {bad} differ"
    )
    if "--write" in sys.argv:
        PAGE.write_text(page(cells))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
