"""The rows that jobs share, on SQLite and on PostgreSQL, also when many write at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.database import connect, open_database, teach_subseconds
from bot.jobs.ledger import Ledger
from bot.jobs.model import PullRequest, Repository
from bot.services import Acceptance
from bot.store import SqlStore
from bot.tables import metadata
from tests.support import postgres

SHOP = Repository(id=2**40, full_name="acme/shop", installation=2**33)
ACCEPTED = Acceptance(
    rule="column-removed",
    migration=None,
    fingerprints=("f1", "f2"),
    reason="it's fine",
    by="eve",
    at="2026-01-01T00:00:00+00:00",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        made = open_database(f"sqlite:///{tmp_path}/test.sqlite")
        yield made
        made.dispose()
        return
    with postgres.fresh_database() as name:
        made = open_database("postgresql+psycopg://" + postgres.uri(name).split("://", 1)[1])
        yield made
        made.dispose()


@pytest.fixture
def ledger(engine: sa.Engine) -> Ledger:
    return Ledger(engine)


def pull(head: str = "a", number: int = 1) -> PullRequest:
    return PullRequest(
        repository=SHOP,
        number=number,
        head_sha=head * 40,
        head_ref="f",
        base_ref="main",
        base_sha="0" * 40,
        author="eve",
    )


def judged(ledger: Ledger, of: PullRequest, wish: int, *, touches: bool = True) -> None:
    ledger.judged(of, wish=wish, has_verdict=True, base_sha="b" * 40, touches=touches, conflicts=())


def test_the_history_leads_to_the_tables_that_the_code_names(engine: sa.Engine) -> None:
    """Also for a second process that starts at the same time, and back again."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with ThreadPoolExecutor(3) as pool:
        for other in pool.map(open_database, [engine.url.render_as_string(False)] * 3):
            other.dispose()
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "twostep_alembic_version"}
        )
        assert compare_metadata(context, metadata) == []


