"""What Django makes of a Meta that is written in unusual ways."""

from __future__ import annotations

import pytest

from analyzers.read.values import Call, Opaque, Value
from analyzers.relate.members import normal_member
from tests.support.written_models import said, view


def test_an_option_that_hangs_on_a_condition_is_not_known() -> None:
    state = said(
        "class Order(models.Model):\n    class Meta:\n        constraints = []\n"
        "        if BIG:\n            constraints.append(1)\n        verbose_name = 'order'\n"
    )
    assert isinstance(state.options["constraints"], Opaque)
    assert state.options["verbose_name"] == "order"


META_OF_A_TABLE = """
class Root(models.Model):
    class Meta:
        abstract = True
        base_manager_name = "objects"
        ordering = ["pk"]


class Order(Root):
    class Meta:
        verbose_name = "a sale"
        get_latest_by = "pk"


class Rush(Order):
    class Meta(Order.Meta):
        verbose_name_plural = "in a hurry"


class Paper(models.Model):
    class Meta:
        abstract = True
        verbose_name = "paper"


class Note(Paper, Order):
    class Meta(Paper.Meta, Order.Meta):
        pass
"""


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("rush", {"base_manager_name": "objects", "verbose_name_plural": "in a hurry"}),
        ("note", {"base_manager_name": "objects", "verbose_name": "paper"}),
    ],
)
def test_the_meta_of_a_model_with_a_table_is_the_one_it_inherits(
    name: str, options: dict[str, Value]
) -> None:
    """Django takes its own off: ``Order.Meta`` is ``Root.Meta`` when another class asks for it."""
    found = view(META_OF_A_TABLE).models.found["shop", name].options

    assert {k: v for k, v in found.items() if k != "abstract"} == {**options, "ordering": ["pk"]}


META_OF_A_MIXIN = """
class Helped:
    class Meta:
        app_label = "shop"
        proxy = True
        ordering = ["pk"]


class Order(Helped, models.Model):
    class Meta:
        verbose_name = "a sale"


class Rush(Order):
    pass


class Late({base}, models.Model):
    pass
"""


def test_the_meta_of_a_class_that_is_no_model_stays_on_it() -> None:
    found = view(META_OF_A_MIXIN.format(base="Helped")).models.found

    assert found["shop", "order"].options == {"verbose_name": "a sale"}
    assert found["shop", "rush"].proxy
    assert found["shop", "rush"].options["ordering"] == found["shop", "late"].options["ordering"]


def test_the_meta_of_an_unknown_class_is_not_taken() -> None:
    source = META_OF_A_MIXIN.replace("class Helped:", "class Helped(elsewhere.Mixin):")
    found = view(source.format(base="Helped")).models.found

    assert not found["shop", "late"].options


def test_names_among_expressions_are_short_for_f() -> None:

    short = Call("django.db.models.UniqueConstraint", ("a",), (("name", "x"),))
    long = Call(
        "django.db.models.UniqueConstraint", (Call("django.db.models.F", ("a",)),), (("name", "x"),)
    )
    assert normal_member(short) == normal_member(long)


@pytest.mark.parametrize(("app", "known"), [("shop", True), ("stock", False)])
def test_a_model_is_abstract_where_its_app_is_not_installed_and_nowhere_else(
    app: str, known: bool
) -> None:
    seen = view(
        "from django.conf import settings\n\n\nclass Note(models.Model):\n    class Meta:\n"
        f"        abstract = '{app}' not in settings.INSTALLED_APPS\n"
    )
    assert (("shop", "note") in seen.models.found) is known


def test_of_two_metas_python_keeps_the_last() -> None:
    state = said(
        "class Order(models.Model):\n    class Meta:\n        ordering = ['pk']\n\n"
        "    class Meta:\n        verbose_name = 'order'\n"
    )

    assert state.options["verbose_name"] == "order"
    assert "ordering" not in state.options
