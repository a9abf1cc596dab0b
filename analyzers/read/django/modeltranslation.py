"""
The fields that django-modeltranslation adds to models: one for each language, after the field that they translate.

Which models and fields is said in the ``translation.py`` files of a project; in
which languages, in its settings. Where either is not known, so are the fields.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from analyzers.frozen import dataclass
from analyzers.read.django.model_class import FieldDef
from analyzers.read.django.settings import TRANSLATIONS
from analyzers.read.modules import ClassFound, Module, used_names
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref, Value

UNKNOWN = "a field for each language"
_LIBRARY = "modeltranslation"
_MEMBERS = ("unique_together", "constraints", "indexes")
"""Options that some versions of the library repeat for each language."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A model with the fields that its translations add."""

    fields: dict[str, FieldDef]
    options: dict[str, Value]
    known: bool = True


class Translations:
    """What the translation files of a project register."""

    def __init__(self, project: Project, languages: tuple[str, ...] | None) -> None:
        """*languages* are their codes; None where they are not known."""
        self.project = project
        self.languages = languages

    @cached_property
    def registered(self) -> Mapping[str, tuple[str, ...] | None]:
        """The translated fields by the dotted path of the model; None where they are not known."""
        paths = [p for p in sorted(self.project.python) if p.rpartition("/")[2] == TRANSLATIONS]
        self.project.tree.prefetch(paths)
        found: dict[str, tuple[str, ...] | None] = {}
        for path in paths:
            module = self._module(path)
            for statement in module.body if module is not None else ():
                if module is None or isinstance(statement, ast.Import | ast.ImportFrom):
                    continue
                for dotted, fields in self._said(module, statement):
                    # Registered twice is an error, or one of two branches.
                    found[dotted] = None if dotted in found else fields
        return found

    def _module(self, path: str) -> Module | None:
        try:
            content = self.project.tree.read(path)
        except KeyError:
            return None
        return self.project.at(path) if _LIBRARY.encode() in content else None

    def _said(
        self, module: Module, statement: ast.stmt
    ) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        calls: list[tuple[ast.Call, ast.expr | None]] = []
        match statement:
            case ast.ClassDef(decorator_list=decorators):
                options = ast.Name(id=statement.name, ctx=ast.Load())
                calls = [(d, options) for d in decorators if isinstance(d, ast.Call)]
            case ast.Expr(value=ast.Call() as call):
                calls = [(call, call.args[1] if len(call.args) > 1 else None)]
            case _:
                # A loop or a condition: whatever model it names may be registered there.
                for name in sorted(used_names(statement)):
                    for dotted in self._models(module.evaluator.name(name)):
                        yield dotted, None
        for call, node in calls:
            func = module.evaluator.evaluate(call.func)
            if isinstance(func, Ref) and _registers(func.name) and call.args:
                fields = self._fields(module.evaluator.evaluate(node)) if node is not None else None
                for dotted in self._models(module.evaluator.evaluate(call.args[0])):
                    yield dotted, fields

    def _models(self, value: Value) -> Iterator[str]:
        for each in value if isinstance(value, list | tuple) else (value,):
            found = self.project.find_class(each.name) if isinstance(each, Ref) else None
            if found is not None:
                yield found.dotted

    def _fields(self, options: Value) -> tuple[str, ...] | None:
        """``fields`` of a class of options, those of its parents included."""
        found = self.project.find_class(options.name) if isinstance(options, Ref) else None
        if found is None:
            return None
        names: dict[str, None] = {}
        for entry in self.project.linear(found):
            if isinstance(entry, str):
                if not entry.startswith((_LIBRARY, "builtins.")):
                    return None
                continue
            said = self.project.own_attribute(entry, "fields")
            listed = [] if said is None else said
            if not isinstance(listed, list | tuple | frozenset) or not _texts(listed):
                return None
            if self.project.own_attribute(entry, "field_options") is not None:
                return None
            names.update(dict.fromkeys(listed))
        return tuple(names)

    def of(
        self, found: ClassFound, fields: Mapping[str, FieldDef], options: Mapping[str, Value]
    ) -> Translated | None:
        """What translations make of the model *found*; None where it has none."""
        if found.dotted not in self.registered:
            return None
        abstract = (above for above in self.project.mro(found) if above.dotted in self.registered)
        names: dict[str, None] = {}
        for above in abstract:
            listed = self.registered[above.dotted]
            if listed is None or self.languages is None:
                return Translated(dict(fields), dict(options), known=False)
            # A parent with a table of its own keeps its fields there.
            own = listed if above.dotted == found.dotted else [n for n in listed if n in fields]
            names.update(dict.fromkeys(own))
        made: dict[str, FieldDef] = {}
        for name, definition in fields.items():
            made[name] = definition
            for language in self.languages or () if name in names else ():
                value = _in_language(definition.value, language)
                made[_localised(name, language)] = replace(definition, value=value)
        repeated = {
            k: Opaque(k, "each version of django-modeltranslation repeats other members")
            for k in _MEMBERS
            if set(_named_in(options.get(k))) & set(names)
        }
        return Translated(made, {**options, **repeated}, known=set(names) <= set(fields))


def _registers(name: str) -> bool:
    return name.startswith(f"{_LIBRARY}.") and name.rpartition(".")[2] == "register"


def _texts(listed: Iterable[Value]) -> bool:
    return all(isinstance(name, str) for name in listed)


def _localised(name: str, language: str) -> str:
    # "id" would look like the column of a foreign key.
    return f"{name}_{'ind' if language == 'id' else language.replace('-', '_')}"


def _in_language(value: Value, language: str) -> Value:
    """The field *value* for one language: it need not be filled in."""
    if not isinstance(value, Call) or value.func.endswith("ManyToManyField"):
        return Opaque(f"{value!r} in {language}"[:200], "a field of an unknown kind")
    kwargs = dict(value.kwargs)
    if not value.func.endswith("BooleanField"):
        kwargs["null"] = True
    column = kwargs.get("db_column")
    if column is not None:
        kwargs["db_column"] = (
            _localised(column, language) if isinstance(column, str) else Opaque("db_column")
        )
    return replace(value, kwargs=tuple(kwargs.items()))


def _named_in(value: Value) -> Iterator[str]:
    """The texts within an option: among them the names of its fields."""
    match value:
        case str():
            yield value.removeprefix("-")
        case Call(args=args, kwargs=kwargs):
            for inner in (*args, *(v for k, v in kwargs if k != "name")):
                yield from _named_in(inner)
        case list() | tuple() | set() | frozenset():
            for inner in value:
                yield from _named_in(inner)
        case _:
            pass
