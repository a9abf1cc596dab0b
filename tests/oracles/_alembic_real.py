"""
Alembic's side of the oracle on published projects, run in a project's own environment.

    python _alembic_real.py upgrade URL
    python _alembic_real.py compare URL PACKAGE...

``oracle_alembic.py``, written beside the environment, gives the project's Alembic
configuration. ``upgrade`` runs its revisions on the database; ``compare`` runs its
``env.py`` as ``alembic check`` does and prints, as JSON, what autogenerate finds, the
revision that it would write, the tables as the database has them, the tables of the
models, and the table of each class. Imports the project.
"""

from __future__ import annotations

import importlib
import inspect as inspection
import io
import json
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import alembic
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata, produce_migrations, render
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql

Fact = tuple[str, str, str]


def named(table: Any) -> str:
    """A table's name, with its schema where that is none of the usual ones."""
    schema = getattr(table, "schema", None)
    return f"{schema}.{table.name}" if schema not in {None, "public"} else str(table.name)


def written(name: Any) -> str:
    """A name as it stands in statements: SQLAlchemy cuts those that it makes to what PostgreSQL keeps."""
    if name is None:
        return "None"
    preparer: Any = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
    return str(preparer.truncate_and_render_index_name(name, _alembic_quote=False))


def facts(context: MigrationContext, metadata: Any) -> set[Fact]:
    """What autogenerate finds; what belongs to a whole new or gone table goes with it."""
    pending = []
    whole: set[str] = set()
    for entry in compare_metadata(context, metadata):
        for diff in entry if isinstance(entry, list) else [entry]:
            fact = _fact(diff)
            if fact is None:
                continue
            if fact[0] in {"add_table", "remove_table"}:
                whole.add(fact[1])
            pending.append(fact)
    return {f for f in pending if f[0] in {"add_table", "remove_table"} or f[1] not in whole}


def _fact(diff: Any) -> Fact | None:
    kind = diff[0]
    if kind in {"add_table", "remove_table"}:
        return kind, named(diff[1]), ""
    if kind in {"add_column", "remove_column"}:
        return kind, _at(diff[1], diff[2]), diff[3].name
    if kind in {"add_index", "remove_index"}:
        return kind, named(diff[1].table), written(diff[1].name)
    if kind in {"add_constraint", "remove_constraint"}:
        columns = ",".join(sorted(c.name for c in diff[1].columns))
        return kind.replace("constraint", "unique"), named(diff[1].table), columns
    if kind in {"add_fk", "remove_fk"}:
        columns = ",".join(diff[1].column_keys)
        return kind.replace("fk", "foreign_key"), named(diff[1].parent), columns
    if kind in {"modify_nullable", "modify_type"}:
        return kind.removeprefix("modify_"), _at(diff[1], diff[2]), diff[3]
    return None


def _at(schema: str | None, table: str) -> str:
    return f"{schema}.{table}" if schema not in {None, "public"} else table


# What follows runs in the environment of a project alone.


def described(table: sa.Table) -> dict[str, Any]:
    """One table's columns, indexes, unique constraints and foreign keys, in plain values."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    columns = {}
    for column in table.columns:
        try:
            kind = column.type.compile(dialect=dialect)
        except Exception:  # noqa: BLE001 - a project's own type may refuse
            kind = ""
        columns[column.name] = [kind.lower(), bool(column.nullable)]
    return {
        "columns": columns,
        "indexes": sorted(
            [
                written(i.name),
                [c.name for c in i.columns],
                bool(i.unique),
            ]
            for i in table.indexes
        ),
        "uniques": sorted(
            sorted(c.name for c in u.columns)
            for u in table.constraints
            if isinstance(u, sa.UniqueConstraint) and len(u.columns)
        ),
        "foreign_keys": sorted(
            [
                ",".join(f.column_keys),
                f.elements[0].target_fullname.rpartition(".")[0].removeprefix("public."),
                (f.ondelete or "no action").lower(),
                (f.onupdate or "no action").lower(),
            ]
            for f in table.constraints
            if isinstance(f, sa.ForeignKeyConstraint)
        ),
    }


def classes(packages: Sequence[str]) -> list[list[Any]]:
    """Path, first line, name and table of each mapped class, and of each ``Table`` in a module."""
    found = []
    for name, module in sorted(sys.modules.items()):
        file = vars(module).get("__file__")
        if file is None or name.partition(".")[0] not in packages:
            continue
        path = name.replace(".", "/")
        file = f"{path}/__init__.py" if Path(file).name == "__init__.py" else f"{path}.py"
        for key, value in sorted(vars(module).items()):
            if isinstance(value, sa.Table):
                found.append([file, 0, key, named(value)])
            elif isinstance(value, type) and value.__module__ == name:
                table = value.__dict__.get("__table__")
                if isinstance(table, sa.Table):
                    try:
                        line = inspection.getsourcelines(value)[1]
                    except (OSError, TypeError):
                        continue
                    found.append([file, line, value.__name__, named(table)])
    return found


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    # What a project prints while it is imported does not belong into the answer.
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    action, url, *packages = sys.argv[1:]
    sys.path.insert(0, str(Path(__file__).parent))
    os.environ["ORACLE_URL"] = url
    setup: Any = importlib.import_module("oracle_alembic")
    config = setup.config(url)
    config.stdout = io.StringIO()
    answer: dict[str, Any] = {}
    if action == "upgrade":
        getattr(setup, "upgrade", command.upgrade)(config, "heads")
    else:
        answer = compared(config, packages)
    json.dump(answer, out)
    out.flush()
    # Some projects start threads that would keep the process.
    os._exit(0)


def compared(config: Any, packages: Sequence[str]) -> dict[str, Any]:
    """All that ``compare`` prints."""
    script = ScriptDirectory.from_config(config)
    found: dict[str, Any] = {}

    def ask(_: Any, context: Any) -> list[Any]:
        metadata = context.opts["target_metadata"]
        assert metadata is not None, "env.py gives no metadata"
        if context._user_compare_type is False:
            context._user_compare_type = True
        found["facts"] = sorted(facts(context, metadata))
        upgrade = produce_migrations(context, metadata).upgrade_ops
        assert upgrade is not None
        written = render._render_cmd_body(upgrade, AutogenContext(context, metadata))
        found["revision"] = written
        listed = metadata if isinstance(metadata, (list, tuple)) else [metadata]
        found["models"] = {named(t): described(t) for m in listed for t in m.tables.values()}
        found["metadata"] = len(listed)
        schemas = {t.schema for m in listed for t in m.tables.values()} | {None}
        reflected = sa.MetaData()
        for schema in schemas:
            reflected.reflect(context.connection, schema=schema)
        found["database"] = {named(t): described(t) for t in reflected.tables.values()}
        found["version_table"] = context.version_table
        found["heads"] = sorted(context.get_current_heads())
        return []

    with EnvironmentContext(config, script, fn=ask, as_sql=False, dont_mutate=True):
        script.run_env()
    found["classes"] = classes(packages)
    found["versions"] = [alembic.__version__, sa.__version__]
    return found


if __name__ == "__main__":
    main()
