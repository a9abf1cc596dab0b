"""The SQL that a ``RunPython`` function is sure to execute, read from its body."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from analyzers.frozen import dataclass
from analyzers.read.names import Late, Names
from analyzers.vocabulary import Place

VENDORS = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}
"""Databases -> what Django's ``connection.vendor`` calls them."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as it stands in a function, and whether the driver puts values in it."""

    text: str
    parameters: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Executed:
    """What a function executes on one database, in order."""

    statements: tuple[Statement, ...] = ()
    whole: bool = False
    """Whether it does nothing else there."""


def read_executed(module: ast.Module, name: str, path: str, database: str) -> Executed:
    """What the module-level function *name* executes by ``schema_editor.execute`` and by cursors on *database*."""
    function = next(
        (n for n in module.body if isinstance(n, ast.FunctionDef) and n.name == name), None
    )
    arguments = function.args.args if function is not None else []
    if function is None or len(arguments) != 2 or function.decorator_list:
        return Executed()
    reader = _Reader(arguments[1].arg, Names(module), path, VENDORS.get(database))
    reader.read(function.body)
    return Executed(tuple(reader.statements), reader.whole)


class _Reader:
    def __init__(self, editor: str, names: Names, path: str, vendor: str | None) -> None:
        self.takers = {editor}
        """Names whose ``execute`` takes SQL: the schema editor's, and those of cursors."""
        self.editor = editor
        self.names = names
        self.path = path
        self.vendor = vendor
        self.texts: dict[str, str] = {}
        self.statements: list[Statement] = []
        self.whole = True

    def read(self, body: Sequence[ast.stmt]) -> bool:
        """Go through *body*; whether what stands behind it is sure to run."""
        for statement in body:
            match statement:
                case ast.Pass() | ast.Expr(value=ast.Constant()):
                    pass
                case ast.Expr(value=ast.Call() as call) if self._executes(call):
                    pass
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._bind(name, value)
                case ast.With(items=[item], body=inner) if _cursor(item.context_expr):
                    if isinstance(item.optional_vars, ast.Name):
                        self.takers.add(item.optional_vars.id)
                    if not self.read(inner):
                        return False
                case ast.If(test=test, body=inner, orelse=other):
                    taken = asks_for_vendor(test, self.vendor) if self.vendor else None
                    if taken is not None:
                        if not self.read(inner if taken else other):
                            return False
                    elif self._passes_by(statement):
                        return False
                case ast.Return(value=None):
                    return False
                case _:
                    if self._passes_by(statement):
                        return False
        return True

    def _passes_by(self, statement: ast.stmt) -> bool:
        """Whether what is behind *statement*, which is not followed, may not run."""
        self.whole = False
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.takers.discard(node.id)
                self.texts.pop(node.id, None)
        # What raises ends the migration, and nothing of it stays.
        leaves = ast.Return | ast.Yield | ast.YieldFrom
        return any(isinstance(node, leaves) for node in ast.walk(statement))

    def _bind(self, name: str, value: ast.expr) -> None:
        text = self._text(value)
        self.takers.discard(name)
        self.texts.pop(name, None)
        if _cursor(value):
            self.takers.add(name)
        elif text is not None:
            self.texts[name] = text
        else:
            self.whole = False

    def _executes(self, call: ast.Call) -> bool:
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=taker), attr="execute"), args=[sql, *more]
            ) if taker in self.takers:
                text = self._text(sql)
            case _:
                return False
        if text is None or len(more) > 1 or any(k.arg != "params" for k in call.keywords):
            return False
        # The schema editor hands on an empty tuple; a cursor that is given no values looks for none.
        parameters = bool(more or call.keywords) or taker == self.editor
        place = Place(self.path, call.lineno, call.end_lineno or call.lineno)
        self.statements.append(Statement(text, parameters, place))
        return True

    def _text(self, node: ast.expr) -> str | None:
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name) if name in self.texts:
                return self.texts[name]
            case ast.Name(id=name):
                bound = self.names.bound.get(name)
                if isinstance(bound, Late) and isinstance(bound.node, ast.Constant):
                    return bound.node.value if isinstance(bound.node.value, str) else None
                return None
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined((left, right))
            case ast.JoinedStr(values=values):
                return self._joined(values)
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return self._text(value)
            case _:
                return None

    def _joined(self, nodes: Sequence[ast.expr]) -> str | None:
        texts = [self._text(node) for node in nodes]
        return None if None in texts else "".join(text or "" for text in texts)


def asks_for_vendor(test: ast.expr, vendor: str) -> bool | None:
    """What *test* of ``connection.vendor`` gives where that is *vendor*; None where it asks for more."""
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=str(text))]) if (
            _vendor(left)
        ):
            return _compared(op, vendor, (text,))
        case ast.Compare(
            left=left,
            ops=[ast.In() | ast.NotIn() as op],
            comparators=[ast.Tuple(elts=named) | ast.List(elts=named) | ast.Set(elts=named)],
        ) if _vendor(left):
            texts = [n.value for n in named if isinstance(n, ast.Constant)]
            return _compared(op, vendor, texts) if len(texts) == len(named) else None
        case ast.Call(
            func=ast.Attribute(value=left, attr="startswith"), args=[ast.Constant(value=str(text))]
        ) if _vendor(left):
            return vendor.startswith(text)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            answer = asks_for_vendor(inner, vendor)
            return None if answer is None else not answer
        case _:
            return None


def _compared(op: ast.cmpop, vendor: str, texts: Sequence[object]) -> bool | None:
    match op:
        case ast.Eq():
            return vendor == texts[0]
        case ast.NotEq():
            return vendor != texts[0]
        case ast.In():
            return vendor in texts
        case ast.NotIn():
            return vendor not in texts
        case _:
            return None


def _vendor(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "vendor"


def _cursor(node: ast.expr) -> bool:
    """Whether *node* is ``connection.cursor()``, of whatever connection."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="cursor"), args=[]):
            return ast.unparse(owner).rpartition(".")[2] == "connection"
        case _:
            return False
