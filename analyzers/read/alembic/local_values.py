"""Local names that a revision's function could do without: values that it could as well say where they are used."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator, Set

_MADE = frozenset({"uuid1", "uuid4", "utcnow", "now", "today"})
"""Functions that give the same sort of value a moment later, and do nothing else."""

_TEXTS = "sqlalchemy.text"
_ROUNDS = 5
"""How many names in a row are looked through, each of which is for the next."""

_LATER = (
    ast.For,
    ast.While,
    ast.With,
    ast.Try,
    ast.FunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
"""What runs later than the statement it stands in begins, several times, or not at all."""


def without_locals(function: ast.FunctionDef) -> None:
    """
    Put ``made = uuid4()`` and its like into the next statement, which alone uses it, and once.

    So may a text be, or ``op.get_bind()``; a name that is taken anew each time counts as
    one for each. What nothing uses goes. Imported names are full ones.
    """
    # What goes lets the statements around it follow on each other.
    for _ in range(_ROUNDS):
        before = sum(1 for _ in _names(function, ast.Store))
        _without_some(function)
        if before == sum(1 for _ in _names(function, ast.Store)):
            return


def _without_some(function: ast.FunctionDef) -> None:
    stored = Counter(_names(function, ast.Store))
    stored.update(name for node in ast.walk(function) for name in elsewhere(node))
    asked = Counter(_names(function, ast.Load))
    blocks = [
        block
        for node in ast.walk(function)
        for field in ("body", "orelse", "finalbody")
        if isinstance(block := getattr(node, field, None), list)
    ]
    pairs = Counter(name for block in blocks for name in _handed_on(block))
    alone = {name for name, times in pairs.items() if stored[name] == asked[name] == times}
    for block in blocks:
        block[:] = _shortened(block, stored, asked, alone) or ([ast.Pass()] if block else [])


def bare_texts(function: ast.FunctionDef) -> Iterator[ast.Assign]:
    """The assignments of *function* to names that are only ever run by ``execute``."""
    run: Counter[str] = Counter()
    plain: dict[str, list[ast.Assign]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="execute"), args=[ast.Name(id=name), *_]):
                run[name] += 1
            case ast.Assign(targets=[ast.Name(id=name)]):
                plain.setdefault(name, []).append(node)
            case _:
                pass
    stored = Counter(_names(function, ast.Store))
    stored.update(name for node in ast.walk(function) for name in elsewhere(node))
    asked = Counter(_names(function, ast.Load))
    for name, found in plain.items():
        if stored[name] == len(found) and asked[name] == run[name] > 0:
            yield from found


def _names(function: ast.FunctionDef, kind: type[ast.expr_context]) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, kind):
            yield node.id


def elsewhere(node: ast.AST) -> tuple[str, ...]:
    """Names that *node* binds otherwise than by ``Name``, or shares with others."""
    match node:
        case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return (name,)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return (*names, *names)
        case _:
            return ()


def _handed_on(block: list[ast.stmt]) -> Iterator[str]:
    """The names of *block* that get a value which the next statement alone may take, and asks for once."""
    for statement, following in itertools.pairwise(block):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _movable(value):
                loads = (n for n in _at_once(following) if isinstance(n, ast.Name) and n.id == name)
                if [type(n.ctx) for n in loads] == [ast.Load]:
                    yield name
            case _:
                pass


def _movable(value: ast.expr) -> bool:
    """Whether *value* is the same one statement later: what is made anew, a text, and what operations go through."""
    match value:
        case ast.Constant() | ast.Name():
            return True
        case ast.Call(func=ast.Name(id="f"), args=given, keywords=[]):
            # A text with placeholders.
            return all(_movable(each) for each in given)
        case ast.Call(func=made, args=[text], keywords=[]) if ast.unparse(made) == _TEXTS:
            return _movable(text)
        case ast.Attribute(value=bind):
            return is_bind(bind)
        case _:
            return _made(value) or is_bind(value)


def is_bind(value: ast.expr) -> bool:
    """Whether *value* is what the operations go through: ``op.get_bind()``."""
    match value:
        case ast.Call(func=ast.Attribute(attr="get_bind" | "get_context"), args=[], keywords=[]):
            return True
        case _:
            return False


def _shortened(
    block: list[ast.stmt], stored: Counter[str], asked: Counter[str], alone: Set[str]
) -> list[ast.stmt]:
    kept: list[ast.stmt] = []
    waiting: dict[str, ast.expr] = {}
    for statement in block:
        if waiting:
            _Put(waiting).visit(statement)
        waiting = {}
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                stored[name] == 1 and asked[name] == 0 and _made(value)
            ):
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in alone:
                waiting = {name: value}
                continue
            case _:
                pass
        kept.append(statement)
    return kept


def _made(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[], keywords=[]):
            return name.rpartition(".")[2] in _MADE
        case _:
            return False


def _at_once(statement: ast.stmt) -> Iterator[ast.AST]:
    """What *statement* evaluates once, in no order."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _LATER):
            yield node
            waiting += ast.iter_child_nodes(node)


class _Put(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._values.get(node.id, node)
