"""
Comments and defaults that models have since the pull request and no revision gives the database.

Autogenerate compares comments wherever the database has them, and defaults where ``env.py``
asks for it. Here a difference counts where the model was changed, and both sides are plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyzers.read.alembic.own_table import MappedTable
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot, left_out
from analyzers.relate.alembic_state import TableState
from analyzers.vocabulary import Column, RunStatement, SchemaChange

_PLAIN = re.compile(r"'(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false", re.IGNORECASE)
_COMMENT = re.compile(r"\s*COMMENT\s+ON\s+(TABLE|COLUMN)\b(.*)", re.IGNORECASE | re.DOTALL)


def new_remarks(
    after: ModelsOfRoot, before: ModelsOfRoot, added: Sequence[SchemaChange], dialect: str
) -> Iterator[Difference]:
    """What the models say anew of tables and columns that are there; *added* is what new revisions do."""
    comments = dialect in {"postgresql", "mysql", "mariadb"}
    defaults = after.root.location.compares_server_default
    said = list(_commented(added))
    for table, model in sorted(after.metadata.tables.items()) if comments or defaults else ():
        old, state = before.metadata.tables.get(table), after.tables.get(table)
        if old is None or state is None:
            continue
        found: list[Difference] = []
        if comments:
            found += _comments(table, (old, model), state)
        if defaults:
            found += _defaults(table, (old, model), state)
        for difference in found:
            told = difference.kind == "comment" and _is_said(difference, said)
            if not told and not left_out(difference, after):
                yield difference


def _comments(
    table: str, models: tuple[MappedTable, MappedTable], state: TableState
) -> Iterator[Difference]:
    old, model = models
    new = model.table.comment
    if new is not None and new != old.table.comment:
        yield Difference("comment", table, "", new, old.table.comment or "")
    for column, was, present in _kept(models, state):
        if column.comment is not None and column.comment not in {was.comment, present.comment}:
            before = present.comment or was.comment or ""
            yield Difference("comment", table, column.name, column.comment, before)


def _defaults(
    table: str, models: tuple[MappedTable, MappedTable], state: TableState
) -> Iterator[Difference]:
    for column, was, present in _kept(models, state):
        counts = (c.identity or c.generated or c.primary_key for c in (column, was, present))
        texts = [_plain(c.server_default) for c in (column, was, present)]
        # A default that goes is none that is said: it may be one that is not read.
        known = column.server_default is not None and None not in texts and not any(counts)
        if known and texts[0] not in texts[1:]:
            yield Difference("default", table, column.name, column.server_default or "")


def _kept(
    models: tuple[MappedTable, MappedTable], state: TableState
) -> Iterator[tuple[Column, Column, Column]]:
    """The columns of the model that it had before and that revisions make, as each of them says."""
    old, model = models
    before = {column.name: column for column in old.table.columns}
    for column in model.table.columns:
        was, present = before.get(column.name), state.columns.get(column.name)
        if was is not None and present is not None:
            yield column, was, present


def _plain(default: str | None) -> str | None:
    """*default* as it is compared: empty where there is none, None where it is an expression."""
    if default is None:
        return ""
    if not _PLAIN.fullmatch(default.strip()):
        return None
    text = default.strip()
    # A quoted number is that number, and a quoted truth that truth, for the columns that hold them.
    bare = text[1:-1] if text.startswith("'") else text
    return f"={_TRUTHS.get(bare.lower(), bare)}"


_TRUTHS = {"true": "1", "t": "1", "false": "0", "f": "0"}


def _commented(added: Sequence[SchemaChange]) -> Iterator[tuple[str | None, str, str]]:
    """The tables of which new revisions say something, with what it is said: of the table, or of which column."""
    for change in added:
        found = _COMMENT.match(change.sql or "") if isinstance(change, RunStatement) else None
        if found is not None:
            yield change.table, found[1].upper(), found[2]


def _is_said(difference: Difference, said: Sequence[tuple[str | None, str, str]]) -> bool:
    bare = difference.table.rpartition(".")[2]
    for table, kind, what in said:
        if table not in {None, difference.table} and bare not in what:
            continue
        if kind == "TABLE" and not difference.what:
            return True
        if kind == "COLUMN" and difference.what and difference.what in what:
            return True
    return False
