"""
A file among the migrations at which Django or Alembic stops.

## What it finds

In a folder of migrations that the pull request adds to or changes: a file with
git's conflict markers left in it, or that no Python can read; on Django a module without a class
`Migration`; on Alembic a module without a `revision`, one without an `upgrade()`, and one that calls an operation
(`op.f(...)`, `op.get_bind()`) outside of its functions, one whose id has a `-`, `+` or `@` in it, or more
characters than Alembic's own table takes. What begins with `_` or
`~` is passed over by Django, and so are packages. Also an `AlterField` that gives a
`GeneratedField` another expression or another `db_persist`, or makes one of another
field or another field of one. A squash of a squash, before Django 6.0.

On Django also a migration that is named as a list or as one text in `dependencies`, where `(app, name)` belongs.

A name that is asked for and bound nowhere in the file; an import of a module of the project that the
pull request takes away or moves, while the migration stays as it is; a member of an enum that the
pull request takes away and a revision of the base asks for.

## Why it hurts

All files of such a folder are loaded before anything is done: not one command
on migrations works until the file is gone, and neither does a test that needs tables.
An operation can be called only while `upgrade` or `downgrade` runs, which load the files
late; `alembic heads`, `history`, `merge` and `revision` stop. What is lacking inside of `upgrade()` stops
`alembic upgrade`. With a squash of a squash Django stops in some runs and not in others, as the order
in which it meets the two changes from run to run. Of a `GeneratedField` `makemigrations`
writes the `AlterField` itself, and `migrate` stops at it with a `ValueError`, in every Django that has such fields.

## What to do

Finish the merge. Take `replaces` out of a squash before another one replaces it. Import what is asked for; leave a module that committed migrations import where it is, with
what they take from it. Code that several migrations share belongs into another folder, on
Django also into a file whose name begins with `_`. Remove a `GeneratedField`, and add it again with what is new.

## Example

```
# bad
orders/migrations/0007_total.py
orders/migrations/helpers.py

# good
orders/migrations/0007_total.py
orders/migrations/_helpers.py
```
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from analyzers.findings import Finding, Severity
from analyzers.read.alembic.module_calls import called_at_top
from analyzers.read.django.generated_columns import refused
from analyzers.read.sources import CONFLICT_MARKERS, Unparsed, parse
from analyzers.relate.broken_imports import Imports
from analyzers.relate.facts import Facts
from analyzers.relate.gone_members import Members
from analyzers.relate.graph import MigrationGraph
from analyzers.rules._pairs import no_pair
from analyzers.rules._rule import Rule
from analyzers.rules._steps import found, is_django
from analyzers.rules._stops import (
    broken_import,
    gone_member,
    no_python,
    refused_id,
    squashes_of_squashes,
    unbound,
    was_no_python,
    without_upgrade,
)
from analyzers.trees import Tree
from analyzers.vocabulary import AlterColumn, Column, Framework, Place

rule = Rule(__name__, Severity.ERROR)

_NAMES_BY_TEXT = frozenset({"globals", "vars", "locals", "exec", "setattr", "__getattr__"})
"""What may give a module a name that its source does not spell."""


@rule
def check(facts: Facts) -> Iterator[Finding]:
    yield from _generated(facts)
    yield from _files(facts)
    yield from squashes_of_squashes(facts)
    yield from _not_to_be_had(facts)


def _files(facts: Facts) -> Iterator[Finding]:
    """What the files that the pull request adds or changes say by themselves."""
    refused = {path for root in facts.merged.alembic for path in root.refused}
    passed_over = cache(lambda directory: _passed_over(facts.base.tree, directory))
    for graph in facts.merged.graphs:
        django = graph.framework is Framework.DJANGO
        apps = {m.path.rpartition("/")[0]: key.app for key, m in graph.migrations.items()}
        read = {m.path for m in graph.migrations.values() if m.readable}
        for path in facts.changed_paths:
            directory, _, name = path.rpartition("/")
            app = apps.get(directory)
            if app is not None and path in read:
                yield from _stops(facts, graph, app, path)
            if (
                path in read
                or app is None
                or not (_is_loaded(name) if django else name.endswith(".py"))
            ):
                continue
            content = _content(facts.merged.tree, path)
            if content is None:
                continue
            module = parse(content)
            if isinstance(module, Unparsed):
                if module.reason == CONFLICT_MARKERS:
                    yield _marked(graph, app, path, module.line)
                elif module.nowhere and not was_no_python(facts.base.tree, path):
                    yield no_python(graph, app, path, module)
            elif _names_none(module) and not passed_over(directory) if django else path in refused:
                yield _without(facts, graph, app, path)


def _stops(facts: Facts, graph: MigrationGraph, app: str, path: str) -> Iterator[Finding]:
    """What stops a migration that is new or changed, and that can be read."""
    if graph.framework is Framework.ALEMBIC:
        yield from _too_early(facts, graph, app, path)
        lacking = without_upgrade(facts, graph, app, path)
        if lacking is not None:
            yield lacking
        unfit = refused_id(facts, graph, app, path)
        if unfit is not None:
            yield unfit
    elif (unfit := no_pair(facts, app, path)) is not None:
        yield unfit
    nameless = unbound(facts, graph, app, path)
    if nameless is not None:
        yield nameless


def _not_to_be_had(facts: Facts) -> Iterator[Finding]:
    """Migrations, committed ones too, that take from the project what the merged tree does not have."""
    imports, members = Imports(facts), Members(facts)
    for graph in facts.merged.graphs:
        for migration in graph.migrations.values():
            if not migration.readable:
                continue
            broken = imports.broken(migration.path)
            if broken is not None:
                yield broken_import(graph, migration, broken)
                continue
            gone = members.gone(migration.path)
            if gone is not None:
                yield gone_member(graph, migration, gone)


def _generated(facts: Facts) -> Iterator[Finding]:
    """An ``AlterField`` of a generated column, for which Django has no statement."""
    for step in facts.steps:
        match step.change:
            case AlterColumn(before=Column() as before, after=after, in_state=True) if is_django(
                step
            ) and refused(before, after):
                name = after.attribute or after.name
                yield found(
                    rule.name,
                    step,
                    column=after.name,
                    message=f"`{step.change.table}.{after.name}` is a generated column, and Django does not alter those."
                    if before.generated and after.generated
                    else f"`{step.change.table}.{after.name}` becomes {'a generated column' if after.generated else 'a column like others'}, and Django does not alter those that are generated.",
                    why=f"migrate stops here: ValueError: Modifying GeneratedFields is not supported - the field {name} must be removed and re-added with the new definition.",
                    remedy="Put a RemoveField and an AddField in place of this AlterField.",
                )
            case _:
                pass


def _too_early(facts: Facts, graph: MigrationGraph, app: str, path: str) -> Iterator[Finding]:
    """A revision that calls an operation as it is loaded, and did not on the base."""
    now, before = (
        called_at_top(module) if isinstance(module, ast.Module) else None
        for module in (
            parse(_content(tree, path) or b"") for tree in (facts.merged.tree, facts.base.tree)
        )
    )
    if now is None or before is not None:
        return
    called = ast.unparse(now.func)
    yield Finding(
        rule=rule.name,
        framework=graph.framework,
        place=Place(path, now.lineno, now.end_lineno or now.lineno),
        app=app,
        migration=_stem(path),
        message=f"`{called}(...)` is called as the file is loaded.",
        why=(
            "Operations are there while `upgrade` or `downgrade` runs. Every other command that loads the "
            f"revisions (`heads`, `history`, `merge`, `revision`) stops: NameError: Can't invoke function '{called.rpartition('.')[2]}'."
        ),
        remedy="Call it inside of `upgrade()` and `downgrade()`.",
    )


def _content(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except KeyError:
        return None


def _names_none(module: ast.Module) -> bool:
    """Whether nothing in *module* can make a name ``Migration`` of it."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) | ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names = {name}
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names = {alias.asname or alias.name for alias in aliases}
            case ast.Attribute(attr="modules"):
                return False
            case _:
                continue
        if "Migration" in names or "*" in names or names & _NAMES_BY_TEXT:
            return False
    return True


