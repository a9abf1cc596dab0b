"""NOT NULL: written always, promised, filled, demanded."""

from __future__ import annotations

import ast

from analyzers.plan.parts import Part, Phase, Unit
from analyzers.plan.recipes.subject import Subject, nullable_for_now, relation_kind
from analyzers.plan.source import (
    constant_keyword,
    helpers_of,
    import_lines,
    keyword_of,
    spelled,
    with_keywords,
)
from analyzers.plan.statements import apart, demand_not_null, fill_code, run_python


def demanded_last(s: Subject, field: ast.Call, what: str, column: str) -> list[Part]:
    """The second half of a NOT NULL column: written always, promised, filled, demanded."""
    fill = _fill(s, field)
    retire_units: tuple[Unit, ...] = ()
    settled = s.with_field(field, "AlterField")
    check, validate, demand = demand_not_null(s.table, column)
    if s.style == "state":
        retire_units = (
            Unit(slug=f"{s.attribute}_not_null_state", operations=apart(state=[settled])),
        )
        first: tuple[Unit, ...] = ()
    else:
        # Before the fill: only then does the migrations' state know the default.
        first = (Unit(slug=f"{s.attribute}_not_null_state", operations=apart(state=[settled])),)
    contract: tuple[Unit, ...] = (
        Unit(slug=f"{s.attribute}_not_null_check", operations=(check,)),
        Unit(slug=f"{s.attribute}_not_null_validate", operations=(validate,)),
        Unit(slug=f"{s.attribute}_not_null", operations=(demand,)),
    )
    gently = " without a long lock"
    if not s.postgresql:
        promised = s.with_field(with_keywords(field, null=True), "AlterField")
        default = (Unit(slug=f"{s.attribute}_default", operations=apart(state=[promised])),)
        first = default if fill else ()
        contract = (Unit(slug=f"{s.attribute}_not_null", operations=(settled,)),)
        gently = ""
    unfilled = (
        ""
        if fill
        else "; old rows get no value by themselves: fill them first, the validation stops while a NULL is left"
    )
    return [
        Part(
            phase=Phase.CODE,
            app=s.app,
            code=True,
            what=f"stops writing None to {s.label}.{s.attribute}",
        ),
        Part(
            phase=Phase.RETIRE,
            app=s.app,
            model=True,
            what=f"sets null=False for {s.label}.{s.attribute}",
            units=retire_units,
            edits=(nullable_for_now(s, keep=s.written.name == "AlterField"),),
        ),
        Part(
            phase=Phase.CONTRACT,
            app=s.app,
            what=f"fills what is still NULL and makes {what} NOT NULL{gently}{unfilled}",
            units=(*first, *fill, *contract),
        ),
    ]


def _only_for_once(s: Subject) -> bool:
    """``preserve_default=False``: the migrations' state does not know the default."""
    kept = s.written.argument("preserve_default", 3)
    return isinstance(kept, ast.Constant) and kept.value is False


def _as_written(default: ast.expr, module: ast.Module) -> tuple[str, bool, str]:
    """The value itself, whether each row needs its own, and what has to stand before it."""
    text = ast.unparse(default)
    named = isinstance(default, ast.Name | ast.Attribute)
    helpers = helpers_of([default], module)
    lines = import_lines([([default, *helpers], module)])
    prelude = "".join(f"{line}\n" for line in lines) + "\n\n" if lines else ""
    prelude += "".join(f"{spelled(helper)}\n\n\n" for helper in helpers)
    return f"{text}() if callable({text}) else {text}" if named else text, named, prelude


def _fill(s: Subject, field: ast.Call) -> tuple[Unit, ...]:
    default = keyword_of(field, "default")
    if default is None and (
        constant_keyword(field, "auto_now_add") or constant_keyword(field, "auto_now")
    ):
        value, per_row, prelude = "timezone.now()", False, "from django.utils import timezone\n\n\n"
    elif default is None or (isinstance(default, ast.Constant) and default.value is None):
        return ()
    elif _only_for_once(s):
        value, per_row, prelude = _as_written(default, s.written.module)
    else:
        value, per_row, prelude = "field.get_default()", not isinstance(default, ast.Constant), ""
    if not per_row and (
        constant_keyword(field, "unique") or relation_kind(field) == "OneToOneField"
    ):
        # One value for all rows is what the column does not take.
        return ()
    function = f"fill_{s.attribute}"
    code = fill_code(
        function,
        app=s.app_label,
        model=s.model,
        attribute=s.attribute,
        per_row=per_row,
        value=value,
    )
    return (
        Unit(
            slug=f"{s.attribute}_fill",
            operations=(run_python(function),),
            atomic=False,
            code=prelude + code,
        ),
    )
