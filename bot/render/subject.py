"""What a review is of, by its names."""

from __future__ import annotations

from analyzers.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was reviewed, by its names."""

    repository: str
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    merge_base: str | None
    pull_request: int | None = None
    base_name: str | None = None
    """How a developer's clone names the base: ``origin/main`` where ``base_ref`` is ``main`` on a server."""
