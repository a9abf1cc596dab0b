"""``twostep makemigrations`` in a repository of Alembic: the revision that the review names is written."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

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


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """A repository whose models have a column that no revision makes, not committed yet."""
    shown = {**files(one=revision("3f9a1c07be52", None, TABLE)), "migrations/env.py": ENV}
    for name, content in {**shown, "blog/models.py": MODELS}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    for command in (("init", "-q", "-b", "trunk"), ("add", "-A"), ("commit", "-qm", "A blog")):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    (tmp_path / "blog/models.py").write_text(MODELS + "    slug: Mapped[str | None]\n")
    return tmp_path


def test_the_missing_revision_is_written(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = [str(blog), "--base", "trunk"]
    assert main(["makemigrations", *where, "--name", "Post slugs"]) == 0
    assert 'op.add_column("posts", sa.Column("slug"' in capsys.readouterr().out
    assert main(["makemigrations", *where, "--name", "Post slugs", "--write"]) == 0

    said = capsys.readouterr().out
    path = blog / said.removeprefix("written: ").strip()
    assert path.name.endswith("_post_slugs.py")
    tree = {
        str(p.relative_to(blog)): p.read_text() for p in blog.rglob("*.*") if ".git" not in str(p)
    }
    assert len(heads(tree, blog.parent / "read")) == 1
    assert main(["makemigrations", *where]) == 0
    assert capsys.readouterr().out == "No migration is missing.\n"


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
