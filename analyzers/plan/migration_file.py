"""One migration of a split as its file, laid out as Django would."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from analyzers.plan.parts import Operation, Unit
from analyzers.plan.source import (
    call_text,
    helpers_of,
    import_lines,
    spelled,
)

_GUARD = """        migrations.RunSQL("SET LOCAL lock_timeout = '2s'", migrations.RunSQL.noop),
"""


def migration_text(
    unit: Unit,
    dependencies: Sequence[ast.expr],
    module: ast.Module | None = None,
) -> str:
    """The file of *unit*, as Django would lay it out; *module* explains the names in *dependencies*."""
    sources: list[tuple[Sequence[ast.AST], ast.Module]] = []
    helpers: dict[str, ast.stmt] = {}
    for operation in _written(unit.operations):
        if operation.module is None:
            continue
        below = helpers_of([operation.call], operation.module)
        helpers |= {spelled(statement): statement for statement in below}
        sources.append(([operation.call, *below], operation.module))
    if module is not None:
        sources.append((dependencies, module))
    listed = "".join(f"        {spelled(item)},\n" for item in dependencies)
    imports = [
        line
        for line in import_lines(sources)
        if line not in ("from django.db import migrations", "from django.db import models")
    ]
    body = _GUARD if unit.guarded else ""
    body += "".join(call_text(operation.call, 2) + "\n" for operation in unit.operations)
    uses_models = re.search(r"\bmodels\.", body + listed + "".join(helpers)) is not None
    contrib = [
        name
        for name in (
            "AddConstraintNotValid",
            "AddIndexConcurrently",
            "RemoveIndexConcurrently",
            "ValidateConstraint",
        )
        if re.search(rf"^\s+{name}\(", body, re.MULTILINE)
    ]
    lines = [
        *(
            [f"from django.contrib.postgres.operations import {', '.join(contrib)}"]
            if contrib
            else []
        ),
        "from django.db import migrations, models"
        if uses_models
        else "from django.db import migrations",
        *imports,
    ]
    code_imports, _, code = (
        unit.code.partition("\n\n\n")
        if unit.code.startswith(("from ", "import "))
        else ("", "", unit.code)
    )
    if code_imports:
        lines.append(code_imports)
    head = "\n".join(sorted(dict.fromkeys(lines)))
    below_text = "".join(f"\n\n{text}\n" for text in helpers)
    code_text = f"\n\n{code.rstrip()}\n" if code else ""
    atomic = "" if unit.atomic else "    atomic = False\n\n"
    return (
        f"{head}\n{below_text}{code_text}\n\nclass Migration(migrations.Migration):\n{atomic}"
        f"    dependencies = [\n{listed}    ]\n\n    operations = [\n{body}    ]\n"
    )


def _written(operations: Iterable[Operation]) -> Iterator[Operation]:
    """*operations*, each with those that it is put together of."""
    for operation in operations:
        yield operation
        yield from _written(operation.inside)
