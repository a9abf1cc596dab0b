"""
Apps with models and without a package for migrations: nothing ever makes their tables.

Either there is no folder, or it has no ``__init__.py``: Django looks for a package.

``makemigrations`` passes over such an app unless it is named, and ``--check`` is
content with it; the tests pass, since Django makes the tables of such apps for
tests alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from analyzers.frozen import dataclass
from analyzers.read.django.apps import App
from analyzers.read.django.model_class import ModelClass
from analyzers.read.django.models import MODEL_FILES, Models
from analyzers.read.modules import ClassFound
from analyzers.relate.view import View

_TESTS = frozenset({"test", "tests"})
"""Folders of apps that live in tests alone, where Django makes their tables."""


@dataclass(frozen=True, slots=True)
class Unmigrated:
    """An app by its label, and its first model."""

    label: str
    package: str
    """The app's directory."""
    model: ModelClass


def unmigrated(base: View, merged: View, changed: Collection[str]) -> Iterator[Unmigrated]:
    """Apps that were without models, or not installed, before the files *changed* were."""
    if not any(_may_tell(path) for path in changed):
        return
    before, after = base.settings.installed, merged.settings.installed
    if before is None or after is None:
        # What is installed is not certain.
        return
    for entry in sorted(after):
        package = _package(merged, entry)
        if package is None or not _is_new(entry in before, package, changed):
            continue
        if _told_to_have_none(merged, package.rpartition("/")[2]):
            continue
        model = _first_model(merged, package)
        if model is not None and (entry not in before or _first_model(base, package) is None):
            yield Unmigrated(package.rpartition("/")[2], package, model)


def unloaded(base: View, merged: View, changed: Collection[str]) -> Iterator[App]:
    """
    Apps of which Django loads no migration, as the folder with these has no ``__init__.py``.

    The pull request brings the first of them, or takes the file away.
    """
    for app in merged.reading.apps:
        init, inside = f"{app.directory}/__init__.py", f"{app.directory}/"
        if init in merged.project.python or not any(p.startswith(inside) for p in changed):
            continue
        before = any(m.path.startswith(inside) for m in base.reading.migrations)
        if before and init not in base.project.python:
            continue
        if _TESTS.isdisjoint(app.directory.split("/")) and _may_be_installed(merged, app):
            yield app


def _may_be_installed(view: View, app: App) -> bool:
    """Whether *app* is a package of Python's, and nothing says that it is not installed."""
    return f"{app.package}/__init__.py" in view.project.python and view.settings.installs(
        app.package
    )


def _may_tell(path: str) -> bool:
    return path.endswith(".py") and ("settings" in path or MODEL_FILES.search(path) is not None)


def _is_new(known: bool, package: str, changed: Collection[str]) -> bool:
    """Whether the app in *package* may have become one with models."""
    return not known or any(
        path.startswith(f"{package}/") and MODEL_FILES.search(path) for path in changed
    )


def _package(view: View, entry: str) -> str | None:
    """The directory of the app that *entry* installs, where it lies in the tree and has no migrations."""
    parts = entry.split(".")
    if parts[-1][:1].isupper():
        # ``shop.apps.ShopConfig``
        parts = parts[:-2]
    path = view.project.path_of(".".join(parts)) if parts else None
    if path is None or not path.endswith("/__init__.py"):
        return None
    package = path.removesuffix("/__init__.py")
    label = package.rpartition("/")[2]
    if any(app.package == package or app.label == label for app in view.reading.apps):
        return None
    if not _TESTS.isdisjoint(package.split("/")):
        return None
    if any(p.startswith(f"{package}/migrations/") for p in view.project.python):
        # South's, or some that cannot be read.
        return None
    return package


def _told_to_have_none(view: View, label: str) -> bool:
    """Whether settings that say where migrations lie speak of *label*: with None an app has none on purpose."""
    names = (f'"{label}"'.encode(), f"'{label}'".encode())
    for path in sorted(view.project.python):
        if "settings" in path.lower():
            _, found, text = view.tree.read(path).partition(b"MIGRATION_MODULES")
            if found and any(name in text for name in names):
                return True
    return False


def _first_model(view: View, package: str) -> ModelClass | None:
    """A model of the app in *package* that is certain to have a table of its own."""
    label = package.rpartition("/")[2]
    app = App(label=label, name=label, package=package, directory=f"{package}/migrations")
    models = Models(view.project, (app,), languages=view.settings.languages)
    for model in models.found.values():
        told = model.certain and model.managed and not model.proxy and model.app == label
        if told and not _may_be_a_proxy(view, model):
            return model
    return None


def _may_be_a_proxy(view: View, model: ModelClass) -> bool:
    """Whether *model* inherits from one with a table, and what is not read above that may make it a proxy, as ``TypedModel`` does."""
    found = view.project.find_class(model.dotted)
    above = view.project.linear(found)[1:] if found is not None else ()
    tables = {m.dotted for m in view.models.found.values()}
    unread = any(isinstance(one, str) and not one.startswith("builtins.") for one in above)
    return unread and any(isinstance(one, ClassFound) and one.dotted in tables for one in above)
