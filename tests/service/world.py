"""
A world for the service: git repositories, pull requests, and a GitHub whose memory is a file.

``Recorder`` is ``bot.services.GitHub`` on a SQLite file that several processes
share and that outlives their deaths. It enforces nothing by keys: whoever
publishes twice is seen to have published twice. As with the real one, what is
written stays, although the answer may never arrive.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.errors import GitHubGone, GitHubUnavailable, RateLimited
from bot.jobs.model import PullRequest, Repository
from bot.services import Delivery, Judgement, Subject

SECRET = "a secret of the tests"

SCHEMA = """
CREATE TABLE IF NOT EXISTS pulls (
    repository INTEGER, number INTEGER, head_sha TEXT, head_ref TEXT, base_ref TEXT,
    open INTEGER DEFAULT 1, PRIMARY KEY (repository, number));
CREATE TABLE IF NOT EXISTS repositories (id INTEGER PRIMARY KEY, full_name TEXT, installation INTEGER);
CREATE TABLE IF NOT EXISTS checks (
    id INTEGER PRIMARY KEY, repository INTEGER, head_sha TEXT, attempt TEXT, status TEXT,
    conclusion TEXT, problem TEXT, writes INTEGER DEFAULT 1);
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY, repository INTEGER, number INTEGER, attempt TEXT, edits INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS events (at REAL, pid INTEGER, kind TEXT, subject TEXT);
CREATE TABLE IF NOT EXISTS faults (kind TEXT, left INTEGER);
CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, guid TEXT, event TEXT, at REAL, asked INTEGER DEFAULT 0);
"""


class Recorder:
    """GitHub, as far as jobs see it; *delay* is the time between a write and its answer."""

    def __init__(self, file: Path, delay: float = 0.0) -> None:
        self._file = file
        self._delay = delay
        with self._open() as db:
            db.executescript(SCHEMA)
            db.execute("PRAGMA journal_mode=WAL")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._file, timeout=30, isolation_level=None)
        db.row_factory = sqlite3.Row
        try:
            yield db
        finally:
            db.close()

    def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        with self._open() as db:
            return [dict(row) for row in db.execute(query, arguments)]

    def run(self, query: str, *arguments: Any) -> None:
        with self._open() as db:
            db.execute(query, arguments)

    def event(self, kind: str, subject: str) -> None:
        self.run("INSERT INTO events VALUES (?,?,?,?)", time.time(), os.getpid(), kind, subject)

    def fault(self, kind: str, times: int = 1) -> None:
        """The next *times* calls of *kind* fail."""
        self.run("INSERT INTO faults VALUES (?,?)", kind, times)

    def _faulty(self, call: str) -> str | None:
        with self._open() as db:
            for row in db.execute("SELECT rowid, kind FROM faults WHERE left > 0"):
                name, _, what = row["kind"].partition(" ")
                if name == call:
                    db.execute("UPDATE faults SET left = left - 1 WHERE rowid = ?", (row["rowid"],))
                    return str(what)
        return None

    def _fail(self, call: str) -> None:
        match self._faulty(call):
            case None:
                return
            case "limited":
                raise RateLimited("slow down", until=time.time() + 1.5)
            case "gone":
                raise GitHubGone("not here", 404)
            case "dies":
                os.kill(os.getpid(), 9)
            case "bug":
                raise ZeroDivisionError
            case _:
                raise GitHubUnavailable("502")

    # What jobs ask

    def close(self) -> None:
        pass

    def token(self, repository: Repository) -> str:
        return "ghs_" + "x" * 40

    def repository(self, repository: Repository) -> Repository:
        row = self.rows("SELECT * FROM repositories WHERE id=?", repository.id)[0]
        return Repository(
            id=row["id"], full_name=row["full_name"], installation=row["installation"]
        )

    def default_branch(self, repository: Repository) -> str:
        return "main"

    def pull_request(self, repository: Repository, number: int) -> PullRequest:
        self._fail("pull_request")
        query = "SELECT * FROM pulls WHERE repository=? AND number=?"
        rows = self.rows(query, repository.id, number)
        if not rows:
            raise GitHubGone("no such pull request", 404)
        return self._pull(repository, rows[0])

    def _pull(self, repository: Repository, row: Mapping[str, Any]) -> PullRequest:
        return PullRequest(
            repository=self.repository(repository),
            number=row["number"],
            head_sha=row["head_sha"],
            head_ref=row["head_ref"],
            base_ref=row["base_ref"],
            base_sha="0" * 40,
            author="author",
            open=bool(row["open"]),
        )

    def open_pull_requests(
        self, repository: Repository, base_ref: str | None = None
    ) -> tuple[PullRequest, ...]:
        query = "SELECT * FROM pulls WHERE repository=? AND open ORDER BY number"
        return tuple(self._pull(repository, row) for row in self.rows(query, repository.id))

    def pull_requests_of(self, repository: Repository, sha: str) -> tuple[int, ...]:
        query = "SELECT number FROM pulls WHERE repository=? AND head_sha=? AND open"
        return tuple(row["number"] for row in self.rows(query, repository.id, sha))

    def judged(self, repository: Repository, sha: str) -> bool:
        query = "SELECT 1 FROM checks WHERE repository=? AND head_sha=? AND status='completed'"
        return bool(self.rows(query, repository.id, sha))

    def begin(self, subject: Subject, attempt: str) -> None:
        self._fail("begin")
        if not self._check(subject, attempt):
            self._create(subject, attempt, "in_progress", None, "")

    def publish(self, subject: Subject, judgement: Judgement) -> None:
        self._fail("publish")
        self.event("publishing", f"{subject.repository.id}/{subject.head_sha}")
        document = judgement.document
        conclusion = judgement.problem_conclusion
        if document is not None:
            conclusion = "failure" if document["verdict"] == "fail" else "success"
        there = self._check(subject, judgement.attempt)
        if there:
            self.run(
                "UPDATE checks SET status='completed', conclusion=?, problem=?, writes=writes+1 WHERE id=?",
                conclusion,
                judgement.problem,
                there[0]["id"],
            )
        elif judgement.again or not self._same(subject, conclusion):
            self._create(subject, judgement.attempt, "completed", conclusion, judgement.problem)
        time.sleep(self._delay)
        if isinstance(subject, PullRequest):
            self._comment(subject, judgement.attempt)
        self._fail("published")
        self.event("published", f"{subject.repository.id}/{subject.head_sha}")

    def _same(self, subject: Subject, conclusion: str) -> bool:
        rows = self.rows(
            "SELECT conclusion FROM checks WHERE repository=? AND head_sha=? ORDER BY id DESC LIMIT 1",
            subject.repository.id,
            subject.head_sha,
        )
        return bool(rows) and rows[0]["conclusion"] == conclusion

    def _comment(self, pull: PullRequest, attempt: str) -> None:
        query = "SELECT id FROM comments WHERE repository=? AND number=?"
        rows = self.rows(query, pull.repository.id, pull.number)
        if rows:
            self.run(
                "UPDATE comments SET attempt=?, edits=edits+1 WHERE id=?", attempt, rows[0]["id"]
            )
        else:
            self.run(
                "INSERT INTO comments (repository, number, attempt) VALUES (?,?,?)",
                pull.repository.id,
                pull.number,
                attempt,
            )
        time.sleep(self._delay)
        self._fail("commented")

    def withdraw(self, subject: Subject, attempt: str) -> None:
        for row in self._check(subject, attempt):
            self.run(
                "UPDATE checks SET status='completed', conclusion='cancelled' WHERE id=?", row["id"]
            )

    def _check(self, subject: Subject, attempt: str) -> list[dict[str, Any]]:
        query = "SELECT * FROM checks WHERE repository=? AND attempt=?"
        return self.rows(query, subject.repository.id, attempt)

    def _create(
        self, subject: Subject, attempt: str, status: str, conclusion: str | None, problem: str
    ) -> None:
        self.run(
            "INSERT INTO checks (repository, head_sha, attempt, status, conclusion, problem) VALUES (?,?,?,?,?,?)",
            subject.repository.id,
            subject.head_sha,
            attempt,
            status,
            conclusion,
            problem,
        )
        time.sleep(self._delay)
        self._fail("created")

    # What commands ask

    def permission(self, repository: Repository, login: str) -> str:
        return "write"

    def react(
        self, repository: Repository, comment: int, reaction: str, *, on_review: bool
    ) -> None:
        self.event(f"reaction {reaction}", f"{repository.id}/{comment}")

    def reply(
        self, repository: Repository, number: int, comment: int, body: str, *, on_review: bool
    ) -> None:
        self.event("reply", f"{repository.id}/{comment}")

    def say(self, repository: Repository, number: int, mark: str, body: str) -> None:
        self.event(f"say {mark}", f"{repository.id}/{number}")

    def installations(self) -> tuple[int, ...]:
        query = "SELECT DISTINCT installation FROM repositories ORDER BY 1"
        return tuple(row["installation"] for row in self.rows(query))

    def repositories(self, installation: int) -> tuple[Repository, ...]:
        query = "SELECT * FROM repositories WHERE installation=? ORDER BY id"
        return tuple(
            Repository(id=row["id"], full_name=row["full_name"], installation=installation)
            for row in self.rows(query, installation)
        )

    def failed_deliveries(self, since: float) -> tuple[Delivery, ...]:
        query = "SELECT * FROM deliveries WHERE at >= ? ORDER BY id DESC"
        return tuple(
            Delivery(
                id=row["id"], guid=row["guid"], event=row["event"], status_code=502, at=row["at"]
            )
            for row in self.rows(query, since)
        )

    def redeliver(self, delivery: Delivery) -> None:
        self.run("UPDATE deliveries SET asked = asked + 1 WHERE id = ?", delivery.id)


def report_url(key: str) -> str:
    return f"https://twostep.example.org/reviews/{key}"


class World:
    """Repositories below *directory*, with pull requests that the recorder knows."""

    def __init__(self, directory: Path, delay: float = 0.0) -> None:
        self.directory = directory
        self.git = directory / "git"
        self.file = directory / "github.sqlite"
        self.git.mkdir(parents=True, exist_ok=True)
        self.github = Recorder(self.file, delay)

    @property
    def url(self) -> str:
        return f"file://{self.git}"

    def repository(self, id_: int, full_name: str, installation: int = 1) -> Repository:
        """A repository with a model and its migration on ``main``."""
        path = self.git / f"{full_name}.git"
        if not path.exists():
            _git(None, "init", "--quiet", "--bare", "--initial-branch=main", str(path))
            for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
                _git(path, "config", setting, "true")
        self.github.run(
            "INSERT OR REPLACE INTO repositories VALUES (?,?,?)", id_, full_name, installation
        )
        made = Repository(id=id_, full_name=full_name, installation=installation)
        self.commit(made, "refs/heads/main", SHOP)
        return made

    def commit(
        self,
        repository: Repository,
        ref: str,
        files: Mapping[str, str | None],
        parent: str | None = None,
    ) -> str:
        """A commit with *files* changed (None removes) on *parent*, or on what *ref* is; now at *ref*."""
        path = self.git / f"{repository.full_name}.git"
        stamp = int(time.time())
        lines = [f"commit {ref}", f"committer A <a@example.org> {stamp} +0000", "data 1", "c"]
        start = parent or _git(path, "rev-parse", "--quiet", "--verify", ref, check=False)
        if start:
            lines.append(f"from {start}")
        for name, content in files.items():
            if content is None:
                lines.append(f"D {name}")
            else:
                lines += [
                    f"M 100644 inline {name}",
                    f"data {len(content.encode())}",
                    content,
                ]
        _git(path, "fast-import", "--quiet", "--force", input_="\n".join(lines) + "\n")
        return _git(path, "rev-parse", ref)

    def pull_request(
        self,
        repository: Repository,
        number: int,
        files: Mapping[str, str | None],
        base: str = "main",
    ) -> str:
        """Open a pull request, or push to it, with *files* on the tip of *base*; its head."""
        tip = _git(self.git / f"{repository.full_name}.git", "rev-parse", f"refs/heads/{base}")
        sha = self.commit(repository, f"refs/pull/{number}/head", files, parent=tip)
        self.github.run(
            "INSERT OR REPLACE INTO pulls VALUES (?,?,?,?,?,1)",
            repository.id,
            number,
            sha,
            f"feature-{number}",
            base,
        )
        return sha


SHOP = {
    "manage.py": "#!/usr/bin/env python\n",
    "shop/__init__.py": "",
    "shop/apps.py": "from django.apps import AppConfig\n\n\nclass ShopConfig(AppConfig):\n    name = 'shop'\n",
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    number = models.IntegerField()\n",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("number", models.IntegerField()),
            ],
        ),
    ]
""",
}


