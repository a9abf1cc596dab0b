"""Repositories whose configuration names programs for everything that git can start: none is started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main
from bot.git import command as commands
from bot.git.command import GitError, environment
from bot.git.fast_import import Commit, make_repository
from tests.git.test_partial_clone import git
from tests.support.worlds import START, add, migration, path

LINES = "a\nb\nc\nd\n"
COMMITS = [
    Commit(branch="main", files={**START, "notes.txt": LINES}),
    Commit(
        branch="odd",
        parent="main",
        files={
            path("0003_note"): migration("0002_total", operations=add("note")),
            "notes.txt": f"odd\n{LINES}",
        },
    ),
    Commit(branch="main", files={"notes.txt": f"{LINES}main\n"}),
]
HOOKS = (
    "post-index-change",
    "reference-transaction",
    "post-checkout",
    "post-commit",
    "pre-auto-gc",
)

Evil = Callable[[Path, str], None]


def merge_driver(shop: Path, program: str) -> None:
    git("-C", str(shop), "config", "merge.own.driver", program)
    (shop / ".git/info").mkdir(exist_ok=True)
    (shop / ".git/info/attributes").write_text("* merge=own\n")


def merge_default(shop: Path, program: str) -> None:
    git("-C", str(shop), "config", "merge.own.driver", program)
    git("-C", str(shop), "config", "merge.default", "own")


def filters(shop: Path, program: str) -> None:
    # What is newer than the index is compared by its content, which filters make.
    for file in shop.rglob("*.py"):
        os.utime(file, (2_000_000_000, 2_000_000_000))
    git("-C", str(shop), "update-index", "--refresh")
    git("-C", str(shop), "config", "filter.own.clean", program)
    git("-C", str(shop), "config", "filter.own.required", "true")
    git("-C", str(shop), "config", "filter.Long One.process", program)
    (shop / ".gitattributes").write_text('*.py filter=own\n*_initial.py filter="Long One"\n')
    (shop / ".git/info").mkdir(exist_ok=True)
    (shop / ".git/info/attributes").write_text("*.py filter=own\n")


def submodule(shop: Path, program: str) -> None:
    library = shop / "library"
    make_repository(library, [Commit(branch="main", files={"a.py": "a = 1\n"})])
    head = git("-C", str(library), "rev-parse", "HEAD")
    git("-C", str(shop), "update-index", "--add", "--cacheinfo", f"160000,{head},library")
    filters(library, program)


def watching(shop: Path, program: str) -> None:
    git("-C", str(shop), "config", "core.fsmonitor", program)
    git("-C", str(shop), "config", "core.pager", program)
    git("-C", str(shop), "config", "diff.external", program)
    git("-C", str(shop), "config", "core.alternateRefsCommand", program)
    (shop / ".git/hooks").mkdir(exist_ok=True)
    for name in HOOKS:
        hook = shop / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\n{program}\n")
        hook.chmod(0o755)


def absent(shop: Path, program: str) -> None:
    """What is missing is fetched from a promisor, by a program."""
    blob = git("-C", str(shop), "rev-parse", f"odd:{path('0003_note')}")
    (shop / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for key, value in {
        "remote.origin.url": f"ext::{program}",
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": program,
        "extensions.partialClone": "origin",
        "protocol.allow": "always",
    }.items():
        git("-C", str(shop), "config", key, value)


@pytest.mark.parametrize(
    "evil", [merge_driver, merge_default, filters, submodule, watching, absent]
)
@pytest.mark.parametrize("head", [[], ["--head", "odd"]], ids=["work tree", "commit"])
def test_no_program_of_a_repository_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evil: Evil, head: list[str]
) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, COMMITS)
    git("-C", str(shop), "checkout", "-q", "odd")
    started = tmp_path / "started"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {started}\ncat\n")
    program.chmod(0o755)
    evil(shop, str(program))
    monkeypatch.chdir(shop)

    for command in ("review", "split"):
        main([command, str(shop), "--base", "main", *head])

    assert not started.exists()


def test_no_program_is_started_where_branches_are_written(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, COMMITS)
    started = tmp_path / "started"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {started}\n")
    program.chmod(0o755)
    watching(shop, str(program))
    wanted = ["split", str(shop), "--base", "main", "--head", "odd", "--write", "split/note"]

    assert main(wanted) == 0

    assert not started.exists()
    assert "split/note-1" in git("-C", str(shop), "branch", "--list", "split/*")


def test_the_merge_is_the_same_wherever_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Attributes beside the one who asks say nothing of how the repository is merged."""
    shop, elsewhere = tmp_path / "shop", tmp_path / "elsewhere"
    make_repository(shop, COMMITS)
    elsewhere.mkdir()
    (elsewhere / ".gitattributes").write_text("* -merge\n")
    said = []
    for folder in (tmp_path, elsewhere):
        monkeypatch.chdir(folder)
        main(["review", str(shop), "--base", "main", "--head", "odd", "--no-cache"])
        said.append(capsys.readouterr().out)

    assert said[0] == said[1]
    assert "conflict" not in said[0]


def test_objects_of_a_repository_whose_path_has_odd_characters_are_found(tmp_path: Path) -> None:
    shop = tmp_path / 'a:b "c" \\d'
    make_repository(shop, COMMITS)

    assert main(["review", str(shop), "--base", "main", "--head", "odd"]) == 0


def test_grafts_lead_to_no_other_ancestor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, COMMITS)
    tips = [git("-C", str(shop), "rev-parse", name) for name in ("odd", "main")]
    wanted = ["review", str(shop), "--base", "main", "--head", "odd", "--no-cache"]
    main(wanted)
    before = capsys.readouterr().out
    (shop / ".git/info").mkdir(exist_ok=True)
    (shop / ".git/info/grafts").write_text("".join(f"{tip}\n" for tip in tips))

    main(wanted)

    assert capsys.readouterr().out == before
    with pytest.raises(GitError) as error:
        commands.git(shop / ".git", "merge-base", "main", "x", env=environment(), seconds=60)
    assert "grafts" not in str(error.value)


def test_a_repository_that_names_its_objects_by_sha256_is_read(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(tmp_path / "sha1", COMMITS)
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(shop)], check=True)
    stream = subprocess.run(
        ["git", "-C", str(tmp_path / "sha1"), "fast-export", "--all"],
        check=True,
        capture_output=True,
    ).stdout
    subprocess.run(["git", "-C", str(shop), "fast-import", "--quiet"], input=stream, check=True)

    assert main(["review", str(shop), "--base", "main", "--head", "odd"]) == 0
