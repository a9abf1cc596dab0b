"""
Changes of SQLAlchemy models in the sources of a real project, one thing in each table.

What is changed is found by the classes that the real project has mapped, not by
what Two-Step reads.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.oracles.source_edits import edited, one_of, with_argument

SILENT_SHARE = 0.3
LEANED_ON = frozenset({"column removed", "column renamed"})
"""Kinds by which other code of a project may fail to be imported."""
FIELD = "Field"
MAKERS = frozenset({"Column", "mapped_column", FIELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change of one table's source: lines *first* to *last* of *path* become *new*."""

    kind: str
    table: str
    path: str
    first: int
    last: int
    new: tuple[str, ...]
    adds: str = ""
    """A table that it makes."""


def mutations(
    files: Mapping[str, bytes], classes: Sequence[Any], dice: random.Random
) -> list[Mutation]:
    """At most one for each table, in no class from which another is derived."""
    found = []
    for path, line, name, table in classes:
        if path not in files or line == 0 or sum(c[3] == table for c in classes) > 1:
            continue
        source = files[path].decode(errors="replace")
        node = next(
            (
                n
                for n in ast.walk(ast.parse(source))
                if isinstance(n, ast.ClassDef)
                and n.name == name
                and min([n.lineno, *(d.lineno for d in n.decorator_list)]) == line
            ),
            None,
        )
        if node is None:
            continue
        pool = list(_candidates(node, source, path, table))
        silent = [m for m in pool if m.kind.startswith("silent")]
        loud = [m for m in pool if not m.kind.startswith("silent")]
        chosen = one_of(loud, silent, SILENT_SHARE, dice)
        if chosen is not None:
            found.append(chosen)
    return found


def mutated(files: Mapping[str, bytes], chosen: Sequence[Mutation]) -> dict[str, bytes]:
    """The files that change, with all of *chosen* in them; every one is still Python."""
    changed = edited(files, chosen)
    for content in changed.values():
        ast.parse(content)
    return changed


def _maker(node: ast.expr | None) -> str | None:
    """How the call that makes a column is written: ``db.Column``, ``mapped_column``."""
    if isinstance(node, ast.Call):
        said = ast.unparse(node.func)
        if said.rpartition(".")[2].lstrip("_") in MAKERS:
            return said
    return None


def _columns(node: ast.ClassDef) -> Iterator[tuple[str, ast.stmt, ast.Call, str]]:
    for statement in node.body:
        value = getattr(statement, "value", None)
        maker = _maker(value)
        if maker is None or not isinstance(value, ast.Call):
            continue
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, statement, value, maker
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, statement, value, maker
            case _:
                pass


def _candidates(node: ast.ClassDef, source: str, path: str, table: str) -> Iterator[Mutation]:
    lines = source.splitlines()
    columns = list(_columns(node))
    body = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    indent = " " * node.body[0].col_offset

    def at(kind: str, first: int, last: int, *new: str) -> Mutation:
        written = tuple(each for text in new for each in text.split("\n"))
        return Mutation(kind=kind, table=table, path=path, first=first, last=last, new=written)

    for name, statement, call, maker in columns:
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        text = ast.get_source_segment(source, call)
        whole = "\n".join(lines[first - 1 : last])
        if text is None or "#" in text or whole.count(text) != 1 or not whole.endswith(text):
            continue
        changes = _of_field if maker == FIELD else _of_column
        for kind, new in changes(call, text):
            if kind.startswith("null") and "PrimaryKeyConstraint" in body:
                # A key that takes NULL is none that a database can have.
                continue
            yield at(kind, first, last, whole.replace(text, new))
        alone = len(re.findall(rf"\b{name}\b", body)) == 1
        if alone and f".{name}" not in source and "primary_key" not in text:
            yield at("column removed", first, last)
            if not (call.args and isinstance(call.args[0], ast.Constant)):
                new = re.sub(rf"\b{name}\b", f"{name}_mutated", whole, count=1)
                yield at("column renamed", first, last, new)
        yield at("silent: comment", first, last, f"{whole}  # mutated")
        if maker != FIELD:
            yield at("silent: parenthesised", first, last, whole.replace(text, f"({text})"))
    if not columns:
        return
    end = columns[-1][1].end_lineno or columns[-1][1].lineno
    if "\\" not in lines[end - 1]:
        for kind, new in _added(columns[-1][3], source):
            yield at(kind, end + 1, end, indent + new)
    if columns[-1][3] == FIELD:
        return
    for kind, inner in _SILENT.items():
        yield at(kind, end + 1, end, *(indent + each for each in inner))
    plain = [n for n, _, c, _ in columns if not (c.args and isinstance(c.args[0], ast.Constant))]
    prefix = columns[-1][3].rpartition(".")[0]
    dot = f"{prefix}." if prefix and prefix != "orm" else ""
    if "__table_args__" not in body and plain and dot != "so.":
        for kind, new in (
            ("composite unique", f"{dot}UniqueConstraint({plain[-1]!r}, {plain[0]!r})"),
            (
                "composite index",
                f"{dot}Index('ix_mutated_{table[:20]}', {plain[-1]!r}, {plain[0]!r})",
            ),
        ):
            bare = new.partition("(")[0]
            if (dot or re.search(rf"^from sqlalchemy import[^#]*\b{bare}\b", source, re.M)) and (
                plain[-1] != plain[0]
            ):
                yield at(kind, end + 1, end, f"{indent}__table_args__ = ({new},)")


