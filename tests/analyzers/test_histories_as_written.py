"""The models that a history library makes of others."""

from __future__ import annotations

import pytest

from analyzers.read.values import Ref
from analyzers.relate.django_fields import normal_field
from tests.support.written_models import view


def test_history_has_a_model_of_its_own() -> None:
    models = """
from simple_history.models import HistoricalRecords


class Order(models.Model):
    number = models.IntegerField(unique=True)
    scan = models.FileField(upload_to="scans")
    made = models.DateTimeField(auto_now_add=True)
    parent = models.ForeignKey("self", models.CASCADE, related_name="children")
    hidden = models.TextField()
    tags = models.ManyToManyField("Tag")
    history = HistoricalRecords(excluded_fields=["hidden"])


class Tag(models.Model):
    history = HistoricalRecords(bases=[somewhere.Else])
"""
    seen = view(models)
    model = seen.models.found["shop", "historicalorder"]
    state = seen.said(model)
    written = {
        name: normal_field(value, seen.context(model)) for name, value in state.fields.items()
    }
    kinds = {name: field.cls.rpartition(".")[2] for name, field in written.items()}
    assert kinds == {
        "id": "IntegerField",
        "number": "IntegerField",
        "scan": "TextField",
        "made": "DateTimeField",
        "parent": "ForeignKey",
        "history_id": "AutoField",
        "history_date": "DateTimeField",
        "history_change_reason": "CharField",
        "history_type": "CharField",
        "history_user": "ForeignKey",
    } | {"id": kinds["id"]}
    assert kinds["id"] in {"IntegerField", "BigIntegerField"}
    assert written["number"].arguments == {"db_index": True}
    assert written["made"].arguments == {"editable": False, "blank": True}
    assert written["parent"].arguments == {
        "to": "shop.order",
        "on_delete": Ref("django.db.models.DO_NOTHING"),
        "related_name": "+",
        "db_constraint": False,
        "null": True,
        "blank": True,
    }
    assert ("shop", "historicaltag") not in seen.models.found


HISTORY = """
from django.db import migrations, models
import simple_history.models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "HistoricalOrder",
            [
                ("id", models.IntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("parent", models.ForeignKey("shop.Order", db_constraint=False, null=True, blank=True, on_delete=models.DO_NOTHING, related_name="+")),
                ("history_id", models.UUIDField(primary_key=True)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                ("history_type", models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1)),
                ("history_user", models.ForeignKey("auth.User", null=True, on_delete=models.SET_NULL, related_name="+")),
            ],
            options={"ordering": ("-history_date", "-history_id"), "get_latest_by": "history_date", "verbose_name": "historical order"},
            bases=(simple_history.models.HistoricalChanges, models.Model),
        )
    ]
    dependencies = [("shop", "0001_initial")]
"""


def test_a_history_is_what_settings_and_versions_made_of_the_others() -> None:
    models = """
from simple_history.models import HistoricalRecords


class Order(models.Model):
    parent = models.ForeignKey("self", models.CASCADE, null=True, default=None, help_text="Of it.")
    history = HistoricalRecords({})
"""
    history = {"migrations/0002_history": HISTORY}
    kept = view(models.format(""), **history)
    asked = {(g.operation, g.model, g.name, g.aspect) for g in kept.gaps.values()}
    assert not {gap for gap in asked if gap[1].startswith("Historical")}
    elsewhere = view(models.format("bases=[somewhere.Else]"), **history)
    assert ("shop", "historicalorder") not in elsewhere.models.found
    assert not any(g.model == "HistoricalOrder" for g in elsewhere.gaps.values())
    gone = view("class Line(models.Model):\n    pass\n", **history)
    assert "HistoricalOrder" in {
        g.model for g in gone.gaps.values() if g.operation == "DeleteModel"
    }


OWN = """
from simple_history.models import HistoricalRecords


class OwnHistoricalRecords(HistoricalRecords):
    {body}


class Order(models.Model):
    number = models.IntegerField()
    history = OwnHistoricalRecords()
"""


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("def post_save(self, instance, created, **kwargs):\n        note(instance)", True),
        ("def finalize(self, sender, **kwargs):\n        super().finalize(sender, **kwargs)", True),
        ("pass", True),
        (
            "def create_history_model(self, model, inherited):\n"
            "        made = super().create_history_model(model, inherited)\n"
            "        made.__module__ = model.__module__\n        return made",
            True,
        ),
        (
            "def create_history_model(self, model, inherited):\n"
            "        made = super().create_history_model(model, inherited)\n"
            "        made._meta.db_table = 'past'\n        return made",
            False,
        ),
        ("def finalize(self, sender, **kwargs):\n        made(sender)", False),
        ("def copy_fields(self, model):\n        return {}", False),
        ("def __init__(self):\n        super().__init__(bases=[Other])", False),
    ],
)
def test_a_history_of_the_project_s_own_kind(body: str, known: bool) -> None:
    """It is the library's where its class only does more as rows are written."""
    found = view(OWN.format(body=body)).models.found

    assert (("shop", "historicalorder") in found) is known
    if known:
        assert {"number", "history_date"} <= found["shop", "historicalorder"].fields.keys()


MORE = """
from simple_history.models import HistoricalRecords


class Place(models.Model):
    address = models.CharField(max_length=40)

    class Meta:
        abstract = True


class Plain:
    pass


class Stored(models.Model):
    at = models.IntegerField()


def noted(length):
    class Noted(models.Model):
        note = models.CharField(max_length=length)

        class Meta:
            abstract = True

    return Noted


def kept(without):
    class Kept(models.Model):
        history = HistoricalRecords(bases={bases}, excluded_fields=without or [], inherit=True)

        class Meta:
            abstract = True

    return Kept


class Order(kept(["hidden"])):
    number = models.IntegerField()
    hidden = models.IntegerField()
"""


@pytest.mark.parametrize(
    ("bases", "brought"),
    [
        ("[Place]", {"address"}),
        ("[noted(9), Plain, models.Model]", {"note"}),
        ("[models.Model]", set()),
        ("[Stored]", None),
        ("[somewhere.Else]", None),
        ("chosen()", None),
    ],
)
def test_a_history_has_what_its_own_bases_bring(bases: str, brought: set[str] | None) -> None:
    """Where one is not followed, or has a table of its own, nothing is said of the history."""
    seen = view(MORE.replace("{bases}", bases))
    history = seen.models.found.get(("shop", "historicalorder"))
    if brought is None:
        assert history is None
        return
    assert history is not None
    own = {"history_id", "history_date", "history_change_reason", "history_type", "history_user"}
    assert history.fields.keys() == {"number", *own, *brought}
    assert history.line == seen.models.found["shop", "order"].line
