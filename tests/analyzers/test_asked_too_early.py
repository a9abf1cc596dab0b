"""Migrations that ask for models of an app, and that nothing lets wait for it."""

from __future__ import annotations

import pytest

from analyzers.findings import Finding, Severity
from tests.support.worlds import CREATE, START, add, changed, findings, migration, path

RULE = frozenset({"missing-parent"})
RUN = "migrations.RunPython(fill, migrations.RunPython.noop)"
ASKS = '    Invoice = apps.get_model("billing", "Invoice")\n    Invoice.objects.all().delete()\n'


def code(body: str = ASKS, head: str = "def fill(apps, schema_editor):\n") -> str:
    return f"{head}{body}\n\n"


def world(app: str = "billing") -> dict[str, str]:
    """The app ``orders`` and one beside it, of which neither waits for the other."""
    made = migration(operations=CREATE.replace("Order", "Invoice"))
    return changed(
        START,
        {
            path("__init__", app): "",
            path("0001_initial", app): made,
            path("0002_note", app): migration(f"{app}.0001_initial", operations=add("note")),
        },
    )


def settings(more: str = "") -> dict[str, str | None]:
    return {
        "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n',
        "site/__init__.py": "",
        "site/settings.py": 'INSTALLED_APPS = ["django.contrib.auth", "orders", "billing", "shipping"]\n'
        + more,
    }


def asked(
    *parents: str,
    before: str = "",
    app: str = "billing",
    operation: str = RUN,
    start: dict[str, str | None] | None = None,
) -> list[Finding]:
    new = migration("0002_total", *parents, operations=operation, before=before or code())
    return findings(changed(world(app), start or {}), head={path("0003_fill"): new}, rules=RULE)


def test_code_that_asks_for_an_app_that_migrate_comes_to_by_its_name_alone() -> None:
    (found,) = asked()

    assert found.severity is Severity.WARNING
    assert found.place.line == 5
    assert "LookupError: No installed app with label 'billing'" in found.why
    assert '("billing", "0002_note")' in found.remedy


def test_what_migrate_comes_to_later_stops_it() -> None:
    """Where the user's model is another app's: no package waits for this one then."""
    before = code(ASKS.replace("billing", "shipping"))
    (found,) = asked(before=before, app="shipping", start=settings())

    assert found.severity is Severity.ERROR
    assert "On an empty database" in found.why


def test_with_the_dependency_nothing_is_told() -> None:
    (found,) = asked()

    assert found.remedy.startswith('Add ("billing", "0002_note")')
    assert asked("billing.0002_note") == []
    assert asked("billing.0001_initial") == []


def test_an_ancestor_s_dependency_is_one() -> None:
    total = migration("0001_initial", "billing.0001_initial", operations=add("total"))

    assert asked(start={path("0002_total"): total}) == []


@pytest.mark.parametrize(
    "before",
    [
        code('    apps.get_model("billing.Invoice").objects.all().delete()\n'),
        code('    apps.get_model(app_label="billing", model_name="Invoice").objects.first()\n'),
        code(
            '    for row in apps.get_model("billing", "Invoice").objects.all():\n        row.save()\n'
        ),
        code(
            '    with atomic():\n        apps.get_model("billing", "Invoice").objects.all().delete()\n'
        ),
        code(f'    """What it does."""\n    Order = apps.get_model("orders", "Order")\n{ASKS}'),
        code(ASKS.replace("apps.", "registry."), "def fill(registry, editor):\n"),
    ],
)
def test_forms_in_which_code_asks(before: str) -> None:
    assert len(asked(before=before)) == 1


@pytest.mark.parametrize(
    "before",
    [
        code('    apps.get_model("orders", "Order").objects.all().delete()\n'),
        code('    apps.get_model("auth", "User").objects.all().delete()\n'),
        code("    apps.get_model(LABEL, 'Invoice').objects.all().delete()\n"),
        code(f"    if TESTING:\n        return\n{ASKS}"),
        code("    try:\n        apps.get_model('billing', 'Invoice')\n    except LookupError:\n        pass\n"),
        code("    [apps.get_model('billing', name) for name in NAMES]\n"),
        code("    Invoice = apps.get_model('billing', 'Invoice') if INSTALLED else None\n"),
        code(ASKS, "from django.apps import apps\n\n\ndef fill(registry, editor):\n"),
        code(ASKS, "@skipped\ndef fill(apps, editor):\n"),
        code(f"    from django.apps import apps\n{ASKS}"),
        code(f"    apps = everything\n{ASKS}"),
        code("    with suppress(LookupError):\n        apps.get_model('billing', 'Invoice')\n"),
        f"{code()}if NEW:\n\n    def fill(apps, editor):\n        pass\n\n\n",
        code(ASKS, "def unused(apps, editor):\n"),
        code("    pass\n\n\ndef fill(apps, editor):\n    pass\n", "def fill(apps, editor):\n" + ASKS),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_not_told(before: str) -> None:
    assert asked(before=before) == []


def test_the_way_back_is_not_judged() -> None:
    assert asked(operation="migrations.RunPython(migrations.RunPython.noop, fill)") == []


def test_what_the_base_has_is_not_told_again() -> None:
    old = migration("0001_initial", operations=RUN, before=code())
    found = findings(
        changed(world(), {path("0002_total"): old}),
        head={path("0003_note"): migration("0002_total", operations=add("note"))},
        rules=RULE,
    )

    assert found == []


@pytest.mark.parametrize(
    ("user", "told"), [("billing.Invoice", 0), ("people.Person", 1), (None, 1)]
)
def test_a_package_may_wait_for_the_user_s_model(user: str | None, told: int) -> None:
    """``admin`` does, and what waits for ``admin`` waits for the app of the user's model."""
    start = settings(f"AUTH_USER_MODEL = {user!r}\n" if user else "")

    assert len(asked("admin.0001_initial", start=start)) == told


def test_an_app_that_waits_for_the_asking_one_cannot_be_waited_for() -> None:
    start: dict[str, str | None] = {
        path("0001_initial", "billing"): migration("orders.0003_fill", operations=CREATE),
    }
    (found,) = asked(start=start)

    assert "dependencies" not in found.remedy
