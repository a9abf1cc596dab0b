"""A query that asks the model itself for a dropped field is told, whatever else in the code has that name."""

from __future__ import annotations

import pytest

from tests.support.worlds import START, changed, findings, migration, path

_RULE = frozenset({"removed-column-still-used"})
_MODELS = "from django.db import models\n\n\n{before}class Order({base}):\n    total = models.TextField(null=True)\n{more}"
_IMPORT = "from orders.models import Order\n\n\n"
_REMOVED = {
    path("0003_gone"): migration(
        "0002_total", operations='migrations.RemoveField("order", "total")'
    )
}


def lines(view: str, more: str = "", *, before: str = "", base: str = "models.Model") -> list[int]:
    """The lines of *view* that are told to use ``Order.total``, which the pull request drops."""
    models = _MODELS.format(before=before, base=base, more=more)
    gone = models.replace("    total = models.TextField(null=True)\n", "" if more else "    pass\n")
    code = {"orders/__init__.py": "", "orders/models.py": models, "orders/views.py": view}
    found = findings(changed(START, code), head={**_REMOVED, "orders/models.py": gone}, rules=_RULE)
    return [r.place.line for f in found for r in f.related if r.place.path == "orders/views.py"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("def v(total):\n    return Order.objects.filter(total=total)\n", [5]),
        ("def v(total):\n    return Order.objects.all().exclude(total__gt=total)\n", [5]),
        ("def v(total):\n    return Order.objects.filter(~Q(pk=1) | Q(total=total))\n", [5]),
        ("def v(total):\n    return Order.objects.order_by('-total', 'pk')\n", [5]),
        ("def v(total):\n    return Order.objects.filter(pk=1).values_list('total')\n", [5]),
        ("def v(total):\n    Order.objects.update(total=total)\n", [5]),
        ("def v(total):\n    return Order(total=total)\n", [5]),
        ("def v(total):\n    return Order.objects.create(total=total)\n", [5]),
        ("async def v(total):\n    return await Order.objects.aget(total=total)\n", [5]),
        (
            "def v(total):\n    rows = Order.objects.all()\n    if total:\n"
            "        rows = rows.filter(total=total)\n    return rows\n",
            [7],
        ),
        ("def v(o):\n    o = Order.objects.get()\n    o.total = 1\n    o.save()\n", []),
        (
            "def v(pk):\n    o = Order.objects.get(pk=pk)\n    o.total = None\n"
            "    o.save(update_fields=['total'])\n",
            [7],
        ),
        (
            "def v():\n    for o in Order.objects.all():\n        o.total = None\n"
            "        o.save(update_fields=['total'])\n",
            [7],
        ),
        (
            "def v(total):\n    Order.objects.bulk_update([], ['total'])\n",
            [5],
        ),
        ("def v(total):\n    return Order.objects.dates('made', 'total')\n", []),
        ("def v(total):\n    return Order.objects.dates('total', 'day')\n", [5]),
        ("def v(o):\n    total = Prefetch('lines', to_attr='total')\n    return Order.objects.prefetch_related(total, 'total')\n", []),
        ("def v(total):\n    try:\n        return Order.objects.filter(total=total)\n    except FieldError:\n        return None\n", []),
        ("def v(total):\n    if hasattr(Order, 'total'):\n        Order.objects.filter(total=total)\n", []),
        # What is not certain.
        ("def v(rows, total):\n    return rows.filter(total=total)\n", []),
        ("def v(total):\n    return Order.objects.mine().filter(total=total)\n", []),
        ("def v(total):\n    return Order.of(total=total)\n", []),
        ("def v(total):\n    return Order.objects.get_or_create(defaults=total)\n", []),
        ("def v(o, total):\n    o.save(update_fields=['total'])\n    Order.objects.all()\n", []),
        ("def v(total):\n    return Order.objects.filter(customer__total=total)\n", []),
        (
            "def v(total, rows=None):\n    rows = rows or Order.objects.all()\n"
            "    return rows.filter(total=total)\n",
            [],
        ),
        (
            "def v(total):\n    rows = Order.objects.all()\n    rows = others()\n"
            "    return rows.filter(total=total)\n",
            [],
        ),
        (
            "def v(total):\n    rows = Order.objects.annotate(**{'total': Sum('pk')})\n"
            "    return rows.filter(total=total)\n",
            [],
        ),
        (
            "def v(total):\n    rows = Order.objects.annotate(total=Sum('pk'))\n"
            "    return rows.filter(total=total)\n",
            [],
        ),
    ],
)  # fmt: skip
def test_a_query_of_the_model_is_a_use_whatever_else_has_the_name(
    body: str, told: list[int]
) -> None:
    assert lines(_IMPORT + body) == told


