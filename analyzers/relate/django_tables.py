"""The state of Django's models as tables: columns, keys, indexes and constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzers.read.django.columns import (
    COLUMNLESS,
    POSITIVE,
    RELATIONS,
    Target,
    column_of,
    is_many_to_many,
    own_class,
    short_name,
    target_of,
)
from analyzers.read.django.version import Version
from analyzers.read.values import Call, Ref, Value, as_text
from analyzers.relate.django_fields import in_one_spelling
from analyzers.relate.django_state import DjangoState, ModelState
from analyzers.vocabulary import (
    Column,
    Constraint,
    ConstraintKind,
    CreateTable,
    Index,
    Place,
    Reference,
    Table,
)

PROXIES = 10
"""Proxies of proxies that are followed."""


class Columns:
    """
    Columns of fields, made once for all migrations.

    A table is asked for before each of its changes: making all its columns
    anew each time takes the square of their number.
    """

    def __init__(
        self,
        database: str,
        stored: Callable[[Call], Call | None] = lambda _: None,
        django: Callable[[], Version | None] = lambda: None,
    ) -> None:
        """*stored* tells which field of Django's has the column of a project's own class, *django* the version."""
        self.database = database
        self.stored = stored
        self.django = django
        self._made: dict[tuple[str, int], tuple[Value, Column | None]] = {}

    def of(self, name: str, value: Value, target: Target) -> Column | None:
        """The column of a field; None where it has none."""
        if short_name(value) in RELATIONS:
            # What it leads to may have changed meanwhile.
            return self._column(name, value, target)
        key = (name, id(value))
        if key not in self._made:
            # The value is kept with its column, so that its id stays its own.
            self._made[key] = value, self._column(name, value, target)
        return self._made[key][1]

    def _column(self, name: str, value: Value, target: Target) -> Column | None:
        value = self._in_django_s_words(value)
        made = column_of(name, value, self.database, target)
        if made is None:
            return None
        if short_name(value) in POSITIVE and own_class(value):
            made = replace(made, checked=self._checks_numbers())
        collation = value.get("db_collation") if isinstance(value, Call) else None
        if isinstance(collation, str) and made.type:
            made = replace(made, type=f'{made.type} collate "{collation}"')
        return made

    def _checks_numbers(self) -> bool:
        """Whether a positive number's column has a check: before Django 3.0 it had none on MySQL."""
        version = self.django() if self.database == "mysql" else None
        return version is None or version >= (3, 0)

    def _in_django_s_words(self, value: Value) -> Value:
        """*value*, or the field of Django's that has the same column; relations stay as they are."""
        if not isinstance(value, Call) or own_class(value) or short_name(value) in RELATIONS:
            return value
        plain = self.stored(value)
        if plain is None or short_name(plain) in RELATIONS | COLUMNLESS or is_many_to_many(plain):
            return value
        return plain


