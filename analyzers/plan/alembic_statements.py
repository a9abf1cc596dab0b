"""The statements of ``upgrade`` as the author wrote them, with what they need to run in a file of their own."""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache

from analyzers.frozen import dataclass
from analyzers.limits import PLANNED_DEPTH
from analyzers.read.sources import Unparsed, deeper_than, parse
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.facts import Facts, Step


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, dedented, and what it needs."""

    source: str
    before: tuple[str, ...] = ()
    """Statements of ``upgrade`` that give it its names."""
    needs: tuple[str, ...] = ()
    """Imports and definitions of the file that it asks for, in their order."""


@dataclass(frozen=True, slots=True)
class _File:
    """The file of a revision: its module and the body of its ``upgrade``."""

    module: ast.Module | None = None
    upgrade: Sequence[ast.stmt] = ()
    lines: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def _file(content: bytes) -> _File:
    """What is asked for each change in turn."""
    module = parse(content)
    if isinstance(module, Unparsed) or deeper_than(module, PLANNED_DEPTH):
        return _File()
    functions = (s for s in module.body if isinstance(s, ast.FunctionDef) and s.name == "upgrade")
    upgrade = next(functions, None)
    lines = tuple(content.decode("utf-8", "replace").splitlines())
    return _File(module, upgrade.body if upgrade is not None else (), lines)


def source_of(facts: Facts, step: Step) -> str | None:
    """
    The statement of ``upgrade`` at the change's place, dedented.

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
    file = _file(facts.merged.tree.read(step.migration.path))
    found = _found(file, step)
    if found is None or file.module is None:
        return None
    source, earlier = found
    alone = parse(source.encode())
    if isinstance(alone, Unparsed):
        raise Unwritable
    wanted = set(_asked_for(alone))
    local: list[ast.stmt] = []
    for statement in reversed(earlier):
        bound = set(_bound_by(statement)) & wanted
        if not bound:
            continue
        if not isinstance(statement, _PLAIN):
            raise Unwritable
        local.insert(0, statement)
        wanted |= set(_asked_for(statement))
    wanted -= {name for statement in local for name in _bound_by(statement)}
    before = tuple(_text(file, statement) for statement in local)
    return Statement(source, before, tuple(_needs(file, file.module, wanted)))


_PLAIN = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.FunctionDef, ast.Import, ast.ImportFrom)
_OWN = frozenset(
    {"revision", "down_revision", "branch_labels", "depends_on", "upgrade", "downgrade"}
)
"""What each revision says of itself."""


def _needs(file: _File, module: ast.Module, wanted: set[str]) -> Iterator[str]:
    """The imports and definitions of *module* that *wanted* asks for, and what these ask for."""
    wanted = {name for name in wanted if not hasattr(builtins, name)}
    homes: dict[str, ast.stmt] = {}
    for statement in module.body:
        for name in _bound_by(statement):
            homes[name] = statement
    todo, kept = sorted(wanted), set[str]()
    while todo:
        name = todo.pop()
        if name in kept or hasattr(builtins, name):
            continue
        home = homes.get(name)
        if home is None or name in _OWN or not isinstance(home, (*_PLAIN, ast.ClassDef)):
            raise Unwritable
        kept.add(name)
        if not isinstance(home, ast.Import | ast.ImportFrom):
            todo += sorted(_asked_for(home))
    said = set[int]()
    for statement in module.body:
        names = [name for name in _bound_by(statement) if name in kept]
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from (_imported(statement, name) for name in names)
        elif names and id(statement) not in said:
            said.add(id(statement))
            yield _text(file, statement)


def _imported(statement: ast.Import | ast.ImportFrom, name: str) -> str:
    """The import of *name* alone."""
    alias = next(a for a in statement.names if (a.asname or a.name.partition(".")[0]) == name)
    named = alias.name + (f" as {alias.asname}" if alias.asname else "")
    if isinstance(statement, ast.Import):
        return f"import {named}"
    return f"from {'.' * statement.level}{statement.module or ''} import {named}"


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    """The names that *statement* binds where it stands."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Import() | ast.ImportFrom():
            for alias in statement.names:
                yield alias.asname or alias.name.partition(".")[0]
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and _binds(node):
                    yield node.id


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


def _found(file: _File, step: Step) -> tuple[str, list[ast.stmt]] | None:
    """The source of the step's statement, and the statements that come before it."""
    line = step.change.place.line
    statement = _at(file.upgrade, line)
    if statement is None:
        return None
    earlier = [s for s in file.upgrade if s.lineno < statement.lineno]
    kept: list[str] = []
    while isinstance(statement, ast.With) and _may_be_divided(statement):
        inner = _at(statement.body, line)
        if inner is None:
            break
        kept += file.lines[statement.lineno - 1 : statement.body[0].lineno - 1]
        earlier += [s for s in statement.body if s.lineno < inner.lineno]
        statement = inner
    kept += file.lines[statement.lineno - 1 : statement.end_lineno]
    return textwrap.dedent("\n".join(kept)), earlier


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
