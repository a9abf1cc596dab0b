"""
Facts: everything that a rule may ask, computed once, lazily, read-only.

Rules read this and nothing else; no rule knows of another.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from analyzers.config import Config
from analyzers.findings import Unknown
from analyzers.read.alembic.roots import Root, at_most_one_root, read_roots
from analyzers.read.cache import Cache
from analyzers.read.django.apps import Reading, read_django
from analyzers.relate.alembic_graph import alembic_graph
from analyzers.relate.django_graph import django_graph
from analyzers.relate.graph import MigrationGraph
from analyzers.trees import Comparison, Tree
from analyzers.vocabulary import Framework, Key, Migration, SchemaChange, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    One schema change of one migration, with the table as it was before it.

    ``created_by`` is the migration that made the table when that migration is
    itself new in this pull request: the table is then known to be empty.
    """

    migration: Migration
    change: SchemaChange
    table_before: Table | None
    created_by: Key | None = None


class Snapshot:
    """Everything that was read from one tree."""

    def __init__(
        self,
        tree: Tree,
        config: Config,
        cache: Cache,
        alembic_alone: Callable[[], bool] | None = None,
    ) -> None:
        """*alembic_alone* tells whether all trees that are compared have one Alembic root at most."""
        self._alembic_alone = alembic_alone or (lambda: at_most_one_root((tree,), cache))
        self.tree = tree
        self.config = config
        self.cache = cache

    @cached_property
    def django(self) -> Reading:
        """Django's apps and migrations."""
        return read_django(self.tree, self.config, self.cache)

    @cached_property
    def settings(self) -> dict[str, str]:
        """What is known of swappable settings: ``AUTH_USER_MODEL`` from the configuration."""
        configured = self.config.django.auth_user_model
        return {"AUTH_USER_MODEL": configured} if configured else {}

    @cached_property
    def django_graph(self) -> MigrationGraph:
        """The graph of all Django apps."""
        return django_graph(self.django.apps, self.django.migrations, self.settings)

    @cached_property
    def alembic(self) -> tuple[Root, ...]:
        """The Alembic roots with their revisions, sorted by directory."""
        return read_roots(self.tree, self.cache, alone=self._alembic_alone())

    @cached_property
    def alembic_graphs(self) -> tuple[MigrationGraph, ...]:
        """One graph for each Alembic root."""
        return tuple(alembic_graph(root) for root in self.alembic)

    @cached_property
    def graphs(self) -> tuple[MigrationGraph, ...]:
        """One graph for all Django apps, and one for each Alembic root."""
        django = (self.django_graph,) if self.django.migrations else ()
        return (*django, *self.alembic_graphs)

    @cached_property
    def unknown(self) -> tuple[Unknown, ...]:
        """What could not be read of this tree."""
        return (*self.django.unknown, *(u for root in self.alembic for u in root.unknown))

    @cached_property
    def migrations(self) -> dict[tuple[Framework, Key], Migration]:
        """All migrations, of all graphs."""
        return {
            (graph.framework, key): migration
            for graph in self.graphs
            for key, migration in graph.migrations.items()
        }

    @cached_property
    def by_path(self) -> dict[str, Migration]:
        """Each migration by its file."""
        return {migration.path: migration for migration in self.migrations.values()}


class Facts:
    """The four snapshots and what follows from comparing them."""

    def __init__(self, comparison: Comparison, config: Config, cache: Cache) -> None:
        self.comparison = comparison
        self.config = config
        trees = (comparison.merge_base, comparison.base, comparison.head, comparison.merged)

        @functools.cache
        def alone() -> bool:
            return at_most_one_root(trees, cache)

        self.merge_base, self.base, self.head, self.merged = (
            Snapshot(tree, config, cache, alone) for tree in trees
        )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The forward changes of migrations that are new in this pull request, in order of application."""
        return ()
