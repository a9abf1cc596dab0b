"""Which new migration may give databases what an edited one does not give those that have applied it."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.read.django.migrations import Content
from analyzers.read.values import Call, Value
from analyzers.relate.edits import Edited
from analyzers.relate.facts import Facts
from analyzers.vocabulary import Migration


def made_up_for(facts: Facts, edit: Edited) -> str | None:
    """
    The first migration that the pull request adds to the app of *edit* and that changes a table of its models.

    None where there is none; whether it does enough is for the author to say.
    """
    named = {*_models(edit.before), *_models(edit.after)}
    for step in facts.steps if named else ():
        migration, table = step.migration, getattr(step.change, "table", None)
        if migration.key.app != edit.after.key.app or migration.path == edit.after.path:
            continue
        model = facts.state.by_table(table) if isinstance(table, str) else None
        if model is not None and model.name.lower() in named:
            return migration.key.name
    return None


def _models(migration: Migration) -> Iterator[str]:
    """The names, in lower case, of the models that the operations of *migration* are about."""
    content = migration.content
    waiting: list[Value] = (
        [o.call for o in content.operations] if isinstance(content, Content) else []
    )
    while waiting:
        call = waiting.pop()
        if not isinstance(call, Call):
            continue
        about = call.get("model_name", call.get("name", call.args[0] if call.args else None))
        if isinstance(about, str):
            yield about.lower()
        for value in (*call.args, *(v for _, v in call.kwargs)):
            if isinstance(value, list | tuple):
                waiting += value
