"""SQL and operations that generated migrations are made of."""

from __future__ import annotations

import ast
import hashlib
import textwrap
from collections.abc import Mapping, Sequence

from analyzers.plan.parts import Operation
from analyzers.plan.source import literal
from analyzers.vocabulary import Column

MAX_NAME = 63
"""PostgreSQL cuts identifiers here."""

ATTEMPTS = 300
"""How often locks are tried for, some three times a second, before a migration gives up."""


def quoted(name: str) -> str:
    """*name* as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def object_name(table: str, columns: Sequence[str], suffix: str) -> str:
    """
    The name Django gives to an index or constraint of *columns*.

    Source: ``BaseDatabaseSchemaEditor._create_index_name``; keeping its scheme
    lets the object be recognised by whoever looks for Django's names.
    """
    digest = hashlib.md5(usedforsecurity=False)
    for argument in (table, *columns):
        digest.update(argument.encode())
    tail = f"{digest.hexdigest()[:8]}{suffix}"
    joined = "_".join(columns)
    name = f"{table}_{joined}_{tail}"
    if len(name) <= MAX_NAME:
        return name
    if len(tail) > MAX_NAME // 3:
        tail = tail[: MAX_NAME // 3]
    room = (MAX_NAME - len(tail)) // 2 - 1
    return f"{table[:room]}_{joined[:room]}_{tail}"


def run_sql(sql: str | Sequence[str], reverse: str | Sequence[str] | None) -> Operation:
    """``RunSQL``; *reverse* None makes it irreversible, an empty text does nothing."""
    call = ast.parse("migrations.RunSQL()", mode="eval").body
    assert isinstance(call, ast.Call)
    forward = sql if isinstance(sql, str) else list(sql)
    call.keywords = [ast.keyword(arg="sql", value=literal(forward))]
    if reverse is not None:
        back = (
            ast.parse("migrations.RunSQL.noop", mode="eval").body
            if reverse == ""
            else literal(reverse if isinstance(reverse, str) else list(reverse))
        )
        call.keywords.append(ast.keyword(arg="reverse_sql", value=back))
    return Operation(call=call)


def run_python(function: str) -> Operation:
    """``RunPython`` of a function of the same file; going back does nothing."""
    return _parsed(f"migrations.RunPython({function}, migrations.RunPython.noop, atomic=False)")


def apart(
    *, database: Sequence[Operation] = (), state: Sequence[Operation] = ()
) -> tuple[Operation, ...]:
    """``SeparateDatabaseAndState``: the two sides of a change at different times."""
    call = ast.parse("migrations.SeparateDatabaseAndState()", mode="eval").body
    assert isinstance(call, ast.Call)
    for name, operations in (("database_operations", database), ("state_operations", state)):
        if operations:
            items: list[ast.expr] = [operation.call for operation in operations]
            call.keywords.append(ast.keyword(arg=name, value=ast.List(elts=items, ctx=ast.Load())))
    return (Operation(call=call, inside=(*database, *state)),)


def operation(source: str, module: ast.Module | None = None) -> Operation:
    """The operation that *source* spells."""
    return _parsed(source, module)


def _parsed(source: str, module: ast.Module | None = None) -> Operation:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)
    return Operation(call=call, module=module)


def drop_not_null(table: str, column: str) -> Operation:
    return run_sql(
        f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} DROP NOT NULL",
        f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} SET NOT NULL",
    )


def add_column(table: str, column: Column) -> Operation:
    """*column* alone, and nullable unless the database has a default for it."""
    words = f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(column.name)} {column.type}"
    if column.server_default is not None:
        words += f" DEFAULT {column.server_default}"
    words += " NOT NULL" if column.server_default is not None and not column.null else " NULL"
    said = (
        f"COMMENT ON COLUMN {quoted(table)}.{quoted(column.name)} IS {_text(column.comment or '')}"
    )
    return run_sql(
        [words, said] if column.comment else words,
        f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(column.name)}",
    )


def drop_column(table: str, column: str, type_: str | None) -> Operation:
    """Going back brings the column, never its values; without a known type there is no way back."""
    return run_sql(
        f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(column)}",
        f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(column)} {type_} NULL" if type_ else None,
    )


def patiently(body: str, declared: str = "") -> str:
    """
    SQL that runs the statements of *body* in one transaction, giving way while it cannot have all locks.

    PostgreSQL takes the lock on a table with a foreign key first, the one on
    the table that it refers to second; a program that adds a row and what
    refers to it takes them the other way round, and each waits for the other.
    So no lock is waited for longer than a tenth of ``deadlock_timeout``, and
    what was had is given back, by the end of the inner block, before the next
    attempt. Nothing of the transaction may hold a lock on these tables before.
    """
    return f"""DO $$
