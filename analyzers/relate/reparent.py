"""The edits that mend a fork: another parent for one side, or a migration that joins both."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Sequence

from analyzers.findings import NewFile, Suggestion
from analyzers.read.alembic.forms import form_of
from analyzers.read.sources import Unparsed, parse, text_of
from analyzers.relate.graph import MigrationGraph
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Key, Migration, Place

NUMBER = re.compile(r"^(\d+)(.*)$", re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_PARENT = re.compile(r"(=\s*)None\b")
LONGEST_NAME = 47
"""Longer joined names Django replaces by a date; we leave them out."""


def chain_start(graph: MigrationGraph, leaf: Key, committed: frozenset[Key]) -> Key | None:
    """
    The first migration of *leaf*'s side that is not *committed*: the one whose parent has to change.

    None where the side starts in several places, so that no single edit mends it.
    """
    own = {k for k in graph.lineage(leaf) if k.app == leaf.app and k not in committed}
    starts = [k for k in own if not any(p in own for p in graph.continued[k])]
    return starts[0] if len(starts) == 1 else None


def reparent(tree: Tree, migration: Migration, *, onto: Key, app_label: str) -> Suggestion | None:
    """The edit of *migration*'s parent line that puts it after *onto*; None where no single line says it."""
    place = migration.parents_place
    own = [p for p in migration.parents if p.app in (app_label, migration.key.app)]
    if place is None or len(own) > 1:
        return None
    content = tree.read(migration.path)
    lines = _LINE_END.split(text_of(content) or "")
    if not own:
        return _first_parent(migration, lines, onto)
    label = app_label if migration.framework is Framework.DJANGO else None
    name = _written(content, place, own[0].name, label)
    if name is None or name.lineno != name.end_lineno or name.lineno > len(lines):
        return None
    # Columns are counted in bytes.
    line = lines[name.lineno - 1].encode()
    before, old, after = (
        part.decode()
        for part in (
            line[: name.col_offset],
            line[name.col_offset : name.end_col_offset],
            line[name.end_col_offset :],
        )
    )
    return Suggestion(
        path=migration.path,
        start_line=name.lineno,
        end_line=name.lineno,
        replacement=f"{before}{old[-1]}{onto.name}{old[-1]}{after}",
        rename_to=renumbered(migration, onto.name),
    )


def _written(content: bytes, place: Place, name: str, label: str | None) -> ast.Constant | None:
    """
    Where *name* is written within *place*; with *label* as the second of a pair whose first that is.

    Other apps have migrations of that name too, and a comment may have it before.
    """
    module = parse(content)
    if isinstance(module, Unparsed):
        return None
    for node in ast.walk(module):
        match node:
            case (
                ast.Tuple(elts=[ast.Constant(value=app), found])
                | ast.List(elts=[ast.Constant(value=app), found])
            ) if label is not None and app == label:
                pass
            case ast.Constant() if label is None:
                found = node
            case _:
                continue
        if (
            isinstance(found, ast.Constant)
            and found.value == name
            and place.line <= found.lineno <= place.end_line
        ):
            return found
    return None


def _first_parent(migration: Migration, lines: Sequence[str], onto: Key) -> Suggestion | None:
    """The edit that gives a parent to a revision that has none."""
    place = migration.parents_place
    if migration.framework is not Framework.ALEMBIC or place is None or place.line > len(lines):
        return None
    line = lines[place.line - 1]
    changed = _NO_PARENT.sub(lambda found: f'{found[1]}"{onto.name}"', line, count=1)
    if changed == line:
        return None
    return Suggestion(
        path=migration.path, start_line=place.line, end_line=place.line, replacement=changed
    )


def renumbered(migration: Migration, after: str) -> str | None:
    """The path of *migration* with the number that follows *after*; None where it has a later one, or none."""
    if migration.framework is not Framework.DJANGO:
        return None
    mine, theirs = NUMBER.match(migration.key.name), NUMBER.match(after)
    if mine is None or theirs is None or int(mine[1]) > int(theirs[1]):
        return None
    directory = migration.path.rpartition("/")[0]
    number = f"{int(theirs[1]) + 1:0{len(mine[1])}d}"
    return f"{directory}/{number}{mine[2]}.py"


def merge_migration(
    tree: Tree, graph: MigrationGraph, leaves: Sequence[Key], *, app_label: str
) -> NewFile | None:
    """The complete file that joins *leaves*, as the framework would write it."""
    members = [graph.migrations[key] for key in leaves]
    directory = members[0].path.rpartition("/")[0]
    if graph.framework is Framework.ALEMBIC:
        return _merge_revision(tree, members, directory)
    numbers = [int(found[1]) for m in members if (found := NUMBER.match(m.key.name))]
    joined = "_".join(key.name for key in sorted(leaves))
    number = f"{max(numbers) + 1:04d}_" if numbers else ""
    name = f"{number}merge_{joined}" if len(joined) <= LONGEST_NAME else f"{number}merge"
    listed = "".join(f'        ("{app_label}", "{key.name}"),\n' for key in sorted(leaves))
    return NewFile(
        path=f"{directory}/{name}.py",
        title="merge migration",
        content=(
            "from django.db import migrations\n\n\n"
            "class Migration(migrations.Migration):\n"
            f"    dependencies = [\n{listed}    ]\n\n"
            "    operations = []\n"
        ),
    )


def _merge_revision(tree: Tree, members: Sequence[Migration], directory: str) -> NewFile:
    revisions = sorted(m.key.name for m in members)
    # The same heads give the same id, so that two people do not merge them twice.
    revision = hashlib.sha256("\0".join(revisions).encode()).hexdigest()[:12]
    parents = ", ".join(f'"{name}"' for name in revisions)
    # What `env.py` hands to one revision it hands to all.
    forms = (form_of(tree.read(m.path)) for m in members)
    taken = next((form.parameters for form in forms if form.parameters), "")
    return NewFile(
        path=f"{directory}/{revision}_merge_heads.py",
        title="merge revision",
        content=(
            f'"""merge {" and ".join(revisions)}\n\n'
            f"Revision ID: {revision}\nRevises: {', '.join(revisions)}\n"
            '"""\n\n'
            f'revision = "{revision}"\n'
            f"down_revision = ({parents})\n"
            "branch_labels = None\n"
            "depends_on = None\n\n\n"
            f"def upgrade({taken}) -> None:\n    pass\n\n\n"
            f"def downgrade({taken}) -> None:\n    pass\n"
        ),
    )
