"""Slash commands: who may, what is answered, and that twice is once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.commands._answer import answer
from bot.commands._command import Who, all_commands, parse
from bot.commands.help import help_text
from bot.database import open_database
from bot.errors import GitHubRefused
from bot.events import command_lines
from bot.jobs.accepted import with_acceptances
from bot.jobs.model import ButtonPressed, CommandSaid, Job, Repository, ReviewWanted
from bot.services import Services
from bot.store import SqlStore
from tests.support.documents import EVIL, sample

SHOP = Repository(id=7, full_name="acme/shop", installation=3)
REVIEW = ReviewWanted(repository=SHOP, number=12, why="command", again=True)


@dataclass
class People:
    """Who may do what, and what was said to them."""

    permissions: dict[str, str] = field(
        default_factory=lambda: {"wendy": "write", "ada": "admin", "rob": "read"}
    )
    author: str = "forker"
    locked: bool = False
    open: bool = True
    reactions: list[str] = field(default_factory=list)
    replies: dict[int, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def permission(self, repository: Repository, login: str) -> str:
        return self.permissions.get(login, "none")

    def pull_request(self, repository: Repository, number: int) -> Any:
        return SimpleNamespace(author=self.author, open=self.open)

    def pull_requests_of(self, repository: Repository, sha: str) -> tuple[int, ...]:
        return (12,)

    def react(
        self, repository: Repository, comment: int, reaction: str, *, on_review: bool
    ) -> None:
        if self.locked:
            raise GitHubRefused("locked", 403)
        self.reactions.append(reaction)

    def reply(
        self, repository: Repository, number: int, comment: int, body: str, *, on_review: bool
    ) -> None:
        if self.locked:
            raise GitHubRefused("locked", 403)
        self.replies.setdefault(comment, body)

    def say(self, repository: Repository, number: int, mark: str, body: str) -> None:
        if self.locked:
            raise GitHubRefused("locked", 403)
        self.said.setdefault(mark, body)


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def services(people: People, tmp_path: Path) -> Iterator[Services]:
    engine = open_database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    store = SqlStore(engine)
    store.save_report("r1", SHOP, number=12, head_sha="2" * 40, document=sample())
    yield cast(
        Services,
        SimpleNamespace(
            github=people,
            store=store,
            settings=SimpleNamespace(github_url="https://github.com"),
            report_url=lambda key: f"https://twostep.example/reviews/{key}/s",
        ),
    )
    engine.dispose()


def say(
    services: Services, *lines: str, author: str = "wendy", comment: int = 1, number: int = 12
) -> tuple[Job, ...]:
    job = CommandSaid(
        repository=SHOP, number=number, comment=comment, on_review=False, author=author, lines=lines
    )
    return tuple(answer(job, services))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/twostep", "/twostep help"),
        ("/twostep help", "/twostep accept RULE [MIGRATION] because REASON"),
        ("/twostep plan", "Split it into 2 pull requests"),
        ("/twostep rollback", "python manage.py migrate orders 0030_order_total"),
        ("/twostep sql", "ACCESS EXCLUSIVE"),
        ("/twostep sql 0031_order_note", 'ADD COLUMN "note"'),
        ("/twostep graph", "```mermaid"),
        (
            "/twostep explain `conflicting-leaf-nodes`",
            "`conflicting-leaf-nodes` (error by default)",
        ),
    ],
)
@pytest.mark.parametrize("author", ["rob", "forker"])
def test_readers_and_the_author_are_answered(
    services: Services, people: People, command: str, expected: str, author: str
) -> None:
    assert say(services, command, author=author) == ()

    assert expected in people.replies[1]
    assert people.reactions == ["eyes", "rocket"]


@pytest.mark.parametrize("word", ["review", "recheck", "refresh", "REVIEW"])
def test_review_makes_a_new_review_and_says_nothing(
    services: Services, people: People, word: str
) -> None:
    assert say(services, f"/twostep {word}", author="rob") == (REVIEW,)
    assert people.replies == {}
    assert people.reactions == ["eyes", "rocket"]


def test_what_is_closed_is_not_said_to_be_reviewed(services: Services, people: People) -> None:
    people.open = False

    assert say(services, "/twostep review") == ()
    assert "closed" in people.replies[1]
    assert people.reactions == ["eyes", "confused"]


def test_strangers_are_refused_politely(services: Services, people: People) -> None:
    assert say(services, "/twostep plan", author="stranger") == ()
    assert people.replies[1].startswith("Sorry, ")
    assert people.reactions == ["eyes", "confused"]


@pytest.mark.parametrize("author", ["rob", "forker", "stranger"])
@pytest.mark.parametrize(
    "command", ["accept not-null-column-added because it is fine", "unaccept x"]
)
def test_only_who_may_write_accepts(
    services: Services, people: People, author: str, command: str
) -> None:
    assert say(services, f"/twostep {command}", author=author) == ()
    assert services.store.acceptances(SHOP.id, 12) == ()
    assert "whoever may write" in people.replies[1]


def test_what_is_accepted_survives_pushes_and_is_shown(services: Services, people: People) -> None:
    following = say(
        services,
        "/twostep accept not-null-column-added 0031_order_note because Table is empty @ada",
    )

    assert following == (REVIEW,)
    (acceptance,) = services.store.acceptances(SHOP.id, 12)
    assert (acceptance.by, acceptance.reason) == ("wendy", "Table is empty @ada")
    assert "`@ada`" in people.replies[1]
    moved = sample()
    for finding in moved["findings"]:
        finding["line"] += 20
    marked = with_acceptances(moved, services.store.acceptances(SHOP.id, 12))
    (accepted,) = [f for f in marked["findings"] if f["rule"] == "not-null-column-added"]
    assert accepted["accepted"]["by"] == "wendy"


def test_twice_is_once(services: Services, people: People) -> None:
    """A job that was killed after its answer does it all again."""
    command = "/twostep accept not-null-column-added because the table is empty"

    assert say(services, command) == say(services, command)
    assert len(services.store.acceptances(SHOP.id, 12)) == 1
    assert len(people.replies) == 1


def test_unaccept_takes_it_back(services: Services, people: People) -> None:
    say(services, "/twostep accept not-null-column-added because x")

    assert say(services, "/twostep unaccept not-null-column-added", comment=2) == (REVIEW,)
    assert services.store.acceptances(SHOP.id, 12) == ()
    assert "count again" in people.replies[2]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("accept", "A rule and a reason are needed"),
        ("accept not-null-column-added", "A rule and a reason are needed"),
        ("accept not-null-column-added because", "A rule and a reason are needed"),
        ("accept a b c because d", "A rule and a reason are needed"),
        ("accept not-null-colum-added because x", "Did you mean `not-null-column-added`?"),
        (
            "accept not-null-column-added 0001_other because x",
            "has no finding of `not-null-column-added` in `0001_other`. It has in `0031_order_note`.",
        ),
        ("unaccept", "Which rule?"),
        ("explain", "There are:"),
        ("explain conflicting-leaf-node", "Did you mean `conflicting-leaf-nodes`?"),
        ("sql 0031_order_nope", "Did you mean `0031_order_note`?"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_right(
    services: Services, people: People, command: str, expected: str
) -> None:
    assert say(services, f"/twostep {command}") == ()
    assert expected in people.replies[1]
    assert people.reactions == ["eyes", "confused"]


def test_unknown_commands_are_helped_once(services: Services, people: People) -> None:
    say(services, "/twostep reveiw", author="rob", comment=1)
    say(services, "/twostep dance", author="rob", comment=2)
    say(services, "/twostep reveiw", author="rob", comment=1)

    assert "Did you mean `review`?" in people.replies[1]
    assert help_text() in people.replies[1]
    assert [*people.replies] == [1]
    assert people.reactions == ["eyes", "confused"] * 3


def test_several_commands_get_one_answer(services: Services, people: People) -> None:
    following = say(services, "/twostep plan", "/twostep rollback", "/twostep review")

    assert following == (REVIEW,)
    assert people.replies[1].index("Split it") < people.replies[1].index("Rollback")


@pytest.mark.parametrize("command", ["plan", "sql", "rollback", "graph", "accept x because y"])
def test_without_a_review_one_is_started(services: Services, people: People, command: str) -> None:
    (job,) = say(services, f"/twostep {command}", number=13)

    assert isinstance(job, ReviewWanted)
    assert job.number == 13
    assert "has not been reviewed yet" in people.replies[1]


def test_a_locked_conversation_does_not_stop_the_work(services: Services, people: People) -> None:
    people.locked = True

    assert say(services, "/twostep plan", "/twostep review") == (REVIEW,)


def test_hostile_arguments_are_shown_as_names(services: Services, people: People) -> None:
    say(services, f"/twostep explain {EVIL}"[:900], f"/twostep {EVIL}"[:900])

    assert "`@alice`" in people.replies[1]


@pytest.mark.parametrize(
    ("identifier", "jobs", "said"), [("review", (REVIEW,), 0), ("plan", (), 1), ("rollback", (), 1)]
)
def test_buttons_do_what_the_commands_do(
    services: Services, people: People, identifier: str, jobs: tuple[Job, ...], said: int
) -> None:
    pressed = ButtonPressed(
        repository=SHOP,
        head_sha="2" * 40,
        check_run=5,
        identifier=identifier,
        numbers=(),
        sender="rob",
    )

    assert answer(pressed, services) == jobs == answer(pressed, services)
    assert len(people.said) == said


@pytest.mark.parametrize(
    ("identifier", "sender"), [("review", "stranger"), ("accept", "ada"), ("x", "ada")]
)
def test_buttons_of_others_and_unknown_ones_do_nothing(
    services: Services, people: People, identifier: str, sender: str
) -> None:
    pressed = ButtonPressed(
        repository=SHOP,
        head_sha="2" * 40,
        check_run=5,
        identifier=identifier,
        numbers=(12,),
        sender=sender,
    )

    assert answer(pressed, services) == ()
    assert people.said == {}


def test_a_button_in_a_locked_conversation_does_its_work(
    services: Services, people: People
) -> None:
    people.locked = True
    for identifier, jobs in (("plan", ()), ("review", (REVIEW,))):
        assert answer(_pressed(identifier), services) == jobs
    assert people.said == {}


def test_what_a_button_answers_is_folded(services: Services, people: People) -> None:
    document = sample()
    document["split"]["steps"] *= 1_000
    services.store.save_report("r2", SHOP, number=12, head_sha="2" * 40, document=document)

    answer(_pressed("plan"), services)

    (said,) = people.said.values()
    assert len(said) < 65_536
    assert "https://twostep.example/reviews/r2/s" in said


def test_of_a_long_answer_as_much_is_said_as_there_is_room_for(
    services: Services, people: People
) -> None:
    document = sample()
    step = document["split"]["steps"][0]
    step["files"] = {f"orders/migrations/{n:04}.py": "x = 1\n" * 500 for n in range(50)}
    document["sql"] = [{**document["sql"][0], "migration": f"{n:04}"} for n in range(2_000)]
    services.store.save_report("r2", SHOP, number=12, head_sha="2" * 40, document=document)

    say(services, "/twostep split", comment=1)
    say(services, "/twostep sql", comment=2)

    for reply, first, last in ((1, "0000.py`\n", "0049.py`\n"), (2, "`0000`", "`1999`")):
        said = people.replies[reply]
        assert first in said
        assert last not in said
        assert len(said) < 65_536
        assert "https://twostep.example/reviews/r2/s" in said
    assert "Split it" in people.replies[1]


def test_a_reason_may_follow_a_colon(services: Services, people: People) -> None:
    assert say(services, "/twostep accept not-null-column-added because: it is empty") == (REVIEW,)

    (said,) = services.store.acceptances(SHOP.id, 12)
    assert said.reason == "it is empty"


def _pressed(identifier: str) -> ButtonPressed:
    return ButtonPressed(
        repository=SHOP,
        head_sha="2" * 40,
        check_run=5,
        identifier=identifier,
        numbers=(12,),
        sender="rob",
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/twostep", ("help", ())),
        ("/twostep  review ", ("review", ())),
        ("/twostep explain `some-rule`", ("explain", ("some-rule",))),
        ("/twostep accept a because it is so", ("accept", ("a", "because", "it", "is", "so"))),
        ("/twostep ``", ("help", ())),
    ],
)
def test_a_line_is_a_name_and_arguments(line: str, expected: tuple[str, tuple[str, ...]]) -> None:
    assert parse(line) == expected


def test_only_lines_that_are_said_count() -> None:
    body = (
        "Please:\n/twostep review\n> /twostep accept x because y\n    /twostep plan\n"
        "```\n/twostep sql\n```\n~~~sh\n```\n/twostep graph\n~~~\nsay /twostep help\n/twosteps x"
    )

    assert command_lines(body) == ("/twostep review",)


def test_every_command_says_how_it_is_used() -> None:
    commands = all_commands()

    assert set(commands) >= {
        *("help", "review", "plan", "rollback", "sql", "graph", "explain", "accept", "unaccept")
    }
    for name, command in commands.items():
        assert f"`{command.written}`" in help_text()
        assert command.does
        assert command.does[-1] != "."
        assert command.name == name
    assert {n for n, c in commands.items() if c.who is Who.WRITER} >= {"accept", "unaccept"}
