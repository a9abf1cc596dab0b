"""
Models against revisions: what ``alembic revision --autogenerate`` would write.

Judged by difference: a table, column, index or constraint counts where models
and revisions disagree in the merged tree and did not disagree in the same way
on the base. What cannot be read disagrees on both and cancels out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set

from analyzers.frozen import dataclass
from analyzers.read.alembic.filters import Thing, taken_in
from analyzers.read.alembic.metadata import Metadata
from analyzers.read.alembic.naming import index_name
from analyzers.read.alembic.own_table import MappedTable
from analyzers.read.alembic.roots import Root
from analyzers.read.values import Opaque, Value
from analyzers.relate.alembic_models import bases_of
from analyzers.relate.alembic_state import Tables, TableState
from analyzers.relate.column_types import same_type
from analyzers.vocabulary import (
    Column,
    Constraint,
    ConstraintKind,
    Index,
)


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One thing in which models and revisions disagree, as the models want it."""

    kind: str
    """``add_table``, ``remove_table``, ``add_column``, ``remove_column``, ``type``, ``nullable``,
    ``add_index``, ``remove_index``, ``add_unique``, ``remove_unique``, ``add_foreign_key``,
    ``remove_foreign_key``, ``actions``, ``label``, ``value``, ``comment``, ``default``."""
    table: str
    what: str = ""
    """The column, the index's name, or the columns of a constraint joined by commas; nothing for a table's comment."""
    to: str = ""
    """
    What it should become: the type, ``null``/``not null``, a foreign key's target or its actions in SQL,
    the label that the column's enum type should have, or the value that MySQL's column should take,
    the comment, the default in SQL; ``again`` of an index or a unique constraint that is
    there in another form, or under another name.
    """
    was: str = ""
    """The comment of before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsOfRoot:
    """What one root's revisions make of the tables, and what the models say."""

    root: Root
    tables: Tables
    metadata: Metadata
    differences: frozenset[Difference]


def models_of(
    root: Root,
    tables: Tables,
    metadata: Metadata,
    managed: frozenset[str] = frozenset(),
) -> ModelsOfRoot:
    """
    *root*'s tables, the models, and where they disagree.

    Only models on a declarative base of which the revisions already know a
    table take part, and those on one that is in *managed*: others belong to
    another database, or to none.
    """
    bases = managed | bases_of(metadata, tables)
    mine = {name: t for name, t in metadata.tables.items() if t.base in bases}
    found = frozenset(
        _compare(mine, tables, compares_type=root.location.compares_type, metadata=metadata)
    )
    return ModelsOfRoot(root=root, tables=tables, metadata=metadata, differences=found)


def missing(
    merged: ModelsOfRoot, base: ModelsOfRoot | None, brought: Collection[Difference] = ()
) -> tuple[Difference, ...]:
    """
    What *merged* lacks in revisions and *base* did not lack already, sorted.

    Something is gone from the models only if they had it on the base, or is in
    *brought*: what a new revision makes and no model is seen to have may stand
    where we cannot read.
    """
    if base is None:
        return ()
    found = merged.differences - base.differences
    if merged.metadata.unreadable:
        # A file that cannot be read may hold what seems to be gone.
        found = frozenset(d for d in found if not d.kind.startswith("remove"))
    return tuple(
        sorted(
            d
            for d in found
            if (d in brought or (_counts(d, merged, base) and not _may_have_been(d, merged, base)))
            and not _came_into_view(d, base)
            and not _on_another_base(d, merged, base)
            and not left_out(d, merged)
        )
    )


def _may_have_been(difference: Difference, merged: ModelsOfRoot, base: ModelsOfRoot) -> bool:
    """Whether what is new is of a model that can be read whole now, and was only half read on the base."""
    one = base.metadata.tables.get(difference.table)
    two = merged.metadata.tables.get(difference.table)
    return (
        difference.kind.startswith("add_")
        and one is not None
        and two is not None
        and two.table.complete
        and not one.table.complete
    )