def _is_loaded(name: str) -> bool:
    return name.endswith(".py") and name[0] not in "_~" and "." not in name[:-3]


def _passed_over(tree: Tree, directory: str) -> bool:
    """Whether the base, *tree*, lives with such a file in *directory*: then it is not loaded as it seems."""
    for path in tree.paths():
        folder, _, name = path.rpartition("/")
        if folder == directory and _is_loaded(name):
            module = parse(tree.read(path))
            if isinstance(module, ast.Module) and _names_none(module):
                return True
    return False


def _marked(graph: MigrationGraph, app: str, path: str, line: int) -> Finding:
    return Finding(
        rule=rule.name,
        framework=graph.framework,
        place=Place(path, line, line),
        app=app,
        migration=_stem(path),
        message="Git's conflict markers are left in this file.",
        why="It is no Python: every command that loads the migrations stops with a SyntaxError.",
        remedy="Finish the merge: keep what belongs here, and delete the marker lines.",
    )


def _without(facts: Facts, graph: MigrationGraph, app: str, path: str) -> Finding:
    name = path.rpartition("/")[2]
    django = graph.framework is Framework.DJANGO
    return Finding(
        rule=rule.name,
        framework=graph.framework,
        place=Place(path),
        app=app,
        migration=_stem(path),
        message=(
            f"{name} stands among the migrations of {facts.label(app)} and has no class Migration."
            if django
            else f"{name} stands among the revisions and declares no `revision`."
        ),
        why=(
            f"Django loads every module of this folder; at this one each of its commands stops: BadMigrationError: Migration {_stem(path)} in app {facts.label(app)} has no Migration class"
            if django
            else f"Alembic loads every file of this folder; at this one each of its commands stops: Could not determine revision id from filename {name}."
        ),
        remedy=(
            f"Move it to another folder, or call it _{name}: Django passes over such names."
            if django
            else "Move it to another folder."
        ),
    )


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")
