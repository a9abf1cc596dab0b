"""What Django makes of classes that are written in unusual ways."""

from __future__ import annotations

import pytest

from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.django_fields import normal_field, same
from tests.support.written_models import arguments, said, view


def test_a_field_named_like_a_module_has_the_modules_function_for_its_default() -> None:
    found = arguments(
        "class Order(models.Model):\n    uuid = models.UUIDField(default=uuid.uuid4, max_length=36)\n",
        "uuid",
    )
    assert found == {"default": Ref("uuid.uuid4")}


def test_one_clock_is_not_another_of_its_name() -> None:
    """Other functions of one name may be the same one, which two modules have."""
    clocks = Ref("datetime.datetime.now"), Ref("django.utils.timezone.now")

    assert same(*clocks) is False
    assert same(clocks[0], clocks[0]) is True
    assert same(Ref("shop.now"), clocks[1]) is True


def test_texts_are_the_same_however_they_are_marked_for_translation() -> None:
    found = arguments(
        "class Order(models.Model):\n"
        "    a = models.TextField(_(message='A'), help_text=ngettext_lazy('One', 'Many', 1))\n"
        "    b = models.TextField(error_messages={'x': format_lazy('{a}-{b}', a=_('A'), b='B')})\n",
        "a",
    )
    assert found == {"verbose_name": "A", "help_text": "One"}


def test_lazy_formatting_is_done_where_all_of_it_is_text() -> None:
    template = "class Order(models.Model):\n    a = models.TextField(format_lazy({}))\n"

    assert arguments(template.format("'{a}-{b}', a=_('A'), b='B'"), "a") == {"verbose_name": "A-B"}
    unknown = arguments(template.format("'{a.__class__}', a='A'"), "a")["verbose_name"]
    assert not isinstance(unknown, str)


def test_whatever_takes_the_name_of_an_inherited_field_takes_its_place() -> None:
    state = said(
        "class Base(models.Model):\n    paid = models.BooleanField()\n    sent = models.BooleanField()\n"
        "    class Meta:\n        abstract = True\n\n\n"
        "class Order(Base):\n    def paid(self):\n        return True\n"
    )
    assert list(state.fields) == ["id", "sent"]


@pytest.mark.parametrize(
    ("bases", "fields"),
    [
        ("Marks, Base", ["id", "sent"]),
        ("More, Base", ["id", "sent"]),
        ("Base, Marks", ["id", "paid", "sent"]),
        ("Marked, Base", ["id", "sent"]),
        ("Marked, MarkedToo", ["id", "paid"]),
    ],
)
def test_what_a_mixin_gives_hides_fields_of_the_bases_behind_it(
    bases: str, fields: list[str]
) -> None:
    """By Python's order of ancestors; a field of a class that is no model is none of the model."""
    abstract = "    class Meta:\n        abstract = True\n\n\n"
    state = said(
        "class Base(models.Model):\n    paid = models.BooleanField()\n    sent = models.BooleanField()\n"
        f"{abstract}"
        "class Marks:\n    note = models.TextField()\n\n    @property\n    def paid(self):\n        return True\n\n\n"
        "class More(Marks):\n    pass\n\n\n"
        f"class Marked(Marks, models.Model):\n{abstract}"
        f"class MarkedToo(Marks, models.Model):\n    paid = models.BooleanField()\n{abstract}"
        f"class Order({bases}):\n    pass\n"
    )
    assert list(state.fields) == fields


CHECKER = (
    "from typing import TYPE_CHECKING\nfrom django.contrib.auth.models import User as Account\n\n\n"
)


@pytest.mark.parametrize(
    "user",
    [
        "if TYPE_CHECKING:\n    class User(Account):\n        paid: bool\nelse:\n    User = Account\n",
        "if not TYPE_CHECKING:\n    User = Account\nelse:\n    class User(Account):\n        paid: bool\n",
    ],
)
def test_what_a_type_checker_alone_reads_is_nothing_that_runs(user: str) -> None:
    """Neither a class of the module, nor what stands in the body of a model."""
    model = (
        "class Order(models.Model):\n    if TYPE_CHECKING:\n        key: models.ForeignKey\n"
        "    else:\n        note = models.TextField()\n"
        "    user = models.ForeignKey(User, models.CASCADE)\n"
    )
    models = view(CHECKER + user + model).models.found

    assert list(models) == [("shop", "order")]
    assert not models["shop", "order"].incomplete
    assert list(models["shop", "order"].fields) == ["note", "user"]
    asked = arguments(CHECKER + user + model, "user")
    assert asked["to"] == "auth.user"


