"""
Histories at random, with events late, twice and lost, on the real steps, rows and reports.

At rest each open pull request says of its base and of the others what is true.
What is not real is GitHub, git and the analysis: a pull request is an app, and
two of one app and one base meet.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.database import connect
from bot.jobs.ledger import Ledger
from bot.jobs.model import (
    BaseMoved,
    Closed,
    Job,
    PullRequest,
    RepositoriesAdded,
    Repository,
    ReviewWanted,
    load,
)
from bot.jobs.steps import Steps, Turn
from bot.metrics import Metrics
from bot.services import Analysed, Document, Judgement, Services
from bot.settings import Settings
from bot.store import SqlStore
from bot.tables import metadata

SHOP = Repository(id=1, full_name="acme/shop", installation=1)
APPS = ("orders", "stock", "")
"""Of pull requests; the last one touches no migration."""


class History:
    """GitHub and git as far as the steps ask them, and the jobs that wait."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.pulls: dict[int, PullRequest] = {}
        self.apps: dict[str, str] = {}
        self.bases = {"main": self._sha(), "dev": self._sha()}
        self.shown: dict[int, Document] = {}
        self.waiting: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self.busy: set[int] = set()
        engine = connect(f"sqlite:///{directory}/{seed}.sqlite")
        sa.event.listen(engine, "connect", _hurry)
        metadata.create_all(engine)
        services: Any = SimpleNamespace(
            settings=Settings(data_dir=directory, github_late_seconds=0),
            github=self,
            store=SqlStore(engine),
            ledger=Ledger(engine),
            mirrors=self,
            analyse=self.analyse,
            report_url=lambda _: "",
            metrics=Metrics(),
        )
        self.services: Services = services
        self.steps = Steps(services, lambda: None)
        self.engine = engine

    def _sha(self) -> str:
        return f"{self.dice.getrandbits(160):040x}"

    # GitHub

    def pull_request(self, _: Repository, number: int) -> PullRequest:
        return self.pulls[number]

    def open_pull_requests(self, _: Repository) -> tuple[PullRequest, ...]:
        return tuple(each for each in self.pulls.values() if each.open)

    def tip(self, _: Repository, branch: str) -> str:
        return self.bases[branch]

    def judged(self, _: Repository, _sha: str) -> bool:
        return False

    def begin(self, *_: object) -> int:
        return 1

    def withdraw(self, *_: object) -> None:
        pass

    def publish(self, subject: PullRequest, judgement: Judgement) -> None:
        assert judgement.document is not None
        self.shown[subject.number] = judgement.document

    # git, and the analysis

    @contextmanager
    def open(self, _: Repository) -> Iterator[History]:
        yield self

    def fetch(self, wanted: Mapping[str, str]) -> dict[str, str | None]:
        return {name: self._tip(ref) for name, ref in wanted.items()}

    def _tip(self, ref: str) -> str | None:
        match ref.split("/"):
            case ["refs", "heads", name]:
                return self.bases[name]
            case ["refs", "pull", number, "head"]:
                return self.pulls[int(number)].head_sha
            case _:
                return ref

    def analyse(self, _: object, *, base: str, head: str, others: Any, **__: object) -> Analysed:
        mine = self.apps[head]
        met = [n for n, sha in others.items() if mine and self.apps[sha] == mine]
        document = self.said(base, {name: others[name] for name in met})
        return Analysed(document=document, touches=bool(mine))

    def said(self, base: str, met: Mapping[str, str]) -> Document:
        findings = [
            {
                "fingerprint": name,
                "severity": "warning",
                "preexisting": False,
                "message": f"meets {sha}",
                "related": [{"side": name}],
            }
            for name, sha in sorted(met.items())
        ]
        return {"verdict": "warn" if met else "pass", "base": base, "findings": findings}

    # What happens

    def happens(self) -> None:
        number = self.dice.randint(1, 5)
        pull = self.pulls.get(number)
        if self.dice.random() < 0.15:
            ref = self.dice.choice([*self.bases])
            before, self.bases[ref] = self.bases[ref], self._sha()
            moved = BaseMoved(repository=SHOP, ref=ref, before=before, after=self.bases[ref])
            self.told(moved)
        elif pull is None:
            self.pulls[number] = PullRequest(
                repository=SHOP,
                number=number,
                head_sha="",
                head_ref="f",
                base_ref=self.dice.choice([*self.bases]),
                base_sha="",
                author="eve",
            )
            self.push(number, "opened")
        elif not pull.open:
            self.pulls[number] = replace(pull, open=True)
            self.review(number, "reopened")
        else:
            match self.dice.choice(("push", "close", "base")):
                case "push":
                    self.push(number, "synchronize")
                case "close":
                    self.pulls[number] = replace(pull, open=False)
                    closed = Closed(
                        repository=SHOP, number=number, base_ref=pull.base_ref, merged=False
                    )
                    self.told(closed)
                case _:
                    ref = self.dice.choice([*self.bases])
                    self.pulls[number] = replace(pull, base_ref=ref)
                    self.review(number, "other base", base_ref=ref)

    def push(self, number: int, why: str) -> None:
        head = self._sha()
        self.apps[head] = self.dice.choice(APPS)
        self.pulls[number] = replace(self.pulls[number], head_sha=head)
        self.review(number, why)

    def review(self, number: int, why: str, base_ref: str | None = None) -> None:
        head = self.pulls[number].head_sha
        self.told(
            ReviewWanted(repository=SHOP, number=number, why=why, head_sha=head, base_ref=base_ref)
        )

    def told(self, job: Job) -> None:
        """Once, as a rule; twice or never now and then."""
        times = self.dice.choices((0, 1, 2), (0.1, 0.8, 0.1))[0]
        self.waiting += [(self.do, (job,))] * times

    # The queue: whatever is chosen next, one review of a pull request at a time

    def work(self) -> None:
        free = [
            at
            for at, (act, given) in enumerate(self.waiting)
            if act == self.do or act == self.show or given[0].job.number not in self.busy
        ]
        act, given = self.waiting.pop(self.dice.choice(free))
        act(*given)

    def do(self, job: Job) -> None:
        turn = Turn(delivery="d", job=job, tries=0)
        outcome = self.steps.do(turn)
        if outcome["state"] == "wanted":
            self.waiting.append((self.judge, (replace(turn, wish=outcome["wish"]),)))
        else:
            self.follow(outcome, turn, self.do)

    def judge(self, turn: Turn) -> None:
        outcome = self.steps.due(turn)
        if outcome["state"] == "due":
            outcome = self.again(lambda: self.steps.judge(turn))
        if outcome["state"] == "judged":
            assert isinstance(turn.job, ReviewWanted)
            self.busy.add(turn.job.number)
            self.waiting.append((self.show, (turn, outcome)))
        else:
            self.follow(outcome, turn, self.judge)

    def show(self, turn: Turn, outcome: dict[str, Any]) -> None:
        assert isinstance(turn.job, ReviewWanted)
        assert self.again(lambda: self.steps.publish(turn, outcome))["state"] == "published"
        self.busy.discard(turn.job.number)
        self.follow(self.again(lambda: self.steps.record(outcome)), turn, self.judge)

    def again(self, step: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A step once, as a rule; a second time where a kill came before its end was stored."""
        if self.dice.random() < 0.1:
            step()
        return step()

    def follow(self, outcome: dict[str, Any], turn: Turn, again: Callable[..., None]) -> None:
        if outcome["state"] == "later":  # GitHub does not show yet, or any more, what it told of
            tried = replace(turn, tries=turn.tries + 1)
            self.waiting.append((again, (tried,)))
            return
        assert outcome["state"] == "done", outcome
        self.waiting += [(self.do, (load(stored),)) for stored, _ in outcome["follow"]]

    def rest(self) -> None:
        """Nothing waits, and a sweep has found what was lost."""
        for _ in range(2):
            while self.waiting:
                self.work()
            self.do(RepositoriesAdded(installation=1, repositories=(SHOP,)))
        assert not self.waiting, "a second sweep finds nothing"

    def truth(self) -> dict[int, tuple[Document, str]]:
        found = {}
        for pull in self.open_pull_requests(SHOP):
            mine = self.apps[pull.head_sha]
            met = {
                f"#{each.number}": each.head_sha
                for each in self.open_pull_requests(SHOP)
                if each is not pull and each.base_ref == pull.base_ref
                if mine and self.apps[each.head_sha] == mine
            }
            found[pull.number] = (self.said(self.bases[pull.base_ref], met), mine)
        return found


def _hurry(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@pytest.mark.parametrize("seed", range(12))
def test_at_rest_each_pull_request_says_what_is_true(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path, seed)
    for _ in range(25):
        history.happens()
        while history.waiting and history.dice.random() < 0.6:
            history.work()
    history.rest()
    history.engine.dispose()

    for number, (truth, app) in history.truth().items():
        shown = history.shown[number]
        assert shown["findings"] == truth["findings"], number
        if app:  # no verdict on the others depends on the base
            assert shown["base"] == truth["base"], number
