"""What becomes of the base's migrations when the pull request is merged: edited, gone, moved, replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.read.django.migrations import Content
from analyzers.relate.facts import Facts
from analyzers.relate.meaning import database_meaning, meaning
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Key, Migration


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A committed migration with another meaning."""

    before: Migration
    after: Migration
    parts: tuple[str, ...]
    """What differs: ``dependencies``, ``operations``, ``code``, a helper's path ..."""
    state_only: bool
    """Nothing of it reaches the database."""
    helper: str | None = None
    """The file in which the code that it runs was changed, where it is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A committed migration that the merged tree lacks."""

    before: Migration
    moved_to: Migration | None = None
    """Where the same content stands now, under another name."""
    squash: Key | None = None
    """The migration that replaces it in the merged tree."""
    squash_was_committed: bool = False
    name_stays: bool = False
    """The file moved, and the framework's name for it did not change."""
    app_gone: bool = False
    """None of the app's migrations is left."""


def edited(facts: Facts) -> Iterator[Edited]:
    """Committed migrations that the merge changes in meaning, sorted by path."""
    base, merged = facts.comparison.base, facts.comparison.merged
    changed = set(facts.changed_paths)
    for path in sorted(changed & facts.base.by_path.keys() & facts.merged.by_path.keys()):
        before, after = facts.base.by_path[path], facts.merged.by_path[path]
        if before.framework is Framework.ALEMBIC and before.meaning == after.meaning:
            continue
        found = _difference(base, merged, path)
        if found is not None:
            parts, state_only = found
            yield Edited(before=before, after=after, parts=parts, state_only=state_only)
    yield from _helpers(facts, changed)


def _difference(base: Tree, merged: Tree, path: str) -> tuple[tuple[str, ...], bool] | None:
    old, new = base.read(path), merged.read(path)
    one, two = meaning(old), meaning(new)
    if one is None or two is None or one == two:
        return None
    parts = tuple(sorted(k for k in {*one, *two} if one.get(k) != two.get(k)))
    state = "dependencies" not in parts and database_meaning(old) == database_meaning(new)
    if parts == ("imports",):
        # The names stayed and come from elsewhere: what they stand for cannot be told.
        state = True
    return parts, state


def _helpers(facts: Facts, changed: set[str]) -> Iterator[Edited]:
    """Migrations whose file stayed and whose imported code, next to the migrations, changed."""
    python = {p for p in changed if p.endswith(".py") and "migration" in p.lower()}
    helpers = {p for p in python if p not in facts.base.by_path and p not in facts.merged.by_path}
    if not helpers:
        return
    by_module = {
        p.removesuffix(".py").removesuffix("/__init__").replace("/", "."): p for p in helpers
    }
    for path, before in sorted(facts.base.by_path.items()):
        if path in changed or path not in facts.merged.by_path:
            continue
        content = before.content
        if before.framework is not Framework.DJANGO or not isinstance(content, Content):
            continue
        for name in content.functions:
            helper = _helper_of(name, by_module)
            if helper is None or not _both(facts, helper):
                continue
            found = _difference(facts.comparison.base, facts.comparison.merged, helper)
            if found is not None:
                yield Edited(
                    before=before,
                    after=facts.merged.by_path[path],
                    parts=("code",),
                    state_only=False,
                    helper=helper,
                )
                break


def _both(facts: Facts, path: str) -> bool:
    try:
        facts.comparison.base.oid(path)
        facts.comparison.merged.oid(path)
    except KeyError:
        return False
    return True


def _helper_of(name: str, by_module: dict[str, str]) -> str | None:
    for module, path in by_module.items():
        if name == module or name.startswith(f"{module}."):
            return path
        if module.endswith((f".{name}", f".{name.rpartition('.')[0]}")):
            return path
    return None


def gone(facts: Facts) -> Iterator[Gone]:
    """Committed migrations that the merged tree lacks, sorted by path."""
    merged_paths = facts.merged.by_path
    present = {
        (m.framework, facts.label(m.key.app), m.key.name) for m in facts.merged.migrations.values()
    }
    labels = {a.name: a.label for a in facts.base.django.apps}
    added = [m for p, m in merged_paths.items() if p not in facts.base.by_path]
    meanings: dict[str, dict[str, str] | None] = {}
    squashes = {old: m.key for m in facts.merged.migrations.values() for old in m.replaces}
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
        squash = squashes.get(before.key) or squashes.get(Key(label, before.key.name))
        yield Gone(
            before=before,
            moved_to=_moved(facts, before, added, meanings),
            squash=squash,
            name_stays=stays,
            squash_was_committed=squash is not None
            and (before.framework, squash) in facts.base.migrations,
            app_gone=not any(m.key.app == before.key.app for m in merged_paths.values()),
        )


def _moved(
    facts: Facts,
    before: Migration,
    added: list[Migration],
    meanings: dict[str, dict[str, str] | None],
) -> Migration | None:
    """An added migration that does what *before* did; its parents may differ, as they do after a rename."""
    old = facts.comparison.base.read(before.path)
    parts = meaning(old)
    if parts is None:
        return None
    here = before.path.rpartition("/")[0]
    name = before.path.rpartition("/")[2]
    for candidate in sorted(added, key=lambda m: (m.path.rpartition("/")[0] != here, m.path)):
        directory, _, other_name = candidate.path.rpartition("/")
        if candidate.framework is not before.framework or any(
            old.name == before.key.name for old in candidate.replaces
        ):
            continue
        if directory != here and other_name != name:
            # Two apps often have the same small migration; only a moved file keeps its name.
            continue
        if candidate.path not in meanings:
            meanings[candidate.path] = meaning(facts.comparison.merged.read(candidate.path))
        other = meanings[candidate.path]
        if other is not None and _alike(parts, other):
            return candidate
    return None


def _alike(one: dict[str, str], two: dict[str, str]) -> bool:
    """Equal operations and code, and at least some of them."""
    own = {"dependencies", "imports", "revision", "down_revision", "replaces", "initial"}
    names = {*one, *two} - own
    return all(one.get(n) == two.get(n) for n in names) and (
        "operations" in one or "upgrade" in one or len(names) > 1
    )