DECLARE
    before text := current_setting('lock_timeout');{declared}
BEGIN
    -- More than one table is locked, and running code may hold one of them and wait for
    -- another: what is locked is let go where the rest takes long, and tried again.
    -- It gives up after some two minutes; then run it again.
    SET LOCAL lock_timeout = '100ms';
    FOR attempt IN REVERSE {ATTEMPTS}..1 LOOP
        BEGIN
{textwrap.indent(body, " " * 12)}
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 1 THEN RAISE; END IF;
            PERFORM pg_sleep(0.2);
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', before, true);
END $$"""


EXCLUSIVE = "ACCESS EXCLUSIVE"
"""The lock that everything else waits for."""


def locked_first(modes: Mapping[str, str]) -> Operation:
    """Lock tables, each in its mode: what comes next in the transaction has to wait for none of them."""
    return run_sql(
        patiently(
            "\n".join(
                f"LOCK TABLE {quoted(table)} IN {mode} MODE;" for table, mode in modes.items()
            )
        ),
        "",
    )


def drop_foreign_keys(*tables: str, column: str | None = None) -> Operation:
    """
    Drop the foreign keys of *tables* (of one column, where given), whatever they are called.

    New code no longer cascades over a table that it does not know; with the
    constraint still there, deleting a parent row would fail.
    """
    relations = ", ".join(f"{_text(quoted(table))}::regclass" for table in tables)
    only = (
        ""
        if column is None
        else (
            "\n    AND conkey = ARRAY[(SELECT attnum FROM pg_attribute"
            f" WHERE attrelid = conrelid AND attname = {_text(column)})]"
        )
    )
    return run_sql(
        patiently(
            "FOR found IN\n"
            "    SELECT conname, conrelid::regclass AS relation FROM pg_constraint\n"
            f"    WHERE contype = 'f' AND conrelid IN ({relations}){only}\n"
            "LOOP\n"
            "    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.conname);\n"
            "END LOOP;",
            "\n    found record;",
        ),
        "",
    )


def _text(value: str) -> str:
    """*value* as a text of SQL."""
    return "'" + value.replace("'", "''") + "'"


def demand_not_null(table: str, column: str) -> tuple[Operation, Operation, Operation]:
    """
    NOT NULL without a scan under ACCESS EXCLUSIVE: a check that is not valid yet,
    its validation (writes go on), then SET NOT NULL, which trusts the check.

    Holds from PostgreSQL 12 on; before, the last one scans.
    """
    name = object_name(table, (column,), "_not_null")
    add = f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(name)} CHECK ({quoted(column)} IS NOT NULL) NOT VALID"
    drop = f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}"
    return (
        run_sql(add, drop),
        run_sql(f"ALTER TABLE {quoted(table)} VALIDATE CONSTRAINT {quoted(name)}", ""),
        run_sql(
            [
                f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} SET NOT NULL",
                drop,
            ],
            [
                add,
                f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} DROP NOT NULL",
            ],
        ),
    )


def index_concurrently(
    table: str, columns: Sequence[str], *, name: str, unique: bool = False, opclass: str = ""
) -> Operation:
    """Built while writes go on; only outside a transaction."""
    suffix = f" {opclass}" if opclass else ""
    listed = ", ".join(quoted(column) + suffix for column in columns)
    kind = "UNIQUE INDEX" if unique else "INDEX"
    return run_sql(
        f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {quoted(name)} ON {quoted(table)} ({listed})",
        f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(name)}",
    )


def without_index(table: str, columns: Sequence[str], *, name: str) -> Operation:
    """The index is dropped without waiting for readers; only outside a transaction."""
    listed = ", ".join(quoted(column) for column in columns)
    return run_sql(
        f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(name)}",
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {quoted(name)} ON {quoted(table)} ({listed})",
    )


def like_index(table: str, column: str, type_: str | None) -> tuple[Operation, ...]:
    """
    The second index that Django gives to an indexed text on PostgreSQL: what LIKE 'x%' needs.

    Source: ``DatabaseSchemaEditor._create_like_index_sql``.
    """
    kind = next((k for k in ("varchar", "text") if (type_ or "").startswith(k)), None)
    if kind is None or "[" in (type_ or "") or "collate" in (type_ or ""):
        return ()
    name = object_name(table, (column,), "_like")
    return (index_concurrently(table, (column,), name=name, opclass=f"{kind}_pattern_ops"),)


def unique_using_index(table: str, *, name: str) -> Operation:
    """Makes a constraint of an index that stands: a moment's lock, no scan."""
    return run_sql(
        f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(name)} UNIQUE USING INDEX {quoted(name)}",
        f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}",
    )


