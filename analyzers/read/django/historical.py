"""
The models that ``HistoricalRecords`` of django-simple-history makes beside the models that have it.

Each holds a copy of the model's fields, of which none is unique and no relation
is enforced, and five or six of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.read.django.model_class import FieldDef, ModelClass, spoken_name
from analyzers.read.django.shape import Shape
from analyzers.read.modules import ClassFound, Module, spelled
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref, Value

RECORDS = "simple_history.models.HistoricalRecords"
REGISTER = "simple_history.register"
_READ = frozenset(
    {
        "bases",
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
        "related_name",
        "history_id_field",
        "history_user_id_field",
        "history_user_setter",
        "history_manager",
        "historical_queryset",
        "m2m_fields",
        "no_db_index",
        "use_base_model_db",
        "user_model",
        "user_related_name",
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
_MODELS = "django.db.models."
BASES = ("simple_history.models.HistoricalChanges", f"{_MODELS}Model")
_LOOSE: Mapping[str, Value] = {
    "db_constraint": False,
    "related_name": "+",
    "null": True,
    "blank": True,
    "on_delete": Ref(f"{_MODELS}DO_NOTHING"),
}
"""What is said of every relation that is copied."""
_OF_FILES = frozenset({"upload_to", "storage", "width_field", "height_field"})


_HANDLERS = frozenset(
    {
        "create_historical_record",
        "create_historical_record_m2ms",
        "get_change_reason_for_object",
        "get_history_user",
        "m2m_changed",
        "post_delete",
        "post_save",
        "pre_delete",
        "pre_save",
        "set_history_user",
    }
)
"""Methods that write rows, and have no part in the models."""


VARYING = frozenset({"history_id", "history_date", "history_change_reason"})
"""Fields that settings and the library's version make different; within a project they are alike."""


@dataclass(frozen=True, slots=True)
class Records:
    """What is said of a history: ``HistoricalRecords(...)``, or ``register(Model, ...)``."""

    call: Call
    relations: tuple[str, ...]
    """The relations to many that are kept."""
    bases: tuple[ClassFound, ...] | None = ()
    """The classes of the project that it inherits from as well; None where one is not followed."""


def records_of(project: Project, found: ClassFound) -> Records | None:
    """What the class *found*, or one that it inherits from, says of its history; None where nothing is."""
    for owner in project.mro(found):
        for statement in owner.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name()], value=ast.Call() as node) if (
                    "Historical" in spelled(node.func)
                ):
                    made = project.evaluate_in(owner, node)
                    if not isinstance(made, Call) or not _makes_records(project, made.func):
                        continue
                    bases = _bases(project, owner, made)
                    if owner.dotted == found.dotted:
                        return Records(made, _relations(node), bases)
                    if made.get("inherit") is True:
                        kwargs = tuple((k, v) for k, v in made.kwargs if k != "table_name")
                        # It may stand in another file; what is said is said of this class.
                        line = found.node.lineno
                        made = replace(made, kwargs=kwargs, line=line, end_line=line)
                        return Records(made, _relations(node), bases)
                case _:
                    pass
    return None


def _bases(project: Project, owner: ClassFound, call: Call) -> tuple[ClassFound, ...] | None:
    """What ``bases`` of the history that *owner* has holds beside Django's model class."""
    listed = call.get("bases", ())
    if not isinstance(listed, list | tuple):
        return None
    found = []
    for value in listed:
        base = project.made_base(owner, value) if isinstance(value, Call) else value
        if base == Ref(f"{_MODELS}Model"):
            continue
        known = project.find_class(base.name) if isinstance(base, Ref) else None
        if known is None:
            return None
        found.append(known)
    return tuple(found)


def _makes_records(project: Project, dotted: str) -> bool:
    """Whether *dotted* is the library's class, or one of the project's that makes the same models."""
    found = project.find_class(dotted) if dotted != RECORDS else None
    if found is None:
        return dotted == RECORDS
    for entry in project.linear(found):
        if isinstance(entry, str):
            return entry == RECORDS
        for statement in entry.node.body:
            match statement:
                case ast.FunctionDef(name=name) if name in _HANDLERS:
                    pass
                case ast.FunctionDef(name="finalize", body=body) if any(
                    isinstance(s, ast.Expr) and spelled(s.value).startswith("super().finalize(")
                    for s in body
                ):
                    pass
                case ast.FunctionDef(name="create_history_model") if _only_moves(statement):
                    pass
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    pass
                case _:
                    return False
    return False


