"""Ways of doing one thing, timed in turn, so that a slow minute of the machine meets all of them."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Way = Callable[[], object]


def medians(
    ways: Mapping[str, Way], rounds: int, before: Mapping[str, Way] | None = None
) -> dict[str, float]:
    """Median seconds of each of *ways*; what stands in *before* is done first, and not timed."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            if before and name in before:
                before[name]()
            began = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def forget_reviews(caches: Path) -> None:
    """Delete the whole reviews that are kept below *caches*; what was read of files stays."""
    files = [*caches.rglob("*.sqlite")]
    assert files, f"nothing is kept in {caches}"
    for file in files:
        connection = sqlite3.connect(file)
        with connection:
            connection.execute("DELETE FROM documents")
        connection.close()
