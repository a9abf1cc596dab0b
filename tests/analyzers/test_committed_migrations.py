"""Committed migrations that are deleted or renamed, and squashes that end."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.findings import Severity
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import CREATE, HEAD, START, add, changed, findings, migration, path, said

NOTE = {path("0003_note"): migration("0002_total", operations=add("note"))}
TAX = {path("0003_tax"): migration("0002_total", operations=add("tax"))}


def test_a_deleted_migration_is_told_with_the_way_back() -> None:
    found = findings(START, head={path("0002_total"): None})

    assert said(found) == [("committed-migration-deleted", "error", "0002_total")]
    assert found[0].commands == ("git checkout @base@ -- orders/migrations/0002_total.py",)


MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n'


@pytest.mark.parametrize(
    ("models", "installed", "gone"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, True)],
)
def test_an_app_is_gone_when_its_models_are(models: bool, installed: bool, gone: bool) -> None:
    """Without its migrations alone fresh databases lack its tables, and the old ones stay as they are."""
    start = changed(
        START,
        {
            "manage.py": MANAGE,
            "site/__init__.py": "",
            "site/settings.py": 'INSTALLED_APPS = ["orders"]\n',
            "orders/__init__.py": "",
            "orders/models.py": f"{HEAD}class Order(models.Model):\n    pass\n",
        },
    )
    head: dict[str, str | None] = {p: None for p in start if "migrations" in p}
    if not models:
        head["orders/models.py"] = None
    if not installed:
        head["site/settings.py"] = "INSTALLED_APPS = []\n"

    told = [f for f in findings(start, head=head) if f.rule == "committed-migration-deleted"]

    assert [f.severity for f in told] == [Severity.INFO if gone else Severity.ERROR] * 2
    assert all(("whole app" in f.message) is gone for f in told)
    assert all(bool(f.commands) is not gone for f in told)


@pytest.mark.parametrize(
    ("package", "installed", "severity"),
    [
        (True, '["upkeep"]', "error"),
        (True, "[]", "info"),
        (False, '["upkeep"]', "info"),
        (True, "installed()", "info"),
    ],
)
def test_an_app_without_models_stays_where_its_package_of_migrations_does(
    package: bool, installed: str, severity: str
) -> None:
    """It is there to move data, and the one step that goes may not have run everywhere."""
    step = f"{HEAD}\n\nclass Migration(migrations.Migration):\n    operations = []\n"
    start = {
        "manage.py": MANAGE,
        "site/__init__.py": "",
        "site/settings.py": 'INSTALLED_APPS = ["upkeep"]\n',
        "upkeep/__init__.py": "",
        "upkeep/migrations/__init__.py": "",
        "upkeep/migrations/0001_tidy.py": step,
    }
    head: dict[str, str | None] = {
        "site/settings.py": f"INSTALLED_APPS = {installed}\n",
        "upkeep/migrations/0001_tidy.py": None,
    }
    if not package:
        head["upkeep/migrations/__init__.py"] = None

    found = said(findings(start, head=head))

    assert found == [("committed-migration-deleted", severity, "0001_tidy")]


@pytest.mark.parametrize(
    ("parent", "severity"), [("0002_total", "info"), ("0001_initial", "error")]
)
def test_the_last_original_may_be_named_where_the_squash_goes(parent: str, severity: str) -> None:
    squash = migration(
        extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
        operations=CREATE,
    )
    note = {path("0003_note"): migration("0001_squashed_0002", operations=add("note"))}
    start = changed(START, {**note, path("0001_squashed_0002"): squash})
    edited = note[path("0003_note")].replace("0001_squashed_0002", parent)

    found = findings(start, head={path("0003_note"): edited, path("0001_squashed_0002"): None})

    assert ("committed-migration-edited", severity, "0003_note") in said(found)


@pytest.mark.parametrize(("last", "severity"), [("0002_total", "info"), ("0003_note", "error")])
def test_a_squash_may_go_while_its_originals_stay(last: str, severity: str) -> None:
    squash = migration(
        extra=f'    replaces = [("orders", "0001_initial"), ("orders", "{last}")]\n',
        operations=CREATE,
    )
    start = changed(START, {path("0001_squashed"): squash})

    assert said(findings(start, head={path("0001_squashed"): None})) == [
        ("committed-migration-deleted", severity, "0001_squashed")
    ]


def test_what_another_django_makes_anew_is_no_rename() -> None:
    """The first one with migrations said that a default stays; later ones do not write that."""
    old = add("note", "models.TextField(null=True)")
    by_first = old.replace("null=True)", "null=True), preserve_default=True")
    start = {**START, path("0003_note"): migration("0002_total", operations=by_first)}

    def head(operations: str) -> dict[str, str | None]:
        anew = migration("0002_total", operations=operations)
        return {path("0003_note"): None, path("0003_anew"): anew}

    (anew,) = findings(start, head=head(old))
    (moved,) = findings(start, head=head(by_first))

    assert anew.rule == "committed-migration-deleted"
    assert moved.rule == "committed-migration-renamed"


def test_a_renamed_migration_is_told() -> None:
    found = findings(
        START, head={path("0002_total"): None, path("0002_sum"): START[path("0002_total")]}
    )

    assert said(found) == [("committed-migration-renamed", "error", "0002_total")]


def test_the_name_that_is_kept_is_said_by_what_comes_after_it() -> None:
    head = {path("0002_total"): None, path("0002_sum"): START[path("0002_total")]}
    more = {path("0003_more"): migration("0002_sum", operations=add("more"))}

    (found,) = findings(START, head={**head, **more})

    assert found.remedy.startswith("Keep the old name, and say it in 0003_more; ")


BROKEN = changed(changed(START, NOTE), TAX)
"""A base on which two lines end."""
LATER = migration("0003_tax", operations=add("note"))


@pytest.mark.parametrize(
    ("head", "rule"),
    [
        ({path("0003_note"): LATER}, "committed-migration-edited"),
        ({path("0003_note"): None, path("0004_note"): LATER}, "committed-migration-renamed"),
    ],
)
def test_one_line_in_place_of_two_that_end_on_the_base_has_words_of_its_own(
    head: dict[str, str | None], rule: str
) -> None:
    """No command runs on such a base, but a database may have applied one of the two before: a merge is safe."""
    found = findings(BROKEN, head=head)

    assert said(found) == [(rule, "error", found[0].migration)]
    assert "with a merge migration" in found[0].remedy
    assert "conflicting leaf nodes" in found[0].why
    assert not found[0].commands


def test_what_comes_before_such_an_end_may_be_put_behind_the_other_as_well() -> None:
    more = {path("0004_more"): migration("0003_note", operations=add("more"))}
    head = {path("0003_note"): None, path("0003_late"): LATER}
    follows = {path("0004_more"): more[path("0004_more")].replace("0003_note", "0003_late")}

    found = findings(changed(BROKEN, more), head={**head, **follows})
    told = {(f.rule, f.severity) for f in found if f.rule.startswith("committed")}
    assert told == {
        ("committed-migration-renamed", Severity.ERROR),
        ("committed-migration-edited", Severity.ERROR),
    }


def test_a_migration_that_joins_others_is_no_other_one_under_a_new_name() -> None:
    """They are all without operations: one that is new takes the place of none that the squash replaces."""
    joins = migration("0003_note", "0003_tax")
    start = changed(BROKEN, {path("0004_merge"): joins})
    names = ["0001_initial", "0002_total", "0003_note", "0003_tax", "0004_merge"]
    replaced = ", ".join(f'("orders", "{name}")' for name in names)
    squash = migration(operations=CREATE, extra=f"    replaces = [{replaced}]\n")
    more = {path("0005_more"): migration("0001_squashed", operations=add("more"))}
    late = {path("0006_merge"): migration("0001_squashed", "0005_more")}
    gone = {path(name): None for name in names}

    found = findings(start, head={**gone, path("0001_squashed"): squash, **more, **late})

    assert said(found) == [("replaced-migration-deleted-early", "error", "0001_squashed")]


def test_a_new_name_is_one_migration_s() -> None:
    more = {path(f"0004_{name}_merge"): migration("0003_note", "0003_tax") for name in "ab"}
    head = {**dict.fromkeys(more), path("0004_merge"): migration("0003_note", "0003_tax")}

    assert sorted(said(findings(changed(BROKEN, more), head=head))) == [
        ("committed-migration-deleted", "error", "0004_b_merge"),
        ("committed-migration-renamed", "error", "0004_a_merge"),
    ]


def test_what_goes_under_a_new_name_is_renamed_though_another_replaces_it() -> None:
    """One that is put before it says that it takes its place; what it did is done by the new name."""
    first = migration(
        "0001_initial",
        operations=add("tax"),
        extra='    replaces = [("orders", "0002_total")]\n',
    )
    head: dict[str, str | None] = {
        path("0002_total"): None,
        path("0002_before"): first,
        path("0003_total"): migration("0002_before", operations=add("total")),
    }

    found = said(findings(START, head=head))

    assert ("committed-migration-renamed", "error", "0002_total") in found


def test_a_squash_with_the_deletion_of_its_originals_is_too_early() -> None:
    squash = migration(
        extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
        operations=CREATE,
    )
    gone = {path("0001_initial"): None, path("0002_total"): None}

    assert said(findings(START, head={path("0001_squashed"): squash, **gone})) == [
        ("replaced-migration-deleted-early", "error", "0001_squashed")
    ]
    assert said(findings(changed(START, {path("0001_squashed"): squash}), head=gone)) == []


def test_what_replaces_a_single_migration_may_take_its_place_at_once() -> None:
    """As in an app that gets another label: a database has applied it, or it has not."""
    moved = {
        path("__init__", "sales"): "",
        path("0001_initial", "sales"): migration(
            operations=CREATE, extra='    replaces = [("orders", "0001_initial")]\n'
        ),
        path("0002_total", "sales"): migration(
            "sales.0001_initial",
            operations=add("total"),
            extra='    replaces = [("orders", "0002_total")]\n',
        ),
    }
    gone = dict.fromkeys((path("0001_initial"), path("0002_total"), path("__init__")))

    found = findings(START, head={**moved, **gone})

    assert {(f.rule, f.severity) for f in found} == {
        ("replaced-migration-deleted-early", Severity.INFO)
    }
    assert len(found) == 2
    assert not any(f.commands for f in found)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("ALTER TABLE orders_order DROP COLUMN IF EXISTS total", True),
        ("ALTER TABLE elsewhere DROP COLUMN IF EXISTS total", False),
    ],
)
def test_a_new_migration_may_make_up_for_an_edit(sql: str, told: bool) -> None:
    """A field that was only forgotten is taken from fresh databases by the edit, from the others by what is new."""
    gone = 'migrations.RemoveField(model_name="order", name="total")'
    soft = f"migrations.SeparateDatabaseAndState(state_operations=[{gone}])"
    start = changed(START, {path("0003_soft"): migration("0002_total", operations=soft)})
    head = {
        path("0003_soft"): migration("0002_total", operations=gone),
        path("0004_hard"): migration("0003_soft", operations=f"migrations.RunSQL({sql!r})"),
    }
    (edit,) = (f for f in findings(start, head=head) if f.rule == "committed-migration-edited")

    assert edit.severity is Severity.ERROR
    assert edit.why.endswith("unless 0004_hard makes up for it.") is told


def test_an_ignore_rule_that_keeps_migrations_out_is_told() -> None:
    found = findings(START, head={".gitignore": "*.pyc\nmigrations/\n"})

    assert said(found) == [("migrations-ignored-by-git", "error", None)]
    assert found[0].place.line == 2
    assert said(findings(START, head={".gitignore": "migrations/*.sql\n"})) == []


SQUASH = migration(
    extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
    operations=f"{CREATE},\n        {add('total')}",
)
SQUASHED = {
    **changed(START, {path("0001_squashed"): SQUASH}),
    path("0003_note"): migration("0002_total", operations=add("note")),
}
FINISHED = {
    path("0001_initial"): None,
    path("0002_total"): None,
    path("0001_squashed"): migration(operations=f"{CREATE},\n        {add('total')}"),
    path("0003_note"): migration("0001_squashed", operations=add("note")),
}


def test_a_squash_is_finished_by_taking_its_originals_away_and_their_names_out_of_it() -> None:
    """In one pull request, as Django's documentation has it, after the one that brought the squash."""
    found = findings(SQUASHED, head=FINISHED)

    assert said(found) == [
        ("committed-migration-edited", "info", "0001_squashed"),
        ("committed-migration-edited", "info", "0003_note"),
    ]
    assert "that is how a squash is finished" in found[0].why


