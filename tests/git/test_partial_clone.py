"""Clones without the contents of their files, and repositories that are damaged: a word, and no waiting."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.git.commit_tree import PartialCloneError
from bot.git.fast_import import make_repository
from bot.reviewing import review_repository
from tests.git.test_compare import FORK


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def lacking(shop: Path, clone: Path, left_out: str = "blob:none") -> None:
    """A *clone* of *shop* with its history and none of its files' contents."""
    git("-C", str(shop), "config", "uploadpack.allowFilter", "true")
    git("clone", "-q", "--no-checkout", f"--filter={left_out}", shop.as_uri(), str(clone))


def rules(repository: Path, base: str, head: str) -> list[str]:
    document = review_repository(repository, base=base, head=head)
    return [f["rule"] for f in document["findings"] if f["severity"] == "error"]


@pytest.mark.parametrize("left_out", ["blob:none", "tree:0"])
def test_a_partial_clone_is_told_how_to_become_whole(tmp_path: Path, left_out: str) -> None:
    make_repository(tmp_path / "shop", FORK)
    clone = tmp_path / "clone"
    lacking(tmp_path / "shop", clone, left_out)

    with pytest.raises(PartialCloneError) as error:
        review_repository(clone, base="origin/main", head="origin/note")

    command = str(error.value).split("Bring them: git ")[1].split(". ")[0]
    git("-C", str(clone), *command.split())
    assert rules(clone, "origin/main", "origin/note") == ["conflicting-leaf-nodes"]


def test_a_damaged_file_is_unknown_and_the_others_are_read(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, FORK)
    oid = git("-C", str(shop), "rev-parse", "main:orders/__init__.py")
    loose = shop / ".git/objects" / oid[:2] / oid[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"damaged")

    assert "conflicting-leaf-nodes" in rules(shop, "main", "note")
