"""How a Django project's commands are started from the top of the repository."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from analyzers.config import Deploy

USUAL = "python manage.py"


def manage(paths: Iterable[str], package: str = "") -> str:
    """
    The start of a command for the app in *package*, such as ``python manage.py``.

    That of the top, where it stands there; else the one above the app, or the only one.
    """
    found = sorted(p for p in paths if p.rpartition("/")[2] == "manage.py")
    if not found or "manage.py" in found:
        return USUAL
    above = [p for p in found if f"{package}/".startswith(p.removesuffix("manage.py"))]
    chosen = max(above, key=len) if above else found[0] if len(found) == 1 else "manage.py"
    return f"python {quote(chosen)}"


def migrate(deploy: Deploy, start: str) -> str:
    """The command that migrates: what the team says of it, else the one that begins with *start*."""
    return f"{start} migrate" if deploy.migrate == Deploy().migrate else deploy.migrate
