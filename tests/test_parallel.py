"""How the tests are handed out to several processes."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("hand-out")
def test_a_group_stays_in_one_process(request: pytest.FixtureRequest) -> None:
    """
    pytest-xdist knows a group by the end of a test's id, and hands out singly what lacks it.

    Nothing fails then: each process starts the services of a group for itself,
    and the whole takes minutes longer.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@hand-out")
