"""What is said of two branches, next to what Django's own states come to in both orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from analyzers.relate import django_stand_ins
from analyzers.rules import (
    opposite_changes,
    same_column_added,
    same_column_changed,
    same_object_added,
)
from tests.support.worlds import changed, findings, migration, path

RULES = frozenset(
    module.rule.name
    for module in (same_column_added, same_column_changed, same_object_added, opposite_changes)
)
START = (
    'migrations.CreateModel("Order", [("id", models.AutoField(primary_key=True)),'
    ' ("a", models.IntegerField()), ("b", models.IntegerField())])',
    'migrations.CreateModel("Tax", [("id", models.AutoField(primary_key=True))])',
)

_new = st.sampled_from(["c", "d"])
_old = st.sampled_from(["a", "b"])
_kind = st.sampled_from(["models.TextField(null=True)", "models.IntegerField(null=True)"])
OPERATIONS = st.one_of(
    st.builds('migrations.AddField("order", "{}", {})'.format, _new, _kind),
    st.builds('migrations.AlterField("order", "{}", {})'.format, _old, _kind),
    st.builds('migrations.RemoveField("order", "{}")'.format, _old),
    st.builds('migrations.RenameField("order", "{}", "{}")'.format, _old, _new),
    st.builds('migrations.AddIndex("order", models.Index(fields=["{0}"], name="{0}_i"))'.format, _old),
    st.builds(
        'migrations.AddConstraint("order", models.UniqueConstraint(fields=["{0}"], name="{0}_u"))'.format, _old
    ),
    st.builds('migrations.AlterUniqueTogether("order", {{("id", "{}")}})'.format, _old),
    st.builds('migrations.AlterModelTable("order", "{}")'.format, _new),
    st.builds(
        'migrations.AddField("order", "{}", models.ForeignKey("orders.tax", models.CASCADE))'.format, _new
    ),
    st.sampled_from([
        'migrations.RenameModel("Tax", "Note")',
        'migrations.CreateModel("Note", [("id", models.AutoField(primary_key=True))])',
        'migrations.DeleteModel("Tax")',
        'migrations.AlterModelOptions("tax", {"ordering": ["id"]})',
    ]),
)  # fmt: skip
SIDES = st.lists(OPERATIONS, min_size=1, max_size=2, unique=True)


def played(sources: Sequence[str]) -> Any:
    """Django's models after the operations; None where one of them finds not what it needs."""
    django_stand_ins.configure("auth.User")
    from django.db import migrations, models
    from django.db.migrations.state import ProjectState

    state = ProjectState()
    for source in sources:
        operation = eval(source, {"migrations": migrations, "models": models})
        before = {key: set(model.fields) for key, model in state.models.items()}
        try:
            operation.state_forwards("orders", state)
        except Exception:  # noqa: BLE001 - whatever it misses
            return None
        if _refused(operation, before, state) or not _whole(state):
            return None
    return {key: _described(model) for key, model in state.models.items()}


def _refused(operation: Any, before: dict[Any, set[str]], state: Any) -> bool:
    """Whether a database refuses what the state takes: to make what is there, to alter what is not."""
    kind = type(operation).__name__
    if kind == "AlterField":
        return operation.name not in before["orders", operation.model_name_lower]
    if kind in {"CreateModel", "RenameModel"}:
        name = operation.name if kind == "CreateModel" else operation.new_name
        return ("orders", name.lower()) in before
    if kind in {"AddField", "RenameField"}:
        name = operation.name if kind == "AddField" else operation.new_name
        return name in before["orders", operation.model_name_lower]
    options = state.models["orders", "order"].options
    names = [x.name for key in ("indexes", "constraints") for x in options.get(key, ())]
    return len(names) > len(set(names))


def _whole(state: Any) -> bool:
    """Whether all that options and relations name is there, as a database would want it."""
    for model in state.models.values():
        for field in model.fields.values():
            target = field.remote_field and field.remote_field.model
            if target and tuple(target.lower().split(".")) not in state.models:
                return False
        named = [
            n
            for key in ("indexes", "constraints")
            for x in model.options.get(key, ())
            for n in x.fields
        ]
        named += [n for group in model.options.get("unique_together") or () for n in group]
        if not model.fields.keys() >= set(named):
            return False
    return True  # fmt: skip


def _described(model: Any) -> Any:
    fields = {name: repr(field.deconstruct()[1:]) for name, field in model.fields.items()}
    options = {
        key: sorted(repr(x.deconstruct()) for x in value)
        if key in ("indexes", "constraints")
        else sorted(map(tuple, value))
        if key == "unique_together"
        else repr(value)
        for key, value in model.options.items()
        if value
    }
    return fields, options


def _file(name: str, operations: Sequence[str]) -> dict[str, str]:
    return {path(name): migration("0001_initial", operations=",\n        ".join(operations))}


@settings(max_examples=80, deadline=None)
@given(SIDES, SIDES)
def test_two_branches_are_said_to_collide_where_their_order_matters(
    ours: list[str], theirs: list[str]
) -> None:
    """What fails in one order, or ends otherwise, is told; what comes to the same in both is not."""
    one, two = played([*START, *ours]), played([*START, *theirs])
    assume(one is not None and two is not None)
    first, second = played([*START, *ours, *theirs]), played([*START, *theirs, *ours])
    collide = first is None or second is None or first != second
    event("they collide" if collide else "they do not")

    start = {path("0001_initial"): migration(operations=",\n        ".join(START))}
    found = findings(
        changed(start, {path("__init__"): ""}),
        base=_file("0002_theirs", theirs),
        head=_file("0002_ours", ours),
        rules=RULES,
    )

    assert collide == bool(found), [f.message for f in found]
