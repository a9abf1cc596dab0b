"""Which of the base's migrations are gone when the pull request is merged: deleted, moved, replaced."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.frozen import dataclass
from analyzers.relate.edits import led_to_an_end
from analyzers.relate.facts import Facts
from analyzers.vocabulary import Framework, Key, Migration


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A committed migration that the merged tree lacks."""

    before: Migration
    moved_to: Migration | None = None
    """Where the same content stands now, under another name."""
    squash: Key | None = None
    """The migration that replaces it in the merged tree."""
    squash_was_committed: bool = False
    originals_stand: bool = False
    """It is a squash, and all that it replaced is there: databases record those as applied, too."""
    name_stays: bool = False
    """The file moved, and the framework's name for it did not change."""
    led_to_an_end: bool
    """It was on the way to one of several ends of its app, which are one line after the merge."""
    app_gone: bool = False
    """None of the app's migrations is left, nor, for Django, a model of it in its place."""


def gone(facts: Facts) -> Iterator[Gone]:
    """Committed migrations that the merged tree lacks, sorted by path."""
    merged_paths = facts.merged.by_path
    present = {
        (m.framework, facts.label(m.key.app), m.key.name) for m in facts.merged.migrations.values()
    }
    labels = {a.name: a.label for a in facts.base.django.apps}
    # A squash is finished by taking its originals away and, with them, their names out of it.
    squashes = {
        old: m.key
        for key, m in facts.base.migrations.items()
        if key in facts.merged.migrations
        for old in m.replaces
    }
    squashes |= {old: m.key for m in facts.merged.migrations.values() for old in m.replaces}
    for path, before in sorted(facts.base.by_path.items()):
        if path in merged_paths:
            continue
        try:
            facts.comparison.merged.oid(path)
        except KeyError:
            pass
        else:
            # Still a file, no longer a migration that can be read: not gone, not known.
            continue
        label = labels.get(before.key.app, before.key.app)
        stays = (before.framework, label, before.key.name) in present
        twin = facts.twins.get(path)
        squash = squashes.get(before.key) or squashes.get(Key(label, before.key.name))
        yield Gone(
            before=before,
            moved_to=facts.renamed.get(path) or twin,
            squash=squash,
            name_stays=stays or twin is not None,
            squash_was_committed=squash is not None
            and (before.framework, squash) in facts.base.migrations,
            originals_stand=bool(before.replaces)
            and all(
                (before.framework, facts.label(k.app), k.name) in present for k in before.replaces
            ),
            led_to_an_end=led_to_an_end(facts, before),
            app_gone=not any(m.key.app == before.key.app for m in merged_paths.values())
            and not _stays(facts, before),
        )


def _stays(facts: Facts, before: Migration) -> bool:
    """Whether the Django app of *before* is installed after the merge, and a class that was a model stands in its file."""
    if before.framework is not Framework.DJANGO:
        return False
    if not _installed(facts, before.key.app):
        return False
    merged = facts.comparison.merged
    paths = frozenset(merged.paths())
    models = [m for (app, _), m in facts.views[0].models.found.items() if app == before.key.app]
    if not models and facts.views[1].settings.installed is not None:
        # An app that only moves data keeps the package of its migrations for the next ones.
        return f"{before.place.path.rpartition('/')[0]}/__init__.py" in paths
    return any(
        model.path in paths and f"class {model.name}(".encode() in merged.read(model.path)
        for model in models
    )


def given_up(facts: Facts, app: str) -> bool:
    """Whether the settings cease to install the Django *app*, so that none of its files is loaded after the merge."""
    base = facts.views[0]
    package = next((a.package for a in base.reading.apps if a.name == app), "")
    return bool(package) and base.settings.installs(package) and not _installed(facts, app)


def _installed(facts: Facts, app: str) -> bool:
    """Whether the Django *app* of the base may be installed after the merge."""
    package = next((a.package for a in facts.views[0].reading.apps if a.name == app), "")
    return not package or facts.views[1].settings.installs(package)
