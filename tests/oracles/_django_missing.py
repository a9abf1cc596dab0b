"""
What the real ``makemigrations`` finds missing, run in a project's own environment.

    python _django_missing.py SETTINGS-MODULE

Prints, as JSON by app, the operations with the model and the name that each is
about, and the migration's source; and the settings that matter. Imports the project.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import django


def main() -> None:
    """Ask the autodetector as ``makemigrations --noinput`` would; defaults are ``None``."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[1]
    sys.path.insert(0, str(Path.cwd()))
    django.setup()
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import MigrationQuestioner
    from django.db.migrations.state import ProjectState
    from django.db.migrations.writer import MigrationWriter
    from django.utils.translation import deactivate_all

    deactivate_all()
    loader = MigrationLoader(None, ignore_no_migrations=True)
    questioner = MigrationQuestioner(specified_apps=set(), dry_run=True)
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), questioner
    )
    found: dict[str, Any] = {}
    for app, migrations in detector.changes(graph=loader.graph).items():
        operations = [
            [type(o).__name__, *_about(o)] for migration in migrations for o in migration.operations
        ]
        sources = []
        for migration in migrations:
            try:
                writer = MigrationWriter(migration, include_header=False)
                sources.append([migration.name, writer.as_string()])
            except ValueError as error:
                sources.append([migration.name, f"# not writable: {error}"])
        found[app] = {"operations": operations, "sources": sources}
    from django.conf import settings

    chosen = {
        "auth_user_model": settings.AUTH_USER_MODEL,
        "default_auto_field": settings.DEFAULT_AUTO_FIELD,
    }
    models = [m._meta.label_lower for m in apps.get_models()]
    json.dump({"apps": found, "settings": chosen, "models": models}, out)
    out.flush()
    os._exit(0)


def _about(operation: Any) -> tuple[str, str]:
    """The model and the field, index, constraint or option of an operation."""
    model = getattr(operation, "model_name", None) or getattr(operation, "name", "")
    if not hasattr(operation, "model_name"):
        return str(model).lower(), ""
    name = getattr(operation, "name", None)
    for member in ("index", "constraint"):
        if name is None and hasattr(operation, member):
            name = getattr(operation, member).name
    return str(model).lower(), str(name or "")


if __name__ == "__main__":
    main()
