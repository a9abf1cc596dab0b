"""
An app has two leaf nodes (Alembic: two heads).

## What it finds

After the merge an app would have more than one leaf node: a migration of this
pull request and one that is on the base (or a second one of this pull request)
have the same parent, or lines of descent that never meet.

## Why it hurts

`migrate`, `makemigrations` and every test run stop with *Conflicting migrations
detected; multiple leaf nodes in the migration graph* (Alembic: *Multiple head
revisions are present*). Git sees nothing: the two files have different names.

## What to do

Move the side that is **not** on the base: give its first migration the base's
leaf as parent, and the next free number. What is on the base may have been
applied and must stay as it is. Where a team prefers it, add a merge migration
that depends on both. Whoever applied the old version locally rolls it back first.

## Example

```python
# bad: orders/0031_order_tax stands on the base already
class Migration(migrations.Migration):  # orders/0031_order_note
    dependencies = [("orders", "0030_order_total")]

# good
class Migration(migrations.Migration):  # orders/0032_order_note
    dependencies = [("orders", "0031_order_tax")]
```
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from shlex import quote

from analyzers.findings import Finding, NewFile, Related, Severity, Suggestion
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.reparent import chain_start, merge_migration, reparent
from analyzers.relate.snapshot import counterpart
from analyzers.rules._back import django_back
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework, Key

rule = Rule(__name__, Severity.ERROR, judges_merged=True)

_NAMED = 20
"""Leaves that each finding names, and up to which each has the file that joins all of them; more have it once."""


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for graph in facts.merged.graphs:
        base = counterpart(facts.base, graph)
        for app in graph.apps:
            if app in graph.uncertain:
                continue
            for together in _lines(graph, app):
                # What stands apart by its labels is no fork of the base either.
                groups = (
                    _as_the_base_has_them(graph, base, app, group)
                    for group in _groups(graph, together)
                )
                yield from _conflicts(facts, graph, base, app, tuple(groups))


def _as_the_base_has_them(
    graph: MigrationGraph, base: MigrationGraph | None, app: str, leaves: tuple[Key, ...]
) -> tuple[Key, ...]:
    """Where the base is forked already, a line that was only continued is still the base's line."""
    standing = base.leaf_nodes(app) if base is not None else ()
    if base is not None and graph.framework is Framework.ALEMBIC and leaves:
        labels = graph.labels(leaves[0])
        standing = tuple(old for old in standing if base.labels(old) == labels)
    if base is None or len(standing) < 2:
        return leaves
    # A line that lost its end, or got another one in its place, forks nothing anew.
    gone = [base.ancestors(old) for old in standing if old not in graph.migrations]
    if gone and len(leaves) <= len(standing):
        known = frozenset(base.migrations)
        leaves = tuple(
            leaf
            for leaf in leaves
            if leaf in standing
            or not any(leaf in line or graph.ancestors(leaf) & known <= line for line in gone)
        )
    lines = ((leaf, graph.lineage(leaf)) for leaf in leaves)
    continued = {leaf: [old for old in standing if old in line] for leaf, line in lines}
    times = Counter(old for olds in continued.values() for old in olds)
    found: set[Key] = set()
    for leaf, olds in continued.items():
        # Continued twice, a line is forked anew.
        alone = olds and all(times[old] == 1 for old in olds)
        found.update(olds if alone else (leaf,))
    return tuple(sorted(found)) if len(leaves) > 1 else leaves


def _lines(graph: MigrationGraph, app: str) -> tuple[tuple[Key, ...], ...]:
    """
    The leaves of *app*, apart where it is not known that they belong together.

    A line whose parent is missing begins anywhere, perhaps behind another leaf:
    ``missing-parent`` says what is wrong. Within the line two ends are two ends.
    """
    # What waits for itself has a child: nothing can be loaded, and that is said of it.
    leaves = tuple(leaf for leaf in graph.leaf_nodes(app) if not graph.names_itself(leaf))
    for key in sorted(k for k, m in graph.migrations.items() if not m.parents_known):
        if key.app == app:
            # It may come after anything, or stand for it, but for what comes after itself.
            later = graph.descendants(key) - {graph.squashes.get(key, key)}
            leaves = tuple(leaf for leaf in leaves if leaf in later)
    loose = {graph.squashes.get(gap.child.key, gap.child.key) for gap in graph.missing}
    lines: list[tuple[Key, ...]] = []
    floating: set[Key] = set()
    for start in sorted(loose):
        if start.app != app or start in floating:
            continue
        after = _after(graph, start)
        lines.append(tuple(leaf for leaf in leaves if leaf in after and leaf not in floating))
        floating |= after
    return (tuple(leaf for leaf in leaves if leaf not in floating), *lines)


def _after(graph: MigrationGraph, start: Key) -> frozenset[Key]:
    """*start* and what comes after it within its app."""
    todo, seen = [start], set[Key]()
    while todo:
        key = todo.pop()
        if key not in seen and key in graph.children:
            seen.add(key)
            todo.extend(child for child in graph.children[key] if child.app == key.app)
    return frozenset(seen)


