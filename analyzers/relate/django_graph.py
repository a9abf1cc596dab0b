"""Django's references between migrations, resolved as its loader does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from analyzers.read.django.apps import App, nearest
from analyzers.read.django.migrations import SWAPPABLE
from analyzers.relate.graph import GAP, OUTSIDE, MigrationGraph, Resolved
from analyzers.vocabulary import Framework, Key, Migration


def django_graph(
    apps: Iterable[App], migrations: Iterable[Migration], settings: Mapping[str, str]
) -> MigrationGraph:
    """
    The graph of all apps of a tree.

    *settings* holds what is known of swappable settings, such as
    ``AUTH_USER_MODEL``. References to apps without migrations in the tree lead
    outside: their packages are installed, not reviewed.
    """
    by_label: dict[str, list[App]] = defaultdict(list)
    by_name: dict[str, App] = {}
    for app in apps:
        by_label[app.label].append(app)
        by_name[app.name] = app
    everything = tuple(migrations)
    names: dict[str, set[str]] = defaultdict(set)
    for migration in everything:
        names[migration.key.app].add(migration.key.name)
    everything = tuple(_with_own_names(m, by_name) for m in everything)

    def resolve(child: Migration, key: Key) -> Resolved:
        label, name = key
        if label.startswith(SWAPPABLE):
            label = settings.get(label.removeprefix(SWAPPABLE), "").partition(".")[0]
        if label in by_name and label not in by_label:
            app: App | None = by_name[label]
        else:
            app = nearest(by_label, label, by_name[child.key.app].directory)
        if app is None:
            return OUTSIDE
        if name in names[app.name]:
            return Resolved(key=Key(app.name, name))
        if name in ("__first__", "__latest__"):
            if app.name == child.key.app:
                return OUTSIDE
            ends = _ends(graph, app.name, first=name == "__first__")
            return Resolved(key=ends) if ends else OUTSIDE
        if len(by_label.get(label, ())) > 1:
            # Several projects use this label: a project that is not meant may lack it.
            for other in by_label[label]:
                if name in names[other.name]:
                    return Resolved(key=Key(other.name, name))
        return GAP

    graph = MigrationGraph(Framework.DJANGO, everything, resolve)
    return graph


def _ends(graph: MigrationGraph, app: str, *, first: bool) -> Key | None:
    """The first root (or a last leaf) of *app*, judged by references within the app alone."""
    own = [m for k, m in graph.migrations.items() if k.app == app and k not in graph.squashes]
    if first:
        roots = sorted(m.key for m in own if not any(p.app == app for p in m.parents))
        return roots[0] if roots else None
    referred = {p for m in own for p in m.parents}
    leaves = sorted(m.key for m in own if m.key not in referred)
    return leaves[-1] if leaves else None


def _with_own_names(migration: Migration, by_name: Mapping[str, App]) -> Migration:
    """References that speak of the app by its label, where its name here is another one."""
    app = by_name[migration.key.app]
    if app.name == app.label or not migration.replaces:
        return migration
    from dataclasses import replace

    return replace(
        migration,
        replaces=tuple(
            Key(app.name, key.name) if key.app == app.label else key for key in migration.replaces
        ),
    )