@dataclass(slots=True)
class Tables:
    """The tables of a state, as they are when each is asked for."""

    state: DjangoState
    database: str
    user_model: str | None
    columns: Columns
    place: Place
    """Where it is said that a table has to be known."""

    def related(self, app: str, to: Value) -> ModelState | None:
        """The model that a relation written in *app* leads to."""
        return self.state.related(app, self.swapped(to))

    def swapped(self, to: Value) -> Value:
        """*to*, or the user model that it asks the settings for."""
        asks = isinstance(to, Ref) and to.name.endswith("AUTH_USER_MODEL")
        return self.user_model if asks else to

    def target(self, app: str, own: ModelState | None = None) -> Target:
        """How relations written in *app* are followed."""

        def follow(to: Value) -> tuple[str | None, Column | None]:
            to = self.swapped(to)
            if to == "self" and own is not None:
                model: ModelState | None = own
            else:
                model = self.related(app, to)
            for _ in range(PROXIES):
                if model is None or not model.options.get("proxy"):
                    break
                # A proxy has its base's table.
                bases = model.bases if isinstance(model.bases, list | tuple) else ()
                to = next((b for b in bases if isinstance(b, str)), None)
                model = self.related(model.app, to)
            if model is None:
                return _outside(to), None
            return model.table, self.primary_key(model)

        return follow

    def primary_key(self, model: ModelState, depth: int = 0) -> Column | None:
        """The key's column; None where it is not known."""
        for name, value in model.fields.items():
            if isinstance(value, Call) and (
                value.get("primary_key") is True or short_name(value).endswith("AutoField")
            ):
                if short_name(value) in RELATIONS:
                    parent = self.related(model.app, target_of(value))
                    inner = (
                        self.primary_key(parent, depth + 1)
                        if parent is not None and depth < 10
                        else None
                    )
                    return Column(name=f"{name}_id", type=inner.type if inner else None)
                found = column_of(name, value, self.database, lambda _: (None, None))
                if found is None:
                    return None
                return found
        return None

    def column(self, model: ModelState, name: str, value: Value) -> Column | None:
        """The column of the field *name* of *model*."""
        return self.columns.of(name, value, self.target(model.app, model))

    def table_named(self, name: str | None) -> Table | None:
        """The table of that name, of a model or between two."""
        if not name:
            return None
        model = self.state.by_table(name)
        if model is not None:
            return self.table(model)
        for owner in self.state.models.values():
            for attribute, value in owner.fields.items():
                if between_table(owner, attribute, value) == name:
                    made = next(self.between(owner, attribute, value, self.place))
                    return Table(name=name, columns=made.columns)
        return None

    def table(self, model: ModelState) -> Table:
        """The table of *model*."""
        columns = [self.column(model, n, v) for n, v in model.fields.items()]
        indexes = [self.index(model, i) for i in listed(model.options.get("indexes"))]
        constraints = [self.constraint(model, c) for c in listed(model.options.get("constraints"))]
        return Table(
            name=model.table,
            model=f"{model.app}.{model.name}",
            columns=tuple(c for c in columns if c is not None),
            indexes=tuple(i for i in indexes if i is not None),
            constraints=(
                *(c for c in constraints if c is not None),
                *(
                    Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=self.names(model, g))
                    for g in sorted(groups(model.options.get("unique_together")))
                ),
            ),
            complete=model.complete and not self.state.uncertain,
        )

    def names(self, model: ModelState, attributes: Iterable[Value]) -> tuple[str, ...]:
        """Columns of *attributes* (``-`` before a name is an order)."""
        found = []
        for attribute in attributes:
            if not isinstance(attribute, str):
                found.append("(expression)")
                continue
            bare = attribute.lstrip("-")
            column = self.column(model, bare, model.fields.get(bare))
            found.append(column.name if column is not None else bare)
        return tuple(found)

    def index(self, model: ModelState, value: Value) -> Index | None:
        """A member of ``Meta.indexes``."""
        if not isinstance(value, Call):
            return None
        name, fields = value.get("name"), value.get("fields", [])
        kind = short_name(value)
        return Index(
            name=name if isinstance(name, str) else None,
            columns=(
                *self.names(model, fields if isinstance(fields, list | tuple) else ()),
                *("(expression)" for _ in value.args),
            ),
            method=None if kind == "Index" else kind.removesuffix("Index").lower(),
            condition="(condition)" if value.get("condition") is not None else None,
        )

    def constraint(self, model: ModelState, value: Value) -> Constraint | None:
        """A member of ``Meta.constraints``."""
        if not isinstance(value, Call):
            return None
        name = value.get("name")
        kind = {
            "CheckConstraint": ConstraintKind.CHECK,
            "UniqueConstraint": ConstraintKind.UNIQUE,
            "ExclusionConstraint": ConstraintKind.EXCLUDE,
        }.get(short_name(value))
        if kind is None:
            return None
        fields = value.get("fields", ())
        condition = value.get("condition", value.get("check"))
        return Constraint(
            kind=kind,
            name=name if isinstance(name, str) else None,
            columns=self.names(model, fields if isinstance(fields, list | tuple) else ()),
            expression=self._not_null(model, condition)
            or ("(expression)" if value.args or condition is not None else None),
            deferrable=value.get("deferrable") is not None,
        )

    def _not_null(self, model: ModelState, condition: Value) -> str | None:
        """The condition as SQL, as far as it says of columns that they are not NULL; None where of none."""
        said = [self._attribute(model, term) for term in _demands(condition)]
        if not any(said):
            return None
        return " AND ".join(
            f"{c.name} IS NOT NULL" if c is not None else "(expression)" for c in said
        )

    def _attribute(self, model: ModelState, name: str | None) -> Column | None:
        """The column of *name*, a field or the attribute of a relation that holds the key (``customer_id``)."""
        if name is None:
            return None
        field = name if name in model.fields else name.removesuffix("_id")
        value = model.fields.get(field)
        if field != name and short_name(value) not in RELATIONS:
            return None
        return self.column(model, field, value)

    def between(
        self, model: ModelState, name: str, value: Value, place: Place
    ) -> Iterator[CreateTable]:
        """The table of a many-to-many field, where Django makes it."""
        table = between_table(model, name, value)
        if table is None or not isinstance(value, Call):
            return
        other, key = self.target(model.app, model)(target_of(value))
        own = self.primary_key(model)
        near, far = self._ends(model, target_of(value), other)
        yield CreateTable(
            place=place,
            table=table,
            columns=(
                Column(name="id", type="bigint", null=False, primary_key=True),
                Column(
                    name=near,
                    type=own.type if own else None,
                    null=False,
                    references=Reference(table=model.table),
                ),
                Column(
                    name=far,
                    type=key.type if key else None,
                    null=False,
                    references=Reference(table=other) if other else None,
                ),
            ),
        )

    def _ends(self, model: ModelState, to: Value, table: str | None) -> tuple[str, str]:
        """What Django calls the columns of a table between *model* and *to*: after the classes."""
        known = model if to == "self" else self.related(model.app, to)
        if known is not None:
            far = known.name.lower()
        elif isinstance(to, str):
            far = to.rpartition(".")[2].lower()
        else:
            far = (table or "to").rpartition("_")[2]
        near = model.name.lower()
        return (f"from_{near}_id", f"to_{far}_id") if near == far else (f"{near}_id", f"{far}_id")


