"""The values in models: Flask-SQLAlchemy's ``db.X`` as SQLAlchemy's, imported constants looked up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from analyzers.limits import TEXT_CHARACTERS
from analyzers.read.alembic.enums import labels_of, of_members, values_of
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.own_types import OwnTypes
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source

_EACH_VALUE = re.compile(r"\*[\[(](\w+)\.value for \1 in (\w+)[\])]")


class ModelValues:
    """Writes the values of one tree's models in SQLAlchemy's own names."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._flask: dict[str, bool] = {}
        self._members: dict[ast.ClassDef, dict[tuple[str, str], str | int]] = {}
        self._types = OwnTypes(modules, self.normal)

    def normal(self, value: Value, module: Module, depth: int = 6) -> Value:
        """*value* with Flask's ``db.X`` as ``sqlalchemy.X``, and imported constants looked up."""
        if depth <= 0:
            return value
        match value:
            case Call(func=func, args=args, kwargs=kwargs):
                if func == "." and len(args) == 2 and self.is_flask_object(args[0], module):
                    return Ref(f"sqlalchemy.{args[1]}")
                if func.startswith(".") and args and self.is_flask_object(args[0], module):
                    func, args = f"sqlalchemy{func}", args[1:]
                else:
                    func, kwargs = self._function(func, kwargs, module)
                if func.rpartition(".")[2] in {"Enum", "ENUM"} and len(args) == 1:
                    args, kwargs = self._enum(args, kwargs, module)
                made = Call(
                    func,
                    tuple(
                        self.normal(arg, module, depth - 1) for arg in self._spread(args, module)
                    ),
                    tuple((k, self._named(k, v, module, depth - 1)) for k, v in kwargs),
                    value.line,
                    value.end_line,
                )
                own = self._types.of(made, module)
                return made if own is None else own
            case Ref(name):
                found = self._reference(name, module)
                own = self._of_class(found, module) if isinstance(found, Ref) else None
                return found if own is None else own
            case Opaque(text) if text.startswith(("f'", 'f"')):
                joined = self._joined(text, module, depth)
                return value if joined is None else joined
            case Opaque():
                # A class of the module itself.
                own = self._of_class(value, module)
                return value if own is None else own
            case list() | tuple():
                return [self.normal(item, module, depth - 1) for item in value]
            case dict():
                return {k: self._named(k, v, module, depth - 1) for k, v in value.items()}
            case _:
                return value

    def _named(self, name: Value, value: Value, module: Module, depth: int) -> Value:
        """The argument or the option *name*: a schema may be a member of an enum of texts."""
        made = self.normal(value, module, depth)
        return self._text(made, module) if name == "schema" else made

    def _text(self, value: Value, module: Module) -> Value:
        """*value*; for a member of a ``StrEnum`` the text that it is."""
        if not isinstance(value, Ref | Opaque):
            return value
        holder, _, member = name_or_source(value).rpartition(".")
        found, home = self._class(holder, module)
        if not isinstance(found, ast.ClassDef):
            return value
        bases = _bases_of(found, home)
        if not any(base.rpartition(".")[2] == "StrEnum" for base in bases):
            return value
        said = self._members_of(found, home).get((member, "value"))
        return said if isinstance(said, str) else value

    def _joined(self, text: str, module: Module, depth: int) -> str | None:
        """The text that an f-string makes of imported constants: ``f"{SCHEMA}.orders.id"``."""
        try:
            made = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        parts: list[str] = []
        for part in made.values if isinstance(made, ast.JoinedStr) else ():
            match part:
                case ast.Constant(value=str(said)):
                    parts.append(said)
                case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                    found = self.normal(evaluate(inner, module.scope), module, depth - 1)
                    found = self._text(found, module)
                    if not isinstance(found, str):
                        return None
                    parts.append(found)
                case _:
                    return None
        joined = "".join(parts)
        return joined if parts and len(joined) <= TEXT_CHARACTERS else None

    def _of_class(self, value: Ref | Opaque, module: Module) -> Value | None:
        """What a class of the repository, or a member of one, is in a column: an own type, ``Mood.GLAD.value``."""
        holder, _, part = name_or_source(value).rpartition(".")
        if part not in {"name", "value"}:
            return self._types.of(value, module)
        name, _, member = holder.rpartition(".")
        found, home = module.scope.look_up(name), module
        if not isinstance(found, ast.ClassDef) and name:
            found, home = self._modules.definition(name, module.path) or (None, module)
        if not isinstance(found, ast.ClassDef):
            return None
        return self._members_of(found, home).get((member, part))

    def _members_of(self, found: ast.ClassDef, home: Module) -> dict[tuple[str, str], str | int]:
        if found not in self._members:
            self._members[found] = of_members(found, _bases_of(found, home))
        return self._members[found]

    def _values_of(self, name: str, module: Module) -> Value:
        """The values of the enum that *module* calls *name*; None where they are not known."""
        found, home = self._class(name, module)
        if not isinstance(found, ast.ClassDef):
            return None
        return values_of(found, _bases_of(found, home)) or None

    def _class(self, name: str, module: Module) -> tuple[Value | ast.AST, Module]:
        """What *module* calls *name*, followed to where it is defined, and that module."""
        bound: Value | ast.AST = module.scope.look_up(name)
        dotted = bound.name if isinstance(bound, Ref) else name
        return self._modules.definition(dotted, module.path) or (bound, module)

    def _spread(self, args: Iterable[Value], module: Module) -> Iterator[Value]:
        """*args* with the items of an imported list in place of ``*constants.KINDS``, or with an enum's values."""
        for arg in args:
            if isinstance(arg, Opaque) and arg.text.startswith("*"):
                values = _EACH_VALUE.fullmatch(arg.text)
                items = (
                    self._values_of(values[2], module)
                    if values is not None
                    else self._reference(arg.text[1:], module)
                )
                if isinstance(items, list | tuple):
                    yield from items
                    continue
            yield arg

    def _enum(
        self, args: tuple[Value, ...], kwargs: tuple[tuple[str, Value], ...], module: Module
    ) -> tuple[tuple[Value, ...], tuple[tuple[str, Value], ...]]:
        """``Enum(Mood)`` as ``Enum("SAD", "GLAD", name="mood")``: what SQLAlchemy makes of it."""
        first = args[0]
        said = first.name if isinstance(first, Ref) else ""
        said = first.text if isinstance(first, Opaque) else said
        found, _ = self._class(said, module)
        if not isinstance(found, ast.ClassDef):
            return args, kwargs
        names = labels_of(found, dict(kwargs).get("values_callable"))
        if not names:
            return args, kwargs
        if "name" not in dict(kwargs):
            kwargs = (*kwargs, ("name", found.name.lower()))
        return names, kwargs

    def _function(
        self, func: str, kwargs: tuple[tuple[str, Value], ...], module: Module
    ) -> tuple[str, tuple[tuple[str, Value], ...]]:
        if func.startswith(("sqlalchemy.", ".")):
            return func, kwargs
        holder, _, name = func.rpartition(".")
        if holder and self.is_flask(holder, module):
            return f"sqlalchemy.{name}", kwargs
        bound: Value = module.scope.look_up(func) if not holder else None
        if holder:
            found = self._modules.value(func, module.path)
            bound = found[0] if found else None
            if isinstance(bound, Ref) and bound.name != func:
                return bound.name, kwargs
        if isinstance(bound, Call) and bound.func == "functools.partial" and bound.args:
            inner = self.normal(bound.args[0], module, 2)
            if isinstance(inner, Ref):
                given = dict(kwargs)
                preset = tuple((k, v) for k, v in bound.kwargs if k not in given)
                return inner.name, (*preset, *kwargs)
        return func, kwargs

    def _reference(self, name: str, module: Module) -> Value:
        if name.startswith(("sqlalchemy.", "datetime.", "typing.")):
            return Ref(name)
        holder, _, last = name.rpartition(".")
        if holder and self.is_flask(holder, module):
            return Ref(f"sqlalchemy.{last}")
        found = self._modules.value(name, module.path)
        if found is None or isinstance(found[0], ast.AST):
            return Ref(name)
        value = found[0]
        if isinstance(value, Ref) and value.name.startswith("sqlalchemy."):
            # ``Boolean = sqlalchemy.Boolean`` in a module that models take their types from.
            return value
        return (
            value if isinstance(value, str | int | bool | dict | Call | list | tuple) else Ref(name)
        )

    def is_flask(self, dotted: str, module: Module) -> bool:
        """Whether *dotted* is a ``flask_sqlalchemy.SQLAlchemy`` object."""
        key = f"{module.path}:{dotted}"
        if key not in self._flask:
            found = self._modules.value(dotted, module.path)
            value = found[0] if found else None
            self._flask[key] = (
                found is not None
                and isinstance(value, Call)
                and (value.func.endswith("SQLAlchemy") or self._extends_flask(value.func, found[1]))
            )
        return self._flask[key]

    def is_flask_object(self, value: Value, module: Module) -> bool:
        if isinstance(value, Call):
            return value.func.endswith("SQLAlchemy") or self._extends_flask(value.func, module)
        return isinstance(value, Ref) and self.is_flask(value.name, module)

    def _extends_flask(self, name: str, module: Module) -> bool:
        """Whether *name* is a class of the repository made of Flask-SQLAlchemy's own."""
        made: Value = module.scope.look_up(name)
        if "." in name:
            found = self._modules.definition(name, module.path)
            made = found[0] if found else None
        if not isinstance(made, ast.ClassDef):
            return False
        return any(ast.unparse(base).endswith("SQLAlchemy") for base in made.bases)


def _bases_of(definition: ast.ClassDef, home: Module) -> list[str]:
    return [name_or_source(evaluate(base, home.scope)) for base in definition.bases]
