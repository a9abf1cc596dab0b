"""Which ``MetaData`` an expression means: that of a base, of Flask-SQLAlchemy's object, or one by name."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from analyzers.read.alembic.classes import Hierarchy
from analyzers.read.alembic.metadata_names import (
    convention_afterwards,
    metadata_name,
    metadata_of,
)
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.naming import convention_of, schema_of
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source

FLASK = "flask"
"""The base of all that stands in Flask-SQLAlchemy's own ``MetaData``."""


@dataclass(frozen=True, slots=True)
class Home:
    """Which base a table belongs to, and what that says of names."""

    base: str
    convention: Mapping[str, str] = field(default_factory=dict)
    schema: str | None = None
    extension: str = ""
    """Of Flask-SQLAlchemy's the file that makes its object, where that is known."""


class Homes:
    """Finds them in one tree."""

    def __init__(self, modules: Modules, values: ModelValues, hierarchy: Hierarchy) -> None:
        self._modules = modules
        self._values = values
        self._hierarchy = hierarchy

    def of(self, value: Value, module: Module, written: Value, depth: int = 5) -> Home:
        """Where the ``metadata`` argument of a ``Table`` puts it; *written* is its *value* by the name it has."""
        flask = self.of_flask(written, module)
        if flask is not None:
            return flask
        if isinstance(written, Ref) and depth > 0:
            there = self._modules.value(written.name, module.path)
            if there is not None and isinstance(there[0], Call | Opaque):
                made, home = there
                if isinstance(made, Call) and made.func.rpartition(".")[2] == "MetaData":
                    return self._named(f"{home.path}:{written.name.rpartition('.')[2]}", made, home)
                if home is not module:
                    return self.of(self._values.normal(made, home), home, made, depth - 1)
        text = name_or_source(value)
        if isinstance(value, Call) and value.func == ".":
            value, text = value.args[0], "local.metadata"
        owner = text.removesuffix(".metadata")
        local = module.scope.look_up(owner)
        if isinstance(local, ast.ClassDef):
            made = self._hierarchy.class_of(local, module)
            base = made.home or f"{module.path}:{owner}"
            return Home(base, made.convention, made.schema, made.extension)
        found = self._modules.value(owner, module.path) if "." in owner else None
        if found is not None and isinstance(found[0], ast.ClassDef):
            made = self._hierarchy.class_of(found[0], found[1])
            base = made.home or f"{found[1].path}:{owner}"
            return Home(base, made.convention, made.schema, made.extension)
        if found is not None:
            name = owner.rpartition(".")[2]
            return self._named(f"{found[1].path}:{name}", found[0], found[1])
        names = [n for n, bound in module.scope.names.items() if bound is value or bound == value]
        if isinstance(value, Call) and names:
            return self._named(f"{module.path}:{names[0]}", value, module)
        return Home(f"{module.path}:{owner or 'metadata'}")

    def of_flask(self, written: Value, module: Module) -> Home | None:
        """The home of what is *written* as Flask-SQLAlchemy's ``db.metadata`` or ``db.Model.metadata``."""
        match written:
            case Call(".", (inner, "metadata" | "Model")):
                return self.of_flask(inner, module)
            case Ref(name) if name.endswith((".metadata", ".Model")):
                return self.of_flask(Ref(name.rpartition(".")[0]), module)
            case Ref(name) if self._values.is_flask(name, module):
                made, there = self._modules.value(name, module.path) or (None, module)
                found = self._named(FLASK, made, there, name.rpartition(".")[2])
                return replace(found, extension=there.path)
            case Call() if self._values.is_flask_object(written, module):
                names = (n for n, bound in module.scope.names.items() if bound is written)
                found = self._named(FLASK, written, module, next(names, ""))
                return replace(found, extension=module.path)
            case _:
                return None

    def _named(self, base: str, made: object, module: Module, name: str | None = None) -> Home:
        """
        The *base* that is *made* by a call: a ``MetaData``, or what is given one or has one of its own.

        *name* is what the *module* calls it, where that is not how the base's name ends.
        """
        if not isinstance(made, Call):
            return Home(base)
        name = base.rpartition(":")[2] if name is None else name
        base = metadata_name(made, module, self._modules) or base
        if made.func.rpartition(".")[2] != "MetaData":
            made = metadata_of(made, module, self._values.normal)
        made = self._values.normal(made, module)
        names = (base, f"{module.path}:{name}")
        later = convention_afterwards(names, self._modules, self._values.normal)
        return Home(base, convention_of(made, later), schema_of(made))