def between_table(model: ModelState, name: str, value: Value) -> str | None:
    """The table that Django makes for a many-to-many field; None where it makes none."""
    if (
        not is_many_to_many(value)
        or not isinstance(value, Call)
        or value.get("through") is not None
    ):
        return None
    chosen = as_text(value.get("db_table"))
    return chosen if isinstance(chosen, str) else f"{model.table}_{name.lower()}"


def _demands(condition: Value) -> tuple[str | None, ...]:
    """
    What must hold of each row by *condition*: the attributes that are not NULL, None for what is another demand.

    Of each form that Django, its writer or a person gives a ``Q``: names, pairs,
    one within another, denied.
    """
    node = in_one_spelling(condition) if isinstance(condition, Call) else None
    waiting: list[tuple[Value, bool]] = [(node, False)]
    found: list[str | None] = []
    while waiting:
        term, denied = waiting.pop()
        match term:
            case Call(func="Q", args=terms):
                denied ^= term.get("negated") is True
                if term.get("connector") == ("OR" if denied else "AND") or len(terms) == 1:
                    waiting += ((t, denied) for t in reversed(terms))
                else:
                    found.append(None)
            case (str(key), bool(null)) | [str(key), bool(null)] if key.endswith("__isnull"):
                found.append(key.removesuffix("__isnull") if null is denied else None)
            case _:
                found.append(None)
    return tuple(found)


def _outside(to: Value) -> str | None:
    """The table of a model in an installed package, by Django's way of naming it."""
    if isinstance(to, str) and to.count(".") == 1:
        app, _, name = to.partition(".")
        known: Mapping[str, str] = {
            "auth.user": "auth_user",
            "auth.group": "auth_group",
            "auth.permission": "auth_permission",
            "contenttypes.contenttype": "django_content_type",
            "sites.site": "django_site",
        }
        return known.get(to.lower(), f"{app}_{name.lower()}")
    return None


def listed(value: Value) -> tuple[Value, ...]:
    """The members of an option that is a list; none where it is not known."""
    return tuple(value) if isinstance(value, list | tuple) else ()


def groups(value: Value) -> set[tuple[str, ...]]:
    """``unique_together`` and its like as groups of names."""
    if not isinstance(value, list | tuple | set | frozenset):
        return set()
    items = list(value)
    if items and all(isinstance(i, str) for i in items):
        return {tuple(items)}
    return {
        tuple(g)
        for g in items
        if isinstance(g, list | tuple) and all(isinstance(i, str) for i in g)
    }
