"""``twostep doctor``: what a database records, what its tables are, and what the files say."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import groupby
from pathlib import Path

from analyzers.config import Config
from analyzers.config_text import ConfigProblem, config_of
from analyzers.read.alembic.forms import form_of
from analyzers.read.cache import MemoryCache
from analyzers.relate.alembic_state import Tables
from analyzers.relate.facts import Facts
from analyzers.rules._rule import all_rules
from analyzers.trees import Comparison, MemoryTree, Tree
from analyzers.vocabulary import (
    AddColumn,
    CreateTable,
    Framework,
    Key,
    Migration,
    SchemaChange,
    StateOnly,
)
from bot.doctor.catalogue import Catalogue, read_catalogue
from bot.doctor.compare import Drift, Expected, compare
from bot.git.compare import compared
from bot.render.plain import plain
from bot.reviewing import ConfigurationError


def doctor(path: Path, dsn: str) -> int:
    """
    Print every drift between the database at *dsn* and the working tree at *path*; 1 where there is one.

    Raises:
        TwoStepError: the repository or the database cannot be read.
    """
    found = read_catalogue(dsn)
    with compared(path, base="HEAD") as both:
        tree = both.comparison.head
        try:
            config = config_of(tree, [rule.name for rule in all_rules()])
        except ConfigProblem as problem:
            raise ConfigurationError(problem) from None
        drifts = examine(tree, found, config)
    for drift in drifts:
        print_drift(drift)
    broken = [d for d in drifts if d.kind != "pending"]
    verdict = (
        f"{len(broken)} drift{'s' if len(broken) != 1 else ''} between the database and the migrations."
        if broken
        else "The database is as its recorded migrations make it."
    )
    sys.stdout.write(f"{verdict}\n")
    return 1 if broken else 0


def print_drift(drift: Drift) -> None:
    """One drift, with the commands that mend it."""
    lines = [
        f"{drift.kind}: {plain(drift.message)}",
        # SQL is for the database's own client, not for a shell.
        *(f"    {'' if c.startswith('ALTER ') else '$ '}{plain(c)}" for c in drift.commands),
    ]
    sys.stdout.write("\n".join(lines) + "\n\n")


def examine(tree: Tree, found: Catalogue, config: Config | None = None) -> tuple[Drift, ...]:
    """Every drift between *found* and the migrations of *tree*."""
    nothing = MemoryTree({})
    comparison = Comparison(merge_base=nothing, base=nothing, head=tree, merged=tree)
    config = config or Config()
    facts = Facts(comparison, config, MemoryCache())
    recorded = _recorded(facts, found)
    tables = Tables()
    makers: dict[tuple[str, str], Key] = {}
    apart: dict[str, set[str]] = {}
    pending: list[tuple[Migration, Sequence[SchemaChange]]] = []
    for _, group in groupby(facts.every_step(), key=lambda step: step.migration.key):
        steps = list(group)
        migration = steps[0].migration
        changes = [s.change for s in steps if not isinstance(s.change, StateOnly)]
        if (migration.framework, migration.key) not in recorded:
            if applied := [old for old in migration.replaces if old in (found.django or ())]:
                # Django goes on with what is replaced as long as only a part of it is applied.
                rest = [old for old in migration.replaces if old not in applied]
                pending += [(m, ()) for m in _files(facts, rest)]
            else:
                pending.append((migration, changes))
            continue
        for change in changes:
            tables.play(change)
            if change.table and (database := _database(tree, migration, change)) is not None:
                apart.setdefault(change.table, set()).add(database)
            match change:
                case CreateTable(table=str(name), columns=columns):
                    makers[name, ""] = migration.key
                    makers |= {(name, column.name): migration.key for column in columns}
                case AddColumn(table=str(name), column=column):
                    makers[name, column.name] = migration.key
                case _:
                    pass
    elsewhere = _elsewhere(apart, found)
    return compare(
        found,
        Expected(
            migrations={key: m for (_, key), m in facts.merged.migrations.items()},
            tables={
                name: state.table()
                for name, state in tables.tables.items()
                if name not in elsewhere
            },
            makers=makers,
            pending=pending,
            command=config.deploy.migrate,
        ),
    )


def _database(tree: Tree, migration: Migration, change: SchemaChange) -> str | None:
    """For which of several databases *migration* makes *change*; None where it has one."""
    if migration.framework is not Framework.ALEMBIC:
        return None
    return form_of(tree.read(migration.path)).database_at(change.place.line)


def _elsewhere(apart: Mapping[str, Set[str]], found: Catalogue) -> frozenset[str]:
    """
    The tables of another database than the one at hand, as *apart* has the databases of each.

    Which one that is, the files do not say: it has tables of its own, and none of the others'.
    """
    here = {database for table, own in apart.items() if table in found.tables for database in own}
    return frozenset(table for table, own in apart.items() if here and not own & here)


def _files(facts: Facts, keys: Sequence[Key]) -> Iterator[Migration]:
    """The Django migrations *keys*, as far as they have files."""
    for key in keys:
        migration = facts.merged.migrations.get((Framework.DJANGO, key))
        if migration is not None:
            yield migration


def _recorded(facts: Facts, found: Catalogue) -> set[tuple[Framework, Key]]:
    """What the database says is applied: by name for Django, with all that comes before for Alembic."""
    recorded: set[tuple[Framework, Key]] = set()
    names = set(found.django or ())
    for graph in facts.merged.graphs:
        if graph.framework is Framework.ALEMBIC:
            heads = [k for k in graph.migrations if k.name in (found.alembic or ())]
            recorded |= {(graph.framework, key) for key in graph.ancestors(*heads)}
            continue
        for key, migration in graph.migrations.items():
            label = Key(facts.label(key.app), key.name)
            replaced = bool(migration.replaces) and all(old in names for old in migration.replaces)
            if label in names or replaced:
                recorded.add((graph.framework, key))
    return recorded
