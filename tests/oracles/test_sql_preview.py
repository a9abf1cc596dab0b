"""The preview of statements against Django's own, which has a database to look at."""

from __future__ import annotations

import re
from contextlib import closing

import pytest

from analyzers.config import Config
from analyzers.plan.sql import django_sql
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.measure import connection_to, migration, source, template
from tests.oracles.measure_cases import BASE, CASES, Case

pytestmark = [pytest.mark.xdist_group("measure"), pytest.mark.filterwarnings("ignore")]

WITHOUT_PREPARATION = [c for c in CASES if not c.before]
LATER = {
    # A value that is asked when the migration runs, or a class of the program.
    "AddField: NOT NULL, callable default",
    "AddField: NOT NULL auto_now_add",
    "AddField: NOT NULL, volatile db_default",
}


def previewed(case: Case) -> list[str]:
    base = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": source(BASE),
    }
    parent = '("shop", "0001_initial")'
    new = {"shop/migrations/0002_case.py": source(case.operations, parent, case.atomic)}
    before, after = MemoryTree(base), MemoryTree({**base, **new})
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    found = django_sql(Facts(comparison, Config(), MemoryCache()))
    return [normal(s) for preview in found for s in preview.statements]


def normal(statement: str) -> str:
    """Without comments; names of constraints that only the database knows are one word."""
    bare = "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
    bare = re.sub(r'"name of [^"]*"', '"?"', bare)
    return re.sub(r'(DROP CONSTRAINT|SET CONSTRAINTS) "[^"]*"', r'\1 "?"', bare).strip().rstrip(";")


def collected(case: Case) -> list[str]:
    name, state = template()
    with closing(connection_to(name)) as connection:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            migration(source(case.operations, atomic=case.atomic), "0002_case").apply(
                state.clone(), editor, collect_sql=True
            )
        return [n for s in editor.collected_sql if (n := normal(s))]


@pytest.mark.parametrize("case", WITHOUT_PREPARATION, ids=lambda case: case.name)
def test_the_preview_is_what_django_writes(case: Case) -> None:
    seen = [s for s in previewed(case) if s]

    if case.name in LATER:
        assert seen == [] or "asked when it runs" in seen[0]
    else:
        assert seen == collected(case)


def test_there_are_enough_cases() -> None:
    assert len(WITHOUT_PREPARATION) > 60