_SILENT = {
    "silent: method": ("def mutated(self):", "    return 1"),
    "silent: property": ("@property", "def mutated(self):", "    return 1"),
    "silent: comment line": ("# a mutated comment",),
    "silent: private constant": ("__mutated__ = 5",),
}


def _added(maker: str, source: str) -> Iterator[tuple[str, str]]:
    """New columns in the style of the class; only names that the file has."""
    if maker == FIELD:
        yield "column added", "mutated: int | None = Field(default=None)"
        yield "column added, not null", 'mutated: str = Field(default="")'
        yield "column added, index", "mutated: str | None = Field(default=None, index=True)"
        yield "column added, unique", "mutated: int | None = Field(default=None, unique=True)"
        yield "column added, flag", "mutated: bool = Field(default=False)"
        return
    prefix, _, made = maker.rpartition(".")
    dot = f"{prefix}." if prefix and made == "Column" else ""
    if dot == "sql.":
        # A module of the project's own, which hands on some names alone.
        dot = ""
    if made == "mapped_column" and not dot:
        found = re.search(r"^import sqlalchemy as (\w+)", source, re.M)
        dot = f"{found[1]}." if found else ""

    def has(name: str) -> bool:
        if dot:
            return True
        return re.search(rf"^from sqlalchemy import[^#=]*?\b{name}\b", source, re.M) is not None

    mapped = made == "mapped_column" and "Mapped[" in source
    for kind, types, arguments in (
        ("column added", ("Integer",), "{}Integer"),
        ("column added, not null", ("String",), "{}String(40), nullable=False"),
        ("column added, index", ("Integer",), "{}Integer, index=True"),
        ("column added, unique", ("String",), "{}String(9), unique=True"),
        ("column added, text", ("Text",), "{}Text"),
        ("column added, zone", ("DateTime",), "{}DateTime(timezone=True), nullable=True"),
        ("column added, flag", ("Boolean",), "{}Boolean, default=False, server_default='f'"),
        ("column added, number", ("Numeric",), "{}Numeric(10, 2)"),
    ):
        if all(has(t) for t in types):
            yield kind, f"mutated = {maker}({arguments.format(dot)})"
    if mapped and made == "mapped_column":
        yield "column added, annotated", f"mutated: Mapped[int] = {maker}()"
        yield "column added, annotated text", f"mutated: Mapped[str] = {maker}(index=True)"
        if "Optional" in source and re.search(
            r"^from typing import[^#]*\bOptional\b", source, re.M
        ):
            yield "column added, annotated or null", f"mutated: Mapped[Optional[int]] = {maker}()"


