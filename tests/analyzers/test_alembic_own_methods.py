"""Revisions whose own classes work on the schema: nobody follows them, and nothing is said against them."""

from __future__ import annotations

import pytest

from analyzers.read.alembic.bodies import Bodies
from analyzers.read.cache import MemoryCache
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import revision

PATH = "migrations/versions/one.py"
RENAME = """
class Rename:
    def __init__(self, old, new):
        self.old, self.new = old, new

    def _do(self, old, new):
        op.rename_table(old, new)

    def upgrade(self):
        self._do(self.old, self.new)

    def words(self):
        return f"{self.old} to {self.new}"


class Column(Rename):
    pass


class Now:
    def __init__(self, name):
        op.drop_table(name)


def helper(text):
    op.execute(text)


class ByHelper:
    def go(self):
        helper("DROP TABLE notes")


class Data:
    def execute(self):
        op.drop_table("users")

    add = execute

    def delete(self):
        op.drop_table("users")

    def label(self):
        return op.f("ix")


class Called:
    def __call__(self):
        op.drop_table("users")


class Held:
    def __enter__(self):
        op.drop_table("users")

    def __exit__(self, *_):
        pass


class Later(Now):
    pass


ALL = [Rename("users", "accounts"), Column("a", "b")]
"""


@pytest.mark.parametrize(
    ("upgrade", "unknown"),
    [
        ("for each in ALL:\n    each.upgrade()", True),
        ('Rename("a", "b").upgrade()', True),
        ("ByHelper().go()", True),
        ('Now("a")', True),
        ('Later("a")', True),
        ("Data().execute()", True),
        ("Data().delete()", True),
        ("Called()()", True),
        ("with Held():\n    pass", True),
        ("print(Data().label())", False),
        ("for each in ALL:\n    print(each.words())", False),
        ("made = [Rename('a', 'b')]", False),
    ],
)
def test_what_a_method_does_is_not_known(upgrade: str, unknown: bool) -> None:
    source = revision("a", None, upgrade)
    source = source.replace("\n\n\ndef upgrade", f"\n{RENAME}\n\ndef upgrade")
    read = Bodies(MemoryTree({PATH: source}), MemoryCache()).read(PATH, "postgresql")

    kinds = {type(change).__name__ for change in read.forward}
    assert kinds == ({"UnknownChange"} if unknown else set())


def test_a_connection_s_methods_stay_what_they_are() -> None:
    source = revision("a", None, 'op.get_bind().execute("DROP TABLE notes")')
    source = source.replace("\n\n\ndef upgrade", f"\n{RENAME}\n\ndef upgrade")
    read = Bodies(MemoryTree({PATH: source}), MemoryCache()).read(PATH, "postgresql")

    assert [type(change).__name__ for change in read.forward] == ["DropTable"]
