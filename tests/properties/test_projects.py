"""What is written for drawn models, next to what Django's own ``makemigrations`` writes."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.oracles.django_autodetector import Case, compared, real
from tests.properties.projects import projects

ONE_PROCESS = {"max_examples": 2, "deadline": None, "phases": [Phase.generate]}
"""Django is started once for all projects of a draw: many small draws would take minutes."""


@settings(suppress_health_check=list(HealthCheck), **ONE_PROCESS)
@given(st.lists(projects(), min_size=8, max_size=8))
def test_drawn_models_get_the_migration_that_django_writes(cases: list[Case]) -> None:
    """The operations in their order, the questions, the names and the whole files."""
    told = [
        (case, said) for case, said in zip(cases, real(cases), strict=True) if "error" not in said
    ]

    found = [(compared(case, said), case["test"]) for case, said in told]

    assert [each for each in found if each[0] != ("equal", "")] == []
