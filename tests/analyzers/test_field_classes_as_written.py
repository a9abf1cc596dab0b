"""What a project's own classes of fields make of their arguments."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from analyzers.read.values import Call, Opaque, Ref, Value
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking
from tests.support.written_models import arguments, view

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


def not_zero(value):
    pass


class Amount(models.IntegerField):
    def __init__(self, **kwargs):
        zero = kwargs.pop("zero", False)
        checks = kwargs.pop("validators", [])
        if not zero and not_zero not in checks:
            checks.append(not_zero)
        kwargs["validators"] = checks
        super().__init__(**kwargs)


class Checked(models.TextField):
    def __init__(self, **kwargs):
        checks = set(kwargs.pop("validators", []))
        checks.add(not_zero)
        super().__init__(validators=checks, **kwargs)


class Discarded(models.TextField):
    def __init__(self, **kwargs):
        checks = set(kwargs.pop("validators", []))
        checks.discard(not_zero)
        super().__init__(validators=checks, **kwargs)


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


class Named(models.CharField):
    def __init__(self, names=(), **kwargs):
        self.names = (names,) if isinstance(names, (str, bytes)) else tuple(names)
        if isinstance(names, Code):
            kwargs["max_length"] = 3
        super().__init__(**kwargs)


class Several(models.CharField):
    def __init__(self, names=(), **kwargs):
        if isinstance(names, (str, bytes)):
            names = (names,)
        self.names = names
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["names"] = self.names
        if self.editable:
            kwargs["editable"] = True
        return name, path, args, kwargs
"""


def of_own_class(call: str) -> dict[str, Value]:
    models = f"from shop.fields import *\n\n\nclass Order(models.Model):\n    a = {call}\n"
    return arguments(models, "a", fields=FIELDS)


def test_what_a_field_class_gives_by_itself_is_part_of_the_field() -> None:
    assert of_own_class("Code('code')") == {"verbose_name": "code", "max_length": 12}
    assert of_own_class("Code(max_length=5)") == {"max_length": 5}


def test_what_it_takes_out_again_is_not() -> None:
    assert of_own_class("Fixed()") == {"max_length": 12, "help_text": "Three letters"}


def test_a_list_grows_by_what_is_not_in_it() -> None:
    own, given = Ref("shop.fields.not_zero"), Call("shop.fields.Least", (0,))
    assert of_own_class("Amount()") == {"validators": [own]}
    assert of_own_class("Amount(validators=[Least(0)])") == {"validators": [given, own]}
    assert of_own_class("Amount(validators=[not_zero])") == {"validators": [own]}
    # The copy that Django writes knows nothing of ``zero``, which nobody wrote.
    assert of_own_class("Amount(zero=True)") == {"validators": [own]}
    unknown = of_own_class("Amount(validators=[not_zero if SHORT else None])")["validators"]
    assert isinstance(unknown, list)
    assert own not in unknown


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


def test_a_class_may_put_more_into_a_set() -> None:
    """What else is done to it is not followed: then nothing is said of the field."""
    not_zero = Ref("shop.fields.not_zero")
    assert of_own_class("Checked(null=True)") == {
        "null": True,
        "validators": frozenset({not_zero}),
    }
    assert of_own_class("Checked(validators=[max])")["validators"] == frozenset(
        {not_zero, Ref("builtins.max")}
    )
    assert "validators" not in of_own_class("Discarded(null=True)")


def test_a_class_may_ask_of_what_kind_it_is_given_something() -> None:
    """Built-in kinds are known by their values, other classes are not."""
    assert of_own_class("Several('a')") == {"names": ("a",), "editable": False}
    assert of_own_class("Several(['a'])")["names"] == ["a"]
    assert isinstance(of_own_class("Several(Code())")["names"], Opaque)
    assert of_own_class("Named(names=Code())").keys() == {"names"}


def test_a_default_of_django_that_is_none_of_the_class_is_kept() -> None:
    assert of_own_class("Several('a', editable=True)") == {"names": ("a",), "editable": True}


def test_what_only_looks_like_a_field_is_none() -> None:
    source = (
        "from imagekit.models import ImageSpecField\n\n\n"
        "class Order(models.Model):\n    small = ImageSpecField(source='photo')\n"
    )

    assert "small" not in view(source).models.found["shop", "order"].fields


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


def test_classes_of_small_libraries_are_django_s_own_with_more() -> None:
    source = (
        "from annoying.fields import AutoOneToOneField\n"
        "from picklefield import PickledObjectField\n\n\n"
        "class Other(models.Model):\n    pass\n\n\n"
        "class Order(models.Model):\n"
        "    near = AutoOneToOneField(Other, models.CASCADE, primary_key=True)\n"
        "    kept = PickledObjectField(null=True, copy=False, compress=True)\n"
    )
    assert arguments(source, "near") == {
        "to": "shop.other",
        "on_delete": Ref("django.db.models.CASCADE"),
        "primary_key": True,
    }
    assert arguments(source, "kept") == {"null": True, "compress": True, "editable": False}


SORTED = """
class Sorted(models.CharField):
    def __init__(self, *args, sorting=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.sorting = sorting or {}

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.sorting:
            kwargs["sorting"] = self.sorting
        return name, path, args, kwargs
"""
NUMBER = "models.CharField(max_length=20)"


