"""Operations that are not Django's own: what leaves the models' state alone keeps nobody from comparing."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.django_state import ModelKey
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.support.views import view_of

HELPERS = """
from django.db import migrations
from elsewhere.operations import Unknown


def load_prices(name):
    \"\"\"An operation that loads *name*.\"\"\"

    def forwards(apps, schema_editor):
        return migrations.AddField("Order", "hidden", None)

    if name:
        return migrations.RunSQL("SELECT 1", reverse_sql="SELECT 2")
    return migrations.RunPython(forwards, migrations.RunPython.noop)


class Notify(migrations.RunPython):
    pass


class FromFile(migrations.RunSQL):
    @classmethod
    def at(cls, path, back=None):
        with open(path) as file:
            return cls(file.read(), reverse_sql=back)

    @classmethod
    def with_state(cls, path):
        return cls(path, state_operations=[])

    @classmethod
    def chosen(cls, path):
        return cls(path) if path else Unknown()


class Named(migrations.AddField):
    @classmethod
    def at(cls, name):
        return cls("Order", name, None)


def notify():
    return Notify(print)


def with_state():
    return migrations.RunSQL("SELECT 1", state_operations=[])


def either(known):
    if known:
        return migrations.RunPython(print)
    return Unknown()


def nothing():
    pass
"""
MIGRATION = """
import django_migration_linter as linter
import migrate_sql.operations
import pgtrigger.migrations
from django.db import migrations
from django_pgviews.db.migrations import operations as views
from psqlextra.backend import migrations as pg
from django_add_default_value import AddDefaultValue
from elsewhere.operations import Unknown
from shop import helpers


class Migration(migrations.Migration):
    operations = [{operation}]
"""


def facts(operation: str) -> Facts:
    """Of a pull request with a model that has no migration, and a migration of *operation*."""
    before = {
        "shop/__init__.py": "",
        "shop/helpers.py": HELPERS,
        "shop/models.py": "",
        "shop/migrations/__init__.py": "",
    }
    after = {
        **before,
        "shop/models.py": "from django.db import models\nclass Order(models.Model):\n    pass\n",
        "shop/migrations/0001_load.py": MIGRATION.format(operation=operation),
    }
    base, head = MemoryTree(before), MemoryTree(after)
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    return Facts(comparison, Config(), MemoryCache())


@pytest.mark.parametrize(
    "operation",
    [
        "helpers.load_prices('a')",
        "helpers.notify()",
        "helpers.Notify(print)",
        "helpers.FromFile.at('one.sql', 'SELECT 1')",
        "linter.IgnoreMigration()",
        "pgtrigger.migrations.AddTrigger(model_name='order', trigger=None)",
        "migrate_sql.operations.CreateSQL(name='one', sql='CREATE VIEW one AS SELECT 1')",
        "AddDefaultValue(model_name='order', name='size', value=0)",
        "pg.operations.PostgresAddRangePartition(model_name='order', name='a', from_values=1, to_values=2)",
        "pg.operations.add_default_partition.PostgresAddDefaultPartition(model_name='order', name='b')",
        "views.RegisterViewOperation(name='v', materialized=False, db_name='v')",
    ],
)
def test_what_leaves_the_state_alone_leaves_the_models_to_be_compared(operation: str) -> None:
    missing = facts(operation).missing_django

    assert [gap.model for gap in missing.gaps] == ["Order"]
    assert not missing.unread


@pytest.mark.parametrize(
    "operation",
    [
        "helpers.with_state()",
        "helpers.either(True)",
        "helpers.nothing()",
        "helpers.FromFile.with_state('')",
        "helpers.FromFile.chosen('')",
        "helpers.Named.at('note')",
        "Unknown()",
    ],
)
def test_what_may_change_the_state_is_not_judged(operation: str) -> None:
    missing = facts(operation).missing_django

    assert not missing.gaps
    assert len(missing.unread) == 1


@pytest.mark.parametrize("own", [False, True])
def test_a_librarys_change_of_a_field_is_one_of_djangos(own: bool) -> None:
    """Also where the repository has a class of its own made of it."""
    operation = "Rendered" if own else "AlterPictureField"
    source = (
        "from django.db import migrations, models\nfrom pictures.migrations import AlterPictureField\n"
        "from pictures.models import PictureField\n\n\nclass Rendered(AlterPictureField):\n    pass\n\n\n"
        "class Migration(migrations.Migration):\n    operations = [\n"
        "        migrations.CreateModel('Order', [('id', models.AutoField(primary_key=True)), "
        "('logo', models.ImageField())]),\n"
        f"        {operation}(model_name='order', name='logo', field=PictureField()),\n    ]\n"
    )
    tree = MemoryTree({"shop/__init__.py": "", "shop/migrations/0001_logo.py": source})

    state = view_of(tree, Config()).state

    assert not state.unread
    assert "PictureField" in repr(state.models[ModelKey("shop", "order")].fields["logo"])


GIVEN = """
from django.db import migrations, models


