"""One migration of a split as its file, laid out as Django would."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from analyzers.plan.parts import (
    Unit,
)
from analyzers.plan.source import (
    call_text,
    helpers_of,
    import_lines,
    spelled,
)
from analyzers.vocabulary import Key

_GUARD = """        migrations.RunSQL("SET LOCAL lock_timeout = '2s'", migrations.RunSQL.noop),
"""


def migration_text(
    unit: Unit,
    dependencies: Sequence[Key],
    written_as: tuple[ast.List, ast.Module] | None,
) -> str:
    """The file of *unit*, as Django would lay it out."""
    sources: list[tuple[Sequence[ast.AST], ast.Module]] = []
    helpers: dict[str, ast.stmt] = {}
    for operation in unit.operations:
        if operation.module is None:
            continue
        below = helpers_of([operation.call], operation.module)
        helpers |= {spelled(statement): statement for statement in below}
        sources.append(([operation.call, *below], operation.module))
    listed = "".join(f'        ("{key.app}", "{key.name}"),\n' for key in dependencies)
    if written_as is not None:
        value, module = written_as
        sources.append(([value], module))
        listed = "".join(f"        {spelled(item)},\n" for item in value.elts)
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
