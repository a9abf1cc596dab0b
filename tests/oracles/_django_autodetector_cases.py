"""
The cases of Django's own tests of its autodetector, written down as projects of files.

    python _django_autodetector_cases.py FOLDER-OF-DJANGOS-TESTS [TEST ...]

Runs these tests, listens at each call of the autodetector, and prints as JSON
both of its states as source files, the answers that the test would give to
questions, and the operations that the autodetector answered with.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import unittest
from collections.abc import Iterable
from typing import Any

import django
from django.conf import settings
from django.db.models import NOT_PROVIDED


class NotSourceError(Exception):
    """Something of a state that no source file can say; its text tells what."""


def main() -> None:
    """Print every case."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, sys.argv[1])
    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "migrations"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        SECRET_KEY="not secret",
        USE_TZ=False,
    )
    django.setup()
    json.dump(list(cases()), out)
    out.flush()


def cases() -> Iterable[dict[str, Any]]:
    """One for each call of the autodetector."""
    from django.db.migrations.autodetector import MigrationAutodetector
    from migrations import test_autodetector as tests  # type: ignore[import-not-found]

    heard: list[dict[str, Any]] = []
    given: list[str] = []
    detect = MigrationAutodetector._detect_changes

    def listened(self: Any, convert_apps: Any = None, graph: Any = None) -> Any:
        case: dict[str, Any] = {"user": settings.AUTH_USER_MODEL}
        case["renames"] = any(getattr(self.questioner, "defaults", {}).values())
        self.questioner = Listener(self.questioner, given)
        del given[:]
        for side, state in (("before", self.from_state), ("after", self.to_state)):
            try:
                case[side] = written(state)
            except NotSourceError as error:
                case["why"] = str(error)
        changes = detect(self, convert_apps, graph)
        case["operations"] = {
            app: [source_of(o) for m in migrations for o in m.operations]
            for app, migrations in changes.items()
        }
        heard.append(case)
        case["default"] = given[0] if given else None
        return changes

    MigrationAutodetector._detect_changes = listened
    names = unittest.TestLoader().getTestCaseNames(tests.AutodetectorTests)
    for name in sys.argv[2:] or names:
        del heard[:]
        result = unittest.TestResult()
        tests.AutodetectorTests(name).run(result)
        said = "ran" if result.wasSuccessful() and not result.skipped else "did not run"
        if not heard:
            yield {"test": name, "said": said, "why": "does not ask the autodetector"}
        for number, case in enumerate(heard):
            test = name if len(heard) == 1 else f"{name} {number + 1}"
            yield {"test": test, "said": said, **case}


class Listener:
    """A questioner, and the values that it gives for existing rows."""

    def __init__(self, other: Any, given: list[str]) -> None:
        self.other = other
        self.given = given

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self.other, name)
        if not name.startswith(("ask_not_null", "ask_auto_now_add")):
            return asked

        def ask(*args: Any) -> Any:
            answer = asked(*args)
            # Instead of a mock's answer, the one that Django gives without anybody to ask.
            plain = isinstance(answer, str | int)
            self.given.append(repr(answer) if plain else "" if answer is NOT_PROVIDED else "None")
            return answer

        return ask


def source_of(operation: Any) -> str:
    """An operation as the writer puts it into a file."""
    from django.db.migrations.writer import OperationWriter

    try:
        text, _ = OperationWriter(operation, indentation=0).serialize()
    except Exception as error:  # noqa: BLE001  a default may be a mock
        return f"# not writable: {error}"
    return str(text).rstrip().rstrip(",")


# -- states as files -------------------------------------------------------------------


def written(state: Any) -> dict[str, str]:
    """The files that say *state*: the models of each app."""
    apps: dict[str, list[Any]] = {}
    names = {}
    for (app, _), model in state.models.items():
        apps.setdefault(app, []).append(model)
        names[f"{app}.{model.name}".lower()] = model.name
    files = {"helpers.py": helpers()}
    for app, models in apps.items():
        files[f"{app}/models.py"] = models_of(app, models, names)
    return {path: own(text) for path, text in files.items()}


