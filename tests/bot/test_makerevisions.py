"""``twostep makemigrations`` in a repository of Alembic: the revision that the review names is written."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from bot.cli import main
from tests.support.alembic_trees import files, heads, revision

ENV = """from alembic import context
from flask import current_app

with context.begin_transaction():
    context.run_migrations()
"""
MODELS = """from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
"""
TABLE = 'op.create_table("posts", sa.Column("id", sa.Integer, primary_key=True))'


def git(repository: Path, *arguments: str) -> None:
    """As somebody: a fresh machine knows no name."""
    somebody = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    subprocess.run(["git", "-C", str(repository), *somebody, *arguments], check=True)


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """A repository whose models have a column that no revision makes, not committed yet."""
    shown = {**files(one=revision("3f9a1c07be52", None, TABLE)), "migrations/env.py": ENV}
    for name, content in {**shown, "blog/models.py": MODELS}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    for each in (("init", "-q", "-b", "trunk"), ("add", "-A"), ("commit", "-qm", "A blog")):
        git(tmp_path, *each)
    (tmp_path / "blog/models.py").write_text(MODELS + "    slug: Mapped[str | None]\n")
    return tmp_path


def test_the_missing_revision_is_written(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = [str(blog), "--base", "trunk"]
    assert main(["makemigrations", *where, "--name", "Post slugs"]) == 0
    assert 'batch_op.add_column(sa.Column("slug"' in capsys.readouterr().out
    assert main(["makemigrations", *where, "--name", "Post slugs", "--write"]) == 0

    said = capsys.readouterr().out
    path = blog / said.removeprefix("written: ").strip()
    assert path.name.endswith("_post_slugs.py")
    tree = {
        str(p.relative_to(blog)): p.read_text() for p in blog.rglob("*.*") if ".git" not in str(p)
    }
    assert len(heads(tree, blog.parent / "read")) == 1
    assert main(["makemigrations", *where]) == 0
    assert capsys.readouterr().out.startswith("No migration is missing")


def test_flask_runs_what_asks_flask(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An ``env.py`` that asks the application fails when ``alembic`` runs it."""
    assert main(["review", str(blog), "--base", "trunk", "--no-cache"]) == 1
    assert "$ flask db migrate" in capsys.readouterr().out
    main(["makemigrations", str(blog), "--base", "trunk", "--write"])
    main(["review", str(blog), "--base", "trunk", "--no-cache"])
    assert "$ flask db downgrade 3f9a1c07be52" in capsys.readouterr().out
    (blog / "migrations/env.py").write_text(ENV.replace("from flask import current_app\n", ""))
    main(["review", str(blog), "--base", "trunk", "--no-cache"])
    assert "$ alembic downgrade 3f9a1c07be52" in capsys.readouterr().out


SQLITE_ENV = """from alembic import context
from sqlalchemy import NullPool, create_engine

engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
"""


def test_where_autogenerate_writes_batches_a_revision_is_made_of_them(blog: Path) -> None:
    """SQLite alters no column and drops no constraint; a batch copies the table."""
    database = blog / "blog.sqlite"
    (blog / "migrations/env.py").write_text(SQLITE_ENV)
    (blog / "alembic.ini").write_text(
        f"[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = sqlite:///{database}\n"
    )
    first = TABLE.replace(" primary_key=True)", " primary_key=True), sa.Column('slug', sa.Text)")
    (blog / "migrations/versions/one.py").write_text(revision("3f9a1c07be52", None, first))
    models = MODELS + "    slug: Mapped[str | None] = mapped_column(Text)\n"
    models = models.replace(
        "from sqlalchemy.orm", "from sqlalchemy import Text\nfrom sqlalchemy.orm"
    )
    (blog / "blog/models.py").write_text(models)
    git(blog, "commit", "-qam", "It runs on SQLite")
    (blog / "blog/models.py").write_text(
        models.replace("str | None] = mapped_column(Text)", "int] = mapped_column(index=True)")
    )

    assert main(["makemigrations", str(blog), "--base", "trunk", "--write"]) == 0
    alembic = Config(str(blog / "alembic.ini"))
    for move in (command.upgrade, command.downgrade, command.upgrade):
        move(alembic, "-1" if move is command.downgrade else "head")
    with closing(sqlite3.connect(database)) as connection:
        (table,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'posts'"
        ).fetchone()
        indexes = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index'"
        ).fetchall()
    assert "slug INTEGER NOT NULL" in table
    assert ("ix_posts_slug",) in indexes
