"""Publishing once leaves nothing to do, whatever stood there before."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.frozen import dataclass
from bot.github import reconcile as do
from bot.github.reconcile import (
    Annotation,
    PresentCheck,
    PresentInline,
    PresentSummary,
    Wanted,
    WantedCheck,
    WantedInline,
    batches,
)

CHECK = WantedCheck(
    head_sha="2" * 40,
    attempt="12.1",
    conclusion="failure",
    title="t",
    summary="s",
    text="",
    digest="aaaa",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is seen; each tuple oldest first."""

    checks: tuple[PresentCheck, ...] = ()
    summaries: tuple[PresentSummary, ...] = ()
    inline: tuple[PresentInline, ...] = ()


def reconcile(wanted: Wanted, present: Present) -> tuple[do.Action, ...]:
    return (
        *do.checks(wanted.check, present.checks),
        *do.comments(wanted, present.summaries, present.inline),
    )


def remarks(number: int) -> tuple[Annotation, ...]:
    return tuple(
        Annotation(
            path="a.py", start_line=n + 1, end_line=n + 1, level="failure", title="t", message="m"
        )
        for n in range(number)
    )


def inline(fingerprint: str, body: str = "b") -> WantedInline:
    return WantedInline(
        fingerprint=fingerprint,
        path="a.py",
        start_line=1,
        line=1,
        body=body,
        suggests=body == "two",
    )


def shown(present: Present, actions: tuple[do.Action, ...]) -> Present:
    """What stands there after *actions*."""
    checks = {run.id: run for run in present.checks}
    summaries = {each.id: each for each in present.summaries}
    lines = {each.id: each for each in present.inline}
    numbers = count(1 + max([0, *checks, *summaries, *lines]))
    for action in actions:
        match action:
            case do.CreateCheck(check=check) | do.CompleteCheck(check=check):
                run = action.id if isinstance(action, do.CompleteCheck) else next(numbers)
                checks[run] = PresentCheck(
                    id=run,
                    attempt=check.attempt,
                    completed=True,
                    digest=check.digest,
                    annotations=len(check.annotations),
                )
            case do.AbandonCheck(id=run):
                checks[run] = replace(checks[run], completed=True, digest="")
            case do.CreateSummary(body=body):
                at = next(numbers)
                summaries[at] = PresentSummary(id=at, body=body)
            case do.EditSummary(id=at, body=body):
                summaries[at] = replace(summaries[at], body=body)
            case do.DeleteSummary(id=at):
                del summaries[at]
            case do.PostReview(comments=comments):
                for each in comments:
                    at = next(numbers)
                    lines[at] = PresentInline(
                        id=at,
                        node=f"n{at}",
                        fingerprint=each.fingerprint,
                        body=each.body,
                        review="new",
                        lines=(each.start_line, each.line),
                        made_on=action.head_sha,
                    )
            case do.EditInline(id=at, body=body):
                lines[at] = replace(lines[at], body=body)
            case do.DeleteInline(id=at):
                del lines[at]
            case do.Hide(node=node) | do.Show(node=node):
                hide = isinstance(action, do.Hide)
                lines = {
                    at: replace(each, hidden=hide) if each.node == node else each
                    for at, each in lines.items()
                }
                lines = {
                    at: replace(each, review=None) if each.review == node else each
                    for at, each in lines.items()
                }
    return Present(
        checks=tuple(checks[at] for at in sorted(checks)),
        summaries=tuple(summaries[at] for at in sorted(summaries)),
        inline=tuple(lines[at] for at in sorted(lines)),
    )


NAMES = st.sampled_from(["f1", "f2", "f3", "f4"])
BODIES = st.sampled_from(["one", "two"])
DIGESTS = st.sampled_from(["aaaa", "bbbb", ""])


@st.composite
def wanteds(draw: st.DrawFn) -> Wanted:
    placed = draw(st.dictionaries(NAMES, BODIES))
    return Wanted(
        check=replace(
            CHECK,
            attempt=draw(st.sampled_from(["1", "2"])),
            digest=draw(st.sampled_from(["aaaa", "bbbb"])),
            annotations=remarks(draw(st.sampled_from([0, 1, 60]))),
            again=draw(st.booleans()),
        ),
        summary=draw(st.none() | BODIES),
        farewell=draw(st.none() | BODIES),
        inline=tuple(inline(name, body) for name, body in placed.items()),
        standing=draw(st.none() | st.sets(NAMES).map(lambda more: frozenset(more | {*placed}))),
    )


