"""What is said of many columns is said once."""

from __future__ import annotations

import pytest

from analyzers.plan.together import together

ADDS = [f"adds shop_order.f{n} as nullable" for n in range(8)]


def test_names_are_listed_behind_the_first_clause_and_then_counted() -> None:
    assert together(ADDS[:1]) == (ADDS[0],)
    assert together(ADDS[:2]) == ("adds shop_order.f0 as nullable (also shop_order.f1)",)
    assert together(ADDS) == (
        "adds shop_order.f0 as nullable (also shop_order.f1, shop_order.f2, shop_order.f3,"
        " shop_order.f4 and 3 more)",
    )
    assert together(ADDS, None)[0].endswith("shop_order.f6, shop_order.f7)")


def test_a_sentence_keeps_its_full_stop_and_its_place() -> None:
    said = ("It loses a.b.", "It cannot go back.", "It loses a.c.", "It loses a.b.")

    assert together(said) == ("It loses a.b (also a.c).", "It cannot go back.")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("adds a.b", "drops a.b"),
        ("sets null=True for a.b", "sets null=False for a.b"),
        ("adds a.b beside a.c", "adds a.d beside a.e"),
        ("adds a.b", "adds a.b as nullable"),
    ],
)
def test_what_differs_in_more_than_a_name_stays_apart(one: str, two: str) -> None:
    assert together([one, two]) == (one, two)


def test_each_group_differs_in_one_place() -> None:
    clauses = ("adds x to a.B", "adds y to a.B", "adds x to a.C")

    assert together(clauses) == ("adds x to a.B (also y)", "adds x to a.C")
