"""The statements of ``upgrade`` as the author wrote them, with what they need to run in a file of their own."""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import field
from functools import lru_cache

from analyzers.frozen import dataclass
from analyzers.limits import PLANNED_DEPTH, PLANNED_STATEMENTS
from analyzers.plan.alembic_pieces import Written
from analyzers.read.alembic.forms import form_of
from analyzers.read.filled import filled_names
from analyzers.read.sources import Unparsed, deeper_than, parse
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.facts import Facts, Step
from analyzers.vocabulary import SchemaChange


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, and what it needs."""

    itself: Written
    before: tuple[Written, ...] = ()
    """Statements of ``upgrade`` that give it its names."""
    made: tuple[SchemaChange, ...] = ()
    """What those do to the database by themselves."""
    needs: tuple[str, ...] = ()
    """Imports and definitions of the file that it asks for, in their order."""


@dataclass(frozen=True, slots=True)
class _File:
    """
    The file of a revision: its lines, the body of its ``upgrade``, and what its module binds each name to.

    Of several databases each may have a body of its own.
    """

    lines: tuple[str, ...] = ()
    upgrades: tuple[Sequence[ast.stmt], ...] = ()
    homes: Mapping[str, Sequence[ast.stmt]] = field(default_factory=dict)
    given: dict[ast.stmt, frozenset[str]] = field(default_factory=dict)
    """The names that a statement gives a value, once that is asked: it is for each statement behind it."""

    def gives(self, statement: ast.stmt) -> frozenset[str]:
        """The names that *statement* gives a value where it stands, or whose list or dictionary it fills."""
        if statement not in self.given:
            self.given[statement] = frozenset(_given_by(statement))
        return self.given[statement]


@lru_cache(maxsize=4)
def _file(content: bytes) -> _File:
    """What is asked for each change in turn."""
    module = parse(content)
    if isinstance(module, Unparsed) or deeper_than(module, PLANNED_DEPTH):
        return _File()
    # `upgrade_audit()`, where there is one for each of several databases.
    begins = ("upgrade_",) if form_of(content).spans else ()
    upgrades = tuple(
        s.body
        for s in module.body
        if isinstance(s, ast.FunctionDef) and (s.name == "upgrade" or s.name.startswith(begins))
    )
    lines = tuple(content.decode("utf-8", "replace").splitlines())
    homes: dict[str, list[ast.stmt]] = {}
    for statement in module.body:
        for name in dict.fromkeys(_given_by(statement)):
            homes.setdefault(name, []).append(statement)
    return _File(lines, upgrades, homes)


def source_of(facts: Facts, step: Step) -> Written | None:
    """
    The statement of ``upgrade`` at the change's place.

    Of a batch it is the one call, in a batch of its own: the other calls have their own changes.
    """
    found = _found(_file(facts.merged.tree.read(step.migration.path)), step)
    return found[0] if found is not None else None


def statement_of(facts: Facts, step: Step) -> Statement | None:
    """
    The statement that makes the change, with what it needs.

    Raises:
        Unwritable: it asks for a name, and where that comes from is not plain.

    """
    path = step.migration.path
    file = _file(facts.merged.tree.read(path))
    found = _found(file, step)
    if found is None:
        return None
    itself, earlier = found
    alone = parse(itself.text.encode())
    if isinstance(alone, Unparsed):
        raise Unwritable
    wanted = set(_asked_for(alone))
    local: list[ast.stmt] = []
    for statement in reversed(earlier):
        if wanted.isdisjoint(file.gives(statement)):
            continue
        if not isinstance(statement, _PLAIN) or len(local) == PLANNED_STATEMENTS:
            raise Unwritable
        local.append(statement)
        wanted |= set(_asked_for(statement))
    local.reverse()
    wanted -= {name for statement in local for name in _given_by(statement)}
    lines = {n for s in local for n in range(s.lineno, (s.end_lineno or s.lineno) + 1)}
    return Statement(
        itself,
        tuple(Written(path, s.lineno, _text(file, s)) for s in local),
        tuple(
            other.change
            for other in (facts.steps if lines else ())
            if other.migration.path == path and other.change.place.line in lines
        ),
        tuple(_needs(file, wanted)),
    )


_PLAIN = (
    *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr),
    *(ast.FunctionDef, ast.Import, ast.ImportFrom),
)
_COPIED = (*_PLAIN, ast.ClassDef)
_OWN = frozenset(
    {"revision", "down_revision", "branch_labels", "depends_on", "upgrade", "downgrade"}
)
"""What each revision says of itself."""


def _needs(file: _File, wanted: Set[str]) -> Iterator[str]:
    """
    The imports and definitions of the file that *wanted* asks for, and what these ask for, as they stand in it.

    Raises:
        Unwritable: a name has no home there that can be copied.

    """
    todo, kept = sorted(wanted), set[str]()
    found: dict[ast.stmt, None] = {}
    while todo:
        name = todo.pop()
        homes = file.homes.get(name, ())
        if name in kept or (not homes and hasattr(builtins, name)):
            continue
        if not homes or name in _OWN or not all(isinstance(home, _COPIED) for home in homes):
            raise Unwritable
        kept.add(name)
        for home in homes:
            found[home] = None
            if not isinstance(home, ast.Import | ast.ImportFrom):
                todo += sorted(_asked_for(home))
    for statement in sorted(found, key=lambda s: (s.lineno, s.col_offset)):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from _imported(statement, kept)
        else:
            yield _text(file, statement)


def _imported(statement: ast.Import | ast.ImportFrom, kept: Set[str]) -> Iterator[str]:
    """The imports of what *statement* binds to names that are *kept*, each alone."""
    for alias in statement.names:
        if _bound_as(alias) not in kept:
            continue
        named = alias.name + (f" as {alias.asname}" if alias.asname else "")
        if isinstance(statement, ast.Import):
            yield f"import {named}"
        else:
            yield f"from {'.' * statement.level}{statement.module or ''} import {named}"


def _bound_as(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _given_by(statement: ast.stmt) -> Iterator[str]:
    """The names that *statement* gives a value where it stands, or whose list or dictionary it fills."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Import() | ast.ImportFrom():
            yield from map(_bound_as, statement.names)
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and _binds(node):
                    yield node.id
            yield from filled_names(statement)