def _groups(graph: MigrationGraph, leaves: tuple[Key, ...]) -> tuple[tuple[Key, ...], ...]:
    """Leaves that conflict with each other: Alembic's branch labels keep heads apart on purpose."""
    if graph.framework is Framework.DJANGO:
        return (leaves,)
    by_label: dict[tuple[str, ...], list[Key]] = {}
    for leaf in leaves:
        by_label.setdefault(graph.labels(leaf), []).append(leaf)
    return tuple(tuple(group) for group in by_label.values())


def _conflicts(
    facts: Facts,
    graph: MigrationGraph,
    base: MigrationGraph | None,
    app: str,
    groups: tuple[tuple[Key, ...], ...],
) -> Iterator[Finding]:
    committed = frozenset(base.migrations) if base is not None else frozenset()
    for leaves in groups:
        if len(leaves) < 2:
            continue
        new = [leaf for leaf in leaves if leaf not in committed]
        standing = [leaf for leaf in leaves if leaf in committed]
        if facts.merged is facts.base or not new:
            new, standing = list(leaves[1:]), [leaves[0]]
        elif not standing:
            # What begins anew has no line that the others could be put into.
            new = sorted(new, key=lambda leaf: committed.isdisjoint(graph.lineage(leaf)))
            new, standing = new[1:], [new[0]]
        onto, line = standing[0], graph.lineage(standing[0])
        # The same for each of them, and long where they are many.
        joined = merge_migration(facts.merged.tree, graph, leaves, app_label=facts.label(app))
        for leaf in new:
            finding = _finding(
                facts, graph, app, leaf, standing, committed, leaves, onto, line, joined
            )
            yield finding
            joined = None if finding.new_files and len(leaves) > _NAMED else joined
            if (
                leaf not in committed
                and len(standing) == 1
                and not _joins_the_same(graph, leaf, standing[0])
            ):
                # The next one goes behind this one: behind the same they would fork again.
                onto = _as_moved(leaf, graph.migrations[leaf].path, finding.suggestion)
                line |= graph.lineage(leaf)


def _as_moved(leaf: Key, path: str, edit: Suggestion | None) -> Key:
    """*leaf* by the name that it has once *edit*, which may be one of an earlier file of its chain, is made."""
    if edit is None or edit.rename_to is None or edit.path != path:
        return leaf
    return Key(leaf.app, edit.rename_to.rpartition("/")[2].removesuffix(".py"))


def _finding(
    facts: Facts,
    graph: MigrationGraph,
    app: str,
    leaf: Key,
    standing: list[Key],
    committed: frozenset[Key],
    leaves: tuple[Key, ...],
    onto: Key,
    line: frozenset[Key],
    joined: NewFile | None,
) -> Finding:
    django = graph.framework is Framework.DJANGO
    label = facts.label(app)
    upgrade = f"{facts.merged.alembic_program(graph.migrations[leaf].key.app)} upgrade {_target(graph, leaf)}"
    begin = chain_start(graph, leaf, committed | line)
    start = begin or leaf
    first = graph.migrations[start]
    mended = leaf not in committed and len(standing) == 1
    # Taken away from a parent that *onto* does not come after, it would leave that one as an end.
    held = begin is None or any(
        parent.app == app and parent not in line for parent in graph.continued[start]
    )
    # A second beginning of the chain is not joined to it: `second-root` says what to do.
    begins = not (django or start in committed or first.parents or first.depends_on)
    edit = (
        reparent(facts.merged.tree, first, onto=onto, app_label=label)
        if mended and not begins and not held
        else None
    )
    if edit is not None and graph.children.get(start):
        # What comes after it says its name.
        edit = replace(edit, rename_to=None)
    joined = None if begins else joined
    names, several = _listed(standing), len(standing) > 1
    beside = [key for key in leaves if key != leaf and key not in standing]
    ends = _listed((leaf, *beside), last=", ")
    where = "is on the base" if standing[0] in committed else "comes with this pull request too"
    many = {2: "two", 3: "three", 4: "four"}.get(len(leaves), len(leaves))
    what = (
        f"{label} has {many} leaf nodes" if django else f"{_have(graph, leaves, app)} {many} heads"
    )
    moves = "" if start == leaf else f" (its chain begins with {start.name})"
    other = standing[0]
    if leaf not in committed and _joins_the_same(graph, leaf, other):
        # Two people have mended one fork: to join the joins is to fork again.
        return Finding(
            rule=rule.name,
            framework=graph.framework,
            place=first.parents_place or first.place,
            app=app,
            migration=leaf.name,
            message=f"{what}: {leaf.name} joins what {other.name} joins already.",
            why="Both stand at the end of one history; the next command asks which is meant.",
            remedy=f"Remove {first.path}: {other.name}, which {where}, joins the fork already.",
            commands=(f"git rm {quote(first.path)}",),
            related=(
                Related(
                    app=other.app,
                    migration=other.name,
                    place=graph.migrations[other].parents_place or graph.migrations[other].place,
                    side="base" if other in committed else "head",
                ),
            ),
        )
    if leaf in committed:
        message = f"{what}: {ends} and {names}, which are on the base."
        squash = _no_more_replaced(facts, leaves)
        # It makes again what they have made: joined, all of it would run one after the other.
        joined = joined if squash is None else None
        remedy = _all_committed(counterpart(facts.base, graph), leaves, squash, joined)
    elif several:
        message = f"{what}: {ends}, and {names}, which are on the base."
        remedy = f"Join all of them in a merge migration: the base has {len(standing)} already, and moving {leaf.name} does not solve that."
    else:
        message = f"{what}: {ends} and {names}, which {where}."
        remedy = f"Move {leaf.name}{moves} behind {onto.name}" + (
            ": it is not on the base, so no shared database"
            f" has it; {onto.name} may have been applied and stays."
            if onto in committed
            else ", so that they come one after the other."
        )
        remedy += " Or add a merge migration." if joined is not None else ""
    return Finding(
        rule=rule.name,
        framework=graph.framework,
        place=first.parents_place or first.place,
        app=app,
        migration=leaf.name,
        message=message,
        why=(
            'After the merge, migrate and every test run stop with "Conflicting migrations detected;'
            ' multiple leaf nodes in the migration graph".'
            if django
            else f'After the merge, "{upgrade}" stops with "Multiple head revisions are present".'
        ),
        remedy=remedy,
        suggestion=edit if facts.config.conflicts_resolve == "rebase" else None,
        new_files=(joined,) if joined is not None else (),
        commands=()
        if several or leaf in committed
        else _commands(facts, graph, first.path, edit.rename_to if edit else None),
        related=tuple(
            Related(
                app=key.app,
                migration=key.name,
                place=graph.migrations[key].parents_place or graph.migrations[key].place,
                side="base" if key in committed else "head",
            )
            for key in standing[:_NAMED]
        ),
    )


