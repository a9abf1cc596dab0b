"""
Reviews that were made before, kept whole: the same commits, judged by the same program, say the same.

A review is a function of what is compared, the configuration and the day, so one
that was made need not be made again: a hook after a failed push, ``split`` after
``review``, a job that is run once more.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from bot.program import program

if TYPE_CHECKING:
    from bot.git.compare import Compared
    from bot.render.document import Document
    from bot.render.subject import Subject


def key_of(both: Compared, subject: Subject, *, today: str, sql: bool) -> str:
    """What a review depends on, as one name: another answer to anything here may mean another review."""
    asked = {
        "program": program(),
        "subject": subject._asdict(),
        "others": [[other.name, other.sha, other.merge_base] for other in both.others],
        "today": today,
        "sql": sql,
    }
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def packed(document: Document) -> bytes:
    """*document* as it is kept."""
    return json.dumps(document, ensure_ascii=True).encode()


def unpacked(content: bytes, *, total_ms: int) -> Document | None:
    """The document that was kept as *content*, with the work of this time; None where it is damaged."""
    try:
        document: Document = json.loads(content)
        timing = document["timing"]
        timing["cached_files"] += timing["parsed_files"]
    except (ValueError, KeyError, TypeError):
        return None
    timing["parsed_files"] = 0
    timing["total_ms"] = total_ms
    return document
