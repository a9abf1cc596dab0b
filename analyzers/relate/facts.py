"""
Facts: everything that a rule may ask, computed once, lazily, read-only.

Rules read this and nothing else; no rule knows of another.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from analyzers.config import USUAL, Config
from analyzers.findings import Unknown
from analyzers.frozen import dataclass
from analyzers.limits import CHANGES
from analyzers.read.alembic.roots import at_most_one_root
from analyzers.read.cache import Cache
from analyzers.read.django.models import MODEL_FILES
from analyzers.read.django.version import Version, django_version, may_say_version
from analyzers.read.modules import Sources
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.delta import Sides, new_keys
from analyzers.relate.django_state import DjangoState, Unread, same_history
from analyzers.relate.django_steps import play_new_django
from analyzers.relate.django_writer import Answers, Written, write_missing
from analyzers.relate.eased import with_easing
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.joined import joined
from analyzers.relate.manage import manage
from analyzers.relate.missing import Missing, asked, missing
from analyzers.relate.model_reach import may_reach
from analyzers.relate.names_kept import with_names_kept
from analyzers.relate.online_backends import is_online, online
from analyzers.relate.renames import renames, twins
from analyzers.relate.snapshot import Snapshot, counterpart
from analyzers.relate.view import View
from analyzers.trees import Comparison, Tree
from analyzers.vocabulary import (
    CreateTable,
    Framework,
    Key,
    Migration,
    Place,
    RunCode,
    RunStatement,
    SchemaChange,
    Table,
    UnknownChange,
)

if TYPE_CHECKING:
    from analyzers.relate.alembic_compared import Compared
    from analyzers.relate.edits import Edited


_SETTINGS = re.compile(r"(?:settings|conf)[^:]*\.py$", re.IGNORECASE)
_CALLED = re.compile(r"[\w.]+\(")
MISSING = "django-missing-9"
WRITTEN = "django-written-7"


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
    database: str = "postgresql"
    """The database that the migration is for; an Alembic root may be for another than the configured."""
    eased_by: SchemaChange | None = None
    """The later change of this pull request by which inserts may leave out the column that this one demands."""
    models_write: bool | None = None
    """Whether the models on the base write the column whose default goes; None where that is not known or not asked."""
    operation: int | None = None
    """The place among the migration's operations of the one that makes the change, where they are a list."""
    online: bool = False
    """Whether the database's backend adds constraints without a lock while rows are read."""

    @property
    def writes_defaults(self) -> bool:
        """Whether programs write the default themselves: Django on SQLite, which has no DEFAULT to say, and some models."""
        sqlite = self.database == "sqlite" and self.migration.framework is Framework.DJANGO
        return sqlite or self.models_write is True

    @property
    def makes_times(self) -> bool:
        """Whether programs make times of what the database hands out: Django does, but for PostgreSQL."""
        return self.database != "postgresql" and self.migration.framework is Framework.DJANGO


def _holds_models(path: str) -> bool:
    return path.endswith(".py") and MODEL_FILES.search(path) is not None


def _not_followed(change: SchemaChange) -> str | None:
    """Why what an Alembic revision does is not known; None where it is, or is no matter of the schema."""
    match change:
        case UnknownChange(text=text) if _CALLED.match(text):
            return f"What `{text}` does to the schema is not known."
        case RunCode(unread_sql=True, function=str(function)):
            return f"What SQL `{function}` runs is not known."
        case _:
            return None


