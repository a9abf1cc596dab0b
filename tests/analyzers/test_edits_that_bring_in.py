"""What an edited migration imported before and has as its own now, or the other way round: the same, where it is."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.worlds import START, add, changed, findings, migration, path, said


@pytest.mark.parametrize("through", ["shop.constants", "shop.models", "shop"])
@pytest.mark.parametrize(("value", "severity"), [("600", "info"), ("601", "error")])
def test_an_imported_constant_may_become_its_value(value: str, severity: str, through: str) -> None:
    """Through other modules that import it, too."""
    code = "def fill(apps, schema_editor):\n    write({})\n\n\n"
    imported = migration(
        "0002_total",
        operations="migrations.RunPython(fill)",
        before=f"from {through} import KIND, SIZE\n\n\n" + code.format("KIND"),
    )
    plain = imported.replace(f"from {through} import KIND, SIZE\n", "")
    constants = {"shop/constants.py": "SIZE = 1\nKIND = 600\n"}
    constants["shop/models.py"] = "from shop.constants import KIND, SIZE\n"
    constants["shop/__init__.py"] = "from .models import KIND, SIZE\n"
    start = changed(START, {**constants, path("0003_fill"): imported})
    head = {path("0003_fill"): plain.replace("KIND", value), "shop/constants.py": None}

    assert said(findings(start, head=head)) == [
        ("committed-migration-edited", severity, "0003_fill")
    ]


HELPERS = """
from datetime import date
from .texts import KINDS, shown as said

LIMITS: dict[str, int] = {"open": 5, **KINDS}

def within(order: date, key: str = "open") -> bool:
    \"\"\"Told.\"\"\"
    return said(order) < LIMITS[key]
"""
FILL = """def fill(apps, schema_editor):
    for order in apps.get_model("orders", "Order").objects.all():
        order.total = within(order)
        order.save()


"""
OWN = """from shop.texts import shown as said
from shop.texts import KINDS

LIMITS = {"open": 5, **KINDS}


"""
WITHIN = """def within(order, key="open"):
    return said(order) < LIMITS[key]


"""


@pytest.mark.parametrize(
    ("own", "severity"),
    [
        (OWN + WITHIN + FILL, "info"),
        (OWN + FILL + WITHIN, "info"),
        (OWN + WITHIN.replace("<", "<=") + FILL, "error"),
        (OWN.replace("5", "6") + WITHIN + FILL, "error"),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_an_imported_function_may_come_into_the_file(own: str, severity: str, inside: bool) -> None:
    """With all that it needs of its module, in any order of functions."""
    asked = "from shop.helpers import within\n"
    code = f"{asked}\n\n{FILL}"
    if inside:
        code = FILL.replace("):\n", f"):\n    {asked}", 1)
    imported, plain = (
        migration("0002_total", operations="migrations.RunPython(fill)", before=text)
        for text in (code, own)
    )
    start = changed(START, {"shop/helpers.py": HELPERS, path("0003_fill"): imported})
    found = said(findings(start, head={path("0003_fill"): plain, "shop/helpers.py": None}))

    assert found == [("committed-migration-edited", severity, "0003_fill")]


@pytest.mark.parametrize(
    ("limit", "severity"), [("5", "info"), ("6", "error")], ids=["the same", "another"]
)
def test_what_a_whole_module_is_imported_for_may_come_into_the_file(
    limit: str, severity: str
) -> None:
    """As Django writes defaults, of which the models lose theirs one day."""
    helpers = "LIMITS = {'open': 5}\n\ndef limit():\n    return LIMITS['open']\n"
    default = "models.IntegerField(default={})"
    imported = migration(
        "0002_total",
        operations=add("c", default.format("shop.helpers.limit")),
        before="import shop.helpers\nimport shop.texts\n\n\n",
    )
    own = migration(
        "0002_total",
        operations=add("c", default.format("limit")),
        before=f"import shop.texts\n\n{helpers.replace('5', limit)}\n\n",
    )
    start = changed(START, {"shop/__init__.py": "", "shop/helpers.py": helpers})
    start = changed(start, {path("0003_fill"): imported})
    found = said(findings(start, head={path("0003_fill"): own, "shop/helpers.py": None}))

    assert found == [("committed-migration-edited", severity, "0003_fill")]


LIVE = """from orders.models import Order