def _listed(keys: Sequence[Key], last: str = " and ") -> str:
    """The names of *keys*; of very many the first ones, and how many more there are."""
    shown = [key.name for key in keys[:_NAMED]]
    more = len(keys) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return last.join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)


def _no_more_replaced(facts: Facts, leaves: tuple[Key, ...]) -> Key | None:
    """The squash of the base that says no longer that it replaces one of *leaves*."""
    told, now = facts.base.django_graph.squashes, facts.merged.django_graph
    gone = (told[leaf] for leaf in leaves if leaf in told and leaf not in now.squashes)
    return next((squash for squash in gone if squash in now.migrations), None)


def _all_committed(
    base: MigrationGraph | None,
    leaves: tuple[Key, ...],
    squash: Key | None,
    joined: NewFile | None,
) -> str:
    """What to do where each end is on the base: none of them can move."""
    if squash is not None:
        return (
            f"Let {squash.name} say again what it replaces; or, where every database has run migrate since "
            "it came, delete all that it replaced in this pull request too."
        )
    merge = "dd a merge migration: each of them may have been applied, and stays where it is."
    standing = base.leaf_nodes(leaves[0].app) if base is not None else ()
    made = [leaf for leaf in leaves if leaf not in standing]
    if not made:
        return f"A{merge}"
    back = f"Take back what makes {_listed(made)} an end: on the base something comes after it"
    return f"{back}. Or a{merge}" if joined is not None else f"{back}."


def _have(graph: MigrationGraph, leaves: tuple[Key, ...], app: str) -> str:
    """The directories of the root's revisions in which *leaves* stand, with their verb; those below one are that one."""
    location = graph.location or ""
    folders = {graph.migrations[leaf].path.rpartition("/")[0] for leaf in leaves}
    below = {folder for folder in folders if f"{folder}/".startswith(f"{location}/")}
    names = [location] * bool(below) + sorted(folders - below)
    if not location or len(names) == 1:
        return f"{names[0] if location else app} has"
    return f"{', '.join(names[:-1])} and {names[-1]} have"


def _target(graph: MigrationGraph, leaf: Key) -> str:
    """What is upgraded to: the head, or that of the line where each has a label."""
    labels = graph.labels(leaf)
    return f"{labels[0]}@head" if len(labels) == 1 else "head"


def _joins_the_same(graph: MigrationGraph, leaf: Key, other: Key) -> bool:
    """Whether *leaf* is an empty merge of nothing but what *other* comes after as well."""
    migration = graph.migrations[leaf]
    own = [p for p in migration.parents if p.app in (leaf.app, other.app)]
    if len(own) < 2 or migration.operation_count:
        return False
    return graph.ancestors(leaf) - {leaf} <= graph.ancestors(other)


def _commands(
    facts: Facts, graph: MigrationGraph, path: str, rename_to: str | None
) -> tuple[str, ...]:
    if graph.framework is not Framework.DJANGO:
        return ()
    first = next(m for m in graph.migrations.values() if m.path == path)
    move = (f"git mv {quote(path)} {quote(rename_to)}",) if rename_to else ()
    return (f"{django_back(facts, first)}  # before the edit, where it is applied locally", *move)
