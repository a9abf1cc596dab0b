"""
The measured table again on other versions of PostgreSQL and of Django.

    python -m tests.oracles.measure_versions FOLDER...            prints the disagreements
    python -m tests.oracles.measure_versions --write FOLDER...    writes docs/measured-versions.md

Each run's cells are kept under ``.cache/measured-versions``; what is there is not measured again.
A folder with ``bin/initdb`` is a PostgreSQL, one with ``django/`` a Django (``pip install
--target``), one with ``bin/python`` an environment of its own, for a Django that needs another
Python. The claims are made for that server's version and that Django; a cell that differs from
the claim, or from the newest version's, is printed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.oracles.measure_cases import CASES
from tests.oracles.measured import Cell
from tests.support import postgres

PAGE = Path(__file__).parents[2] / "docs/measured-versions.md"
KEPT = Path(__file__).parents[2] / ".cache/measured-versions"
Run = Mapping[str, Any]
"""What ``tests.oracles.measure --json`` writes: versions, cells, what could not be run."""


@contextmanager
def server_of(folder: Path) -> Iterator[str]:
    """The folder of the socket of a new server of the binaries in *folder*."""
    home = Path(tempfile.mkdtemp(prefix="twostep-pg-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # which the server refuses to be
        shutil.chown(home, "nobody", "nogroup")
        user = {"user": "nobody", "group": "nogroup", "extra_groups": ()}
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder / "lib")}

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            (str(folder / "bin" / program), "-D", str(home / "data"), *arguments),
            cwd=home,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            **user,
        )

    call("initdb", "-U", "postgres", "--encoding=UTF8", "--locale=C", "-A", "trust")
    call(
        "pg_ctl",
        "start",
        "-w",
        "-l",
        str(home / "log"),
        "-o",
        f"-k {home} -c listen_addresses= -c fsync=off",
    )
    try:
        yield str(home)
    finally:
        call("pg_ctl", "stop", "-w", "-m", "fast")
        shutil.rmtree(home, ignore_errors=True)


def kept(
    name: str,
    socket: str | None = None,
    django: Path | None = None,
    python: str = sys.executable,
) -> Run:
    """The run *name*, measured where it is not kept from before."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"{name}.json"
    if not file.exists():
        file.write_text(json.dumps(run(socket=socket, django=django, python=python)))
    made: Run = json.loads(file.read_text())
    return made


def run(*, socket: str | None, django: Path | None, python: str) -> Run:
    """Everything measured in a process of its own."""
    environment = dict(os.environ)
    if socket is not None:
        environment[postgres.OTHER] = socket
    if django is not None:
        environment["PYTHONPATH"] = str(django)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run(
            (python, "-W", "ignore", "-m", "tests.oracles.measure", "--json", file.name),
            env=environment,
            check=False,
        )
        made: Run = json.loads(Path(file.name).read_text())
    print(f"PostgreSQL {made['postgresql']}, Django {made['django']}", flush=True)
    return made


def departures(runs: list[Run]) -> list[tuple[str, str, str, str, str]]:
    """Case, part, versions, what is seen there, what the first run saw."""
    found = []
    first = runs[0]["cells"]
    for made in runs[1:]:
        where = f"PostgreSQL {made['postgresql']}, Django {made['django']}"
        for name, cell in made["cells"].items():
            found += [
                (name, part, where, str(cell[part]), str(first[name][part]))
                for part in Cell.__dataclass_fields__
                if name in first and cell[part] != first[name][part]
            ]
    return found


def page(runs: list[Run]) -> str:
    """What was measured on which versions, as a page of the documentation."""
    parts = len(Cell.__dataclass_fields__)
    lines = [
        "# The measured table on other versions",
        "",
        f"The {len(CASES)} variants of [what operations do to tables in use](measured-operations.md) were run on each of these,",
        "as far as they are there: `db_default` and generated fields come with Django 5.0, generated columns with PostgreSQL 12.",
        "The claims are made for the server's version and for the project's Django, which a review reads from its lock and",
        "requirement files where these agree. Django 5.2 asks for PostgreSQL 14; on an older one its question for the version is put",
        "aside, and 11 and 12, which have no `gen_random_uuid()` of their own, are given one that is as volatile.",
        "MySQL 8 was not measured: no server of it was at hand.",
        "`python -m tests.oracles.measure_versions FOLDER...` measures again; a folder is a PostgreSQL, a Django or an environment.",
        "",
        "| PostgreSQL | Django | variants | cells | differ from the claim |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {r['postgresql']} | {r['django']} | {len(r['cells'])} | {len(r['cells']) * parts} | {r['differ']} |"
            for r in runs
        ),
        "",
    ]
    apart = departures(runs)
    if not apart:
        return "\n".join([*lines, "No cell differs from one version to another."]) + "\n"
    lines += [
        f"Cells that differ from those of PostgreSQL {runs[0]['postgresql']} with Django {runs[0]['django']}:",
        "",
        "| operation | what | where | there | otherwise |",
        "| --- | --- | --- | --- | --- |",
        *("| " + " | ".join(row) + " |" for row in apart),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure on every version that is named; 1 where a claim does not hold."""
    folders = [Path(a).resolve() for a in sys.argv[1:] if not a.startswith("-")]
    runs = [kept("own")]
    for folder in folders:
        name = str(folder).strip("/").replace("/", "-")
        if (folder / "bin/initdb").exists():
            with server_of(folder) as socket:
                runs.append(kept(name, socket=socket))
        elif (folder / "django").is_dir():
            runs.append(kept(name, django=folder))
        elif (folder / "bin/python").exists():
            runs.append(kept(name, python=str(folder / "bin/python")))
        else:
            print(f"{folder}: neither a PostgreSQL nor a Django", file=sys.stderr)
            return 2
    for row in departures(runs):
        print("; ".join(row))
    if "--write" in sys.argv:
        PAGE.write_text(page(runs))
    return 1 if any(made["differ"] for made in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
