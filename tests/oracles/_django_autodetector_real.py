"""
What ``makemigrations`` says of projects of files, each in a fork of one process of Django.

    python _django_autodetector_real.py < CASES

*CASES* is a JSON list of objects: ``folder`` with ``before`` and ``after`` in it, the
models of which are there, ``apps``, ``user`` (by side), ``renames``, ``default`` (source;
empty: none is given) and ``together``, the ``index_together`` of older classes.
Printed is a line for each: the first migrations that make the models before,
which are written into ``after`` too; by app the names and texts of what is
missing after it; and the questions, or why Django cannot load the project.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db.migrations.questioner import MigrationQuestioner
from django.db.models import NOT_PROVIDED


class Questioner(MigrationQuestioner):  # type: ignore[misc]
    """Answers as a case says, and counts the questions."""

    def __init__(self, *, renames: bool, default: str | None) -> None:
        super().__init__({"ask_rename": renames, "ask_rename_model": renames})
        self.asked: list[str] = []
        self.default = NOT_PROVIDED if default == "" else ast.literal_eval(default or "None")

    def ask_initial(self, app_label: str) -> bool:
        return bool(app_label)

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        self.asked.append(f"default {model_name}.{field_name}")
        return self.default

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        return self.ask_not_null_addition(field_name, model_name)

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        return self.ask_not_null_addition(field_name, model_name)

    def ask_rename(self, model: str, old: str, new: str, field: Any) -> Any:
        # Of a field that keeps the column Two-Step asks nobody.
        if field.db_column is None:
            self.asked.append("rename")
        return super().ask_rename(model, old, new, field)

    def ask_rename_model(self, *args: Any) -> Any:
        self.asked.append("rename")
        return super().ask_rename_model(*args)


def load(case: dict[str, Any], side: str) -> Any:
    """The state of the classes of one side."""
    sys.path.insert(0, f"{case['folder']}/{side}")
    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", *case["apps"]],
        AUTH_USER_MODEL=case["user"][side],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        SECRET_KEY="not secret",
        USE_TZ=False,
    )
    django.setup()
    from django.apps import apps
    from django.db.migrations.state import ProjectState
    from django.utils.translation import deactivate_all

    deactivate_all()
    return ProjectState.from_apps(apps)


def before(case: dict[str, Any]) -> dict[str, str]:
    """The migrations that make the models before, each app's in one."""
    state = load(case, "before")
    from django.db.migrations import Migration
    from django.db.migrations.operations import CreateModel
    from django.db.migrations.writer import MigrationWriter

    files = {}
    for app in case["apps"]:
        migration = Migration("0001_initial", app)
        migration.initial = True
        for (label, name), model in state.models.items():
            if label != app:
                continue
            options = {k: v for k, v in model.options.items() if v != []}
            together = case["together"].get(f"{label}.{name}")
            if together:
                options["index_together"] = {tuple(each) for each in together}
            migration.operations.append(
                CreateModel(
                    model.name, list(model.fields.items()), options, model.bases, model.managers
                )
            )
        if migration.operations:
            text = MigrationWriter(migration, include_header=False).as_string()
            files[f"{app}/migrations/0001_initial.py"] = text
    return files


def after(case: dict[str, Any]) -> dict[str, Any]:
    """What the real command would write, and what it would ask."""
    state = load(case, "after")
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.writer import MigrationWriter

    loader = MigrationLoader(None)
    questioner = Questioner(renames=case["renames"], default=case["default"])
    changes = MigrationAutodetector(loader.project_state(), state, questioner).changes(
        graph=loader.graph
    )
    files = {
        app: [(m.name, MigrationWriter(m, include_header=False).as_string()) for m in migrations]
        for app, migrations in changes.items()
    }
    return {"files": files, "asked": questioner.asked}


def apart(work: Callable[[dict[str, Any]], Any], case: dict[str, Any]) -> dict[str, Any]:
    """*work* on *case* in a process of its own: one process loads one project."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = {"said": work(case)}
        except Exception as error:  # noqa: BLE001  whatever a project of files raises is its answer
            said = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(writing, "w") as out:
            json.dump(said, out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found: dict[str, Any] = json.load(pipe)
    os.waitpid(child, 0)
    return found


def main() -> None:
    """One line of JSON for each case, in order."""
    for case in json.load(sys.stdin):
        first = apart(before, case)
        if "error" not in first:
            for path, text in first["said"].items():
                (Path(case["folder"]) / "after" / path).write_text(text)
            second = apart(after, case)
            first = second if "error" in second else {"initial": first["said"], **second["said"]}
        print(json.dumps(first), flush=True)


if __name__ == "__main__":
    main()
