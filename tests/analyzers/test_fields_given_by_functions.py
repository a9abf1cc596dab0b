"""Fields that a function of the project is given and gives back, and numbers in another spelling."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from analyzers.read.values import Call
from analyzers.relate.django_fields import same
from tests.support.lacking_worlds import MODELS, PROJECT, lacking

NUMBER = "models.CharField(max_length=20)"
MARKING = '''
def hidden(field, mark="hidden"):
    """It is not searched for."""
    setattr(field, mark, True)
    field._hidden = True
    return field
'''
KEPT = """
MADE = {}

def Kept(field, left_out=("help_text",)):
    made = MADE.setdefault(field.__class__, type("Kept", (field.__class__,), {}))
    return made(*field.deconstruct()[2])
"""
WRAPPING = """
from elsewhere import wrap

def hidden(field):
    return wrap(field)
"""


def changed(marks: str, number: str) -> tuple[dict[str, str], dict[str, str | None]]:
    """The project with a function that is given a field, and the change that calls it."""
    models = f"from shop.marks import hidden\n{MODELS.replace(NUMBER, number)}"
    assert number in models
    return {**PROJECT, "shop/marks.py": marks}, {"shop/models.py": models}


@pytest.mark.parametrize("call", ["hidden({})", "hidden(field={})", "hidden({}, mark='x')"])
def test_a_field_that_is_only_marked_is_the_field(call: str) -> None:
    """What the function gives back is what it was given."""
    assert not lacking(*changed(MARKING, call.format(NUMBER)))

    (finding,) = lacking(*changed(MARKING, call.format(NUMBER.replace("20", "30"))))
    assert "max_length of the field number changed" in finding.message


@pytest.mark.parametrize("marks", [WRAPPING, "from elsewhere import hidden\n"])
def test_a_field_in_a_call_that_cannot_be_followed_is_not_gone(marks: str) -> None:
    """It may be the field, or another one."""
    assert not lacking(*changed(marks, f"hidden({NUMBER})"))
    assert not lacking(*changed(marks, f"hidden({NUMBER.replace('20', '30')})"))


def test_a_function_that_is_called_like_a_class_may_give_a_field_as_well() -> None:
    """What it makes is not known; the field is not gone."""
    base, head = changed(KEPT, f"Kept({NUMBER})")
    models = str(head["shop/models.py"]).replace("import hidden", "import Kept")

    assert not lacking(base, {"shop/models.py": models})


MADE = {
    "arguments": """
def number(length=20, **more):
    more.setdefault("max_length", length)
    return models.CharField(**more)
""",
    "a name": """
def number(*args, **more):
    options = {"max_length": 20}
    options.update(more)
    field = models.CharField(*args, **options)
    return field
""",
    "another function": """
def text(size):
    return models.CharField(max_length=size)

def number(**more):
    return text(20, **more) if more else text(20)
""",
    "a class": """
def number(cls=models.CharField, **more):
    more.setdefault("max_length", 20)
    return cls(**more)
""",
    "a class by name alone": """
def number(*, cls=models.CharField):
    field = cls(max_length=20)
    return field
""",
    "partial": """
from functools import partial

number = partial(models.CharField, max_length=20)
""",
}
UNCLEAR = """
def number(**more):
    for name in more:
        setattr(models, name, 1)
        globals()[name] = 2
    with elsewhere():
        return models.CharField(**more)