def _came_into_view(difference: Difference, base: ModelsOfRoot) -> bool:
    """
    Whether it is about a column of an old table of which the base is seen to have no model.

    Most likely it had one that could not be read: what the two disagree about is as old.
    """
    return (
        difference.kind in {"type", "nullable"}
        and difference.table not in base.metadata.tables
        and base.tables.get(difference.table) is not None
    )


def _on_another_base(difference: Difference, merged: ModelsOfRoot, base: ModelsOfRoot) -> bool:
    """
    Whether its model stands on a base of a library now, or did until now.

    That names indexes, and says which types annotations stand for, in code that is not read.
    """
    one = base.metadata.tables.get(difference.table)
    two = merged.metadata.tables.get(difference.table)
    return (
        one is not None
        and two is not None
        and one.base != two.base
        and any(t.base.startswith("unknown:") for t in (one, two))
    )


_ASKED_AS = {
    "table": "table",
    "column": "column",
    "type": "column",
    "nullable": "column",
    "index": "index",
    "unique": "unique_constraint",
    "foreign_key": "foreign_key_constraint",
    "actions": "foreign_key_constraint",
    "comment": "column",
    "default": "column",
}
_MOSTLY_LEFT_OUT = frozenset({"remove_table", "add_index", "remove_index"})
"""What the filters of an ``env.py`` are mostly about: left out where they cannot be read."""


def left_out(difference: Difference, merged: ModelsOfRoot) -> bool:
    """Whether ``env.py`` keeps autogenerate from telling *difference*."""
    filters = merged.root.location.filters
    if not filters:
        return False
    kind = _ASKED_AS[difference.kind.removeprefix("add_").removeprefix("remove_")]
    if difference.kind == "comment" and not difference.what:
        kind = "table"
    reflected = difference.kind.startswith("remove_")
    columns: tuple[str, ...] | None = None
    name: str | None = difference.what
    if kind == "index":
        columns = _index_columns(difference, merged)
    elif kind.endswith("constraint"):
        # Which of its names the constraint has is not known; its columns are.
        columns, name = tuple(difference.what.split(",")), None
    elif kind == "table":
        name = difference.table.rpartition(".")[2]
    model = merged.metadata.tables.get(difference.table)
    of_members: Value = {} if model is not None and not model.informed else None
    if kind == "column":
        of_members = model.infos.get(difference.what, {}) if model is not None else None
    of_model = model.info if model is not None else None
    schema = _schema_of(difference.table, model)
    thing = Thing(
        kind=kind,
        name=name,
        table=difference.table,
        columns=columns,
        reflected=reflected,
        schema=schema,
        info=of_model if kind == "table" else of_members,
    )
    known = taken_in(filters, thing)
    if known is not False and kind != "table":
        bare = difference.table.rpartition(".")[2]
        of_table = taken_in(
            filters,
            Thing(
                kind="table",
                name=bare,
                table=difference.table,
                reflected=model is None,
                schema=schema,
                info=of_model,
            ),
        )
        known = False if of_table is False else known
    # What a column says is said to them.
    told = kind == "column" and model is not None and difference.what in model.infos
    return known is False or (known is None and (told or difference.kind in _MOSTLY_LEFT_OUT))


def _schema_of(table: str, model: MappedTable | None) -> Value:
    """The schema that Alembic sees with *table*: that of a database's own default is None."""
    if model is None:
        return table.rpartition(".")[0] or None
    return model.schema if model.named else Opaque("schema")


def _index_columns(difference: Difference, merged: ModelsOfRoot) -> tuple[str, ...] | None:
    model = merged.metadata.tables.get(difference.table)
    state = merged.tables.get(difference.table)
    found = [
        *(model.table.indexes if model is not None else ()),
        *(state.indexes.values() if state is not None else ()),
    ]
    columns = next((index.columns for index in found if index.name == difference.what), ())
    return columns if columns and all(re.fullmatch(r"\w+", c) for c in columns) else None


