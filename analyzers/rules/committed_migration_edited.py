"""
A migration that the base has already means something else afterwards.

## What it finds

A migration file of the base whose operations, dependencies, `replaces`,
`atomic` or code (its own, or a helper's next to the migrations that it runs)
this pull request changes, or a file (`.sql`, `.json`, `.csv`, ...) that it reads by a path from
`__file__` on, and that no new migration names. Layout, comments, docstrings, quotes and the order of
imports are no change, nor is code of a helper that the migration does not run.

Some changes are a remark: what only the models' state knows (`help_text`,
`choices`, `verbose_name`, `state_operations`, ...); a field whose class becomes
another with the same column (one of the project or of a known library in place of
Django's, an `EmailField` as a `CharField` of its length, or with an argument that the
class keeps to itself); a foreign key to a proxy in place of its model; what `squashmigrations` (`elidable`) or
`migrate --fake-initial` (`initial`) alone ask for; what does the same in other words (`set([...])` as
`{...}`, `"%s" % ...` as an f-string, the layout of SQL and the semicolon at its end, the order of dependencies,
names of local variables, arguments of an operation, a column or a type by
position or by name and those that say what holds without them, a type that the database has under the same name, `else` after `return`, one condition in another as `and`,
`suppress` for an error that is passed over, `except:` as `except Exception:`, the order of what
`__in` is asked with, `iterator()` where a loop had all rows, an imported constant (or a member of
an enumeration that is imported, by itself or in a class) as its value, code that is imported from the repository as a
copy of it in the file, the place and the name of a function in the file, a column's name in the bytes of Python 2,
another name of UTC, a function that nothing runs); a dependency that names a squash
where it named what that replaces; a squash that ceases to name what it replaced,
once that is gone; dependencies that take a circle of the base away; a label (`branch_labels`) that is added; a reference that follows code of the repository
to its new place, or a name that comes from another module of the same library.

Three are a warning: the way back alone (`downgrade()`, `reverse_code`, `reverse_sql`); a
`down_revision` that puts several heads of the base, at which every command stops, into
one line; a label that is taken away. Django's `migrate` compares what it has recorded with the graph, so dependencies
that do the same stay an error, in words of their own, and so do those on migrations of
other apps that are added or taken away, where the base has these, one that exists in place
of one that does not, and code that asks for historical models (`apps.get_model`) where it had the live ones.

A new migration that puts itself before one of the base (`run_before`, or one that waits for whatever is
`__latest__`) changes that one as well.

## Why it hurts

Databases that have applied it never run it again. Fresh databases get the new
version, all others keep the old one: from then on they differ, and nobody sees
it until something fails in production only.

## What to do

Take the edit back and put the difference into a new migration.

## Example

```python
# bad: orders/0030_order_total is on the base and is edited
migrations.AddField("order", "total", models.DecimalField(max_digits=12, decimal_places=2))

# good: orders/0031_wider_total
migrations.AlterField("order", "total", models.DecimalField(max_digits=12, decimal_places=2))
```
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from analyzers.findings import BASE_REF, Finding, Related, Severity
from analyzers.relate.before_committed import Ahead, before_committed
from analyzers.relate.differences import Reach
from analyzers.relate.edits import Edited
from analyzers.relate.facts import Facts
from analyzers.relate.made_up import made_up_for
from analyzers.rules._rule import Rule
from analyzers.vocabulary import Framework

rule = Rule(__name__, Severity.ERROR)

WORDS = {
    "dependencies": "its dependencies",
    "down_revision": "its down_revision",
    "operations": "its operations",
    "revision": "its revision id",
    "branch_labels": "its branch_labels",
    "depends_on": "its depends_on",
    "upgrade": "upgrade()",
    "downgrade": "downgrade()",
    "code": "the code that it runs",
    "imports": "what it imports",
    "read": "what it reads",
    "class": "its class",
}

WORDS_OF = {
    Reach.DATABASE: (
        "Databases that have applied it never run it again: they keep the old version, fresh ones get the new one, and the two differ from then on.",
        "Take the edit back, and put the difference into a new ",
    ),
    Reach.STATE: (
        "Only the models' state changes, the database does not: databases that have applied it stay right.",
        "Nothing has to be done; a new migration would tell the story better.",
    ),
    Reach.SPELLING: (
        "It does the same as before, as far as can be read: databases that have applied it stay right.",
        "Nothing has to be done.",
    ),
    Reach.TRANSACTIONS: (
        "Databases that have applied it stay right; fresh ones run the same, no longer in one transaction, and keep what is done where it stops half-way.",
        "Take the edit back, unless it stops on fresh databases as it is on the base.",
    ),
    Reach.BACK: (
        "Databases stay as they are; from now on all of them go back in the new way, those too that have applied it before.",
        "See that the new way back undoes what was done on the way forward.",
    ),
    Reach.JOINED: (
        "The base has several heads, and this puts them into one line: a database that has run this revision takes its new parents for applied.",
        "Where a database has run it already, join the heads with `alembic merge heads` instead.",
    ),
    Reach.UNTIED: (
        "On the base it waits for itself, at which every command stops, so no database has applied it as it stands there.",
        "Nothing has to be done.",
    ),
    Reach.FOUND: (
        "On the base it comes after a migration that does not exist, at which every command stops; a database that had applied it before stops with InconsistentMigrationHistory where it lacks what it waits for now.",
        "Nothing has to be done where it never stood on the base in another way; else see that those databases have applied what it waits for.",
    ),
    Reach.FINISHED: (
        "What it replaced is gone, and it becomes a migration like others: that is how a squash is finished.",
        "Nothing has to be done where migrate has run on every database since the squash came; on others it would begin anew.",
    ),
    Reach.SQUASHED: (
        "It names the squash in which the migration is that it named before: the graph stays as it is.",
        "Nothing has to be done: that is how a squash takes the place of its originals.",
    ),
    Reach.FAKED: (
        "Databases stay as they are: it only decides whether `migrate --fake-initial` may take the tables that are there for those of this migration.",
        "Nothing has to be done where nobody migrates with --fake-initial.",
    ),
    Reach.MOVED: (
        "What it refers to has another place now, and the old one is gone: the migration has to follow.",
        "Nothing has to be done as long as the code at the new place does the same.",
    ),
    Reach.LIBRARY: (
        "It takes the same names from another module of the same library, as a newer version of the library may ask for: databases that have applied it stay right.",
        "Nothing has to be done as long as both modules give the same.",
    ),
    Reach.ELSEWHERE: (
        "It takes the same names from another place: where they stand for something else there, databases that have applied it keep what the old ones did.",
        "Nothing has to be done where both do the same; else take the edit back.",
    ),
    Reach.ORDER: (
        "Databases that have applied it keep what they have, and fresh ones run it in another order; one that has applied it and lacks what it waits for now stops at every migrate with InconsistentMigrationHistory.",
        "See that every database that has applied it has applied what it waits for now as well.",
    ),
    Reach.LABELLED: (
        "A label is a name by which commands call a line of revisions; no database holds it.",
        "Nothing has to be done.",
    ),
    Reach.UNLABELLED: (
        "No database holds a label, but a command that calls the line by it (`alembic upgrade label@head`) stops from now on.",
        "See that no script of a deployment and no `depends_on` calls it so.",
    ),
    Reach.HISTORICAL: (
        "Databases that have applied it keep what the live classes did there; fresh ones get what the models of that time do, without the methods, managers and signals of today.",
        "Keep it where the code needs nothing of the live classes: the rows are the same then, and it goes on working when they change. Take it back elsewhere.",
    ),
}


DJANGO_JOINED = (
    "The base has conflicting leaf nodes, at which migrate stops, and this puts them into one line; but a database that has applied it and not the other one stops with InconsistentMigrationHistory.",
    "Where a database has applied it, take the edit back and join them with a merge migration instead.",
)
DJANGO_PARENTS = (
    "Databases that have applied it never run it again, and fresh ones run it in another order; one that lacks what it waits for now stops at every migrate with InconsistentMigrationHistory.",
    "Take the edit back; what has to wait for something else belongs into a new ",
)
SEVERITIES = {
    Reach.DATABASE: Severity.ERROR,
    Reach.TRANSACTIONS: Severity.ERROR,
    Reach.BACK: Severity.WARNING,
    Reach.JOINED: Severity.WARNING,
    Reach.UNLABELLED: Severity.WARNING,
    Reach.ORDER: Severity.ERROR,
    Reach.HISTORICAL: Severity.ERROR,
    Reach.FOUND: Severity.ERROR,
}


@rule
def check(facts: Facts) -> Iterator[Finding]:
    for change in facts.edits:
        yield _finding(facts, change)
    yield from (_before(facts, ahead) for ahead in before_committed(facts))


def _before(facts: Facts, ahead: Ahead) -> Finding:
    """The finding on a new migration that is to run before one of the base."""
    key, committed = ahead.migration.key, ahead.committed.key
    label, other = facts.label(key.app), f"{facts.label(committed.app)}.{committed.name}"
    message = (
        f"{key.name} is to run before {other}, which is on the base already."
        if ahead.said
        else f"{other}, which is on the base already, waits for the first or the last migration of {label}, and that is {key.name} now."
    )
    return Finding(
        rule=rule.name,
        framework=Framework.DJANGO,
        place=ahead.place,
        app=key.app,
        migration=key.name,
        identity=("before", committed.app, committed.name),
        message=message,
        why=f"A database that has applied it stops at every migrate with: InconsistentMigrationHistory: Migration {other} is applied before its dependency {label}.{key.name}",
        remedy="Take `run_before` out: what is applied cannot wait for what is new."
        if ahead.said
        else f"Let {committed.name} name the migration that it waited for when it was written, in place of the app's last one.",
        related=(
            Related(
                app=committed.app,
                migration=committed.name,
                place=ahead.committed.place,
                side="base",
            ),
        ),
    )


def _finding(facts: Facts, change: Edited) -> Finding:
    migration = change.after
    parts = [
        WORDS.get(part, part)
        for part in change.parts
        if part != "imports" or len(change.parts) == 1
    ]
    what = " and ".join(parts) + (f" in {change.helper}" if change.helper else "")
    does = f"changes {what}" if parts else "writes it in another way"
    django = migration.framework is Framework.DJANGO
    # Revisions keep no state of the models: what stays the same there is how it is written.
    spelled = not django and change.reach is Reach.STATE
    why, remedy = WORDS_OF[Reach.SPELLING if spelled else change.reach]
    made_up = made_up_for(facts, change) if django and change.reach is Reach.DATABASE else None
    if made_up is not None:
        why = f"{why.removesuffix('.')}, unless {made_up} makes up for it."
    old = change.before.key.name
    if "revision" in change.parts and old != migration.key.name:
        other = facts.merged.migrations.get((migration.framework, change.before.key))
        why = (
            f"{other.path} has {old} as well, and of the two files Alembic has run this one: a database that has applied it runs it again under its new id."
            if other is not None
            else f"A database whose alembic_version holds {old} stops at every command with "
            f"\"Can't locate revision identified by '{old}'\": no deploy and no rollback."
        )
        remedy = f"Give it its id `{old}` back; what is new belongs into a new "
        if other is not None:
            remedy = f"Give it its id `{old}` back and {other.path} the new one, unless the databases have applied that one; what is new belongs into a new "
    severity = SEVERITIES.get(change.reach, Severity.INFO)
    if django and change.reach is Reach.JOINED:
        # migrate checks what it has recorded against the graph, and stops; Alembic takes its one head for all.
        (why, remedy), severity = DJANGO_JOINED, Severity.ERROR
    takes_back = change.reach is Reach.DATABASE
    if django and takes_back and change.parts == ("dependencies",):
        why, remedy = DJANGO_PARENTS
    return Finding(
        rule=rule.name,
        severity=severity,
        framework=migration.framework,
        place=migration.place
        if change.parts != ("dependencies",)
        else migration.parents_place or migration.place,
        app=migration.key.app,
        migration=migration.key.name,
        message=f"{old} is on the base already, and this pull request {does}.",
        why=why,
        remedy=remedy + ("migration." if django else "revision.") if takes_back else remedy,
        commands=(_restore(facts, change),) if takes_back else (),
    )


def _restore(facts: Facts, change: Edited) -> str:
    """The command that takes the edit back; a file that has moved keeps its new place."""
    path, old = change.helper or change.after.path, change.before.path
    if change.helper is None and old != path:
        if path not in facts.base.tree.paths():
            return f"git show {BASE_REF}:{quote(old)} > {quote(path)}"
        # What stands there is the base's own, with the same id: it is not to be written over.
        path = old
    return f"git checkout {BASE_REF} -- {quote(path)}"
