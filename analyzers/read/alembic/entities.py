"""The statements that libraries write: alembic-utils for its entities, alembic-postgresql-enum for labels."""

from __future__ import annotations

from analyzers.read.values import Call, Value, name_or_source

_ENTITIES = {
    "PGView": "VIEW",
    "PGMaterializedView": "MATERIALIZED VIEW",
    "PGFunction": "FUNCTION",
    "PGTrigger": "TRIGGER",
    "PGExtension": "EXTENSION",
    "PGPolicy": "POLICY",
}


def entity_sql(operation: str, entity: Value) -> str | None:
    """The statement that alembic-utils writes; None where the entity is not known."""
    verb = {"create_entity": "CREATE", "replace_entity": "CREATE OR REPLACE"}.get(operation, "DROP")
    kind = _ENTITIES.get(entity.func.rpartition(".")[2]) if isinstance(entity, Call) else None
    if kind is None:
        return None
    said = [
        entity.args[n] if n < len(entity.args) else entity.get(name)
        for n, name in enumerate(("schema", "signature", "definition"))
    ]
    schema, signature, definition = (part if isinstance(part, str) else None for part in said)
    if signature is None or (definition is None and kind != "EXTENSION" and verb != "DROP"):
        return None
    name = f"{schema}.{signature}" if schema and kind in {"FUNCTION", "VIEW"} else signature
    if kind in {"TRIGGER", "POLICY"} and verb == "DROP":
        table = entity.get("on_entity")
        return f"DROP {kind} {name} ON {table}" if isinstance(table, str) else None
    if kind == "POLICY":
        table = entity.get("on_entity")
        return f"CREATE POLICY {name} ON {table} {definition}" if isinstance(table, str) else None
    if verb == "DROP" or kind == "EXTENSION":
        return f"{verb} {kind} {name}"
    joined = " AS" if kind.endswith("VIEW") else ""
    return f"{verb} {kind} {name}{joined} {definition}"


def synced_sql(schema: Value, name: Value, labels: Value, columns: Value) -> tuple[str, ...] | None:
    """
    What ``op.sync_enum_values`` runs for an enum type; None where its columns are not known.

    Another type takes the name of the old one, and each column of *columns* is converted to it.
    *labels* that are not known are left open.
    """
    if not isinstance(name, str) or not isinstance(columns, list | tuple):
        return None
    mood = _qualified(name, schema if isinstance(schema, str) else None)
    values = listed(labels)
    converted = []
    for column in columns:
        read = _column_of(column, schema)
        if read is None:
            return None
        table, of_table, array = read
        ends = "[]" if array else ""
        converted.append(
            f'ALTER TABLE {table} ALTER COLUMN "{of_table}" TYPE {mood}{ends} '
            f'USING "{of_table}"::text{ends}::{mood}{ends}'
        )
    old = f"{name}_old"
    return (
        f'ALTER TYPE {mood} RENAME TO "{old}"',
        f"CREATE TYPE {mood} AS ENUM ({values})",
        *converted,
        f"DROP TYPE {_qualified(old, schema if isinstance(schema, str) else None)}",
    )


def listed(labels: Value) -> str:
    """*labels* in SQL; left open where one of them is not known."""
    if not isinstance(labels, list | tuple) or not all(isinstance(each, str) for each in labels):
        return "..."
    return ", ".join("'" + each.replace("'", "''") + "'" for each in labels)


def added_sql(schema: Value, name: Value, label: Value) -> str | None:
    """What ``op.add_enum_value`` runs; None where it is not known."""
    if not isinstance(name, str) or not isinstance(label, str):
        return None
    mood = _qualified(name, schema if isinstance(schema, str) else None)
    return f"ALTER TYPE {mood} ADD VALUE '{label}'"


def _column_of(column: Value, schema: Value) -> tuple[str, str, bool] | None:
    """
    The table, quoted, and the name of a column, and whether it holds arrays of the type.

    ``TableReference("orders", "mood", ...)``, or ``("orders", "mood")`` as older versions have it.
    """
    if isinstance(column, Call) and column.func.rpartition(".")[2] == "TableReference":
        given = [
            column.args[n] if n < len(column.args) else column.get(name, schema if n == 2 else None)
            for n, name in enumerate(("table_name", "column_name", "table_schema", "column_type"))
        ]
    elif isinstance(column, list | tuple) and len(column) >= 2:
        given = [*column[:2], schema, *column[2:3]]
    else:
        return None
    table, name, where, *kind = given
    if not isinstance(table, str) or not isinstance(name, str):
        return None
    array = any(name_or_source(each).endswith("ARRAY") for each in kind if each is not None)
    return _qualified(table, where if isinstance(where, str) else None), name, array


def _qualified(name: str, schema: str | None) -> str:
    """*name*, quoted, in its schema; that of PostgreSQL's own goes without saying."""
    return f'"{schema}"."{name}"' if schema and schema != "public" else f'"{name}"'
