"""Several changes of SQLAlchemy models at once are told as Alembic's own autogenerate tells them."""

from __future__ import annotations

import copy
import random
import warnings

import sqlalchemy as sa
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from analyzers.config import Config
from analyzers.findings import Finding
from analyzers.read.cache import MemoryCache
from analyzers.relate.alembic_lacking import alembic_lacking
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.oracles._alembic_real import Fact
from tests.oracles._alembic_real import facts as truth
from tests.oracles.alembic_autogenerate import loaded, revision
from tests.oracles.alembic_project_mutations import MUTATIONS
from tests.oracles.alembic_projects import Project, project
from tests.oracles.alembic_styles import write
from tests.support.alembic_trees import ENV

INI = "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite://\n"
STYLE = "mapped"
"""SQLite drops no constraint without a name; in this style a convention names all."""
SECOND = "migrations/versions/0002_second.py"


def changed(base: Project, rng: random.Random) -> Project:
    """*base* with two to five changes."""
    found, left = base, rng.randint(2, 5)
    while left:
        tried = copy.deepcopy(found)
        if rng.choice(MUTATIONS)(tried, rng) is not None:
            found, left = tried, left - 1
    return found


def told(base: dict[str, str], head: dict[str, str]) -> list[Finding]:
    old, new = MemoryTree(base), MemoryTree(head)
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    return [*alembic_lacking("missing-migration", Facts(trees, Config(), MemoryCache()))]


def facts_of(findings: list[Finding]) -> set[Fact]:
    """What is told, in the words of autogenerate: what changes its kind goes and comes."""
    found = set()
    for finding in findings:
        kind, what, to = finding.identity
        table = finding.table or ""
        if kind == "actions":
            kind, to = "add_foreign_key", "again"
        found.add((kind, table, what))
        if to == "again":
            found.add((kind.replace("add_", "remove_"), table, what))
    return found


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],  # A smaller seed is no smaller project.
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 100_000))
def test_changes_are_those_of_autogenerate(seed: int) -> None:
    """All of them and no other; with Alembic's own revision, or the one that is offered, nothing is missing any more."""
    rng = random.Random(seed)
    base = project(seed)
    after = changed(base, rng)
    names = [t.name for t in after.tabs] + [name for name, _, _ in after.links]
    assume(len(names) == len(set(names)))
    files = write(base, STYLE) | {"alembic.ini": INI, "migrations/env.py": ENV}
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with warnings.catch_warnings(), engine.connect() as connection:
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        context = MigrationContext.configure(connection)
        with loaded(files) as metadata:
            files["migrations/versions/0001_first.py"] = revision(context, metadata, "aa01", None)
            metadata.create_all(connection)
            before = truth(context, metadata)
        head = files | write(after, STYLE)
        with loaded(head) as metadata:
            wanted = truth(context, metadata) - before
            second = revision(context, metadata, "aa02", "aa01")

    found = told(files, head)
    assert facts_of(found) == wanted
    assert told(files, {**head, SECOND: second}) == []
    for file in {f.path: f for finding in found for f in finding.new_files}.values():
        assert told(files, {**head, file.path: file.content}) == []
