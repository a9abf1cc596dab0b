"""
A migration names a parent that does not exist, or lacks one that it needs.

## What it finds

A `dependencies` or `run_before` entry (Alembic: `down_revision` or
`depends_on`) that, after the merge, leads to no migration: the parent was
deleted, renamed or squashed away, was never committed, or is misspelt.
References to apps of installed packages are not judged, nor migrations that
stay behind of an app that the pull request takes out of `INSTALLED_APPS`. A reference into an app
that went with all its files is told where the settings can be read and install nothing in its place.

Django: a new migration with a `RunPython` whose function asks for a model of another app of the
repository (`apps.get_model("billing", "Invoice")`), where no migration of that app comes before it by
its dependencies: a warning where `migrate` happens to come to the other app first.

Django, too: a new migration that renames or deletes a model to which a migration of another app points that
`migrate` comes to later, where nothing lets the one wait for the other.

Alembic: a new revision that works on a table, or refers to one, which another new revision makes,
where neither of the two lines waits for the other.

## Why it hurts

Nothing loads: Django stops with `NodeNotFoundError`, Alembic with `KeyError`,
at every command, also those that have nothing to do with this app. Of two lines that do not wait for
one another Alembic may run either first: the one that finds no table stops. So does code that asks
for a model of an app that is not there yet: `LookupError: No installed app with label 'billing'`.

## What to do

Point to the migration that took the parent's place, or bring the parent back
where a database has applied it. A revision of another line is waited for by `depends_on`, the migration
of another app by a line in `dependencies`.

## Example

```python
# bad: 0030_order_total was renamed to 0030_total on the base
dependencies = [("orders", "0030_order_total")]

# good
dependencies = [("orders", "0030_total")]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.findings import Finding, Related, Severity
from analyzers.relate.alembic_early import Early, too_early
from analyzers.relate.deletions import given_up
from analyzers.relate.django_early import Asked, asked_too_early
from analyzers.relate.django_gone_early import GoneEarly, gone_early
from analyzers.relate.facts import Facts
from analyzers.relate.gone_apps import left_behind
from analyzers.relate.graph import MigrationGraph, MissingParent
from analyzers.relate.reparent import reparent
from analyzers.relate.snapshot import counterpart
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework, Key, Place

_DEPENDS_ON = re.compile(r"depends_on\b\s*[:=]")
rule = Rule(__name__, Severity.ERROR, judges_merged=True)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for graph in facts.merged.graphs:
        gone = left_behind(facts) if graph.framework is Framework.DJANGO else ()
        for gap in (*graph.missing, *gone):
            if graph.framework is Framework.ALEMBIC and gap.child.key.app in graph.uncertain:
                # The parent may be the revision whose file could not be read.
                continue
            if graph.framework is Framework.DJANGO and given_up(facts, gap.child.key.app):
                continue
            yield _finding(facts, graph, gap)
        if graph.framework is Framework.ALEMBIC and not graph.missing and not graph.cycles:
            for early in too_early(facts, graph):
                yield _behind(early)
        if graph.framework is Framework.DJANGO:
            yield from (_asks(facts, asked) for asked in asked_too_early(facts))
            yield from (_ends(facts, early) for early in gone_early(facts))


def _behind(early: Early) -> Finding:
    """The finding on a revision that nothing lets wait for the one that makes its table."""
    name, maker = early.revision.key.name, early.maker.key.name
    return Finding(
        rule=rule.name,
        framework=Framework.ALEMBIC,
        place=early.change.place,
        app=early.revision.key.app,
        migration=name,
        table=early.table,
        identity=(maker, early.table),
        message=f"{name} needs the table `{early.table}`, which {maker} makes, and does not wait for that.",
        why=(
            "The two stand in different lines, of which Alembic may run either first. Where it is this one, "
            "`upgrade` stops: the table is not there."
        ),
        remedy=f'Say `depends_on = ("{maker}",)` in {name}, or let it continue the line of {maker}.',
        related=(
            Related(app=early.maker.key.app, migration=maker, place=early.maker.place, side="head"),
        ),
    )


def _asks(facts: Facts, early: Asked) -> Finding:
    """The finding on code that asks for models of an app that nothing lets it wait for."""
    name, label = early.migration.key.name, early.label
    error = f"LookupError: No installed app with label '{label}'"
    own = facts.label(early.migration.key.app)
    entry = f'("{label}", "{early.leaf.name}")' if early.leaf is not None else ""
    return Finding(
        rule=rule.name,
        severity=None if early.first else Severity.WARNING,
        framework=Framework.DJANGO,
        place=early.place,
        app=early.migration.key.app,
        migration=name,
        identity=(label,),
        message=f"{name} asks for a model of {label}, and waits for no migration of that app.",
        why=f"On an empty database, as test runs make one, migrate comes to it first and stops: {error}."
        if early.first
        else f"Where {own} alone is migrated on an empty database, it stops: {error}. A whole migrate goes well as long as {label} happens to come first.",
        remedy=f"Add {entry} to its `dependencies`, or an earlier one that has the model."
        if entry
        else f"Let it wait for the migration of {label} that makes the model; what waits for it must come after both.",
    )


def _ends(facts: Facts, early: GoneEarly) -> Finding:
    """The finding on a model that is renamed or deleted before another app's migration points to it."""
    name, key = early.migration.key.name, early.pointing.key
    pointing = f"{facts.label(key.app)}.{key.name}"
    waited = (
        f'Add ("{facts.label(key.app)}", "{key.name}") to its `dependencies`, as makemigrations does.'
        if early.does == "renames"
        else f"Let it wait for the migration of {facts.label(key.app)} that no longer points to the model: add that to its `dependencies`."
    )
    return Finding(
        rule=rule.name,
        framework=Framework.DJANGO,
        place=early.migration.parents_place or early.migration.place,
        app=early.migration.key.app,
        migration=name,
        model=early.model,
        identity=(early.does, early.model),
        message=f"{name} {early.does} {early.model}, to which {pointing} points, and does not wait for that.",
        why=(
            f"On an empty database, as test runs make one, migrate comes to {name} first; {pointing} then stops:"
            f" ValueError: Related model '{early.model.lower()}' cannot be resolved"
        ),
        remedy=waited,
        related=(
            Related(app=key.app, migration=key.name, place=early.pointing.place, side="head"),
        ),
    )