def test_a_boolean_that_may_be_null_is_that_whatever_it_is_given() -> None:
    """``NullBooleanField`` sets both itself, and migrations hold neither."""
    found = arguments(
        "from django.db import models\n\n\n"
        "class Order(models.Model):\n"
        "    sent = models.NullBooleanField(default=False, blank=False, null=True)\n",
        "sent",
    )
    assert found == {"default": False}


def test_a_class_that_is_given_types_is_that_class() -> None:
    """What a name in capitals holds under a key is not known."""
    found = arguments(
        "class Order(models.Model):\n"
        "    above = models.ForeignKey['Order', 'Order']('self', models.CASCADE, null=True)\n",
        "above",
    )
    assert (found["to"], found["null"]) == ("shop.order", True)
    seen = view("from kinds import FIELDS\n\n\nclass Order(models.Model):\n    a = FIELDS['a']()\n")
    assert seen.models.found["shop", "order"].incomplete == ("attribute a",)


@pytest.mark.parametrize(
    ("made", "incomplete"),
    [
        ("Choices(*settings.KINDS['usual'])", ()),
        ("safely(_('Keep it ') + texts())", ()),
        ("made(*settings.KINDS['usual'])", ("attribute KINDS",)),
    ],
)
def test_what_makes_no_field_leaves_none_open(made: str, incomplete: tuple[str, ...]) -> None:
    """Lists of choices and lazy texts, whatever they are made of."""
    seen = view(
        "from django.conf import settings\n"
        "from django.utils.functional import lazy\n"
        "from django.utils.safestring import mark_safe\n"
        "from model_utils import Choices\n"
        "from texts import made, texts\n\n"
        "safely = lazy(mark_safe, str)\n\n\n"
        f"class Order(models.Model):\n    KINDS = {made}\n"
    )
    assert seen.models.found["shop", "order"].incomplete == incomplete


def test_a_field_that_is_given_up_may_be_null() -> None:
    """Commands that migrate see the field, whatever other code sees."""
    found = arguments(
        "from django_deprecate_fields import deprecate_field\n\n\n"
        "class Order(models.Model):\n    note = deprecate_field(models.TextField(blank=True), '')\n",
        "note",
    )
    assert found == {"blank": True, "null": True}


@pytest.mark.parametrize(
    ("made", "choices"),
    [
        ("models.TextChoices('Kind', ['open', 'so_so'])", [("open", "Open"), ("so_so", "So So")]),
        ("models.TextChoices('Kind', 'open shut')", [("open", "Open"), ("shut", "Shut")]),
        ("models.TextChoices('Kind', {'open': ('o', 'Wide')})", [("o", "Wide")]),
        ("models.IntegerChoices('Kind', [('open', 3)])", [(3, "Open")]),
        ("models.IntegerChoices('Kind', ['open', 'shut'])", [(1, "Open"), (2, "Shut")]),
        ("models.TextChoices('Kind', ['open'] + more())", None),
        ("models.TextChoices('Kind', ['open'], type=Shade)", None),
    ],
)
@pytest.mark.parametrize("asked", ["Kind", "Kind.choices"])
def test_choices_that_a_call_makes_are_read(
    made: str, choices: list[Value] | None, asked: str
) -> None:
    model = f"Kind = {made}\n\n\nclass Order(models.Model):\n    kind = models.TextField(choices={asked})\n"

    found = arguments(model, "kind")["choices"]

    assert found == choices if choices is not None else not isinstance(found, list)


def test_one_field_under_two_names_keeps_the_first() -> None:
    state = said("class Order(models.Model):\n    first = second = models.TextField()\n")
    assert list(state.fields) == ["id", "first"]


