"""
Models, revisions and what is missing between them in published projects, on a real PostgreSQL.

    python -m tests.oracles.alembic_real [PROJECT ...]

Each project's own revisions build its database (``alembic upgrade``), and its own
``env.py`` compares it with its own models (autogenerate). Two-Step reads the sources.
Asked first: are the tables of the models and of the revisions the same, and what
differs between the two. Then the models are changed in a copy, one thing in each
table, and what autogenerate finds in the changed copy that it did not find before
is the truth for what Two-Step finds.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyzers.config import Config
from analyzers.read.alembic.metadata import Metadata
from analyzers.read.alembic.roots import Root
from analyzers.read.cache import MemoryCache
from analyzers.relate.alembic_missing import ModelsOfRoot, foreign_keys_of, missing, models_of
from analyzers.relate.alembic_models import bases_of, tables_of, take_unmade
from analyzers.relate.alembic_state import Tables
from analyzers.relate.column_types import same_type
from analyzers.relate.snapshot import Snapshot
from analyzers.trees import MemoryTree
from analyzers.vocabulary import ConstraintKind, Table
from tests.oracles._alembic_real import Fact
from tests.oracles.alembic_autogenerate import facts_of
from tests.oracles.alembic_model_mutations import LEANED_ON, Mutation, mutated, mutations
from tests.oracles.alembic_published import (
    PROJECTS,
    Project,
    ask,
    install,
    packages_of,
    sources,
)
from tests.support import postgres

ROUNDS = 1
"""Copies of each project; each has at most one mutation of a table."""
NOTES = 40
PRECISION, RECALL = 0.995, 0.95
PROJECTS_AT_LEAST = 6
PAGE = Path(__file__).parents[2] / "docs/measured-autogenerate.md"


@dataclass(slots=True)
class Count:
    """Things that both say, that we say otherwise, and that we do not say."""

    same: int = 0
    other: int = 0
    unknown: int = 0

    def __add__(self, more: Count) -> Count:
        return Count(self.same + more.same, self.other + more.other, self.unknown + more.unknown)


@dataclass(slots=True)
class Tally:
    """What came of one project."""

    models: Count = field(default_factory=Count)
    revisions: Count = field(default_factory=Count)
    right: int = 0
    missed: int = 0
    false: int = 0
    mutants: int = 0
    silent: int = 0
    after: int = 0
    tables: int = 0
    versions: str = ""
    kinds: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.false)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    def __add__(self, more: Tally) -> Tally:
        return Tally(
            models=self.models + more.models,
            revisions=self.revisions + more.revisions,
            right=self.right + more.right,
            missed=self.missed + more.missed,
            false=self.false + more.false,
            mutants=self.mutants + more.mutants,
            silent=self.silent + more.silent,
            after=self.after + more.after,
            tables=self.tables + more.tables,
            kinds=self.kinds + more.kinds,
        )


def read(
    project: Project,
    files: Mapping[str, bytes],
    managed: frozenset[str] = frozenset(),
    base: Mapping[str, bytes] | None = None,
) -> tuple[ModelsOfRoot, ModelsOfRoot]:
    """Our reading of a project's files, and of those of the base; of the same without any."""
    two = _parts(project, files)
    one = _parts(project, files if base is None else base)
    managed |= bases_of(two[2], two[1])
    old = {m.key for m in one[0].migrations}
    added = [
        change
        for migration in two[0].migrations
        if migration.key not in old
        for change in two[3].alembic_bodies.read(migration.path, "postgresql").forward
    ]
    take_unmade(one[1], two[1], one[2], managed, (), added)
    return models_of(*two[:3], managed), models_of(*one[:3], managed)


def _parts(project: Project, files: Mapping[str, bytes]) -> tuple[Root, Tables, Metadata, Snapshot]:
    side = Snapshot(MemoryTree(files), Config(), _CACHE)
    found = [
        (root, graph)
        for root in side.alembic
        for graph in side.alembic_graphs
        if root.location.versions[0] == graph.location
        and graph.location.startswith(project.versions)
    ]
    assert len(found) == 1, [g.location for _, g in found]
    ((root, graph),) = found
    tables = tables_of(graph, side.alembic_bodies, "postgresql")
    return root, tables, side.alembic_metadata("postgresql"), side


_CACHE = MemoryCache()