def drop_unique(table: str, column: str, kept: Sequence[str] = ()) -> Operation:
    """Drop the unique constraints of *column* alone, whatever they are called, those named *kept* apart."""
    relation = f"{_text(quoted(table))}::regclass"
    others = "".join(f" AND conname <> {_text(name)}" for name in kept)
    name = object_name(table, (column,), "_uniq")
    return run_sql(
        f"""DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT conname FROM pg_constraint
        WHERE contype = 'u' AND conrelid = {relation}{others}
        AND conkey = ARRAY[(SELECT attnum FROM pg_attribute
            WHERE attrelid = conrelid AND attname = {_text(column)})]
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', {relation}, found.conname);
    END LOOP;
END $$""",
        f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(name)} UNIQUE ({quoted(column)})",
    )


def foreign_key_later(
    table: str, column: str, *, target: str, target_column: str, name: str
) -> tuple[Operation, Operation]:
    """The foreign key, not valid at first, and its validation while writes go on."""
    return (
        run_sql(
            f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(name)} FOREIGN KEY ({quoted(column)})"
            f" REFERENCES {quoted(target)} ({quoted(target_column)})"
            " DEFERRABLE INITIALLY DEFERRED NOT VALID",
            f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}",
        ),
        run_sql(f"ALTER TABLE {quoted(table)} VALIDATE CONSTRAINT {quoted(name)}", ""),
    )


def check_later(table: str, condition: str, *, name: str) -> tuple[Operation, Operation]:
    """The check, not valid at first, and its validation while writes go on."""
    return (
        run_sql(
            f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(name)} CHECK ({condition}) NOT VALID",
            f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}",
        ),
        run_sql(f"ALTER TABLE {quoted(table)} VALIDATE CONSTRAINT {quoted(name)}", ""),
    )


def fill_code(
    function: str, *, app: str, model: str, attribute: str, per_row: bool, value: str
) -> str:
    """A function that fills NULLs of *attribute* in small transactions; *value* is an expression."""
    field = attribute if "field." in value else None
    write = (
        f"""        for key in keys:
            rows.filter(pk=key, {attribute}__isnull=True).update({attribute}={value})"""
        if per_row
        else f"        rows.filter(pk__in=keys, {attribute}__isnull=True).update({attribute}={value})"
    )
    return _in_batches(function, app, model, field, write)


def copy_code(function: str, *, app: str, model: str, source: str, target: str, cast: bool) -> str:
    """A function that copies one field into another where the other is NULL, in small transactions."""
    value = f'Cast("{source}", field)' if cast else f'F("{source}")'
    write = f"        rows.filter(pk__in=keys, {target}__isnull=True).update({target}={value})"
    return _in_batches(function, app, model, target if cast else None, write)


def _in_batches(function: str, app: str, model: str, field: str | None, write: str) -> str:
    """A function that does *write* with the ``keys`` of some rows of *model* after the other."""
    known = f'    field = model._meta.get_field("{field}")\n' if field is not None else ""
    return f'''def {function}(apps, schema_editor):
    """Small transactions by key; may be interrupted and run again."""
    model = apps.get_model("{app}", "{model}")
{known}    rows = model._base_manager.using(schema_editor.connection.alias)
    last = None
    while True:
        batch = rows.order_by("pk") if last is None else rows.filter(pk__gt=last).order_by("pk")
        keys = list(batch.values_list("pk", flat=True)[:2000])
        if not keys:
            break
{write}
        last = keys[-1]
'''
