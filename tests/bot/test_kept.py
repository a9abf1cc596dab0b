"""A review that was made is not made again, and nothing that could change it is overlooked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cache import DiskCache
from bot.git.fast_import import make_repository
from bot.render.document import Document
from bot.reviewing import review_repository
from tests.git.test_compare import FORK, following
from tests.git.test_partial_clone import git


def reviewed(shop: Path, **asked: object) -> Document:
    cache = DiskCache(shop.parent / "cache.sqlite")
    document = review_repository(shop, base="main", cache=cache, **{"head": "note", **asked})  # type: ignore[arg-type]
    cache.save()
    return document


def was_kept(document: Document) -> bool:
    return document["timing"]["parsed_files"] == 0


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    make_repository(tmp_path / "shop", FORK)
    return tmp_path / "shop"


def test_the_same_review_again_says_the_same(shop: Path) -> None:
    first, again = reviewed(shop), reviewed(shop)

    assert not was_kept(first)
    assert was_kept(again)
    assert again["timing"]["cached_files"] >= first["timing"]["parsed_files"] > 0
    assert {**first, "timing": None} == {**again, "timing": None}
    assert next(f["rule"] for f in again["findings"]) == "conflicting-leaf-nodes"


def test_files_that_are_known_are_told_from_those_that_are_read(shop: Path) -> None:
    first = reviewed(shop)["timing"]
    other = reviewed(shop, sql=False)["timing"]

    assert first["cached_files"] == 0
    assert other["cached_files"] > 0
    assert 0 < other["parsed_files"] < first["parsed_files"]


def another_day(_shop: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.reviewing.today", lambda: "2031-01-01")


def another_program(_shop: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.kept.program", lambda: "another")


@pytest.mark.parametrize("change", [another_day, another_program])
def test_what_may_change_a_review_has_it_made_again(
    shop: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    reviewed(shop)
    assert was_kept(reviewed(shop))
    cache = DiskCache(shop.parent / "cache.sqlite")
    before = kept_in(cache)
    change(shop, monkeypatch)

    reviewed(shop)

    assert kept_in(cache) == before + 1


def test_what_git_is_told_in_the_repository_changes_no_review(shop: Path) -> None:
    """A linked work tree shares its configuration with the repository it is of."""
    linked = shop.parent / "linked"
    git("-C", str(shop), "worktree", "add", "-q", "--detach", str(linked), "note")
    first = reviewed(linked)

    with (shop / ".git" / "config").open("a") as file:
        file.write("[merge]\n\trenames = false\n")

    again = reviewed(linked)
    assert was_kept(again)
    assert {**first, "timing": None} == {**again, "timing": None}


def kept_in(cache: DiskCache) -> int:
    connection = sqlite3.connect(cache.file)
    (count,) = connection.execute("SELECT count(*) FROM documents").fetchone()
    connection.close()
    return int(count)


def test_uncommitted_work_is_kept_by_its_content(shop: Path) -> None:
    new = shop / "orders/migrations/0003_local.py"
    new.write_text(following("0002_tax", "local"))
    reviewed(shop, head=None)
    assert was_kept(reviewed(shop, head=None))

    new.write_text(following("0001_initial", "local"))
    document = reviewed(shop, head=None)

    assert "conflicting-leaf-nodes" in [f["rule"] for f in document["findings"]]


def test_nothing_is_kept_of_a_review_that_lacked_a_file(shop: Path) -> None:
    path = "orders/migrations/0002_note.py"
    oid = git("-C", str(shop), "rev-parse", f"note:{path}")
    blob = shop / ".git/objects" / oid[:2] / oid[2:]
    content = blob.read_bytes()
    blob.unlink()
    assert [u["path"] for u in reviewed(shop)["unknown"]] == [path]

    blob.write_bytes(content)
    document = reviewed(shop)

    assert document["unknown"] == []
    assert "conflicting-leaf-nodes" in [f["rule"] for f in document["findings"]]


def test_a_damaged_review_is_made_again(shop: Path) -> None:
    first = reviewed(shop)
    with sqlite3.connect(shop.parent / "cache.sqlite") as connection:
        connection.execute("UPDATE documents SET content = ?", (b"{",))
    connection.close()

    again = reviewed(shop)

    assert {**first, "timing": None} == {**again, "timing": None}
    assert again["timing"]["cached_files"] > 0


def test_the_oldest_reviews_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cache.DOCUMENTS", 2)
    for name in ("one", "two", "three"):
        cache = DiskCache(tmp_path / "cache.sqlite")
        cache.keep_document(name, name.encode())
        cache.save()

    cache = DiskCache(tmp_path / "cache.sqlite")

    assert [cache.document(name) for name in ("one", "two", "three")] == [None, b"two", b"three"]