def compared(
    ours: Table,
    theirs: Mapping[str, Any],
    said: str,
    notes: list[str],
    unread: Set[str] = frozenset(),
    keyed: Set[str] = frozenset(),
) -> Count:
    """
    One table as we read it against the same as it is: column by column, key by key.

    Of what bears a name in *unread* (words of revisions that are not wholly read) nothing is said,
    and nothing of what the keys of tables in *keyed* do.
    """
    count = Count()
    if not ours.complete:
        count.unknown += 1

    def take(what: str, one: object, two: object, *, same: bool) -> None:
        if same:
            count.same += 1
        else:
            count.other += 1
            notes.append(f"{said} {ours.name}.{what}: {one} for {two}")

    columns = theirs["columns"]
    for column in ours.columns:
        if column.name not in columns:
            take(column.name, "a column", "none", same=False)
            continue
        kind, null = columns[column.name]
        if column.type is None or not kind or column.null is None:
            count.unknown += 1
        if kind:
            take(f"{column.name} type", column.type, kind, same=same_type(kind, column.type))
        same = column.null in {None, null} or column.identity or bool(column.generated)
        take(f"{column.name} null", column.null, null, same=same)
    known = {c.name for c in ours.columns}
    for name in columns:
        if name not in known and ours.complete and name not in unread:
            take(name, "no column", "one", same=False)
        elif name not in known:
            count.unknown += 1
    return count + _keys(ours, theirs, said, notes, unread, keyed)


def _keys(
    ours: Table,
    theirs: Mapping[str, Any],
    said: str,
    notes: list[str],
    unread: Set[str],
    keyed: Set[str],
) -> Count:
    count = Count()
    named = {str(i.name) for i in ours.indexes if i.name and not str(i.name).startswith("?")}
    # A unique constraint has an index of its name, which is shown as well.
    constraints = {str(c.name) for c in ours.constraints if c.kind is ConstraintKind.UNIQUE}
    uniques = {
        ",".join(sorted(c.columns)) for c in ours.constraints if c.kind is ConstraintKind.UNIQUE
    }
    foreign = {
        f"{','.join(c.columns)} -> {c.references.table if c.references else None}"
        for c in ours.constraints
        if c.kind is ConstraintKind.FOREIGN_KEY
    }
    real = {
        "index": (
            named,
            {
                name
                for name, columns, unique in theirs["indexes"]
                if name != "None"
                and not (
                    unique
                    and ",".join(sorted(filter(None, columns))) in uniques
                    and name not in named
                )
                and name not in constraints
            },
        ),
        "unique": (uniques, {",".join(columns) for columns in theirs["uniques"]}),
        "foreign key": (foreign, {f"{one} -> {two}" for one, two, *_ in theirs["foreign_keys"]}),
    }
    count += _actions(ours, theirs, said, notes, known=ours.name not in unread | keyed)
    for what, (one, two) in real.items():
        count.same += len(one & two)
        for only in sorted(one ^ two):
            names = only.partition(" -> ")[0].split(",")
            if not ours.complete or (only in two and set(names) <= unread):
                count.unknown += 1
                continue
            count.other += 1
            side = "ours" if only in one else "theirs"
            notes.append(f"{said} {ours.name} {what} {only}: {side} only")
    return count


def _actions(
    ours: Table, theirs: Mapping[str, Any], said: str, notes: list[str], *, known: bool
) -> Count:
    """What foreign keys do on delete and update; RESTRICT is taken for the usual, as the program does."""
    count = Count()
    real = {(one, two): actions for one, two, *actions in theirs["foreign_keys"]}
    for key, found in foreign_keys_of(ours.constraints).items():
        mine = (found.on_delete, found.on_update) if found is not None else (None, None)
        if key not in real:
            continue
        for one, two in zip(mine, real[key], strict=True):
            if one is None or not known:
                count.unknown += 1
            elif "restrict" in {one, two} or one == two:
                count.same += 1
            else:
                count.other += 1
                notes.append(f"{said} {ours.name} {key}: {one} for {two}")
    return count


def states(seen: ModelsOfRoot, real: Mapping[str, Any], tally: Tally) -> None:
    """Compare both pictures of the unchanged project."""
    own = {table for _, _, _, table in real["classes"]}
    managed = bases_of(seen.metadata, seen.tables)
    for name, theirs in sorted(real["models"].items()):
        model = seen.metadata.tables.get(name)
        if model is not None and model.base in managed:
            tally.models += compared(model.table, theirs, "models", tally.notes)
        elif name in own:
            tally.models.unknown += 1
            tally.notes.append(f"models {name}: not read")
    for name, theirs in sorted(real["database"].items()):
        state = seen.tables.get(name)
        if name == real["version_table"]:
            continue
        if state is None:
            tally.revisions.unknown += 1
            tally.notes.append(f"revisions {name}: not read")
        else:
            tally.revisions += compared(
                state.table(),
                theirs,
                "revisions",
                tally.notes,
                seen.tables.unread,
                seen.tables.keyed_unread,
            )
    for name in sorted(set(seen.tables.tables) - set(real["database"])):
        tally.revisions.other += 1
        tally.notes.append(f"revisions {name}: gone in the database")


