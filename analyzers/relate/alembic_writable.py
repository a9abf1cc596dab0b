"""Which differences a revision that is offered can hold: what can be written, and needs nothing that cannot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.vocabulary import Constraint

_ROUNDS = 20
"""How often it is asked what needs what is not written; tables lead to one another, and few do so in a row."""
_NOT_KNOWN = "not all of it is known"


def unwritten(
    wanted: Sequence[Difference], models: ModelsOfRoot, write: Callable[[Difference], object]
) -> dict[Difference, str]:
    """
    Why each of *wanted* is not written; the others can be, without these.

    *write* raises ``Unwritable`` for what it cannot write.
    """
    found = _in_circles(wanted, models)
    for difference in wanted:
        try:
            write(difference)
        except Unwritable as reason:
            found[difference] = str(reason) or _NOT_KNOWN
    for _ in range(_ROUNDS if found else 0):
        lost = _lost(found)
        new = {
            d: f"it needs {needed}, which is not written"
            for d in wanted
            if d not in found and (needed := next(_needs(d, models, lost), None)) is not None
        }
        if not new:
            return found
        found |= new
    return dict.fromkeys(wanted, _NOT_KNOWN) | found if found else found


def _in_circles(wanted: Sequence[Difference], models: ModelsOfRoot) -> dict[Difference, str]:
    """The tables that come, or go, and refer to one another: none of them can be the first."""
    found: dict[Difference, str] = {}
    for kind in ("add_table", "remove_table"):
        differences = {d.table: d for d in wanted if d.kind == kind}
        # Who leads to none of the others, or is led to by none, is in no circle.
        to = _turned(_without_ends(_turned(_without_ends(leads(wanted, models, kind)))))
        for table, others in to.items():
            found[differences[table]] = f"it and `{min(others)}` lead to each other"
    return found


def _without_ends(to: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """*to* without those that lead to none, or to none but such."""
    left = {table: {*others} for table, others in to.items()}
    back = _turned(left)
    ends = [table for table, others in left.items() if not others]
    while ends:
        end = ends.pop()
        del left[end]
        for table in back[end]:
            left[table].discard(end)
            ends += [] if left[table] else [table]
    return left


def _turned(to: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """Who leads to each, for to whom each leads."""
    turned: dict[str, set[str]] = {table: set() for table in to}
    for table, others in to.items():
        for other in others:
            turned[other].add(table)
    return turned


def leads(
    wanted: Sequence[Difference], models: ModelsOfRoot, kind: str
) -> dict[str, frozenset[str]]:
    """To which others each of the tables leads that come (*kind* ``add_table``) or go (``remove_table``)."""
    tables = {d.table for d in wanted if d.kind == kind}
    return {
        table: frozenset(
            c.references.table
            for c in _constraints(table, models, gone=kind == "remove_table")
            if c.references is not None
            and c.references.table != table
            and c.references.table in tables
        )
        for table in tables
    }


def _constraints(table: str, models: ModelsOfRoot, *, gone: bool) -> Iterable[Constraint]:
    if gone:
        state = models.tables.get(table)
        return state.constraints if state is not None else ()
    model = models.metadata.tables.get(table)
    return model.table.constraints if model is not None else ()


_Lost = Mapping[str, frozenset[str] | None]
"""Of which tables which columns are not written; None of those of which more is not."""


def _lost(found: Mapping[Difference, str]) -> _Lost:
    lost: dict[str, frozenset[str] | None] = {}
    for d in found:
        columns = lost.get(d.table, frozenset())
        if d.kind == "add_column" and columns is not None:
            lost[d.table] = columns | {d.what}
        elif d.kind == "add_table" or d.kind.startswith("remove_"):
            # What stands in the way of what takes its place stays.
            lost[d.table] = None
        if d.kind == "remove_foreign_key":
            lost[d.to] = None
    return lost


def _needs(d: Difference, models: ModelsOfRoot, lost: _Lost) -> Iterator[str]:
    """What of *lost* the difference cannot do without."""
    own = lost.get(d.table, frozenset())
    if own is None:
        yield f"what else is to be done to `{d.table}`"
        return
    model = models.metadata.tables.get(d.table)
    if d.kind == "add_foreign_key" and lost.get(d.to, True) is not True:
        yield f"what is to be done to `{d.to}`"
    names: tuple[str, ...] = ()
    if d.kind in {"add_unique", "add_foreign_key"}:
        names = tuple(d.what.split(","))
    elif d.kind == "add_index" and model is not None:
        names = next((i.columns for i in model.table.indexes if i.name == d.what), ())
    elif d.kind == "add_column" and model is not None:
        column = model.table.column(d.what)
        names = (column.computed[0],) if column is not None and column.computed else ()
    elif d.kind == "add_table" and model is not None:
        yield from _targets(model.table.constraints, lost)
    for name in sorted(own):
        # An index may have an expression of the column, and so has a computed column.
        if any(name in each for each in names):
            yield f"the column `{name}`"


def _targets(constraints: Sequence[Constraint], lost: _Lost) -> Iterator[str]:
    for constraint in constraints:
        if constraint.references is not None and constraint.references.table in lost:
            yield f"what is to be done to `{constraint.references.table}`"
