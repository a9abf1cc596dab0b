"""What Django makes of classes that are written in unusual ways."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analyzers.config import Config, DjangoConfig
from analyzers.read.cache import MemoryCache
from analyzers.read.modules import Sources
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.django_fields import normal_field
from analyzers.relate.django_state import ModelState
from analyzers.relate.members import normal_member
from analyzers.relate.snapshot import Snapshot
from analyzers.relate.view import View
from analyzers.trees import MemoryTree

IMPORTS = """
import uuid
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, ngettext_lazy
"""
INITIAL = """
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))])]
"""


def view(models: str, **more: str) -> View:
    return configured(models, Config(), more)


def configured(models: str, config: Config, more: Mapping[str, str]) -> View:
    files = {
        "shop/__init__.py": "",
        "shop/models.py": IMPORTS + models,
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": INITIAL,
        **{f"shop/{name}.py": text for name, text in more.items()},
    }
    snapshot = Snapshot(MemoryTree(files), config, MemoryCache())
    return View(snapshot.tree, snapshot.django, snapshot.django_graph, config, Sources())


def said(models: str, **more: str) -> ModelState:
    seen = view(models, **more)
    return seen.said(seen.models.found["shop", "order"])


def arguments(models: str, name: str) -> dict[str, Value]:
    seen = view(models)
    model = seen.models.found["shop", "order"]
    value = seen.said(model).fields[name]
    assert isinstance(value, Call)
    return dict(normal_field(value, seen.context(model)).arguments)


def test_a_field_named_like_a_module_has_the_modules_function_for_its_default() -> None:
    found = arguments(
        "class Order(models.Model):\n    uuid = models.UUIDField(default=uuid.uuid4, max_length=36)\n",
        "uuid",
    )
    assert found == {"default": Ref("uuid.uuid4")}


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


def test_one_field_under_two_names_keeps_the_first() -> None:
    state = said("class Order(models.Model):\n    first = second = models.TextField()\n")
    assert list(state.fields) == ["id", "first"]


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


def test_names_among_expressions_are_short_for_f() -> None:

    short = Call("django.db.models.UniqueConstraint", ("a",), (("name", "x"),))
    long = Call(
        "django.db.models.UniqueConstraint", (Call("django.db.models.F", ("a",)),), (("name", "x"),)
    )
    assert normal_member(short) == normal_member(long)


def test_managers_that_migrations_keep_are_read_with_their_inheritance() -> None:
    state = said(
        "class Kept(models.Manager):\n    use_in_migrations = True\n\n\n"
        "class Mixed(models.Manager.from_queryset(models.QuerySet)):\n    pass\n\n\n"
        "class Both(Mixed, Kept):\n    pass\n\n\n"
        "class Order(models.Model):\n    a = models.TextField()\n    objects = Both()\n    other = Mixed()\n"
    )
    assert state.managers == (("objects", Call("shop.models.Both")),)


FIELDS = """
from django.conf import settings
from django.db import models


class Code(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 12)
        super().__init__(*args, **kwargs)


class Fixed(Code):
    def __init__(self, *args, **kwargs):
        defaults = {"help_text": "Three letters", "null": True}
        defaults.update(kwargs)
        super().__init__(*args, **defaults)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["null"]
        return name, path, args, kwargs


class Asked(models.CharField):
    def __init__(self, *args, **kwargs):
        if kwargs.get("short"):
            kwargs["max_length"] = 3
        super().__init__(*args, **kwargs)


class Elsewhere(models.CharField):
    def __init__(self, *args, **kwargs):
        if settings.SHORT:
            kwargs["max_length"] = 3
        super().__init__(*args, **kwargs)


class Helped(models.CharField):
    def __init__(self, *args, **kwargs):
        helped(kwargs)
        super().__init__(*args, **kwargs)


class Sorted(models.CharField):
    def __init__(self, target, reverse=False, *args, **kwargs):
        self.target, self.reverse = target, reverse
        kwargs["max_length"] = kwargs.pop("max_length", None) or 12
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        kwargs = super().deconstruct()[3]
        if self.reverse:
            kwargs["reverse"] = True
        return (self.name, "shop.fields.Sorted", [self.target], kwargs)
