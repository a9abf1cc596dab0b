"""
The configuration of a reviewed repository: what it may say, and its defaults.

Parsing the file's text into ``Config`` is done here as well, with errors that
name the line and the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from fnmatch import fnmatchcase

from analyzers.findings import Severity
from analyzers.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """An entry of the baseline: which findings do not count, and why."""

    rule: str
    reason: str
    app: str | None = None
    migration: str | None = None
    path: str | None = None
    table: str | None = None
    until: str | None = None
    """ISO date after which the entry no longer counts."""
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeTables:
    """Which tables are large: the threshold, and rows by table where known."""

    rows: int = 100_000
    tables: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoConfig:
    """Overrides of what is detected of a Django project."""

    settings: str | None = None
    default_auto_field: str | None = None
    auth_user_model: str | None = None
    version: str | None = None
    apps: Mapping[str, str] = field(default_factory=dict)
    """App label to package directory."""
    migration_modules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlembicConfig:
    """Overrides of what is detected of Alembic."""

    config: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """How the team deploys."""

    environment: str | None = None
    migrate: str = "python manage.py migrate"
    migrate_first: bool = False
    """Migrations run and finish before any new code starts."""


def fits(path: str, pattern: str) -> bool:
    """Whether *pattern* speaks of the file at *path*: it matches it, or names a folder above it."""
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern.rstrip('/')}/*")


USUAL = "postgresql"
"""The database of a project that says nothing certain about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that a repository can say about its reviews."""

    language: str = "en"
    database: str | None = None
    """What the migrations run on; None where it is not said, and the project's settings tell, or ``USUAL``."""
    database_version: str | None = None
    rules: Mapping[str, Severity | None] = field(default_factory=dict)
    """Severity by rule; None switches it off."""
    exclude: tuple[str, ...] = ()
    ignore: tuple[Ignore, ...] = ()
    large_tables: LargeTables = field(default_factory=LargeTables)
    split_style: str = "state"
    conflicts_resolve: str = "rebase"
    deploy: Deploy = field(default_factory=Deploy)
    django: DjangoConfig = field(default_factory=DjangoConfig)
    alembic: AlembicConfig = field(default_factory=AlembicConfig)
    path: str | None = None
    """The file it was read from; None for the defaults."""