def _only_moves(method: ast.FunctionDef) -> bool:
    """Whether *method* gives back what the library's makes, under the name of another module at most."""
    match method.body:
        case [
            ast.Assign(targets=[ast.Name(id=made)], value=ast.Call() as call),
            *between,
            ast.Return(value=ast.Name(id=returned)),
        ] if made == returned:
            marks = (
                isinstance(s, ast.Assign) and spelled(s.targets[0]) == f"{made}.__module__"
                for s in between
            )
            return spelled(call.func) == "super().create_history_model" and all(marks)
        case [ast.Return(value=ast.Call() as call)]:
            return spelled(call.func) == "super().create_history_model"
        case _:
            return False


def registered(project: Project, module: Module) -> Iterator[tuple[ClassFound, Records]]:
    """The models of the tree that *module* gives a history by ``register(Model)``."""
    for statement in module.body:
        match statement:
            case ast.Expr(
                value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) as node
            ):
                made = module.evaluator.evaluate(node) if "register" in name else None
                if not isinstance(made, Call) or made.func != REGISTER or len(made.args) != 1:
                    continue
                model = made.args[0]
                found = project.find_class(model.name) if isinstance(model, Ref) else None
                if found is not None and not found.module.foreign:
                    bases = None if made.get("bases") is not None else ()
                    yield found, Records(replace(made, args=()), _relations(node), bases)
            case _:
                pass


def histories_of(
    project: Project,
    model: ModelClass,
    records: Records,
    parents: Collection[ModelClass],
    brought: Shape | None,
) -> Iterator[ModelClass]:
    """
    The historical models of *model* and of its relations to many; none where they are not followed.

    *parents* are its parents with tables of their own, as far as they are known; *brought*
    is what the history's own bases bring it, None where that is not known.
    """
    call = records.call
    if model.proxy or brought is None or len(parents) != len(model.bases):
        return
    if call.args or not {k for k, _ in call.kwargs} <= _READ:
        return
    if any(parent.app != model.app or parent.bases for parent in parents):
        return
    history = _history(project, model, call, tuple(parents))
    if history is not None:
        incomplete = (*history.incomplete, *brought.incomplete)
        fields = {**brought.fields, **history.fields}
        history = replace(history, fields=fields, incomplete=tuple(dict.fromkeys(incomplete)))
        yield history
        if call.get("custom_model_name") is None:
            yield from _of_relations(model, history, call, records.relations)


def _history(
    project: Project, model: ModelClass, call: Call, parents: tuple[ModelClass, ...]
) -> ModelClass | None:
    name = call.get("custom_model_name", f"Historical{model.name}")
    excluded = _names(call.get("excluded_fields", ()))
    unindexed = _names(call.get("no_db_index", ()))
    if not isinstance(name, str) or excluded is None or unindexed is None:
        return None
    line = FieldDef("", model.path, call.line, call.end_line or call.line)
    fields: dict[str, FieldDef] = {}
    for owner in (*parents, model):
        for field, definition in owner.fields.items():
            if field not in excluded and not _many(definition.value):
                copied = _copied(definition.value, owner)
                if field in unindexed and isinstance(copied, Call):
                    copied = _with(copied, db_index=False)
                fields[field] = replace(definition, value=copied)
    for parent in parents:
        link = Call(f"{_MODELS}OneToOneField", (), (("to", f"{parent.label}.{parent.name}"),))
        ptr = _with(_copied(link, model), auto_created=True, parent_link=True)
        fields[f"{parent.name.lower()}_ptr"] = replace(line, value=ptr)
    fields |= {n: replace(line, value=v) for n, v in _own(call, model).items()}
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
        incomplete=tuple(r for owner in (*parents, model) for r in owner.incomplete),
        certain=model.certain,
        made_of=BASES,
        copied_key=any(owner.automatic_key for owner in (*parents, model)),
    )


