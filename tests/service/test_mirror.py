"""Mirrors over real HTTP, from git's own server: little is fetched, nothing leaks, all can be lost."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.errors import CannotJudge, GitHubGone, GitHubUnavailable
from bot.git.command import GitError, environment, git
from bot.git.mirror import Mirror, Mirrors
from bot.jobs.model import Repository
from tests.service.deployed import slowness
from tests.service.world import World, migration
from tests.support.git_http import git_http

TOKEN = "ghs_7_" + "a.b-c_" * 80
"""In the form that they have today: long, with dots and dashes."""


class Server:
    """Counts what is asked for; can be told to refuse."""

    def __init__(self, root: Path) -> None:
        self.requests: list[str] = []
        self.passwords: set[str] = set()
        self.token = TOKEN
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.stalls = False
        """Whether packs end in the middle, and nothing comes after that."""
        self._git: Any = git_http(root, self._allowed)
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listening]}, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    async def _answer(self, request: Request) -> Response:
        answer: Response = await self._git(request)
        body = bytes(answer.body)
        if not self.stalls or b"PACK" not in body:
            return answer

        async def half() -> AsyncIterator[bytes]:
            yield body[: len(body) // 2]
            while self.stalls:
                await asyncio.sleep(0.05)

        return StreamingResponse(half(), media_type=answer.headers["content-type"])

    def _allowed(self, path: str, password: str) -> bool:
        self.requests.append(path)
        self.passwords.add(password)
        return password == self.token

    def stop(self) -> None:
        self.stalls = False
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    made = Server(world.git)
    yield made
    made.stop()


@pytest.fixture
def mirrors(world: World, server: Server) -> Mirrors:
    return Mirrors(
        directory=world.directory / "mirrors",
        github_url=server.url,
        token=lambda _: TOKEN,
        seconds=60,
        megabytes=100,
        all_megabytes=200,
    )


@pytest.fixture
def shop(world: World) -> Repository:
    return world.repository(1, "acme/shop")


def blobs_of(mirror: Mirror, commit: str) -> list[str]:
    lines = git(mirror.directory, "ls-tree", "-r", commit, env=environment(), seconds=30)
    return [line.split()[2] for line in lines.decode().splitlines()]


def test_commits_and_trees_come_and_blobs_when_they_are_asked_for(
    world: World, mirrors: Mirrors, server: Server, shop: Repository
) -> None:
    head = world.pull_request(shop, 1, migration("0002_note", "note"))
    with mirrors.open(shop) as mirror:
        tips = mirror.fetch({"base": "refs/heads/main", "head": "refs/pull/1/head"})
        assert tips["head"] == head
        blobs = blobs_of(mirror, head)
        assert len(mirror.missing(blobs)) == len(set(blobs)) > 5
        before = len(server.requests)
        mirror.fetch_blobs(blobs)
        assert mirror.missing(blobs) == ()
        assert len(server.requests) - before <= 4, "one exchange, whatever their number"


def test_what_is_here_is_not_fetched_again(
    mirrors: Mirrors, server: Server, shop: Repository
) -> None:
    with mirrors.open(shop) as mirror:
        mirror.fetch({"base": "refs/heads/main"})
        before = len(server.requests)
        mirror.fetch({"base": "refs/heads/main"})
        assert [path for path in server.requests[before:] if path.endswith("pack")] == [
            "acme/shop.git/git-upload-pack"
        ], "the question for the refs, and no pack"


def test_refs_that_do_not_exist_are_none_and_commits_come_by_their_id(
    world: World, mirrors: Mirrors, shop: Repository
) -> None:
    sha = world.commit(shop, "refs/heads/hidden/x", {"a": "1"})
    with mirrors.open(shop) as mirror:
        tips = mirror.fetch({"gone": "refs/heads/gone", "prefix": "refs/heads/hidden", "sha": sha})
    assert tips == {"gone": None, "prefix": None, "sha": sha}


def test_a_forced_push_is_followed(world: World, mirrors: Mirrors, shop: Repository) -> None:
    with mirrors.open(shop) as mirror:
        for n in range(2):
            head = world.pull_request(shop, 1, migration("0002_note", f"note{n}"))
            assert mirror.fetch({"head": "refs/pull/1/head"}) == {"head": head}


@pytest.mark.parametrize("kept", ["refs/heads/release", "refs/twostep/heads/release"])
def test_a_branch_may_take_the_place_of_a_folder_of_branches(
    world: World, mirrors: Mirrors, shop: Repository, kept: str
) -> None:
    """As ``release/2.0`` does after ``release``; also where a mirror has it by the name of before."""
    git_dir = world.git / f"{shop.full_name}.git"
    before = world.commit(shop, "refs/heads/release", {"a.py": "a = 1\n"})
    with mirrors.open(shop) as mirror:
        assert mirror.fetch({"base": "refs/heads/release"}) == {"base": before}
        if kept != "refs/heads/release":
            git(mirror.directory, "update-ref", kept, before, env=environment(), seconds=30)
        delete = ("update-ref", "-d", "refs/heads/release")
        git(git_dir, *delete, env=environment(), seconds=30)
        for number in range(2):
            tip = world.commit(shop, "refs/heads/release/2.0", {"a.py": f"a = 2{number}\n"})
            assert mirror.fetch({"base": "refs/heads/release/2.0"}) == {"base": tip}


@pytest.mark.parametrize(
    "ref",
    [
        "--upload-pack=touch /tmp/x",
        "refs/heads/a b",
        "refs/heads/a..b",
        "refs/heads/*",
        "refs/heads/a\nrefs/heads/b",
        "main",
        "refs/heads/-x:refs/heads/y",
    ],
)
def test_names_that_are_no_refs_never_reach_git(
    mirrors: Mirrors, server: Server, shop: Repository, ref: str
) -> None:
    with mirrors.open(shop) as mirror, pytest.raises(CannotJudge):
        mirror.fetch({"x": ref})
    assert server.requests == []


def test_the_token_is_in_no_argument_file_or_error(
    mirrors: Mirrors, server: Server, shop: Repository, tmp_path: Path
) -> None:
    """Every program that git starts is watched, through a shell in its place."""
    watcher, seen = tmp_path / "bin", tmp_path / "seen"
    watcher.mkdir()
    real = shutil.which("git")
    (watcher / "git").write_text(f'#!/bin/sh\necho "$0 $@" >> {seen}\nexec {real} "$@"\n')
    (watcher / "git").chmod(0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{watcher}:{path}"
    try:
        with mirrors.open(shop) as mirror:
            mirror.fetch({"base": "refs/heads/main"})
            server.token = "another"
            with pytest.raises(GitHubUnavailable) as error:
                mirror.fetch({"base": "refs/heads/main"})
    finally:
        os.environ["PATH"] = path
    assert TOKEN in server.passwords
    assert seen.read_text().count("fetch") >= 1
    needles = [TOKEN, TOKEN[:40], "x-access-token", "eC1hY2Nlc3MtdG9rZW4"]
    texts = [seen.read_text(), str(error.value)]
    texts += [
        file.read_text(errors="replace")
        for file in mirrors.directory.rglob("*")
        if file.is_file() and file.stat().st_size < 100_000
    ]
    assert len(texts) > 5
    assert not [needle for needle in needles for text in texts if needle in text]


def packs(mirrors: Mirrors) -> list[str]:
    """What lies among the packs that is none."""
    found = (file.name for file in mirrors.directory.glob("1.git/objects/pack/*"))
    return sorted(name for name in found if not name.startswith("pack-"))


def test_a_fetch_that_is_killed_leaves_nothing(
    world: World, mirrors: Mirrors, server: Server, shop: Repository
) -> None:
    """Of a large repository each try would leave as much as came in its time, for ever."""
    world.commit(shop, "refs/heads/main", {"large.txt": secrets.token_hex(300_000)})
    with mirrors.open(shop) as mirror:
        blobs = blobs_of(mirror, str(mirror.fetch({"base": "refs/heads/main"})["base"]))
    server.stalls = True
    hasty = dataclasses.replace(mirrors, seconds=2 * slowness())
    began: list[str] = []
    with hasty.open(shop) as mirror, ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(mirror.fetch_blobs, blobs)
        while not fetching.done():
            began += packs(mirrors)
            time.sleep(0.05)
        with pytest.raises(GitHubUnavailable, match="TWOSTEP_GIT_SECONDS"):
            fetching.result()
    assert any(name.startswith("tmp_pack_") for name in began)
    assert packs(mirrors) == []


def test_what_a_killed_process_left_goes_with_the_next_fetch(
    world: World, mirrors: Mirrors, shop: Repository
) -> None:
    with mirrors.open(shop) as mirror:
        mirror.fetch({"base": "refs/heads/main"})
        pack = mirror.directory / "objects/pack"
        for name in ("tmp_pack_a1B2c3", "tmp_idx_a1B2c3", ".tmp-7-pack-ab.pack"):
            (pack / name).touch()
            os.truncate(pack / name, 60_000_000)
        tip = world.commit(shop, "refs/heads/main", {"a.py": "a = 1\n"})
        assert mirror.fetch({"base": "refs/heads/main"}) == {"base": tip}, "it has the room for it"
        assert packs(mirrors) == []


def test_what_a_killed_process_left_goes_without_a_fetch(
    mirrors: Mirrors, shop: Repository
) -> None:
    with mirrors.open(shop) as mirror:
        mirror.fetch({"base": "refs/heads/main"})
        left = mirror.directory / "objects/pack/tmp_pack_a1B2c3"
        left.touch()
        os.truncate(left, 110_000_000)
    assert mirrors.prune(unused_seconds=3600) == 0, "the mirror itself is not too large"
    assert not left.exists()


def test_a_ref_that_was_being_written_when_git_was_killed_is_written_again(
    world: World, mirrors: Mirrors, shop: Repository
) -> None:
    with mirrors.open(shop) as mirror:
        mirror.fetch({"base": "refs/heads/main"})
        (ref,) = [file for file in mirror.directory.glob("refs/twostep/**/*") if file.is_file()]
        ref.with_name(f"{ref.name}.lock").touch()
        tip = world.commit(shop, "refs/heads/main", {"a.py": "a = 1\n"})
        assert mirror.fetch({"base": "refs/heads/main"}) == {"base": tip}


def test_it_may_be_deleted_while_it_is_open(
    world: World, mirrors: Mirrors, shop: Repository
) -> None:
    with mirrors.open(shop) as mirror:
        mirror.fetch({"base": "refs/heads/main"})
        shutil.rmtree(mirrors.directory)
    with mirrors.open(shop) as mirror:
        assert mirror.fetch({"base": "refs/heads/main"})["base"]
        mirror.condemn()
    with mirrors.open(shop) as mirror:
        assert mirror.fetch({"base": "refs/heads/main"})["base"]


def test_many_fetch_at_once(world: World, mirrors: Mirrors, shop: Repository) -> None:
    heads = {n: world.pull_request(shop, n, migration("0002_note", f"n{n}")) for n in range(1, 7)}

    def fetched(number: int) -> str | None:
        with mirrors.open(shop) as mirror:
            return mirror.fetch({"head": f"refs/pull/{number}/head"})["head"]

    with ThreadPoolExecutor(6) as pool:
        assert [*pool.map(fetched, heads)] == [*heads.values()]


def test_pruning_spares_what_is_read_and_keeps_to_the_size(
    world: World, mirrors: Mirrors, shop: Repository
) -> None:
    other = world.repository(2, "acme/other")
    for each in (shop, other):
        with mirrors.open(each) as mirror:
            mirror.fetch({"base": "refs/heads/main"})
    with mirrors.open(shop):
        assert mirrors.prune(unused_seconds=-1) == 1
        assert [path.name for path in mirrors.directory.glob("*.git")] == ["1.git"]
    assert mirrors.prune(unused_seconds=3600) == 0
    assert mirrors.prune(unused_seconds=-1) == 1


def test_mirrors_of_repositories_that_nobody_knows_any_more_go(
    world: World, mirrors: Mirrors, shop: Repository
) -> None:
    """The App has left them; only one of the machines was told so."""
    others = [world.repository(number, f"acme/other{number}") for number in (2, 3)]
    for each in (shop, *others):
        with mirrors.open(each) as mirror:
            mirror.fetch({"base": "refs/heads/main"})
    with mirrors.open(others[1]):
        assert mirrors.leave(lambda: {shop.id}) == 1
        assert sorted(path.name for path in mirrors.directory.glob("*.git")) == ["1.git", "3.git"]
    assert mirrors.leave(lambda: {shop.id}) == 1, "that one was being read"
    assert [path.name for path in mirrors.directory.glob("*.git")] == ["1.git"]


def test_a_repository_that_is_too_large_is_said_so(
    world: World, mirrors: Mirrors, shop: Repository
) -> None:
    small = dataclasses.replace(mirrors, megabytes=0)
    with small.open(shop) as mirror, pytest.raises(CannotJudge, match="TWOSTEP_MIRROR_MB"):
        mirror.fetch({"base": "refs/heads/main"})


def test_a_repository_that_is_not_there_is_gone(mirrors: Mirrors) -> None:
    nowhere = Repository(id=9, full_name="acme/nowhere", installation=1)
    with mirrors.open(nowhere) as mirror, pytest.raises(GitHubGone):
        mirror.fetch({"base": "refs/heads/main"})


def test_a_server_that_is_down_is_unavailable(
    mirrors: Mirrors, server: Server, shop: Repository
) -> None:
    server.stop()
    with mirrors.open(shop) as mirror, pytest.raises(GitHubUnavailable):
        mirror.fetch({"base": "refs/heads/main"})


def test_nothing_of_the_machine_or_the_repository_runs_in_git(
    mirrors: Mirrors, shop: Repository, tmp_path: Path
) -> None:
    """Hooks, filters, aliases, file systems' monitors: none of the mirror's own settings is obeyed."""
    with mirrors.open(shop) as mirror:
        tips = mirror.fetch({"base": "refs/heads/main"})
        trap = tmp_path / "trap"
        for hook in ("post-fetch", "reference-transaction", "post-checkout"):
            file = mirror.directory / "hooks" / hook
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"#!/bin/sh\ntouch {trap}\n")
            file.chmod(0o755)
        git(
            mirror.directory,
            "update-ref",
            "refs/heads/x",
            str(tips["base"]),
            env=environment(),
            seconds=30,
        )
        assert not trap.exists()


def test_git_cannot_leave_the_machine_without_being_told_to(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "a.git")], check=True)
    for url in (
        "https://127.0.0.1:1/x",
        "ext::sh -c true",
        f"file://{tmp_path}/a.git",
        "ssh://x/y",
    ):
        with pytest.raises(GitError, match="not allowed"):
            git(tmp_path / "a.git", "ls-remote", url, env=environment(), seconds=30)
