"""Small Alembic repositories for tests, and what the real `alembic` says of them."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory

from analyzers.findings import Finding
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

INI = "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://\n"
ENV = """from alembic import context

context.configure(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
"""


def revision(
    name: str,
    down: str | tuple[str, ...] | None,
    upgrade: str = "pass",
    downgrade: str = "pass",
    **header: object,
) -> str:
    """A revision file; *upgrade* and *downgrade* are statements, one a line."""
    extra = {"branch_labels": None, "depends_on": None, **header}
    bodies = [
        f"def {function}():\n    " + "\n    ".join(text.splitlines())
        for function, text in (("upgrade", upgrade), ("downgrade", downgrade))
    ]
    lines = [f"{key} = {value!r}" for key, value in extra.items()]
    return (
        (
            '"""What it is for."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f"revision = {name!r}\ndown_revision = {down!r}\n" + "\n".join(lines) + "\n\n\n"
        )
        + "\n\n\n".join(bodies)
        + "\n"
    )


def files(**revisions: str) -> dict[str, str]:
    """A repository with revision files by their names without ``.py``."""
    found = {"alembic.ini": INI, "migrations/env.py": ENV}
    for name, content in revisions.items():
        found[f"migrations/versions/{name}.py"] = content
    return found


def compare(
    merge_base: Mapping[str, str],
    *,
    head: Mapping[str, str | None],
    base: Mapping[str, str | None] | None = None,
) -> Comparison:
    """The four trees of a pull request; None removes a file. A file both sides changed is head's."""
    base = base or {}

    def tree(*changes: Mapping[str, str | None]) -> MemoryTree:
        found: dict[str, str | None] = dict(merge_base)
        for change in changes:
            found.update(change)
        return MemoryTree({path: text for path, text in found.items() if text is not None})

    return Comparison(merge_base=tree(), base=tree(base), head=tree(head), merged=tree(base, head))


def findings(comparison: Comparison, *rules: str) -> list[Finding]:
    """What the review says, of these rules alone where some are named."""
    return [f for f in review(comparison).findings if not rules or f.rule in rules]


def contents(tree: MemoryTree) -> dict[str, str]:
    return {path: tree.read(path).decode() for path in tree.paths()}


def write(tree: Mapping[str, str], folder: Path) -> AlembicConfig:
    """*tree* on disk, and Alembic's configuration of it."""
    for path, content in tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    config = AlembicConfig(str(folder / "alembic.ini"), stdout=io.StringIO())
    config.set_main_option("script_location", str(folder / "migrations"))
    return config


def heads(tree: Mapping[str, str], folder: Path) -> list[str]:
    """What ``alembic heads`` says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sorted(ScriptDirectory.from_config(write(tree, folder)).get_heads())


def upgrade_sql(tree: Mapping[str, str], folder: Path, to: str = "head") -> str:
    """What ``alembic upgrade --sql`` writes."""
    config = write(tree, folder)
    out = io.StringIO()
    config.output_buffer = out
    with warnings.catch_warnings(), contextlib.redirect_stdout(out):
        warnings.simplefilter("ignore")
        command.upgrade(config, to, sql=True)
    return out.getvalue()