def test_each_wish_has_a_number_of_its_own(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        wishes = [*pool.map(lambda _: ledger.want(SHOP, 1, head_sha="a" * 40), range(40))]

    assert sorted(wishes) == [*range(min(wishes), min(wishes) + 40)]


def test_a_row_that_was_forgotten_takes_no_number_again(ledger: Ledger) -> None:
    """The queue remembers reviews by them, and would begin none a second time."""
    before = [ledger.want(SHOP, 1) for _ in range(3)]
    ledger.forget_repositories(SHOP.installation, ())
    time.sleep(0.01)

    assert ledger.want(SHOP, 1) > max(before)


def test_an_attempt_keeps_its_number_until_it_has_ended(ledger: Ledger) -> None:
    """After a kill the same attempt goes on; a head that comes back later gets another."""
    wish = ledger.want(SHOP, 1)
    assert [ledger.claim(pull("a")).attempt for _ in range(2)] == [1, 1]
    judged(ledger, pull("a"), wish)
    assert ledger.claim(pull("b")).attempt == 2
    assert ledger.claim(pull("a")).attempt == 3
    ledger.let_go(SHOP.id, 1)
    assert ledger.claim(pull("a")).attempt == 4


def test_asking_again_during_a_review_is_for_the_next_one(ledger: Ledger) -> None:
    first = ledger.want(SHOP, 1, again=True)
    assert ledger.claim(pull()).again
    ledger.want(SHOP, 1, again=True)
    judged(ledger, pull(), first)
    assert ledger.claim(pull()).again
    judged(ledger, pull(), first + 1)
    assert not ledger.claim(pull()).again


def test_a_review_answers_what_was_wished_before_it_and_nothing_later(ledger: Ledger) -> None:
    first, second, third = (ledger.want(SHOP, 1) for _ in range(3))
    ledger.claim(pull())
    judged(ledger, pull(), second)
    standing = ledger.standing(SHOP.id, 1)
    assert standing is not None
    assert (standing.wanted, standing.judged) == (third, second)
    judged(ledger, pull(), first)
    standing = ledger.standing(SHOP.id, 1)
    assert standing is not None
    assert standing.judged == second, "it never goes back"


def test_neighbours_are_open_touch_migrations_and_have_the_same_base(ledger: Ledger) -> None:
    for number, touches in ((1, True), (2, False), (3, True)):
        wish = ledger.want(SHOP, number)
        ledger.claim(pull(number=number))
        judged(ledger, pull(number=number), wish, touches=touches)
    ledger.close(SHOP.id, 3)

    assert [each.number for each in ledger.touching(SHOP.id, "main")] == [1]
    assert ledger.touching(SHOP.id, "other") == ()


def test_a_longer_pause_stays(ledger: Ledger) -> None:
    assert ledger.paused(1) == 0
    ledger.pause(1, 60)
    ledger.pause(1, 5)

    assert 50 < ledger.paused(1) <= 60
    assert ledger.paused(2) == 0


def test_who_does_not_beat_is_dead(ledger: Ledger) -> None:
    ledger.beat("one")
    ledger.beat("two")
    assert ledger.alive(5) == {"one", "two"}
    ledger.leave("two")
    assert ledger.alive(5) == {"one"}
    assert ledger.alive(-1) == frozenset()


def test_a_delivery_that_failed_counts_how_often(ledger: Ledger) -> None:
    assert ledger.failures("g") == 0
    ledger.failed("g", "why")
    ledger.failed("g", "why")
    assert ledger.failures("g") == 2


def test_what_an_installation_leaves_behind_is_forgotten(engine: sa.Engine) -> None:
    ledger, store = Ledger(engine), SqlStore(engine)
    ledger.want(SHOP, 1)
    store.save_report("k", SHOP, number=1, head_sha="a" * 40, document={"version": 1})

    store.forget_repositories(SHOP.installation, ())
    assert ledger.forget_repositories(SHOP.installation, ()) == (SHOP.id,)
    assert store.report("k") is None
    assert ledger.standing(SHOP.id, 1) is None


@pytest.mark.parametrize("ids", [(), (SHOP.id,)])
def test_what_people_said_goes_with_the_repository(engine: sa.Engine, ids: tuple[int, ...]) -> None:
    """Names and free text of a repository that the App may not see any more; nobody else's."""
    ledger, store = Ledger(engine), SqlStore(engine)
    other = Repository(id=7, full_name="other/shop", installation=9)
    notes = ("published {} 1", "help shown {} 1", "merge group {} abc", "merge group gone {} abc")
    for each in (SHOP, other):
        ledger.want(each, 1)
        store.accept(each.id, 1, ACCEPTED)
        for note in notes:
            store.remember(note.format(each.id), "x")
    redelivered = f"redelivered 0c9e77a0-c6a1-11f0-8d6c-5b1d3d4f6a11 {SHOP.id}"
    store.remember(redelivered, "of a delivery, whose number happens to be the same")

    store.forget_repositories(SHOP.installation, ids)

    assert store.acceptances(SHOP.id, 1) == ()
    assert store.acceptances(other.id, 1) == (ACCEPTED,)
    assert [store.note(note.format(SHOP.id)) for note in notes] == [None] * 4
    assert [store.note(note.format(other.id)) for note in notes] == ["x"] * 4
    assert store.note(redelivered) is not None


@pytest.mark.parametrize("ids", [(), (SHOP.id,)])
def test_a_repository_that_has_gone_to_another_installation_keeps_what_was_said(
    engine: sa.Engine, ids: tuple[int, ...]
) -> None:
    ledger, store = Ledger(engine), SqlStore(engine)
    store.save_report("k", SHOP, number=1, head_sha="a" * 40, document={"version": 1})
    store.accept(SHOP.id, 1, ACCEPTED)
    ledger.want(Repository(id=SHOP.id, full_name="new/shop", installation=9), 1)

    store.forget_repositories(SHOP.installation, ids)

    assert store.report("k") is None
    assert store.acceptances(SHOP.id, 1) == (ACCEPTED,)


def test_what_was_accepted_goes_after_its_pull_request(engine: sa.Engine) -> None:
    ledger, store = Ledger(engine), SqlStore(engine)
    for number in (1, 2):
        ledger.want(SHOP, number)
        store.accept(SHOP.id, number, ACCEPTED)
    ledger.close(SHOP.id, 2)
    store.prune_acceptances()
    assert store.acceptances(SHOP.id, 2) == (ACCEPTED,), "it may be opened again"

    assert ledger.prune_closed(-1) == 1
    store.prune_acceptances()

    assert store.acceptances(SHOP.id, 1) == (ACCEPTED,)
    assert store.acceptances(SHOP.id, 2) == ()


def test_the_repositories_are_known_that_have_pull_requests(ledger: Ledger) -> None:
    ledger.want(SHOP, 1)
    ledger.want(SHOP, 2)

    assert ledger.repositories() == {SHOP.id}


def test_reports_acceptances_and_notes_are_found_again(engine: sa.Engine) -> None:
    store = SqlStore(engine)
    for key in ("1.1", "1.2"):
        store.save_report(key, SHOP, number=1, head_sha=key, document={"findings": [{"é": 1}]})
    latest = store.latest_report(SHOP.id, 1)
    assert latest is not None
    assert (latest.key, latest.document) == ("1.2", {"findings": [{"é": 1}]})
    store.accept(SHOP.id, 1, ACCEPTED)
    store.accept(SHOP.id, 1, ACCEPTED)
    assert store.acceptances(SHOP.id, 1) == (ACCEPTED,)
    assert store.unaccept(SHOP.id, 1, "column-removed") == 1
    assert store.acceptances(SHOP.id, 1) == ()
    store.remember("k", "v")
    assert (store.note("k"), store.note("other")) == ("v", None)
    assert store.prune_reports(-1) == 2


def test_a_database_that_is_away_says_so_soon() -> None:
    engine = connect("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(sa.exc.OperationalError):
        Ledger(engine).beat("x")


def test_every_sqlite_tells_the_time_in_parts_of_a_second(tmp_path: Path) -> None:
    """The queue's library asks for it on Python 3.12 and newer; SQLite answers by itself since 3.42."""
    teach_subseconds()
    engine = connect(f"sqlite:///{tmp_path}/test.sqlite")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE made (n INTEGER, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))"
        )
        connection.exec_driver_sql("INSERT INTO made (n) VALUES (1)")
        (at,) = connection.exec_driver_sql("SELECT at FROM made").one()
    engine.dispose()

    assert abs(at / 1000 - time.time()) < 60
