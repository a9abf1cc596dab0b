"""Changed models that no root's revisions are compared with: shown, since nothing else is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from analyzers.findings import Unknown
from analyzers.read.alembic.own_table import MappedTable
from analyzers.relate.alembic_compared import Compared, compared
from analyzers.relate.alembic_models import bases_of
from analyzers.relate.facts import Facts

_NAMED = 3
"""Tables of one file that are named."""


def unmanaged(facts: Facts) -> Iterator[Unknown]:
    """The files of changed models on declarative bases of which no revision is seen to make a table."""
    found = (compared(facts, graph) for graph in facts.merged.alembic_graphs)
    roots = [sides for sides in found if sides is not None]
    if not roots:
        return
    sides = (side for each in roots for side in (each.before, each.after))
    managed = frozenset[str]().union(*(bases_of(side.metadata, side.tables) for side in sides))
    changed = set(facts.changed_paths)
    # One reading of the models serves all roots but those with a `target_metadata` of their own.
    loose = {
        (table.place.path, table.place.line): table
        for each in roots
        for name, table in each.after.metadata.tables.items()
        if table.base not in managed and table.place.path in changed and _is_another(each, name)
    }
    tables = [loose[key] for key in sorted(loose)]
    for _, of_file in groupby(tables, attrgetter("place.path")):
        yield _told([*of_file])


def _is_another(sides: Compared, name: str) -> bool:
    then, now = (side.metadata.tables.get(name) for side in (sides.before, sides.after))
    return then is None or now is None or then.table != now.table


def _told(tables: list[MappedTable]) -> Unknown:
    names = ", ".join(f"`{table.table.name}`" for table in tables[:_NAMED])
    more = f" and {len(tables) - _NAMED} more" if len(tables) > _NAMED else ""
    one = len(tables) == 1
    return Unknown(
        place=tables[0].place,
        reason=f"Whether {names}{more} {'needs' if one else 'need'} a revision is not known: "
        f"no revision is seen to make a table of {'its' if one else 'their'} declarative base.",
    )
