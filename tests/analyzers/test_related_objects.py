"""What code asks of the object that a relation leads to."""

from __future__ import annotations

import pytest

from analyzers.relate.uses import places
from analyzers.trees import MemoryTree

MODELS = """from django.db import models


class User(models.Model):
    pass


class Customer(models.Model):
    owner = models.ForeignKey(User, models.CASCADE)


class Order(models.Model):
    {} = models.ForeignKey({}, models.CASCADE)
"""


@pytest.mark.parametrize(
    ("name", "target", "told"),
    [
        ("owner", "Customer", True),
        ("owner", "'shop.Customer'", True),
        ("owner", "User", False),
        ("buyer", "Customer", False),
    ],
)
def test_a_name_that_leads_to_the_model_as_well_tells_nothing(
    name: str, target: str, told: bool
) -> None:
    """``order.owner.code`` is the customer's where an order's owner is one."""
    views = "from shop.models import Customer\n\nprint(order.owner.code)\n"
    tree = MemoryTree({"shop/models.py": MODELS.format(name, target), "shop/views.py": views})

    assert bool(places(tree, "code", "Customer")) is told
