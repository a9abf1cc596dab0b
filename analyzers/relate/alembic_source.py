"""The revision file that is missing, as ``alembic revision --autogenerate`` would write it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence, Set

from analyzers.findings import NewFile
from analyzers.read.alembic.enums import enum_source
from analyzers.read.alembic.own_table import MappedTable
from analyzers.relate.alembic_batches import in_batches
from analyzers.relate.alembic_column_source import column_source, type_source
from analyzers.relate.alembic_constraint_source import (
    foreign_key_call,
    name_and_schema,
    timing,
)
from analyzers.relate.alembic_databases import ONE, Databases
from analyzers.relate.alembic_file import Ways, file_name, revision_text, slug_of
from analyzers.relate.alembic_index_source import Unwritable, index_call
from analyzers.relate.alembic_lines import head_for
from analyzers.relate.alembic_missing import (
    Difference,
    ModelsOfRoot,
    foreign_keys_of,
    left_out,
)
from analyzers.relate.alembic_remark_source import remark
from analyzers.relate.alembic_state import TableState
from analyzers.relate.alembic_table_source import table_call
from analyzers.relate.alembic_type_source import type_kept, types_there, with_types
from analyzers.relate.alembic_writable import leads, unwritten
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.sql_names import named
from analyzers.trees import Tree
from analyzers.vocabulary import ConstraintKind, Index, Key


def missing_revision(
    tree: Tree,
    graph: MigrationGraph,
    models: ModelsOfRoot,
    wanted: Sequence[Difference],
    databases: Databases = ONE,
    name: str | None = None,
) -> NewFile | None:
    """
    The complete file for *wanted*, about *name*, where that is given.

    None where a part of it cannot be written, or has no one parent.
    """
    key = next_after(tree, graph, models, wanted)
    if key is None:
        return None
    wanted = _in_order(wanted, models)
    apart: dict[str | None, list[Difference]] = {}
    try:
        for difference in wanted:
            for database in databases.of(difference, models.metadata):
                apart.setdefault(database, []).append(difference)
        written = {database: _both_ways(own, models) for database, own in apart.items()}
    except Unwritable:
        return None
    head = graph.migrations[key]
    every = [f"{database or ''}\0{line}" for database in written for line in written[database][0]]
    seed = "\0".join([head.key.name, *(every if databases.form.spans else written[None][0])])
    if models.root.location.batches:
        written = {
            database: ([*in_batches(up)], [*in_batches(down)])
            for database, (up, down) in written.items()
        }
    identifier = hashlib.sha256(seed.encode()).hexdigest()[:12]
    slug = re.sub(r"\W+", "_", name).strip("_").lower() if name else ""
    slug = slug or slug_of(wanted)
    folder = head.path.rpartition("/")[0]
    text = tree.read(head.path).decode("utf-8", "replace")
    return NewFile(
        path=f"{folder}/{file_name(models.root.location.file_template, identifier, slug)}.py",
        title="missing revision",
        content=revision_text(
            identifier,
            head.key.name,
            slug,
            written,
            databases.form,
            annotated="revision: str" in text,
        ),
    )


def next_after(
    tree: Tree, graph: MigrationGraph, models: ModelsOfRoot, wanted: Sequence[Difference]
) -> Key | None:
    """The head that a revision for *wanted* comes after; None where that is not certain."""
    places = {name: table.place.path for name, table in models.metadata.tables.items()}
    tables = {d.table: places.get(d.table, "") for d in wanted}
    return head_for(tree, graph, models.root.location.name, tables)


def _both_ways(wanted: Sequence[Difference], models: ModelsOfRoot) -> Ways:
    up, ended = with_types([(d, [*_operation(d, models)]) for d in wanted], models)
    down = [line for d in reversed(wanted) for line in _operation(d, models, back=True)]
    return up, down + ended


def reasons_against(
    wanted: Sequence[Difference], models: ModelsOfRoot, databases: Databases
) -> dict[Difference, str]:
    """Why some of *wanted* cannot stand in a revision; the others can, without these."""

    def write(difference: Difference) -> None:
        databases.of(difference, models.metadata)
        operations = [*_operation(difference, models)]
        with_types([(difference, operations)], models)
        for _ in _operation(difference, models, back=True):
            pass

    return unwritten(wanted, models, write)


_ORDER = (
    "label",
    *("remove_foreign_key", "remove_unique", "remove_index", "add_table", "add_column"),
    *("type", "value", "nullable", "default", "comment", "actions"),
    *("remove_column", "add_index", "add_unique"),
    "add_foreign_key",
    "remove_table",
)


def _in_order(wanted: Sequence[Difference], models: ModelsOfRoot) -> tuple[Difference, ...]:
    """What others need comes first: tables before those that refer to them, columns before indexes."""
    new, lost = (leads(wanted, models, kind) for kind in ("add_table", "remove_table"))
    # The other way round a table goes: after all that refer to it.
    after = {table: [one for one in lost if table in lost[one]] for table in lost}
    placed = {"add_table": _placed(new), "remove_table": _placed(after)}
    return tuple(
        sorted(
            wanted,
            key=lambda d: (
                _ORDER.index(d.kind),
                placed[d.kind].index(d.table) if d.kind in placed else 0,
                d,
            ),
        )
    )


def _placed(after: Mapping[str, Collection[str]]) -> list[str]:
    """Tables in such an order that each comes after those that it is said to come *after*."""
    placed: dict[str, None] = {}
    for table in sorted(after):
        waiting = [table]
        seen = {table}
        while waiting:
            before = [t for t in sorted(after[waiting[-1]]) if t not in placed and t not in seen]
            if before:
                seen.add(before[0])
                waiting.append(before[0])
            else:
                placed[waiting.pop()] = None
    return list(placed)


def operations_of(wanted: Sequence[Difference], models: ModelsOfRoot) -> tuple[str, ...]:
    """The operations of *wanted* as source, those that can be written."""
    found: list[tuple[Difference, list[str]]] = []
    for difference in _in_order(wanted, models):
        try:
            written = difference, [*_operation(difference, models)]
            with_types([written], models)
        except Unwritable:
            continue
        found.append(written)
    return tuple(with_types(found, models)[0])


def _operation(d: Difference, models: ModelsOfRoot, *, back: bool = False) -> Iterator[str]:
    """The source of one difference; *back* the way of ``downgrade``."""
    model = models.metadata.tables.get(d.table)
    state = models.tables.get(d.table)
    verb, _, kind = d.kind.partition("_")
    adds = (verb == "add") != back
    match kind:
        case "table":
            yield from _table(d, model, state, adds=adds, models=models)
        case "column":
            yield _column_operation(d, model, state, adds=adds, there=types_there(models))
        case "index":
            yield from _index_operation(d, model, state, adds=adds)
        case "" if d.kind == "label":
            yield _NO_WAY_BACK if back else _add_label(d, model)
        case "" if d.kind in {"comment", "default"}:
            yield remark(d, model, state, back=back)
        case "" if d.kind == "actions":
            yield from _actions_operation(d, model, state, back=back)
        case "unique" if d.to == "again":
            yield from _unique_again(d, model, state, back=back)
        case "unique" | "foreign_key":
            yield from _constraint_operation(d, model, state, adds=adds, kind=kind)
        case _:
            yield _alter(d, model, state, back=back, there=types_there(models))


def _table(
    d: Difference,
    model: MappedTable | None,
    state: TableState | None,
    *,
    adds: bool,
    models: ModelsOfRoot,
) -> Iterator[str]:
    name, schema = name_and_schema(d.table)
    there = types_there(models)
    if not adds:
        yield f"op.drop_table({name}{schema})"
        return
    if model is not None:
        columns, constraints, indexes = (
            model.table.columns,
            model.table.constraints,
            tuple(i for i in model.table.indexes if not _left_out(i, d.table, models)),
        )
        enums = _enums(model)
    elif state is not None:
        columns = tuple(state.columns.values())
        constraints = tuple(state.constraints)
        indexes = tuple(state.indexes.values())
        enums = {c.name: kept for c in columns if (kept := type_kept(c, d.table, there))}
    else:
        raise Unwritable
    yield table_call(d.table, columns, constraints, enums, model)
    for index in indexes:
        yield _create_index(index, d.table)


def _left_out(index: Index, table: str, models: ModelsOfRoot) -> bool:
    """Whether ``env.py`` keeps autogenerate from making *index* along with its *table*."""
    return index.name is not None and left_out(Difference("add_index", table, index.name), models)


def _enums(model: MappedTable) -> dict[str, str]:
    """The source of enums with their labels, by column."""
    return {column: enum_source(enum) for column, enum in model.enums.items()}


def _column_operation(
    d: Difference,
    model: MappedTable | None,
    state: TableState | None,
    *,
    adds: bool,
    there: Set[str],
) -> str:
    name, schema = name_and_schema(d.table)
    if not adds:
        return f'op.drop_column({name}, "{d.what}"{schema})'
    column = model.table.column(d.what) if model is not None else None
    enum = _enums(model).get(d.what) if model is not None else None
    if column is None and state is not None:
        column = state.columns.get(d.what)
        enum = type_kept(column, d.table, there) if column is not None else None
    if column is None:
        raise Unwritable
    if model is not None and any(
        i.name is None and i.columns == (column.name,) for i in model.table.indexes
    ):
        raise Unwritable("the name of the index that comes with it is not known")
    if model is not None and any(
        c.kind is ConstraintKind.FOREIGN_KEY
        and c.references is None
        and c.columns == (column.name,)
        for c in model.table.constraints
    ):
        raise Unwritable("what its foreign key refers to is not known")
    return f"op.add_column({name}, {column_source(column, enum, model)}{schema})"


def _create_index(index: Index, table: str) -> str:
    name, schema = name_and_schema(table)
    return index_call(index, name, schema)


def _index_operation(
    d: Difference, model: MappedTable | None, state: TableState | None, *, adds: bool
) -> Iterator[str]:
    name, schema = name_and_schema(d.table)
    wanted = next((i for i in model.table.indexes if i.name == d.what), None) if model else None
    present = state.indexes.get(d.what) if state else None
    if d.to == "again":
        if wanted is None or present is None:
            raise Unwritable
        yield f'op.drop_index("{d.what}", table_name={name}{schema})'
        yield _create_index(wanted if adds else present, d.table)
    elif adds:
        index = wanted or present
        if index is None:
            raise Unwritable
        yield _create_index(index, d.table)
    else:
        yield f'op.drop_index("{d.what}", table_name={name}{schema})'


def _unique_again(
    d: Difference, model: MappedTable | None, state: TableState | None, *, back: bool
) -> Iterator[str]:
    """A unique constraint taken away and made under its other name."""
    if model is None or state is None:
        raise Unwritable
    present, wanted = (
        next(
            c
            for c in each
            if c.kind is ConstraintKind.UNIQUE and ",".join(sorted(c.columns)) == d.what
        )
        for each in (state.constraints, model.table.constraints)
    )
    old, new = (wanted, present) if back else (present, wanted)
    if new.more:
        raise Unwritable
    name, schema = name_and_schema(d.table)
    listed = ", ".join(f'"{column}"' for column in new.columns)
    yield f'op.drop_constraint("{old.name}", {name}, type_="unique"{schema})'
    yield f'op.create_unique_constraint("{new.name}", {name}, [{listed}]{timing(new)}{schema})'


def _constraint_operation(
    d: Difference,
    model: MappedTable | None,
    state: TableState | None,
    *,
    adds: bool,
    kind: str,
) -> Iterator[str]:
    name, schema = name_and_schema(d.table)
    sort = ConstraintKind.UNIQUE if kind == "unique" else ConstraintKind.FOREIGN_KEY
    columns = tuple(d.what.split(","))
    holders = [*(model.table.constraints if model else ()), *(state.constraints if state else ())]
    found = next(
        (
            c
            for c in holders
            if c.kind is sort
            and (tuple(sorted(c.columns)) == columns or c.columns == columns)
            and (sort is ConstraintKind.UNIQUE or (c.references and c.references.table == d.to))
        ),
        None,
    )
    if found is None:
        raise Unwritable
    if adds and found.more:
        raise Unwritable
    suffix = "key" if kind == "unique" else "fkey"
    bare = d.table.rpartition(".")[2]
    called = found.name or f"{bare}_{'_'.join(found.columns)}_{suffix}"
    listed = ", ".join(f'"{column}"' for column in found.columns)
    if adds and model is not None and state is not None:
        told = model.table.complete and sort not in state.doubtful
        if not told and any(c.name == called and c is not found for c in state.constraints):
            # Whether the one of that name is still there, to be dropped first, is not certain.
            raise Unwritable
    # PostgreSQL has one name for a constraint and its index: an index of that name gives way.
    taken = (
        state.indexes.get(called) if kind == "unique" and d.kind == "add_unique" and state else None
    )
    if not adds:
        short = "unique" if kind == "unique" else "foreignkey"
        yield f'op.drop_constraint("{called}", {name}, type_="{short}"{schema})'
        if taken is not None:
            yield _create_index(taken, d.table)
    elif kind == "unique":
        if taken is not None:
            yield f'op.drop_index("{called}", table_name={name}{schema})'
        yield f'op.create_unique_constraint("{called}", {name}, [{listed}]{timing(found)}{schema})'
    else:
        yield foreign_key_call(found, called, d.table)


_NO_WAY_BACK = "# PostgreSQL takes no label out of a type, and one that nobody uses does no harm."


def _add_label(d: Difference, model: MappedTable | None) -> str:
    if model is None or not d.to.isprintable() or {"\\", '"'} & {*d.to}:
        raise Unwritable
    name, label = model.enums[d.what].name, d.to.replace("'", "''")
    called = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else f'\\"{name}\\"'
    schema = f"{d.table.rpartition('.')[0]}." if "." in d.table else ""
    if schema or not name.isidentifier():
        raise Unwritable("in which schema its enum type is, that of the table alone does not say")
    # Within a transaction PostgreSQL before 12 adds none, and no version lets it be used.
    return (
        "with op.get_context().autocommit_block():\n"
        f"    op.execute(\"ALTER TYPE {called} ADD VALUE IF NOT EXISTS '{label}'\")"
    )


def _actions_operation(
    d: Difference, model: MappedTable | None, state: TableState | None, *, back: bool
) -> Iterator[str]:
    """A foreign key taken away and made again, which is how its actions change."""
    if model is None or state is None:
        raise Unwritable
    present, wanted = (
        next(c for key, c in foreign_keys_of(each).items() if c is not None and key[0] == d.what)
        for each in (state.constraints, model.table.constraints)
    )
    name, schema = name_and_schema(d.table)
    usual = f"{state.name.rpartition('.')[2]}_{'_'.join(present.columns)}_fkey"
    there = present.name or usual
    # A name that models do not say stays; one that they say is what autogenerate gives it as well.
    new = wanted.name or there
    gone, made = (new, there) if back else (there, new)
    source = foreign_key_call(present if back else wanted, made, d.table)
    yield f'op.drop_constraint("{gone}", {name}, type_="foreignkey"{schema})'
    yield source


def _alter(
    d: Difference,
    model: MappedTable | None,
    state: TableState | None,
    *,
    back: bool,
    there: Set[str],
) -> str:
    name, schema = name_and_schema(d.table)
    wanted = model.table.column(d.what) if model else None
    present = state.columns.get(d.what) if state else None
    if wanted is None or present is None or model is None:
        raise Unwritable
    old, new = (wanted, present) if back else (present, wanted)
    enum = _enums(model).get(d.what)
    if d.kind == "nullable":
        existing = type_source(present.type, enum if wanted.type == present.type else None)
        return (
            f'op.alter_column({name}, "{d.what}", existing_type={existing}, '
            f"nullable={new.null}{schema})"
        )
    sources = {
        id(wanted): type_source(wanted.type, enum),
        id(present): type_source(present.type, type_kept(present, d.table, there)),
    }
    using = _using(old.type, new.type, d.what)
    # MySQL writes all of a column that is altered.
    stays = "" if present.null is None else f", existing_nullable={present.null}"
    return (
        f'op.alter_column({name}, "{d.what}", existing_type={sources[id(old)]}, '
        f"type_={sources[id(new)]}{stays}{using}{schema})"
    )


def _using(old: str | None, new: str | None, column: str) -> str:
    """PostgreSQL casts by itself only where nothing can be lost; elsewhere it wants to be told."""
    texts = ("varchar", "text", "char", "enum(")
    if (new or "").startswith(texts) and not (new or "").endswith("[]"):
        return ""
    numbers = ("smallint", "integer", "bigint", "numeric", "double", "real", "float")
    if (old or "").startswith(numbers) and (new or "").startswith(numbers):
        return ""
    cast = f"{named(column)}::{new}".replace('"', '\\"')
    return f', postgresql_using="{cast}"'
