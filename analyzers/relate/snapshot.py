"""Everything that was read from one tree, computed once, lazily, read-only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cached_property
from typing import TYPE_CHECKING

from analyzers.config import USUAL, Config
from analyzers.findings import Unknown
from analyzers.read.alembic.location import dialect_of, dialect_of_folder
from analyzers.read.alembic.reflected import reflected_mysql
from analyzers.read.alembic.roots import Root, at_most_one_root, read_roots
from analyzers.read.cache import Cache
from analyzers.read.django.apps import Reading, read_django
from analyzers.read.drivers import believed, only_postgresql_is_installed, requirements_of
from analyzers.relate.alembic_graph import alembic_graph
from analyzers.relate.delta import Claim, django_claims, net, schema_claims
from analyzers.relate.django_graph import django_graph
from analyzers.relate.graph import MigrationGraph
from analyzers.trees import Tree
from analyzers.vocabulary import (
    Framework,
    Key,
    Migration,
    SchemaChange,
)

if TYPE_CHECKING:
    from analyzers.read.alembic.bodies import Bodies
    from analyzers.read.alembic.metadata import Metadata
    from analyzers.read.alembic.own_table import MappedTable


class Snapshot:
    """Everything that was read from one tree."""

    def __init__(
        self,
        tree: Tree,
        config: Config,
        cache: Cache,
        alembic_alone: Callable[[], bool] | None = None,
        whole: Callable[[], bool] = lambda: False,
        committed: Callable[[], Set[str]] = frozenset,
    ) -> None:
        """
        *alembic_alone* tells whether all trees that are compared have one Alembic root at most.

        *whole* tells whether it will be asked of nearly all migrations what they do, *committed* the
        paths of the base.
        """
        self._whole = whole
        self._committed = committed
        self._alembic_alone = alembic_alone or (
            lambda: at_most_one_root((tree,), cache, exclude=config.exclude)
        )
        self.tree = tree
        self.config = config
        self.cache = cache
        self._alembic_models: dict[tuple[str, str, frozenset[str], frozenset[str]], Metadata] = {}

    @cached_property
    def django(self) -> Reading:
        """Django's apps and migrations."""
        return read_django(self.tree, self.config, self.cache, whole=self._whole())

    @cached_property
    def settings(self) -> dict[str, str]:
        """What is known of swappable settings: ``AUTH_USER_MODEL`` from the configuration."""
        configured = self.config.django.auth_user_model
        return {"AUTH_USER_MODEL": configured} if configured else {}

    @cached_property
    def django_graph(self) -> MigrationGraph:
        """The graph of all Django apps."""
        # An app without a migration yet takes no reference: one of its label is meant that has some.
        have = {migration.key.app for migration in self.django.migrations}
        apps = tuple(app for app in self.django.apps if app.name in have)
        return django_graph(apps, self.django.migrations, self.settings)

    @cached_property
    def alembic(self) -> tuple[Root, ...]:
        """The Alembic roots with their revisions, sorted by directory."""
        return read_roots(
            self.tree, self.cache, alone=self._alembic_alone(), exclude=self.config.exclude
        )

    @cached_property
    def alembic_graphs(self) -> tuple[MigrationGraph, ...]:
        """One graph for each Alembic root."""
        # The base's paths are asked for where they matter only.
        return tuple(
            alembic_graph(root, self._committed() if root.duplicates else frozenset())
            for root in self.alembic
        )

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

    def claims(self, graph: MigrationGraph, keys: Iterable[Key]) -> tuple[Claim, ...]:
        """What the migrations *keys* of *graph* claim together."""
        migrations = [graph.migrations[key] for key in keys]
        if graph.framework is Framework.DJANGO:
            return net(django_claims(migrations))
        return net(schema_claims(self.schema_changes(graph, migrations)))

    def schema_changes(
        self, graph: MigrationGraph, migrations: Sequence[Migration]
    ) -> tuple[tuple[Migration, SchemaChange], ...]:
        """The forward changes of *migrations* of an Alembic *graph*, in order."""
        dialect = self.alembic_dialect(graph)
        return tuple(
            (migration, change)
            for migration in migrations
            for change in self.alembic_bodies.read(migration.path, dialect).forward
        )

    @cached_property
    def alembic_bodies(self) -> Bodies:
        """What this tree's Alembic revisions do."""
        # Loaded here, as all that reads what revisions do: most projects have either them or Django.
        from analyzers.read.alembic.bodies import Bodies

        return Bodies(self.tree, self.cache)

    def alembic_metadata(
        self,
        database: str,
        home: str = "",
        homes: frozenset[str] = frozenset(),
        versions: str = "",
    ) -> Metadata:
        """
        The SQLAlchemy models of this tree, with the types of *database*.

        Of projects side by side in *homes* those of the one in *home*, where that is said;
        and none of those with which another root than that of *versions* is compared.
        """
        others = self._compared_elsewhere(versions) if versions else frozenset()
        beside = (home, homes) if len(homes) > 1 else ("", frozenset[str]())
        key = (database, *beside, others)
        if key not in self._alembic_models:
            from analyzers.read.alembic.metadata import read_metadata
            from analyzers.read.alembic.model_files import model_paths
            from analyzers.relate.alembic_models import at_home

            outside = tuple(v for root in self.alembic for v in root.location.without_models)
            paths = model_paths(self.tree, self.cache, outside)
            self._alembic_models[key] = read_metadata(
                self.tree,
                paths,
                database,
                lambda table: table.base not in others and at_home(table, *beside),
            )
        return self._alembic_models[key]

    def _compared_elsewhere(self, versions: str) -> frozenset[str]:
        """The bases whose tables roots have as their ``target_metadata`` and that of *versions* does not."""
        found = self._alembic_targets
        own = found.get(versions)
        return frozenset(found.values()) - {own} if own is not None else frozenset()

    @cached_property
    def _alembic_targets(self) -> Mapping[str, str]:
        """Where there are several Alembic roots, the base that each is compared with, as far as its file says."""
        scripts = {root.location.versions[0]: root.location.script for root in self.alembic}
        said = {versions: script for versions, script in scripts.items() if script is not None}
        if len(said) < 2:
            return {}
        from analyzers.read.alembic.env_targets import targets

        found = targets(self.tree, said.values())
        return {versions: found[script] for versions, script in said.items() if script in found}

    def alembic_model(self, table: str | None, database: str, revision: str) -> MappedTable | None:
        """The model of *table* that the project with the file *revision* has; None where there is none that can be read."""
        from analyzers.relate.alembic_models import home_of

        if table is None:
            return None
        root = next(
            (
                root
                for root in self.alembic
                if any(revision.startswith(f"{v}/") for v in root.location.versions)
            ),
            None,
        )
        if root is None:
            # One that is new has no home on the base.
            return self.alembic_metadata(database).tables.get(table)
        homes = frozenset(map(home_of, self.alembic))
        models = self.alembic_metadata(database, home_of(root), homes, root.location.versions[0])
        return models.tables.get(table)

    def alembic_graph_of(self, key: Key) -> MigrationGraph | None:
        """The Alembic graph that has the revision *key*."""
        return next((graph for graph in self.alembic_graphs if key in graph.migrations), None)

    def alembic_dialect(self, graph: MigrationGraph) -> str:
        """The database that an Alembic *graph* is for."""
        return self.said_alembic_dialect(graph) or USUAL

    def said_alembic_dialect(self, graph: MigrationGraph) -> str | None:
        """The same, where its own files or the configuration say so."""
        configured = self.config.database
        if configured and len(self.alembic) == 1:
            return configured
        found = (r.location for r in self.alembic if r.location.versions[0] == graph.location)
        location = next(found, None)
        if location is not None and (
            # It is not for development that a project keeps a second history.
            named := dialect_of_folder(location, several=len(self.alembic) > 1)
        ):
            return named
        said = dialect_of(location) if location is not None else None
        known = self._believed(None if said == "sqlite" and configured else said) or configured
        if known is not None:
            return known
        # What one env.py runs is compared with one server.
        script = location.script if location is not None else None
        roots = [
            r
            for r in self.alembic
            if r.location == location or (script and r.location.script == script)
        ]
        paths = sorted(migration.path for root in roots for migration in root.migrations)
        return "mysql" if reflected_mysql(self.tree, paths, self.cache) else None

    @cached_property
    def asks_for_postgresql_alone(self) -> bool:
        """Whether PostgreSQL's driver is asked for, and MySQL's is not."""
        return only_postgresql_is_installed(self.tree)

    @cached_property
    def _requirements(self) -> str:
        """What the files that name drivers are, as one digest."""
        named = ((path, self.tree.oid(path)) for path in requirements_of(self.tree))
        return hashlib.sha256(repr([*named]).encode()).hexdigest()

    def _believed(self, said: str | None) -> str | None:
        """*said*, or what the drivers that are asked for make of it."""
        key = f"{said}:{self._requirements}"
        kept: str | None = self.cache.get("alembic-database-1", key)
        if kept is None:
            kept = believed(self.tree, said) or ""
            self.cache.put("alembic-database-1", key, kept)
        return kept or None

    def alembic_program(self, root: str) -> str:
        """What runs ``upgrade`` and ``downgrade`` for the root of that name."""
        named = (r.location.program for r in self.alembic if r.location.name == root)
        return next(named, "alembic")

    def alembic_commits_each(self, root: str) -> bool:
        """Whether each revision of the root of that name is run in a transaction of its own."""
        return any(
            r.location.transaction_per_migration for r in self.alembic if r.location.name == root
        )

    def alembic_may_autocommit(self, root: str) -> bool:
        """Whether the connections of the root of that name may commit each statement by itself."""
        return any(r.location.may_autocommit for r in self.alembic if r.location.name == root)

    def alembic_begins_itself(self, root: str) -> bool:
        """Whether ``env.py`` of the root of that name begins the transaction, so that ``autocommit_block()`` fails in it."""
        return any(r.location.begins_itself for r in self.alembic if r.location.name == root)

    @cached_property
    def by_path(self) -> dict[str, Migration]:
        """Each migration by its file."""
        return {migration.path: migration for migration in self.migrations.values()}


def counterpart(snapshot: Snapshot, graph: MigrationGraph) -> MigrationGraph | None:
    """The graph of *snapshot* that is the same one in another tree."""
    return next(
        (
            other
            for other in snapshot.graphs
            if other.framework is graph.framework and other.location == graph.location
        ),
        None,
    )
