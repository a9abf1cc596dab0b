"""Many columns of one migration: each is named, and what holds for all of them is said once."""

from __future__ import annotations

import io
from dataclasses import replace

from analyzers.findings import Suggestion
from bot.render.document import Document
from bot.render.summary import Links, summary
from bot.render.terminal import print_document
from tests.support.documents import LEAVES, NOT_NULL, REVIEW, sample

PLAIN = replace(NOT_NULL, suggestion=None, commands=(), operations=(), new_files=(), related=())


def document(*columns: str, suggestion: Suggestion | None = None) -> Document:
    """A review in which each of *columns* is found fault with in the same words."""
    plain = replace(PLAIN, suggestion=suggestion)
    found = (replace(plain, message=f"{c} is NOT NULL.", column=c) for c in columns)
    return sample(replace(REVIEW, findings=tuple(found)))


def terminal(of: Document) -> str:
    out = io.StringIO()
    print_document(of, file=out)
    return out.getvalue()


def test_why_and_what_to_do_is_said_once() -> None:
    of = document("a", "b", "c")
    for text in (summary(of, Links(web="")), terminal(of)):
        assert [text.count(f"{c} is NOT NULL.") for c in "abc"] == [1, 1, 1]
        assert text.count("bove") == 2
        assert text.count(PLAIN.rule) >= 3
        assert text.count("Do:") == 1


def test_what_has_an_edit_of_its_own_is_said_whole() -> None:
    of = document("a", "b", suggestion=LEAVES.suggestion)

    assert LEAVES.suggestion is not None
    for text in (summary(of, Links(web="")), terminal(of)):
        assert text.count("Do:") == 2


def test_another_migration_says_it_again() -> None:
    one, other = (
        PLAIN,
        replace(PLAIN, migration="0032_other", place=replace(PLAIN.place, path="o.py")),
    )
    of = sample(replace(REVIEW, findings=(one, other)))
    for text in (summary(of, Links(web="")), terminal(of)):
        assert text.count("Do:") == 2
