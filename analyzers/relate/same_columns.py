"""
Whether two versions of a Django migration differ in nothing that a database can tell.

Where a field's class becomes another with the same column (a library's or the
project's own in place of Django's, or with another argument that it keeps to
itself, one that Django has no more, or one of its texts of that length), or a relation leads to a proxy in place of its model, the text differs
and no column does. Nor does one where a field is altered to what it is already, as far as the database
knows it, or its default of Python's fills no row. What is not certain differs.
"""

from __future__ import annotations

from dataclasses import replace

from analyzers.read.django.migrations import Content
from analyzers.read.values import Call, Value, as_text, known
from analyzers.relate.django_fields import by_database, is_django_field, normal_field
from analyzers.relate.django_state import DjangoState, argument
from analyzers.relate.django_tables import PROXIES
from analyzers.relate.stateless import STATE_ONLY, STATE_ONLY_OF, STATE_OPERATIONS
from analyzers.relate.view import View
from analyzers.vocabulary import Migration

_FIELD_OF = {"AddField": 2, "AlterField": 2}
"""Where the field stands that an operation is given."""

_TO_ONE = frozenset({"ForeignKey", "OneToOneField"})
"""Relations whose column is named after the field; a table between two is named after the model."""

_BOOLEAN = "django.db.models.BooleanField"
_TEXT = "django.db.models.CharField"

_TEXTS = {"EmailField": 254, "URLField": 200, "FilePathField": 100}
"""Django's texts whose column is that of a ``CharField``, with the length that they have unless told."""
_OF_PATHS = frozenset({"path", "match", "recursive", "allow_files", "allow_folders"})

_NAMES = frozenset({"db_column", "db_table", "to_field"})
"""Arguments that name a column or table; as bytes no Python 3 can write one, and Python 2 takes them for texts."""

_VALUES = frozenset({"default", "db_default"})
"""Arguments that come into the rows: of these bytes are another value than their text."""


def same_columns(one: tuple[View, Migration], two: tuple[View, Migration]) -> bool:
    """Whether the operations of both, each in its tree, do the same to every database."""
    first, second = _Version(*one).operations(), _Version(*two).operations()
    return first is not None and first == second


class _Version:
    """One migration's operations, each field as the one of Django's that has its column."""

    def __init__(self, view: View, migration: Migration) -> None:
        self.view = view
        self.migration = migration
        self._state: DjangoState | None = None

    def operations(self) -> list[Value] | None:
        """Without what only the state knows; None where they are not all known."""
        content = self.migration.content
        if not isinstance(content, Content) or not content.operations_known:
            return None
        # What is altered may have been made by an operation above.
        alters = any(_is_django(o.call, "AlterField") for o in content.operations)
        state = self._before().copy() if alters else None
        done: list[Value] = []
        for operation in content.operations:
            call = operation.call
            if isinstance(call, Call) and not _of_state(call):
                if state is not None and _is_django(call, "AlterField"):
                    done += self._altered(call, state)
                else:
                    done.append(self._operation(call))
            elif not isinstance(call, Call):
                done.append(call)
            if state is not None:
                state.apply(call, self.migration.key.app)
        return done

    def _altered(self, call: Call, state: DjangoState) -> list[Value]:
        """What ``AlterField`` does to the column that *state* has; nothing where it is that column already."""
        after = argument(call, "field", 2)
        name = argument(call, "name", 1)
        model = state.get(self.migration.key.app, argument(call, "model_name", 0))
        before = model.fields.get(name) if model is not None and isinstance(name, str) else None
        if model is None or not model.complete or state.uncertain:
            return [self._operation(call)]
        if not isinstance(before, Call) or not isinstance(after, Call):
            return [self._operation(call)]
        if not known(before) or not known(after):
            return [self._operation(call)]
        old, new = self._field(_without_default(before)), self._field(_without_default(after))
        if old == new:
            return []
        # Only rows that are NULL and may not stay so are given the default.
        fills = before.get("null", False) is not False and after.get("null", False) is not True
        if fills or not is_django_field(before.func) or not is_django_field(after.func):
            return [self._operation(call)]
        return [("AlterField", argument(call, "model_name", 0), name, new)]

    def _operation(self, call: Value) -> Value:
        if not isinstance(call, Call) or not call.func.startswith("django.db.migrations."):
            return call
        name = _name(call)
        if name == "CreateModel":
            return self._create_model(call)
        if name == "SeparateDatabaseAndState":
            listed = argument(call, "database_operations", 0)
            inner = listed if isinstance(listed, list | tuple) else (listed,)
            return (name, [self._operation(o) for o in inner])
        if name not in _FIELD_OF:
            return call
        field = self._field(argument(call, "field", _FIELD_OF[name]))
        return (name, argument(call, "model_name", 0), argument(call, "name", 1), field)

    def _create_model(self, call: Call) -> Value:
        fields = argument(call, "fields", 1)
        options = argument(call, "options", 2, {})
        if not isinstance(fields, list | tuple) or not isinstance(options, dict):
            return call
        # A new table has no rows that a default of Python's would fill.
        columns = [
            (f[0], self._field(_without_default(f[1])))
            if isinstance(f, list | tuple) and len(f) == 2
            else f
            for f in fields
        ]
        kept = {
            k: as_text(v) if k in _NAMES else v for k, v in options.items() if k not in STATE_ONLY
        }
        return ("CreateModel", argument(call, "name", 0), columns, kept)

    def _field(self, value: Value) -> Value:
        if not isinstance(value, Call):
            return value
        if _name(value) == "TaggableManager":
            # No column: whichever library's it is, the tags stand in the table between.
            return ("TaggableManager", value.get("through"), value.get("to"))
        if not is_django_field(value.func):
            cls = self.view.class_of(value.func)
            column = cls.column(value) if cls is not None else None
            if column is None:
                return replace(value, kwargs=_stored(value))
            value = column
        value = _in_newer_words(value)
        app = self.migration.key.app
        # Which model the setting names is another matter in every project.
        context = replace(self.view.context_of(app, ""), user_model=None)
        normal = normal_field(value, context)
        arguments = dict(_stored(Call(normal.cls, (), tuple(normal.arguments.items()))))
        to = arguments.get("to")
        if _name(value) in _TO_ONE and isinstance(to, str):
            arguments["to"] = self._concrete(to)
        return (normal.cls, arguments)

    def _concrete(self, label: str) -> str:
        """The model with the table of *label* (in lower case) where this migration runs."""
        for _ in range(PROXIES):
            model = self._before().related("", label)
            if model is None or not model.options.get("proxy"):
                break
            bases = model.bases if isinstance(model.bases, list | tuple) else ()
            above = [b for b in bases if isinstance(b, str) and "." in b]
            if not above:
                break
            label = above[0].lower()
        return label

    def _before(self) -> DjangoState:
        if self._state is None:
            graph = self.view.graph
            above = graph.ancestors(self.migration.key)
            self._state = DjangoState()
            for key in graph.order:
                if key in above and key != self.migration.key:
                    self._state.play(graph.migrations[key], key.app)
        return self._state


