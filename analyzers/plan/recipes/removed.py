"""Columns and tables that go: used nowhere, then unknown to the models, then gone."""

from __future__ import annotations

from dataclasses import replace

from analyzers.plan.parts import ModelEdit, Operation, Part, Phase, Recipe, Unit
from analyzers.plan.recipes.subject import Subject, another_key, nullable_for_now, relation_kind
from analyzers.plan.source import with_keywords
from analyzers.plan.statements import (
    apart,
    drop_column,
    drop_foreign_keys,
    drop_not_null,
    operation,
    quoted,
    run_sql,
)
from analyzers.relate.locks import demanded_of_old_code
from analyzers.vocabulary import DropTable, StateOnly


def remove_field(s: Subject) -> Recipe | None:
    """Used nowhere, then unknown to the model, then gone."""
    before = s.column_before(s.attribute)
    if before is not None and before.primary_key:
        return another_key(s)
    found = s.definition(s.attribute)
    field = found[0] if found else None
    if field is not None and relation_kind(field) == "ManyToManyField":
        return _drop(s, f"the many-to-many field {s.label}.{s.attribute}", through=True)
    column = before.name if before else s.attribute
    what = f"{s.table}.{column}"
    demanded = before is not None and demanded_of_old_code(before)
    loosen: list[Operation] = []
    if s.postgresql and (
        (before and before.references) or (field is not None and relation_kind(field))
    ):
        # First, while no lock is held that could not be given back.
        loosen.append(drop_foreign_keys(s.table, column=column))
    if demanded and s.postgresql:
        loosen.append(drop_not_null(s.table, column))
    state = s.style == "state"
    parts: list[Part] = []
    foreign = not s.postgresql and demanded and field is not None
    if loosen or foreign:
        operations: tuple[Operation, ...] = tuple(loosen)
        edits: tuple[ModelEdit, ...] = ()
        adopt: tuple[Unit, ...] = ()
        if field is not None and demanded and found is not None:
            nullable = operation(
                f"migrations.AlterField({s.model!r}, {s.attribute!r}, None)", found[1]
            )
            nullable.call.args[2] = with_keywords(field, null=True)
            edits = (nullable_for_now(s, keep=True),)
            if foreign:
                operations = (nullable,)
            elif state:
                adopt = (Unit(slug=f"{s.attribute}_null", operations=apart(state=[nullable])),)
            else:
                operations = apart(database=loosen, state=[nullable])
        parts.append(
            Part(
                phase=Phase.EXPAND,
                app=s.app,
                what=f"lets inserts leave out {what}",
                units=(Unit(slug=f"{s.attribute}_loosen", operations=operations),),
            )
        )
        if edits:
            parts.append(
                Part(
                    phase=Phase.ADOPT,
                    app=s.app,
                    model=True,
                    what=f"sets null=True for {s.label}.{s.attribute}",
                    units=adopt,
                    edits=edits,
                )
            )
    places = s.places(s.attribute)
    # No way back is written for what was worked out: its expression is not in the type.
    plain = before.type if before and not before.generated else None
    drop = drop_column(s.table, column, plain)
    retired = Unit(slug=f"{s.attribute}_retired", operations=apart(state=[s.here]))
    together = apart(database=[drop], state=[s.here]) if s.postgresql else (s.here,)
    gone = Unit(slug=f"drop_{s.attribute}", operations=(drop,) if state else together)
    parts += [
        Part(
            phase=Phase.CODE,
            app=s.app,
            code=True,
            what=f"stops using {s.label}.{s.attribute}",
            places=places,
        ),
        Part(
            phase=Phase.RETIRE,
            app=s.app,
            model=True,
            what=f"removes {s.attribute} from {s.label}",
            units=(retired,) if state else (),
            # Where an earlier part keeps it already, it stays as that part has it.
            edits=()
            if any(part.edits for part in parts)
            else (ModelEdit(model=s.label, attribute=s.attribute, keep=True),),
        ),
        Part(phase=Phase.CONTRACT, app=s.app, what=f"drops {what}", units=(gone,)),
    ]
    shorter = (
        Part(
            phase=Phase.EXPAND,
            app=s.app,
            model=True,
            code=True,
            what=f"removes {s.attribute} from the code and the model; in the database inserts may leave it out",
            units=(
                Unit(
                    slug=f"{s.attribute}_retired",
                    operations=apart(database=loosen, state=[s.here]),
                ),
            ),
            places=places,
        ),
        Part(
            phase=Phase.CONTRACT,
            app=s.app,
            what=f"drops {what}",
            units=(Unit(slug=f"drop_{s.attribute}", operations=(drop,)),),
        ),
    )
    return Recipe(
        parts=tuple(parts),
        needed=True,
        reason=f"{what} is dropped while old code still selects and writes it",
        shorter=shorter if s.postgresql else (),
        shorter_reason="with the state and the database apart, the model and the code can go in one pull request and the column in a second",
    )


def delete_model(s: Subject) -> Recipe | None:
    """Used nowhere, then unknown to the code, then gone; None where it has no table: a proxy."""
    if all(isinstance(change, StateOnly) for change in s.changes):
        return None
    return _drop(s, f"the table {s.table}", through=False)


def _drop(s: Subject, what: str, *, through: bool) -> Recipe:
    """A whole table goes: a model's, or the hidden one of a many-to-many field."""
    state = s.style == "state"
    # A model's many-to-many tables go with it, and before it: they refer to it.
    tables = [c.table for c in s.changes if isinstance(c, DropTable) and c.table]
    tables = tables or [f"{s.table}_{s.attribute}" if through else s.table]
    drop = run_sql([f"DROP TABLE {quoted(table)}" for table in tables], None)
    points = len(tables) > 1 or through or _may_point(s)
    slug = (s.attribute if through else s.model).lower()
    gone = Unit(
        slug=f"drop_{slug}",
        operations=(drop,) if state else apart(database=[drop], state=[s.here]),
    )
    if not s.postgresql:
        gone = replace(gone, operations=(s.here,))
    places = s.places(s.attribute if through else s.model)
    return Recipe(
        parts=(
            *(
                (
                    Part(
                        phase=Phase.EXPAND,
                        app=s.app,
                        what=f"drops the foreign keys of {', '.join(tables)}, so that new code can delete what it refers to",
                        units=(
                            Unit(
                                slug=f"{slug}_loosen",
                                operations=(drop_foreign_keys(*tables),),
                            ),
                        ),
                    ),
                )
                if s.postgresql and points
                else ()
            ),
            Part(
                phase=Phase.CODE,
                app=s.app,
                code=True,
                what=f"stops using {s.attribute if through else s.model}",
                places=places,
            ),
            Part(
                phase=Phase.RETIRE,
                app=s.app,
                model=True,
                what=f"removes {s.label + '.' + s.attribute if through else 'the model ' + s.label}",
                units=(Unit(slug=f"{slug}_retired", operations=apart(state=[s.here])),)
                if state
                else (),
                edits=(
                    ModelEdit(model=s.label, attribute=s.attribute if through else "", keep=True),
                ),
            ),
            Part(phase=Phase.CONTRACT, app=s.app, what=f"drops {what}", units=(gone,)),
        ),
        needed=True,
        reason=f"{what} goes while old code still uses it",
    )


def _may_point(s: Subject) -> bool:
    """Whether the table has foreign keys, as far as it is known."""
    if s.before is None or not s.before.complete:
        return True
    return any(
        # What is called otherwise than its attribute may be a relation that leads nobody knows where.
        column.references or column.attribute not in (None, column.name)
        for column in s.before.columns
    ) or any(constraint.references for constraint in s.before.constraints)
