"""The file of a revision that is written: its name, its header and its functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analyzers.read.alembic.forms import Form
from analyzers.relate.alembic_databases import functions
from analyzers.relate.alembic_missing import Difference

Ways = tuple[list[str], list[str]]
"""The operations of ``upgrade`` and of ``downgrade``."""


def file_name(template: str, identifier: str, slug: str) -> str:
    """The name of a revision's file, as the configuration's *template* makes it."""
    try:
        return template % {"rev": identifier, "slug": slug}
    except (KeyError, TypeError, ValueError):
        # A template with a date: a review has no clock.
        return f"{identifier}_{slug}"


def slug_of(wanted: Sequence[Difference]) -> str:
    """What a revision of *wanted* is called where nobody says it."""
    first = wanted[0]
    verb, _, kind = first.kind.partition("_")
    parts = {
        "type": ("alter", first.table, first.what),
        "nullable": ("alter", first.table, first.what),
        "actions": ("alter", first.table, first.what),
        "comment": ("comment", first.table, first.what),
        "default": ("alter", first.table, first.what),
        "label": ("add", first.to, "to enum"),
        "value": ("add", first.to, "to", first.what),
        "index": (verb, first.what),
        "unique": (verb, "unique", first.table, first.what),
        "foreign_key": (verb, "key", first.table, first.what),
    }.get(kind or first.kind, (verb, first.table, first.what if kind == "column" else ""))
    words = re.sub(r"\W+", "_", " ".join(filter(None, parts))).strip("_").lower()
    return (words[:40].rpartition("_")[0] or words[:40]) if len(words) > 40 else words


def revision_text(
    identifier: str,
    parent: str,
    slug: str,
    written: Mapping[str | None, Ways],
    form: Form,
    *,
    annotated: bool,
) -> str:
    """The whole file: what is *written*, by database, in the functions that the *form* asks for."""
    said = slug.replace("_", " ")
    kinds = (": str", ": str | None", ": str | None") if annotated else ("", "", "")
    lines = [line for ways in written.values() for way in ways for line in way]
    dialect = any("postgresql." in line for line in lines)
    up, down = (
        {database: "\n".join(_body(ways[n])) for database, ways in written.items()} for n in (0, 1)
    )
    return "\n".join(
        (
            f'"""{said}',
            "",
            f"Revision ID: {identifier}",
            f"Revises: {parent}",
            '"""',
            "",
            "import sqlalchemy as sa",
            "from alembic import op",
            *(("from sqlalchemy.dialects import postgresql",) if dialect else ()),
            "",
            f'revision{kinds[0]} = "{identifier}"',
            f'down_revision{kinds[1]} = "{parent}"',
            f"branch_labels{kinds[2]} = None",
            f"depends_on{kinds[2]} = None",
            "",
            "",
            *functions(form, up, down),
            "",
        )
    )


def _body(lines: Sequence[str]) -> list[str]:
    said = [f"    {part}" for line in dict.fromkeys(lines) for part in line.split("\n")]
    return said if any(not line.startswith("#") for line in lines) else [*said, "    pass"]