def _binds(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store | ast.Del)


def _asked_for(part: ast.AST) -> set[str]:
    """The names that *part* reads and does not bind itself."""
    nodes = list(ast.walk(part))
    own = {n.arg for n in nodes if isinstance(n, ast.arg)}
    own |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    if not isinstance(part, ast.AugAssign):
        own |= {n.id for n in nodes if isinstance(n, ast.Name) and _binds(n)}
    return {n.id for n in nodes if isinstance(n, ast.Name)} - own


def _text(file: _File, statement: ast.stmt) -> str:
    """*statement* as it stands in the file, dedented."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(d.lineno for d in decorators)])
    return textwrap.dedent("\n".join(file.lines[first - 1 : statement.end_lineno]))


def _found(file: _File, step: Step) -> tuple[Written, list[ast.stmt]] | None:
    """The step's statement, and the statements that come before it."""
    line = step.change.place.line
    around = ((body, _at(body, line)) for body in file.upgrades)
    found = next(((body, at) for body, at in around if at is not None), None)
    if found is None:
        return None
    body, statement = found
    earlier = [s for s in body if s.lineno < statement.lineno]
    kept: list[str] = []
    while isinstance(statement, ast.With) and _may_be_divided(statement):
        inner = _at(statement.body, line)
        if inner is None:
            break
        kept += file.lines[statement.lineno - 1 : statement.body[0].lineno - 1]
        earlier += [s for s in statement.body if s.lineno < inner.lineno]
        statement = inner
    kept += file.lines[statement.lineno - 1 : statement.end_lineno]
    text = textwrap.dedent("\n".join(kept))
    return Written(step.migration.path, statement.lineno, text), earlier


def _at(body: Sequence[ast.stmt], line: int) -> ast.stmt | None:
    return next((s for s in body if s.lineno <= line <= (s.end_lineno or s.lineno)), None)


_DIVIDED = ("batch_alter_table", "autocommit_block")


def _may_be_divided(block: ast.With) -> bool:
    """Whether each statement in *block* stands for itself, on lines of its own."""
    calls = [item.context_expr for item in block.items]
    return (
        all(
            isinstance(c, ast.Call)
            and isinstance(c.func, ast.Attribute)
            and c.func.attr in _DIVIDED
            for c in calls
        )
        and all(isinstance(inner, ast.Expr | ast.With) for inner in block.body)
        and block.body[0].lineno > max(c.end_lineno or c.lineno for c in calls)
    )


def with_keyword(source: str, operation: str, keyword: str) -> str | None:
    """*source* with ``keyword=True`` besides, where it is nothing but a call of ``op``'s *operation*."""
    module = parse(source.encode())
    if isinstance(module, Unparsed) or len(module.body) != 1:
        return None
    match module.body[0]:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id="op"), attr=name)) as call
        ) if name == operation and all(k.arg not in (None, keyword) for k in call.keywords):
            more = ast.keyword(arg=keyword, value=ast.Constant(True))
            return ast.unparse(ast.Call(call.func, call.args, [*call.keywords, more]))
        case _:
            return None


def first_line(source: str) -> str:
    """What *source* begins with, the blocks around it left aside."""
    module = parse(source.encode())
    if isinstance(module, Unparsed) or not module.body:
        return source.splitlines()[0]
    statement = module.body[0]
    while isinstance(statement, ast.With):
        statement = statement.body[0]
    return ast.unparse(statement).splitlines()[0]
