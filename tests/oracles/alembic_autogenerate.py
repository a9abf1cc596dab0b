"""
Missing revisions against Alembic's own autogenerate, on a real PostgreSQL.

    python -m tests.oracles.alembic_autogenerate [--mutants N] [--seeds N]

Each generated project gets its tables (``create_all``) and the revision that
autogenerate itself writes for them. Then the models are changed in one thing;
``compare_metadata`` on the database is the truth for what is missing.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import Operations

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.alembic_graph import alembic_graph
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot, missing, models_of
from analyzers.relate.alembic_models import bases_of, tables_of
from analyzers.relate.alembic_source import missing_revision
from analyzers.relate.snapshot import Snapshot
from analyzers.trees import MemoryTree
from tests.oracles._alembic_real import Fact
from tests.oracles._alembic_real import facts as truth
from tests.oracles.alembic_project_mutations import mutants
from tests.oracles.alembic_projects import project
from tests.oracles.alembic_styles import STYLES, write
from tests.support import postgres

_ENV = "from alembic import context\ncontext.run_migrations()\n"
_REVISION = '''"""{message}"""
from alembic import op
import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "{revision}"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {body}


def downgrade() -> None:
    pass
'''


@contextmanager
def loaded(files: dict[str, str]) -> Iterator[sa.MetaData]:
    """The metadata of a generated project, imported for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            target = Path(folder, path)
            target.parent.mkdir(exist_ok=True, parents=True)
            target.write_text(content)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                base = importlib.import_module("app.base")
                importlib.import_module("app.models")
            metadata = base.db.metadata if hasattr(base, "db") else base.metadata
            yield metadata
            if "sqlmodel" in sys.modules:
                # SQLModel has one metadata for the whole process.
                sys.modules["sqlmodel"].SQLModel.metadata.clear()
                sys.modules["sqlmodel"].SQLModel._sa_registry.dispose()
        finally:
            sys.path.remove(folder)
            for name in [n for n in sys.modules if n == "app" or n.startswith("app.")]:
                del sys.modules[name]


def revision(context: MigrationContext, metadata: sa.MetaData, name: str, down: str | None) -> str:
    """The revision file that autogenerate writes for what *metadata* has and the database lacks."""
    script = produce_migrations(context, metadata)
    assert script.upgrade_ops is not None
    body = render_python_code(script.upgrade_ops).replace("\n", "\n    ")
    return _REVISION.format(message=name, revision=name, down=down, body=body or "pass")


def facts_of(differences: Sequence[Difference]) -> set[Fact]:
    """Our differences as facts; what changes its kind is one that goes and one that comes."""
    found: set[Fact] = set()
    for d in differences:
        if d.kind == "actions":
            found |= {(f"{verb}_foreign_key", d.table, d.what) for verb in ("add", "remove")}
            continue
        found.add((d.kind, d.table, d.what))
        if d.to == "again":
            found.add((d.kind.replace("add_", "remove_"), d.table, d.what))
    return found


def read(files: dict[str, str], managed: frozenset[str] = frozenset()) -> ModelsOfRoot:
    """Our reading of a project's files."""
    side = Snapshot(MemoryTree(files), Config(), MemoryCache())
    ((root,), (graph,)) = side.alembic, side.alembic_graphs
    tables = tables_of(graph, side.alembic_bodies, "postgresql")
    return models_of(root, tables, side.alembic_metadata("postgresql"), managed)


class Score:
    """Facts that were right, missed and made up; and where."""

    def __init__(self) -> None:
        self.right = self.missed = self.false = self.mutants = self.quiet = 0
        self.kinds: Counter[str] = Counter()
        self.notes: list[str] = []

    def take(self, said: str, wanted: set[Fact], got: set[Fact]) -> None:
        self.mutants += 1
        self.quiet += not wanted
        self.right += len(wanted & got)
        self.missed += len(wanted - got)
        self.false += len(got - wanted)
        self.kinds.update(fact[0] for fact in wanted)
        if wanted != got:
            self.notes.append(
                f"{said}: missed {sorted(wanted - got)}, false {sorted(got - wanted)}"
            )

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.false)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)


