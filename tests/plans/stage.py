"""
Plays a split on a real PostgreSQL: programs run while migrations and deployments happen.

Each pull request of the plan is merged into a directory; its migrations are run
by Django itself; the program of before and the program of after run side by
side wherever a deployment makes them.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg

from analyzers.results import SplitStep
from tests.plans import commands, program
from tests.support import postgres

OVERLAP = 12
"""Rounds that two versions run side by side, each."""

AFTERWARDS = 3
"""Rounds that what runs makes after each step."""

PATIENCE = 120
"""Seconds for what takes one of a machine that does nothing else."""

_processes = multiprocessing.get_context("forkserver")
# Imported once, by the process that the others are forked from; none of it knows a project.
_processes.set_forkserver_preload(
    [
        "django.core.management.commands.makemigrations",
        "django.core.management.commands.migrate",
        "django.db.backends.postgresql.base",
        "tests.plans.commands",
        "tests.plans.program",
    ]
)

SETTINGS = """
import os
SECRET_KEY = "x"
INSTALLED_APPS = ["shop"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["STAGE_DB"],
    "HOST": os.environ["STAGE_HOST"], "USER": "postgres",
}}
"""


@dataclass
class Played:
    """What happened."""

    failures: list[str] = field(default_factory=list)
    """Statements of programs that failed, with the step."""
    migrations: list[str] = field(default_factory=list)
    """What ``migrate`` printed where it failed."""
    statements: int = 0
    drift: str = ""
    """What ``makemigrations --check`` says of the last step's files; empty: nothing."""
    drift_between: list[int] = field(default_factory=list)
    """Steps after which the models and the migrations disagreed."""


class Stage:
    """A project directory, a database, and the programs that run on it."""

    def __init__(self, root: Path, database: str, files: Mapping[str, str]) -> None:
        self.root = root
        self.files = dict(files)
        self.environment = {"STAGE_DB": database, "STAGE_HOST": postgres.host()}
        self.version = 0
        self.played = Played()
        self.running: list[tuple[BaseProcess, Path, str]] = []

    def directory(self) -> Path:
        """A new directory with the files as they are now."""
        self.version += 1
        target = self.root / f"v{self.version}"
        for path, content in {**self.files, "settings.py": SETTINGS}.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(content)
        return target

    def process(
        self, directory: Path, out: Path, main: Callable[..., None], *arguments: object
    ) -> BaseProcess:
        """*main* in a process of its own in *directory*, started; *out* gets what it prints, and ``err`` beside it."""
        process = _processes.Process(
            target=_there, args=(directory, self.environment, out, main, *arguments), daemon=True
        )
        process.start()
        return process

    def django(self, directory: Path, *asked: str) -> str:
        """
        Run the commands *asked*, ``migrate`` or ``drift``, in one process.

        Returns:
            What ``makemigrations --check`` says; empty where models and migrations agree.
        """
        out = directory / "django.txt"
        process = self.process(directory, out, commands.main, list(asked))
        process.join(2 * PATIENCE)
        if process.is_alive():
            process.kill()
            raise AssertionError(f"{asked} does not end: {out.read_text()}")
        if process.exitcode:
            self.played.migrations.append(out.with_suffix(".err").read_text().strip()[-600:])
            return ""
        return out.read_text()

    def start(self, directory: Path, habits: Mapping[str, Mapping[str, str]], name: str) -> None:
        log = directory / "log.txt"
        process = self.process(directory, log.with_name("out.txt"), program.main, log, habits)
        deadline = time.monotonic() + PATIENCE
        while not (log.exists() and log.read_text().startswith("ready")):
            if not process.is_alive() or time.monotonic() > deadline:
                process.kill()
                raise AssertionError(f"the program of {name} does not start")
            time.sleep(0.05)
        self.running.append((process, log, name))

    def run(self, rounds: int) -> None:
        """Let each program go over all its models so often."""
        deadline = time.monotonic() + PATIENCE
        for process, log, name in self.running:
            done = log.with_name("rounds")
            wanted = done.stat().st_size + rounds
            while done.stat().st_size < wanted:
                assert process.is_alive(), f"the program of {name} has ended"
                assert time.monotonic() < deadline, f"the program of {name} stands still"
                time.sleep(0.02)

    def stop_oldest(self) -> None:
        process, log, name = self.running.pop(0)
        process.terminate()
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
            raise AssertionError(f"the program of {name} does not end")
        lines = log.read_text().splitlines()[1:]
        self.played.statements += int(lines[-1])
        self.played.failures += [f"{name}: {line}" for line in dict.fromkeys(lines[:-1])]

    def close(self) -> None:
        while self.running:
            process, _, _ = self.running.pop()
            process.kill()
            process.join()


def _there(
    directory: Path,
    environment: Mapping[str, str],
    out: Path,
    main: Callable[..., None],
    *arguments: object,
) -> None:
    """Call *main* as a program that was started in *directory*."""
    os.chdir(directory)
    os.environ.update(environment)
    for number, path in ((1, out), (2, out.with_suffix(".err"))):
        with path.open("w") as file:
            os.dup2(file.fileno(), number)
    main(*arguments)


def play(
    root: Path,
    database: str,
    base: Mapping[str, str],
    steps: Sequence[SplitStep],
    *,
    rows: Sequence[str],
    habits: Mapping[int, Mapping[str, Mapping[str, str]]],
) -> Played:
    """
    Play *steps* from *base*. *habits* says by step what the code from then on
    always does; *rows* is SQL run before the first step.
    """
    stage = Stage(root, database, base)
    habit: Mapping[str, Mapping[str, str]] = habits.get(0, {})
    try:
        first = stage.directory()
        stage.django(first, "migrate")
        assert not stage.played.migrations, stage.played.migrations
        with psycopg.connect(postgres.uri(database), autocommit=True) as connection:
            for statement in rows:
                connection.execute(statement.encode())
        stage.start(first, habit, "base")
        for step in steps:
            stage.files |= {p: c for p, c in step.files.items() if p.endswith(".py")}
            directory = stage.directory()
            habit = habits.get(step.order, habit)
            if "migrate" not in step.after:
                stage.played.drift = stage.django(directory, "drift")
            for action in step.after:
                if action == "migrate":
                    stage.played.drift = stage.django(directory, "migrate", "drift")
                elif action == "deploy":
                    stage.start(directory, habit, f"step {step.order}")
                    stage.run(OVERLAP)
                    stage.stop_oldest()
            stage.run(AFTERWARDS)
            if stage.played.drift:
                stage.played.drift_between.append(step.order)
        stage.stop_oldest()
    finally:
        stage.close()
    return stage.played
