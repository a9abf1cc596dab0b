"""
What jobs write down about pull requests and about one another.

A pull request's row is the desired state: every event that asks for a review
takes the next number (``wanted``; the first is the time in milliseconds, for a row
that is forgotten and made anew must not take a number twice: the queue knows reviews
by it), a review that ends writes the number that it had seen when it began
(``judged``). So one review serves every event before it,
none is lost when they come out of order or twice, and no running job has to be
cancelled: it looks here, and ends by itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from analyzers.frozen import dataclass
from bot.database import insert, now, reader
from bot.jobs.model import PullRequest, Repository
from bot.tables import failures, heartbeats, pauses, pull_requests

_of = pull_requests.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The row of a pull request."""

    repository: Repository
    number: int
    wanted: int
    wanted_sha: str
    again: bool
    claimed: int
    claimed_sha: str
    judged: int
    judged_sha: str
    judged_base: str
    open: bool
    base_ref: str
    touches: bool
    conflicts: tuple[int, ...]
    """Open pull requests that this one was said to conflict with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A review that has begun: its number, and whether somebody is waiting for a new check run."""

    attempt: int
    again: bool
    first_of_head: bool
    """This head has not been judged before."""


class Ledger:
    """The rows that jobs share; safe for threads, processes and machines."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)
        self._now = now(engine)

    # Pull requests

    def want(
        self, repository: Repository, number: int, *, head_sha: str = "", again: bool = False
    ) -> int:
        """Ask for a review of what stands there from now on; the number of this wish."""
        with self._engine.begin() as connection:
            statement = insert(self._engine, pull_requests).values(
                repository_id=repository.id,
                number=number,
                installation=repository.installation,
                full_name=repository.full_name,
                wanted=sa.cast(self._now * 1000, sa.BigInteger),
                wanted_sha=head_sha,
                again=again,
                updated_at=self._now,
            )
            changes: dict[str, Any] = {
                "wanted": _of.wanted + 1,
                "installation": repository.installation,
                "full_name": repository.full_name,
                "updated_at": self._now,
            }
            if head_sha:
                changes["wanted_sha"] = head_sha
            if again:
                changes["again"] = True
            wish = connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["repository_id", "number"], set_=changes
                ).returning(_of.wanted)
            ).scalar_one()
        return int(wish)

    def standing(self, repository_id: int, number: int) -> Standing | None:
        query = sa.select(pull_requests).where(
            _of.repository_id == repository_id, _of.number == number
        )
        with self._reader.begin() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _standing(row)

    def claim(self, pull: PullRequest) -> Claim:
        """
        Begin to judge the head of *pull*, or go on after a kill.

        The number of the attempt grows with each that begins, and stays the
        same until that one has ended: what it publishes is found again.
        """
        where = (_of.repository_id == pull.repository.id, _of.number == pull.number)
        with self._engine.begin() as connection:
            row = (
                connection.execute(sa.select(pull_requests).where(*where).with_for_update())
                .mappings()
                .one()
            )
            attempt = int(row["claimed"])
            going_on = row["claimed_sha"] == pull.head_sha
            if not going_on:
                attempt += 1
            connection.execute(
                sa.update(pull_requests)
                .where(*where)
                .values(
                    claimed=attempt,
                    claimed_sha=pull.head_sha,
                    base_ref=pull.base_ref,
                    full_name=pull.repository.full_name,
                    open=pull.open,
                    updated_at=self._now,
                )
            )
        return Claim(
            attempt=attempt,
            again=bool(row["again"]),
            first_of_head=row["judged_sha"] != pull.head_sha,
        )

    def judged(
        self,
        pull: PullRequest,
        *,
        wish: int,
        has_verdict: bool,
        base_sha: str,
        touches: bool,
        conflicts: tuple[int, ...],
    ) -> None:
        """
        What there is to say about the head of *pull* is published, which answers every wish up to *wish*.

        Where that was not a verdict (*has_verdict*), the head still counts as not judged.
        """
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(pull_requests)
                .where(_of.repository_id == pull.repository.id, _of.number == pull.number)
                .values(
                    judged=sa.case((_of.judged > wish, _of.judged), else_=wish),
                    judged_sha=pull.head_sha if has_verdict else "",
                    judged_base=base_sha,
                    claimed_sha="",
                    # Asked for again while this one ran: that is for the next one.
                    again=sa.and_(_of.again, _of.wanted > wish),
                    touches=touches,
                    conflicts=list(conflicts),
                    updated_at=self._now,
                )
            )

    def answered(self, repository_id: int, number: int, *, wish: int) -> None:
        """Every wish up to *wish* has its answer in what is published already."""
        later = sa.case((_of.judged > wish, _of.judged), else_=wish)
        self._set(repository_id, number, judged=later)

    def let_go(self, repository_id: int, number: int) -> None:
        """The attempt that was begun will not be published; the next one gets a number of its own."""
        self._set(repository_id, number, claimed_sha="")

    def close(self, repository_id: int, number: int) -> Standing | None:
        """
        It is closed; what it was, for those that it was said to conflict with.

        An attempt that was begun is ended by whoever made it, or takes it up after a kill.
        """
        before = self.standing(repository_id, number)
        self._set(repository_id, number, open=False, conflicts=[])
        return before

    def touching(self, repository_id: int, base_ref: str | None) -> tuple[Standing, ...]:
        """
        The open pull requests that touch models or migrations, by number; all
        of the repository without *base_ref*.
        """
        into = sa.true() if base_ref is None else _of.base_ref == base_ref
        return self._open(repository_id, _of.touches, into)

    def of_head(self, repository_id: int, head_sha: str) -> tuple[Standing, ...]:
        """The open pull requests whose last verdict is of this commit, by number."""
        return self._open(repository_id, _of.judged_sha == head_sha)

    def open_into(self, repository_id: int, base_ref: str) -> tuple[Standing, ...]:
        """The open pull requests into *base_ref* that we know of, by number."""
        return self._open(repository_id, _of.base_ref == base_ref)

    def concerned(self, repository_id: int, base_ref: str) -> tuple[Standing, ...]:
        """The open pull requests whose verdict the base has a part in, by number: those without one as well."""
        concerned = sa.or_(_of.touches, _of.judged_sha == "")
        return self._open(repository_id, _of.base_ref == base_ref, concerned)

    def _open(
        self, repository_id: int, *conditions: sa.ColumnElement[bool]
    ) -> tuple[Standing, ...]:
        query = (
            sa.select(pull_requests)
            .where(_of.repository_id == repository_id, _of.open, *conditions)
            .order_by(_of.number)
        )
        with self._reader.begin() as connection:
            return tuple(_standing(row) for row in connection.execute(query).mappings())

    def overdue(self, older_than_seconds: float) -> tuple[Standing, ...]:
        """Open pull requests with a wish that nobody answered for so long; there should be none."""
        query = (
            sa.select(pull_requests)
            .where(
                _of.open,
                _of.wanted > _of.judged,
                _of.updated_at < self._now - older_than_seconds,
            )
            .order_by(_of.repository_id, _of.number)
            .limit(500)
        )
        with self._reader.begin() as connection:
            return tuple(_standing(row) for row in connection.execute(query).mappings())

    def forget_repositories(self, installation: int, ids: tuple[int, ...]) -> tuple[int, ...]:
        """Forget the pull requests of an installation that is gone; the ids of its repositories."""
        which = _of.installation == installation
        if ids:
            which = sa.and_(which, _of.repository_id.in_(ids))
        with self._engine.begin() as connection:
            known = connection.execute(
                sa.select(_of.repository_id).where(which).distinct()
            ).scalars()
            gone = tuple(sorted({*known, *ids}))
            connection.execute(sa.delete(pull_requests).where(which))
        return gone

    def repositories(self) -> frozenset[int]:
        """The ids of all repositories of which pull requests are known."""
        with self._reader.begin() as connection:
            return frozenset(connection.execute(sa.select(_of.repository_id).distinct()).scalars())

    def prune_closed(self, older_than_seconds: float) -> int:
        with self._engine.begin() as connection:
            return connection.execute(
                sa.delete(pull_requests).where(
                    sa.not_(_of.open), _of.updated_at < self._now - older_than_seconds
                )
            ).rowcount

    # Rate limits

    def pause(self, installation: int, seconds: float) -> None:
        """Ask nothing of GitHub for *installation* for so long; a longer pause stays."""
        until = self._now + max(0.0, seconds)
        statement = insert(self._engine, pauses).values(installation=installation, until=until)
        longer = sa.case((pauses.c.until > until, pauses.c.until), else_=until)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["installation"], set_={"until": longer}
                )
            )

    def paused(self, installation: int) -> float:
        """For how many seconds nothing may be asked for *installation*; 0 as a rule."""
        query = sa.select(pauses.c.until - self._now).where(pauses.c.installation == installation)
        with self._reader.begin() as connection:
            left = connection.execute(query).scalar()
        return max(0.0, float(left or 0.0))

    # Processes

    def beat(self, executor: str) -> None:
        """*executor* is alive."""
        values: dict[str, Any] = {"at": self._now}
        statement = insert(self._engine, heartbeats).values(executor=executor, **values)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["executor"], set_=values)
            )

    def leave(self, executor: str) -> None:
        """*executor* stops, in good order: what it holds may be taken over at once."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(heartbeats).where(heartbeats.c.executor == executor))

    def alive(self, within_seconds: float) -> frozenset[str]:
        """Who has beaten lately."""
        query = sa.select(heartbeats.c.executor).where(
            heartbeats.c.at >= self._now - within_seconds
        )
        with self._reader.begin() as connection:
            return frozenset(connection.execute(query).scalars())

    def prune_beats(self, older_than_seconds: float) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                sa.delete(heartbeats).where(heartbeats.c.at < self._now - older_than_seconds)
            )

    def clock(self) -> float:
        """The database's time, in seconds since the epoch."""
        with self._reader.begin() as connection:
            return float(connection.execute(sa.select(self._now)).scalar_one())

    # Deliveries whose work failed for good

    def failed(self, delivery: str, reason: str) -> None:
        """The work for *delivery* ended badly; its redelivery may run again."""
        values: dict[str, Any] = {"reason": reason[:2000], "at": self._now}
        statement = insert(self._engine, failures).values(delivery=delivery, times=1, **values)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["delivery"], set_={"times": failures.c.times + 1, **values}
                )
            )

    def failures(self, delivery: str) -> int:
        """How often the work for *delivery* ended badly."""
        query = sa.select(failures.c.times).where(failures.c.delivery == delivery)
        with self._reader.begin() as connection:
            return int(connection.execute(query).scalar() or 0)

    def prune_failures(self, older_than_seconds: float) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                sa.delete(failures).where(failures.c.at < self._now - older_than_seconds)
            )

    def _set(self, repository_id: int, number: int, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(pull_requests)
                .where(_of.repository_id == repository_id, _of.number == number)
                .values(updated_at=self._now, **values)
            )


def _standing(row: sa.RowMapping) -> Standing:
    return Standing(
        repository=Repository(
            id=row["repository_id"], full_name=row["full_name"], installation=row["installation"]
        ),
        number=row["number"],
        wanted=row["wanted"],
        wanted_sha=row["wanted_sha"],
        again=bool(row["again"]),
        claimed=row["claimed"],
        claimed_sha=row["claimed_sha"],
        judged=row["judged"],
        judged_sha=row["judged_sha"],
        judged_base=row["judged_base"],
        open=bool(row["open"]),
        base_ref=row["base_ref"],
        touches=bool(row["touches"]),
        conflicts=tuple(row["conflicts"]),
    )
