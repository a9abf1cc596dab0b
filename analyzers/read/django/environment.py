"""
What a setting is where the environment says nothing: the constants beside the helpers that ask it.

``os.environ.get``, python-decouple, django-environ, dj-database-url, the values of
django-configurations, and the defaults of pydantic's settings classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from analyzers.read.django import configured
from analyzers.read.modules import ClassFound, Module
from analyzers.read.names import Late
from analyzers.read.values import Call, Opaque, Ref, Value

_ASK = frozenset({"env", "str", "get", "getenv", "config"})
_ENV = frozenset({"environ.Env", "environ.FileAwareEnv", "environ.environ.Env"})
_URLS = frozenset({"dj_database_url.config", "dj_database_url.parse"})
_SETTINGS_CLASSES = ("BaseSettings", "BaseModel")
ENGINES = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "pgsql": "postgresql",
    "psql": "postgresql",
    "postgis": "postgresql",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite3",
    "sqlite3": "sqlite3",
}
"""The scheme of a database's URL, and the last part of Django's ``ENGINE`` for it."""


Owner = Module | ClassFound
"""What binds a setting: a module, or a class of django-configurations."""


def setting(owner: Owner, name: str) -> Value:
    """What *owner* binds *name* to, defaults of helpers taken for what they ask."""
    if isinstance(owner, ClassFound):
        value = owner.module.project.own_attribute(owner, name)
    else:
        value = owner.evaluator.name(name)
    return _default(_module(owner), value, _written(owner, name))


def engine(owner: Owner) -> str | None:
    """``ENGINE`` of the default database, as far as constants tell."""
    module = _module(owner)
    if isinstance(owner, Module) and (put := _put_in(owner)) is not None:
        return put
    value = setting(owner, "DATABASES")
    default = value.get("default") if isinstance(value, dict) else value
    node = _written(owner, "DATABASES")
    inner: ast.expr | None = None
    if isinstance(node, ast.Dict):
        for key, each in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "default":
                inner = each
    if isinstance(inner, ast.IfExp):
        return _of_either(
            _engine(module, module.evaluator.evaluate(branch), branch)
            for branch in (inner.body, inner.orelse)
        )
    return _engine(module, default, inner)


def _put_in(module: Module) -> str | None:
    """What ``DATABASES["default"]["ENGINE"] = ...`` says last, as a constant."""
    found: str | None = None
    for statement in module.body:
        match statement:
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Subscript(
                            value=ast.Name(id="DATABASES"), slice=ast.Constant(value="default")
                        ),
                        slice=ast.Constant(value="ENGINE"),
                    )
                ],
                value=ast.Constant(value=str(name)),
            ):
                found = name
            case _:
                pass
    return found


def _of_either(engines: Iterable[str | None]) -> str | None:
    """The one engine among those of two branches; SQLite only where both say it, as it may be development's."""
    said = set(engines)
    if len(said) > 1:
        said = {name for name in said if name and not name.endswith("sqlite3")}
    return said.pop() if len(said) == 1 else None


def _engine(module: Module, default: Value, inner: ast.expr | None) -> str | None:
    """``ENGINE`` of the database *default*, which *inner* says."""
    if isinstance(default, dict):
        part: ast.expr | None = None
        if isinstance(inner, ast.Dict):
            for key, each in zip(inner.keys, inner.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "ENGINE":
                    part = each
        named = _default(module, default.get("ENGINE"), part)
        return named if isinstance(named, str) else None
    if isinstance(default, Call) and isinstance(given := default.get("engine"), str):
        # ``dj_database_url.config(engine=...)``, ``env.db(engine=...)``
        return given
    if isinstance(default, Call) and default.func in _URLS:
        url = default.get("default", default.args[0] if default.args else None)
        return _engine_of(url)
    return _engine_of(_default(module, default, inner))


def _engine_of(url: Value) -> str | None:
    scheme = url.partition("://")[0] if isinstance(url, str) and "://" in url else ""
    last = ENGINES.get(scheme.partition("+")[0])
    return f"django.db.backends.{last}" if last else None


def _module(owner: Owner) -> Module:
    return owner.module if isinstance(owner, ClassFound) else owner


def _written(owner: Owner, name: str) -> ast.expr | None:
    if isinstance(owner, ClassFound):
        return configured.written(owner, name)
    bound = owner.names.bound.get(name)
    return bound.node if isinstance(bound, Late) else None


def _default(module: Module, value: Value, node: ast.expr | None) -> Value:
    if isinstance(value, Call) and configured.usual(value) is not None:
        return configured.usual(value)
    if isinstance(value, Call) and value.func.rpartition(".")[2] in _ASK:
        if value.get("default") is not None:
            return value.get("default")
        if len(value.args) == 2:
            return value.args[1]
    if not isinstance(value, Opaque) or node is None:
        return value
    match node:
        case ast.Call(func=ast.Name() as owner) | ast.Call(func=ast.Attribute(value=owner)) if (
            _called(module, owner) in _ENV
        ):
            given = [k.value for k in node.keywords if k.arg == "default"] or node.args[1:2]
            return module.evaluator.evaluate(given[0]) if given else value
        case ast.Attribute(value=owner, attr=name):
            found = _class_default(module, owner, name)
            return value if found is None else found
        case _:
            return value


def _called(module: Module, node: ast.expr) -> str:
    """The path of the class whose instance *node* is; empty where that is not known."""
    made = module.evaluator.evaluate(node)
    return made.func if isinstance(made, Call) else ""


def _class_default(module: Module, node: ast.expr, name: str) -> Value:
    """The constant that a settings class gives the attribute *name*; None where there is none."""
    found = module.project.find_class(_called(module, node))
    if found is None:
        return None
    bases = [b.name for b in module.project.bases(found) if isinstance(b, Ref)]
    if not any(base.endswith(_SETTINGS_CLASSES) for base in bases):
        return None
    return module.project.own_attribute(found, name)