def test_fields_that_a_loop_adds_leave_the_model_open() -> None:
    loop = "for name in NAMES:\n    models.TextField().contribute_to_class(Order, name)\n"
    model = "class Order(models.Model):\n    a = models.TextField()\n\n\n"

    assert said(model).complete
    assert not said(model + loop).complete


def test_a_key_that_the_app_s_configuration_computes_is_not_guessed() -> None:
    config = (
        "from django.apps import AppConfig\n\n\nclass Shop(AppConfig):\n"
        "    name = 'shop'\n    default_auto_field = chosen() or 'x'\n"
    )
    model = "class Order(models.Model):\n    a = models.TextField()\n"

    assert view(model, apps=config).auto_fields == {"shop": ""}
    assert view(model).auto_fields == {}


MADE = """
from django.apps import apps


def made(abstract, prefix="Abstract"):
    \"\"\"The class without its prefix.\"\"\"
    name = abstract.__name__.replace(prefix, "")
    if not apps.is_registered(abstract.Meta.app_label, name):
        return type(str(name), (abstract,), {"__module__": __name__})
"""


def test_a_model_that_a_function_makes_is_read() -> None:
    models = """
from shop.factories import made


class AbstractOrder(models.Model):
    code = models.TextField()

    class Meta:
        abstract = True
        app_label = "shop"


Order = made(AbstractOrder)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
"""
    seen = view(models, factories=MADE)
    order, line = (seen.models.found["shop", name] for name in ("order", "line"))
    assert (order.name, set(order.fields)) == ("Order", {"code"})
    assert normal_field(line.fields["order"].value, seen.context(line)).arguments["to"] == (
        "shop.order"
    )
    with_a_body = MADE.replace('"__module__": __name__', '"code": None')
    assert ("shop", "order") not in view(models, factories=with_a_body).models.found


def test_a_class_whose_metaclass_iterates_over_its_choices_stands_for_them() -> None:
    models = """
class Listing(type):
    def __iter__(cls):
        choices = getattr(cls, "CHOICES", ())
        return iter(choices)


class States(metaclass=Listing):
    OPEN = "open"
    CHOICES = ((OPEN, "Open"), ("done", "Done"))


class Order(models.Model):
    state = models.CharField(max_length=4, choices=States)
"""
    pairs = [("open", "Open"), ("done", "Done")]
    assert arguments(models, "state")["choices"] == pairs
    other = models.replace(
        "    def __iter__", "    def __init__(cls, *a):\n        pass\n\n    def __iter__"
    )
    assert arguments(other, "state")["choices"] == Ref("shop.models.States")


def test_a_relation_does_not_hold_the_name_of_its_target_s_key() -> None:
    """Django leaves out of migrations what is so anyway: ``to_field`` of the primary key."""
    models = """
class Place(models.Model):
    code = models.CharField(max_length=9, primary_key=True)
    name = models.CharField(max_length=9, unique=True)


class Order(models.Model):
    place = models.ForeignKey(Place, models.CASCADE, to_field="code")
    named = models.ForeignKey("Place", models.CASCADE, to_field="name", related_name="+")
    before = models.ForeignKey("self", models.CASCADE, to_field="id", null=True)
    user = models.ForeignKey("auth.User", models.CASCADE, to_field="id")
"""
    fields = said(models).fields

    assert {name: "to_field" in dict(f.kwargs) for name, f in fields.items() if name != "id"} == {
        "place": False,
        "named": True,
        "before": False,
        "user": False,
    }


