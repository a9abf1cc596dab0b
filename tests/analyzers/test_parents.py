"""Parents that are not there, circles and second roots."""

from __future__ import annotations

import pytest

from tests.support.worlds import CREATE, START, add, changed, findings, migration, path, said

NOTE = {path("0003_note"): migration("0002_total", operations=add("note"))}
TAX = {path("0003_tax"): migration("0002_total", operations=add("tax"))}


def test_a_parent_that_the_base_renamed_is_missing() -> None:
    found = findings(
        changed(START, dict(NOTE)),
        base={path("0003_note"): None, path("0003_remark"): NOTE[path("0003_note")]},
        head={path("0004_more"): migration("0003_note", operations=add("more"))},
    )

    assert said(found) == [("missing-parent", "error", "0004_more")]
    assert "NodeNotFoundError" in found[0].why


def test_references_to_installed_packages_are_not_judged() -> None:
    head = {path("0003_user"): migration("0002_total", "auth.0012_alter_user", operations=add("x"))}

    assert said(findings(START, head=head)) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ('INSTALLED_APPS = ["shop"]\n', []),
        ('INSTALLED_APPS = ["shop", "orders"]\n', ["0003_note"]),
        ('INSTALLED_APPS = ["shop", *more()]\n', ["0003_note"]),
    ],
)
def test_of_an_app_that_is_given_up_nothing_is_loaded(after: str, expected: list[str]) -> None:
    """A file that stays behind names a parent that is gone, and nobody asks for it."""
    settings = "INSTALLED_APPS = ['shop', 'orders']\n"
    start = changed(START, {**NOTE, "site/settings.py": settings})
    head: dict[str, str | None] = {path("0001_initial"): None, path("0002_total"): None}

    found = findings(start, head={**head, "site/settings.py": after})

    assert [f.migration for f in found if f.rule == "missing-parent"] == expected


SHOP = {path("__init__", "shop"): "", path("0001_first", "shop"): migration(operations=CREATE)}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ('INSTALLED_APPS = ["orders"]\n', ["0002_total"]),
        ('INSTALLED_APPS = ["orders", "parcel.shop"]\n', []),
        ('INSTALLED_APPS = ["orders", *more()]\n', []),
        ('INSTALLED_APPS = ["orders", "shop"]\n', []),
    ],
)
@pytest.mark.parametrize("side", ["head", "base"])
def test_what_waits_for_an_app_that_went_with_all_its_files(
    side: str, after: str, expected: list[str]
) -> None:
    """Nothing loads; but the app may have become a package of its own."""
    settings = "INSTALLED_APPS = ['shop', 'orders']\n"
    waits = migration("0001_initial", "shop.0001_first", operations=add("total"))
    start = changed(START, {**SHOP, path("0002_total"): None, "site/settings.py": settings})
    went = {**dict.fromkeys(SHOP), "site/settings.py": after}
    if side == "head":
        found = findings(changed(start, {path("0002_total"): waits}), head=went)
    else:
        found = findings(start, base=went, head={path("0002_total"): waits})

    assert [f.migration for f in found if f.rule == "missing-parent"] == expected


def test_an_app_that_stays_without_its_migrations_has_none_to_wait_for() -> None:
    """Whatever the settings say: it is this repository's app."""
    start = changed(
        START,
        {
            **SHOP,
            "shop/models.py": "from django.db import models\n",
            path("0002_total"): migration("0001_initial", "shop.0001_first", operations=add("to")),
        },
    )
    found = findings(start, head={path("0001_first", "shop"): None})

    assert [f.migration for f in found if f.rule == "missing-parent"] == ["0002_total"]


def test_the_name_of_a_replaced_migration_is_not_free() -> None:
    """What has it is taken for a part of the squash, which then waits for itself."""
    squash = migration(
        extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
        operations=CREATE,
    )
    start = {path("__init__"): "", path("0001_squashed_0002_total"): squash}
    again = {path("0002_total"): migration("0001_squashed_0002_total", operations=add("total"))}
    (circle,) = findings(start, head=again)

    assert said([circle]) == [("circular-dependency", "error", "0001_squashed_0002_total")]
    assert circle.place.path == path("0002_total")


def test_a_squash_without_its_originals_is_one_chain() -> None:
    squash = migration(
        extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
        operations=CREATE,
    )
    start = {
        path("__init__"): "",
        path("0001_squashed_0002"): squash,
        path("0003_note"): NOTE[path("0003_note")],
    }

    assert (
        said(findings(start, head={path("0004_x"): migration("0003_note", operations=add("x"))}))
        == []
    )


def test_a_circle_is_told_with_its_members() -> None:
    head = {
        path("0003_a"): migration("0002_total", "0004_b", operations=add("a")),
        path("0004_b"): migration("0003_a", operations=add("b")),
    }
    found = findings(START, head=head)

    assert ("circular-dependency", "error", "0003_a") in said(found)


def test_a_migration_that_names_itself_is_a_circle() -> None:
    """What is left of a renumbering where the new number went into the dependency too."""
    itself = {path("0003_note"): migration("0003_note", operations=add("note"))}

    found = findings(START, head=itself)

    assert [f.message for f in found if f.rule == "circular-dependency"] == [
        "0003_note waits for itself: it names itself as its parent."
    ]
    # It has a child, so it is no end of the chain.
    assert "conflicting-leaf-nodes" not in {f.rule for f in found}


def test_a_second_root_is_told() -> None:
    found = findings(START, head={path("0001_again"): migration(operations=CREATE)})

    assert ("second-root", "error", "0001_again") in said(found)


def test_two_numbers_in_one_line_are_a_remark() -> None:
    head = {**NOTE, path("0003_more"): migration("0003_note", operations=add("more"))}

    assert said(findings(START, head=head)) == [("duplicate-number", "info", "0003_more")]
