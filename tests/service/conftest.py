from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.service.deployed import Running
from tests.service.shops import add_shop
from tests.service.world import World
from tests.support.github import Repo

_numbers = itertools.count(1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def shop(running: Running) -> Repo:
    """A repository of the test's own, in an installation of its own of the service that its file starts."""
    number = next(_numbers)
    return add_shop(running.github, number, apps=2, installation=number)
