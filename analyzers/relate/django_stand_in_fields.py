"""Stand-ins for fields: the autodetector asks them what Django's own class would answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django.conf
from django.db import models
from django.db.models.fields import NOT_PROVIDED

from analyzers.read.django.columns import COLUMNLESS, ENCRYPTS
from analyzers.relate.django_stand_ins import Called, written_at

COMPOSITE = "django.db.models.CompositePrimaryKey"


class _Static:
    """What all field stand-ins share: they are written as they were read."""

    static: tuple[str, dict[str, Any]]
    extra: dict[str, Any]

    def deconstruct(self) -> tuple[str | None, str, list[Any], dict[str, Any]]:
        path, kwargs = self.static
        given = dict(kwargs)
        default = getattr(self, "default", NOT_PROVIDED)
        if default is not NOT_PROVIDED:
            # The autodetector sets it where it asked for a value for existing rows.
            given["default"] = default
        # Of a class that is not known, what was given by position keeps its place.
        args = [given.pop(name) for name in sorted(given) if name.startswith("*")]
        return getattr(self, "name", None), path, args, given

    def clone(self) -> Any:
        path, kwargs = self.static
        return field(path, kwargs, self.extra)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.clone()


class _Plain(_Static, models.Field):  # type: ignore[misc]
    pass


class _Dated(_Static, models.DateField):  # type: ignore[misc]
    pass


class _Timed(_Static, models.TimeField):  # type: ignore[misc]
    pass


class _Counted(_Static, models.AutoField):  # type: ignore[misc]
    pass


class _Composed(_Static, models.CompositePrimaryKey):  # type: ignore[misc]
    def deconstruct(self) -> tuple[str | None, str, list[Any], dict[str, Any]]:
        name, path, _, given = super().deconstruct()
        return name, path, list(self.field_names), given

    def clone(self) -> Any:
        return field(COMPOSITE, {"field_names": self.field_names}, self.extra)


class _Encrypted(_Static, models.Field):  # type: ignore[misc]
    """What a function makes of another field: Django asks it what it would ask that one."""

    def deconstruct(self) -> tuple[str | None, str, list[Any], dict[str, Any]]:
        path, kwargs = self.static
        inner = kwargs["base_field"].clone()
        inner.default = self.default
        return getattr(self, "name", None), path, [inner], {}


class _Related(_Static):
    """A relation; the autodetector points it elsewhere where it takes a model or field for renamed."""

    first: tuple[Any, Any, Any]
    setting: str | None

    @property
    def swappable_setting(self) -> str | None:
        return self.setting

    def leads_to(self) -> tuple[Any, Any, Any]:
        """The model, the model between, and the field that it leads to."""
        remote = self.remote_field  # type: ignore[attr-defined]
        return remote.model, getattr(remote, "through", None), getattr(remote, "field_name", None)

    def deconstruct(self) -> tuple[str | None, str, list[Any], dict[str, Any]]:
        name, path, args, given = super().deconstruct()
        for key, old, now in zip(
            ("to", "through", "to_field"), self.first, self.leads_to(), strict=True
        ):
            if old != now:
                given[key] = now.lower() if key == "to" else now
        return name, path, args, given

    def clone(self) -> Any:
        made = super().clone()
        # Where it was led elsewhere, the copy leads there as well.
        model, through, of = self.leads_to()
        made.remote_field.model = model
        if through is not None:
            made.remote_field.through = through
        if of is not None:
            made.remote_field.field_name = of
        return made


class _ForeignKey(_Related, models.ForeignKey):  # type: ignore[misc]
    pass


class _ManyToMany(_Related, models.ManyToManyField):  # type: ignore[misc]
    pass


def field(path: str, kwargs: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
    """
    A stand-in for the field of class *path* with *kwargs*.

    *extra* holds what it is related to (``target``), the setting that names
    that model (``setting``), and Django's class above its own (``django``).
    """
    asked, inner = kwargs, kwargs.get("base_field") if path in ENCRYPTS else None
    last = extra.get("django") or path.rpartition(".")[2]
    if isinstance(inner, _Static):
        last, asked = inner.static[0].rpartition(".")[2], inner.static[1]
    real = getattr(models, last, None)
    made: Any
    common = {
        name: asked[name]
        for name in ("null", "blank", "default", "db_column", "primary_key", "unique")
        if name in asked
    }
    if isinstance(inner, _Static):
        made = _Encrypted(**common)
    elif isinstance(extra.get("target"), str) and last in _RELATIONS:
        made = _relation(last, kwargs, extra, common)
    elif last == "CompositePrimaryKey":
        made = _Composed(*kwargs["field_names"])
        kwargs = {"blank": True, "editable": False, "primary_key": True, "serialize": False}
    elif last in {"AutoField", "BigAutoField", "SmallAutoField"}:
        made = _Counted(**common)
    elif _is(real, models.DateField | models.TimeField):
        dated = _Dated if _is(real, models.DateField) else _Timed
        automatic = {name: kwargs.get(name, False) for name in ("auto_now", "auto_now_add")}
        made = dated(**automatic, **common)
    else:
        made = _Plain(**common)
        if not COLUMNLESS.isdisjoint({last, path.rpartition(".")[2]}):
            # A library's relation to many, such as tags: existing rows need no value.
            made.null = True
    if "db_default" in kwargs:
        made.db_default = kwargs["db_default"]
    empty = getattr(real, "empty_strings_allowed", None)
    if isinstance(empty, bool):
        made.empty_strings_allowed = empty
    if last == "GeneratedField":
        made.generated = made.blank = True
        # All that Django wants of it are the names of the fields that it is made of.
        made.expression = models.Q(*((name, 1) for name in _fields_in(kwargs.get("expression"))))
    made.static = (written_at(path), dict(kwargs))
    made.extra = dict(extra)
    return made


_RELATIONS = frozenset({"ForeignKey", "OneToOneField", "ManyToManyField"})


def _is(cls: Any, above: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, above)


def _relation(
    last: str, kwargs: Mapping[str, Any], extra: Mapping[str, Any], common: Mapping[str, Any]
) -> Any:
    target = extra["target"]
    to = django.conf.settings.AUTH_USER_MODEL if target == "@user" else target
    made: Any
    if last == "ManyToManyField":
        through = kwargs.get("through")
        made = _ManyToMany(to, through=through if isinstance(through, str) else None)
    else:
        of = kwargs.get("to_field")
        of = of if isinstance(of, str) else None
        link = kwargs.get("parent_link") is True
        made = _ForeignKey(to, on_delete=models.CASCADE, to_field=of, parent_link=link, **common)
    made.first = made.leads_to()
    made.setting = extra.get("setting")
    if made.setting is not None:
        setattr(django.conf.settings, made.setting, to)
    return made


def _fields_in(expression: Any) -> set[str]:
    """The names of fields in an expression."""
    if not isinstance(expression, Called):
        return set()
    last = expression.path.rpartition(".")[2]
    plain = last == "F" or (".functions." in expression.path and last != "Value")
    found = {a for a in expression.args if plain and isinstance(a, str)}
    for inner in (*expression.args, *expression.kwargs.values()):
        found |= _fields_in(inner)
    return {name.partition("__")[0] for name in found}
