"""What repositories do under an App that watches them: forks, forced pushes, new names, no access any more."""

from __future__ import annotations

import base64
import contextlib
import itertools
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.git.command import environment, git
from bot.git.fast_import import Commit, make_repository
from tests.analyzers.test_deployed import WAYS
from tests.service.deployed import Running, started
from tests.service.shops import push, push_files
from tests.service.wire import Break
from tests.support.github import Fault, Repo
from tests.support.github.state import GRANTED

pytestmark = pytest.mark.xdist_group("movements")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("movements"), attempts=3) as made:
        yield made


def tell(running: Running, shop: Repo, number: int, action: str = "synchronize") -> None:
    event = running.github.pull_request_event(shop, number, action)
    assert running.github.send("pull_request", event) == 202
    running.settle()


def conclusions(running: Running, shop: Repo, number: int) -> list[str]:
    return [str(run["conclusion"]) for run in running.judged(shop, number)]


def on_server(shop: Repo, *arguments: str) -> str:
    return git(shop.git, *arguments, env=environment(), seconds=30).decode().strip()


def test_a_fork_has_no_branch_here(running: Running, shop: Repo) -> None:
    push(running.github, shop, 1, "note")
    on_server(shop, "update-ref", "-d", "refs/heads/feature-1")
    tell(running, shop, 1, "opened")

    assert conclusions(running, shop, 1) == ["failure"]


def test_a_remark_follows_its_line(running: Running, shop: Repo) -> None:
    """Pushed down it stays; on a line that is changed and as wrong as before it is posted anew, with its click."""
    push(running.github, shop, 1, "note")
    tell(running, shop, 1, "opened")
    path = "app1/migrations/0002_note.py"
    text = on_server(shop, "show", f"refs/pull/1/head:{path}") + "\n"
    wrong = 'dependencies = [("app1", "0001_initial")]'
    assert wrong in text

    def remarks() -> dict[int, int]:
        found = [c for c in shop.lines.values() if "suggestion\n" in str(c["body"])]
        assert all(c["path"] == path for c in found)
        return {int(c["id"]): int(c["line"]) for c in found}

    def pushed(after: str) -> dict[int, int]:
        push_files(running.github, shop, 1, {path: after})
        tell(running, shop, 1)
        return remarks()

    before = remarks()
    assert [*before.values()] == [5]
    lower = f"# A note.\n\n{text}"

    assert pushed(lower) == dict.fromkeys(before, 7)

    moved = pushed(lower.replace(wrong, f"{wrong}  # the first"))
    assert [*moved.values()] == [7]
    assert not moved.keys() & before.keys()
    head = running.github.head(shop, 1)
    assert [c["original_commit_id"] for c in shop.lines.values() if c["id"] in moved] == [head]


def test_what_was_pushed_away_is_gone_for_good(running: Running, shop: Repo) -> None:
    """The server forgets the old commits; the mirror had them, and gets the new ones all the same."""
    before = push(running.github, shop, 1, "note")
    tell(running, shop, 1, "opened")
    after = push(running.github, shop, 1, "word", sound=True)
    on_server(shop, "gc", "--prune=now", "--quiet")
    with pytest.raises(Exception, match="cat-file"):
        on_server(shop, "cat-file", "-e", f"{before}^{{commit}}")
    tell(running, shop, 1)

    assert after != before
    assert conclusions(running, shop, 1) == ["success"]


