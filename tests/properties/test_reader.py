"""What holds for every migration, and for whatever else stands in its file."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers.read.django.migrations import read_source
from analyzers.relate.meaning import meaning
from analyzers.results import Review
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.properties.strategies import (
    Written,
    broken,
    migrations,
    other_meanings,
    other_spellings,
)
from tests.support.worlds import START, add, migration, path

PATH = path("0003_drawn")
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=400, deadline=None)


def reviewed(before: bytes | str | None, after: bytes | str | None) -> Review:
    """*after* in place of *before*, beside a base that goes on meanwhile."""
    theirs = {path("0003_tax"): migration("0002_total", operations=add("tax"))}
    start = {**START, **({PATH: before} if before is not None else {})}
    ours = {**start, **({PATH: after} if after is not None else {})}
    if after is None:
        ours.pop(PATH, None)
    return review(
        Comparison(
            merge_base=MemoryTree(start),
            base=MemoryTree({**start, **theirs}),
            head=MemoryTree(ours),
            merged=MemoryTree({**ours, **theirs}),
        )
    )


def edits(found: Review) -> list[str]:
    return [f.rule for f in found.findings if f.rule == "committed-migration-edited"]


@MANY
@given(
    st.binary(max_size=200).map(lambda b: b"class Migration(a.Migration):\n    " + b) | st.binary()
)
def test_bytes_of_any_kind_are_read_without_an_error(content: bytes) -> None:
    assert read_source(content, PATH) == read_source(content, PATH)


@MANY
@given(migrations().flatmap(lambda written: broken(written.source)))
def test_broken_migrations_are_read_without_an_error(content: bytes) -> None:
    read = read_source(content, PATH)

    assert read == read_source(content, PATH)
    assert meaning(content) == meaning(content)


@FEW
@given(migrations().flatmap(lambda written: st.tuples(st.just(written), broken(written.source))))
def test_a_review_of_a_broken_migration_is_one_and_the_same_review(
    pair: tuple[Written, bytes],
) -> None:
    written, content = pair
    for before, after in ((None, content), (written.source, content), (content, written.source)):
        assert reviewed(before, after) == reviewed(before, after)


@FEW
@given(
    migrations().flatmap(
        lambda written: st.tuples(st.just(written), other_spellings(written.source))
    )
)
def test_another_spelling_is_no_edit(pair: tuple[Written, str]) -> None:
    written, respelled = pair

    assert edits(reviewed(written.source, respelled)) == []


@FEW
@given(
    migrations().flatmap(
        lambda written: st.tuples(
            st.just(written), other_meanings(written), other_spellings(written.source)
        )
    )
)
def test_another_meaning_is_an_edit(trio: tuple[Written, Written, str]) -> None:
    """However the two are spelled."""
    written, other, respelled = trio

    assert edits(reviewed(written.source, other.source)) == ["committed-migration-edited"]
    assert edits(reviewed(respelled, other.source)) == ["committed-migration-edited"]


@FEW
@given(migrations())
def test_what_is_new_on_both_sides_forks_whatever_it_does(written: Written) -> None:
    found = reviewed(None, written.source)

    assert "conflicting-leaf-nodes" in {finding.rule for finding in found.findings}
    json.dumps([finding.message for finding in found.findings])