def _of_relations(
    model: ModelClass, history: ModelClass, call: Call, relations: Collection[str]
) -> Iterator[ModelClass]:
    """The histories of the tables that Django makes for relations to many."""
    for relation in relations:
        definition = model.fields.get(relation)
        value = definition.value if definition is not None else None
        if not isinstance(value, Call) or value.get("through") is not None:
            continue
        to = value.get("to", value.args[0] if value.args else None)
        tail = to.name if isinstance(to, Ref) else to if isinstance(to, str) else ""
        target = tail.rpartition(".")[2].lower()
        if target in {"", "self", model.name.lower()} or definition is None:
            continue
        name = f"Historical{model.name}_{relation}"
        links: dict[str, Value] = {
            model.name.lower(): _with(
                _link(f"{model.label}.{model.name}"), db_tablespace="", **_LOOSE
            ),
            target: _with(_link(to), db_tablespace="", **_LOOSE),
            "history": _with(
                _link(f"{history.label}.{history.name}"),
                db_constraint=False,
                on_delete=Ref(f"{_MODELS}DO_NOTHING"),
            ),
            "m2m_history_id": _own(call, model)["history_id"],
        }
        yield replace(
            history,
            name=name,
            dotted=f"{model.dotted.rpartition('.')[0]}.{name}",
            fields={k: replace(definition, value=v) for k, v in links.items()},
            options={"verbose_name": name},
            incomplete=(),
            copied_key=True,
        )


def _names(value: Value) -> frozenset[str] | None:
    """The texts in a list of them; None where it is not known."""
    listed = (value,) if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(n, str) for n in listed):
        return None
    return frozenset(listed)


def _link(to: Value) -> Call:
    return Call(f"{_MODELS}ForeignKey", (), (("to", to),))


def _with(value: Value, **arguments: Value) -> Value:
    if not isinstance(value, Call):
        return value
    return replace(value, kwargs=tuple({**dict(value.kwargs), **arguments}.items()))


def _relations(node: ast.Call) -> tuple[str, ...]:
    """The fields that ``m2m_fields=[one, two]`` names."""
    for keyword in node.keywords:
        if keyword.arg == "m2m_fields" and isinstance(keyword.value, ast.List | ast.Tuple):
            names = [getattr(e, "id", getattr(e, "value", None)) for e in keyword.value.elts]
            return tuple(name for name in names if isinstance(name, str))
    return ()


def _named(project: Project, call: Call, model: ModelClass) -> dict[str, Value]:
    """How the history is called: as its records say, or after the model."""
    one = spoken_name(project, model)
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
        given |= _LOOSE
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


def _own(call: Call, model: ModelClass) -> dict[str, Value]:
    """The fields that no copy is of."""
    kinds = [("+", "Created"), ("~", "Changed"), ("-", "Deleted")]
    reason = call.get("history_change_reason_field") or Call(
        f"{_MODELS}CharField", (), (("max_length", 100), ("null", True))
    )
    key = call.get("history_id_field")
    fields: dict[str, Value] = {
        "history_id": Call(f"{_MODELS}AutoField", (), (("primary_key", True),))
        if key is None
        else _with(key, primary_key=True, editable=False),
        "history_date": Call(f"{_MODELS}DateTimeField", (), (("db_index", True),)),
        "history_change_reason": reason,
        "history_type": Call(f"{_MODELS}CharField", (), (("max_length", 1), ("choices", kinds))),
    }
    if call.get("related_name"):
        fields["history_relation"] = _with(
            _link(f"{model.label}.{model.name}"),
            related_name=call.get("related_name"),
            on_delete=Ref(f"{_MODELS}DO_NOTHING"),
            db_constraint=False,
        )
    if call.get("history_user_id_field") is not None:
        fields["history_user_id"] = call.get("history_user_id_field")
    else:
        fields["history_user"] = _with(
            _link(call.get("user_model") or Ref("django.conf.settings.AUTH_USER_MODEL")),
            null=True,
            related_name=call.get("user_related_name", "+"),
            on_delete=Ref(f"{_MODELS}SET_NULL"),
            db_constraint=call.get("user_db_constraint", True),
        )
    return fields
