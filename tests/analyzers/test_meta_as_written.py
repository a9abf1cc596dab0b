"""What Django makes of a Meta that is written in unusual ways."""

from __future__ import annotations

import pytest

from analyzers.read.values import Call, Opaque, Value
from analyzers.relate.members import normal_member
from tests.support.lacking_worlds import MODELS, PROJECT, lacking
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


RULES = """
from django.db.models import CheckConstraint, F, Index, Q

def in_order(first, last, *, equal=True, name):
    operator = "gte" if equal else "gt"
    rule = Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__{operator}": F(first)})
    return CheckConstraint(condition=rule, name=name)

def quick(*fields):
    return Index(fields=fields, name="quick")
"""


def with_rules(constraints: str, number: str = "20") -> str:
    models = MODELS.replace("20", number) + f"        constraints = [{constraints}]\n"
    return f"from shop.rules import in_order, quick\n{models}        indexes = [quick('state')]\n"


def test_a_constraint_or_index_that_a_function_makes_is_the_one() -> None:
    """It is missing, what is offered for it mends that, and what it is made of later is told again."""
    base = {**PROJECT, "shop/rules.py": RULES}
    head = {"shop/models.py": with_rules("in_order('number', 'state', name='ordered')")}
    (finding,) = lacking(base, head)
    (file,) = finding.new_files
    assert "('state__gte', models.F('number'))" in file.content
    assert "models.Index(fields=['state'], name='quick')" in file.content
    made = {**base, **head, file.path: file.content}
    assert not lacking(made, {"shop/models.py": head["shop/models.py"] + "\n"})

    other = with_rules("in_order('number', 'state', equal=False, name='ordered')")
    (finding,) = lacking(made, {"shop/models.py": other})
    assert "ordered" in finding.message


def test_a_constraint_of_a_function_that_cannot_be_followed_stays_a_call() -> None:
    rules = RULES.replace(
        "return CheckConstraint", "with open(name):\n        return CheckConstraint"
    )
    models = with_rules("in_order('number', 'state', name='ordered')")
    base = {**PROJECT, "shop/rules.py": rules, "shop/models.py": models}

    assert not lacking(base, {"shop/models.py": models + "\n"})
