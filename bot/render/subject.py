"""What a review is of, by its names."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """What was reviewed, by its names."""

    repository: str
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    merge_base: str | None
    pull_request: int | None = None
    deployed: str | None = None
    """What runs, by its name, where that is said to be something else than the base."""
    deployed_sha: str | None = None
    base_name: str | None = None
    """How a developer's clone names the base: ``origin/main`` where ``base_ref`` is ``main`` on a server."""
