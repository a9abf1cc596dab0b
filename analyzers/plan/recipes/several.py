"""A field that changes in several ways at once: each recipe carries one, and what it leaves out would never be done."""

from __future__ import annotations

import ast
from dataclasses import replace

from analyzers.plan.parts import Part, Phase, Recipe, Unit
from analyzers.plan.recipes.subject import Subject, relation_kind
from analyzers.plan.source import with_keywords
from analyzers.plan.statements import apart
from analyzers.relate.locks import takes_default
from analyzers.vocabulary import (
    AddConstraint,
    AddIndex,
    AlterColumn,
    ConstraintKind,
    DropConstraint,
    DropIndex,
)

NOT_NULL, NULL = "NOT NULL", "NULL"
UNIQUE, INDEXED = "unique", "indexed"
_EASED = frozenset({"no longer unique", "no longer indexed", "no longer checked"})
"""What no statement fails on, and Django does in a moment."""


def at_once(s: Subject, field: ast.Call, altered: AlterColumn | None, made: Recipe) -> Recipe:
    """*made*, the recipe of one of the ways in which the field changes, with what the others need."""
    ways = _ways(s, altered)
    quiet = _quiet(altered)
    main = ways - _EASED
    # Of a field that is loosened, or gets a default, Django's own operation runs, and does what else is harmless.
    builds = any(isinstance(change, AddIndex) for change in s.changes)
    whole = main <= {NULL} and altered is not None and not relation_kind(field) and not builds
    if not made.needed or not s.postgresql or whole or (len(ways) < 2 and not quiet):
        return made
    if (
        len(ways) > 1
        or len(main) != 1
        or not main <= {NOT_NULL, UNIQUE, INDEXED}
        or relation_kind(field)
    ):
        said = ", ".join([*sorted(ways), *quiet])
        return replace(
            made,
            by_hand=f"no files are written for it: {s.label}.{s.attribute} changes in several ways at once ({said}); bring them in pull requests of their own",
            shorter=(),
        )
    assert altered is not None  # nothing is quiet without it
    return replace(made, parts=(_before_all(s, field, altered, min(main), quiet), *made.parts))


def _before_all(
    s: Subject, field: ast.Call, altered: AlterColumn, main: str, quiet: tuple[str, ...]
) -> Part:
    """The new field but for what the recipe brings in later, in the database alone."""
    indexed = altered.before is not None and altered.before.indexed
    for_now = {
        NOT_NULL: with_keywords(field, null=True),
        UNIQUE: with_keywords(field, unique=False, db_index=indexed),
        INDEXED: with_keywords(field, db_index=False),
    }
    between = s.with_field(for_now[main], "AlterField")
    return Part(
        phase=Phase.EXPAND,
        app=s.app,
        what=f"gives {s.table}.{altered.after.name} its {' and its '.join(quiet)}",
        units=(Unit(slug=f"{s.attribute}_altered", operations=apart(database=[between])),),
    )


def _quiet(altered: AlterColumn | None) -> tuple[str, ...]:
    """What changes of the column without any statement noticing."""
    if altered is None or takes_default(altered):
        return ()
    return (
        *(("new type",) if altered.sets_type else ()),
        *(("new default",) if altered.sets_default else ()),
    )


def _ways(s: Subject, altered: AlterColumn | None) -> frozenset[str]:
    """What statements may notice of the change, or what takes time."""
    found = set()
    if altered is not None and altered.sets_null:
        found.add(NULL if altered.after.null else NOT_NULL)
    if altered is not None and takes_default(altered):
        found.add("without its default")
    indexes = set()
    for change in s.changes:
        match change:
            case AddConstraint(constraint=constraint) | DropConstraint(constraint=constraint) if (
                constraint.kind is not ConstraintKind.FOREIGN_KEY
            ):
                word = "checked" if constraint.kind is ConstraintKind.CHECK else UNIQUE
                found.add(word if isinstance(change, AddConstraint) else f"no longer {word}")
            case AddIndex(implicit=True):
                indexes.add(INDEXED)
            case DropIndex():
                indexes.add(f"no longer {INDEXED}")
            case _:
                pass
    # The index of a unique column takes the other's place.
    return frozenset(found if {UNIQUE, f"no longer {UNIQUE}"} & found else found | indexes)
