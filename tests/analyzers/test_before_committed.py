"""New migrations that put themselves before those of the base."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.worlds import CREATE, START, add, changed, findings, migration, path

TWO_APPS = changed(
    START,
    {
        path("__init__", "ship"): "",
        path("0001_initial", "ship"): migration("0002_total"),
    },
)
AHEAD = '    run_before = [("ship", "0001_initial")]\n'


def test_what_is_to_run_before_a_migration_of_the_base_is_told() -> None:
    """``migrate`` said InconsistentMigrationHistory on every database, and the review nothing."""
    new = migration("0002_total", extra=AHEAD, operations=add("note"))
    (found,) = findings(TWO_APPS, head={path("0003_note"): new})

    assert (found.rule, found.severity) == ("committed-migration-edited", Severity.ERROR)
    assert (
        found.message
        == "0003_note is to run before ship.0001_initial, which is on the base already."
    )
    assert "ship.0001_initial is applied before its dependency orders.0003_note" in found.why
    assert found.place.line == new.splitlines().index(AHEAD.rstrip()) + 1


def test_whoever_waits_for_the_last_one_waits_for_the_new_one() -> None:
    latest = migration("orders.__latest__")
    base = changed(TWO_APPS, {path("0001_initial", "ship"): latest})
    (found,) = findings(
        base, head={path("0003_note"): migration("0002_total", operations=add("note"))}
    )

    assert found.message == (
        "ship.0001_initial, which is on the base already, waits for the first or the last migration of orders, and that is 0003_note now."
    )


@pytest.mark.parametrize(
    "head",
    [
        {
            path("0003_note"): migration(
                "0002_total", extra=AHEAD.replace("0001_initial", "0002_new")
            ),
            path("0002_new", "ship"): migration("ship.0001_initial"),
        },
        {path("0003_note"): migration("0002_total", extra=AHEAD.replace("ship", "sites"))},
        {
            path("0001_squashed"): migration(
                operations=CREATE,
                extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n'
                + AHEAD,
            )
        },
    ],
)
def test_what_runs_before_others_of_its_kind_is_not_told(head: dict[str, str]) -> None:
    """One that is new as well, one of a package, and a squash, which is applied where what it replaces is."""
    assert not [f for f in findings(TWO_APPS, head=head) if f.rule == "committed-migration-edited"]
