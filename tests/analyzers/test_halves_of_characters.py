"""Texts that hold half of a character, and names that Python does not have: reviewed, and in no file that is written."""

from __future__ import annotations

import ast

import pytest

from analyzers.read.sources import parse
from analyzers.review import review
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import compare, files, revision
from tests.support.lacking_worlds import MODELS, PROJECT, lacking
from tests.support.worlds import START, findings, migration, path

FIRST = revision(
    "3f9a1c07be52",
    None,
    'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))',
)


@pytest.mark.parametrize("written", [r"\ud800", r"\U0000DFff", r"a\uDC80b"])
def test_no_half_of_a_character_is_read(written: str) -> None:
    module = parse(f'x = "{written}"\ny = f"{written}{{x}}"\n'.encode())

    assert isinstance(module, ast.Module)
    texts = [str(n.value) for n in ast.walk(module) if isinstance(n, ast.Constant)]
    assert len(texts) == 2
    assert all("\ufffd" in text for text in texts)
    assert "".join(texts).encode()


@pytest.mark.parametrize(
    "operation",
    [
        r'migrations.AddField("order", "a\ud800", models.TextField())',
        r'migrations.RemoveField("order", "a\ud800")',
        r'migrations.RenameField("order", "total", "a\ud800")',
        r'migrations.AddIndex("order", models.Index(fields=["total"], name="a\ud800"))',
    ],
)
def test_operations_that_name_half_a_character_are_judged(operation: str) -> None:
    head = {path("0003_x"): migration("0002_total", operations=operation)}

    assert findings(
        START, head=head, rules=frozenset({"column-renamed", "not-null-column-added"})
    ) or ("Field" not in operation or "Remove" in operation)


@pytest.mark.parametrize(
    "statement",
    [
        r'op.drop_column("orders", "a\ud800")',
        r'op.add_column("orders", sa.Column("a\ud800", sa.Enum("b", name="a\ud800")))',
        r'op.create_table("a\ud800", sa.Column("id", sa.Integer()))',
    ],
)
def test_revisions_that_name_half_a_character_are_judged(statement: str) -> None:
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", statement)}

    assert review(compare(files(one=FIRST), head=head)).touches


@pytest.mark.parametrize("name", ["x()); import os  #", "a b", "1"])
def test_no_file_is_written_that_names_a_function_after_what_is_no_name(name: str) -> None:
    operation = f'migrations.RenameField("order", "total", {name!r})'
    head = {path("0003_x"): migration("0002_total", operations=operation)}
    trees = [MemoryTree(START), MemoryTree({**START, **head})]

    split = review(compare(START, head=head)).split

    assert split.needed
    assert all(not step.files for step in split.steps)
    assert trees[0].digest() != trees[1].digest()


@pytest.mark.parametrize("key", ["print(1) or models.AutoField", "@octocat #1", "a b.c", "."])
def test_no_key_is_written_that_names_no_class(key: str) -> None:
    """Settings and the app's configuration name a class; what they say is written into migrations as it is."""
    config = f"from django.apps import AppConfig\nclass C(AppConfig):\n    default_auto_field = {key!r}\n"
    head = {"shop/models.py": f"{MODELS}\n\nclass Line(models.Model):\n    pass\n"}
    (finding,) = lacking({**PROJECT, "shop/apps.py": config}, head)

    assert finding.new_files
    assert all(f"{key}(" not in file.content for file in finding.new_files)
    assert all(ast.parse(file.content) for file in finding.new_files)
