"""
Tables and indexes that no revision is seen to make, while SQL of the repository does.

Many projects' first revision runs a file of SQL, or makes views for models to read. Their
tables are known from the base's models alone, which need not say all that the file does:
what is said of such a table must not be in the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence, Set

from analyzers import limits
from analyzers.relate.alembic_missing import Difference
from analyzers.trees import Tree

_UNIQUE = re.compile(r"\bunique\b(?:(?!\bunique\b)[^;()])*\(([^()]*)\)", re.IGNORECASE)
"""From the last such word on: each is looked at once, however often it stands there."""
_TESTS = frozenset({"test", "testing", "tests"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""A word of a folder's name: ``IntegrationTests`` has two."""
_SQL_FILES = 500
"""More than any schema is divided into; dumps of data come in thousands."""


_TABLE = re.compile(
    r"\bcreate\s+(?:\w+\s+)?table\s+(?:if\s+not\s+exists\s+)?(?:[\"`\w{}]+\.)?[\"`]?(\w+)",
    re.IGNORECASE,
)


def made_by_sql(
    tree: Tree,
    revisions: Sequence[str],
    made: Collection[str],
    difference: Difference,
    *,
    renewed: bool,
) -> bool:
    """
    Whether SQL of *tree* may make what *difference*, of such a table, asks for.

    A view asks for nothing. Of a table in an SQL file only a column counts that no file names,
    and other columns of a unique constraint, *renewed* under its name, that no file has.
    *revisions* are the paths of those that run SQL, *made* the tables that they are seen to make.
    What the models have no more, SQL did not take.
    """
    schema, _, name = difference.table.rpartition(".")
    # A schema may be the search path's, or a name that is put in.
    before = rf"(?:(?:[\"`]?{re.escape(schema or 'public')}[\"`]?|\{{\w+\}})\.)?"
    full = rf"{before}[\"`]?{re.escape(name)}\b(?![\"`]?\.)"
    view = re.compile(
        rf"\bcreate\s+(?:\w+\s+){{0,4}}view\s+(?:if\s+not\s+exists\s+)?{full}", re.IGNORECASE
    )
    table = re.compile(
        rf"\bcreate\s+(?:\w+\s+)?table\s+(?:if\s+not\s+exists\s+)?{full}", re.IGNORECASE
    )
    files = tuple(_texts(tree, [*_schemas(tree)][:_SQL_FILES]))
    if any(view.search(text) for text in (*files, *_texts(tree, revisions))):
        return True
    files = tuple(text for text in files if not _copied(text, made))
    if difference.kind.startswith("remove_") or not any(table.search(text) for text in files):
        return False
    if difference.kind == "add_unique" and renewed:
        return any(_unique_in(text, difference.what.lower().split(",")) for text in files)
    if difference.kind != "add_column":
        return True
    column = re.compile(rf"\b{re.escape(difference.what)}\b", re.IGNORECASE)
    return any(column.search(text) for text in files)


def _schemas(tree: Tree) -> Iterator[str]:
    """The files of SQL in *tree* but those of tests, which put an old database there to be upgraded."""
    for path in tree.paths():
        folders = {word.lower() for word in _WORD.findall(path.rpartition("/")[0])}
        if path.endswith(".sql") and not folders & _TESTS:
            yield path


def _copied(text: str, made: Collection[str]) -> bool:
    """Whether the file *text* has mostly tables that revisions make: they would be in each other's way."""
    names = {name.lower() for name in _TABLE.findall(text)}
    return 2 * len(names & {name.rpartition(".")[2].lower() for name in made}) > len(names)


def _unique_in(text: str, columns: list[str]) -> bool:
    """Whether *text* makes *columns*, sorted, unique for one of its tables."""
    for listed in _UNIQUE.findall(text):
        names = (part.strip(' "`\n\t').lower() for part in listed.split(","))
        if sorted(names) == columns:
            return True
    column = rf"\b{re.escape(columns[0])}\b"
    said = rf"{column}(?:(?!{column})[^,;()])*\bunique\b"
    return len(columns) == 1 and re.search(said, text, re.IGNORECASE) is not None


def index_in_sql(
    tree: Tree, revisions: Sequence[str], new: Set[str], difference: Difference
) -> bool:
    """
    Whether one of the *revisions* makes the index of *difference* by a statement that is not followed.

    Under a condition, say; or, in a *new* one, on a connection of its own with its name put in.
    """
    if difference.kind != "add_index":
        return False
    name = re.escape(difference.what).encode()
    made = rb"create\s+(?:unique\s+)?index\b"
    pattern = re.compile(rb"%s[^;]*?\b%s\b" % (made, name), re.IGNORECASE)
    either = re.compile(rb"\b%s\b(?s:.*)%s|%s(?s:.*)\b%s\b" % (name, made, made, name), re.I)
    tree.prefetch(revisions)
    return any((either if p in new else pattern).search(tree.read(p)) for p in revisions)


def _texts(tree: Tree, paths: Sequence[str]) -> Iterator[str]:
    tree.prefetch(paths)
    for path in paths:
        content = tree.read(path)
        if len(content) <= limits.SOURCE_BYTES:
            yield content.decode("utf-8", "replace")
