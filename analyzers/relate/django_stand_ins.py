"""
Stand-ins that let Django's autodetector and writer work on values nobody has run.

Each knows how it is written (``deconstruct``) and compares by that. Imported
only when a migration is to be written, or its SQL to be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import EnumType
from typing import Any

import django.apps
import django.conf
from django.db import models
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.migration import Migration
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.serializer import BaseSerializer
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.db.models import expressions, functions
from django.db.models.fields import NOT_PROVIDED

from analyzers.read.django.model_class import MODEL
from analyzers.relate.written import Answers, Question, UnwritableError, module_of
from analyzers.vocabulary import Key

Model: type = models.Model


class Name:
    """An expression that is printed back, with the imports that it needs."""

    def __init__(self, text: str, *imports: str, unknown: str = "") -> None:
        self.text = text
        self.imports = imports
        self.unknown = unknown
        """What in it nothing is known of, so that it cannot stand in a file."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __call__(self) -> Name:
        """Django asks whether defaults and choices can be called; nobody calls this."""
        return self


class _NameSerializer(BaseSerializer):  # type: ignore[misc]
    def serialize(self) -> tuple[str, set[str]]:
        text = self.value.text
        if "lambda" in text:
            raise UnwritableError(f"a lambda cannot be written into a migration: {text[:80]}")
        if self.value.unknown:
            raise UnwritableError(f"what `{self.value.unknown}` is in {text[:80]} is not known")
        return text, set(self.value.imports)


MigrationWriter.register_serializer(Name, _NameSerializer)


_DELETIONS = frozenset({"DB_CASCADE", "DB_SET_DEFAULT", "DB_SET_NULL"})
"""What the database does where the target is deleted: since 6.1."""


def name_of(dotted: str) -> Name:
    """A reference, written as Django's writer writes the thing itself."""
    if dotted.startswith("builtins."):
        return Name(dotted[9:])
    if dotted.startswith("django.db.models."):
        enumeration, _, member = dotted[17:].rpartition(".")
        if isinstance(made := getattr(models, enumeration, None), EnumType):
            # A member is written by its name in the place where the enumeration is defined.
            text = f"{made.__module__}.{enumeration}[{member!r}]"
            return Name(text, f"import {made.__module__}")
        short = dotted.rpartition(".")[2]
        deletion = short in _DELETIONS or (short.isupper() and hasattr(models.deletion, short))
        if dotted.count(".") == 3 and deletion:
            return Name(f"django.db.models.deletion.{short}", "import django.db.models.deletion")
        cls = getattr(models, short, None) if dotted.count(".") == 3 else None
        if isinstance(cls, type) and cls is not Model:
            # A class as a value is written by where it is defined.
            return Name(f"{cls.__module__}.{short}", f"import {cls.__module__}")
        return Name(f"models.{dotted[17:]}", "from django.db import models")
    if dotted.startswith("django.conf.settings."):
        return Name(dotted[12:], "from django.conf import settings")
    module = module_of(dotted)
    return Name(dotted, f"import {module}") if module else Name(dotted)


def base(dotted: str) -> type:
    """A base class of a model: Django's writer asks it for its name alone."""
    if dotted == MODEL:
        return Model
    called, made, given = dotted.partition("(")
    module, _, name = called.rpartition(".")
    return type(f"{name}{made}{given}", (), {"__module__": module})


_OF_DJANGO = re.compile(r"django\.db\.models\.(functions\.)?(?:\w+\.)?(\w+)")


_OF_POSTGRESQL = re.compile(r"(django\.contrib\.postgres\.fields\.)([A-Z]\w*)")
_MODULES = {
    "CICharField": "citext.",
    "CIEmailField": "citext.",
    "CITextField": "citext.",
    "HStoreField": "hstore.",
    "JSONField": "jsonb.",
}
"""Where fields for PostgreSQL are defined; an ``ArrayField`` says that it stands above."""


def written_at(dotted: str) -> str:
    """*dotted*, of a class of Django's where it is defined: Django writes all so that ``models`` itself has not."""
    match = _OF_POSTGRESQL.fullmatch(dotted)
    if match is not None:
        name = match[2]
        module = "ranges." if name.endswith("RangeField") else _MODULES.get(name, "")
        return f"{match[1]}{module}{name}"
    match = _OF_DJANGO.fullmatch(dotted)
    if match is None or hasattr(models, match[2]):
        return dotted
    made = getattr(functions if match[1] else expressions, match[2], None)
    return f"{made.__module__}.{made.__name__}" if isinstance(made, type) else dotted