"""


def of_own_class(call: str) -> dict[str, Value]:
    models = f"from shop.fields import *\n\n\nclass Order(models.Model):\n    a = {call}\n"
    seen = view(models, fields=FIELDS)
    model = seen.models.found["shop", "order"]
    value = seen.said(model).fields["a"]
    assert isinstance(value, Call)
    return dict(normal_field(value, seen.context(model)).arguments)


def test_what_a_field_class_gives_by_itself_is_part_of_the_field() -> None:
    assert of_own_class("Code('code')") == {"verbose_name": "code", "max_length": 12}
    assert of_own_class("Code(max_length=5)") == {"max_length": 5}


def test_what_it_takes_out_again_is_not() -> None:
    assert of_own_class("Fixed()") == {"max_length": 12, "help_text": "Three letters"}


def test_a_condition_of_a_constructor_is_decided_where_it_can_be() -> None:
    assert of_own_class("Asked(short=True)") == {"short": True, "max_length": 3}
    assert of_own_class("Asked()") == {}


def test_a_constructor_that_asks_elsewhere_is_not_followed() -> None:
    assert of_own_class("Elsewhere(max_length=5)") == {"max_length": 5}
    assert of_own_class("Helped(max_length=5)") == {"max_length": 5}


def test_arguments_of_the_class_s_own_are_written_as_it_says() -> None:
    assert of_own_class("Sorted('name', True, null=True)") == {
        "*0": "name",
        "max_length": 12,
        "null": True,
        "reverse": True,
    }
    assert of_own_class("Sorted(target='name', max_length=40)") == {"*0": "name", "max_length": 40}


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


def of_settings(settings: str, call: str, *, named: bool = True) -> dict[str, Value]:
    models = f"from django.conf import settings\n\n\nclass Order(models.Model):\n    a = {call}\n"
    config = Config(django=DjangoConfig(settings="shop.settings" if named else None))
    seen = configured(models, config, {"settings": settings})
    model = seen.models.found["shop", "order"]
    value = model.fields["a"].value
    assert isinstance(value, Call)
    return dict(normal_field(value, seen.context(model)).arguments)


ASKED = "models.CharField(max_length=getattr(settings, 'LENGTH', 7))"


def test_a_setting_counts_where_the_settings_module_is_named() -> None:
    assert of_settings("LENGTH = 5", ASKED) == {"max_length": 5}
    assert of_settings("LENGTH = 5", "models.CharField(max_length=settings.LENGTH)") == {
        "max_length": 5
    }
    assert of_settings("OTHER = 5", ASKED) == {"max_length": 7}
    assert isinstance(of_settings("LENGTH = 5", ASKED, named=False)["max_length"], Call)


def test_a_setting_that_may_be_another_is_not_known() -> None:
    for settings in (
        "from elsewhere import *",
        "import os\nLENGTH = int(os.environ['LENGTH'])",
        "import sys\nLENGTH = 5\nif 'test' in sys.argv:\n    LENGTH = 6",
        "globals().update(LENGTH=9)",
    ):
        assert isinstance(of_settings(settings, ASKED)["max_length"], Call), settings


def test_a_setting_that_names_a_model_stays_a_name() -> None:
    found = of_settings(
        "TAG_MODEL = 'shop.Tag'", "models.ForeignKey(settings.TAG_MODEL, on_delete=models.CASCADE)"
    )
    assert found["to"] == Opaque("?.tag_model")


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
    history = HistoricalRecords(bases=[models.Model])
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
    elsewhere = view(models.format("bases=[models.Model]"), **history)
    assert ("shop", "historicalorder") not in elsewhere.models.found
    assert not any(g.model == "HistoricalOrder" for g in elsewhere.gaps.values())
    gone = view("class Line(models.Model):\n    pass\n", **history)
    assert "HistoricalOrder" in {
        g.model for g in gone.gaps.values() if g.operation == "DeleteModel"
    }


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


def test_a_field_that_brings_another_leaves_the_model_open() -> None:
    models = """
class Marked(models.TextField):
    def contribute_to_class(self, cls, name):
        super().contribute_to_class(cls, name)
        cls.add_to_class(name + "_html", models.TextField())


class Order(models.Model):
    text = Marked()
"""
    assert view(models).models.found["shop", "order"].incomplete == ("field text adds others",)


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
    ("settings", "name"),
    [
        ("core.settings.local", "shop.kinds.folder"),
        ("site.core.settings", "site.shop.kinds.folder"),
    ],
)
def test_a_project_may_be_started_inside_a_package(settings: str, name: str) -> None:
    """What stands beside such a ``manage.py`` is imported without the package's name."""
    package = name.removesuffix("shop.kinds.folder").rstrip(".")
    prefix = f"{package}." if package else ""
    files = {
        "site/__init__.py": "",
        "site/manage.py": f"import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '{settings}')\n",
        "site/core/__init__.py": "",
        "site/core/bases.py": "from django.db import models\n\n\nclass Named(models.Model):\n"
        "    name = models.CharField(max_length=9)\n\n    class Meta:\n        abstract = True\n",
        "site/shop/__init__.py": "",
        "site/shop/kinds.py": "def folder(instance, name):\n    return name\n",
        "site/shop/models.py": f"{IMPORTS}from {prefix}core.bases import Named\n"
        f"from {prefix}shop.kinds import folder\n\n\n"
        "class Order(Named):\n    file = models.FileField(upload_to=folder)\n",
        "site/shop/migrations/__init__.py": "",
        "site/shop/migrations/0001_initial.py": INITIAL,
    }
    snapshot = Snapshot(MemoryTree(files), Config(), MemoryCache())
    seen = View(snapshot.tree, snapshot.django, snapshot.django_graph, Config(), Sources())
    model = seen.models.found["shop", "order"]

    assert not model.incomplete
    fields = seen.said(model).fields
    assert list(fields) == ["id", "name", "file"]
    value = fields["file"]
    assert isinstance(value, Call)
    assert value.get("upload_to") == Ref(name)


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