@st.composite
def presents(draw: st.DrawFn) -> Present:
    runs = draw(
        st.lists(
            st.tuples(
                st.sampled_from("12"), st.booleans(), DIGESTS, st.sampled_from([0, 1, 50, 70])
            ),
            max_size=4,
        )
    )
    remarks_on_lines = draw(
        st.lists(
            st.tuples(
                NAMES,
                BODIES,
                st.booleans(),
                st.booleans(),
                st.sampled_from(["r1", "r2", None]),
                st.sampled_from([None, (0, 0), (1, 1), (3, 4)]),
                st.sampled_from(["", "1" * 40, "2" * 40]),
            ),
            max_size=5,
        )
    )
    return Present(
        checks=tuple(
            PresentCheck(id=at, attempt=a, completed=c, digest=d, annotations=n)
            for at, (a, c, d, n) in enumerate(runs, 1)
        ),
        summaries=tuple(
            PresentSummary(id=at, body=b)
            for at, b in enumerate(draw(st.lists(BODIES, max_size=3)), 20)
        ),
        inline=tuple(
            PresentInline(
                id=at,
                node=f"n{at}",
                fingerprint=f,
                body=b,
                replied=r,
                hidden=h,
                review=v,
                lines=lines,
                outdated=lines is None,
                made_on=commit,
            )
            for at, (f, b, r, h, v, lines, commit) in enumerate(remarks_on_lines, 40)
        ),
    )


@given(wanteds(), presents())
@settings(max_examples=600, deadline=None)
def test_publishing_once_leaves_nothing_to_do(wanted: Wanted, present: Present) -> None:
    """A review that runs twice, or again after a kill, changes nothing more."""
    after = shown(present, reconcile(wanted, present))

    assert reconcile(wanted, after) == ()
    newest = max(after.checks, key=lambda run: run.id)
    mine = [run for run in after.checks if run.attempt == wanted.check.attempt]
    assert wanted.check.digest in {newest.digest, *(run.digest for run in mine)}
    assert all(run.completed for run in after.checks)


@given(wanteds(), presents(), st.data())
@settings(max_examples=300, deadline=None)
def test_a_kill_in_between_doubles_nothing(
    wanted: Wanted, present: Present, data: st.DataObject
) -> None:
    actions = reconcile(wanted, present)
    until = data.draw(st.integers(0, len(actions)))
    halfway = shown(present, actions[:until])
    after = shown(halfway, reconcile(wanted, halfway))

    assert reconcile(wanted, after) == ()
    assert len(after.checks) <= len(present.checks) + 1
    assert len(after.summaries) <= 1
    if wanted.standing is not None:
        named = [each.fingerprint for each in after.inline if not each.replied]
        assert len(named) == len(set(named))


def test_nothing_there_and_everything_wanted() -> None:
    wanted = Wanted(check=CHECK, summary="s", inline=(inline("a"),), standing=frozenset({"a"}))

    assert reconcile(wanted, Present()) == (
        do.CreateCheck(CHECK),
        do.CreateSummary("s"),
        do.PostReview(CHECK.head_sha, (inline("a"),)),
    )


def test_the_run_that_was_begun_is_the_one_that_is_completed() -> None:
    begun = PresentCheck(id=5, attempt=CHECK.attempt, completed=False, digest="", annotations=0)

    assert reconcile(Wanted(check=CHECK), Present(checks=(begun,))) == (
        do.CompleteCheck(5, CHECK, 0),
    )


def test_annotations_are_continued_where_they_stopped() -> None:
    """They only append: sent twice they would stand there twice."""
    wanted = replace(CHECK, annotations=remarks(120))
    half = PresentCheck(
        id=5, attempt=CHECK.attempt, completed=False, digest=CHECK.digest, annotations=50
    )

    (action,) = reconcile(Wanted(check=wanted), Present(checks=(half,)))

    assert action == do.CompleteCheck(5, wanted, 50)
    assert [len(each) for each in batches(wanted.annotations, 50)] == [50, 20]


def test_annotations_of_another_verdict_are_left_behind_with_their_run() -> None:
    stale = PresentCheck(id=5, attempt=CHECK.attempt, completed=False, digest="old", annotations=50)

    assert reconcile(Wanted(check=CHECK), Present(checks=(stale,))) == (
        do.AbandonCheck(5),
        do.CreateCheck(CHECK),
    )


def test_another_attempt_that_says_the_same_makes_no_noise_unless_somebody_asked() -> None:
    said = PresentCheck(id=5, attempt="earlier", completed=True, digest=CHECK.digest, annotations=0)

    assert reconcile(Wanted(check=CHECK), Present(checks=(said,))) == ()
    asked = replace(CHECK, again=True)
    assert reconcile(Wanted(check=asked), Present(checks=(said,))) == (do.CreateCheck(asked),)


@pytest.mark.parametrize(
    ("number", "sizes"), [(0, [0]), (1, [1]), (50, [50]), (51, [50, 1]), (300, [50] * 6)]
)
def test_annotations_go_in_batches_of_fifty(number: int, sizes: list[int]) -> None:
    assert [len(each) for each in batches(remarks(number))] == sizes


def test_mended_is_deleted_and_hidden_where_somebody_answered() -> None:
    mended = PresentInline(id=1, node="n1", fingerprint="x", body="b")
    answered = replace(mended, id=2, node="n2", fingerprint="y", replied=True)

    actions = reconcile(Wanted(check=CHECK), replace(_done(), inline=(mended, answered)))
    assert actions == (do.DeleteInline(1), do.Hide("n2"))