def test_a_squash_that_is_finished_may_name_the_squash_of_another_app() -> None:
    """The originals for which it waited have gone into that one."""
    stock = {
        path("__init__", "stock"): "",
        path("0001_initial", "stock"): migration(operations=CREATE),
        path("0001_squashed", "stock"): migration(
            extra='    replaces = [("stock", "0001_initial")]\n', operations=CREATE
        ),
    }
    waits = SQUASH.replace("dependencies = [\n", 'dependencies = [\n("stock", "0001_initial"),\n')
    done = {
        **FINISHED,
        path("0001_initial", "stock"): None,
        path("0001_squashed", "stock"): migration(operations=CREATE),
        path("0001_squashed"): migration(
            "stock.0001_squashed", operations=f"{CREATE},\n        {add('total')}"
        ),
    }
    found = findings({**SQUASHED, **stock, path("0001_squashed"): waits}, head=done)

    assert {severity for rule, severity, _ in said(found) if rule.startswith("committed")} == {
        "info"
    }


@pytest.mark.parametrize(
    "other",
    [
        {path("0001_squashed"): migration(operations=CREATE)},
        {path("0001_squashed"): None},
        {path("0002_total"): START[path("0002_total")].replace("0001_initial", "0001_squashed")},
    ],
    ids=["it does less", "it goes as well", "an original stays"],
)
def test_a_squash_is_not_finished_otherwise(other: dict[str, str | None]) -> None:
    found = findings(SQUASHED, head={**FINISHED, **other})

    assert "error" in {
        severity for rule, severity, _ in said(found) if rule.startswith("committed")
    }


