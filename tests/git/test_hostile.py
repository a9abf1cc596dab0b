"""
Files made to harm whoever reads them: a review, or a word on what was not read, within bounds.

Each is reviewed as a person would do it, by a process of its own that has half
a minute of processor time and a gigabyte of memory, and no more.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.git.fast_import import Commit, make_repository
from tests.service.deployed import slowness
from tests.support.worlds import START, add, migration, path

SECONDS = 30
BYTES = 1_000_000_000

NOTE = path("0003_note")
MODELS = "orders/models.py"
SOUND = migration("0002_total", operations=add("note"))
OF_NULL = SOUND.encode() + b"\0"

Files = Mapping[str, str | bytes | None]


def operations(*texts: str) -> str:
    return migration("0002_total", operations=",\n        ".join(texts))


def declaring(encoding: str, rest: bytes = b"") -> bytes:
    return f"# -*- coding: {encoding} -*-\n".encode() + SOUND.encode() + rest


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


def reviewed(shop: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bot.cli", "review", str(shop), "--base", "main", *arguments),
            *("--format", "json", "--fail-on", "never", "--no-cache"),
        ],
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * SECONDS * slowness(),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr == ""
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def with_head(shop: Path, head: Files, base: Files | None = None) -> dict[str, Any]:
    commits = [Commit(branch="main", files=START), Commit(branch="odd", parent="main", files=head)]
    if base:
        commits.append(Commit(branch="main", files=base))
    make_repository(shop, commits, bare=True)
    return reviewed(shop, "--head", "odd")


UNREAD: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "10 MB": (NOTE, lambda: SOUND + "x = [\n" + "1,\n" * 3_500_000 + "]\n"),
    "10 MB before it says what it is": (NOTE, lambda: "x = 1\n" * 1_800_000 + SOUND),
    "10 MB that never say it": (NOTE, lambda: "x = 1\n" * 1_800_000),
    "10 MB of models": (MODELS, lambda: "x = 1\n" * 1_800_000),
    "10,000 brackets": (NOTE, lambda: SOUND + "x = " + "[" * 10_000 + "]" * 10_000),
    "10,000 brackets apart": (NOTE, lambda: SOUND + "x = " + "[ " * 10_000 + " ]" * 10_000),
    "10,000 kinds of brackets": (NOTE, lambda: SOUND + "x = " + "[{1:(" * 5_000 + ")}]" * 5_000),
    "10,000 calls": (NOTE, lambda: SOUND + "x = " + "f(" * 10_000 + ")" * 10_000),
    "100,000 calls in a row": (NOTE, lambda: SOUND + "x = a" + "()" * 100_000),
    "100,000 attributes": (NOTE, lambda: SOUND + "x = a" + ".b" * 100_000),
    "100,000 additions": (NOTE, lambda: SOUND + "x = 1" + " + 1" * 100_000),
    "100,000 signs": (NOTE, lambda: SOUND + "x = " + "-" * 100_000 + "1"),
    "10,000 functions": (NOTE, lambda: SOUND + "x = " + "lambda: " * 10_000 + "1"),
    "20,000 conditions": (
        NOTE,
        lambda: SOUND + "if 1:\n    pass\n" + "elif 1:\n    pass\n" * 20_000,
    ),
    "10,000 additions of models": (
        MODELS,
        lambda: "from django.db import models\nX = 1" + " + 1" * 50_000 + "\n",
    ),
    "null bytes": (NOTE, lambda: OF_NULL),
    "null bytes in models": (MODELS, lambda: OF_NULL),
    "no UTF-8": (NOTE, lambda: SOUND.encode() + b"# \xff\n"),
    "UTF-16": (NOTE, lambda: SOUND.encode("utf-16")),
    "an encoding that is none": (NOTE, lambda: declaring("undefined")),
    "an encoding that hides names": (NOTE, lambda: declaring("unicode_escape")),
    "an encoding that takes the square": (
        NOTE,
        lambda: declaring("punycode", b"# " + b"a" * 300_000 + b"-" + b"z9" * 200_000),
    ),
    "an encoding of bytes": (NOTE, lambda: declaring("zlib")),
    "a number of a million digits": (NOTE, lambda: SOUND + "x = " + "9" * 900_000),
    "a class from elsewhere": (NOTE, lambda: "from orders.base import Migration\n"),
    "a class under a condition": (
        NOTE,
        lambda: "if True:\n    " + SOUND.replace("\n", "\n    "),
    ),
}


REFUSED = {"null bytes", "UTF-16"}
"""What no Python reads: there the migrations do not load."""


@pytest.mark.parametrize("kind", UNREAD)
def test_what_cannot_be_read_is_unknown(tmp_path: Path, kind: str) -> None:
    name, content = UNREAD[kind]

    document = with_head(tmp_path / "shop", {name: content()})

    assert name in {unknown["path"] for unknown in document["unknown"]}
    errors = [f["rule"] for f in document["findings"] if f["severity"] == "error"]
    assert errors == (["migration-does-not-load"] if kind in REFUSED else [])


READ: dict[str, Callable[[], Files]] = {
    "99 levels of blocks": lambda: {
        NOTE: SOUND + "".join(" " * n + "if 1:\n" for n in range(99)) + " " * 99 + "pass\n"
    },
    "100,000 comparisons": lambda: {NOTE: SOUND + "x = 1" + " < 1" * 100_000},
    "a text that doubles": lambda: {NOTE: SOUND + "x = 'a'\n" + "x = x + x\n" * 200},
    "a list that is in itself four times": lambda: {
        NOTE: SOUND.replace("class M", "a = [1]\n" + "a = [a, a, a, a]\n" * 60 + "class M")
    },
    "numbers and texts without end": lambda: {
        NOTE: operations("10 ** 10 ** 10", "'a' * 10 ** 12", "*range(10 ** 12)")
    },
    "imports in a circle": lambda: {
        "orders/a.py": "from orders.b import *\nfrom orders.b import X\nclass M(X): pass\n",
        "orders/b.py": "from orders.a import *\nfrom orders.a import M as X\n",
        MODELS: "from django.db import models\nfrom orders.a import M\n\n\n"
        "class A(M):\n    x = models.TextField()\n\n\nclass B(C):\n    pass\n\n\nclass C(B):\n    pass\n",
        NOTE: SOUND.replace("class M", "from orders.migrations.helper import *\n\n\nclass M"),
        path("helper"): "from orders.migrations.helper import *\nfrom . import helper\n",
    },
    "a name in other characters": lambda: {
        NOTE: SOUND.replace("class Migration", "class \N{FULLWIDTH LATIN CAPITAL LETTER M}igration")
    },
    "12,000 operations": lambda: {
        NOTE: operations(*(add(f"c{n}") for n in range(4_000)), *[add("note")] * 8_000)
    },
    "an ignore comment without end": lambda: {NOTE: SOUND + "# twostep: ignore[" + "a" * 500_000},
    "SQL of 20,000 statements": lambda: {
        NOTE: operations("migrations.RunSQL('" + "ALTER TABLE a ADD b int;" * 20_000 + "')")
    },
    "SQL of 5,000 brackets": lambda: {
        NOTE: operations("migrations.RunSQL('SELECT " + "( " * 5_000 + "1" + " )" * 5_000 + "')")
    },
    "patterns that look back": lambda: {
        ".gitignore": "*a" * 20_000 + "\n" + "a/**/" * 3_000 + "*.py\n" + "[\n" * 1_000
    },
    "aliases of aliases": lambda: {
        ".github/workflows/ci.yml": "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n"
            for n in range(12)
        )
    },
    "a path of 900 folders": lambda: {"a/" * 900 + "migrations/0001_x.py": SOUND},
    "100,000 files": lambda: {f"src/p{n // 1000}/f{n}.py": "x = 1\n" for n in range(100_000)},
}


@pytest.mark.parametrize("kind", READ)
def test_what_takes_long_is_read_to_a_bound(tmp_path: Path, kind: str) -> None:
    document = with_head(tmp_path / "shop", READ[kind]())

    assert document["version"] == 1


def test_a_name_in_other_characters_is_the_name_that_python_reads(tmp_path: Path) -> None:
    files = READ["a name in other characters"]()
    theirs = {path("0003_tax"): migration("0002_total", operations=add("tax"))}

    document = with_head(tmp_path / "shop", files, theirs)

    assert "conflicting-leaf-nodes" in {found["rule"] for found in document["findings"]}


def test_more_changes_than_are_judged_is_said(tmp_path: Path) -> None:
    files = {
        path(f"{n:04}_x"): migration(
            f"{n - 1:04}_x" if n > 3 else "0002_total", operations=add(f"c{n}")
        )
        for n in range(3, 2_500)
    }

    document = with_head(tmp_path / "shop", files)

    assert ["more than 2,000 changes" in each["reason"] for each in document["unknown"]] == [True]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_folder_of_migrations_that_is_a_file_on_the_other_side(
    tmp_path: Path, swapped: bool
) -> None:
    as_file: Files = {"orders/migrations": "x", **dict.fromkeys(START)}
    more: Files = {NOTE: SOUND}
    head, base = (more, as_file) if swapped else (as_file, more)

    document = with_head(tmp_path / "shop", head, base)

    assert document["text_conflicts"] or document["findings"]


def test_a_working_tree_whose_links_lead_out_of_it_or_in_a_circle(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, [Commit(branch="main", files=START)])
    (tmp_path / "outside.py").write_text(SOUND)
    (shop / NOTE).symlink_to(tmp_path / "outside.py")
    (shop / "orders" / "models.py").symlink_to("/dev/zero")
    (shop / "circle").symlink_to(shop)
    (shop / "more").mkdir()
    (shop / "more" / "migrations").symlink_to(shop / "orders" / "migrations")

    document = reviewed(shop)

    assert document["touches"] is False
    assert document["findings"] == []


def test_a_working_tree_with_a_file_of_20_mb(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, [Commit(branch="main", files=START)])
    (shop / NOTE).write_text("x = 1\n" * 3_500_000 + SOUND)

    document = reviewed(shop)

    assert NOTE in {unknown["path"] for unknown in document["unknown"]}
