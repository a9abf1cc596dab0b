"""What the text of an ``env.py`` says of its revisions; it is parsed, never run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.alembic.config_files import split_paths
from analyzers.read.alembic.env_connections import commits_each_statement, takes_options
from analyzers.read.alembic.env_transactions import begins_itself
from analyzers.read.cache import Cache
from analyzers.read.sources import Unparsed, parse
from analyzers.trees import Tree

if TYPE_CHECKING:
    from analyzers.read.alembic.filters import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Env:
    """What an ``env.py`` says; ``alembic`` is False where it is none of Alembic's."""

    alembic: bool = False
    version_locations: tuple[str, ...] = ()
    transaction_per_migration: bool = False
    may_autocommit: bool = False
    compares_type: bool = True
    compares_server_default: bool = False
    filters: tuple[Filter, ...] = ()
    flask: bool = False
    search_path: bool = False
    batches: bool = False
    autocommits: bool = False
    """Whether each statement is committed by itself."""
    begins_itself: bool = False
    """Whether it begins the transaction without Alembic, in which there is no ``autocommit_block()``."""
    takes_options: bool = False
    """Whether its engine is made of what the configuration says of ``sqlalchemy.``."""


def environments(tree: Tree, paths: Sequence[str], cache: Cache) -> dict[str, Env]:
    """What each Alembic ``env.py`` says, by its directory."""
    found = {}
    for path in paths:
        directory, _, name = path.rpartition("/")
        if name != "env.py":
            continue
        oid = tree.oid(path)
        env: Env | None = cache.get("alembic-env-11", oid)
        if env is None:
            env = _read_env(tree.read(path))
            cache.put("alembic-env-11", oid, env)
        if any(each.imported for each in env.filters):
            from analyzers.read.alembic.filters import found_in
            from analyzers.read.alembic.modules import Modules

            env = replace(env, filters=found_in(env.filters, Modules(tree), path))
        if env.alembic:
            found[directory] = env
    return found


def _read_env(content: bytes) -> Env:
    """What is said by the text of an ``env.py``; it is parsed, never run."""
    if b"alembic" not in content or len(content) > limits.SOURCE_BYTES:
        return Env()
    module = parse(content)
    if isinstance(module, Unparsed):
        # A template, or Python of another time: that it is Alembic's is all there is to know.
        return Env(alembic=b"run_migrations" in content)
    locations: tuple[str, ...] = ()
    told_elsewhere = False
    settings: dict[str, object] = {}
    filters: tuple[Filter, ...] = ()
    runs = flask = False
    for node in ast.walk(module):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="version_locations")], value=value):
                locations = _texts(value) or locations
            case ast.Call(func=ast.Attribute(attr="run_migrations")):
                runs = True
            case ast.ImportFrom(module="flask", names=names):
                flask |= any(name.name == "current_app" for name in names)
            case ast.Call(
                func=ast.Attribute(attr="set_main_option"),
                args=[ast.Constant(value="version_locations"), value],
            ):
                locations = (
                    tuple(p for t in _texts(value) for p in split_paths(t, None)) or locations
                )
            case ast.Call(func=ast.Attribute(attr="configure"), keywords=keywords):
                from analyzers.read.alembic.filters import filters_of

                filters += filters_of(keywords, module)
                # Flask-Migrate's template hands over what the application says.
                told_elsewhere |= any(keyword.arg is None for keyword in keywords)
                for keyword in keywords:
                    if keyword.arg and isinstance(keyword.value, ast.Constant):
                        settings[keyword.arg] = keyword.value.value
            case _:
                pass
    return Env(
        alembic=runs or b"alembic import context" in content,
        version_locations=locations,
        # Without transactional DDL Alembic begins one for each revision.
        transaction_per_migration=settings.get("transaction_per_migration") is True
        or settings.get("transactional_ddl") is False
        # It may stand in a mapping, or hang on what is not known here.
        or (
            b"transaction_per_migration" in content and "transaction_per_migration" not in settings
        ),
        may_autocommit=b"AUTOCOMMIT" in content or told_elsewhere,
        compares_type=settings.get("compare_type") is not False,
        compares_server_default=settings.get("compare_server_default") is True,
        filters=tuple(dict.fromkeys(filters)),
        flask=flask,
        search_path=b"search_path" in content,
        # Flask-Migrate hands it over unless it is told otherwise.
        batches=settings.get("render_as_batch", flask) is True,
        autocommits=commits_each_statement(module),
        begins_itself=begins_itself(module),
        takes_options=takes_options(module),
    )


def _texts(node: ast.expr) -> tuple[str, ...]:
    match node:
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return tuple(text for item in items for text in _texts(item))
        case _:
            return ()