def _is_django(call: Value, name: str) -> bool:
    """Whether *call* is the operation of Django's of that name."""
    return isinstance(call, Call) and call.func in {
        f"django.db.migrations.{name}",
        f"django.db.migrations.operations.{name}",
    }


def _of_state(call: Call) -> bool:
    """Whether the operation never reaches a database."""
    if _is_django(call, "SeparateDatabaseAndState"):
        return argument(call, "database_operations", 0) in (None, [], ())
    return _name(call) in STATE_OPERATIONS


def _in_newer_words(field: Call) -> Call:
    """Django's field with the same column that newer versions have in place of it, or that says it plainly."""
    match field.func.rpartition("."):
        case "django.db.models", _, "NullBooleanField":
            rest = tuple((k, v) for k, v in field.kwargs if k not in {"null", "blank"})
            return replace(field, func=_BOOLEAN, kwargs=(*rest, ("null", True)))
        case package, _, "JSONField" if package.startswith("django.contrib.postgres."):
            return replace(field, func="django.db.models.JSONField")
        case "django.db.models", _, kind if kind in _TEXTS and not field.args:
            length = field.get("max_length", _TEXTS[kind])
            rest = tuple((k, v) for k, v in field.kwargs if k not in {"max_length", *_OF_PATHS})
            return replace(field, func=_TEXT, kwargs=(*rest, ("max_length", length)))
        case _:
            return field


def _stored(field: Call) -> tuple[tuple[str, Value], ...]:
    """The arguments that are more than the state's own, sorted."""
    aside = STATE_ONLY | STATE_ONLY_OF.get(_name(field), frozenset())
    own = not is_django_field(field.func)
    kept = (
        (k, as_text(v) if k in _NAMES or (own and k not in _VALUES) else v)
        for k, v in field.kwargs
        if k not in aside or by_database(k, v)
    )
    return tuple(sorted(kept, key=lambda kv: kv[0]))


def _without_default(field: Value) -> Value:
    if not isinstance(field, Call):
        return field
    return replace(field, kwargs=tuple((k, v) for k, v in field.kwargs if k != "default"))


def _name(call: Call) -> str:
    return call.func.rpartition(".")[2]
