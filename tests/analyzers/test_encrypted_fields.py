"""Fields that a library's function makes of others: ``encrypt(models.TextField())``."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking

IMPORT = "from django_cryptography.fields import encrypt\n"
STATE = "    state = "
HELD = '("number", models.CharField(max_length=20)),'


def models(field: str) -> dict[str, str | None]:
    """The models with a field ``secret``."""
    return {"shop/models.py": IMPORT + MODELS.replace(STATE, f"    secret = {field}\n{STATE}", 1)}


def project(field: str) -> dict[str, str]:
    """The project with a field ``secret`` in its migration; in its models it has none."""
    made = INITIAL.replace(HELD, f'{HELD}\n("secret", {field}),')
    initial = f"import django_cryptography.fields\n{made}"
    return {**PROJECT, "shop/migrations/0001_initial.py": initial}


def facts(changed: dict[str, str | None]) -> Facts:
    """What is known of a pull request that brings the files *changed*."""
    base = MemoryTree(PROJECT)
    head = MemoryTree({**PROJECT, **{path: text for path, text in changed.items() if text}})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    return Facts(comparison, Config(), MemoryCache())


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("models.TextField(null=True)", "models.TextField(null=True)"),
        ("models.JSONField(default=dict)", "models.JSONField(default=dict)"),
        ("models.IntegerField()", "models.IntegerField(default=...)"),
    ],
)
def test_a_new_one_is_written_as_the_call(field: str, written: str) -> None:
    """A value for old rows is asked of the field that is encrypted."""
    changed = models(f"encrypt({field})")
    (finding,) = lacking(PROJECT, changed)
    (file,) = facts(changed).write_missing().files

    assert "the field secret is new" in finding.message
    assert f"field=django_cryptography.fields.encrypt({written})," in file.content


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("encrypt(models.CharField(max_length=9))", ""),
        ("encrypt(models.CharField(max_length=8))", "base_field.max_length of the field secret"),
        ("models.CharField(max_length=9)", "class of the field secret"),
        (None, "the field secret is gone"),
    ],
)
def test_one_that_stands_is_compared_with_what_it_is_made_of(now: str | None, said: str) -> None:
    held = "django_cryptography.fields.encrypt(models.CharField(max_length=9))"
    base = {**project(held), **models("encrypt(models.CharField(max_length=9))")}
    found = lacking(
        {path: text for path, text in base.items() if text is not None},
        models(now) if now is not None else {"shop/models.py": MODELS},
    )

    assert [said in f.message for f in found] == ([True] if said else [])


def test_its_column_keeps_bytes_and_may_be_null_where_the_other_may() -> None:
    """A NOT NULL one without a default of the database stops old code as any other."""
    added = """
import django_cryptography.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("Order", "a", django_cryptography.fields.encrypt(models.TextField(default="x"))),
        migrations.AddField("Order", "b", django_cryptography.fields.encrypt(models.TextField(null=True))),
    ]
"""
    steps = facts({"shop/migrations/0002_secrets.py": added}).steps
    columns = [getattr(step.change, "column", None) for step in steps]

    assert [(c.name, c.type, c.null) for c in columns if c] == [
        ("a", "bytea", False),
        ("b", "bytea", True),
    ]
