"""References to migrations of Django apps of which a side took out all of them, or the whole app."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.read.django.settings import Settings
from analyzers.read.modules import Sources
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MissingParent
from analyzers.relate.snapshot import Snapshot
from analyzers.relate.view import View

_ENDS = ("__first__", "__latest__")
_OF_AN_APP = ("models.py", "models/__init__.py", "apps.py")


def left_behind(facts: Facts) -> Iterator[MissingParent]:
    """
    References of the merged tree into apps that another tree has and it has not.

    An app may have become a package of its own: where none of its files is left it is said
    only if the settings can be read, and install neither it nor anything that came in its place.
    """
    graph = facts.merged.django_graph
    have = {m.key.app for m in facts.merged.django.migrations}
    here = {app.label for app in facts.merged.django.apps if app.name in have}
    trees = (facts.base, facts.head, facts.merge_base)
    gone = {app.label for tree in trees for app in tree.django.apps} - here
    for child in sorted(graph.migrations.values(), key=lambda m: m.key) if gone else ():
        references = [("dependencies", key) for key in child.parents]
        references += [("run_before", key) for key in child.run_before]
        for how, parent in references:
            if parent.app not in gone:
                continue
            home = _home(facts, parent.app, parent.name)
            if home is None:
                continue
            if _stays(facts, home, parent.app) or not _may_be_installed(facts, home, parent.app):
                error = (
                    f"ValueError: Dependency on unknown app: {parent.app}"
                    if parent.name in _ENDS
                    else ""
                )
                yield MissingParent(child=child, parent=parent, how=how, error=error)


def _home(facts: Facts, label: str, name: str) -> Snapshot | None:
    """The newest tree in which the app *label* has the migration *name*."""
    for snapshot in (facts.base, facts.head, facts.merge_base):
        apps = {app.name for app in snapshot.django.apps if app.label == label}
        if any(
            m.key.app in apps and (m.key.name == name or name in _ENDS)
            for m in snapshot.django.migrations
        ):
            return snapshot
    return None


def _stays(facts: Facts, home: Snapshot, label: str) -> bool:
    """Whether the app *label* of *home* is there after the merge, without its migrations."""
    paths = frozenset(facts.merged.tree.paths())
    packages = [app.package for app in home.django.apps if app.label == label]
    return any(f"{p}/{name}" in paths for p in packages for name in _OF_AN_APP)


def _may_be_installed(facts: Facts, home: Snapshot, label: str) -> bool:
    """Whether the merged settings may install an app *label*, which *home* has."""
    before, after = _settings(facts, home), _settings(facts, facts.merged)
    if before.installed is None or after.installed is None:
        return True
    packages = [app.package for app in home.django.apps if app.label == label]
    if any(after.installs(package) or not before.installs(package) for package in packages):
        return True
    return any(not _in_the_tree(facts, entry) for entry in after.installed - before.installed)


def _in_the_tree(facts: Facts, entry: str) -> bool:
    """Whether an entry of ``INSTALLED_APPS`` is a package of the merged tree, or a class in one of its modules."""
    parts = entry.split(".")
    module = "/".join(parts[:-1] if parts[-1][:1].isupper() else parts)
    files = f"/{module}.py", f"/{module}/__init__.py"
    return any(f"/{path}".endswith(files) for path in facts.merged.tree.paths())


def _settings(facts: Facts, snapshot: Snapshot) -> Settings:
    if snapshot is facts.base:
        return facts.views[0].settings
    if snapshot is facts.merged:
        return facts.views[1].settings
    s = snapshot
    return View(s.tree, s.django, s.django_graph, facts.config, Sources(), facts.cache).settings
