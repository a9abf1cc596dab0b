"""What is given to apply by hand does apply."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bot.commands._command import Answer, Asked, all_commands
from bot.commands._patch import patch_of, written_out
from bot.jobs.model import Repository
from bot.render.document import Document
from bot.render.inline import inline_comments
from bot.render.summary import Links, summary
from bot.services import Services
from tests.bot.render.test_escape import MARKDOWN, flat, live
from tests.support.documents import EVIL, LEAVES, NOTE, NOTE_SOURCE, REVIEW, evil, sample, untouched

SHOP = Repository(id=7, full_name="acme/shop", installation=3)


def ask(name: str, document: Document | None) -> Answer:
    asked = Asked(
        repository=SHOP,
        number=12,
        author="wendy",
        arguments=(),
        services=cast(Services, None),  # these commands ask nothing of them
        document=document,
        links=Links(web="https://github.com"),
    )
    return all_commands()[name].answer(asked)


@pytest.mark.parametrize("line", range(6, 9))
def test_the_patch_applies(tmp_path: Path, line: int) -> None:
    assert LEAVES.suggestion is not None
    edit = replace(
        LEAVES.suggestion, start_line=line, end_line=line, replacement="    one = 1\n    two = 2"
    )
    document = sample(replace(REVIEW, findings=(replace(LEAVES, suggestion=edit),)))
    file = tmp_path / NOTE
    file.parent.mkdir(parents=True)
    file.write_text(NOTE_SOURCE)

    patch = patch_of(document["findings"][0])
    subprocess.run(
        ["git", "apply", "--recount", "-"], cwd=tmp_path, input=patch + "\n", text=True, check=True
    )

    expected = NOTE_SOURCE.splitlines()
    expected[line - 1 : line] = ["    one = 1", "    two = 2"]
    assert file.read_text().splitlines() == expected


def test_the_patch_says_its_own_length(tmp_path: Path) -> None:
    file = tmp_path / NOTE
    file.parent.mkdir(parents=True)
    file.write_text(NOTE_SOURCE)

    patch = patch_of(sample()["findings"][0])
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch + "\n", text=True, check=True)

    assert '("orders", "0031_order_tax"),' in file.read_text()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rebase", "git apply"),
        ("merge", "orders/migrations/0032_merge.py"),
        ("split", "Split it into 2 pull requests"),
    ],
)
def test_the_commands_give_what_mends(name: str, expected: str) -> None:
    answer = ask(name, sample())

    assert answer.done
    assert expected in answer.text


def test_what_is_run_before_the_edit_stands_before_it() -> None:
    """Once the file names another parent, Django no longer takes back what was applied of it."""
    back, move = "python manage.py migrate orders 0030  # before the edit", "git mv a.py b.py"
    document = sample(replace(REVIEW, findings=(replace(LEAVES, commands=(back, move)),)))
    inline = inline_comments(document, {NOTE: [(1, 99)]})[0].body
    shown = {
        "rebase": (ask("rebase", document).text, "git apply"),
        "summary": (summary(document, Links(web="")), "```diff"),
        "inline": (inline, "```suggestion"),
    }

    for name, (text, edit) in shown.items():
        assert text.index(back) < text.index(edit), name
        assert move not in text or text.index(edit) < text.index(move), name


def test_a_missing_migration_is_given_whole() -> None:
    lacking = replace(LEAVES, rule="missing-migration", suggestion=None)
    document = sample(replace(REVIEW, findings=(lacking,)))
    without_file = sample(
        replace(
            REVIEW,
            findings=(replace(lacking, new_files=(), operations=("migrations.AddField()",)),),
        )
    )

    assert "0032_merge.py" in ask("makemigrations", document).text
    assert "migrations.AddField()" in ask("makemigrations", without_file).text


def test_a_file_that_cannot_be_copied_says_so() -> None:
    whole, hiding = written_out('x = "é\u200dé"\r\n'), written_out('x = "a\u200bb"\n')

    assert whole == '```python\nx = "é\u200dé"\n```'
    assert "nobody sees" in hiding


@pytest.mark.parametrize("name", ["rebase", "merge", "makemigrations", "split"])
def test_where_nothing_is_to_do_it_is_said(name: str) -> None:
    answer = ask(name, untouched())

    assert answer.text
    assert "```" not in answer.text


@pytest.mark.parametrize("name", ["rebase", "merge", "split"])
def test_hostile_text_stays_in_its_fence(name: str) -> None:
    text = ask(name, evil()).text

    assert EVIL.split()[0] in text
    kinds = {token.type for token in flat(MARKDOWN.parse(text))}
    assert "fence" in kinds
    assert not kinds & {"html_block", "html_inline", "link_open", "image"}
    assert "@" not in live(text)
