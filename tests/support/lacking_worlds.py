"""A small project of files whose models and migrations agree, and what a change of it lacks."""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.config import Config
from analyzers.findings import Finding
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

INITIAL = """
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20)),
                ("state", models.CharField(choices=[("new", "New"), ("paid", "Paid")], default="new", max_length=10)),
            ],
            options={"ordering": ["number"]},
        ),
    ]
"""


MODELS = """
from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    NEW = "new", _("New")
    PAID = "paid"


class Order(models.Model):
    number = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)

    class Meta:
        ordering = ["number"]
"""


PROJECT = {
    "shop/__init__.py": "",
    "shop/models.py": MODELS,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": INITIAL,
}


def lacking(
    base: Mapping[str, str], head: Mapping[str, str | None], config: Config | None = None
) -> list[Finding]:
    after = {k: v for k, v in {**base, **head}.items() if v is not None}
    old, new = MemoryTree(base), MemoryTree(after)
    result = review(Comparison(merge_base=old, base=old, head=new, merged=new), config or Config())
    return [f for f in result.findings if f.rule == "missing-migration" and not f.preexisting]


def facts_between(
    base: Mapping[str, str], head: Mapping[str, str | None], config: Config | None = None
) -> Facts:
    """What a review knows of *base* and of it with *head* on top."""
    after = {k: v for k, v in {**base, **head}.items() if v is not None}
    old, new = MemoryTree(base), MemoryTree(after)
    comparison = Comparison(merge_base=old, base=old, head=new, merged=new)
    return Facts(comparison, config or Config(), MemoryCache())


def changed(old: str, new: str) -> dict[str, str | None]:
    assert old in MODELS
    return {"shop/models.py": MODELS.replace(old, new)}
