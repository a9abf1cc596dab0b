"""
Models changed, and no migration says so.

## What it finds

A field, model, index or constraint (Alembic: a table, column, type, nullability,
index, unique constraint, foreign key, what one does on delete and update, or when it is checked) that
the models have after the merge and that the migrations do not make, or the other
way round, unless the base shows the same difference already. Nothing of the repository is run: what cannot be
read is the same on both sides and cancels out.

A field, index, constraint or model that a new migration makes and no model has is
said as well, at its operation, where the class can be read whole: the models' half
was not committed. So is a field or an option that it changes and the class says as before. Alembic: a column that a revision makes and the changed model of
its table does not have; a revision alone is the first half of a change in two steps.

A new member of a Python enum whose type PostgreSQL has, or whose values a column of MySQL has, is
told although autogenerate and `alembic check` pass over it: rows with its value would be refused.

On MySQL a NOT NULL that `alter_column` does not say again (`existing_nullable=False`), and
a type that `existing_type` does not say right: all of the column is written there.

Where the program calls `create_all` outside of its tests and no revision has made a table of
the models yet, a new table is the program's to make: its columns are asked for afterwards.

Keys that Django makes by itself are told where they become others: by `DEFAULT_AUTO_FIELD`, or
where no setting names it and the project goes to Django 6.0, which makes `BigAutoField`.

An app that gets its first models and has no folder for migrations is a warning:
`makemigrations` passes over it. A folder of migrations without `__init__.py` is an
error: Django loads none of them.

What no database can tell is a warning: `help_text`, `verbose_name`, `choices`, a
default of Python's, the blocks in a `StreamField` of Wagtail's, the options that
migrations only remember. `makemigrations
--check` fails of it all the same; `missing-migration: error` in the configuration
makes it an error here too. Of SQLAlchemy's models the comment of a column or a table is such a
warning; so is a plain `server_default` that is new, where `env.py` says `compare_server_default=True`
and rows can be written without it.

Where the project splits changes by files (`split.style: files`), half of a split
that the running code can live with is a warning: a column or table that the
models do not ask for, one that the models fill although the database would not
insist, one under another name that the models are told. What the models ask for
and the database lacks stays an error. Of SQLAlchemy's models it is a warning wherever a column
that is NOT NULL in them, and new in them, stands nullable in the base's database.

A new table whose model Alembic's `env.py` is seen not to import is a warning: autogenerate
does not see it either, so that the import has to come first.

## Why it hurts

The deploy brings code that expects a column that no migration adds: every query
on the table fails. Or nobody notices, and the next generated migration carries
somebody else's change along.

## What to do

Run `makemigrations` (Alembic: `alembic revision --autogenerate`) and commit the
file; the finding carries it, where it can be written.

## Example

```python
# bad: models.py has the column, and the pull request has no revision
class Order(Base):
    note: Mapped[str | None] = mapped_column(Text)

# good: the same pull request adds
def upgrade() -> None:
    op.add_column("orders", sa.Column("note", sa.Text(), nullable=True))
```
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.findings import Finding, Severity
from analyzers.relate.django_lacking import (
    apps_without_migrations,
    django_lacking,
    folders_without_init,
)
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule

rule = Rule(__name__, Severity.ERROR)


@rule
def check(facts: Facts) -> Iterator[Finding]:
    yield from django_lacking(rule.name, facts)
    yield from apps_without_migrations(rule.name, facts)
    yield from folders_without_init(rule.name, facts)
    if facts.merged.alembic_graphs:
        # Loaded here: most projects have either Django or Alembic.
        from analyzers.relate.alembic_lacking import alembic_lacking

        yield from alembic_lacking(rule.name, facts)
