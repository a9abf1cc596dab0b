"""Clones as they lie on people's machines: odd folders, other remotes, much that is neither committed nor ignored."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.git.compare import compared
from bot.git.fast_import import make_repository
from bot.reviewing import review_repository
from tests.git.test_compare import FORK, following


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def rules(repository: Path, base: str | None = None) -> list[str]:
    document = review_repository(repository, base=base)
    return [f["rule"] for f in document["findings"] if f["severity"] == "error"]


def commands(repository: Path, head: str | None) -> list[str]:
    document = review_repository(repository, base="main", head=head)
    return [command for finding in document["findings"] for command in finding["commands"]]


@pytest.mark.parametrize("name", ["with:colon", 'with:"both"', "with a space", "with\\:backslash"])
def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    make_repository(tmp_path / name, FORK)
    (tmp_path / name / "orders/migrations/0002_local.py").write_text(
        following("0001_initial", "local")
    )

    assert rules(tmp_path / name, "main") == ["conflicting-leaf-nodes"]


def test_the_base_is_the_default_branch_of_a_remote_with_another_name(tmp_path: Path) -> None:
    """Where two remotes have one it is not known which is meant."""
    make_repository(tmp_path / "shop", FORK)
    clone = tmp_path / "clone"
    git("clone", "-q", "-o", "upstream", "-b", "note", str(tmp_path / "shop"), str(clone))

    with compared(clone) as both:
        assert both.base.ref == "upstream/HEAD"
        assert both.base.sha == git("-C", str(clone), "rev-parse", "upstream/main")

    git("-C", str(clone), "branch", "main", "upstream/main")
    git("-C", str(clone), "update-ref", "refs/remotes/fork/main", "HEAD")
    git("-C", str(clone), "symbolic-ref", "refs/remotes/fork/HEAD", "refs/remotes/fork/main")
    with compared(clone) as both:
        assert both.base.ref == "main"


def test_many_new_files_are_taken_in_without_a_process_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, FORK)
    (shop / "orders/migrations/0002_local.py").write_text(following("0001_initial", "local"))
    (shop / "modules").mkdir()
    for number in range(60):
        (shop / f"modules/{number}.js").write_text(str(number))
    started = tmp_path / "started"
    watched = tmp_path / "bin/git"
    watched.parent.mkdir()
    watched.write_text(f'#!/bin/sh\necho x >> {started}\nexec {shutil.which("git")} "$@"\n')
    watched.chmod(0o755)
    monkeypatch.setenv("PATH", f"{watched.parent}{os.pathsep}{os.environ['PATH']}")

    assert rules(shop, "main") == ["conflicting-leaf-nodes"]
    assert len(started.read_text().split()) < 30


def test_a_file_that_git_was_not_told_of_is_moved_without_git(tmp_path: Path) -> None:
    """``git mv`` refuses it; of a branch it is what people run."""
    shop = tmp_path / "shop"
    make_repository(shop, FORK)
    (shop / "orders/migrations/0002_local.py").write_text(following("0001_initial", "local"))

    (move,) = (c for c in commands(shop, None) if "0003_local" in c)
    subprocess.run(move, shell=True, check=True, cwd=shop)

    assert (shop / "orders/migrations/0003_local.py").exists()
    assert any(c.startswith("git mv ") for c in commands(shop, "note"))


def test_of_what_is_not_committed_it_is_said_that_a_command_writes_over_it(tmp_path: Path) -> None:
    """A branch keeps what it has committed, and of a file that is gone nothing can be lost."""
    shop = tmp_path / "shop"
    make_repository(shop, FORK)
    total = shop / "orders/migrations/0001_initial.py"
    kept = total.read_text()
    total.write_text(kept.replace("operations = [", "operations = [migrations.RunPython(print), "))
    (edit,) = (c for c in commands(shop, None) if c.startswith("git checkout"))
    total.unlink()
    (deletion,) = (c for c in commands(shop, None) if c.startswith("git checkout"))

    assert (
        edit == "git checkout main -- orders/migrations/0001_initial.py  # put the edit aside first"
    )
    assert deletion == "git checkout main -- orders/migrations/0001_initial.py"
    subprocess.run(deletion, shell=True, check=True, cwd=shop)
    assert total.read_text() == kept


def test_of_many_originals_of_a_squash_all_are_brought_back(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, FORK)
    git("-C", str(shop), "checkout", "-q", "-B", "work", "main")
    folder = shop / "orders/migrations"
    before = "0001_initial"
    for number in range(2, 30):
        (folder / f"{number:04}_a.py").write_text(following(before, f"a{number}"))
        before = f"{number:04}_a"
    names = sorted(path.stem for path in folder.glob("0*.py"))
    git("-C", str(shop), "add", "-A")
    who = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    git("-C", str(shop), *who, "commit", "-qm", "many")
    git("-C", str(shop), "branch", "-f", "main", "work")
    squash = (
        following("0001_initial", "all")
        .replace(
            "    dependencies",
            f"    replaces = {[('orders', name) for name in names]}\n    dependencies",
        )
        .replace("('orders', '0001_initial')]\n", "]\n")
    )
    (folder / "0001_squashed.py").write_text(squash)
    for name in names:
        (folder / f"{name}.py").unlink()

    (command,) = (c for c in commands(shop, None) if "git checkout" in c)
    subprocess.run(command, shell=True, check=True, cwd=shop)

    assert sorted(path.stem for path in folder.glob("0*.py")) == sorted([*names, "0001_squashed"])


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_what_is_not_committed_has_the_ids_that_git_gives(tmp_path: Path, form: str) -> None:
    shop = tmp_path / "shop"
    git("init", "-q", "-b", "main", f"--object-format={form}", str(shop))
    (shop / "a.py").write_text("a = 1\n")
    git("-C", str(shop), "add", "-A")
    who = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    git("-C", str(shop), *who, "commit", "-qm", "first")
    (shop / "b.py").write_text("b = 1\n")
    (shop / "empty.py").touch()

    with compared(shop, base="main") as both:
        merged = both.comparison.merged

        assert set(merged.paths()) == {"a.py", "b.py", "empty.py"}
        assert merged.oid("b.py") == git("-C", str(shop), "hash-object", "b.py")
        assert (merged.read("b.py"), merged.read("empty.py")) == (b"b = 1\n", b"")


def test_a_new_file_that_may_not_be_read_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as what a database in a container has written; git cannot commit it either."""
    shop = tmp_path / "shop"
    make_repository(shop, FORK)
    (shop / "orders/migrations/0002_local.py").write_text(following("0001_initial", "local"))
    (shop / "dump.sql").write_text("x")
    real = os.access

    def access(path: bytes, mode: int) -> bool:
        return not path.endswith(b"dump.sql") and real(path, mode)

    monkeypatch.setattr(os, "access", access)

    with compared(shop, base="main") as both:
        assert "dump.sql" not in both.comparison.head.paths()
    assert rules(shop, "main") == ["conflicting-leaf-nodes"]
