"""
The migrations of one tree as a graph: parents, leaf nodes, roots, cycles, squashes.

Built whole, then only asked. The same for Django (nodes are app and name) and
Alembic (version location and revision id).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzers.vocabulary import Framework, Key, Migration


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingParent:
    """A reference from *child* to a migration that is not there."""

    child: Migration
    parent: Key
    how: str
    """``dependencies``, ``run_before``, ``down_revision`` or ``depends_on``."""


class MigrationGraph:
    """The migrations of one framework in one tree."""

    def __init__(
        self,
        framework: Framework,
        migrations: Iterable[Migration],
        *,
        resolve: Mapping[Key, Key] | None = None,
        outside: Iterable[str] = (),
    ) -> None:
        """
        *resolve* maps references as written (``__first__``, swappable) to keys;
        *outside* names apps that live in installed packages: references to
        them are neither followed nor missing.
        """
        self.framework = framework
        self.migrations: dict[Key, Migration] = {m.key: m for m in migrations}
        self.resolve = dict(resolve or {})
        self.outside = frozenset(outside)
