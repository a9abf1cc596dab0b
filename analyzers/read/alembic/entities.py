"""The statements that alembic-utils writes for its views, functions and triggers."""

from __future__ import annotations

from analyzers.read.values import Call, Value

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
    if kind is None or operation == "sync_enum_values":
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