def dropped_by_revision(before: ModelsOfRoot, after: ModelsOfRoot, difference: Difference) -> bool:
    """
    Whether the models of *before* asked for an index or a constraint just as those of *after*.

    As *before* had no such difference, its revisions made what is lacking now.
    """
    one = before.metadata.tables.get(difference.table)
    two = after.metadata.tables.get(difference.table)
    if one is None or two is None or difference.to == "again":
        return False
    columns = tuple(difference.what.split(","))
    match difference.kind:
        case "add_index":
            asked = [{i for i in t.table.indexes if i.name == difference.what} for t in (one, two)]
            return bool(asked[0]) and asked[0] == asked[1]
        case "add_unique":
            return columns in (_columns_of(one.table.constraints, ConstraintKind.UNIQUE) or ())
        case "add_foreign_key":
            return (difference.what, difference.to) in _targets(one.table.constraints)[0]
        case _:
            return False


def _read_alike(table: str, merged: ModelsOfRoot, base: ModelsOfRoot) -> bool:
    """Whether *table*'s model is read whole in *merged*, or as far as on the *base*: parents of a library stay the same."""
    one, two = base.metadata.tables.get(table), merged.metadata.tables.get(table)
    return two is None or two.table.complete or (one is not None and one.beyond == two.beyond)


def _counts(difference: Difference, merged: ModelsOfRoot, base: ModelsOfRoot) -> bool:
    """
    Whether *difference* is one that the base did not have in another form.

    What is gone must have been in the base's models; a new table must not have
    been there under a name that could be read by half only.
    """
    model = base.metadata.tables.get(difference.table)
    columns = tuple(difference.what.split(","))
    half = base.metadata.tables.get(difference.table.rpartition(".")[2])
    if model is None and half is not None and not half.named:
        # What the base's model lacks of its table is not known.
        return False
    match difference.kind:
        case "add_table":
            return half is None or half.named
        case "remove_table":
            return model is not None and model.place.path not in merged.metadata.half_read
        case "remove_column":
            return (
                model is not None
                and model.table.column(difference.what) is not None
                and _read_alike(difference.table, merged, base)
            )
        case "remove_index":
            return model is not None and any(i.name == difference.what for i in model.table.indexes)
        case "remove_unique" | "remove_foreign_key":
            return model is not None and any(
                columns in (c.columns, tuple(sorted(c.columns))) for c in model.table.constraints
            )
        case _:
            return True


def _compare(
    models: Mapping[str, MappedTable], tables: Tables, *, compares_type: bool, metadata: Metadata
) -> Iterator[Difference]:
    for name, model in models.items():
        state = tables.get(name)
        if state is None:
            if model.named:
                yield Difference("add_table", name)
            continue
        yield from _columns(model, state, tables.unread, compares_type=compares_type)
        yield from _indexes(model, state)
        yield from _uniques(model, state)
        yield from _foreign_keys(model, state)
        if name.rpartition(".")[2] not in tables.unread | tables.keyed_unread:
            yield from _actions(model, state)
    halves = {name for name, model in metadata.tables.items() if not model.named}
    for name in tables.tables:
        # A model whose schema cannot be read may be this table.
        if name not in metadata.tables and name.rpartition(".")[2] not in halves:
            yield Difference("remove_table", name)


_OF_FLOATS = {"float", "double"}
"""What ``Mapped[float]`` is: a ``Double`` since SQLAlchemy 2.1, a ``Float`` before; PostgreSQL has one for both."""


def _columns(
    model: MappedTable, state: TableState, unread: Set[str], *, compares_type: bool
) -> Iterator[Difference]:
    table = state.name
    keyed = bool(keys_of(model.table.columns, model.table.constraints))
    for column in model.table.columns:
        present = state.columns.get(column.name)
        if present is None:
            # What could not be read has made no column of which it does not say the name.
            if state.complete or column.name not in unread:
                yield Difference("add_column", table, column.name)
            continue
        if compares_type and not (
            same_type(present.type, column.type) or {present.type, column.type} == _OF_FLOATS
        ):
            yield Difference("type", table, column.name, column.type or "")
        # Every mapped class has a key; where none is seen, it may be any of the columns.
        if _null_differs(present, column) and (keyed or not column.null):
            yield Difference("nullable", table, column.name, "null" if column.null else "not null")
    if model.table.complete or model.beyond:
        known = {column.name for column in model.table.columns} | model.unclear
        for name in state.columns:
            if name not in known:
                yield Difference("remove_column", table, name)