def fill(apps, schema_editor):
    Order.objects.update(total="0")


"""
ASKED = LIVE.partition("\n\n\n")[2].replace(
    ":\n", ':\n    Order = apps.get_model("orders", "Order")\n'
)
GOT = LIVE.replace(
    "from orders.models import Order\n",
    'from shop.loading import get_model\n\nOrder = get_model("orders", "Order")\n',
)
GOT_OF_DJANGO = GOT.replace("get_model(", "apps.get_model(").replace(
    "from shop.loading import get_model", "from django.apps import apps"
)


@pytest.mark.parametrize(
    ("before", "after", "keeps"),
    [
        (LIVE, ASKED, True),
        (GOT, ASKED, True),
        (GOT_OF_DJANGO, ASKED, True),
        (GOT, ASKED.replace('"0"', '"1"'), False),
        (GOT.replace('"Order"', '"Item"'), ASKED, False),
        (ASKED, GOT, False),
        (LIVE, GOT_OF_DJANGO, False),
        (LIVE, ASKED.replace('"0"', '"1"'), False),
        (LIVE, ASKED.replace('"Order"', '"Item"'), False),
        (ASKED, LIVE, False),
    ],
)
def test_historical_models_in_place_of_live_ones_may_stay(
    before: str, after: str, keeps: bool
) -> None:
    """They are an edit; but where nothing hangs on the live class, taking it back helps nobody."""
    code = "migrations.RunPython(fill)"
    old, new = (migration("0002_total", operations=code, before=text) for text in (before, after))
    start = changed(START, {path("0003_fill"): old})

    (found,) = findings(start, head={path("0003_fill"): new})

    assert found.severity is Severity.ERROR
    assert found.remedy.startswith("Keep it where") is keeps
    assert bool(found.commands) is not keeps


def test_what_else_happens_to_an_imported_value_is_not_lost() -> None:
    """A list that its module adds to is not the list as it was written."""
    code = "def fill(apps, schema_editor):\n    print(SIZES)\n\n\n"
    imported, plain = (
        migration("0002_total", operations="migrations.RunPython(fill)", before=text + code)
        for text in ("from shop.sizes import SIZES\n\n\n", "SIZES = [1]\n\n\n")
    )
    for more, severity in (("", "info"), ("SIZES.append(2)\n", "error")):
        start = changed(
            START, {"shop/sizes.py": f"SIZES = [1]\n{more}", path("0003_fill"): imported}
        )
        found = said(findings(start, head={path("0003_fill"): plain}))
        assert found == [("committed-migration-edited", severity, "0003_fill")]


def edited_beside(kinds: str, before: str, after: str, *, stays: bool = True) -> str:
    """How bad an edit of a migration is, beside ``shop/kinds.py``, which *stays* or goes with it."""
    start = changed(
        START, {"shop/__init__.py": "", "shop/kinds.py": kinds, path("0003_fill"): before}
    )
    gone: dict[str, str | None] = {} if stays else {"shop/kinds.py": None}
    ((rule, severity, name),) = said(findings(start, head={path("0003_fill"): after, **gone}))
    assert (rule, name) == ("committed-migration-edited", "0003_fill")
    return severity


KINDS = """
import enum
from django.db import models

class Kind(models.TextChoices):
    OPEN = "open", "To do"
    DONE = "done"

    @classmethod
    def of(cls, text):
        return cls.OPEN

class Plain(enum.Enum):
    OPEN = "open"

class Told(enum.Enum):
    OPEN = "open"

    def __new__(cls, text):
        return object.__new__(cls)

class Folded(str, enum.Enum):
    OPEN = 1

class Order(models.Model):
    OPEN = "open"
    DONE = "done"
    LATE = "open"
    LATE = made_of(LATE)

    class Sort(models.TextChoices):
        OPEN = "open"
        DONE = "done"