def test_what_an_earlier_version_hid_is_deleted() -> None:
    hidden = PresentInline(id=1, node="n1", fingerprint="x", body="b", hidden=True)

    actions = reconcile(Wanted(check=CHECK), replace(_done(), inline=(hidden,)))
    assert actions == (do.DeleteInline(1),)


def test_a_review_is_hidden_with_its_last_comment() -> None:
    one = PresentInline(id=1, node="n1", fingerprint="x", body="b", review="r1")
    other = replace(one, id=2, node="n2", fingerprint="y")
    wanted = Wanted(check=CHECK, standing=frozenset({"y"}))

    assert reconcile(wanted, replace(_done(), inline=(one, other))) == (do.DeleteInline(1),)
    actions = reconcile(Wanted(check=CHECK), replace(_done(), inline=(other,)))
    assert actions == (do.Hide("r1"), do.DeleteInline(2))


def test_wrong_again_is_shown_again() -> None:
    hidden = PresentInline(id=1, node="n1", fingerprint="x", body="b", replied=True, hidden=True)
    wanted = Wanted(check=CHECK, inline=(inline("x"),), standing=frozenset({"x"}))

    assert reconcile(wanted, replace(_done(), inline=(hidden,))) == (do.Show("n1"),)


def test_a_line_that_left_the_diff_is_not_mended() -> None:
    stands = PresentInline(id=1, node="n1", fingerprint="x", body="b")
    wanted = Wanted(check=CHECK, standing=frozenset({"x"}))

    assert reconcile(wanted, replace(_done(), inline=(stands,))) == ()


def test_what_is_wrong_still_is_said_where_it_is_seen() -> None:
    """A remark whose lines were changed is posted anew on them, once for each commit."""
    one = PresentInline(id=1, node="n1", fingerprint="x", body="b", outdated=True, made_on="1" * 40)
    wanted = Wanted(check=CHECK, inline=(inline("x"),), standing=frozenset("x"))

    def done(comment: PresentInline) -> tuple[do.Action, ...]:
        return reconcile(wanted, replace(_done(), inline=(comment,)))

    assert done(one) == (do.DeleteInline(1), do.PostReview(CHECK.head_sha, (inline("x"),)))
    assert done(replace(one, made_on=CHECK.head_sha)) == ()
    assert done(replace(one, made_on="")) == ()
    assert done(replace(one, replied=True)) == ()


def test_a_click_changes_the_lines_on_which_it_stands() -> None:
    """An edit that comes later, or for other lines, is not put to a remark that stands elsewhere."""
    one = PresentInline(id=1, node="n1", fingerprint="x", body="b", lines=(7, 8))
    edit = inline("x", "two")
    assert edit.suggests
    wanted = Wanted(check=CHECK, inline=(edit,), standing=frozenset("x"))

    def done(comment: PresentInline) -> tuple[do.Action, ...]:
        return reconcile(wanted, replace(_done(), inline=(comment,)))

    assert done(one) == (do.DeleteInline(1), do.PostReview(CHECK.head_sha, (edit,)))
    assert done(replace(one, replied=True)) == ()
    assert done(replace(one, lines=(1, 1))) == (do.EditInline(1, "two"),)
    # GitHub is a moment behind a push: what was offered there before still is.
    assert done(replace(one, body="two")) == ()


def test_where_nothing_could_be_judged_no_comment_changes() -> None:
    stands = PresentInline(id=1, node="n1", fingerprint="x", body="b")
    wanted = Wanted(check=CHECK, standing=None)

    assert reconcile(wanted, replace(_done(), inline=(stands,))) == ()


def test_line_ends_are_no_difference() -> None:
    stored = PresentSummary(id=1, body="a\r\nb\n")

    assert (
        reconcile(Wanted(check=CHECK, summary="a\nb"), replace(_done(), summaries=(stored,))) == ()
    )


def _done() -> Present:
    return Present(
        checks=(
            PresentCheck(
                id=9, attempt=CHECK.attempt, completed=True, digest=CHECK.digest, annotations=0
            ),
        )
    )


def test_two_that_published_at_the_same_time_leave_everything_once() -> None:
    """Both read before either wrote: one stood still, was taken for dead, and went on."""
    wanted = Wanted(
        check=CHECK, summary="body", inline=(inline("f1"), inline("f2")), standing=frozenset()
    )
    actions = reconcile(wanted, Present())
    twice = shown(shown(Present(), actions), actions)
    assert (len(twice.summaries), len(twice.inline)) == (2, 4)

    assert do.creates(actions)
    once = shown(twice, do.doubled(twice.summaries, twice.inline))
    assert [each.id for each in once.summaries] == [twice.summaries[0].id]
    assert [each.id for each in once.inline] == [each.id for each in twice.inline[:2]]
    assert not do.doubled(once.summaries, once.inline)


def test_a_doubled_remark_that_somebody_answered_stays() -> None:
    one = PresentInline(id=1, node="1", fingerprint="f1", body="b")
    other = replace(one, id=2, node="2", replied=True)
    assert not do.doubled((), (one, other))