def test_fields_need_not_be_calls_in_the_class() -> None:
    """One of two, one that the module holds; and what hides a field of an abstract parent."""
    models = """
NOTE = models.CharField(max_length=7)


class Noted(models.Model):
    note = models.TextField()
    old = models.TextField()
    kept = models.TextField()

    class Meta:
        abstract = True


class Order(Noted):
    note = NOTE
    level = models.IntegerField() if True else None
    old = "nothing of the database"
"""
    fields = said(models).fields

    assert list(fields) == ["id", "kept", "note", "level"]
    assert fields["note"] == Call("django.db.models.CharField", (), (("max_length", 7),))
    doubtful = view(
        "class Order(models.Model):\n    level = models.IntegerField() if made() else 1\n"
    )
    assert doubtful.models.found["shop", "order"].incomplete == ("attribute level",)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ('{"id", "name"}.union(made())', True),
        ('", ".join(made())', True),
        ('f"{made()}".upper().split(made())', True),
        ('{"id": models.TextField()}.pop(made())', False),
        ('made().union({"id"})', False),
    ],
)
def test_what_a_method_of_a_literal_gives_is_no_field(value: str, read: bool) -> None:
    found = view(f"made = unknown()\n\n\nclass Order(models.Model):\n    level = {value}\n")
    assert found.models.found["shop", "order"].incomplete == (() if read else ("attribute level",))


@pytest.mark.parametrize(
    "models",
    [
        # Each level would hold the one before twice: none of them may be written out.
        "def made(x):\n    class Made(made([x, x])):\n        pass\n    return Made\n\n\n"
        "class Order(made('a'), models.Model):\n    pass\n",
        "def made(x):\n    class Made(made(x + '1'), made(x + '2')):\n        pass\n    return Made\n\n\n"
        "class Order(made('a'), models.Model):\n    pass\n",
        "from model_utils import Choices\nC0 = Choices('a')\n"
        + "".join(f"C{n + 1} = C{n} + C{n}\n" for n in range(26))
        + "class Order(models.Model):\n    x = models.CharField(default=C26.a, choices=C26)\n",
        *(
            f"A = 'a' * 5000\nB = {longer}\n"
            "class Order(models.Model):\n    x = models.CharField(default=B)\n"
            for longer in ("A.join([A] * 5000)", "A.replace('a', A)", "('{0}' * 99).format(A)")
        ),
    ],
)
def test_what_grows_with_each_level_is_not_followed(models: str) -> None:
    """It is answered at once, and what it comes to is unknown."""
    seen = view(models)
    model = seen.models.found["shop", "order"]

    assert model.incomplete or isinstance(
        dict(normal_field(_call(model.fields["x"].value), seen.context(model)).arguments)[
            "default"
        ],
        Opaque,
    )


def _call(value: Value) -> Call:
    assert isinstance(value, Call)
    return value


@pytest.mark.parametrize("package", ["django.db", "django.contrib.gis.db"])
def test_what_geodjango_hands_on_is_djangos_own(package: str) -> None:
    source = (
        f"from {package} import models\n\n\n"
        "class Order(models.Model):\n"
        "    class Kind(models.TextChoices):\n        OPEN = 'open', 'To do'\n\n"
        "    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.OPEN)\n"
    )
    assert arguments(source, "kind") == {
        "choices": [("open", "To do")],
        "default": "open",
        "max_length": 9,
    }


def test_the_fields_of_geodjango_are_its_own() -> None:
    source = (
        "from django.contrib.gis.db import models\n\n\n"
        "class Order(models.Model):\n    at = models.PointField()\n    note = models.TextField()\n"
    )
    fields = said(source).fields
    assert [v.func for v in fields.values() if isinstance(v, Call)][1:] == [
        "django.contrib.gis.db.models.PointField",
        "django.db.models.TextField",
    ]


def test_names_of_an_abstract_model_hide_fields_from_the_children_of_its_children() -> None:
    """Django looks at those of all classes but the direct parents."""
    models = """
class Vault(models.Model):
    kept = models.TextField()

    @property
    def secret(self):
        return self.kept

    class Meta:
        abstract = True


class Account(Vault):
    class Meta:
        abstract = True


class Random(models.Model):
    secret = models.TextField()
    rules = models.TextField()

    class Meta:
        abstract = True


class Near(Vault, Random):
    pass


class Far(Account, Random):
    pass


class Both(Account, Vault, Random):
    pass
"""
    found = view(models).models.found

    assert {name: list(model.fields) for (_, name), model in found.items()} == {
        "near": ["kept", "secret", "rules"],
        "far": ["kept", "rules"],
        "both": ["kept", "secret", "rules"],
    }
