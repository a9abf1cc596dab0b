"""
The models that ``HistoricalRecords`` of django-simple-history makes beside the models that have it.

Each holds a copy of the model's fields, of which none is unique and no relation
is enforced, and five or six of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from analyzers.read.django.model_class import FieldDef, ModelClass
from analyzers.read.modules import ClassFound
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref, Value

RECORDS = "simple_history.models.HistoricalRecords"
_READ = frozenset(
    {
        "excluded_fields",
        "get_user",
        "history_change_reason_field",
        "inherit",
        "table_name",
        "user_db_constraint",
        "verbose_name",
        "verbose_name_plural",
        "cascade_delete_history",
        "history_user_getter",
        "custom_model_name",
    }
)
"""The arguments that are followed; with any other nothing is said."""
_PLAIN: Mapping[str, str] = {
    "AutoField": "IntegerField",
    "BigAutoField": "BigIntegerField",
    "SmallAutoField": "IntegerField",
    "FileField": "TextField",
    "ImageField": "TextField",
}
_OF_FILES = frozenset({"upload_to", "storage", "width_field", "height_field"})


VARYING = frozenset({"history_id", "history_date", "history_change_reason"})
"""Fields that settings and the library's version make different; within a project they are alike."""


def history_of(
    project: Project, found: ClassFound, model: ModelClass, is_own: Callable[[ClassFound], bool]
) -> ModelClass | None:
    """The historical model of *model*; None where it has none, or one that is not followed."""
    call = next(_records(project, found, is_own), None)
    if call is None or call.args or not {k for k, _ in call.kwargs} <= _READ or model.proxy:
        return None
    name = call.get("custom_model_name", f"Historical{model.name}")
    excluded = call.get("excluded_fields", ())
    if not isinstance(name, str) or not isinstance(excluded, list | tuple) or model.bases:
        return None
    line = FieldDef("", model.path, call.line, call.end_line or call.line)
    fields: dict[str, FieldDef] = {}
    for field, definition in model.fields.items():
        if field not in excluded and not _many(definition.value):
            fields[field] = replace(definition, value=_copied(definition.value, model))
    fields |= {n: replace(line, value=v) for n, v in _own(call).items()}
    options: dict[str, Value] = {
        "ordering": ("-history_date", "-history_id"),
        "get_latest_by": ("history_date", "history_id"),
        **_named(project, call, model),
    }
    if call.get("table_name") is not None:
        options["db_table"] = call.get("table_name")
    return ModelClass(
        app=model.app,
        label=model.label,
        name=name,
        dotted=f"{model.dotted.rpartition('.')[0]}.{name}",
        path=model.path,
        line=call.line,
        fields=fields,
        options=options,
        incomplete=model.incomplete,
        certain=model.certain,
        made_of=("simple_history.models.HistoricalChanges", "django.db.models.Model"),
        copied_key=model.automatic_key,
    )


def _records(
    project: Project, found: ClassFound, is_own: Callable[[ClassFound], bool]
) -> Iterator[Call]:
    for owner in project.mro(found):
        for statement in owner.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name()], value=ast.Call() as node) if (
                    "Historical" in ast.unparse(node.func)
                ):
                    made = project.evaluate_in(owner, node)
                    inherited = owner.dotted != found.dotted
                    if not isinstance(made, Call) or made.func != RECORDS:
                        continue
                    if not inherited or (made.get("inherit") is True and not is_own(owner)):
                        yield made
                case _:
                    pass


def _named(project: Project, call: Call, model: ModelClass) -> dict[str, Value]:
    """How the history is called: as its records say, or after the model."""
    words = re.sub("(((?<=[a-z])[A-Z])|([A-Z](?![A-Z]|$)))", r" \1", model.name).strip().lower()
    one = project.plain(model.options.get("verbose_name", words))
    several = project.plain(model.options.get("verbose_name_plural"))
    if several is None and isinstance(one, str):
        several = f"{one}s"
    found: dict[str, Value] = {}
    for name, text in (("verbose_name", one), ("verbose_name_plural", several)):
        if call.get(name) is not None:
            found[name] = call.get(name)
        else:
            found[name] = f"historical {text}" if isinstance(text, str) else Opaque("historical")
    return found


def _many(value: Value) -> bool:
    return isinstance(value, Call) and value.func.endswith(("ManyToManyField", "TaggableManager"))


def _copied(value: Value, model: ModelClass) -> Value:
    """A field as its history holds it."""
    if not isinstance(value, Call):
        return value
    last = value.func.rpartition(".")[2]
    given = dict(value.kwargs)
    if last.endswith(("ForeignKey", "OneToOneField", "ParentalKey")):
        if value.args:
            given = {**dict(zip(("to", "on_delete"), value.args, strict=False)), **given}
        if given.get("to") == "self":
            given["to"] = f"{model.label}.{model.name}"
        for name in ("unique", "primary_key", "db_index", "related_query_name", "parent_link"):
            given.pop(name, None)
        given |= {"db_constraint": False, "related_name": "+", "null": True, "blank": True}
        given["on_delete"] = Ref("django.db.models.DO_NOTHING")
        func = "django.db.models.ForeignKey" if last == "OneToOneField" else value.func
        return replace(value, func=func, args=(), kwargs=tuple(given.items()))
    func = f"django.db.models.{_PLAIN[last]}" if last in _PLAIN else value.func
    if last in {"AutoField", "BigAutoField", "SmallAutoField"}:
        given["blank"] = True
    if last in {"FileField", "ImageField"}:
        given = {k: v for k, v in given.items() if k not in _OF_FILES}
        given.setdefault("max_length", 100)
    if given.get("auto_now") or given.get("auto_now_add"):
        # They are not kept up to date any more, but what they brought along stays.
        given = {k: v for k, v in given.items() if k not in {"auto_now", "auto_now_add"}}
        given |= {"editable": False, "blank": True}
    if given.pop("primary_key", False) is True or given.get("unique") is True:
        given.pop("unique", None)
        given["db_index"] = True
    given.pop("serialize", None)
    return replace(value, func=func, kwargs=tuple(given.items()))


def _own(call: Call) -> dict[str, Value]:
    """The fields that no copy is of."""
    models = "django.db.models."
    kinds = [("+", "Created"), ("~", "Changed"), ("-", "Deleted")]
    reason = call.get("history_change_reason_field") or Call(
        f"{models}CharField", (), (("max_length", 100), ("null", True))
    )
    user: dict[str, Value] = {
        "to": Ref("django.conf.settings.AUTH_USER_MODEL"),
        "null": True,
        "related_name": "+",
        "on_delete": Ref(f"{models}SET_NULL"),
        "db_constraint": call.get("user_db_constraint", True),
    }
    return {
        "history_id": Call(f"{models}AutoField", (), (("primary_key", True),)),
        "history_date": Call(f"{models}DateTimeField", (), (("db_index", True),)),
        "history_change_reason": reason,
        "history_type": Call(f"{models}CharField", (), (("max_length", 1), ("choices", kinds))),
        "history_user": Call(f"{models}ForeignKey", (), tuple(user.items())),
    }