def overlay(project: Project, changed: Mapping[str, bytes], folder: Path) -> None:
    """A copy of the project's own packages with *changed* in it; the rest are links."""
    root = packages_of(project).resolve()
    for name in project.own:
        shutil.copytree(
            root / name,
            folder / name,
            copy_function=_link,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for path, content in changed.items():
        (folder / path).unlink()
        (folder / path).write_bytes(content)


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(source)


def answers(
    project: Project, url: str, files: Mapping[str, bytes], chosen: Sequence[Mutation]
) -> list[tuple[Sequence[Mutation], dict[str, bytes], Any]]:
    """
    What the real side says of *chosen* in one copy.

    Where they do not load together, those of each part; what does not load alone is left out.
    """
    changed = mutated(files, chosen)
    with tempfile.TemporaryDirectory() as folder:
        overlay(project, changed, Path(folder))
        try:
            return [(chosen, changed, ask(project, "compare", url, Path(folder)))]
        except RuntimeError as error:
            if len(chosen) < 2:
                said = str(error).strip().splitlines()[-1]
                print(f"  left out: {chosen[0].kind} of {chosen[0].table}: {said}", flush=True)
                return []
    # Other code leans on a column's name: those are tried apart from the rest.
    risky = [m for m in chosen if m.kind in LEANED_ON]
    safe = [m for m in chosen if m.kind not in LEANED_ON]
    parts = (safe, risky) if safe and risky else (chosen[::2], chosen[1::2])
    return [found for part in parts for found in answers(project, url, files, part)]


def play(project: Project, url: str, tally: Tally, rounds: int) -> None:
    """All of one project."""
    ask(project, "upgrade", url)
    real = ask(project, "compare", url)
    files = sources(project)
    root, tables, metadata, _ = _parts(project, files)
    seen = models_of(root, tables, metadata)
    states(seen, real, tally)
    tally.versions = f"Alembic {real['versions'][0]}, SQLAlchemy {real['versions'][1]}"
    tally.tables = len(real["models"])
    before = {tuple(fact) for fact in real["facts"]}
    managed = bases_of(seen.metadata, seen.tables)
    for number in range(rounds):
        dice = random.Random(f"{project.name} {number}")
        chosen = mutations(files, real["classes"], dice)
        for some, changed, answer in answers(project, url, files, chosen):
            after = {tuple(fact) for fact in answer["facts"]}
            new = {**files, **changed}
            mine, old = read(project, new, managed, files)
            ours = facts_of(missing(mine, old))
            judge(some, after - before, ours - before, tally)
            text = with_revision(root, answer["revision"])
            mine, old = read(project, {**new, **text}, managed, files)
            left = facts_of(missing(mine, old))
            tally.after += len(left)
            tally.notes += [f"still {' '.join(fact)}" for fact in sorted(left)]


def judge(some: Sequence[Mutation], theirs: set[Any], ours: set[Fact], tally: Tally) -> None:
    """Take in one copy's answers, mutation by mutation."""
    tally.mutants += len(some)
    tables = {m.table: m for m in some}
    for m in some:
        tally.silent += not any(fact[1] in {m.table, m.adds} for fact in theirs)
        tally.kinds[m.kind] += 1
    tally.right += len(theirs & ours)
    tally.missed += len(theirs - ours)
    tally.false += len(ours - theirs)
    for word, facts in (("missed", theirs - ours), ("false", ours - theirs)):
        for fact in sorted(facts):
            by = tables.get(fact[1])
            kind = f"{by.kind} at {by.path}:{by.first}" if by else "another table"
            tally.notes.append(f"{word} {' '.join(fact)} ({kind})")


def with_revision(root: Root, body: str) -> dict[str, bytes]:
    """The revision that autogenerate writes, after the heads of *root*."""
    above = {parent.name for m in root.migrations for parent in m.parents}
    heads = sorted({m.key.name for m in root.migrations} - above)
    down = heads[0] if len(heads) == 1 else tuple(heads)
    lines = body.replace("\n", "\n    ")
    text = (
        '"""What autogenerate writes."""\nfrom alembic import op\nimport sqlalchemy as sa\n'
        "from sqlalchemy import Text\nfrom sqlalchemy.dialects import postgresql\n\n"
        f'revision = "fff0000f0001"\ndown_revision = {down!r}\n'
        f"branch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n    {lines}\n\n\n"
        "def downgrade():\n    pass\n"
    )
    ast.parse(text)
    return {f"{root.location.versions[0]}/fff0000f0001_mutated.py": text.encode()}


def main() -> int:
    """Print a row for each project, and what differs; 1 where the figures are not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", help="all of them if none is named")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", action="store_true", help=f"writes {PAGE.name}")
    options = parser.parse_args()
    total, rows = Tally(), []
    done = 0
    for project in PROJECTS:
        if options.projects and project.name not in options.projects:
            continue
        tally, start = Tally(), time.monotonic()
        try:
            install(project)
            with postgres.fresh_database() as name:
                url = f"postgresql+psycopg2:///{name}?host={postgres.host()}&user=postgres"
                play(project, url, tally, options.rounds)
        except RuntimeError as error:
            print(f"{project.name}: {error}", flush=True)
            continue
        done += 1
        rows.append(row(project.name, tally))
        print(rows[-1], f"{time.monotonic() - start:.0f} s", flush=True)
        of_states = ("models ", "revisions ")
        for note in sorted(tally.notes, key=lambda n: n.startswith(of_states))[:NOTES]:
            print("   ", note)
        total = total + tally
    rows.append(row("all", total))
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(total.kinds.items()))
    print("\n".join([*HEAD, *rows, "", kinds]))
    if options.write:
        PAGE.write_text(page(rows, kinds))
    good = total.precision >= PRECISION and total.recall >= RECALL and not total.after
    return 0 if good and (done >= PROJECTS_AT_LEAST or options.projects) else 1


HEAD = (
    "| project | versions | tables | models: same, other, unknown | revisions: same, other, unknown"
    " | mutations (silent ones) | right | false | missed | precision | recall | missing after autogenerate's revision |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)


def row(name: str, t: Tally) -> str:
    """One row of the table."""
    return (
        f"| {name} | {t.versions} | {t.tables} | {t.models.same}, {t.models.other}, {t.models.unknown} "
        f"| {t.revisions.same}, {t.revisions.other}, {t.revisions.unknown} "
        f"| {t.mutants} ({t.silent}) | {t.right} | {t.false} | {t.missed} "
        f"| {100 * t.precision:.1f}% | {100 * t.recall:.1f}% | {t.after} |"
    )


def page(rows: Sequence[str], kinds: str) -> str:
    """The table as a page of the documentation."""
    return "\n".join(
        [
            "# Missing revisions of published projects",
            "",
            "Each project is installed from the package index into an environment of its own; its own revisions build a",
            "database on a real PostgreSQL, and its own `env.py` and models are asked by Alembic's autogenerate what is",
            "missing. Two-Step reads the sources, and is told nothing. *models* and *revisions* compare the tables column by",
            "column, index by index, key by key with SQLAlchemy's metadata and with what the database holds; *unknown* is",
            "what Two-Step says it cannot read, or leaves alone for that. Then one thing is changed in each table that",
            "a class of the project maps, by its syntax alone. *right*, *false* and *missed* are differences that autogenerate",
            "and Two-Step find in the changed copy and not in the unchanged one. At last the revision that autogenerate",
            "writes is added: nothing may be missing any more. `python -m tests.oracles.alembic_real` measures.",
            "",
            *HEAD,
            *rows,
            "",
            f"What was changed: {kinds}.",
            "",
            "Missed are a column of the table that a library adds (SQLAlchemy-Continuum's, in ihatemoney), and a column that",
            "is gone from a class with a base that stands in a library (superset), where it may have moved.",
            "",
            "Not among them, and why:",
            "",
            *(f"- {line}" for line in LEFT_OUT),
            "",
        ]
    )


LEFT_OUT = (
    "prefect (`pg_trgm`), indico (`unaccent`, `pg_trgm`), fittrackee (PostGIS): their revisions need extensions that the"
    " bundled PostgreSQL does not have.",
    "buildbot, galaxy, jupyterhub, mailman: their revisions begin on a database that older tools made, and"
    " `alembic upgrade` alone cannot build one; dagster's ask a running instance.",
    "privacyidea: the program asks its tables for rows while it starts, before they can be made.",
    "bodhi-server: does not install without Kerberos' headers. zenml: knows no PostgreSQL.",
)


if __name__ == "__main__":
    sys.exit(main())