def _of_field(call: ast.Call, text: str) -> Iterator[tuple[str, str]]:
    """Kinds and new sources of SQLModel's ``Field``; its ``sa_column`` is left alone."""
    given = {k.arg for k in call.keywords}
    if None in given or call.args or "sa_column" in given or "primary_key" in given:
        return
    inside = text.rstrip()[:-1].rstrip().rstrip(",")
    comma = "" if inside.endswith("(") else ", "
    if not given & {"index", "unique"}:
        yield "index added", f"{inside}{comma}index=True)"
        yield "unique added", f"{inside}{comma}unique=True)"
    if "nullable" not in given:
        yield "nullable said", f"{inside}{comma}nullable=False)"
        yield "null allowed", f"{inside}{comma}nullable=True)"
    if "index=True" in text:
        yield "index taken away", text.replace("index=True", "index=False")
    if "foreign_key" in given and "ondelete" not in given:
        yield "foreign key taken away", re.sub(r'foreign_key="[^"]*",?\s*', "", text)
    if "description" not in given:
        yield "silent: description", f'{inside}{comma}description="mutated")'


def _of_column(call: ast.Call, text: str) -> Iterator[tuple[str, str]]:
    """Kinds and new sources of the call that makes a column."""
    given = {k.arg for k in call.keywords}
    if None in given or any(isinstance(a, ast.Starred) for a in call.args):
        return
    key = "primary_key" in given

    def plus(argument: str) -> str:
        return with_argument(text, argument)

    def swapped(pattern: str, new: str) -> str | None:
        made, count = re.subn(pattern, new, text, count=1)
        made = re.sub(r"\(\s*,\s*", "(", made, count=1)
        return made if count and made != text else None

    if not key:
        if "nullable" not in given:
            yield "nullable said", plus("nullable=False")
        for pattern, kind, new in (
            (r"nullable=False", "null allowed", "nullable=True"),
            (r"nullable=True", "null forbidden", "nullable=False"),
            (r",?\s*nullable=False", "nullable taken away", ""),
        ):
            made = swapped(pattern, new)
            if made is not None:
                yield kind, made
    if call.args and not key and not given & {"index", "unique"}:
        yield "index added", plus("index=True")
        yield "unique added", plus("unique=True")
        yield "unique index added", plus("index=True, unique=True")
    for pattern, kind in (
        (r",?\s*index=True", "index taken away"),
        (r",?\s*unique=True", "unique taken away"),
    ):
        made = swapped(pattern, "")
        if made is not None:
            yield kind, made
    for pattern, kind, new in (
        (r"\bString\((length=)?(\d+)\)", "length changed", r"String(\g<1>1\2)"),
        (r"\bString\((?:length=)?\d+\)", "length taken away", "String"),
        (r"\bInteger\b", "type changed", "SmallInteger"),
        (r"\bBigInteger\b", "type changed", "Integer"),
        (r"\bText\b(\(\))?", "type changed", "LargeBinary"),
        (r"\bDateTime\b(\(\))?(?!\()", "type changed", "Date"),
        (r"\bDateTime\(timezone=True\)", "zone taken away", "DateTime()"),
        (r"\bBoolean\b", "type changed", "Integer"),
        (r"\bFloat\b", "type changed", "Integer"),
    ):
        # Only where the new name is reached through a module, as in ``sa.Integer``.
        if kind == "type changed" and not re.search(rf"\b\w+\.{pattern[2:]}", text):
            continue
        made = swapped(pattern, new)
        if made is not None and not (key and "Integer" in pattern):
            yield kind, made
    if any("ForeignKey" in ast.unparse(a) for a in call.args) and len(call.args) > 1:
        cut = next(a for a in call.args if "ForeignKey" in ast.unparse(a))
        segment = ast.unparse(cut)
        if text.count(segment) == 1 and not isinstance(cut, ast.Name):
            made = re.sub(rf",?\s*{re.escape(segment)}", "", text)
            yield "foreign key taken away", re.sub(r"\(\s*,\s*", "(", made)
            if isinstance(cut, ast.Call) and len(cut.args) == 1:
                other = "SET NULL" if "CASCADE" in segment else "CASCADE"
                bare = [k for k in cut.keywords if k.arg != "ondelete"]
                said = ast.keyword("ondelete", ast.Constant(other))
                new = ast.unparse(ast.Call(cut.func, cut.args, [*bare, said]))
                yield "on delete", text.replace(segment, new)
    if "ForeignKey" not in text and "default" not in given:
        yield "silent: default", plus("default=None")
    if "doc" not in given:
        yield "silent: doc", plus("doc='mutated'")
    if "info" not in given:
        yield "silent: info", plus("info={'a': 1}")
    if "server_default" not in given and not key:
        yield "silent: server default", plus("server_default='1'")
