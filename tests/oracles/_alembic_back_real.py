"""
There, back and there again, in a published project's own environment.

    python _alembic_back_real.py URL PREFIX COUNT

Each of the newest COUNT revisions is applied to a database that has all before it; in a
copy it is taken back and applied again, each time as a run of its own, as in production.
Prints a JSON object a revision: what it, the way back and the way there again said, or null.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    # What a project prints while it is imported does not belong into the answer.
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    url, prefix, count = sys.argv[1:]
    sys.path.insert(0, str(Path(__file__).parent))
    whole, copy = f"{prefix}_whole", f"{prefix}_copy"
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")

    def fresh(name: str, template: str = "template1") -> None:
        with engine.connect() as connection:
            for each in (name, template):
                connection.execute(
                    sa.text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                    ),
                    {"name": each},
                )
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))

    def run(name: str, action: str, to: str) -> str | None:
        os.environ["ORACLE_URL"] = address = url.replace("/postgres?", f"/{name}?")
        config: Any = importlib.import_module("oracle_alembic").config(address)
        config.stdout = io.StringIO()
        try:
            getattr(command, action)(config, to)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a project raises
            return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"[:300]
        return None

    os.environ["ORACLE_URL"] = url
    setup: Any = importlib.import_module("oracle_alembic")
    script = ScriptDirectory.from_config(setup.config(url))
    revisions = [*script.walk_revisions("base", "heads")][::-1]
    fresh(whole)
    for number, revision in enumerate(revisions):
        first = run(whole, "upgrade", revision.revision)
        if first:
            # What fails by itself may pass in one run with all before it.
            fresh(whole)
            if run(whole, "upgrade", revision.revision):
                break
        parents = revision._normalized_down_revisions
        if number < len(revisions) - int(count) or len(parents) > 1:
            continue
        fresh(copy, whole)
        back = run(copy, "downgrade", parents[0] if parents else "base")
        again = run(copy, "upgrade", revision.revision) if back is None else None
        said = {"path": revision.path, "first": first, "back": back, "again": again}
        print(json.dumps(said), file=out, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
