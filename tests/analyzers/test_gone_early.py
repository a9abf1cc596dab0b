"""Models that are renamed or deleted before another app's migration points to them."""

from __future__ import annotations

import pytest

from analyzers.findings import Finding
from tests.support.worlds import CREATE, START, changed, findings, migration, path

RULE = frozenset({"missing-parent"})
KEY = '("order", models.ForeignKey("orders.Order", models.CASCADE))'
POINTS = CREATE.replace("Order", "Parcel").replace("]", f", {KEY}]")
RENAMED = 'migrations.RenameModel("Order", "Purchase")'
DELETED = 'migrations.DeleteModel("Order")'
MOVED = f"migrations.SeparateDatabaseAndState([], [{DELETED}])"
AWAY = 'migrations.AlterField("parcel", "order", models.ForeignKey("billing.Bill", models.CASCADE))'


def world(app: str, points: str = POINTS) -> dict[str, str]:
    """The app ``orders``, and one that points to its model."""
    return changed(
        START,
        {
            path("__init__", app): "",
            path("0001_initial", app): migration("0002_total", operations=points),
        },
    )


def told(
    operation: str, *parents: str, app: str = "shipping", start: dict[str, str] | None = None
) -> list[Finding]:
    new = migration("0002_total", *parents, operations=operation)
    return findings(start or world(app), head={path("0003_new"): new}, rules=RULE)


@pytest.mark.parametrize(
    ("operation", "does"), [(RENAMED, "renames"), (DELETED, "deletes"), (MOVED, "deletes")]
)
def test_an_app_that_comes_later_finds_the_model_gone(operation: str, does: str) -> None:
    """Django said so, on an empty database alone: Related model 'orders.order' cannot be resolved."""
    (found,) = told(operation)

    assert found.message == (
        f"0003_new {does} orders.Order, to which shipping.0001_initial points, and does not wait for that."
    )
    assert "ValueError: Related model 'orders.order' cannot be resolved" in found.why
    assert ('Add ("shipping", "0001_initial")' in found.remedy) is (does == "renames")


@pytest.mark.parametrize("operation", [RENAMED, DELETED])
def test_what_waits_or_comes_first_is_not_told(operation: str) -> None:
    assert told(operation, "shipping.0001_initial") == []
    assert told(operation, app="billing") == []


def test_an_app_that_packages_may_wait_for_is_not_told() -> None:
    """The user's model comes when the first migration does that waits for it, whatever its app is called."""
    user = POINTS.replace("]", ', ("last_login", models.DateTimeField(null=True))]')

    assert told(RENAMED, start=world("shipping", user)) == []
    ahead = world("shipping")
    ahead[path("0001_initial", "shipping")] = ahead[path("0001_initial", "shipping")].replace(
        "    operations", '    run_before = [("admin", "0001_initial")]\n    operations'
    )
    assert told(RENAMED, start=ahead) == []


def test_a_model_that_is_made_again_is_there() -> None:
    assert told(f"{RENAMED}, {CREATE}") == []


def test_an_app_that_is_not_installed_is_not_loaded() -> None:
    settings = {
        "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n',
        "site/__init__.py": "",
        "site/settings.py": 'INSTALLED_APPS = ["orders"]\n',
    }

    assert told(RENAMED, start=changed(world("shipping"), settings)) == []


def test_what_no_longer_points_there_still_did_when_it_was_made() -> None:
    """The model went where the key had been moved away, by a migration that nobody waited for."""
    start = changed(
        world("shipping"),
        {
            path("__init__", "billing"): "",
            path("0001_initial", "billing"): migration(operations=CREATE.replace("Order", "Bill")),
            path("0002_away", "shipping"): migration(
                "shipping.0001_initial", "billing.0001_initial", operations=AWAY
            ),
        },
    )

    (found,) = told(MOVED, start=start)
    assert "no longer points to the model" in found.remedy
    assert told(MOVED, "shipping.0002_away", start=start) == []
