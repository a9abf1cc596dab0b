"""What goes wrong on the way: an answer that is not the wanted one, or of which half arrives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Halved(Exception):
    """An answer of which half arrives."""

    def __init__(self, status: int, answer: Any) -> None:
        super().__init__(status)
        self.status = status
        self.answer = answer


@dataclass
class Fault:
    """
    The next *times* requests that match get *status*; with *after*, once they are stored.

    With *half* they are done and answered, and half of the answer arrives.
    """

    method: str
    path: str
    status: int
    times: int = 1
    after: bool = False
    half: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "fault"


def next_fault(faults: Iterable[Fault], method: str, path: str) -> Fault | None:
    """The fault that this request meets; it is used up by one."""
    for fault in faults:
        if fault.times and fault.method == method and re.search(fault.path, path):
            fault.times -= 1
            return fault
    return None
