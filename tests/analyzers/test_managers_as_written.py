"""Managers, metaclasses and what libraries make of a relation, in forms that real models write."""

from __future__ import annotations

import pytest

from analyzers.read.values import Call
from analyzers.relate.django_fields import normal_field
from tests.support.written_models import said, view


def test_managers_that_migrations_keep_are_read_with_their_inheritance() -> None:
    state = said(
        "class Kept(models.Manager):\n    use_in_migrations = True\n\n\n"
        "class Mixed(models.Manager.from_queryset(models.QuerySet)):\n    pass\n\n\n"
        "class Both(Mixed, Kept):\n    pass\n\n\n"
        "class Order(models.Model):\n    a = models.TextField()\n    objects = Both()\n    other = Mixed()\n"
    )
    assert state.managers == (("objects", Call("shop.models.Both")),)


@pytest.mark.parametrize(
    ("manager", "known"),
    [
        ("objects = lazy.LazyManager.new()", False),
        ("objects = lazy.made()", False),
        ("others = lazy.CalmManager()", False),
        ("others = lazy.Attribute.new()", True),
        ("objects = models.Manager()", True),
    ],
)
def test_what_a_library_makes_may_be_a_manager(manager: str, known: bool) -> None:
    """Whether migrations keep it, only its source tells."""
    state = said(
        f"import lazy\n\n\nclass Order(models.Model):\n    a = models.TextField()\n    {manager}\n"
    )
    assert isinstance(state.managers, tuple) is known


def test_a_metaclass_that_only_registers_leaves_a_model_whole() -> None:
    registers = """
class Registers(models.base.ModelBase):
    known = {}

    def __new__(cls, name, bases, attrs, **kwargs):
        attrs["_tables"] = []
        made = super().__new__(cls, name, bases, attrs, **kwargs)
        cls.known[name] = made
        return made


class Order(models.Model, metaclass=Registers):
    code = models.TextField()
"""
    adds = registers.replace("cls.known[name] = made", "made.add_to_class('b', models.TextField())")
    renames = registers.replace('attrs["_tables"] = []', "attrs[name] = property(str)")
    assert view(registers).models.found["shop", "order"].incomplete == ()
    for text in (adds, renames):
        assert view(text).models.found["shop", "order"].incomplete == ("metaclass Registers",)


@pytest.mark.parametrize(
    ("bases", "body"),
    [("models.Model, metaclass=Proxies", "pass"), ("models.Model", "__metaclass__ = Proxies")],
)
def test_a_metaclass_is_inherited_from_a_model_with_a_table(bases: str, body: str) -> None:
    """Also one that Python 2 is told: it may make a proxy of each class."""
    models = f"""
class Proxies(models.base.ModelBase):
    def __new__(cls, name, bases, attrs):
        attrs["Meta"].proxy = True
        return super().__new__(cls, name, bases, attrs)


class Order({bases}):
    {body}


class Rush(Order):
    pass
"""
    found = view(models).models.found

    assert found["shop", "order"].incomplete == found["shop", "rush"].incomplete
    assert found["shop", "rush"].incomplete == ("metaclass Proxies",)


def test_tags_lead_to_the_tag_of_the_model_between() -> None:
    models = """
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TaggedItemBase


class Label(models.Model):
    pass


class Labelled(ItemBase):
    tag = models.ForeignKey(Label, on_delete=models.CASCADE)


class Order(models.Model):
    plain = TaggableManager()
    own = TaggableManager(through=Labelled, blank=True)
"""
    seen = view(models)
    model = seen.models.found["shop", "order"]
    plain, own = (
        dict(normal_field(model.fields[name].value, seen.context(model)).arguments)
        for name in ("plain", "own")
    )
    assert (plain["through"], plain["to"]) == ("taggit.taggeditem", "taggit.tag")
    assert (own["through"], own["to"], own["blank"]) == ("shop.labelled", "shop.label", True)
