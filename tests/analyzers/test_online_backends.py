"""Migrations that a backend carries out online are judged by what that backend does."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from analyzers.plan.sql import previews
from tests.analyzers.test_database_of_settings import POSTGRESQL, databases, facts
from tests.support.worlds import START, add, findings, migration, path

BACKEND = "django_zero_downtime_migrations.backends.postgres"
ONLINE = databases(BACKEND)
RULES = frozenset(
    {
        "concurrent-inside-transaction",
        "constraint-scans-under-lock",
        "index-blocks-writes",
        "many-locks-in-one-transaction",
        "not-null-column-added",
    }
)
INDEX = 'migrations.AddIndex("order", models.Index(fields=["total"], name="order_total"))'
OPERATIONS = ",\n        ".join(
    (
        INDEX,
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(total="x"), name="is_x"))',
        'migrations.AddConstraint("order", models.UniqueConstraint(fields=["total"], name="one"))',
        'migrations.AlterField("order", "total", models.TextField(unique=True))',
        add("of", 'models.ForeignKey("orders.Order", models.CASCADE, null=True)'),
        add("code", "models.TextField(null=True, unique=True)"),
    )
)


def told(operations: str, settings: str, extra: str = "") -> list[str]:
    """The rules that find something where a pull request brings *operations*."""
    start = {**START, "shop/settings.py": settings}
    new = migration("0002_total", operations=operations, extra=extra)
    found = findings(start, head={path("0003_new"): new}, rules=RULES)
    return sorted({f.rule for f in found if f.severity is Severity.ERROR})


def test_what_is_built_online_blocks_nothing() -> None:
    """Indexes are built CONCURRENTLY, constraints NOT VALID first, and nothing runs in a transaction."""
    plain = ["constraint-scans-under-lock", "index-blocks-writes"]

    assert told(OPERATIONS, POSTGRESQL) == plain
    assert told(OPERATIONS, ONLINE) == []


@pytest.mark.parametrize(
    ("operation", "rule"),
    [
        # Old code does not know the column, whatever adds it.
        (add("n", "models.IntegerField(default=0)"), "not-null-column-added"),
        # The check is added with its column.
        (add("n", "models.PositiveIntegerField(null=True)"), "constraint-scans-under-lock"),
        ("migrations.RunSQL('CREATE INDEX i ON orders_order (total)')", "index-blocks-writes"),
    ],
)
def test_what_such_a_backend_leaves_as_it_is_is_told(operation: str, rule: str) -> None:
    assert told(operation, ONLINE) == [rule]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (
            'import dj_database_url\nDATABASES = {"default": dj_database_url.config('
            f'default="postgres://shop", engine="{BACKEND}")}}\n',
            [],
        ),
        (f'{POSTGRESQL}DATABASES["default"]["ENGINE"] = "{BACKEND}"\n', []),
        (databases("django_prometheus.db.backends.postgresql"), ["index-blocks-writes"]),
    ],
)
def test_the_backend_may_be_named_in_other_ways(settings: str, found: list[str]) -> None:
    assert told(INDEX, settings) == found


def test_the_plain_backend_of_tests_does_not_hide_it() -> None:
    start = {**START, "shop/settings/base.py": ONLINE, "shop/settings/ci.py": POSTGRESQL}
    new = migration("0002_total", operations=INDEX)

    assert findings(start, head={path("0003_new"): new}, rules=RULES) == []


def test_statements_of_such_a_backend_are_not_shown_as_djangos() -> None:
    assert len(previews(facts(project__settings=POSTGRESQL))) == 1
    assert previews(facts(project__settings=ONLINE)) == ()
