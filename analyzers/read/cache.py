"""What a review may keep from one run to the next, keyed by content."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Protocol


class Cache(Protocol):
    """
    Values by kind and key (an object id); equal keys mean equal values.

    The core only asks and offers; where it is kept is the shell's business.
    ``kind`` names the reader and its version, so that a changed reader does
    not meet old values. Values are frozen dataclasses and plain containers.
    """

    def get(self, kind: str, key: str) -> Any | None:
        """The value kept, or None."""
        ...

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep *value*; may be forgotten at any time."""
        ...

    def apart(self, kind: str, key: str) -> Any | None:
        """The value kept by itself, or None: of kinds of which few values are asked for."""
        ...

    def put_apart(self, kind: str, key: str, value: Any) -> None:
        """As ``put``, for ``apart``."""
        ...

    def ahead(self, kind: str, keys: Iterable[str]) -> Collection[str]:
        """Say which of ``apart`` will be asked for soon; those of them that are kept."""
        ...


class MemoryCache:
    """Keeps everything until the process ends."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], Any] = {}

    def get(self, kind: str, key: str) -> Any | None:
        return self._values.get((kind, key))

    def put(self, kind: str, key: str, value: Any) -> None:
        self._values[kind, key] = value

    apart = get
    put_apart = put

    def ahead(self, kind: str, keys: Iterable[str]) -> Collection[str]:
        return {key for key in keys if (kind, key) in self._values}
