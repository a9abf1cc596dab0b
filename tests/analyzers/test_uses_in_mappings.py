"""Keys of mappings that have a name at the top of a file: which of them ask for a column."""

from __future__ import annotations

import pytest

from analyzers.relate.uses import places
from analyzers.trees import MemoryTree

NAMED = 'from shop.models import Item\n\nROW = {"title": "", "legacy_code": "A"}\n\n\n'


@pytest.mark.parametrize(
    ("code", "others", "counts"),
    [
        ("def rows():\n    row = {}\n    row.update(ROW)\n    return [row]\n", "", False),
        ("def rows():\n    return [{**ROW, 'title': i.title} for i in Item.objects.all()]\n", "", False),
        ("ROW.update({'shade': ''})\n", "", False),
        ("def rows():\n    return Item.objects.filter(**ROW)\n", "", True),
        ("def rows():\n    return Item.objects.get_or_create(pk=1, defaults=ROW)\n", "", True),
        ("def rows():\n    row = {**ROW}\n    return Item(**row)\n", "", True),
        ("def rows(query):\n    query.filter(Item.pk == 1).update(ROW)\n", "", True),
        ("def rows(item):\n    return {name: getattr(item, name) for name in ROW}\n", "", True),
        ("def rows():\n    return elsewhere(ROW)\n", "", True),
        ("", "from shop.rows import ROW\n", True),
    ],
)  # fmt: skip
def test_a_mapping_counts_where_a_query_or_an_object_may_get_it(
    code: str, others: str, counts: bool
) -> None:
    """Its functions hand nothing on, and no other file says its name: then its keys are its own."""
    models = "from django.db import models\n\n\nclass Item(models.Model):\n    pass\n"
    files = {"shop/models.py": models, "shop/rows.py": NAMED + code, "shop/views.py": others}

    found = places(MemoryTree(files), "legacy_code", "Item")

    assert [(p.path, p.line) for p in found] == ([("shop/rows.py", 3)] if counts else [])


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ("Order.objects.annotate(legacy_code=Sum('n'), twice=2 * F('legacy_code'))", False),
        ("Order.objects.alias(legacy_code=Sum('n')).order_by('-legacy_code')", False),
        ("Order.objects.annotate(legacy_code=Sum('n')).filter(legacy_code__gt=1)", False),
        ("Order.objects.aggregate(legacy_code=Sum('item__legacy_code'))", True),
        ("Order.objects.annotate(code=Sum('legacy_code'))", True),
        ("Item.objects.filter(legacy_code=1)", True),
    ],
)
def test_what_a_query_calls_so_is_no_column(asked: str, counts: bool) -> None:
    """A model with such a field would have it refused."""
    models = "from django.db import models\n\n\nclass Item(models.Model):\n    pass\n"
    rows = f"from shop.models import Item, Order\n\n\nclass Rows:\n    def all(self):\n        return {asked}\n"

    found = places(
        MemoryTree({"shop/models.py": models, "shop/rows.py": rows}), "legacy_code", "Item"
    )

    assert bool(found) is counts


def test_what_a_library_s_function_is_given_may_be_a_column_s() -> None:
    """It may make a row of whichever model it knows; a library's class is made, and no more."""
    text = "from outside import Card, create_item\n\nCard(code=1)\ncreate_item(code=Item)\n"

    assert [place.line for place in places(MemoryTree({"shop/b.py": text}), "code", "Item")] == [4]


@pytest.mark.parametrize(
    ("handed", "counts"),
    [("order.insert(0, 'score')", False), ("connection.execute(table.insert(order))", True)],
)
def test_what_another_store_is_asked_for_is_no_column(handed: str, counts: bool) -> None:
    """A list's ``insert`` is told where, a table's is given rows."""
    code = f"from shop.models import Item\n\n\ndef ask(connection, table):\n    order = [{{'code': 'asc'}}]\n    {handed}\n    return order\n"

    assert bool(places(MemoryTree({"shop/a.py": code}), "code", "Item")) is counts


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("find(f'{space}hashes/{space}code')", False),
        (
            "models.ForeignKey('shop.Kind', models.CASCADE, limit_choices_to={'type': 'code'})",
            False,
        ),
        ("models.ForeignKey('shop.Kind', models.CASCADE, limit_choices_to={'code': 'type'})", True),
        ("order_by('code')", True),
    ],
)
def test_a_piece_of_a_text_and_a_value_are_no_names(code: str, counts: bool) -> None:
    text = f"from shop.models import Item\n\n\nclass Shelf(models.Model):\n    kind = {code}\n"

    assert bool(places(MemoryTree({"shop/a.py": text}), "code", "Item")) is counts


@pytest.mark.parametrize(
    ("body", "call", "counts"),
    [
        ("return [f for f in self.fields if f.name == name]", "item.custom('legacy_code')", False),
        ("return getattr(self, name)", "item.custom('legacy_code')", True),
        ("return self.fields[name] if name != 'a' else None", "item.custom('legacy_code')", True),
        ("return name in self.fields", "item.custom('legacy_code')", True),
        ("return self", "item.custom('legacy_code')", True),
        ("return self.fields == name", "item.custom(*args, 'legacy_code')", True),
        ("return self.fields == name", "item.elsewhere('legacy_code')", True),
        ("return self.fields == name", "item.custom(item.legacy_code)", True),
    ],
)
def test_what_a_method_only_compares_is_no_name_of_a_column(
    body: str, call: str, counts: bool
) -> None:
    """It looks among something of its own for what is called so."""
    models = "from django.db import models\n\n\nclass Item(models.Model):\n"
    models += f"    def custom(self, name):\n        {body}\n"
    rows = f"from shop.models import Item\n\n\ndef rows(item: Item, args):\n    return {call}\n"

    found = places(
        MemoryTree({"shop/models.py": models, "shop/rows.py": rows}), "legacy_code", "Item"
    )

    assert bool(found) is counts


def test_what_a_table_or_its_other_end_is_called_is_no_column() -> None:
    rows = """from shop.models import Item


class Session(Base):
    __tablename__ = "legacy_code"
    item = relationship("Item", backref="legacy_code")
"""
    files = {"shop/rows.py": rows}
    asked = {"shop/rows.py": rows.replace("__tablename__", "column")}

    assert not places(MemoryTree(files), "legacy_code", "Item")
    assert [p.line for p in places(MemoryTree(asked), "legacy_code", "Item")] == [5]
