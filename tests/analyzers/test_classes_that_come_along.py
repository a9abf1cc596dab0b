"""What a change's models need and the base had not: new classes of fields, proxies, members of enumerations."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, changed, lacking

SORTED = """
from django.db import models
from elsewhere import key_of


class SortedField(models.CharField):
    def __init__(self, of, **kwargs):
        self.of = of
        kwargs.setdefault("max_length", 255)
        self.key = key_of(1)
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["of"] = self.of
        return name, path, args, kwargs
"""
NUMBER = "    number = models.CharField(max_length=20)\n"
INDEXED = MODELS.replace("class Order(models.Model)", "class Order(Indexed)").replace(
    "from django.db import models", "from django.db import models\nfrom elsewhere import Indexed"
)


def test_a_field_whose_class_comes_with_it_is_asked_for() -> None:
    models = MODELS.replace(NUMBER, f'{NUMBER}    sorted = SortedField(of="number")\n')
    models = f"from shop.fields import SortedField\n{models}"

    (finding,) = lacking(PROJECT, {"shop/models.py": models, "shop/fields.py": SORTED})

    assert "the field sorted is new" in finding.message


def test_a_field_of_a_class_that_nobody_knows_is_not() -> None:
    """It may add other fields and be none itself."""
    models = MODELS.replace(NUMBER, f'{NUMBER}    sorted = SortedField(of="number")\n')

    assert not lacking(PROJECT, {"shop/models.py": f"from elsewhere import SortedField\n{models}"})


@pytest.mark.parametrize(
    "body", ["class Meta:\n        proxy = True", "note = models.TextField(null=True)"]
)
def test_what_inherits_from_a_model_is_one_whatever_else_the_model_inherits(body: str) -> None:
    """The migrations tell that ``Order`` is a model, though its base is not known."""
    assert INDEXED.count("Indexed") == 2
    base = {**PROJECT, "shop/models.py": INDEXED}
    assert not lacking(PROJECT, base)

    (finding,) = lacking(base, {"shop/models.py": f"{INDEXED}\n\nclass Kept(Order):\n    {body}\n"})

    assert finding.message == "The model shop.Kept is new, and no migration creates it."
    assert finding.severity is (Severity.WARNING if "proxy" in body else Severity.ERROR)


@pytest.mark.parametrize("member", ['NEW = ("new",)', 'NEW = ("new"), _("New")', 'NEW = "new"'])
def test_a_member_s_value_is_made_of_what_stands_there(member: str) -> None:
    """``str("new")`` of ``("new",)``: no migration is needed for the comma."""
    assert not lacking(PROJECT, changed('NEW = "new", _("New")', member))


def test_another_value_in_parentheses_is_another() -> None:
    (finding,) = lacking(PROJECT, changed('NEW = "new", _("New")', 'NEW = ("fresh",)'))

    assert "choices of the field state changed" in finding.message
    (file,) = finding.new_files
    assert "('fresh', 'New')" in file.content


KINDS = """
from enum import Enum, EnumMeta


class named:
    pass


class Naming(EnumMeta):
    def __new__(cls, name, bases, attrs):
        for key in attrs:
            attrs[key] = key.lower()
        return super().__new__(cls, name, bases, attrs)


class Kind(str, Enum, metaclass=Naming):
    ONCE = named()
    OFTEN = named()