class Called:
    """The call of a name with arguments, such as a validator or an expression."""

    def __init__(self, path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
        self.path = written_at(path)
        self.args = args
        self.kwargs = kwargs

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.path, list(self.args), dict(self.kwargs)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _told(self) == _told(other)

    def __hash__(self) -> int:
        return hash(self.path)


def _told(value: Any) -> Any:
    """*value* so that two which say the same are equal: two fields of Django's never are."""
    match value:
        case Called() | models.Field():
            return type(value), [_told(part) for part in value.deconstruct()]
        case list() | tuple():
            return type(value), [_told(part) for part in value]
        case dict():
            return {key: _told(part) for key, part in value.items()}
        case _:
            return value


class Member(Called):
    """An index or a constraint."""

    non_db_attrs = ("violation_error_code", "violation_error_message")

    @property
    def name(self) -> str:
        """Its name in the database."""
        return str(self.kwargs.get("name", ""))

    @property
    def fields(self) -> list[str]:
        """The fields of an index, with a minus before those that it holds in descending order."""
        return [str(f) for f in self.kwargs.get("fields", [])]

    def clone(self) -> Member:
        """A copy, as Django's state makes one."""
        return Member(self.path, list(self.args), dict(self.kwargs))


def configure(user_model: str) -> None:
    """Give Django the few settings that its autodetector asks for: never those of a repository."""
    if not django.conf.settings.configured:
        django.conf.settings.configure(AUTH_USER_MODEL=user_model, USE_I18N=False)
    else:
        django.conf.settings.AUTH_USER_MODEL = user_model
    if not django.apps.apps.ready:
        django.apps.apps.populate(())


def project_state(
    parts: Iterable[
        tuple[str, str, dict[str, Any], dict[str, Any], tuple[Any, ...], list[tuple[str, Any]]]
    ],
) -> ProjectState:
    """A ``ProjectState`` of (app, name, fields, options, bases, managers)."""
    state = ProjectState()
    for app, name, fields, options, bases, managers in parts:
        if options.get("proxy") and not any(isinstance(base, str) for base in bases):
            # Of which model it is a proxy is not known, and Django would look for it.
            continue
        state.models[app, name.lower()] = ModelState(
            app, name, list(fields.items()), options, bases or (models.Model,), managers
        )
    return state


def bring_bases(*states: ProjectState) -> None:
    """Put the models of packages, of which proxies in *states* are, into all of them: Django looks for them."""
    named = {
        base.lower()
        for state in states
        for model in state.models.values()
        if model.options.get("proxy")
        for base in model.bases
        if isinstance(base, str) and base.count(".") == 1
    }
    for app, _, name in (base.partition(".") for base in sorted(named)):
        if not any((app, name) in state.models for state in states):
            for state in states:
                state.models[app, name] = ModelState(app, name, [], {}, (models.Model,), [])


def graph(nodes: Mapping[Key, tuple[Key, ...]]) -> MigrationGraph:
    """Django's graph of *nodes* and their parents."""
    made = MigrationGraph()
    for key in nodes:
        made.add_node((key.app, key.name), Migration(key.name, key.app))
    for key, parents in nodes.items():
        for parent in parents:
            if parent in nodes:
                # Both ends are there: looking all nodes through for each line proves nothing.
                made.add_dependency(
                    None, (key.app, key.name), (parent.app, parent.name), skip_validation=True
                )
    return made


class Questioner(MigrationQuestioner):  # type: ignore[misc]
    """Writes down what Django would ask, and answers as it was told to."""

    def __init__(self, asked: list[Question], answers: Answers) -> None:
        super().__init__()
        self.asked = asked
        self.answers = answers

    def ask_initial(self, app_label: str) -> bool:  # noqa: ARG002  Django's signature
        return True

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        field = f"{model_name}.{field_name}"
        said = self._value_asked(field, "is new, NOT NULL, and has no default")
        return Name("...") if said is None else one_off(said)

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        field = f"{model_name}.{field_name}"
        said = self._value_asked(field, "becomes NOT NULL and has no default")
        return NOT_PROVIDED if said is None else one_off(said)

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        field = f"{model_name}.{field_name}"
        self._value_asked(field, "is new with auto_now_add and has no default")
        own = dict(self.answers.defaults).get(field.lower())
        return one_off("timezone.now" if own is None else own)

    def ask_unique_callable_default_addition(self, field_name: str, model_name: str) -> Any:
        del field_name, model_name
        return None

    def ask_rename(
        self, model_name: str, old_name: str, new_name: str, field_instance: Any
    ) -> bool:
        if getattr(field_instance, "db_column", None) is not None:
            # Django asks only where the column is the old one's: it is kept, whatever its attribute is called.
            return True
        self.asked.append(
            Question(
                kind="rename",
                text=f"Was {model_name}.{old_name} renamed to {model_name}.{new_name}?",
                answers=("renamed: the data stays", "removed and added: the data is lost"),
            )
        )
        return self.answers.rename

    def ask_rename_model(self, old_model_state: ModelState, new_model_state: ModelState) -> bool:
        self.asked.append(
            Question(
                kind="rename",
                text=f"Was the model {old_model_state.name} renamed to {new_model_state.name}?",
                answers=("renamed: the data stays", "deleted and created: the data is lost"),
            )
        )
        return self.answers.rename

    def _value_asked(self, field: str, what: str) -> str | None:
        self.asked.append(
            Question(
                kind="default",
                field=field.lower(),
                text=f"{field} {what}: existing rows need a value.",
                answers=(
                    "a one-off value for existing rows",
                    "a default in the model, or null=True",
                ),
            )
        )
        return self.answers.default_of(field.lower())


_IMPORTED = {
    "timezone": ("django.utils.timezone", "import django.utils.timezone"),
    "datetime": ("datetime", "import datetime"),
    "decimal": ("decimal", "import decimal"),
    "uuid": ("uuid", "import uuid"),
}
"""The modules that a one-off value may name: those that Django's own question has at hand, and two more."""


def one_off(text: str) -> Name:
    """The source *text* of a value, with the import that it needs."""
    module, imported = _IMPORTED.get(text.partition(".")[0], ("", ""))
    return Name(f"{module}.{text.partition('.')[2]}", imported) if module else Name(text)


def source(migration: Migration) -> str:
    """The migration's file, without the line that tells the time."""
    try:
        return str(MigrationWriter(migration, include_header=False).as_string())
    except ValueError as error:
        raise UnwritableError(str(error).splitlines()[0]) from None