def test_a_review_that_ends_leaves_the_commit_its_verdict(running: Running, shop: Repo) -> None:
    """Another pull request of the same commit: what was withdrawn there would be the newest check run."""
    push(running.github, shop, 1, "note", sound=True)
    tell(running, shop, 1, "opened")
    make_repository(shop.git, [Commit(branch="next", parent="main", files={"a": "b"})], bare=True)
    running.github.open(shop, 2, "feature-1", "The same commit", base="next")
    closed = threading.Event()
    slow = Break("POST", rf"{shop.full_name}.git/git-upload-pack$", until=closed)
    running.wire.breaks.append(slow)
    event = running.github.pull_request_event(shop, 2, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until(
        lambda: any(run["status"] != "completed" for run in shop.checks.copy().values()),
        "the review",
    )
    running.github.close(shop, 2)
    event = running.github.pull_request_event(shop, 2, "closed")
    assert running.github.send("pull_request", event, "closed-2") == 202
    told = "workflow_uuid = 'gh:closed-2' AND status = 'SUCCESS'"
    running.until(lambda: bool(running.queue_rows("status", told)), "the close to be known")
    closed.set()
    running.settle()

    ends = [run["conclusion"] for _, run in sorted(shop.checks.items())]
    assert ends[0] == ends[-1] == "success"
    assert "cancelled" in ends


def test_nothing_is_asked_while_github_wants_to_be_left_alone(running: Running, shop: Repo) -> None:
    """Comments and closes wait as reviews do."""
    push(running.github, shop, 1, "note")
    limited = Fault("GET", rf"{shop.full_name}/pulls/1$", 429, headers={"retry-after": "3600"})
    running.github.faults.append(limited)
    event = running.github.pull_request_event(shop, 1, "opened")
    assert running.github.send("pull_request", event) == 202
    running.until_put_off(f"rv:{shop.id}/1:")
    asked = len(running.github.requests)
    comment = running.github.say(shop, 1, "/twostep help")
    said = {"number": 1, "pull_request": {"url": "x"}, "title": "t", "user": {"login": "author"}}
    event = running.github.event(shop, "created", comment=comment, issue=said)
    assert running.github.send("issue_comment", event, "meanwhile") == 202
    running.until_put_off("gh:meanwhile")
    time.sleep(1.5)
    assert len(running.github.requests) == asked
    running.no_more_waiting()
    running.settle()

    assert limited.times == 0
    assert conclusions(running, shop, 1) == ["failure"]
    assert len(shop.comments) > 1


def test_a_base_that_was_renamed_is_followed(running: Running, shop: Repo) -> None:
    """GitHub moves the open pull requests to the new name, and tells of each."""
    push(running.github, shop, 1, "note")
    tell(running, shop, 1, "opened")
    on_server(shop, "update-ref", "refs/heads/trunk", "refs/heads/main")
    on_server(shop, "update-ref", "-d", "refs/heads/main")
    shop.pulls[1].base = "trunk"
    event = running.github.pull_request_event(shop, 1, "edited")
    event["changes"] = {"base": {"ref": {"from": "main"}, "sha": {"from": "0" * 40}}}
    assert running.github.send("pull_request", event) == 202
    running.settle()

    assert set(conclusions(running, shop, 1)) == {"failure"}
    said = [each["body"] for each in shop.comments.values()]
    assert len(said) == 1
    assert "trunk" in said[0]


def test_a_repository_that_the_app_lost_leaves_quietly(running: Running, shop: Repo) -> None:
    """Made private, or taken from the App: what waits ends, and the mirror goes with the event."""
    push(running.github, shop, 1, "note")
    tell(running, shop, 1, "opened")
    mirror = running.data / "mirrors" / f"{shop.id}.git"
    assert mirror.exists()
    push(running.github, shop, 1, "word")
    event = running.github.pull_request_event(shop, 1, "synchronize")
    del running.github.repositories[shop.full_name]
    assert running.github.send("pull_request", event) == 202
    running.settle()
    assert conclusions(running, shop, 1) == []
    removed = running.github.event(shop, "removed", repositories_removed=[_short(shop)])
    removed |= {"repositories_added": [], "repository_selection": "selected", "requester": None}
    del removed["repository"]
    assert running.github.send("installation_repositories", removed) == 202
    running.settle()

    assert not mirror.exists()


def test_no_process_is_started_with_a_secret(running: Running, shop: Repo) -> None:
    """Everybody on a machine can read the arguments of every process."""
    seen: set[bytes] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for process in filter(str.isdigit, os.listdir("/proc")):
                try:
                    seen.add(Path(f"/proc/{process}/cmdline").read_bytes())
                except OSError:
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        # The first fetch hangs for a while, so that nobody can miss it.
        slow = Break("POST", rf"{shop.full_name}.git/git-upload-pack$", hangs=1.5)
        running.wire.breaks.append(slow)
        push(running.github, shop, 1, "note")
        tell(running, shop, 1, "opened")
    finally:
        done.set()
        watcher.join()
    assert slow.times == 0
    assert conclusions(running, shop, 1) == ["failure"]
    lines = b"\n".join(seen)
    assert b"git-remote-http" in lines
    assert b"bot.jobs.analysis_process" in lines
    tokens = {*running.github.granted}
    needles = {*running.secrets, *tokens}
    needles |= {base64.b64encode(f"x-access-token:{each}".encode()).decode() for each in tokens}
    assert len(needles) > 6
    kept = [*_contents(running.directory)]
    assert len(kept) > 20
    texts = [lines, *kept]
    assert not [each for each in needles for text in texts if each.encode() in text]


def _contents(directory: Path) -> Iterator[bytes]:
    """What stands in the files below; the service runs, and some may go meanwhile."""
    for file in directory.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if file.is_file() and file.stat().st_size < 20_000_000:
                yield file.read_bytes()


def _short(shop: Repo) -> dict[str, object]:
    name = shop.full_name.partition("/")[2]
    return {
        "id": shop.id,
        "node_id": "R_1",
        "name": name,
        "full_name": shop.full_name,
        "private": True,
    }


_numbers = itertools.count(1)


def with_a_merged_half(running: Running) -> Repo:
    """A repository whose base has forgotten a column that its first commit knows; a pull request drops it."""
    name, way = f"acme/split{next(_numbers)}", WAYS["Django's column, state first"]
    config = {".github/twostep.yml": "deploy: {environment: production}\n"}
    commits = [Commit(branch=each, files={**way.before, **config}) for each in ("first", "main")]
    commits.append(Commit(branch="main", files={**way.first}))
    make_repository(Path(running.github.root / f"{name}.git"), commits, bare=True)
    shop = running.github.add(name, id_=1000 + next(_numbers), installation=1)
    push_files(running.github, shop, 1, {**way.second})
    return shop


def deploy(shop: Repo, branch: str, environment: str, *states: str) -> dict[str, object]:
    made: dict[str, object] = {
        "id": len(shop.deployments) + 1,
        "sha": on_server(shop, "rev-parse", branch),
        "environment": environment,
        "states": [*states],
    }
    shop.deployments.append(made)
    return made


def test_a_drop_waits_until_what_it_needs_is_deployed(running: Running) -> None:
    """Merged is not deployed: neither is what goes elsewhere, nor what is on its way."""
    shop = with_a_merged_half(running)
    runs = str(deploy(shop, "first", "production", "success")["sha"])
    deploy(shop, "main", "staging", "success")
    coming = deploy(shop, "main", "production", "in_progress")
    tell(running, shop, 1, "opened")

    assert conclusions(running, shop, 1) == ["failure"]
    [said] = [each["body"] for each in shop.comments.values()]
    assert f"production, `{runs[:7]}`" in said
    coming["states"] = ["in_progress", "success"]
    status = {"id": 1, "state": "success"}
    deployed = {"id": coming["id"], "sha": coming["sha"], "environment": "production"}
    event = running.github.event(shop, "created", deployment=deployed, deployment_status=status)
    assert running.github.send("deployment_status", event) == 202
    running.settle()
    assert conclusions(running, shop, 1) == ["failure", "success"]


def test_what_runs_where_nothing_was_deployed_is_not_known(running: Running) -> None:
    shop = with_a_merged_half(running)
    deploy(shop, "first", "production", "failure")
    tell(running, shop, 1, "opened")

    assert conclusions(running, shop, 1) == ["success"]
    [said] = [each["body"] for each in shop.comments.values()]
    assert "GitHub tells of no deployment there that succeeded" in said


def test_an_app_that_may_not_read_deployments_says_so(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed before it asked for them, say: the review goes on without."""
    monkeypatch.delitem(GRANTED, "deployments")
    shop = with_a_merged_half(running)
    deploy(shop, "first", "production", "success")
    tell(running, shop, 1, "opened")

    assert conclusions(running, shop, 1) == ["success"]
    [said] = [each["body"] for each in shop.comments.values()]
    assert "the App may not read deployments" in said