"""


@pytest.mark.parametrize("way", MADE)
@pytest.mark.parametrize("imported", ["from shop.marks import number", "from shop import marks"])
def test_a_field_that_a_function_makes_is_the_field(way: str, imported: str) -> None:
    """It is there, and without the call it is gone."""
    call = "number()" if imported.endswith("number") else "marks.number()"
    marks = f"from django.db import models\n{MADE[way]}"
    models = f"{imported}\n{MODELS.replace(NUMBER, call)}"
    base = {**PROJECT, "shop/marks.py": marks}

    assert not lacking(base, {"shop/models.py": models})

    (finding,) = lacking(
        base, {"shop/models.py": models, "shop/marks.py": marks.replace("20", "30")}
    )
    assert "max_length of the field number changed" in finding.message
    (gone,) = lacking(base, {"shop/models.py": MODELS.replace(f"number = {NUMBER}", "pass")})
    assert "the field number is gone" in gone.message


def test_a_field_of_a_class_that_a_function_is_given_is_the_field() -> None:
    marks = "def made(cls, length=20):\n    return cls(max_length=length)\n"
    models = f"from shop.marks import made\n{MODELS.replace(NUMBER, 'made(models.CharField)')}"
    base = {**PROJECT, "shop/marks.py": marks}
    assert not lacking(base, {"shop/models.py": models})

    (finding,) = lacking(base, {"shop/models.py": models.replace("CharField)", "TextField)")})

    assert "class of the field number changed" in finding.message


IN_A_CLASS = {
    "a static method": ("    @staticmethod\n    def text():\n        return {}\n\n", "text()"),
    "a function": ("    def text(size=20):\n        return {}\n\n", "text()"),
    "one that asks another": (
        "    def first():\n        return {}\n\n    @staticmethod\n    def text():\n        return Order.first()\n\n",
        "text()",
    ),
}
BESIDE = {
    "a static method": "    @staticmethod\n    def text():\n        return {}\n",
    "a class method": "    @classmethod\n    def text(cls, **more):\n        return {}\n",
    "a method of the class above": "    pass\n\n\nclass Above:\n    @staticmethod\n    def text():\n        return {}\n",
}


@pytest.mark.parametrize("way", IN_A_CLASS)
def test_a_field_that_a_function_in_the_class_makes_is_the_field(way: str) -> None:
    """In its body the class calls what stands above by its name alone."""
    text, call = IN_A_CLASS[way]

    def models(made: str) -> dict[str, str | None]:
        start = f"class Order(models.Model):\n{text.format(made)}"
        source = MODELS.replace(NUMBER, call).replace("class Order(models.Model):\n", start)
        return {"shop/models.py": source}

    assert not lacking(PROJECT, models(NUMBER))

    (finding,) = lacking(PROJECT, models(NUMBER.replace("20", "30")))
    assert "max_length of the field number changed" in finding.message


@pytest.mark.parametrize("way", BESIDE)
def test_a_field_that_a_method_of_another_class_makes_is_the_field(way: str) -> None:
    def models(made: str) -> dict[str, str | None]:
        helper = f"class Make:\n{BESIDE[way].format(made)}"
        if "Above" in helper:
            first, _, second = helper.partition("\n\n\n")
            helper = f"{second}\n\n{first.replace('Make', 'Make(Above)')}"
        source = MODELS.replace(NUMBER, "Make.text()")
        return {"shop/models.py": source.replace("class Order(", f"{helper}\n\nclass Order(")}

    assert not lacking(PROJECT, models(NUMBER))

    (finding,) = lacking(PROJECT, models(NUMBER.replace("20", "30")))
    assert "max_length of the field number changed" in finding.message


@pytest.mark.parametrize(
    "made",
    [
        "elsewhere.number()",
        "elsewhere.fields.Number(20)",
        "own()",
        "elsewhere.make(models.CharField)",
    ],
)
def test_a_field_is_not_gone_where_a_library_may_make_it(made: str) -> None:
    """What the call gives is not known; a class of the project, of Python or of Django is no field."""
    own = "import decimal\nimport elsewhere\n\n\ndef own():\n    return elsewhere.number()\n"
    models = f"{own}{MODELS.replace(NUMBER, made)}"
    assert not lacking(PROJECT, {"shop/models.py": models})

    for plain in ("decimal.Decimal(20)", "models.Manager()", "State()"):
        (gone,) = lacking(PROJECT, {"shop/models.py": models.replace(f"= {made}", f"= {plain}")})
        assert "the field number is gone" in gone.message


def test_a_field_of_an_abstract_model_is_not_gone_where_a_library_may_make_it() -> None:
    base = "class Numbered(models.Model):\n    number = elsewhere.number()\n\n    class Meta:\n        abstract = True\n\n\n"
    models = "import elsewhere\n" + MODELS.replace(f"    number = {NUMBER}\n", "").replace(
        "class Order(models.Model)", f"{base}class Order(Numbered)"
    )
    assert not lacking(PROJECT, {"shop/models.py": models})

    none = models.replace("    state =", "    number = None\n    state =")
    (gone,) = lacking(PROJECT, {"shop/models.py": none})
    assert "the field number is gone" in gone.message


def test_a_field_of_a_function_that_cannot_be_followed_is_not_gone() -> None:
    """It may be any field."""
    base, head = changed(
        f"from django.db import models\n{UNCLEAR.replace('number', 'hidden')}", "hidden()"
    )
    assert not lacking(base, head)


def test_fields_of_one_statement_are_two() -> None:
    """``a, b = CharField(...), CharField(...)``."""
    state = "models.CharField(max_length=10, choices=State.choices, default=State.NEW)"
    pair = MODELS.replace(
        f"    number = {NUMBER}\n    state = {state}", f"    number, state = {NUMBER}, {state}"
    )
    assert pair != MODELS

    assert not lacking(PROJECT, {"shop/models.py": pair})


EXACT = "0.1000000000000000055511151231257827021181583404541015625"
"""What the float 0.1 is, to the last digit."""
NUMBERS: list[str | float] = ["1", "1.00", 1, 1.0, 0.1, "0.1", "0", "-0.0", "1e3", 1000, -0.5]
NUMBERS += ["Infinity", "-Infinity", "1e999999999", EXACT, "-0.50", 10**40]


@pytest.mark.parametrize(("one", "two"), [*itertools.combinations(NUMBERS, 2)])
def test_decimals_are_the_same_where_they_are_equal(one: str | float, two: str | float) -> None:
    """``Decimal(1.0)`` in the models is ``Decimal("1")`` in a migration."""
    first, second = (Call("decimal.Decimal", (number,)) for number in (one, two))

    assert same(first, second) is (Decimal(one) == Decimal(two))


@pytest.mark.parametrize(
    ("number", "written"),
    [("'1.50'", "'1.50'"), ("'100'", "'100'"), ("7", "'7'"), ("-0.5", "'-0.5'")],
)
def test_a_decimal_is_written_as_django_writes_it(number: str, written: str) -> None:
    """It is compared by its number, and not spelled so in a migration."""
    price = f"models.DecimalField(max_digits=9, decimal_places=2, default=Decimal({number}))"
    models = MODELS.replace("    state = ", f"    price = {price}\n    state = ")

    (finding,) = lacking(PROJECT, {"shop/models.py": f"from decimal import Decimal\n{models}"})
    (file,) = finding.new_files
    assert f"default=Decimal({written})" in file.content


def test_what_is_no_number_is_compared_as_it_is_written() -> None:
    """Django would not start with it."""
    calls = [Call("decimal.Decimal", (text,)) for text in ("one", "two", "one")]

    assert same(calls[0], calls[2]) is True
    assert same(calls[0], calls[1]) is False


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('{"max_length": 30}', "max_length of the field number changed"),
        ("from_environment()", ""),
        ('getattr(settings, "MORE", {})', ""),
    ],
)
def test_arguments_that_are_brought_up_to_date_afterwards(more: str, said: str) -> None:
    """What is not known of them may be any argument."""
    options = f'OPTIONS = {{"max_length": 20, "null": False}}\nOPTIONS.update({more})\n'
    models = MODELS.replace("class State", f"{options}\n\nclass State", 1)
    models = models.replace(NUMBER, "models.CharField(**OPTIONS)")
    assert "**OPTIONS" in models

    found = lacking(PROJECT, {"shop/models.py": models})

    assert [said in f.message for f in found] == ([True] if said else [])