def _finding(facts: Facts, graph: MigrationGraph, gap: MissingParent) -> Finding:
    child, parent = gap.child, gap.parent
    django = graph.framework is Framework.DJANGO
    label = facts.label(child.key.app)
    said = gap.error or (
        f"NodeNotFoundError: Migration {label}.{child.key.name} dependencies reference nonexistent"
        f" parent node ('{parent.app}', '{parent.name}')"
        if django
        else f"KeyError: '{parent.name}'"
    )
    origin = _origin(facts, graph, parent)
    meant = _file_name(graph, parent)
    outside = meant is None and not origin[0] and _in_packages(facts, graph, gap)
    edit = None
    if meant is not None:
        remedy = f"Write the revision's id, {meant.name}: {parent.name} is the name of its file."
        origin = ("", remedy, ())
        edit = reparent(facts.merged.tree, child, onto=meant, app_label=label)
    named = f"{parent.app}.{parent.name}" if django else parent.name
    if outside:
        origin = (
            " in the repository",
            "See that a package that is required has it, or name a revision that exists.",
            (),
        )
    return Finding(
        rule=rule.name,
        severity=Severity.WARNING if outside else None,
        framework=graph.framework,
        place=_place(facts, gap),
        app=child.key.app,
        migration=child.key.name,
        identity=(parent.app, parent.name),
        message=f"{child.key.name} comes after {named}, which does not exist{origin[0]}.",
        why=(
            "The project has revisions that stand in packages. Where none of these has this one,"
            f" every command that loads the revisions stops with: {said}"
            if outside
            else f"Every command that loads the migrations stops with: {said}"
        ),
        remedy=origin[1],
        related=origin[2],
        suggestion=edit,
    )


def _in_packages(facts: Facts, graph: MigrationGraph, gap: MissingParent) -> bool:
    """
    Whether a package may bring the revision that *gap* lacks.

    The base waits for some that are not in the repository, or the program tells
    Alembic of directories as it runs.
    """
    if graph.framework is not Framework.ALEMBIC or gap.how != "depends_on":
        return False
    base = counterpart(facts.base, graph)
    if base is not None and any(other.how == gap.how for other in base.missing):
        return True
    # Loaded here: most projects lack none.
    from analyzers.read.alembic.model_files import finds_locations
    from analyzers.relate.alembic_compared import outside

    merged = facts.merged
    return finds_locations(merged.tree, merged.cache, outside(merged))


def _place(facts: Facts, gap: MissingParent) -> Place:
    """The line that names the parent."""
    child = gap.child
    if gap.how == "depends_on" and child.framework is Framework.ALEMBIC:
        text = facts.merged.tree.read(child.path).decode(errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if _DEPENDS_ON.match(line):
                return Place(child.path, number, number)
    return child.parents_place or child.place


def _file_name(graph: MigrationGraph, parent: Key) -> Key | None:
    """The revision whose file's name was written in place of its id."""
    if graph.framework is not Framework.ALEMBIC:
        return None
    wanted = parent.name.removesuffix(".py")
    for key, migration in sorted(graph.migrations.items()):
        stem = migration.path.rpartition("/")[2].removesuffix(".py")
        if wanted == stem or wanted.startswith(f"{key.name}_"):
            return key
    return None


def _origin(
    facts: Facts, graph: MigrationGraph, parent: Key
) -> tuple[str, str, tuple[Related, ...]]:
    """Who had it, in words; what to do; and where it stood."""
    for side, snapshot, words in (
        (
            "base",
            facts.base,
            "once this is merged: it stands on the base, and this pull request removes it",
        ),
        (
            "merge base",
            facts.merge_base,
            "any more: the base removed or renamed it since this branch began",
        ),
        (
            "head",
            facts.head,
            "once this is merged: this pull request has it, and the merge removes it",
        ),
    ):
        migration = next(
            (
                m
                for g in snapshot.graphs
                if g.framework is graph.framework
                for m in g.migrations.values()
                if m.key.name == parent.name and parent.app in (m.key.app, facts.label(m.key.app))
            ),
            None,
        )
        if migration is not None and facts.merged is not facts.base:
            related = Related(
                app=parent.app, migration=parent.name, place=migration.place, side=side
            )
            remedy = (
                f"Keep {migration.path}, or let the migrations that name it point to what replaces it."
                if side == "base"
                else "Merge the base into this branch, and name the migration that took its place."
            )
            return f" {words}", remedy, (related,)
    same = [
        key.name
        for key in graph.migrations
        if parent.name[:5] == key.name[:5] and key.app == parent.app
    ]
    hint = f" Did you mean {same[0]}?" if len(same) == 1 else ""
    return "", f"Name a migration that exists, or commit the missing file.{hint}", ()
