"""How a difference between SQLAlchemy's models and the revisions is told: in which words, how hard, and why."""

from __future__ import annotations

import re

from analyzers.findings import Severity
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot, keys_of
from analyzers.relate.alembic_state import TableState
from analyzers.relate.column_types import holds
from analyzers.relate.locks import demanded_of_old_code
from analyzers.vocabulary import ConstraintKind

_WORDS = {
    "add_table": "table `{table}` is new in the models",
    "remove_table": "table `{table}` is gone from the models",
    "add_column": "column `{what}` of `{table}` is new in the models",
    "remove_column": "column `{what}` of `{table}` is gone from the models",
    "type": "column `{what}` of `{table}` is `{to}` in the models",
    "nullable": "column `{what}` of `{table}` is {to} in the models",
    "add_index": "index `{what}` on `{table}` is new in the models",
    "add_index again": "index `{what}` on `{table}` is different in the models",
    "remove_index": "index `{what}` on `{table}` is gone from the models",
    "add_unique": "the unique constraint on `{table}` ({what}) is new in the models",
    "add_unique again": "the unique constraint on `{table}` ({what}) has another name in the models",
    "remove_unique": "the unique constraint on `{table}` ({what}) is gone from the models",
    "add_foreign_key": "the foreign key from `{table}` ({what}) to `{to}` is new in the models",
    "remove_foreign_key": "the foreign key from `{table}` ({what}) to `{to}` is gone from the models",
    "label": "the value `{to}` of the enum `{enum}` is new in the models",
    "value": "the value `{to}` of the enum `{what}` of `{table}` is new in the models",
    "comment": "column `{what}` of `{table}` has another comment in the models",
    "comment of": "table `{table}` has another comment in the models",
    "default": "column `{what}` of `{table}` has the server default `{to}` in the models",
    "actions": "the foreign key from `{table}` ({what}) is {to} in the models",
}


def words_of(difference: Difference, after: ModelsOfRoot) -> str:
    """What the models say, as the beginning of a sentence."""
    kind = f"{difference.kind} again" if difference.to == "again" else difference.kind
    if kind == "comment" and not difference.what:
        kind = "comment of"
    model = after.metadata.tables.get(difference.table)
    enum = model.enums.get(difference.what) if model is not None else None
    words = _WORDS[kind].format(
        table=difference.table,
        what=difference.what,
        to=difference.to,
        enum=enum.name if enum is not None else "",
    )
    return f"{words[0].upper()}{words[1:]}"


def severity_of(difference: Difference, after: ModelsOfRoot) -> Severity | None:
    """
    A warning where the database keeps what no code asks for any more; else the rule's own.

    That is how a column or a table goes: the code forgets it, then a revision drops it.
    And where it has in another form, or under another name, what the models ask for.
    """
    state = after.tables.get(difference.table)
    if state is not None and _served(difference, after, state):
        return Severity.WARNING
    match difference.kind:
        case "remove_table" | "comment":
            return Severity.WARNING
        case "default" if state is not None:
            column = state.columns.get(difference.what)
            # Models that leave it to the database write no row where that has none and wants one.
            return None if column is not None and demanded_of_old_code(column) else Severity.WARNING
        case "remove_column" if state is not None:
            column = state.columns.get(difference.what)
            return None if column is None or demanded_of_old_code(column) else Severity.WARNING
        case "remove_index" if state is not None:
            index = state.indexes.get(difference.what)
            return None if index is None or index.unique else Severity.WARNING
        case "actions" if not re.search(r"CASCADE|SET|(?<!NOT )DEFERRABLE", difference.to):
            # The database does more than the models ask for: no statement of theirs fails.
            return Severity.WARNING
        case "remove_foreign_key" if _goes_with_its_columns(difference, after):
            return Severity.WARNING
        case _:
            return None


def _goes_with_its_columns(difference: Difference, after: ModelsOfRoot) -> bool:
    """Whether a foreign key is of columns that the models do not write any more: it refuses no NULL."""
    model = after.metadata.tables.get(difference.table)
    return model is not None and all(
        model.table.column(name) is None for name in difference.what.split(",")
    )


def _served(difference: Difference, after: ModelsOfRoot, state: TableState) -> bool:
    """Whether what is new in the models is there, or what is gone is asked for: an index, or the uniqueness that one gives."""
    model = after.metadata.tables.get(difference.table)
    if model is None:
        return False
    unique = {c.columns for c in state.constraints if c.kind is ConstraintKind.UNIQUE}
    unique |= {i.columns for i in state.indexes.values() if i.unique}
    unique |= keys_of(state.columns.values(), state.constraints)
    match difference.kind:
        case "add_unique":
            return tuple(difference.what.split(",")) in {tuple(sorted(c)) for c in unique}
        case "remove_unique":
            asked = {tuple(sorted(i.columns)) for i in model.table.indexes if i.unique}
            return tuple(difference.what.split(",")) in asked
        case "add_index":
            wanted = [i for i in model.table.indexes if i.name == difference.what]
            there = unique | {i.columns for i in state.indexes.values()}
            return any(i.columns in (unique if i.unique else there) for i in wanted)
        case "type":
            column = state.columns.get(difference.what)
            return column is not None and holds(column.type, difference.to)
        case _:
            return False


def why_of(difference: Difference, after: ModelsOfRoot) -> str:
    state = after.tables.get(difference.table)
    if state is not None and _served(difference, after, state):
        has = (
            "takes all that the models ask for"
            if difference.kind == "type"
            else "has the same in another form or under another name"
        )
        return (
            f"The database {has}, so nothing fails; "
            "but the next autogenerated revision carries this change along."
        )
    if difference.kind == "label":
        return (
            "PostgreSQL refuses rows with a value that its type does not have (`invalid input value for enum`). "
            "Autogenerate and `alembic check` do not tell: they compare the type's name."
        )
    if difference.kind == "value":
        return (
            "MySQL refuses rows with a value that the column's enum does not have (`Data truncated for column`). "
            "Autogenerate and `alembic check` tell of it in newer versions of Alembic alone."
        )
    if difference.kind == "comment":
        return (
            "No statement fails of it; `alembic check` does, and the next autogenerated revision carries "
            "this change along."
        )
    if difference.kind == "default":
        return (
            "The database fills rows in as the revisions say. `alembic check` fails of it, as `env.py` asks to "
            "compare defaults, and the next autogenerated revision carries this change along."
        )
    if difference.kind == "actions" and "ON " not in difference.to:
        return (
            "The database checks the key when the revisions say, with each statement or at the end of the "
            "transaction. The next autogenerated revision carries this change along."
        )
    if difference.kind == "actions":
        return (
            "When the row goes that such rows refer to, the database does what the revisions say: it refuses, "
            "or deletes and empties what should stay. The next autogenerated revision carries this change along."
        )
    if severity_of(difference, after) is not None:
        return (
            "The database keeps what no code knows any more, which is right until all of the old "
            "code is gone; the next autogenerated revision drops it."
        )
    return (
        "The code that is deployed with this expects a database that no revision makes: "
        "queries fail, or the next autogenerated revision carries this change along."
    )