def added(name, null=True):
    field = models.TextField(null=null)
    return migrations.AddField("Order", name, field)


def several(*names):
    return [added(name) for name in names]


def both(table):
    '''All of *table*.'''
    sql = f"SELECT 1 FROM {table}"
    return [migrations.RunSQL(sql, "SELECT 2"), added("tax")]


def without_end():
    return [*without_end()]


class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Order", [("id", models.AutoField(primary_key=True))]), %s]
"""


@pytest.mark.parametrize(
    ("operations", "fields", "unread"),
    [
        ("added('note')", ["id", "note"], False),
        ("*both('shop_order'), added(name='note', null=False)", ["id", "tax", "note"], False),
        ("*both('a'), *several('b')", ["id", "tax"], True),
        ("*without_end()", ["id"], True),
        ("added()", ["id"], True),
    ],
)
def test_functions_of_the_file_put_operations_together(
    operations: str, fields: list[str], unread: bool
) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/models.py": "",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": GIVEN % operations,
    }
    tree = MemoryTree(files)
    state = Facts(
        Comparison(merge_base=tree, base=tree, head=tree, merged=tree), Config(), MemoryCache()
    ).state

    assert list(state.models[ModelKey("shop", "order")].fields) == fields
    assert bool(state.unread) is unread


def test_a_table_with_partitions_is_made_and_deleted_like_others() -> None:
    """Its first migration makes it, and what comes with it meets no rows."""
    made = (
        "from django.db import migrations, models\nfrom psqlextra.backend.migrations import operations as pg\n\n\n"
        "class Migration(migrations.Migration):\n    operations = [\n"
        "        pg.PostgresCreatePartitionedModel(name='Event', fields=[('id', models.BigIntegerField())],\n"
        "            options={}, partitioning_options={'key': ['id']}),\n"
        "        pg.PostgresAddDefaultPartition(model_name='Event', name='default'),\n"
        "        migrations.AddIndex('event', models.Index(fields=['id'], name='event_id')),\n    ]\n"
    )
    start = {"shop/__init__.py": "", "shop/models.py": "", "shop/migrations/__init__.py": ""}
    first = {"shop/migrations/0001_event.py": made}
    base, head = MemoryTree(start), MemoryTree({**start, **first})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    state = view_of(head, Config()).state

    assert list(state.models) == [ModelKey("shop", "event")]
    assert not state.unread
    assert Facts(comparison, Config(), MemoryCache()).new_tables == {"shop_event"}

    deleted = (
        made[: made.index("        pg.")]
        + "        pg.PostgresDeletePartitionedModel(name='Event'),\n    ]\n"
    )
    second = deleted.replace(
        "    operations", "    dependencies = [('shop', '0001_event')]\n    operations"
    )
    tree = MemoryTree({**start, **first, "shop/migrations/0002_gone.py": second})
    assert not view_of(tree, Config()).state.models