def migration(name: str, column: str, parent: str = "0001_initial") -> dict[str, str]:
    """A migration that adds *column*, and the model that has it."""
    return {
        f"shop/migrations/{name}.py": f"""from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "{parent}")]
    operations = [
        migrations.AddField("order", "{column}", models.TextField(null=True)),
    ]
""",
        "shop/models.py": SHOP["shop/models.py"] + f"    {column} = models.TextField(null=True)\n",
    }


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery(
    event: str, payload: Mapping[str, Any], guid: str, secret: str = SECRET
) -> tuple[bytes, dict[str, str]]:
    """Body and headers as GitHub sends them."""
    body = json.dumps(payload).encode()
    return body, {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": guid,
        "x-hub-signature-256": signed(body, secret),
    }


def about(repository: Repository, **more: Any) -> dict[str, Any]:
    """A payload's common part."""
    return {
        "repository": {"id": repository.id, "full_name": repository.full_name},
        "installation": {"id": repository.installation},
        "sender": {"login": "author", "type": "User"},
        **more,
    }


def pull_request_event(
    repository: Repository, number: int, head: str, action: str = "synchronize", **more: Any
) -> dict[str, Any]:
    pull = {
        "number": number,
        "head": {"sha": head, "ref": f"feature-{number}"},
        "base": {"sha": "0" * 40, "ref": "main"},
    }
    return about(repository, action=action, number=number, pull_request=pull, **more)


def _git(path: Path | None, *arguments: str, input_: str = "", check: bool = True) -> str:
    where = [] if path is None else ["--git-dir", str(path)]
    done = subprocess.run(
        ["git", *where, *arguments],
        input=input_.encode(),
        capture_output=True,
        check=check,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return done.stdout.decode().strip()
