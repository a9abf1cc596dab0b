"""Findings of ``migration-does-not-load`` on what a file asks for and does not get."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator

from analyzers.findings import Finding, Related
from analyzers.read.sources import Unparsed, parse, plainly_parsed, text_of
from analyzers.read.unbound_names import unbound_at_load, unbound_in
from analyzers.relate.broken_imports import Broken
from analyzers.relate.facts import Facts
from analyzers.relate.gone_members import GoneMember
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.scopes import bound_at_top
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Migration, Place

_RULE = "migration-does-not-load"
_BODIES = ("upgrade", "downgrade")
_IMPORTS = {
    "op": "from alembic import op",
    "sa": "import sqlalchemy as sa",
    "postgresql": "from sqlalchemy.dialects import postgresql",
    "mysql": "from sqlalchemy.dialects import mysql",
    "sqlite": "from sqlalchemy.dialects import sqlite",
    "models": "from django.db import models",
    "migrations": "from django.db import migrations",
    "settings": "from django.conf import settings",
    "timezone": "from django.utils import timezone",
    **{
        name: f"import {name}"
        for name in (
            "sqlalchemy",
            "sqlmodel",
            "django",
            "datetime",
            "uuid",
            "decimal",
            "enum",
            "json",
        )
    },
}
"""How what generated migrations ask for is imported."""
_BY_TEXT = frozenset({"globals", "vars", "locals", "exec", "setattr", "__getattr__"})


def no_python(graph: MigrationGraph, app: str, path: str, why: Unparsed) -> Finding:
    """A file that no Python can read."""
    return _finding(
        graph,
        app,
        path,
        why.line,
        message="No Python can read this file: "
        + why.reason.removeprefix("it is not valid Python: ")
        + ".",
        why="Every command that loads the migrations stops at it with a SyntaxError.",
        remedy="Mend the line.",
    )


def was_no_python(tree: Tree, path: str) -> bool:
    """Whether *tree* has the file, and could not read it either."""
    content = _content(tree, path)
    return content is not None and isinstance(parse(content), Unparsed)


def without_upgrade(facts: Facts, graph: MigrationGraph, app: str, path: str) -> Finding | None:
    """A revision without an ``upgrade()``, which the base does not have so."""
    module = _plain(facts.merged.tree, path)
    if module is None or not _lacks_upgrade(module):
        return None
    before = _plain(facts.base.tree, path)
    if before is not None and _lacks_upgrade(before):
        return None
    names = [s.name for s in module.body if isinstance(s, ast.FunctionDef)]
    meant = difflib.get_close_matches("upgrade", [n for n in names if n != "downgrade"], n=1)
    line = next((s.lineno for s in module.body if getattr(s, "name", None) in meant), 1)
    return _finding(
        graph,
        app,
        path,
        line,
        message=f"The revision has no `upgrade()`{f', but `{meant[0]}()`' if meant else ''}.",
        why="`alembic upgrade` stops at it: AttributeError: the module has no attribute 'upgrade'.",
        remedy=f"Call it `upgrade`, not `{meant[0]}`."
        if meant
        else "Write one; with `pass` in it, where there is nothing to do.",
    )


_REFUSED = "@-+"
"""Characters that Alembic keeps for what it is asked: ``plug@head``, ``head-1``, ``ae10+2``."""
_LONGEST_ID = 32
"""Characters of ``alembic_version.version_num``."""
_WIDER = re.compile(rb"version_num|version_table_impl|alembic_version")


def refused_id(facts: Facts, graph: MigrationGraph, app: str, path: str) -> Finding | None:
    """A new revision whose id Alembic refuses, or the table in which it writes down where a database is."""
    migration = facts.merged.by_path.get(path)
    # By their names: with its directory a revision is no other one.
    known = {key.name for each in facts.base.alembic_graphs for key in each.migrations}
    if migration is None or migration.key.name in known:
        return None
    name, line = migration.key.name, migration.place.line
    wrong = next((each for each in name if each in _REFUSED), None)
    if wrong is not None:
        return _finding(
            graph,
            app,
            path,
            line,
            message=f"The revision id `{name}` has a `{wrong}` in it.",
            why=f"Every command of Alembic stops at it: Character(s) '{wrong}' not allowed in revision identifier.",
            remedy="Take letters, digits and `_`.",
        )
    if len(name) <= _LONGEST_ID or facts.merged.alembic_dialect(graph) == "sqlite":
        return None
    if any(len(each) > _LONGEST_ID for each in known):
        # The base lives with such ids.
        return None
    root = next(r for r in facts.merged.alembic if r.location.versions[0] == graph.location)
    env = f"{root.location.script}/env.py".removeprefix("/")
    asked = (env, *(m.path for m in graph.migrations.values()))
    if any(_WIDER.search(_content(facts.merged.tree, each) or b"") for each in asked):
        # It may have made the table wider.
        return None
    return _finding(
        graph,
        app,
        path,
        line,
        message=f"The revision id `{name}` has {len(name)} characters.",
        why=(
            f"Alembic writes it into `alembic_version`, which takes {_LONGEST_ID}: `alembic upgrade` stops there "
            "(SQLite alone takes more)."
        ),
        remedy="Take a shorter one; what it is about stands in the file's name.",
    )


def _lacks_upgrade(module: ast.Module) -> bool:
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) | ast.FunctionDef(name=name) if name in _BY_TEXT:
                return False
            case ast.alias(name="*") | ast.Attribute(attr="modules"):
                return False
            case _:
                pass
    return "upgrade" not in {*bound_at_top(module.body)}


def unbound(facts: Facts, graph: MigrationGraph, app: str, path: str) -> Finding | None:
    """A name that a new or changed migration asks for and nothing in it binds."""
    module = _plain(facts.merged.tree, path)
    if module is None:
        return None
    name = unbound_at_load(module)
    inside = name is None and graph.framework is Framework.ALEMBIC
    if inside:
        name = unbound_in(module, *_BODIES)
    if name is None or name.id in _unbound_before(facts.base.tree, path):
        return None
    wanted = _IMPORTS.get(name.id)
    stops = (
        "`upgrade` or `downgrade` stops as soon as it comes there"
        if inside
        else "Every command that loads the migrations stops at it"
    )
    return _finding(
        graph,
        app,
        path,
        name.lineno,
        message=f"`{name.id}` is bound nowhere in this file.",
        why=f"{stops}: NameError: name '{name.id}' is not defined.",
        remedy=f"Import it: `{wanted}`." if wanted else "Import it, or mend its name.",
        identity=(name.id,),
    )


def _unbound_before(tree: Tree, path: str) -> set[str]:
    """What the file asked for in vain before already."""
    module = _plain(tree, path)
    found = () if module is None else (unbound_at_load(module), unbound_in(module, *_BODIES))
    return {name.id for name in found if name is not None}


def broken_import(graph: MigrationGraph, migration: Migration, broken: Broken) -> Finding:
    """An import of a module that goes."""
    return _finding(
        graph,
        migration.key.app,
        migration.path,
        broken.line,
        message=f"It imports `{broken.module}`, which goes with this pull request.",
        why=f"Every command that loads the migrations stops at it: ModuleNotFoundError: No module named '{broken.module}'.",
        remedy="Leave the module where it is, and let it take its names from the new place.",
        identity=(broken.module, ""),
        name=migration.key.name,
    )


def gone_member(graph: MigrationGraph, migration: Migration, gone: GoneMember) -> Finding:
    """A member of an enum that the pull request takes away from a committed migration."""
    return _finding(
        graph,
        migration.key.app,
        migration.path,
        gone.line,
        message=f"It asks for `{gone.member}`, which {gone.path} has no more.",
        why=(
            "A database that has not run it yet, such as each new one in CI, stops at it: "
            f"AttributeError: {gone.member.rpartition('.')[2]}."
        ),
        remedy="Keep the member, or write its value into the migration in its place.",
        identity=(gone.member,),
        name=migration.key.name,
    )


def squashes_of_squashes(facts: Facts) -> Iterator[Finding]:
    """New migrations that replace one which replaces others itself, where Django cannot put both into its graph."""
    graph = facts.merged.django_graph
    for migration in facts.added(graph):
        inner = [
            key
            for key in migration.replaces
            if key in graph.migrations and graph.migrations[key].replaces
        ]
        if not inner or (facts.django_version or (6, 0)) >= (6, 0):
            continue
        name, squash = migration.key.name, graph.migrations[inner[0]]
        yield Finding(
            rule=_RULE,
            framework=graph.framework,
            place=migration.place,
            app=migration.key.app,
            migration=name,
            message=f"{name} replaces {squash.key.name}, which replaces others itself.",
            why="Before 6.0 Django cannot load that: every command on migrations stops with a NodeNotFoundError in some runs,"
            " and passes in others.",
            remedy=f"Take `replaces` out of {squash.key.name} first, and delete what it replaces, when every database has"
            " applied it; or squash after the change to Django 6.0.",
            related=(
                Related(
                    app=squash.key.app, migration=squash.key.name, place=squash.place, side="head"
                ),
            ),
            identity=(squash.key.name,),
        )


def _finding(
    graph: MigrationGraph,
    app: str,
    path: str,
    line: int,
    *,
    message: str,
    why: str,
    remedy: str,
    identity: tuple[str, ...] = (),
    name: str | None = None,
) -> Finding:
    return Finding(
        rule=_RULE,
        framework=graph.framework,
        place=Place(path, line, line),
        app=app,
        migration=name or path.rpartition("/")[2].removesuffix(".py"),
        message=message,
        why=why,
        remedy=remedy,
        identity=identity,
    )


def _plain(tree: Tree, path: str) -> ast.Module | None:
    """The file as this Python reads it; what was put in other words for it has other names."""
    content = _content(tree, path)
    if content is None or isinstance(parse(content), Unparsed):
        return None
    text = text_of(content)
    return plainly_parsed(text) if text is not None else None


def _content(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except KeyError:
        return None
