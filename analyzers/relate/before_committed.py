"""New migrations that put themselves before one of the base: Django compares what it has recorded with the graph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.frozen import dataclass
from analyzers.relate.facts import Facts
from analyzers.vocabulary import Migration, Place

_RUN_BEFORE = re.compile(r"\s*run_before\s*[:=]")


@dataclass(frozen=True, slots=True)
class Ahead:
    """A migration that is to run before one that databases have applied."""

    migration: Migration
    committed: Migration
    """The one of the base."""
    place: Place
    """The line that says so, where the new one says it; else the new one's."""
    said: bool
    """Whether the new one says so; else the other one waits for whatever is the app's last, or first."""


def before_committed(facts: Facts) -> Iterator[Ahead]:
    """What databases with the base's migrations lack once this is merged, though an applied one waits for it."""
    graph, base = facts.merged.django_graph, facts.base.django_graph
    if graph.missing or graph.cycles or base.missing or base.cycles:
        return
    edited = {change.after.key for change in facts.edits}
    # Under another name it may be recorded.
    torn = {key.app for key in base.migrations if key not in graph.migrations}
    for new in facts.added(graph):
        if new.replaces or new.key.app in torn or new.key not in graph.children:
            continue
        for child in graph.children[new.key]:
            if child not in base.parents or child in edited:
                continue
            committed = graph.migrations[child]
            said = bool(new.run_before) and new.key not in committed.parents
            line = _line(facts, new) if said else None
            place = Place(new.path, line, line) if line is not None else new.place
            yield Ahead(new, committed, place, said)


def _line(facts: Facts, migration: Migration) -> int | None:
    text = facts.merged.tree.read(migration.path).decode(errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        if _RUN_BEFORE.match(line):
            return number
    return None
