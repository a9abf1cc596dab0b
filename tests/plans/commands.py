"""
Django's commands on the project in the current directory, one after the other in one process.

``migrate`` ends with 1 and a traceback where a migration fails; ``drift``
prints what ``makemigrations --check`` says where models and migrations differ.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path


def main(commands: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    sys.path.insert(0, str(Path.cwd()))
    import django
    from django.core.management import call_command

    django.setup()
    for command in commands:
        if command == "migrate":
            call_command("migrate", verbosity=0)
        elif command == "drift":
            said = io.StringIO()
            try:
                call_command("makemigrations", check_changes=True, dry_run=True, stdout=said)
            except SystemExit:
                print(said.getvalue())
        else:
            raise SystemExit(f"unknown: {command}")
