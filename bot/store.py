"""What commands and pages remember: reports, acceptances, and small notes."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bot.database import insert, now, reader
from bot.jobs.model import Repository
from bot.services import Acceptance, Document, Report
from bot.tables import acceptances, notes, pull_requests, reports

MANY = 500
"""Values of one statement; databases have a bound on them."""


class SqlStore:
    """``bot.services.Store`` on the product's own tables; safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)
        self._now = now(engine)

    def save_report(
        self,
        key: str,
        repository: Repository,
        *,
        number: int | None,
        head_sha: str,
        document: Document,
    ) -> None:
        """Keep *document* under *key*; saving it again replaces it."""
        values: dict[str, Any] = {
            "repository_id": repository.id,
            "full_name": repository.full_name,
            "installation": repository.installation,
            "number": number,
            "head_sha": head_sha,
            "document": dict(document),
            "at": self._now,
        }
        statement = insert(self._engine, reports).values(key=key, **values)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))

    def latest_report(self, repository_id: int, number: int, but: str = "") -> Report | None:
        """The newest report of a pull request; *but* is the key of one that does not count."""
        return self._report(
            sa.select(reports)
            .where(
                reports.c.repository_id == repository_id,
                reports.c.number == number,
                reports.c.key != but,
            )
            .order_by(reports.c.at.desc(), reports.c.key.desc())
            .limit(1)
        )

    def report(self, key: str) -> Report | None:
        return self._report(sa.select(reports).where(reports.c.key == key))

    def prune_reports(self, older_than_seconds: float) -> int:
        """Delete the reports of before; the newest of each pull request is no exception."""
        with self._engine.begin() as connection:
            gone = connection.execute(
                sa.delete(reports).where(reports.c.at < self._now - older_than_seconds)
            ).rowcount
            connection.execute(sa.delete(notes).where(notes.c.at < self._now - older_than_seconds))
        return gone

    def forget_repositories(self, installation: int, ids: tuple[int, ...]) -> None:
        """
        Delete what is kept of the repositories *ids* of an installation that is gone; of all without *ids*.

        To be called before the ledger forgets them: it knows which they are.
        """
        which = reports.c.installation == installation
        if ids:
            which = sa.and_(which, reports.c.repository_id.in_(ids))
        with self._engine.begin() as connection:
            gone = _left(connection, installation, ids)
            connection.execute(sa.delete(reports).where(which))
            connection.execute(sa.delete(acceptances).where(acceptances.c.repository_id.in_(gone)))
            keys = connection.execute(sa.select(notes.c.key)).scalars()
            said = [key for key in keys if _repository_of(key) in gone]
            for at in range(0, len(said), MANY):
                few = said[at : at + MANY]
                connection.execute(sa.delete(notes).where(notes.c.key.in_(few)))

    def prune_acceptances(self) -> None:
        """Delete what was accepted for pull requests that the ledger has forgotten."""
        row = sa.select(pull_requests.c.number).where(
            pull_requests.c.repository_id == acceptances.c.repository_id,
            pull_requests.c.number == acceptances.c.number,
        )
        with self._engine.begin() as connection:
            connection.execute(sa.delete(acceptances).where(sa.not_(row.exists())))

    def acceptances(self, repository_id: int, number: int) -> tuple[Acceptance, ...]:
        query = (
            sa.select(acceptances)
            .where(acceptances.c.repository_id == repository_id, acceptances.c.number == number)
            .order_by(acceptances.c.rule, acceptances.c.migration)
        )
        with self._reader.begin() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            Acceptance(
                rule=row["rule"],
                migration=row["migration"] or None,
                fingerprints=tuple(row["fingerprints"]),
                reason=row["reason"],
                by=row["by"],
                at=row["at"],
            )
            for row in rows
        )

    def accept(self, repository_id: int, number: int, acceptance: Acceptance) -> None:
        """Remember it; the same rule and migration again replaces what was said before."""
        values: dict[str, Any] = {
            "fingerprints": list(acceptance.fingerprints),
            "reason": acceptance.reason,
            "by": acceptance.by,
            "at": acceptance.at,
        }
        statement = insert(self._engine, acceptances).values(
            repository_id=repository_id,
            number=number,
            rule=acceptance.rule,
            migration=acceptance.migration or "",
            **values,
        )
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["repository_id", "number", "rule", "migration"], set_=values
                )
            )

    def unaccept(self, repository_id: int, number: int, rule: str) -> int:
        """Forget what was accepted of *rule*; how many there were."""
        with self._engine.begin() as connection:
            return connection.execute(
                sa.delete(acceptances).where(
                    acceptances.c.repository_id == repository_id,
                    acceptances.c.number == number,
                    acceptances.c.rule == rule,
                )
            ).rowcount

    def note(self, key: str) -> str | None:
        """What is remembered under *key*. Of a repository's: what it is, its id, and one word more."""
        with self._reader.begin() as connection:
            value = connection.execute(sa.select(notes.c.value).where(notes.c.key == key)).scalar()
        return None if value is None else str(value)

    def remember(self, key: str, value: str) -> None:
        values: dict[str, Any] = {"value": value, "at": self._now}
        statement = insert(self._engine, notes).values(key=key, **values)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))

    def _report(self, query: sa.Select[Any]) -> Report | None:
        with self._reader.begin() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        document: Mapping[str, Any] = row["document"]
        return Report(
            key=row["key"],
            repository=Repository(
                id=row["repository_id"],
                full_name=row["full_name"],
                installation=row["installation"],
            ),
            number=row["number"],
            head_sha=row["head_sha"],
            document=document,
            at=datetime.datetime.fromtimestamp(row["at"], datetime.UTC).isoformat(
                timespec="seconds"
            ),
        )


def _left(connection: sa.Connection, installation: int, ids: tuple[int, ...]) -> frozenset[int]:
    """The repositories *ids* of *installation*, or all, without those that have gone to another one."""
    of = pull_requests.c
    asked = frozenset(ids) or frozenset(
        connection.execute(
            sa.union(
                sa.select(of.repository_id).where(of.installation == installation),
                sa.select(reports.c.repository_id).where(reports.c.installation == installation),
            )
        ).scalars()
    )
    elsewhere = sa.select(of.repository_id).where(of.installation != installation).distinct()
    return asked - frozenset(connection.execute(elsewhere).scalars())


def _repository_of(key: str) -> int | None:
    """The id of the repository that a note is of; None where it is of something else."""
    words = key.split()
    return (
        int(words[-2]) if len(words) > 2 and words[-2].isascii() and words[-2].isdigit() else None
    )
