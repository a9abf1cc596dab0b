"""What PostgreSQL, SQLAlchemy and Alembic themselves refuse: why findings on enum types and nameless constraints are made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from tests.support import postgres
from tests.support.alembic_trees import files, revision
from tests.support.enum_models import MODELS, NEW, SIZED, start, told, with_member

ENV = """import sqlalchemy as sa
from alembic import context

engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=sa.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""
TABLE = """op.create_table(
    "{}",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("state", sa.Enum("OPEN", "PAID", name="state")),
)"""


@contextmanager
def project(folder: Path, content: dict[str, str]) -> Iterator[tuple[Config, sa.Engine]]:
    """*content* written below *folder*, with a database of its own."""
    for path, text in {**content, "migrations/env.py": ENV}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    with postgres.fresh_database() as name:
        url = f"postgresql+psycopg:///{name}?host={postgres.host()}&user=postgres"
        config = Config()
        config.set_main_option("script_location", str(folder / "migrations"))
        config.set_main_option("sqlalchemy.url", url)
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        yield config, engine
        engine.dispose()


def with_dialect(content: dict[str, str]) -> dict[str, str]:
    """*content* with the import that its first revision leaves out."""
    said = "import op\nfrom sqlalchemy.dialects import postgresql"
    return {path: text.replace("import op", said) for path, text in content.items()}


def test_a_type_that_is_made_twice_fails_on_another_day_alone(tmp_path: Path) -> None:
    both = files(
        one=revision("a1", None, TABLE.format("orders")),
        two=revision("a2", "a1", TABLE.format("refunds")),
    )
    with project(tmp_path / "one", both) as (config, _):
        command.upgrade(config, "head")
    with project(tmp_path / "two", both) as (config, _):
        command.upgrade(config, "a1")
        with pytest.raises(sa.exc.ProgrammingError, match='type "state" already exists'):
            command.upgrade(config, "a2")


def test_autogenerate_passes_over_a_new_label_and_the_offered_revision_adds_it(
    tmp_path: Path,
) -> None:
    (found,) = told(start(), {"shop/models.py": with_member(MODELS)})
    offered = found.new_files[0]
    wanted = sa.MetaData()
    labels = sa.Enum("SAD", "GLAD", "ANGRY", name="mood")
    sa.Table(
        "orders",
        wanted,
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, labels) for name in ("mood", "was")),
    )
    row = sa.text("INSERT INTO orders (mood) VALUES ('ANGRY')")
    with project(tmp_path, with_dialect(start())) as (config, engine):
        command.upgrade(config, "head")
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            found_by_it = [d for d in compare_metadata(context, wanted) if d[0] != "remove_table"]
            assert found_by_it == []
            with pytest.raises(sa.exc.DataError, match="invalid input value for enum"):
                connection.execute(row)
        (tmp_path / offered.path).write_text(offered.content)
        command.upgrade(config, "head")
        with engine.begin() as connection:
            connection.execute(row)


def test_an_offered_revision_with_types_runs_there_and_back_and_there(tmp_path: Path) -> None:
    models = SIZED + NEW
    (offered,) = {f.new_files[0] for f in told(start(), {"shop/models.py": models})}
    with project(tmp_path, with_dialect(start())) as (config, _):
        command.upgrade(config, "head")
        (tmp_path / offered.path).write_text(offered.content)
        command.upgrade(config, "head")
        command.downgrade(config, "-1")
        command.upgrade(config, "head")


def test_nothing_without_a_name_is_dropped(tmp_path: Path) -> None:
    up = 'op.create_foreign_key(None, "orders", "orders", ["id"], ["id"])'
    down = 'op.drop_constraint(None, "orders", type_="foreignkey")'
    both = files(
        one=revision("a1", None, TABLE.format("orders")), two=revision("a2", "a1", up, down)
    )
    with project(tmp_path, both) as (config, _):
        command.upgrade(config, "head")
        with pytest.raises(sa.exc.CompileError, match="DROP CONSTRAINT"):
            command.downgrade(config, "-1")
