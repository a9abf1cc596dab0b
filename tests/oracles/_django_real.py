"""
Django's side of the oracles on installed projects, run in a project's own environment.

    python _django_real.py SETTINGS-MODULE

Prints, as JSON, the apps, the state of every model from its class and from the
migrations, and what ``makemigrations`` finds missing. Imports the project.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import django


def missing() -> dict[str, list[str]]:
    """The operations that ``makemigrations`` would write, by app, and each as it describes itself."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import MigrationQuestioner
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None, ignore_no_migrations=True)
    questioner = MigrationQuestioner(specified_apps=set(), dry_run=True)
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), questioner
    )
    return {
        app: [operation.describe() for m in migrations for operation in m.operations]
        for app, migrations in detector.changes(graph=loader.graph).items()
    }


def main() -> None:
    """Load the project, then say what is asked."""
    out = os.fdopen(os.dup(1), "w")
    # What a project prints while it is imported does not belong into the answer.
    os.dup2(2, 1)
    os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[1]
    sys.path.insert(0, str(Path.cwd()))
    django.setup()
    with suppress(Exception):
        # The commands check the addresses first, and their modules may bring models along.
        importlib.import_module("django.urls").get_resolver().url_patterns  # noqa: B018
    from django.apps import apps
    from django.conf import settings

    encoded: Any = importlib.import_module("_django_encoded")
    found = {
        "django": django.get_version(),
        "apps": {
            c.label: {"name": c.name, "path": str(c.path), "auto_field": c.default_auto_field}
            for c in apps.get_app_configs()
        },
        "settings": {
            "AUTH_USER_MODEL": settings.AUTH_USER_MODEL,
            "DEFAULT_AUTO_FIELD": settings.DEFAULT_AUTO_FIELD,
            "MIGRATION_MODULES": {k: v for k, v in settings.MIGRATION_MODULES.items() if v},
        },
        **encoded.both_states(),
        "missing": missing(),
    }
    json.dump(found, out)
    out.flush()
    # Some projects start threads that would keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
