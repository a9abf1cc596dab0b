"""
The database against the migrations: each drift, with the commands that mend it.

Pure: what the database holds, what its records say was applied, and what the
files would have made of it come in; drifts come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analyzers.frozen import dataclass
from analyzers.vocabulary import (
    AddColumn,
    CreateTable,
    Framework,
    Key,
    Migration,
    SchemaChange,
    Table,
)
from bot.doctor.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One way in which the database and the files disagree."""

    kind: str
    """``column-missing``, ``table-missing``, ``not-recorded``, ``file-gone``, ``revision-unknown``, ``pending``."""
    message: str
    commands: tuple[str, ...] = ()
    table: str | None = None
    column: str | None = None
    migration: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the files say."""

    migrations: Mapping[Key, Migration]
    """Every migration file, by key."""
    tables: Mapping[str, Table]
    """Tables after the recorded migrations; only what is known to be complete is compared."""
    makers: Mapping[tuple[str, str], Key]
    """Which migration made a column (or, with an empty column, a table)."""
    pending: Sequence[tuple[Migration, Sequence[SchemaChange]]]
    """Migrations that the database does not record, in order, with their changes."""
    command: str = "python manage.py migrate"


def compare(found: Catalogue, expected: Expected) -> tuple[Drift, ...]:
    """Every drift, the ones that break a deploy first."""
    return (
        *_files_gone(found, expected),
        *_missing(found, expected),
        *_not_recorded(found, expected),
        *_pending(found, expected),
    )


def _files_gone(found: Catalogue, expected: Expected) -> Iterable[Drift]:
    apps = {key.app for key, m in expected.migrations.items() if m.framework is Framework.DJANGO}
    known = set(expected.migrations)
    replaced = {old for m in expected.migrations.values() for old in m.replaces}
    for key in found.django or ():
        if key.app in apps and key not in known and key not in replaced:
            yield Drift(
                kind="file-gone",
                migration=str(key),
                message=(
                    f"The database records {key} as applied, and no file has that name: the code was"
                    " rolled back without its schema, or the file was deleted or renamed."
                ),
                commands=(
                    f"git log --all --oneline -- '*/migrations/{key.name}.py'  # the commit that still has it",
                    "# deployed code is older than the database: deploy the newer code again, then take the schema back with it:",
                    f"{expected.command} {key.app} <the migration before {key.name}>",
                ),
            )
    revisions = {
        m.key.name for m in expected.migrations.values() if m.framework is Framework.ALEMBIC
    }
    for revision in found.alembic or ():
        if revision not in revisions:
            yield Drift(
                kind="revision-unknown",
                migration=revision,
                message=(
                    f"alembic_version holds {revision}, and no revision file has that id: every"
                    f" alembic command will end with \"Can't locate revision identified by '{revision}'\"."
                ),
                commands=(
                    f"git log --all --oneline -S\"{revision}\" -- '*.py'  # the commit that removed it; restore the file if its changes are in the tables",
                    "alembic stamp --purge <revision>  # only where the tables are known to be as that revision leaves them",
                ),
            )


def _missing(found: Catalogue, expected: Expected) -> Iterable[Drift]:
    for name, table in sorted(expected.tables.items()):
        if not table.complete:
            continue
        columns = found.tables.get(name)
        if columns is None:
            maker = expected.makers.get((name, ""))
            yield Drift(
                kind="table-missing",
                table=name,
                migration=str(maker) if maker else None,
                message=f"{maker or 'A recorded migration'} made the table {name}, and the database has none: it was dropped by hand.",
                commands=_again(expected, maker),
            )
            continue
        for column in table.columns:
            if column.name in columns:
                continue
            maker = expected.makers.get((name, column.name))
            add = (
                (
                    f"ALTER TABLE {name} ADD COLUMN {column.name} {column.type};  -- as it was made, NULL at first",
                )
                if column.type
                else ()
            )
            yield Drift(
                kind="column-missing",
                table=name,
                column=column.name,
                migration=str(maker) if maker else None,
                message=(
                    f"{maker or 'A recorded migration'} made {name}.{column.name}, and the column is not"
                    " there: it was dropped by hand. Code that knows the field fails on every query."
                ),
                commands=add or _again(expected, maker),
            )


def _again(expected: Expected, maker: Key | None) -> tuple[str, ...]:
    if maker is None:
        return ()
    migration = expected.migrations.get(maker)
    parent = next(
        (p.name for p in (migration.parents if migration else ()) if p.app == maker.app), "zero"
    )
    if migration is not None and migration.framework is Framework.ALEMBIC:
        return (
            f"alembic upgrade {parent}:{maker.name} --sql  # shows what has to be run again by hand",
        )
    return (
        f"{expected.command} {maker.app} {parent} --fake  # only where nothing later was applied",
        f"{expected.command} {maker.app} {maker.name}",
    )


def _not_recorded(found: Catalogue, expected: Expected) -> Iterable[Drift]:
    for migration, changes in expected.pending:
        making = [c for c in changes if isinstance(c, AddColumn | CreateTable) and c.table]
        there = [c for c in making if _stands(found, c)]
        if not making or len(there) != len(making):
            continue
        what = ", ".join(_thing(change) for change in there)
        many = len(there) > 1
        command = (
            f"{expected.command} {migration.key.app} {migration.key.name} --fake"
            if migration.framework is Framework.DJANGO
            else f"alembic stamp {migration.key.name}"
        )
        yield Drift(
            kind="not-recorded",
            migration=str(migration.key),
            message=(
                f"{what} {'stand' if many else 'stands'} in the database, and {migration.key}, which makes"
                f" {'them' if many else 'it'}, is not recorded:"
                ' the next migrate fails with "already exists".'
            ),
            commands=(command + "  # after checking that the types agree",),
        )


def _stands(found: Catalogue, change: SchemaChange) -> bool:
    columns = found.tables.get(change.table or "")
    if columns is None:
        return False
    return not isinstance(change, AddColumn) or change.column.name in columns


def _thing(change: SchemaChange) -> str:
    return (
        f"{change.table}.{change.column.name}"
        if isinstance(change, AddColumn)
        else str(change.table)
    )


def _pending(found: Catalogue, expected: Expected) -> Iterable[Drift]:
    standing = {d.migration for d in _not_recorded(found, expected)}
    for migration, _ in expected.pending:
        if str(migration.key) in standing:
            continue
        yield Drift(
            kind="pending",
            migration=str(migration.key),
            message=f"{migration.key} is not applied yet.",
            commands=(
                (f"{expected.command} {migration.key.app} {migration.key.name}",)
                if migration.framework is Framework.DJANGO
                else (f"alembic upgrade {migration.key.name}",)
            ),
        )