"""
CHOICES = "[(kind, kind.value) for kind in Kind]"
HELD = "[(shop.kinds.Kind['ONCE'], 'once'), (shop.kinds.Kind['OFTEN'], 'often')]"
WITH_KINDS = {
    **PROJECT,
    "shop/kinds.py": KINDS,
    "shop/models.py": "from shop.kinds import Kind\n"
    + MODELS.replace(NUMBER, f"    number = models.CharField(choices={CHOICES}, max_length=20)\n"),
    "shop/migrations/0001_initial.py": "import shop.kinds\n"
    + INITIAL.replace(
        "models.CharField(max_length=20)", f"models.CharField(choices={HELD}, max_length=20)"
    ),
}


def test_a_member_more_is_told_though_its_metaclass_makes_the_values() -> None:
    """How many there are is known, and what they are is for the migration to ask."""
    assert not lacking({}, WITH_KINDS)

    (finding,) = lacking(WITH_KINDS, {"shop/kinds.py": f"{KINDS}    NEVER = named()\n"})

    assert "choices of the field number changed" in finding.message
    (file,) = finding.new_files
    assert "(shop.kinds.Kind.NEVER, shop.kinds.Kind.NEVER.value)" in file.content
    assert "import shop.kinds" in file.content


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("name, path, args, kwargs", True),
        ('name, "django.db.models.CharField", args, kwargs', False),
    ],
)
def test_another_class_is_told_unless_it_writes_itself_as_another(answer: str, told: bool) -> None:
    fields = SORTED.replace("return name, path, args, kwargs", f"return {answer}")
    models = f"from shop.fields import SortedField\n{MODELS}"
    other = NUMBER.replace("models.CharField(", 'SortedField(of="state", ')

    findings = lacking(
        {**PROJECT, "shop/models.py": models, "shop/fields.py": fields},
        {"shop/models.py": models.replace(NUMBER, other)},
    )

    assert [("class of the field number changed" in f.message) for f in findings] == (
        [True] if told else []
    )


NOTES = 'models.CharField(max_length=20)),\n("note", {}),\n("remark", {}),'


@pytest.mark.parametrize(
    ("number", "note", "held", "told"),
    [
        ("RichTextField()", "RichTextField()", "prose.fields.RichTextField()", True),
        (
            "models.CharField(max_length=20)",
            "models.TextField()",
            "prose.fields.RichTextField()",
            True,
        ),
        # Migrations hold it as Django's class.
        ("RichTextField()", "RichTextField()", "models.TextField()", False),
        # Two names of one library may be one class.
        ("models.CharField(max_length=20)", "OtherField()", "prose.fields.RichTextField()", False),
    ],
)
def test_a_class_of_a_library_is_another_where_migrations_hold_it_as_itself(
    number: str, note: str, held: str, told: bool
) -> None:
    """What else the project has of the class tells; a class that it has nothing of stays unknown."""
    models = f"from prose.fields import OtherField, RichTextField\n{MODELS}"
    fields = f"{NUMBER}    note = RichTextField()\n    remark = RichTextField()\n"
    base = {
        **PROJECT,
        "shop/models.py": models.replace(NUMBER, fields),
        "shop/migrations/0001_initial.py": "import prose.fields\n"
        + INITIAL.replace("models.CharField(max_length=20)),", NOTES.format(held, held), 1),
    }
    changed = f"    number = {number}\n    note = {note}\n    remark = RichTextField()\n"

    assert not lacking({}, base)
    findings = lacking(base, {"shop/models.py": models.replace(NUMBER, changed)})

    assert ["class of the field" in f.message for f in findings] == ([True] if told else [])


RECORDS = "class BaseRecord:\n    pass\n\n\nclass Order(BaseRecord):\n    pass\n"


@pytest.mark.parametrize(
    ("before", "told"), [(RECORDS, True), (RECORDS.replace("Order", "Bill"), False), (None, False)]
)
def test_a_class_of_the_same_name_that_was_there_all_along_is_not_the_model(
    before: str | None, told: bool
) -> None:
    """One that comes as the model goes may be the model in its new place."""
    base = {**PROJECT, **({"shop/records.py": before} if before else {})}

    found = lacking(base, {"shop/models.py": "", "shop/records.py": RECORDS})

    gone = "The model shop.Order is gone, and no migration deletes it."
    assert [f.message for f in found] == ([gone] if told else [])


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "from shared.shop.models import *\n", False),
        ("", "from shared.shop.models import Order\n", False),
        ("", "from shared.shop.models import Bill\n", True),
        ("", "from shop.records import *\n", True),
        ("", "from django.db.models import *\n", True),
        ("from shared.mixins import *\n", "from shared.mixins import *\n", True),
    ],
)
def test_a_model_that_a_library_may_have_now_is_not_gone(
    before: str, after: str, told: bool
) -> None:
    base = {**PROJECT, "shop/models.py": before + MODELS, "shop/records.py": "A = 1\n"}

    found = lacking(base, {"shop/models.py": after})

    gone = "The model shop.Order is gone, and no migration deletes it."
    assert [f.message for f in found] == ([gone] if told else [])


def test_a_field_for_files_is_written_with_the_place_that_it_does_not_name() -> None:
    (finding,) = lacking(
        PROJECT, changed(NUMBER, f"{NUMBER}    bill = models.FileField(null=True)\n")
    )

    assert "field=models.FileField(null=True, upload_to='')" in finding.new_files[0].content


@pytest.mark.parametrize(
    ("held", "written"),
    [
        ("", "'state', help_text='B'"),
        (", verbose_name='state'", "help_text='B', verbose_name='state'"),
    ],
)
def test_what_an_unknown_class_takes_first_is_its_name_where_migrations_say_so(
    held: str, written: str
) -> None:
    def models(text: str) -> str:
        other = f'    number = PickField("state", help_text="{text}")\n'
        return f"from elsewhere.fields import PickField\n{MODELS.replace(NUMBER, other)}"

    initial = INITIAL.replace(
        "models.CharField(max_length=20)", f"elsewhere.fields.PickField(help_text='A'{held})"
    )
    base = {**PROJECT, "shop/models.py": models("A")}
    base["shop/migrations/0001_initial.py"] = f"import elsewhere.fields\n{initial}"

    (finding,) = lacking(base, {"shop/models.py": models("B")})

    assert f"elsewhere.fields.PickField({written})" in finding.new_files[0].content
