"""Small edits of a model's source, on the layouts that people write."""

from __future__ import annotations

import ast

import pytest

from analyzers.plan.model_source import with_meta

HEAD = "class Thing(models.Model):\n    note = models.TextField()\n"


def edited(source: str) -> str:
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.ClassDef)
    return with_meta(source, node, "db_table", '"shop_item"')


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (HEAD, HEAD + '\n    class Meta:\n        db_table = "shop_item"\n'),
        (HEAD.rstrip("\n"), HEAD + '\n    class Meta:\n        db_table = "shop_item"\n'),
        (
            HEAD + '\n    class Meta:\n        ordering = ["note"]\n',
            HEAD
            + '\n    class Meta:\n        db_table = "shop_item"\n        ordering = ["note"]\n',
        ),
        (
            HEAD
            + '\n    class Meta:\n        db_table = "goods"\n\n    def __str__(self):\n        return "é"\n',
            HEAD
            + '\n    class Meta:\n        db_table = "shop_item"\n\n    def __str__(self):\n        return "é"\n',
        ),
    ],
    ids=["no Meta", "no last line end", "another option", "another table"],
)
def test_an_option_is_set_and_all_else_stays(source: str, expected: str) -> None:
    """The option is there once, and the author's layout is kept."""
    assert edited(source) == expected
