"""
What has to change so that a pull request shows what it should: Wanted, Present -> Actions.

Pure. Running it on what its own actions lead to gives nothing more to do, so a
job that runs twice, or again after a kill, publishes once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from analyzers.frozen import dataclass

BATCH = 50
"""Annotations of one request; GitHub refuses more. Later requests append."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark on lines of a file, in the check run's list and beside the diff."""

    path: str
    start_line: int
    end_line: int
    level: str
    """``failure``, ``warning`` or ``notice``."""
    title: str
    message: str
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button of a check run: at most 20, 40 and 20 characters."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCheck:
    """The check run that should stand on a commit."""

    head_sha: str
    attempt: str
    conclusion: str
    title: str
    summary: str
    text: str
    digest: str
    """Of everything that is shown, addresses left out; it stands hidden in ``summary``."""
    annotations: tuple[Annotation, ...] = ()
    buttons: tuple[Button, ...] = ()
    details_url: str = ""
    again: bool = False
    """A new one even where the newest says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedInline:
    """A comment on lines of the diff, of its right side; with line 0 on the file as a whole."""

    fingerprint: str
    path: str
    start_line: int
    line: int
    body: str
    suggests: bool = False
    """Whether one click puts other lines in the place of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What should be seen."""

    check: WantedCheck
    summary: str | None = None
    """None: no comment is made."""
    farewell: str | None = None
    """What a summary that stands already says when there is none wanted; None leaves it."""
    inline: tuple[WantedInline, ...] = ()
    standing: frozenset[str] | None = frozenset()
    """
    Fingerprints of all findings that hold, placed on a line or not; a comment on
    any other is mended. None: it is not known what holds, so no comment changes.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentCheck:
    """A check run of ours on the commit."""

    id: int
    attempt: str
    completed: bool
    digest: str
    annotations: int
    """How many it has; they cannot be taken away again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentSummary:
    """A summary comment of ours."""

    id: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentInline:
    """A comment of ours on a line of the diff."""

    id: int
    node: str
    fingerprint: str
    body: str
    replied: bool = False
    """Somebody answered: the thread is theirs now."""
    hidden: bool = False
    """Minimised as resolved, which is what we do with what is mended and was answered."""
    review: str | None = None
    """The review that it came with, where that says something of its own and is not minimised."""
    lines: tuple[int, int] | None = None
    """First and last on which it stands by now, 0 for the file as a whole; None where that is not known."""
    outdated: bool = False
    """Its lines were changed since: it is no more seen beside the diff, and its click does nothing."""
    made_on: str = ""
    """The commit for which it was made."""


@dataclass(frozen=True, slots=True)
class CreateCheck:
    check: WantedCheck


@dataclass(frozen=True, slots=True)
class CompleteCheck:
    """Finish the run *id*, which has the first *done* annotations already."""

    id: int
    check: WantedCheck
    done: int


@dataclass(frozen=True, slots=True)
class AbandonCheck:
    """Complete the run *id* as cancelled: another takes its place."""

    id: int


@dataclass(frozen=True, slots=True)
class CreateSummary:
    body: str


@dataclass(frozen=True, slots=True)
class EditSummary:
    id: int
    body: str


@dataclass(frozen=True, slots=True)
class DeleteSummary:
    id: int


@dataclass(frozen=True, slots=True)
class PostReview:
    """All new comments at once: one notification."""

    head_sha: str
    comments: tuple[WantedInline, ...]


@dataclass(frozen=True, slots=True)
class EditInline:
    id: int
    body: str


@dataclass(frozen=True, slots=True)
class DeleteInline:
    id: int


@dataclass(frozen=True, slots=True)
class Hide:
    """Minimise a comment on a line, or a review, as resolved."""

    node: str


@dataclass(frozen=True, slots=True)
class Show:
    """The way back from ``Hide``: what was mended is wrong again."""

    node: str


Action: TypeAlias = (
    CreateCheck
    | CompleteCheck
    | AbandonCheck
    | CreateSummary
    | EditSummary
    | DeleteSummary
    | PostReview
    | EditInline
    | DeleteInline
    | Hide
    | Show
)


def checks(wanted: WantedCheck, present: tuple[PresentCheck, ...]) -> tuple[Action, ...]:
    """What has to change so that the check runs *present* show *wanted*; nothing if they do."""
    return tuple(_check(wanted, present))


def comments(
    wanted: Wanted, summaries: tuple[PresentSummary, ...], inline: tuple[PresentInline, ...]
) -> tuple[Action, ...]:
    """What has to change so that the comments show *wanted*; nothing if they do."""
    return (*_summary(wanted, summaries), *_inline(wanted, inline))


def creates(actions: Iterable[Action]) -> bool:
    """Whether *actions* add something to a pull request that is there once only."""
    return any(isinstance(each, CreateSummary | PostReview) for each in actions)


def doubled(
    summaries: tuple[PresentSummary, ...], inline: tuple[PresentInline, ...]
) -> tuple[Action, ...]:
    """
    What has to go because it is said twice; the oldest of each stays.

    GitHub knows no idempotent POST. A process that stood still between reading
    and writing was taken for dead meanwhile, and its work was done by another:
    only a look afterwards tells.
    """
    return (*_more_summaries(summaries), *_without(_repeated(inline), inline))


def batches(annotations: tuple[Annotation, ...], done: int = 0) -> list[tuple[Annotation, ...]]:
    """The annotations after the first *done*, in the portions of one request; at least one."""
    left = annotations[done:]
    return [left[at : at + BATCH] for at in range(0, len(left), BATCH)] or [()]


def same(one: str, other: str) -> bool:
    """Whether two bodies are one text: what stores them may change the line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _check(wanted: WantedCheck, present: tuple[PresentCheck, ...]) -> Iterator[Action]:
    newest = max(present, key=lambda run: run.id, default=None)
    mine = [run for run in present if run.attempt == wanted.attempt]
    for run in mine:
        if run.completed and run.digest == wanted.digest:
            yield from _abandon(run for run in present if not run.completed)
            return
    going = next((run for run in reversed(mine) if not run.completed), None)
    if going is not None and _continues(going, wanted):
        yield from _abandon(run for run in present if not run.completed and run is not going)
        yield CompleteCheck(going.id, wanted, going.annotations)
        return
    yield from _abandon(run for run in present if not run.completed)
    said = newest is not None and newest.completed and newest.digest == wanted.digest
    if not said or (wanted.again and not mine):
        yield CreateCheck(wanted)