def _null_differs(present: Column, wanted: Column) -> bool:
    if present.null is None or wanted.null is None or wanted.identity or wanted.generated:
        return False
    return present.null != wanted.null


def _indexes(model: MappedTable, state: TableState) -> Iterator[Difference]:
    wanted = {index.name: index for index in model.table.indexes if index.name}
    unnamed = any(index.name is None for index in model.table.indexes)
    # A naming convention gives them their names, which is the models' own.
    made = [
        i
        for name, i in state.indexes.items()
        if name not in wanted and (name.startswith("?") or _named_by_default(i, state.name))
    ]
    present = {name: i for name, i in state.indexes.items() if not name.startswith("?")}
    gone = _gone_uniques(model, state)
    going = {
        c.name
        for c in state.constraints
        if c.kind is ConstraintKind.UNIQUE and tuple(sorted(c.columns)) in gone
    }
    for name, index in wanted.items():
        other = present.get(name)
        if other is None:
            alike = next(
                (i for i in made if (i.columns, i.unique) == (index.columns, index.unique)), None
            )
            if alike is not None:
                made.remove(alike)
                present = {n: i for n, i in present.items() if i is not alike}
                continue
            # A constraint that stays has an index of its name already.
            if name in going or not any(c.name == name for c in state.constraints):
                yield Difference("add_index", state.name, name)
        elif _index_differs(other, index):
            yield Difference("add_index", state.name, name, "again")
    if unnamed or not model.table.complete:
        return
    for name in present:
        if name not in wanted:
            yield Difference("remove_index", state.name, name)


def _named_by_default(index: Index, table: str) -> bool:
    """Whether *index* has the name that SQLAlchemy gives where no naming convention does."""
    return len(index.columns) == 1 and index.name == index_name({}, table, index.columns[0])


def _index_differs(one: Index, two: Index) -> bool:
    plain = re.compile(r"\w+$")
    if not all(plain.match(c) for c in (*one.columns, *two.columns)):
        return False
    return one.columns != two.columns or one.unique != two.unique


def _uniques(model: MappedTable, state: TableState) -> Iterator[Difference]:
    wanted = _columns_of(model.table.constraints, ConstraintKind.UNIQUE)
    present = _columns_of(state.constraints, ConstraintKind.UNIQUE)
    if wanted is None or present is None:
        return
    for columns in wanted - present:
        yield Difference("add_unique", state.name, ",".join(columns))
    asked, there = _unique_names(model.table.constraints), _unique_names(state.constraints)
    for columns in wanted & present:
        one, other = asked.get(columns), there.get(columns)
        if one is not None and other is not None and one != other:
            yield Difference("add_unique", state.name, ",".join(columns), "again")
    for columns in _gone_uniques(model, state):
        yield Difference("remove_unique", state.name, ",".join(columns))


def _gone_uniques(model: MappedTable, state: TableState) -> frozenset[tuple[str, ...]]:
    """The columns of the unique constraints that the revisions make and the models do not have."""
    wanted = _columns_of(model.table.constraints, ConstraintKind.UNIQUE)
    present = _columns_of(state.constraints, ConstraintKind.UNIQUE)
    # Of those that are held to be there one may be gone; there are no others.
    doubtful = not model.table.complete or ConstraintKind.UNIQUE in state.doubtful
    if wanted is None or present is None or doubtful:
        return frozenset()
    # With the table PostgreSQL does not even make what the primary key says already.
    keyed = keys_of(state.columns.values(), state.constraints)
    return present - wanted - keyed - keys_of(model.table.columns, model.table.constraints)


def _unique_names(constraints: Iterable[Constraint]) -> dict[tuple[str, ...], str | None]:
    """The names of the unique constraints by their columns, sorted; None where one has none, or there are several."""
    found: dict[tuple[str, ...], str | None] = {}
    for constraint in constraints:
        if constraint.kind is ConstraintKind.UNIQUE:
            columns = tuple(sorted(constraint.columns))
            found[columns] = None if columns in found else constraint.name
    return found


