"""
A small shop with real branches, each with one thing that a review should see.

``main`` has moved on since the branches left: another pull request was merged
a minute ago.
"""

from __future__ import annotations

from pathlib import Path

from analyzers.frozen import dataclass
from bot.git.fast_import import Commit, make_repository

SETTINGS = """SECRET_KEY = "sample"
INSTALLED_APPS = ["orders"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
"""

MANAGE = """import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"""

INITIAL = """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20)),
            ],
        ),
    ]
"""


def _migration(parent: str, *operations: str) -> str:
    body = "".join(f"        {operation},\n" for operation in operations)
    return (
        "from django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        f'    dependencies = [("orders", "{parent}")]\n\n'
        f"    operations = [\n{body}    ]\n"
    )


def _models(*fields: str) -> str:
    body = "".join(f"    {field}\n" for field in fields)
    return f"from django.db import models\n\n\nclass Order(models.Model):\n{body}"


NUMBER = "number = models.CharField(max_length=20)"
TOTAL = "total = models.DecimalField(max_digits=10, decimal_places=2, null=True)"
TAX = "tax = models.DecimalField(max_digits=10, decimal_places=2, null=True)"
NOTE = "note = models.TextField(null=True)"

ADD_TOTAL = 'migrations.AddField("order", "total", models.DecimalField(max_digits=10, decimal_places=2, null=True))'
ADD_TAX = 'migrations.AddField("order", "tax", models.DecimalField(max_digits=10, decimal_places=2, null=True))'
ADD_NOTE = 'migrations.AddField("order", "note", models.TextField(null=True))'

ALEMBIC_INI = "[alembic]\nscript_location = ledger/migrations\n"


def _revision(revision: str, parent: str | None, message: str, upgrade: str, downgrade: str) -> str:
    down = f'"{parent}"' if parent else "None"
    return (
        f'"""{message}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{revision}"\ndown_revision = {down}\nbranch_labels = None\ndepends_on = None\n\n\n'
        f"def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
    )


START = {
    "manage.py": MANAGE,
    "settings.py": SETTINGS,
    "orders/__init__.py": "",
    "orders/migrations/__init__.py": "",
    "orders/models.py": _models(NUMBER, TOTAL),
    "orders/views.py": "from orders.models import Order\n\n\ndef totals():\n    return Order.objects.values('number', 'total')\n",
    "orders/migrations/0001_initial.py": INITIAL,
    "orders/migrations/0002_order_total.py": _migration("0001_initial", ADD_TOTAL),
    "alembic.ini": ALEMBIC_INI,
    "ledger/migrations/env.py": "from alembic import context\n",
    "ledger/migrations/versions/5d1f0b7c2a9e_accounts.py": _revision(
        "5d1f0b7c2a9e",
        None,
        "accounts",
        'op.create_table("account", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("name", sa.String(50), nullable=False))',
        'op.drop_table("account")',
    ),
}
"""Where every branch left ``main``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A branch of the sample, and what is to be seen in it."""

    branch: str
    number: int
    title: str
    shows: str


PULL_REQUESTS = (
    PullRequest(
        branch="order-note",
        number=2,
        title="Customers can leave a note",
        shows="two migrations after 0002_order_total: main has 0003_order_tax already",
    ),
    PullRequest(
        branch="wider-total",
        number=3,
        title="Totals above a million",
        shows="a migration that production has applied is edited",
    ),
    PullRequest(
        branch="order-status",
        number=4,
        title="Orders have a status",
        shows="a NOT NULL column: the old code that still runs fails on every insert",
    ),
    PullRequest(
        branch="order-code",
        number=5,
        title="Orders have a voucher code",
        shows="a changed model without its migration",
    ),
    PullRequest(
        branch="account-currency",
        number=6,
        title="Accounts have a currency",
        shows="Alembic: two heads",
    ),
)


def commits() -> list[Commit]:
    """The sample's history, oldest first."""
    status = 'status = models.CharField(max_length=10, default="new")'
    return [
        Commit(branch="main", files=START, message="Orders and their totals"),
        Commit(
            branch="order-note",
            parent="main",
            message="Customers can leave a note",
            files={
                "orders/models.py": _models(NUMBER, TOTAL, NOTE),
                "orders/migrations/0003_order_note.py": _migration("0002_order_total", ADD_NOTE),
            },
        ),
        Commit(
            branch="wider-total",
            parent="main",
            message="Totals above a million",
            files={
                "orders/models.py": _models(NUMBER, TOTAL.replace("10", "14")),
                "orders/migrations/0002_order_total.py": _migration(
                    "0001_initial", ADD_TOTAL.replace("10", "14")
                ),
            },
        ),
        Commit(
            branch="account-currency",
            parent="main",
            message="Accounts have a currency",
            files={
                "ledger/migrations/versions/81c4e6d0f3b5_currency.py": _revision(
                    "81c4e6d0f3b5",
                    "5d1f0b7c2a9e",
                    "currency",
                    'op.add_column("account", sa.Column("currency", sa.String(3)))',
                    'op.drop_column("account", "currency")',
                )
            },
        ),
        Commit(
            branch="main",
            message="Taxes on orders, limits on accounts",
            files={
                "orders/models.py": _models(NUMBER, TOTAL, TAX),
                "orders/migrations/0003_order_tax.py": _migration("0002_order_total", ADD_TAX),
                "ledger/migrations/versions/c07a93be1d42_limit.py": _revision(
                    "c07a93be1d42",
                    "5d1f0b7c2a9e",
                    "limit",
                    'op.add_column("account", sa.Column("credit_limit", sa.Integer()))',
                    'op.drop_column("account", "credit_limit")',
                ),
            },
        ),
        Commit(
            branch="order-status",
            parent="main",
            message="Orders have a status",
            files={
                "orders/models.py": _models(NUMBER, TOTAL, TAX, status),
                "orders/migrations/0004_order_status.py": _migration(
                    "0003_order_tax",
                    'migrations.AddField("order", "status", models.CharField(max_length=10, default="new"))',
                ),
            },
        ),
        Commit(
            branch="order-code",
            parent="main",
            message="Orders have a voucher code",
            files={
                "orders/models.py": _models(
                    NUMBER, TOTAL, TAX, "voucher = models.CharField(max_length=20, null=True)"
                )
            },
        ),
    ]


def make_sample(path: Path, *, bare: bool = False) -> Path:
    """The sample at *path*; its git directory."""
    return make_repository(path, commits(), bare=bare)
