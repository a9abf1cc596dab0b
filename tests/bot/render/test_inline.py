"""Comments stand on lines of the diff only, and offer an edit only where it is one."""

from __future__ import annotations

from dataclasses import replace

from analyzers.findings import Severity
from bot.render.inline import fingerprint_of, hunks_of, inline_comments
from tests.support.documents import LEAVES, NOT_NULL, NOTE, REVIEW, sample

WHOLE = {NOTE: [(1, 16)]}


def test_hunks_are_the_lines_of_the_right_side() -> None:
    patch = "@@ -1,3 +1,4 @@ class X\n a\n+b\n c\n d\n@@ -10 +11,0 @@\n-x\n@@ -20,2 +20 @@\n-y\n z"

    assert hunks_of(patch) == ((1, 4), (20, 20))
    assert hunks_of("") == ()


def test_a_suggestion_covers_exactly_the_lines_that_it_replaces() -> None:
    first, second = inline_comments(sample(), WHOLE)

    assert (first.start_line, first.line) == (7, 7)
    assert '```suggestion\n        ("orders", "0031_order_tax"),\n```' in first.body
    assert (second.start_line, second.line) == (11, 15)
    assert "```suggestion" not in second.body
    assert fingerprint_of(first.body) == LEAVES.fingerprint


def test_outside_of_the_diff_nothing_is_said() -> None:
    assert inline_comments(sample(), {}) == ()
    assert inline_comments(sample(), {"orders/models.py": [(1, 50)]}) == ()


def test_an_error_elsewhere_in_a_file_of_the_diff_is_said_of_the_file() -> None:
    warned = sample(replace(REVIEW, findings=(replace(NOT_NULL, severity=Severity.WARNING),)))

    assert [each.line for each in inline_comments(sample(), {NOTE: [(1, 5)]})] == [0, 0]
    assert inline_comments(warned, {NOTE: [(1, 5)]}) == ()


def test_a_suggestion_outside_of_the_diff_is_a_plain_comment() -> None:
    (comment, _) = inline_comments(sample(), {NOTE: [(6, 6)]})

    assert (comment.start_line, comment.line) == (6, 6)
    assert "```suggestion" not in comment.body


def test_a_place_that_spans_two_hunks_is_told_at_its_first_line() -> None:
    document = sample(replace(REVIEW, findings=(NOT_NULL,)))

    (comment,) = inline_comments(document, {NOTE: [(10, 12), (14, 16)]})

    assert (comment.start_line, comment.line) == (11, 11)


def test_a_suggestion_that_changes_nothing_is_none() -> None:
    assert LEAVES.suggestion is not None
    same = replace(LEAVES.suggestion, replacement='        ("orders", "0030_order_total"),')
    document = sample(replace(REVIEW, findings=(replace(LEAVES, suggestion=same),)))

    (comment,) = inline_comments(document, WHOLE)

    assert "```suggestion" not in comment.body


def test_backticks_in_a_suggestion_do_not_end_it() -> None:
    assert LEAVES.suggestion is not None
    ticks = replace(LEAVES.suggestion, replacement='x = """\n```\n"""')
    document = sample(replace(REVIEW, findings=(replace(LEAVES, suggestion=ticks),)))

    (comment,) = inline_comments(document, WHOLE)

    assert '````suggestion\nx = """\n```\n"""\n````' in comment.body


def test_notes_and_what_does_not_count_get_no_comment() -> None:
    document = sample(replace(REVIEW, findings=(replace(LEAVES, preexisting=True),)))

    assert inline_comments(document, WHOLE) == ()


def test_a_marker_counts_at_the_very_start_only() -> None:
    quoted = f"> look\n<!-- two-step:finding:{'a' * 20} -->"

    assert fingerprint_of(quoted) is None
    assert fingerprint_of("nothing") is None