def test_a_circle_of_the_base_is_taken_away() -> None:
    """No command has run on such a base."""
    tied = changed(START, {path("0003_note"): migration("0003_note", operations=add("note"))})
    found = findings(
        tied, head={path("0003_note"): migration("0002_total", operations=add("note"))}
    )

    assert said(found) == [("committed-migration-edited", "info", "0003_note")]
    assert "waits for itself" in found[0].why


def test_a_parent_that_does_not_exist_is_put_right() -> None:
    """What was applied before it came to name that parent knows the new one, or stops."""
    lost = changed(START, {path("0003_note"): migration("0002_tax", operations=add("note"))})
    head = {path("0003_note"): migration("0002_total", operations=add("note"))}
    found = findings(lost, head=head)

    assert said(found) == [("committed-migration-edited", "error", "0003_note")]
    assert "comes after a migration that does not exist" in found[0].why
    assert "take the edit back" not in found[0].remedy.lower()


FILLED = add("note", 'models.TextField(default="")')


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({path("0001_initial"): migration(operations=f"{CREATE},\n        {add('total')}")}, False),
        (
            {
                path("0001_initial"): None,
                path("0005_squashed"): migration(operations=CREATE),
                path("0002_note"): None,
                path("0006_squashed"): migration("0005_squashed", operations=FILLED),
            },
            False,
        ),
        ({}, True),
    ],
    ids=["it begins otherwise", "its beginning has another name", "it begins as before"],
)
def test_a_history_that_is_written_anew_locks_no_table(
    changes: dict[str, str | None], told: bool
) -> None:
    """No database runs it: it is taken for applied, or run where there is nothing yet."""
    head = {
        path("0002_total"): None,
        path("0002_note"): migration("0001_initial", operations=FILLED),
        **changes,
    }
    before, after = MemoryTree(START), MemoryTree(changed(START, head))
    result = review(Comparison(merge_base=before, base=before, head=after, merged=after), Config())

    rules = {f.rule for f in result.findings}
    assert ("not-null-column-added" in rules) is told
    assert "committed-migration-deleted" in rules