def apply(connection: sa.Connection, content: str) -> None:
    """Run the ``upgrade`` of a revision that we wrote, on the connection's open transaction."""
    scope: dict[str, Any] = {}
    with Operations.context(MigrationContext.configure(connection)):
        exec(compile(content, "generated", "exec"), scope)  # our own text
        scope["upgrade"]()


def measure(
    style: str, seed: int, count: int, score: Score, written: Score, generated: Score | None = None
) -> None:
    """
    Mutants of one project in one style.

    *written* scores those that come with the revision that autogenerate
    writes, *generated* the database after the revision that we write.
    """
    base = project(seed)
    files = write(base, style)
    with postgres.fresh_database() as name:
        engine = sa.create_engine(
            f"postgresql+psycopg:///{name}?host={postgres.host()}&user=postgres",
            poolclass=sa.NullPool,
        )
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            with loaded(files) as metadata:
                first = revision(context, metadata, "aaaa00000001", None)
                metadata.create_all(connection)
                connection.commit()
                assert truth(context, metadata) == set(), "autogenerate disagrees with itself"
            files |= {"migrations/env.py": _ENV, "migrations/versions/0001_first.py": first}
            before = read(files)
            score.take(f"{style} {seed} unchanged", set(), facts_of(sorted(before.differences)))
            managed = bases_of(before.metadata, before.tables)
            for said, changed in mutants(base, seed * 1000 + len(style), count):
                new = {**files, **write(changed, style)}
                with loaded(new) as metadata:
                    wanted = truth(context, metadata)
                    second = revision(context, metadata, "aaaa00000002", "aaaa00000001")
                got = facts_of(missing(read(new, managed), before))
                score.take(f"{style} {seed} {said}", wanted, got)
                after = read(new, managed)
                tree = MemoryTree(new)
                lacking = missing(after, before)
                file = (
                    missing_revision(tree, alembic_graph(after.root), after, lacking)
                    if lacking
                    else None
                )
                if generated is not None and file is not None:
                    with loaded(new) as metadata:
                        try:
                            apply(connection, file.content)
                            left_over = truth(context, metadata)
                            generated.take(f"{style} {seed} {said}", set(), left_over)
                        except sa.exc.ProgrammingError as error:
                            # No type can be cast into every other one.
                            if "cannot be cast" not in str(error) and "cannot cast" not in str(
                                error
                            ):
                                raise
                        connection.rollback()
                whole = {**new, "migrations/versions/0002_second.py": second}
                left = facts_of(missing(read(whole, managed), before))
                written.take(f"{style} {seed} {said}, with its revision", set(), left)
        engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=34)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--style", choices=STYLES, action="append")
    options = parser.parse_args()
    warnings.simplefilter("ignore", sa.exc.SAWarning)  # cycles between tables are meant
    styles = [s for s in options.style or STYLES if s != "sqlmodel" or _has("sqlmodel")]
    score, written, generated = Score(), Score(), Score()
    for style in styles:
        for seed in range(1, options.seeds + 1):
            measure(style, seed, options.mutants, score, written, generated)
    for note in (*score.notes, *written.notes, *generated.notes):
        print(note)
    print(
        f"{score.mutants} mutants ({score.quiet} that change nothing), styles {', '.join(styles)}: "
        f"precision {score.precision:.4f}, recall {score.recall:.4f} "
        f"({score.right} right, {score.false} false, {score.missed} missed)"
    )
    print(f"{written.mutants} mutants with their revision: {written.false} false")
    print(
        f"{generated.mutants} generated revisions applied to the database: {generated.false} left over"
    )
    good = (
        not generated.false
        and score.precision >= 0.995
        and score.recall >= 0.95
        and not written.false
    )
    return 0 if good else 1


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


if __name__ == "__main__":
    sys.exit(main())
