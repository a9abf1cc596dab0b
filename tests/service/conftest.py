from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.running import Service
from tests.service.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    """The service with SQLite, in one process."""
    running = Service(world)
    running.start()
    yield running
    running.stop()
