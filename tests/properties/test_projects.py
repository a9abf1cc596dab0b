"""What is written for drawn models, next to what Django's own ``makemigrations`` writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.oracles.django_autodetector import Case, compared, operations, ours, real
from tests.properties.projects import projects


# Django is started once for all projects of a draw: many small draws would take minutes.
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(projects(), min_size=6, max_size=6))
def test_drawn_models_get_the_migration_that_django_writes(cases: list[Case]) -> None:
    """The operations in their order, the questions, the names and the whole files."""
    told = [(c, said) for c, said in zip(cases, real(cases), strict=True) if "error" not in said]

    found = [(difference(case, said), case["test"]) for case, said in told]

    assert len(told) == len(cases)
    assert [each for each in found if each[0]] == []


def difference(case: Case, said: Mapping[str, Any]) -> str:
    """What is written otherwise; nothing where Django itself would write it so the next time."""
    verdict, what = compared(case, said)
    if verdict != "differs" or "DeleteModel" not in what:
        return what
    # By which field a model that goes is left first hangs on the hashes of names.
    mine = operations(file.content for file in ours(case, said["initial"]).files)
    theirs = operations(text for files in said["files"].values() for _, text in files)
    return "" if sorted(mine) == sorted(theirs) else what