def _continues(run: PresentCheck, wanted: WantedCheck) -> bool:
    """Whether *run* can become *wanted*: it has no annotations of something else."""
    return run.annotations == 0 or (
        run.digest == wanted.digest and run.annotations <= len(wanted.annotations)
    )


def _abandon(runs: Iterable[PresentCheck]) -> Iterator[Action]:
    yield from (AbandonCheck(run.id) for run in runs)


def _summary(wanted: Wanted, present: tuple[PresentSummary, ...]) -> Iterator[Action]:
    body = wanted.summary
    if not present:
        if body is not None:
            yield CreateSummary(body)
        return
    first = present[0]
    body = wanted.farewell if body is None else body
    if body is not None and not same(first.body, body):
        yield EditSummary(first.id, body)
    yield from _more_summaries(present)


def _more_summaries(present: tuple[PresentSummary, ...]) -> Iterator[Action]:
    yield from (DeleteSummary(each.id) for each in present[1:])


def _inline(wanted: Wanted, present: tuple[PresentInline, ...]) -> Iterator[Action]:
    if wanted.standing is None:
        return
    places = {each.fingerprint: each for each in wanted.inline}
    mended = [each for each in present if each.fingerprint not in wanted.standing]
    moved = _moved(wanted, places, present)
    gone = {*_repeated(present), *moved, *(each.id for each in mended if not each.replied)}
    yield from _without(gone, present)
    yield from (Hide(each.node) for each in mended if each.id not in gone and not each.hidden)
    first: dict[str, PresentInline] = {}
    for comment in present:
        if comment.fingerprint in wanted.standing and comment.id not in gone:
            first.setdefault(comment.fingerprint, comment)
    for fingerprint, comment in first.items():
        if comment.hidden:
            yield Show(comment.node)
        place = places.get(fingerprint)
        if place and not same(comment.body, place.body) and not _misplaced(comment, place):
            yield EditInline(comment.id, place.body)
    new = tuple(each for each in places.values() if each.fingerprint not in first)
    if new:
        yield PostReview(wanted.check.head_sha, new)


def _moved(
    wanted: Wanted, places: Mapping[str, WantedInline], present: tuple[PresentInline, ...]
) -> set[int]:
    """
    Those that have to be posted anew: what they say is true still, and they stand where it is not seen.

    For each commit once, whatever GitHub then says of their lines; a thread in which
    somebody answered stays what it is.
    """
    repeated = _repeated(present)
    left = [each for each in present if each.id not in repeated]
    many = Counter(each.fingerprint for each in left)
    found = set()
    for comment in left:
        place = places.get(comment.fingerprint)
        if place is None or comment.replied or many[comment.fingerprint] > 1:
            continue
        # One of an unknown commit may be of this: posted at each review it would never come to rest.
        unseen = comment.outdated and comment.made_on not in ("", wanted.check.head_sha)
        if unseen or (_misplaced(comment, place) and not same(comment.body, place.body)):
            found.add(comment.id)
    return found


def _misplaced(comment: PresentInline, place: WantedInline) -> bool:
    """Whether the click that *place* offers would change other lines, where *comment* stands."""
    return place.suggests and comment.lines not in (None, (place.start_line, place.line))


def _repeated(present: tuple[PresentInline, ...]) -> set[int]:
    """All but the first of each fingerprint, except where somebody has answered."""
    seen: set[str] = set()
    found: set[int] = set()
    for comment in present:
        if comment.fingerprint in seen and not comment.replied:
            found.add(comment.id)
        seen.add(comment.fingerprint)
    return found


def _without(gone: set[int], present: tuple[PresentInline, ...]) -> Iterator[Action]:
    """
    Delete the comments *gone*; a review of which none is left would speak of nothing.

    GitHub deletes no review that was submitted, so it is minimised: first, since
    only its comments lead to it.
    """
    left = {each.review for each in present if each.id not in gone}
    empty = {each.review: None for each in present if each.id in gone and each.review not in left}
    yield from (Hide(review) for review in empty if review is not None)
    yield from (DeleteInline(each.id) for each in present if each.id in gone)
