"""A small part of the mutation oracle, so that each run of the tests meets Django itself."""

from __future__ import annotations

from tests.oracles import django_mutations


def test_what_django_says_of_mutated_models() -> None:
    """Every fortieth mutation: same answer, same file."""
    result = django_mutations.run(step=40)

    total = sum(result.values(), start=type(next(iter(result.values())))())
    assert total["agree"] > 15
    assert total["missed"] == 0
    assert total["false"] == 0
    assert total["text differs"] == 0
    assert total["text equal"] > 10