def own(text: str) -> str:
    """*text* with the classes of Django's test modules taken from the project's own module."""
    for module in ("migrations.test_autodetector", "migrations.models"):
        text = text.replace(f"import {module}\n", "import helpers\n").replace(
            f"{module}.", "helpers."
        )
    return text


def helpers() -> str:
    """The classes of Django's test modules that fields and models are made with."""
    from migrations import models, test_autodetector

    made = [models.FoodQuerySet, models.BaseFoodManager]
    parts = [inspect.getsource(cls) for cls in made]
    parts.append(
        "class NoMigrationFoodManager(BaseFoodManager.from_queryset(FoodQuerySet)):\n    pass\n"
    )
    parts.append(inspect.getsource(models.FoodManager))
    parts.append(inspect.getsource(test_autodetector.DeconstructibleObject))
    return "from django.db import models\n\n\n" + "\n\n".join(parts)


def models_of(app: str, models: Iterable[Any], names: dict[str, str]) -> str:
    """A module with the classes."""
    imports = {"from django.db import models"}
    classes = []
    for model in bases_first(list(models)):
        text, needed = class_of(app, model, names)
        imports |= needed
        classes.append(text)
    return "\n".join(sorted(imports)) + "\n\n\n" + "\n\n\n".join(classes) + "\n"


def bases_first(models: list[Any]) -> list[Any]:
    """Classes in an order in which Python can make them."""
    done: list[Any] = []
    while models:
        waiting = {f"{m.app_label}.{m.name}".lower() for m in models}
        ready = [m for m in models if not waiting & {str(b).lower() for b in m.bases}]
        done += ready
        models = [m for m in models if m not in ready]
        if not ready:
            raise NotSourceError("classes that are their own bases")
    return done


def class_of(app: str, model: Any, names: dict[str, str]) -> tuple[str, set[str]]:
    """One model as a class, and the imports that it needs."""
    bases, imports = [], set[str]()
    for base in model.bases:
        if isinstance(base, str):
            label = base.partition(".")[0]
            if base.lower() not in names:
                raise NotSourceError(f"the base class {base} is not there")
            name = names[base.lower()]
            bases.append(name)
            if label != app:
                imports.add(f"from {label}.models import {name}")
        else:
            bases.append(named(base, imports))
    lines = [f"class {model.name}({', '.join(bases)}):"]
    for name, field in model.fields.items():
        lines.append(f"    {name} = {serialized(field, imports)}")
    for name, manager in model.managers:
        lines.append(f"    {name} = {serialized(manager, imports)}")
    options = {k: v for k, v in model.options.items() if v or k not in {"indexes", "constraints"}}
    if options:
        lines += ["", "    class Meta:"]
        for name, value in options.items():
            lines.append(f"        {name} = {serialized(value, imports)}")
    if len(lines) == 1:
        lines.append("    pass")
    return "\n".join(lines), imports


def named(base: type, imports: set[str]) -> str:
    """A base class by its path."""
    from django.db import models

    if base is models.Model:
        return "models.Model"
    if "<locals>" in base.__qualname__:
        raise NotSourceError("a base class made inside of the test")
    if base.__module__.startswith("migrations."):
        raise NotSourceError("a base class of the tests' own")
    imports.add(f"import {base.__module__}")
    return f"{base.__module__}.{base.__qualname__}"


def serialized(value: Any, imports: set[str]) -> str:
    """*value* as Django's writer puts it."""
    from django.db.migrations.writer import MigrationWriter

    try:
        text, needed = MigrationWriter.serialize(value)
    except ValueError as error:
        raise NotSourceError("a function made inside of the test") from error
    if "<locals>" in text:
        raise NotSourceError("a class made inside of the test")
    imports |= needed
    return str(text)


if __name__ == "__main__":
    main()
