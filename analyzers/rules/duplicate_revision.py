"""
Two Alembic files carry one revision id.

## What it finds

Two revision files with the same `revision`: in the tree that the merge would
give, or one here and one in another open pull request. And two revisions that
declare one branch label, at which Alembic stops.

## Why it hurts

Alembic keeps revisions in a dictionary. It prints `Revision ... is present more
than once`, exits with 0, and forgets one of the two files: its changes never reach the database.
Which one is forgotten depends on the order of the files' names.

## What to do

Give the file that is not on the base an id of its own, in `revision` and in its
name, and point the `down_revision` of what follows it to the new id.

Bad: both `versions/a1b2c3d4e5f6_add_tax.py` and `versions/a1b2c3d4e5f6_add_note.py` say

```python
revision = "a1b2c3d4e5f6"
```

Use instead ids that `alembic revision` makes; they are random.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzers.findings import Finding, Related, Severity, Suggestion
from analyzers.read.alembic.revisions import revision_meaning
from analyzers.read.alembic.roots import Root, read_roots
from analyzers.relate.alembic_ids import fresh_id
from analyzers.relate.alembic_map import revision_map
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Migration

rule = Rule(__name__, Severity.ERROR, judges_merged=True)

_WHY = (
    "Alembic keeps one file for each id and forgets the other with no more than a warning: its "
    "changes never reach the database."
)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Two files of one root with one id."""
    committed = set(facts.base.tree.paths())
    for root in facts.merged.alembic:
        for group in root.duplicates:
            # The file that is on the base stays: a database may hold its id.
            files = sorted(group, key=lambda m: (m.path in committed, m.path))
            yield _finding(facts.merged.tree, root, files[0], files[1:], committed)
        if root.complete:
            yield from _labels(root, committed)
    yield from _open_pull_requests(facts)


def _finding(
    tree: Tree, root: Root, moves: Migration, others: Sequence[Migration], committed: set[str]
) -> Finding:
    identifier = moves.key.name
    new = fresh_id(tree, moves, root.by_id)
    followers = sorted(
        m.path for m in root.migrations if moves.key in m.parents and m.path != moves.path
    )
    remedy = f'Give `{moves.path}` an id of its own, such as `revision = "{new}"`'
    if followers:
        names = ", ".join(f"`{path}`" for path in followers)
        remedy += f", and say in {names} which of the two it follows"
    return Finding(
        rule=rule.name,
        place=moves.place,
        framework=Framework.ALEMBIC,
        app=root.location.name,
        migration=identifier,
        message=(
            f"Revision `{identifier}` stands in {1 + len(others)} files: "
            f"`{moves.path}` and {', '.join(f'`{other.path}`' for other in others)}."
        ),
        why=_WHY,
        remedy=f"{remedy}.",
        suggestion=_suggestion(tree, moves, new),
        related=tuple(
            Related(
                app=root.location.name,
                migration=identifier,
                place=other.place,
                side="base" if other.path in committed else "head",
            )
            for other in others
        ),
        identity=tuple(sorted({moves.path, *(other.path for other in others)})),
    )


def _labels(root: Root, committed: set[str]) -> Iterator[Finding]:
    """Branch labels that two revisions declare."""
    nodes = root.by_id
    for label, one, two in revision_map(root.migrations).label_clashes:
        moves, stays = sorted((nodes[one], nodes[two]), key=lambda m: (m.path in committed, m.path))
        yield Finding(
            rule=rule.name,
            place=moves.place,
            framework=Framework.ALEMBIC,
            app=root.location.name,
            migration=moves.key.name,
            message=f"The branch label `{label}` stands in {moves.key.name} and in {stays.key.name}.",
            why=(
                f"Every command that loads the revisions stops with: Branch name '{label}' in revision "
                f"{moves.key.name} already used by revision {stays.key.name}"
            ),
            remedy=(
                f"Take the label out of {moves.key.name}: what comes after a labelled revision has its "
                "label anyway, and another branch needs another one."
            ),
            related=(
                Related(
                    app=root.location.name,
                    migration=stays.key.name,
                    place=stays.place,
                    side="base" if stays.path in committed else "head",
                ),
            ),
            identity=("label", label, *sorted((one, two))),
        )


def _suggestion(tree: Tree, moves: Migration, new: str) -> Suggestion | None:
    """The ``revision`` line with a fresh id, where the id stands on it as it is."""
    lines = tree.read(moves.path).decode("utf-8", "replace").splitlines()
    line = lines[moves.place.line - 1] if moves.place.line <= len(lines) else ""
    old = moves.key.name
    quoted = next((q for q in (f'"{old}"', f"'{old}'") if line.count(q) == 1), None)
    if quoted is None:
        return None
    folder, _, name = moves.path.rpartition("/")
    renamed = f"{folder}/{name.replace(old, new)}".lstrip("/") if old in name else None
    return Suggestion(
        path=moves.path,
        start_line=moves.place.line,
        end_line=moves.place.line,
        replacement=line.replace(quoted, quoted[0] + new + quoted[0]),
        rename_to=renamed,
    )


def _open_pull_requests(facts: Facts) -> Iterator[Finding]:
    """Ids of this pull request that another open one has chosen as well."""
    before = {m.key.name for root in facts.merge_base.alembic for m in root.migrations}
    mine = {
        m.key.name: (root, m)
        for root in facts.head.alembic
        for m in root.migrations
        if m.key.name not in before
    }
    if not mine:
        return
    cache = facts.head.cache
    for other in facts.comparison.others:
        for theirs in read_roots(other.head, cache, alone=False, exclude=facts.config.exclude):
            started = set(other.merge_base.paths())
            for migration in theirs.migrations:
                found = mine.get(migration.key.name)
                if found is None or migration.path in started:
                    continue
                root, own = found
                texts = facts.head.tree.read(own.path), other.head.read(migration.path)
                if own.path == migration.path and _same(*texts):
                    continue
                yield Finding(
                    rule=rule.name,
                    place=own.place,
                    framework=Framework.ALEMBIC,
                    severity=Severity.WARNING,
                    app=root.location.name,
                    migration=own.key.name,
                    message=(
                        f"Revision `{own.key.name}` is also in {other.name}, in `{migration.path}`."
                    ),
                    why=f"Once both are merged, {_WHY[0].lower()}{_WHY[1:]}",
                    remedy=(
                        "Give the one that is merged second an id of its own, such as "
                        f'`revision = "{fresh_id(facts.head.tree, own, mine)}"`.'
                    ),
                    suggestion=_suggestion(
                        facts.head.tree, own, fresh_id(facts.head.tree, own, mine)
                    ),
                    related=(
                        Related(
                            app=theirs.location.name,
                            migration=migration.key.name,
                            place=migration.place,
                            side=other.name,
                        ),
                    ),
                    identity=(own.path, other.name),
                )


def _same(one: bytes, two: bytes) -> bool:
    return one == two or revision_meaning(one) == revision_meaning(two)