"""


@pytest.mark.parametrize(
    ("asked", "severity"),
    [
        ("Kind.OPEN.value", "info"),
        ("Kind.OPEN", "info"),
        ("Plain.OPEN.value", "info"),
        ("Kind.DONE.value", "error"),
        ("Kind.OPEN.label", "error"),
        ("Plain.OPEN", "error"),
        ("Told.OPEN.value", "error"),
        ("Folded.OPEN.value", "error"),
        ("Order.Sort.OPEN", "info"),
        ("Order.Sort.OPEN.value", "info"),
        ("Order.Sort.DONE", "error"),
        ("Order.Sort.OPEN.label", "error"),
        ("Order.OPEN", "info"),
        ("Order.DONE", "error"),
        ("Order.LATE", "error"),
        ("kinds.Order.OPEN", "info"),
        ("kinds.Order.Sort", "error"),
    ],
)
def test_a_member_of_an_imported_enumeration_may_become_its_value(
    asked: str, severity: str
) -> None:
    name = asked.partition(".")[0]
    brought = f"from {'shop' if name == 'kinds' else 'shop.kinds'} import {name}\n"
    code = f"def fill(apps, schema_editor):\n    keep([{asked}])\n\n\n"
    source = migration(
        "0002_total",
        operations="migrations.RunPython(fill)",
        before=f"{brought}\n\n{code}",
    )
    plain = source.replace(brought, "").replace(asked, "'open'")

    assert edited_beside(KINDS, source, plain, stays=False) == severity


@pytest.mark.parametrize(("taken", "severity"), [("", "info"), ("    Kind = other()\n", "error")])
def test_a_function_may_import_the_enumeration(taken: str, severity: str) -> None:
    """Where no other thing has its name there."""
    inside = f"    from shop.kinds import Kind\n{taken}    keep([Kind.OPEN.value])\n\n\n"
    source = migration(
        "0002_total",
        operations="migrations.RunPython(fill)",
        before=f"def fill(apps, schema_editor):\n{inside}",
    )
    plain = source.replace("Kind.OPEN.value", "'open'").replace(
        "    from shop.kinds import Kind\n", ""
    )

    assert edited_beside(KINDS, source, plain, stays=False) == severity


@pytest.mark.parametrize(
    ("models", "before"),
    [
        ("class Order(models.Model):\n    NEW = 'new'\n\n\nOrder.NEW = 'other'\n", ""),
        ("class Order(models.Model):\n    NEW = 'new'\n    del NEW\n", ""),
        ("class Order(KindMixin):\n    NEW = 'new'\n", ""),
        ("class Order(models.Model):\n    NEW = 'new'\n", "    Order.NEW = 'other'\n"),
        ("class Order(models.Model):\n    NEW = 'new'\n", "    setattr(Order, 'NEW', 1)\n"),
    ],
    ids=["set by its module", "deleted", "perhaps a member", "set here", "set by name"],
)
def test_what_a_model_s_name_stands_for_may_be_another(models: str, before: str) -> None:
    code = f"def fill(apps, schema_editor):\n{before}    keep([Order.NEW])\n\n\n"
    source = migration(
        "0002_total",
        operations="migrations.RunPython(fill)",
        before=f"from shop.kinds import Order\n\n\n{code}",
    )
    kinds = f"from django.db import models\n\n\n{models}"

    assert edited_beside(kinds, source, source.replace("[Order.NEW]", "['new']")) == "error"


def test_what_sets_a_model_s_constant_hides_no_other_edit() -> None:
    code = "def fill(apps, schema_editor):\n    Order.NEW = 1\n    run()\n\n\n"
    source = migration(
        "0002_total",
        operations="migrations.RunPython(fill)",
        before=f"from shop.kinds import Order\n\n\n{code}",
    )
    kinds = "from django.db import models\n\n\nclass Order(models.Model):\n    NEW = 'new'\n"

    assert edited_beside(kinds, source, source.replace("run()", "wipe()")) == "error"


def test_a_long_sum_beside_an_imported_module_ends_no_review() -> None:
    code = f"from shop import kinds\n\n\nx = {'a+' * 2000}a\n\n\n"
    source = migration("0002_total", operations="migrations.RunSQL('x')", before=code)

    assert edited_beside("", source, source.replace("'x'", "'y'")) == "error"
