"""The command that an author runs at home before a migration becomes another one."""

from __future__ import annotations

from shlex import quote

from analyzers.config import Deploy
from analyzers.relate.facts import Facts
from analyzers.relate.manage import migrate
from analyzers.vocabulary import Migration


def django_back(facts: Facts, migration: Migration) -> str:
    """How Django takes *migration* back: to its parent in its own app, or to ``zero`` where it is the first."""
    app = migration.key.app
    label = facts.label(app)
    parents = [parent.name for parent in migration.parents if parent.app in (app, label)]
    deploy = Deploy() if "alembic" in facts.config.deploy.migrate else facts.config.deploy
    to = quote(parents[0]) if parents else "zero"
    return f"{migrate(deploy, facts.manage(app))} {quote(label)} {to}"