_ASKED = "def v(total):\n    return Order.objects.filter(total=total)\n"


@pytest.mark.parametrize(
    "view",
    [
        "from shop_client import Order\n\n\n" + _ASKED,
        # What else the tree calls so is no model.
        "from orders.pb2 import Order\n\n\n" + _ASKED,
        "from .dto import Order\n\n\n" + _ASKED,
        "from orders import views\n\n\n" + _ASKED.replace("Order.", "views.Order."),
        "from orders.models import Order as Order2, Other as Order\n\n\n" + _ASKED,
        "from orders.models import Order\n\nOrder = wrapped(Order)\n\n" + _ASKED,
        "from orders.models import Order\n\n\ndef w(Order):\n    pass\n\n\n" + _ASKED,
        "from orders.models import Order\n\n\nclass Total(Line):\n    order = key(Order)\n\n\n"
        + _ASKED,
        "from orders.models import Order\n\n\n"
        "class L:\n    order = ForeignKey(Order, related_name='total')\n\n\n" + _ASKED,
    ],
)
def test_a_class_that_may_be_another_or_a_name_that_may_be_a_relation_is_not_certain(
    view: str,
) -> None:
    assert lines(view) == []


@pytest.mark.parametrize(
    ("more", "before", "base", "told"),
    [
        ("    objects = models.Manager()\n", "", "models.Model", True),
        ("    objects = Orders.as_manager()\n", "class Orders(models.QuerySet):\n    def mine(self):\n        pass\n\n\n", "models.Model", True),
        ("    objects = Orders()\n", "class Orders(models.Manager):\n    def filter(self, total=None):\n        pass\n\n\n", "models.Model", False),
        ("    objects = Orders()\n", "class Orders(models.Manager):\n    def get_queryset(self):\n        return super().get_queryset().annotate(total=F('pk'))\n\n\n", "models.Model", False),
        ("    objects = Orders()\n", "class Orders(models.Manager):\n    def get_queryset(self):\n        return super().get_queryset().annotate(**{f'{k}al': 1 for k in KINDS})\n\n\n", "models.Model", False),
        ("    objects = TranslatableManager()\n", "", "models.Model", False),
        ("    other = models.ForeignKey('self', models.CASCADE, related_name='%(class)s_total')\n", "", "models.Model", False),
        ("    def total(self):\n        return 1\n", "", "models.Model", False),
        ("    name = 1\n", "class Base(models.Model):\n    code = 1\n\n\n", "Base", True),
        ("    name = 1\n", "class Base(models.Model):\n    total = models.TextField()\n\n\n", "Base", False),
        ("    name = 1\n", "", "Translatable", False),
    ],
)  # fmt: skip
def test_what_the_model_is_decides(more: str, before: str, base: str, told: bool) -> None:
    """Its own fields, properties and managers, and those of the classes above it."""
    assert bool(lines(_IMPORT + _ASKED, more, before=before, base=base)) is told


@pytest.mark.parametrize(
    "body",
    [
        "def v():\n    return [o.total for o in Order.objects.annotate(total=Value(1))]\n",
        "def v():\n    rows = Order.objects.values(total=Value(1))\n    return rows.first().total\n",
        "def rows():\n    return Order.objects.annotate(total=Value(1))\n\n\n"
        "def v():\n    return [o.total for o in rows()]\n",
    ],
)
def test_what_an_annotation_gives_the_rows_is_no_use(body: str) -> None:
    assert lines(_IMPORT + body) == []


def test_an_attribute_that_no_query_gives_is_a_use() -> None:
    view = "def v():\n    return [o.total for o in Order.objects.annotate(other=Value(1))]\n"
    assert lines(_IMPORT + view) == [5]


def test_a_long_chain_takes_no_long_time() -> None:
    chain = "    rows = Order.objects.all()\n" + "".join(
        f"    rows{n} = rows{n - 1 or ''}.filter(total=total)\n" for n in range(1, 400)
    )
    assert lines(f"{_IMPORT}def v(total):\n{chain}", more="    name = 1\n")


@pytest.mark.parametrize(
    "source",
    ["from orders.models import Order", "from .models import Order", "from orders import Order"],
)
def test_each_way_to_import_the_model(source: str) -> None:
    """The last one needs a package that hands it on, which would not be imported else."""
    assert lines(f"{source}\n\n\n{_ASKED}") == [5]


def test_a_model_that_is_made_in_its_own_way_may_take_a_name_of_its_own() -> None:
    more = "    def __init__(self, *args, total=None, **kwargs):\n        super().__init__(*args, **kwargs)\n"
    made = "def v(total):\n    return Order.objects.create(total=total)\n"

    assert lines(_IMPORT + made, more) == []
