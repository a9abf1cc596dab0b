"""What the program prints into, whatever that is: a pipe that closes, a full disk, an old code page, nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sample import make_sample


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "shop"
    make_sample(path)
    return path


def review(shop: Path, *more: str) -> list[str]:
    return ["review", str(shop), "--base", "main", "--head", "order-note", *more]


def run(
    *arguments: str, shell: str = "", encoding: str | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The program, with the redirection *shell* behind it."""
    command = 'exec "$0" -m bot.cli "$@" ' + shell
    return subprocess.run(
        ["bash", "-c", command, sys.executable, *arguments],
        env={**os.environ, **({"PYTHONIOENCODING": encoding} if encoding else {})},
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_whoever_reads_no_further_changes_no_verdict(shop: Path, form: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *review(shop, "--format", form)],
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("arguments", [["rules"], ["--version"], ["--help"]])
def test_what_has_no_verdict_ends_quietly(arguments: list[str]) -> None:
    done = run(*arguments, shell="> >(true)")

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("form", ["text", "sarif"])
def test_a_disk_that_is_full_is_no_finding(shop: Path, form: str) -> None:
    done = run(*review(shop, "--format", form), shell="> /dev/full")

    assert done.returncode == 2
    assert done.stderr == b"twostep: No space left on device\n"


def test_it_is_told_once_where_more_is_printed_than_is_held_back() -> None:
    code = (
        "import argparse, bot.cli\ndef more(options): [print('row') for _ in range(9000)]\n"
        "bot.cli.main = lambda: bot.cli._done(argparse.Namespace(run=more))\nbot.cli.run()"
    )
    shell = f'exec {sys.executable} -c "$0" > /dev/full'
    done = subprocess.run(["bash", "-c", shell, code], capture_output=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (2, b"twostep: No space left on device\n")


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_verdict_alone_is_wanted(shop: Path, form: str) -> None:
    done = run(*review(shop, "--format", form), shell=">&-")

    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp949"])
def test_signs_that_an_output_lacks_are_written_out(shop: Path, encoding: str) -> None:
    done = run(*review(shop), encoding=encoding)

    assert done.returncode == 1, done.stderr
    assert "\\u2717 error  conflicting-leaf-nodes" in done.stdout.decode(encoding)


@pytest.mark.parametrize("form", ["json", "sarif", "gitlab", "markdown", "github"])
def test_what_programs_read_is_utf_8(shop: Path, form: str) -> None:
    said = run(*review(shop, "--format", form), encoding="cp1252")
    same = run(*review(shop, "--format", form), encoding="utf-8")

    assert said.returncode == 1, said.stderr
    assert form != "markdown" or "❌" in said.stdout.decode()
    if form == "json":
        documents = [json.loads(done.stdout) for done in (said, same)]
        assert documents[0]["findings"] == documents[1]["findings"]
    else:
        assert said.stdout == same.stdout


def test_a_defect_of_its_own_is_no_finding() -> None:
    code = "import bot.cli\ndef main(): raise KeyError('odd')\nbot.cli.main = main\nbot.cli.run()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert "KeyError: 'odd'" in done.stderr
    assert done.stderr.endswith("twostep: that is a defect of Two-Step's own, please report it\n")
