"""Values that enum types get, and code that does not know them: SQLAlchemy refuses to read a row that has one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import added_label
from analyzers.vocabulary import Framework, RunStatement

_RENAMED = re.compile(r'\s*ALTER\s+TYPE\s+"?(\w+)"?\s+RENAME\s+TO\b', re.I)
_MADE = re.compile(r'\s*CREATE\s+TYPE\s+"?(\w+)"?\s+AS\s+ENUM\s*\(([^)]*)\)', re.I)
_LABEL = re.compile(r"'((?:[^']|'')*)'")


def unknown_to_old_code(
    facts: Facts, steps: Iterable[Step]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    The values, quoted, that *steps* of Alembic add to enum types and that the models of the base lack.

    And those of types that no model is seen to have: it may be of them that its values
    are not known. Only SQLAlchemy's ``Enum`` holds what it reads against the values that it knows.
    """
    added = dict.fromkeys(_added(steps))
    if not added:
        return (), ()
    known: dict[str, list[tuple[str, ...]]] = {}
    for database in dict.fromkeys(database for database, _, _ in added):
        for table in facts.base.alembic_metadata(database).tables.values():
            for enum in table.enums.values():
                known.setdefault(enum.name.lower(), []).append(enum.labels)
    lacking = [
        label
        for _, name, label in added
        if any(label not in labels for labels in known.get(name, ()))
    ]
    perhaps = [label for _, name, label in added if name not in known]
    return _quoted(lacking), _quoted(perhaps)


def _quoted(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"'{label}'" for label in dict.fromkeys(labels))


def _added(steps: Iterable[Step]) -> Iterator[tuple[str, str, str]]:
    """The database, the type's name in small letters and the value, of each that may be new to it."""
    renamed: set[str] = set()
    for step in steps:
        change = step.change
        if step.migration.framework is not Framework.ALEMBIC or not isinstance(
            change, RunStatement
        ):
            continue
        label = added_label(change)
        if label is not None:
            yield step.database, _plain(label[0]), label[1]
        sql = change.sql or ""
        if found := _RENAMED.match(sql):
            renamed.add(_plain(found[1]))
        made = _MADE.match(sql)
        if made is not None and _plain(made[1]) in renamed:
            # Another type takes the name of the one that was there.
            for text in _LABEL.findall(made[2]):
                yield step.database, _plain(made[1]), text.replace("''", "'")


def _plain(name: str) -> str:
    return name.rpartition(".")[2].strip('"').lower()