class Facts:
    """The four snapshots and what follows from comparing them."""

    def __init__(self, comparison: Comparison, config: Config, cache: Cache) -> None:
        self.comparison = comparison
        self.config = config
        self.cache = cache
        self._snapshots: dict[int, Snapshot] = {}
        others = (tree for other in comparison.others for tree in (other.merge_base, other.head))
        running = comparison.deployed.tree if comparison.deployed is not None else None
        trees = (
            *(comparison.merge_base, comparison.base, comparison.head, comparison.merged),
            *others,
            *((running,) if running is not None else ()),
        )
        # A root's name must not depend on which of the trees is looked at.
        self._alone = functools.cache(
            lambda: at_most_one_root(trees, cache, exclude=config.exclude)
        )
        self.unused_ignores: tuple[tuple[Place, str, Framework, str, str], ...] = ()
        """Set by the review before the last rule: place, rule, framework, reason, the date where it is past."""
        self.alembic_sides: dict[str | None, Compared | None] = {}
        """What ``alembic_compared`` has found of each root, by its location: it is asked for twice."""
        self.merge_base = self._snapshot(comparison.merge_base)
        self.base = self._snapshot(comparison.base)
        self.head = self._snapshot(comparison.head)
        self.merged = self._snapshot(comparison.merged)
        self.deployed = self._snapshot(running) if running is not None else None
        """What runs, where that is said to be another commit than the base's."""

    def _changes_models(self) -> bool:
        """Whether models are changed by their files: then the state of all of them is asked for."""
        return any(_holds_models(path) for path in self.changed_paths)

    def _snapshot(self, tree: Tree) -> Snapshot:
        """One snapshot a tree: the base alone is asked about four times over."""
        if id(tree) not in self._snapshots:
            self._snapshots[id(tree)] = Snapshot(
                tree,
                self.config,
                self.cache,
                self._alone,
                self._changes_models,
                lambda: frozenset(self.comparison.base.paths()),
            )
        return self._snapshots[id(tree)]

    @cached_property
    def others(self) -> tuple[tuple[str, Snapshot, Snapshot], ...]:
        """Further open pull requests: name, merge base, head."""
        return tuple(
            (other.name, self._snapshot(other.merge_base), self._snapshot(other.head))
            for other in self.comparison.others
        )

    @cached_property
    def on_base(self) -> Facts:
        """The same questions asked of the base alone: what stands there without this pull request."""
        tree = self.comparison.base
        facts = Facts(
            Comparison(merge_base=tree, base=tree, head=tree, merged=tree), self.config, self.cache
        )
        facts.merge_base = facts.base = facts.head = facts.merged = self.base
        return facts

    @cached_property
    def changed_paths(self) -> tuple[str, ...]:
        """Paths whose content the merge changes on the base, removed ones included, sorted."""
        return changed_paths(self.comparison.base, self.comparison.merged)

    @cached_property
    def unparsed(self) -> tuple[Unknown, ...]:
        """Changed files of models that cannot be read: what they declare cancels out, and is not judged."""
        found = []
        for path in self.changed_paths:
            if not _holds_models(path):
                continue
            try:
                parsed = parse(self.merged.tree.read(path))
            except KeyError:
                continue
            if isinstance(parsed, Unparsed):
                place = Place(path, parsed.line, parsed.line)
                found.append(Unknown(place=place, reason=f"Its models: {parsed.reason}."))
        return tuple(found)

    @cached_property
    def unread_calls(self) -> tuple[Unknown, ...]:
        """What the new Alembic revisions call and nobody can follow: it may change anything."""
        return tuple(
            Unknown(place=change.place, reason=reason)
            for graph in self.merged.alembic_graphs
            for _, change in self.merged.schema_changes(graph, self.added(graph))
            if (reason := _not_followed(change)) is not None
        )

    def label(self, app: str) -> str:
        """Django's label of an app as it is named here."""
        return self._labels.get(app, app)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {a.name: a.label for a in reversed(self.merged.django.apps)}

    def manage(self, app: str = "") -> str:
        """How commands of the project are started, such as ``python manage.py``; that of *app*, where there are several."""
        package = next((a.package for a in self.merged.django.apps if a.name == app), "")
        return manage(self.merged.tree.paths(), package)

    def added(self, graph: MigrationGraph) -> tuple[Migration, ...]:
        """Migrations of *graph* (of ``merged``) that the base does not have, parents first."""
        before = counterpart(self.base, graph)
        found = (graph.migrations[key] for key in new_keys(graph, before))
        moved = self._moved if graph.framework is Framework.ALEMBIC else frozenset()
        return tuple(
            m for m in found if m.key.name not in moved and not self._could_not_be_parsed(m.path)
        )

    @cached_property
    def _moved(self) -> frozenset[str]:
        """The ids of the base's revisions whose files are gone: with its directory a revision is no other one."""
        here = set(self.comparison.merged.paths())
        graphs = self.base.alembic_graphs
        every = (m for graph in graphs for m in graph.migrations.values())
        return frozenset(m.key.name for m in every if m.path not in here)

    def _could_not_be_parsed(self, path: str) -> bool:
        """Whether the base has *path*, in a Python that is no longer one: it is mended, not new."""
        try:
            return isinstance(parse(self.comparison.base.read(path)), Unparsed)
        except KeyError:
            return False

    @cached_property
    def renamed(self) -> dict[str, Migration]:
        """Paths of the base that are gone -> the added migration that does the same under another name."""
        base, merged = self.comparison.base, self.comparison.merged
        return renames(base, merged, self.base.by_path, self.merged.by_path)

    @cached_property
    def twins(self) -> dict[str, Migration]:
        """Paths of the base's revisions that are gone -> the added revision that has its id."""
        return twins(self.base.by_path, self.merged.by_path)

    @cached_property
    def named_anew(self) -> frozenset[str]:
        """Paths of added migrations that are the base's under another name: what they do was judged there."""
        return frozenset(m.path for m in self.renamed.values())

    def _brought(self, graph: MigrationGraph) -> tuple[Migration, ...]:
        return tuple(m for m in self.added(graph) if m.path not in self.named_anew)

    @cached_property
    def new_migrations(self) -> tuple[Migration, ...]:
        """All migrations that the merge brings to the base, parents first."""
        return tuple(m for graph in self.merged.graphs for m in self.added(graph))

    @cached_property
    def sides(self) -> tuple[Sides, ...]:
        """What head and base each claim since the merge base, graph by graph."""
        found = []
        for graph in self.head.graphs:
            base, old = counterpart(self.base, graph), counterpart(self.merge_base, graph)
            ours = new_keys(graph, old, base)
            theirs = new_keys(base, old, graph) if base is not None else ()
            if ours and theirs and base is not None:
                found.append(
                    Sides(
                        framework=graph.framework,
                        ours=self.head.claims(graph, ours),
                        theirs=self.base.claims(base, theirs),
                    )
                )
        return tuple(found)

    @cached_property
    def joined(self) -> tuple[Sides, ...]:
        """
        The two lines that each new merge migration joins, the one that the base has second.

        An author who merged the base into the branch and then joined the heads
        has no two sides any more since the merge base: only the graph knows them.
        """
        return tuple(joined(self.merged, self.base, self.added))

    @cached_property
    def sides_of_others(self) -> tuple[Sides, ...]:
        """The same against each other open pull request."""
        found = []
        for name, other_base, other in self.others:
            for graph in self.head.graphs:
                base, old = counterpart(self.base, graph), counterpart(self.merge_base, graph)
                theirs_graph = counterpart(other, graph)
                if theirs_graph is None:
                    continue
                ours = new_keys(graph, old, base, theirs_graph)
                theirs = new_keys(theirs_graph, counterpart(other_base, graph), base, graph)
                if ours and theirs:
                    found.append(
                        Sides(
                            framework=graph.framework,
                            ours=self.head.claims(graph, ours),
                            theirs=other.claims(theirs_graph, theirs),
                            other=name,
                        )
                    )
        return tuple(found)

    @cached_property
    def _models(self) -> tuple[View, View]:
        """Models and migrations of the base and of the merged tree."""
        sources = Sources()

        def view(s: Snapshot, before: View | None = None) -> View:
            return View(s.tree, s.django, s.django_graph, self.config, sources, self.cache, before)

        base = view(self.base)
        return base, view(self.merged, base)

    @cached_property
    def said_database(self) -> str | None:
        """The database that the configuration names, or the base's Django settings where they are certain."""
        if self.config.database is not None or not self.merged.django.apps:
            return self.config.database
        return self._models[0].database

    @property
    def database(self) -> str:
        """The database that Django's migrations are judged for."""
        return self.said_database or USUAL

    @cached_property
    def deployed_state(self) -> DjangoState | None:
        """Django's models as the migrations of what runs have made them; None where that is not said."""
        s = self.deployed
        if s is None:
            return None
        return View(s.tree, s.django, s.django_graph, self.config, Sources(), self.cache).state

    @property
    def views(self) -> tuple[View, View]:
        """Models and migrations of the base and of the merged tree."""
        return self._models

    @property
    def state(self) -> DjangoState:
        """Django's models as the migrations of the merged tree leave them."""
        return self._models[1].state

    @cached_property
    def _compared(self) -> str:
        """Of all that the comparison of models and migrations leans on."""
        asked = [view.digest for view in self._models]
        if any(may_say_version(p) or _SETTINGS.search(p) for p in self.changed_paths):
            # By them Django may make other keys.
            asked += [str(view.django_version) for view in self._models]
        return ":".join(asked)

    @cached_property
    def missing_django(self) -> Missing:
        """What the merged models say and its migrations do not, that was otherwise on the base."""
        if not self.merged.django.apps or not any(
            path.endswith(".py") or may_say_version(path) for path in self.changed_paths
        ):
            return Missing()
        if not may_reach(*self._models, self.changed_paths, self.cache):
            return Missing()
        try:
            found: Missing | None = self.cache.get(MISSING, self._compared)
            if found is None:
                found = missing(*self._models)
                self.cache.put(MISSING, self._compared, found)
            return asked(found, lambda: self.django_version)
        except (RecursionError, LookupError, TypeError, ValueError, AttributeError) as error:
            # Hostile or strange source: what it says is not known, and the review goes on.
            place = Place(next(iter(self.changed_paths)))
            text = f"the models cannot be compared ({type(error).__name__})"
            return Missing(unread=(Unread("", "", place, text),))

    def model_place(self, app: str) -> Place:
        """Where *app* keeps its models: for what has no line of its own any more."""
        found = next((a for a in self.merged.django.apps if a.name == app), None)
        package = found.package if found is not None else ""
        prefix = f"{package}/" if package else ""
        paths = set(self.merged.tree.paths())
        for path in (f"{prefix}models.py", f"{prefix}models/__init__.py"):
            if path in paths:
                return Place(path)
        return Place(found.directory if found is not None else "", 1, 1)

    def write_missing(self, *, name: str | None = None, answers: Answers | None = None) -> Written:
        """The missing Django migrations as files."""
        gaps = self.missing_django.gaps
        if not gaps:
            return Written()
        asked = name is not None or answers is not None
        version = self.django_version
        key = f"{self._compared}:{version}"
        try:
            written: Written | None = None if asked else self.cache.get(WRITTEN, key)
            if written is None:
                written = write_missing(
                    self._models[1], gaps, name=name, answers=answers, version=version
                )
                if not asked:
                    self.cache.put(WRITTEN, key, written)
            return written
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what Django makes of strange values is not ours
            return Written(problems=(f"{type(error).__name__}: {error}"[:300],))

    @cached_property
    def django_version(self) -> Version | None:
        """The Django that the merged tree asks for; None where it is not certain."""
        return django_version(self.merged.tree, self.config)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The forward changes of migrations that are new in this pull request, in order of application."""
        return self._steps[:CHANGES]

    @cached_property
    def new_tables(self) -> frozenset[str]:
        """The tables that this pull request makes."""
        return frozenset(
            step.change.table
            for step in self.steps
            if step.change.table
            and (
                isinstance(step.change, CreateTable)
                or (isinstance(step.change, RunStatement) and step.change.kind == "creates")
            )
        )

    @cached_property
    def too_many(self) -> Step | None:
        """The first change that is not judged, because there are more than can be."""
        return self._steps[CHANGES] if len(self._steps) > CHANGES else None

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        first = tuple(itertools.islice(self.every_step(), CHANGES + 1))
        return tuple(with_names_kept(tuple(with_easing(first))))

    def every_step(self) -> Iterator[Step]:
        """The same without a bound: for whoever asks about all of a repository of their own."""
        return itertools.chain(self._django_steps(), self._alembic_steps())

    def _django_steps(self) -> Iterator[Step]:
        graph = self.merged.django_graph
        new = frozenset(m.key for m in self._brought(graph))
        # What a squash replaces has run long ago, where the base has it: it changes no table again.
        there = {key for side in (self.base, self.merge_base) for _, key in side.migrations}
        new -= {key for key in new if not there.isdisjoint(graph.migrations[key].replaces)}
        if not new:
            return
        labels = {app.name: app.label for app in self.merged.django.apps}
        plain = all(name == label for name, label in labels.items())
        old = tuple(key for key in graph.order if key not in new)
        goes_on = plain and same_history(self.base.django_graph, graph, old)
        # It asks these facts what has gone; only such a merge asks for it.
        from analyzers.relate.written_anew import written_anew

        ordered = [(graph.migrations[k], labels.get(k.app, k.app)) for k in graph.order]
        for migration, change, before, made, number in play_new_django(
            ordered,
            new,
            self.merged.tree,
            database=self.database,
            user_model=self._models[1].user_model,
            base=self._models[0].state if goes_on else None,
            cache=self.cache,
            django=lambda: self.django_version,
            anew=written_anew(self) if not goes_on else frozenset(),
            stored=self._models[1].stored_as,
        ):
            yield Step(
                migration=replace(migration, atomic=False) if self.online else migration,
                change=online(change, before) if self.online else change,
                table_before=before,
                created_by=made,
                database=self.database,
                operation=number,
                online=self.online,
            )

    @cached_property
    def online(self) -> bool:
        """Whether Django's migrations run on a backend that carries them out online."""
        return self.database == "postgresql" and is_online(self._models[0].engine)

    @cached_property
    def edits(self) -> tuple[Edited, ...]:
        """Committed migrations that the merge changes in meaning, sorted by path."""
        from analyzers.relate.edits import edited

        return tuple(edited(self))

    def _alembic_steps(self) -> Iterator[Step]:
        for graph in self.merged.alembic_graphs:
            new = self._brought(graph)
            if not new:
                continue
            from analyzers.relate.alembic_defaults import models_write
            from analyzers.relate.alembic_steps import play_new

            dialect = self.merged.alembic_dialect(graph)
            for migration, change, before, made in play_new(
                graph, new, self.merged.alembic_bodies, dialect
            ):
                yield Step(
                    migration=migration,
                    change=change,
                    table_before=before,
                    created_by=made,
                    database=dialect,
                    models_write=models_write(self.base, migration, change, dialect),
                )


def changed_paths(before: Tree, after: Tree) -> tuple[str, ...]:
    """Paths that differ between two trees, sorted."""
    old = {path: before.oid(path) for path in before.paths()}
    new = {path: after.oid(path) for path in after.paths()}
    return tuple(sorted(p for p in {*old, *new} if old.get(p) != new.get(p)))
