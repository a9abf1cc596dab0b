"""
A table is renamed while code that knows the old name runs.

## What it finds

A renamed table of a table that stands already. `RenameModel` that keeps the table by `db_table` is silent,
and so is a rename that leaves a view of all columns under the old name in the same migration, or makes another
table of that name and its columns there: SQLite's way to alter one. A table that moves to another schema
counts as well, unless the migration or any of the program's code speaks of the search path.

## Why it hurts

No moment exists at which old and new code both find the name they ask for:
whichever side still runs fails on every query.

## What to do

Keep the table under its old name with `db_table`; or add the new table, write both, copy, read the new one, drop the
old one, in pull requests of their own.

## Example

Bad:

```python
migrations.RenameModel("Order", "Purchase")
```

Use instead:

```python
migrations.AlterModelTable("order", "shop_order"),
migrations.RenameModel("Order", "Purchase"),
```
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator

from analyzers import limits
from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts, Step
from analyzers.relate.uses import places
from analyzers.rules._deployed import nobody_asks_for
from analyzers.rules._rule import Rule
from analyzers.rules._steps import (
    existing,
    found,
    is_django,
    sql_beside,
    takes_its_place,
    takes_views_place,
)
from analyzers.vocabulary import DropTable, RenameTable

rule = Rule(__name__, Severity.ERROR)

_OF_INDEXES = ("_pkey", "_key", "_idx", "_excl")
"""How the names end that PostgreSQL gives to indexes."""


@rule
def check(facts: Facts) -> Iterator[Finding]:
    """Names that change under running code."""
    searched = functools.cache(lambda: _speaks_of_search_path(facts))
    for step in existing(facts):
        change = step.change
        if not isinstance(change, RenameTable) or change.table is None:
            continue
        old = change.table
        if _left_as_view(facts, step, old, change.new_name) or takes_views_place(facts, step):
            continue
        if _moves(old, change.new_name) and (
            "search_path" in sql_beside(facts, step).lower() or searched()
        ):
            continue
        if _is_index(facts, step, old) or takes_its_place(facts, step) is not None:
            continue
        if _takes_over(facts, step, change.new_name) and nobody_asks_for(facts, step, change):
            continue
        yield found(
            rule.name,
            step,
            message=f"`{old}` {_becomes(old, change.new_name)}.",
            why=(
                "Old code asks for the old name and new code for the new one: whichever still runs "
                "fails on every query."
            ),
            remedy=(
                "Leave a view of it in its place until no old code runs, or let every role's search path have both schemas first."
                if _moves(old, change.new_name)
                else "Keep the table with `db_table`: only the name in the models changes then."
                if is_django(step)
                else "Keep the name in the database and rename in the model only; or add, copy and drop in steps."
            ),
            identity=(old, change.new_name),
        )


def _moves(old: str, new: str) -> bool:
    """Whether the table keeps its name and gets another schema."""
    return old.rpartition(".")[2] == new.rpartition(".")[2]


def _speaks_of_search_path(facts: Facts) -> bool:
    """Whether the program says where the database looks for a table: old code may find it in the other schema."""
    tree = facts.merged.tree
    paths = [path for path in tree.paths()[: limits.FILES] if path.endswith(".py")]
    tree.prefetch(paths)
    return any(b"search_path" in tree.read(path) for path in paths)


def _becomes(old: str, new: str) -> str:
    schema = new.rpartition(".")[0] or "public"
    return f"moves to the schema `{schema}`" if _moves(old, new) else f"is renamed to `{new}`"


def _left_as_view(facts: Facts, step: Step, old: str, new: str) -> bool:
    """Whether a view of all columns takes the old name: what is simple can be read and written through it."""
    names = [re.escape(name.rpartition(".")[2]) for name in (old, new)]
    view = rf'\bVIEW\s+(?:\w+\.)?"?{names[0]}"?\s+AS\s+SELECT\s+(\*|[\w",\s]+?)\s+FROM\s+(?:\w+\.)?"?{names[1]}"?\s*(?:;|$)'
    made = re.search(view, sql_beside(facts, step), re.I | re.M)
    if made is None or made[1] == "*":
        return made is not None
    listed = {name.strip().strip('"') for name in made[1].split(",")}
    table = step.table_before
    return table is not None and table.complete and listed == {c.name for c in table.columns}


def _takes_over(facts: Facts, step: Step, name: str) -> bool:
    """Whether *name* was that of another table, which went out of the way earlier in the same migration."""
    before = itertools.takewhile(lambda earlier: earlier is not step, facts.steps)
    return any(
        earlier.migration.key == step.migration.key
        and earlier.change.table == name
        and isinstance(earlier.change, RenameTable | DropTable)
        for earlier in before
    )


def _is_index(facts: Facts, step: Step, name: str) -> bool:
    """
    Whether *name* is an index of PostgreSQL's, whose ``ALTER TABLE`` renames them as well.

    That is, it ends as their names do, no revision makes such a table, and nothing asks for one.
    """
    if is_django(step) or step.database != "postgresql" or step.table_before is not None:
        return False
    if (
        not name.endswith(_OF_INDEXES)
        or facts.base.alembic_model(name, step.database, step.migration.path) is not None
    ):
        return False
    return not places(facts.base.tree, name.rpartition(".")[2])
