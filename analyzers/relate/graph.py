"""
The migrations of one tree as a graph: parents, leaf nodes, roots, cycles, squashes.

Built whole, then only asked. The same for Django (one graph for all apps;
nodes are app and name) and Alembic (one graph for each root; version location
and revision id).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from analyzers.frozen import dataclass
from analyzers.vocabulary import Framework, Key, Migration


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingParent:
    """A reference from *child* to a migration that is not there."""

    child: Migration
    parent: Key
    how: str
    """``dependencies``, ``run_before``, ``down_revision`` or ``depends_on``."""
    error: str = ""
    """What the framework itself would say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a reference stands for: a key, nothing to follow (``outside``), or a gap."""

    key: Key | None = None
    missing: bool = False


OUTSIDE = Resolved()
GAP = Resolved(missing=True)

Resolver = Callable[[Migration, Key], Resolved]


class MigrationGraph:
    """
    The migrations of one framework (Alembic: of one root) in one tree.

    Replaced migrations are no nodes: their edges belong to the squash, as in
    ``MigrationLoader.build_graph`` on a database with nothing applied.
    """

    def __init__(
        self,
        framework: Framework,
        migrations: Iterable[Migration],
        resolve: Resolver | None = None,
        *,
        location: str | None = None,
        duplicates: Iterable[tuple[Migration, Migration]] = (),
        uncertain: Iterable[str] = (),
    ) -> None:
        """
        *location* is the directory of an Alembic root; *duplicates* are pairs with one key;
        *uncertain* names apps with files that are no nodes because they could not be read.
        """
        self._uncertain = frozenset(uncertain)
        self.framework = framework
        self.location = location
        self.migrations: dict[Key, Migration] = {m.key: m for m in migrations}
        self.duplicates = tuple(duplicates)
        self._resolve = resolve or self._by_key

    def _by_key(self, child: Migration, key: Key) -> Resolved:
        del child
        return Resolved(key=key) if key in self.migrations else GAP

    @cached_property
    def squashes(self) -> dict[Key, Key]:
        """What each replaced migration is replaced by (the outermost squash)."""
        direct = {
            old: migration.key
            for migration in self.migrations.values()
            for old in migration.replaces
            if old != migration.key
        }
        found: dict[Key, Key] = {}
        for old in direct:
            new, seen = direct[old], {old}
            while new in direct and new not in seen:
                seen.add(new)
                new = direct[new]
            found[old] = new
        return found

    @cached_property
    def _edges(
        self,
    ) -> tuple[dict[Key, tuple[Key, ...]], tuple[MissingParent, ...], dict[Key, Key]]:
        parents: dict[Key, dict[Key, None]] = {
            key: {} for key in self.migrations if key not in self.squashes
        }
        gaps: list[MissingParent] = []
        taken: dict[Key, Key] = {}
        for migration in self.migrations.values():
            replaced = migration.key in self.squashes
            child = self.squashes.get(migration.key, migration.key)
            references = [("dependencies", key) for key in migration.parents]
            if self.framework is Framework.ALEMBIC:
                references = [("down_revision", key) for key in migration.parents]
            references += [("depends_on", key) for key in migration.depends_on]
            for how, written in references:
                target = self._target(migration, written)
                if target.missing:
                    # Alembic looks ids up in a plain dictionary, and its KeyError is all it says.
                    error = f"KeyError: {written.name!r}" if how != "dependencies" else ""
                    gap = MissingParent(child=migration, parent=written, how=how, error=error)
                    gaps.append(gap)
                elif replaced and target.key == child == written:
                    # Its edges become the squash's, and this one is to the squash itself.
                    taken[child] = migration.key
                elif target.key is not None and target.key != child and child in parents:
                    if replaced and self.squashes.get(written) == child:
                        continue
                    parents[child][target.key] = None
            for written in migration.run_before:
                target = self._target(migration, written)
                if target.missing:
                    gaps.append(MissingParent(child=migration, parent=written, how="run_before"))
                elif target.key is not None and target.key in parents and target.key != child:
                    parents[target.key][child] = None
        return {k: tuple(v) for k, v in parents.items()}, tuple(gaps), taken

    def _target(self, child: Migration, written: Key) -> Resolved:
        """*written* resolved, and a replaced migration's name followed to its squash."""
        if written in self.squashes:
            return Resolved(key=self.squashes[written])
        found = self._resolve(child, written)
        if found.key is not None and found.key in self.squashes:
            return Resolved(key=self.squashes[found.key])
        return found

    def torn_since(self, before: MigrationGraph | None) -> frozenset[str]:
        """The apps of which a migration has a parent that is not there and that *before* did not miss."""
        known = {(gap.child.key, gap.parent) for gap in before.missing} if before else set()
        return frozenset(
            gap.child.key.app for gap in self.missing if (gap.child.key, gap.parent) not in known
        )

    @property
    def parents(self) -> Mapping[Key, tuple[Key, ...]]:
        """Parents of each node, replaced ones apart."""
        return self._edges[0]

    @property
    def missing(self) -> tuple[MissingParent, ...]:
        """References that lead nowhere."""
        return self._edges[1]

    @property
    def taken(self) -> Mapping[Key, Key]:
        """Squashes -> a migration that comes after it under the name of one that it replaces."""
        return self._edges[2]

    @cached_property
    def children(self) -> Mapping[Key, tuple[Key, ...]]:
        """Nodes that have each node as a parent."""
        found: dict[Key, list[Key]] = {key: [] for key in self.parents}
        for child, parents in self.parents.items():
            for parent in parents:
                if parent in found:
                    found[parent].append(child)
        return {key: tuple(sorted(children)) for key, children in found.items()}

    @cached_property
    def apps(self) -> tuple[str, ...]:
        """App labels (Alembic: the location's name), sorted."""
        return tuple(sorted({key.app for key in self.migrations}))

    @cached_property
    def uncertain(self) -> frozenset[str]:
        """Apps with a file that could not be read: what ends or begins them is not known."""
        unreadable = (m.key.app for m in self.migrations.values() if not m.readable)
        return self._uncertain.union(unreadable)

    @cached_property
    def _by_app(self) -> Mapping[str, tuple[Key, ...]]:
        found: dict[str, list[Key]] = defaultdict(list)
        for key in self.parents:
            found[key.app].append(key)
        return {app: tuple(sorted(keys)) for app, keys in found.items()}

    def nodes(self, app: str) -> tuple[Key, ...]:
        """The nodes of *app*, sorted."""
        return self._by_app.get(app, ())

    def leaf_nodes(self, app: str) -> tuple[Key, ...]:
        """
        The nodes of *app* that no other node of *app* has as a parent, sorted.

        Children in other apps do not count
        (``django.db.migrations.graph.MigrationGraph.leaf_nodes``); for Alembic
        these are the heads.
        """
        return self._leaves.get(app, ())

    @cached_property
    def _leaves(self) -> Mapping[str, tuple[Key, ...]]:
        return {
            app: tuple(key for key in keys if not any(c.app == app for c in self._line(key)))
            for app, keys in self._by_app.items()
        }

    def _line(self, key: Key) -> tuple[Key, ...]:
        if self.framework is Framework.DJANGO:
            return self.children[key]
        # Alembic's ``depends_on`` makes no descendant: the head stays a head.
        return tuple(child for child in self.children[key] if key in self.migrations[child].parents)

    def root_nodes(self, app: str) -> tuple[Key, ...]:
        """The nodes of *app* without a parent in *app* (Alembic: that name none), sorted."""
        if self.framework is Framework.ALEMBIC:
            return tuple(key for key in self.nodes(app) if not self.migrations[key].parents)
        return tuple(
            key
            for key in self.nodes(app)
            if not any(parent.app == app for parent in self.parents[key])
        )

    def ancestors(self, *keys: Key) -> frozenset[Key]:
        """All nodes that come before *keys*, these included."""
        return self._reached(self.parents, keys)

    def lineage(self, *keys: Key) -> frozenset[Key]:
        """*keys* and all that they continue: what Alembic's ``depends_on`` only waits for is no part of it."""
        return self._reached(self.continued, keys)

    def labels(self, leaf: Key) -> tuple[str, ...]:
        """The branch labels of the line that *leaf* ends, sorted."""
        if leaf not in self._labels:
            line = (self.migrations[key] for key in self.lineage(leaf))
            found = {label for migration in line for label in migration.branch_labels}
            self._labels[leaf] = tuple(sorted(found))
        return self._labels[leaf]

    @cached_property
    def _labels(self) -> dict[Key, tuple[str, ...]]:
        """Those that were asked for: each head is asked for beside each other one."""
        return {}

    @cached_property
    def continued(self) -> Mapping[Key, tuple[Key, ...]]:
        """The parents of each node without those that it only waits for."""
        if self.framework is Framework.DJANGO:
            return self.parents
        return {
            key: tuple(parent for parent in parents if parent in self.migrations[key].parents)
            for key, parents in self.parents.items()
        }

    def descendants(self, *keys: Key) -> frozenset[Key]:
        """All nodes that come after *keys*, these included."""
        return self._reached(self.children, keys)

    def _reached(
        self, neighbours: Mapping[Key, tuple[Key, ...]], keys: tuple[Key, ...]
    ) -> frozenset[Key]:
        seen: set[Key] = set()
        todo = [self.squashes.get(key, key) for key in keys]
        while todo:
            key = todo.pop()
            if key in seen or key not in self.parents:
                continue
            seen.add(key)
            todo.extend(neighbours[key])
        return frozenset(seen)

    @cached_property
    def order(self) -> tuple[Key, ...]:
        """
        All nodes, parents first, in the order in which ``migrate`` plays them.

        Where both sides of a merge alter one thing, the later one wins, so the
        order is Django's own (``MigrationGraph.iterative_dfs`` from each leaf
        node); nodes in a cycle are in no certain order.
        """
        done: dict[Key, None] = {}
        opened: set[Key] = set()
        leaves = [
            k for k in sorted(self.parents) if not any(c.app == k.app for c in self.children[k])
        ]
        if self.framework is Framework.ALEMBIC and self.missing:
            # What continues a revision of another package comes after what begins here.
            torn = {gap.child.key for gap in self.missing if gap.how == "down_revision"}
            behind = self.descendants(*torn)
            leaves.sort(key=lambda leaf: leaf in behind)
        for leaf in (*leaves, *sorted(self.parents)):
            todo = [(leaf, False)]
            while todo:
                key, ready = todo.pop()
                if ready:
                    done[key] = None
                elif key not in opened:
                    opened.add(key)
                    todo.append((key, True))
                    todo.extend((p, False) for p in sorted(self.parents[key]) if p in self.parents)
        return tuple(done)

    @cached_property
    def position(self) -> Mapping[Key, int]:
        """Where each node stands in ``order``."""
        return {key: number for number, key in enumerate(self.order)}

    @cached_property
    def cycles(self) -> tuple[tuple[Key, ...], ...]:
        """Groups of nodes that come before themselves, each sorted."""
        groups = [tuple(sorted(group)) for group in _components(self.parents) if len(group) > 1]
        return tuple(
            sorted(
                [
                    *groups,
                    *(
                        (key,)
                        for key in self.parents
                        if key in self.taken or self.names_itself(key)
                    ),
                ]
            )
        )

    def names_itself(self, key: Key) -> bool:
        """Whether a node is its own parent, as a renumbering by hand can make it."""
        own = self.migrations[key]
        return any(
            written.name == key.name and self._resolve(own, written).key == key
            for written in (*own.parents, *own.depends_on, *own.run_before)
        )


def _components(parents: Mapping[Key, tuple[Key, ...]]) -> list[list[Key]]:
    """Strongly connected components (Tarjan), without recursion: a chain may be longer than the stack."""
    index: dict[Key, int] = {}
    low: dict[Key, int] = {}
    on_stack: set[Key] = set()
    stack: list[Key] = []
    found: list[list[Key]] = []
    for start in sorted(parents):
        if start in index:
            continue
        work: list[tuple[Key, int]] = [(start, 0)]
        while work:
            node, at = work.pop()
            if at == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            following = [p for p in parents[node] if p in parents]
            descended = False
            for position in range(at, len(following)):
                parent = following[position]
                if parent not in index:
                    work.append((node, position + 1))
                    work.append((parent, 0))
                    descended = True
                    break
                if parent in on_stack:
                    low[node] = min(low[node], index[parent])
            if descended:
                continue
            if low[node] == index[node]:
                group: list[Key] = []
                while True:
                    member = stack.pop()
                    on_stack.discard(member)
                    group.append(member)
                    if member == node:
                        break
                found.append(group)
            if work:
                above = work[-1][0]
                low[above] = min(low[above], low[node])
    return found