@pytest.mark.parametrize("asked", ["sorting or {}", "usual(sorting)"])
@pytest.mark.parametrize(
    ("sorting", "told"),
    [("{'mysql': 'utf8mb4_bin'}", True), ("{'mysql': 'utf8mb4_unicode_ci'}", False), (None, False)],
)
def test_an_argument_of_a_class_that_migrations_held_as_it_was_given(
    sorting: str | None, told: bool, asked: str
) -> None:
    """
    What another value of it becomes is the class's affair, but not the old one.

    None at all may stand for it, unless all that the class does can be followed.
    """
    told = told or (sorting is None and "usual" not in asked)
    given = "shop.fields.Sorted(max_length=20, sorting={})"
    field = given.format("{'mysql': 'utf8mb4_unicode_ci'}")
    models = f"import shop.fields\n{MODELS}"
    base = {
        **PROJECT,
        "shop/fields.py": "from elsewhere import usual\nfrom django.db import models\n"
        + SORTED.replace("sorting or {}", asked),
        "shop/models.py": models.replace(NUMBER, field),
        "shop/migrations/0001_initial.py": INITIAL.replace(
            "import django", "import shop.fields\nimport django", 1
        ).replace(NUMBER, field),
    }
    now = given.format(sorting) if sorting else "shop.fields.Sorted(max_length=20)"

    found = lacking(base, {"shop/models.py": models.replace(NUMBER, now)})

    assert [f.column for f in found] == (["number"] if told else [])


MONEY = """from django.db import models
{above}

class MoneyField(models.DecimalField):
    def __init__(self, *args, currency="EUR", **kwargs):
        self.currency = currency
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if {condition}:
            kwargs["currency"] = self.currency
        return name, path, args, kwargs
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (', currency="EUR"', ', currency="USD"', True),
        ("", ', currency="USD"', True),
        (', currency="USD"', "", True),
        (', currency="USD"', ', currency="EUR"', True),
        (', currency="CHF"', ', currency="USD"', True),
        ("", ', currency="EUR"', False),
        (', currency="EUR"', "", False),
        ("", ", currency=usual()", False),
    ],
)
@pytest.mark.parametrize("condition", ['self.currency != "EUR"', "unusual(self.currency)"])
def test_an_argument_that_a_class_writes_unless_it_is_the_usual_one(
    old: str, new: str, told: bool, condition: str
) -> None:
    """As Django's documentation has it; what other code decides is not known, but for two values that both differ."""
    field = "shop.fields.MoneyField(max_digits=8, decimal_places=2{})"
    written = field.format("" if "EUR" in old else old)
    above = "from elsewhere import unusual, usual\n"
    models = f"{above}import shop.fields\n{MODELS}"
    base = {
        **PROJECT,
        "shop/fields.py": MONEY.format(above=above, condition=condition),
        "shop/models.py": models.replace(NUMBER, field.format(old)),
        "shop/migrations/0001_initial.py": INITIAL.replace(
            "import django", "import shop.fields\nimport django", 1
        ).replace(NUMBER, written),
    }

    found = lacking(base, {"shop/models.py": models.replace(NUMBER, field.format(new))})

    known = "unusual" not in condition or ("currency" in written and bool(new))
    assert [f.column for f in found] == (["number"] if told and known else [])


def test_a_metaclass_has_no_say_in_what_a_field_is_given() -> None:
    """It may make options of ``Meta``; an argument that migrations held as it was written is another now."""
    base = {
        **PROJECT,
        "shop/models.py": "from elsewhere import Registering\nimport shop.fields\n"
        + MODELS.replace("(models.Model)", "(models.Model, metaclass=Registering)").replace(
            NUMBER, "shop.fields.Code(max_length=20)"
        ),
        "shop/fields.py": "from django.db import models\nclass Code(models.CharField):\n    pass\n",
        "shop/migrations/0001_initial.py": INITIAL.replace(
            "import django", "import shop.fields\nimport django", 1
        ).replace(NUMBER, "shop.fields.Code(max_length=20)"),
    }
    checked = base["shop/models.py"].replace("max_length=20", "max_length=20, validators=[len]")

    (finding,) = lacking(base, {"shop/models.py": checked})

    assert finding.column == "number"


LISTS = """
from django.contrib.postgres.fields import ArrayField


class Choices(ArrayField):
    def formfield(self, **kwargs):
        return super().formfield(choices=self.base_field.choices, **kwargs)
"""
KINDS = "shop.lists.Choices(base_field=models.CharField({}), default=list)"


@pytest.mark.parametrize(
    ("now", "said", "severity"),
    [
        ("max_length=9, choices=[('a', 'A')], null=True", "base_field.null", Severity.WARNING),
        ("max_length=9", "base_field.choices", Severity.WARNING),
        ("max_length=9, choices=[('a', 'B')]", "base_field.choices", Severity.WARNING),
        ("max_length=9, choices=[('a', 'B')], null=True", "base_field.choices", Severity.WARNING),
        ("max_length=8, choices=[('a', 'A')]", "base_field", Severity.ERROR),
        ("max_length=8, choices=[('a', 'B')]", "base_field", Severity.ERROR),
    ],
)
def test_what_an_array_of_the_project_holds_is_compared(
    now: str, said: str, severity: Severity
) -> None:
    """Its class is the library's but for its forms."""
    before = KINDS.format("max_length=9, choices=[('a', 'A')]")
    number = "models.CharField(max_length=20)"
    models = f"import shop.lists\n{MODELS.replace(number, before)}"
    initial = f"import shop.lists\n{INITIAL.replace(number, before)}"
    base = {
        **PROJECT,
        "shop/lists.py": LISTS,
        "shop/models.py": models,
        "shop/migrations/0001_initial.py": initial,
    }

    (finding,) = lacking(base, {"shop/models.py": models.replace(before, KINDS.format(now))})

    assert finding.severity is severity
    assert said in finding.message
