"""Trees that are listed by what differs from a near one are those that git lists whole."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.git.command import environment
from bot.git.commit_tree import BlobReader, commit_tree
from bot.git.compare import compared
from bot.git.fast_import import make_repository
from bot.git.merge import GitTooOldError
from tests.git.test_compare import FORK


def git(shop: Path, *arguments: str) -> str:
    who = ("-c", "user.name=n", "-c", "user.email=e@x")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=shop, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(shop: Path) -> str:
    git(shop, "add", "--all")
    git(shop, "commit", "-q", "-m", "all of it")
    return git(shop, "rev-parse", "HEAD")


def test_what_differs_from_a_near_tree_gives_the_same_files(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "a").mkdir(parents=True)
    git(shop, "init", "-q")
    # What a repository says of its own differences is not asked.
    git(shop, "config", "diff.renames", "copies")
    git(shop, "config", "diff.relative", "true")
    for name in ("a/stays", "a/changes", "a/goes", "a/moves", "link", "linked", "runs", "folder"):
        (shop / name).write_text(f"{name}\n" * 9)
    (shop / "a" / "was a link").symlink_to("stays")
    (shop / "tab\tand\nline é").write_text("odd")
    before = commit(shop)
    (shop / "a" / "changes").write_text("changed")
    (shop / "a" / "goes").unlink()
    (shop / "a" / "moves").rename(shop / "moved")
    (shop / "linked").unlink()
    (shop / "linked").symlink_to("a/stays")
    (shop / "a" / "was a link").unlink()
    (shop / "a" / "was a link").write_text("a file")
    (shop / "runs").chmod(0o755)
    (shop / "folder").unlink()
    (shop / "folder").mkdir()
    (shop / "folder" / "file").write_text("new")
    (shop / "tab\tand\nline é").write_text("odder")
    after = commit(shop)

    reader = BlobReader(shop / ".git", environment())
    one, two = commit_tree(before, reader), commit_tree(after, reader)

    assert commit_tree(after, reader, one).entries == two.entries
    assert commit_tree(before, reader, two).entries == one.entries
    assert commit_tree(after, reader, two).entries == two.entries
    assert {"moved", "folder/file", "a/was a link"} <= set(two.entries) - set(one.entries)
    assert {"folder", "linked", "a/goes"} <= set(one.entries) - set(two.entries)


def test_a_git_that_cannot_merge_is_named_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_repository(tmp_path / "shop", FORK)
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        '  *merge-tree*) echo "usage: git merge-tree <base-tree> <branch1> <branch2>" >&2; exit 129;;\n'
        '  *version) echo "git version 2.37.1";;\n'
        f'  *) exec {shutil.which("git")} "$@";;\n'
        "esac\n"
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")

    with (
        compared(tmp_path / "shop", base="main", head="note") as both,
        pytest.raises(GitTooOldError, match=r"git 2\.37 is too old"),
    ):
        both.comparison  # noqa: B018