def keys_of(
    columns: Iterable[Column], constraints: Iterable[Constraint]
) -> frozenset[tuple[str, ...]]:
    """The columns of the primary key, sorted, as a set to take away."""
    marked = tuple(sorted(c.name for c in columns if c.primary_key))
    said = (tuple(sorted(c.columns)) for c in constraints if c.kind is ConstraintKind.PRIMARY_KEY)
    return frozenset(key for key in (marked, *said) if key)


def _columns_of(
    constraints: Iterable[Constraint], kind: ConstraintKind
) -> frozenset[tuple[str, ...]] | None:
    found = [c.columns for c in constraints if c.kind is kind]
    if any("..." in columns or not columns for columns in found):
        return None
    return frozenset(tuple(sorted(columns)) for columns in found)


def _foreign_keys(model: MappedTable, state: TableState) -> Iterator[Difference]:
    wanted, all_wanted = _targets(model.table.constraints)
    present, all_present = _targets(state.constraints)
    for columns, target in wanted - present:
        # Whatever else is there: of a column that is not, nothing is.
        new = state.complete and not state.columns.keys() & {*columns.split(",")}
        if all_present or new:
            yield Difference("add_foreign_key", state.name, columns, target)
    if not (all_wanted and all_present):
        return
    if model.table.complete and ConstraintKind.FOREIGN_KEY not in state.doubtful:
        for columns, target in present - wanted:
            yield Difference("remove_foreign_key", state.name, columns, target)


def _targets(constraints: Iterable[Constraint]) -> tuple[frozenset[tuple[str, str]], bool]:
    """The foreign keys by their columns and their table, and whether these are all."""
    found = set()
    whole = True
    for constraint in constraints:
        if constraint.kind is ConstraintKind.FOREIGN_KEY:
            if (
                constraint.references is None
                or not constraint.columns
                or "..." in constraint.columns
            ):
                whole = False
            else:
                found.add((",".join(constraint.columns), constraint.references.table))
    return frozenset(found), whole


def _actions(model: MappedTable, state: TableState) -> Iterator[Difference]:
    """Foreign keys that are there on both sides, and do something else to rows whose target goes, or are checked at another time."""
    if ConstraintKind.FOREIGN_KEY in state.doubtful:
        return
    present = foreign_keys_of(state.constraints)
    for key, wanted in foreign_keys_of(model.table.constraints).items():
        other = present.get(key)
        if wanted is None or other is None:
            continue
        pairs = (
            ("ON DELETE", other.on_delete, wanted.on_delete),
            ("ON UPDATE", other.on_update, wanted.on_update),
        )
        changed = [f"{of} {to.upper()}" for of, at, to in pairs if to and at and _not_alike(at, to)]
        if _checked(other) != _checked(wanted):
            changed.append(_checked(wanted))
        if changed:
            yield Difference("actions", state.name, key[0], " ".join(changed))


def _checked(key: Constraint) -> str:
    """When a foreign key is checked, as far as autogenerate tells one time from another."""
    if key.initially == "DEFERRED":
        return "DEFERRABLE INITIALLY DEFERRED"
    return "DEFERRABLE" if key.deferrable or key.initially else "NOT DEFERRABLE"


def foreign_keys_of(
    constraints: Iterable[Constraint],
) -> dict[tuple[str, str], Constraint | None]:
    """The foreign keys by their columns and their target; None where several are the same."""
    found: dict[tuple[str, str], Constraint | None] = {}
    for constraint in constraints:
        if constraint.kind is ConstraintKind.FOREIGN_KEY and constraint.references is not None:
            key = (",".join(constraint.columns), constraint.references.table)
            found[key] = None if key in found else constraint
    return found


def _not_alike(one: str, two: str) -> bool:
    """RESTRICT is what MySQL does where nothing is said; PostgreSQL's differs in when it looks."""
    usual = {"no action", "restrict"}
    return one != two and not {one, two} <= usual
