"""
The values of expressions in a revision or a model file, without running it.

Constants, containers, f-strings, concatenation, names and comprehensions over
constants become Python values; calls of imported names become ``Call``, and a
method's call a ``Call`` whose name begins with a dot and whose first argument
is what it is called on. All else is ``Opaque``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzers import limits
from analyzers.limits import VALUE_PARTS
from analyzers.read.alembic.dialects import asks_for
from analyzers.read.alembic.known import (
    binary,
    compared,
    is_known,
    item_of,
    iterate,
    method_of,
    passed_on,
)
from analyzers.read.alembic.patterns import matched
from analyzers.read.alembic.usual import usual_schema
from analyzers.read.values import Call, Opaque, Ref, Value, in_short, parts

_NAME_CHARACTERS = 2_000
"""Of what an attribute is asked of; each line of a file may make a name longer than the one before."""

_PARTS_A_STEP = 10
_TOO_LARGE = Opaque("...", "the value is too large")

_PASSED_ON = frozenset({"list", "tuple", "set", "sorted", "frozenset", "str", "int", "reversed"})


@dataclass(slots=True)
class Budget:
    """How many more expressions may be looked at; shared by all scopes of one file."""

    steps: int = limits.EVALUATION_STEPS
    depth: int = 0
    """Helpers that are being looked into, one inside the other."""
    dialect: str = ""
    """The database that is asked for, where that is decided."""
    _grown: dict[str, tuple[Value, int]] = field(default_factory=dict)
    """What grew last under a name, and how many values it holds."""

    def spend(self) -> bool:
        self.steps -= 1
        return self.steps > 0

    def held(self, value: Value) -> Value:
        """
        *value* as a name holds it: opaque where it is too large, or more than may be looked through.

        Names alone make a value that has another several times: twice at each
        of a few lines, it is soon larger than any memory. To look through it
        costs steps too, fewer than it takes to evaluate what it is made of.
        """
        if not isinstance(value, Call | list | tuple | dict):
            return value
        count = parts(value, min(VALUE_PARTS, max(self.steps, 0) * _PARTS_A_STEP))
        self.steps -= count // _PARTS_A_STEP
        return value if count <= VALUE_PARTS and self.steps > 0 else _TOO_LARGE

    def grown(self, name: str, before: Value, added: Value, after: Value) -> Value:
        """*after* as *name* holds it, which held *before*; only what was *added* is looked through."""
        last, count = self._grown.get(name, (None, 0))
        if last is not before:
            count = parts(before, VALUE_PARTS)
        more = self.held(added)
        count += parts(more, VALUE_PARTS)
        self._grown[name] = (after, count)
        return after if more is added and count <= VALUE_PARTS else _TOO_LARGE


@dataclass(slots=True)
class Scope:
    """Names that are known at one point, innermost first."""

    names: dict[str, Value] = field(default_factory=dict)
    outer: Scope | None = None
    budget: Budget = field(default_factory=Budget)
    stars: list[str] = field(default_factory=list)
    """Modules of which everything is imported."""

    def look_up(self, name: str) -> Value | None:
        """What *name* stands for; None where nothing is known of it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def binds(self, name: str) -> bool:
        """Whether *name* is bound at all, if only to None."""
        return name in self.names or (self.outer is not None and self.outer.binds(name))

    def holder(self, name: str) -> Scope:
        """The scope that binds *name*; the outermost where none does."""
        scope = self
        while name not in scope.names and scope.outer is not None:
            scope = scope.outer
        return scope

    def inner(self, names: Mapping[str, Value] | None = None) -> Scope:
        return Scope(dict(names or {}), self, self.budget)


def evaluate(node: ast.expr, scope: Scope) -> Value:
    """The value of *node*."""
    if not scope.budget.spend():
        return Opaque("...", "too much to evaluate")
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return named(name, scope)
        case ast.Attribute(value=inner, attr=attr):
            return _attribute(evaluate(inner, scope), attr)
        case ast.Tuple(elts=items):
            return tuple(_items(items, scope))
        case ast.List(elts=items):
            return list(_items(items, scope))
        case ast.Set(elts=items):
            return tuple(_items(items, scope))
        case ast.Dict(keys=keys, values=values):
            return _dictionary(keys, values, scope)
        case ast.JoinedStr(values=parts):
            return _joined(parts, node, scope)
        case ast.BinOp(left=left, op=operator, right=right):
            return binary(evaluate(left, scope), operator, evaluate(right, scope), node)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = evaluate(operand, scope)
            return -value if isinstance(value, int | float) else Opaque(ast.unparse(node))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = truth_of(operand, scope)
            return Opaque(ast.unparse(node)) if truth is None else not truth
        case ast.IfExp(test=test, body=body, orelse=orelse):
            truth = truth_of(test, scope)
            if truth is None:
                return Opaque(ast.unparse(node))
            return evaluate(body if truth else orelse, scope)
        case ast.Compare() | ast.BoolOp():
            truth = truth_of(node, scope)
            return Opaque(ast.unparse(node)) if truth is None else truth
        case ast.Subscript(value=inner, slice=index):
            return item_of(evaluate(inner, scope), evaluate(index, scope), node)
        case ast.Call():
            return _call(node, scope)
        case ast.ListComp(generators=[_]) | ast.GeneratorExp(generators=[_]):
            return list(_comprehension(node, scope))
        case ast.Lambda() | _:
            return Opaque(ast.unparse(node))


def truth_of(node: ast.expr, scope: Scope) -> bool | None:
    """Whether *node* is true; None where that is not known statically."""
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            truths = [truth_of(value, scope) for value in values]
            if any(truth is False for truth in truths):
                return False
            return None if None in truths else True
        case ast.BoolOp(values=values):
            truths = [truth_of(value, scope) for value in values]
            if any(truth is True for truth in truths):
                return True
            return None if None in truths else False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = truth_of(operand, scope)
            return None if truth is None else not truth
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            one, other = evaluate(left, scope), evaluate(right, scope)
            dialect = scope.budget.dialect
            asked = asks_for(one, operator, other, dialect) if dialect else None
            return compared(one, operator, other) if asked is None else asked
        case ast.Compare(left=left, ops=operators, comparators=comparators):
            values = [evaluate(each, scope) for each in (left, *comparators)]
            pairs = zip(values, operators, values[1:], strict=False)
            truths = [compared(one, operator, two) for one, operator, two in pairs]
            return False if False in truths else None if None in truths else True
        case _:
            value = evaluate(node, scope)
            return bool(value) if is_known(value) else None


def bind(target: ast.expr, value: Value, scope: Scope) -> None:
    """Assign *value* to *target* in *scope*."""
    match target:
        case ast.Name(id=name):
            scope.names[name] = scope.budget.held(value)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            values = value if isinstance(value, list | tuple) else ()
            for position, item in enumerate(items):
                known = len(values) == len(items)
                bind(item, values[position] if known else Opaque(ast.unparse(item)), scope)
        case ast.Subscript(value=ast.Name(id=name), slice=key) if name in scope.names:
            held, said = scope.names[name], evaluate(key, scope)
            grows = isinstance(held, dict) and len(held) < limits.GROWN_ITEMS
            known = grows and isinstance(said, str | int)
            scope.names[name] = (
                scope.budget.grown(name, held, [value], {**held, said: value})
                if known
                else Opaque(name)
            )
        case ast.Starred(value=ast.Name(id=name)):
            scope.names[name] = Opaque(name)
        case _:
            pass


def named(name: str, scope: Scope) -> Value:
    """What the name stands for, as a value; opaque where that is a definition, or not known."""
    found = scope.look_up(name)
    if found is None:
        return None if scope.binds(name) else Opaque(name)
    if isinstance(found, ast.AST):
        return Opaque(name)
    return found


def _attribute(value: Value, attr: str) -> Value:
    match value:
        case Ref(name) if len(name) < _NAME_CHARACTERS:
            return Ref(f"{name}.{attr}")
        case Call():
            return Call(".", (value, attr))
        case Ref(text) | Opaque(text):
            return Opaque(f"{text[:_NAME_CHARACTERS]}.{attr}")
        case _:
            return Opaque(f"{in_short(value, _NAME_CHARACTERS)}.{attr}")


def _items(nodes: Sequence[ast.expr], scope: Scope) -> Iterator[Value]:
    for node in nodes[: limits.CONTAINER_ITEMS]:
        if isinstance(node, ast.Starred):
            whole = evaluate(node.value, scope)
            inner = iterate(whole)
            if inner is None:
                yield Opaque(f"*{whole.name}" if isinstance(whole, Ref) else ast.unparse(node))
            else:
                yield from inner
        else:
            yield evaluate(node, scope)


def _dictionary(
    keys: Sequence[ast.expr | None], values: Sequence[ast.expr], scope: Scope
) -> dict[Any, Value]:
    found: dict[Any, Value] = {}
    for key, value in zip(keys, values, strict=True):
        if key is None:
            inner = evaluate(value, scope)
            if isinstance(inner, dict):
                found.update(inner)
            continue
        name = evaluate(key, scope)
        if isinstance(name, str | int | bool | None | float | Ref | Opaque):
            found[name] = evaluate(value, scope)
    return found


def _joined(pieces: Sequence[ast.expr], node: ast.JoinedStr, scope: Scope) -> Value:
    texts: list[str] = []
    length = 0
    for part in pieces:
        match part:
            case ast.Constant(value=str(text)):
                texts.append(text)
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                found = evaluate(value, scope)
                if not isinstance(found, str | int) or isinstance(found, bool):
                    return Opaque(ast.unparse(node))
                texts.append(str(found))
            case _:
                return Opaque(ast.unparse(node))
        length += len(texts[-1])
        if length > limits.TEXT_CHARACTERS:
            return Opaque("...", "a long text")
    return "".join(texts)


def _call(node: ast.Call, scope: Scope) -> Value:
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        found = evaluate(keyword.value, scope)
        if keyword.arg is not None:
            keywords[keyword.arg] = found
        elif isinstance(found, dict):
            keywords.update((k, v) for k, v in found.items() if isinstance(k, str))
        else:
            keywords["**"] = Opaque(ast.unparse(keyword.value))
    args = tuple(_items(node.args, scope))
    kwargs = tuple(keywords.items())
    lines = (node.lineno, node.end_lineno or node.lineno)
    match node.func:
        case ast.Attribute(value=inner, attr=attr):
            receiver = evaluate(inner, scope)
            if isinstance(receiver, Ref):
                func = f"{receiver.name}.{attr}"
                plain = matched(func, args) if not kwargs else None
                plain = usual_schema(func, args, keywords) if plain is None else plain
                return Call(func, args, kwargs, *lines) if plain is None else plain
            plain = method_of(receiver, attr, args)
            if plain is None and not kwargs:
                plain = matched(f".{attr}", (receiver, *args))
            if plain is not None:
                return plain
            return Call(f".{attr}", (receiver, *args), kwargs, *lines)
        case ast.Name(id=name):
            found = scope.look_up(name)
            if isinstance(found, Ref):
                usual = usual_schema(found.name, args, keywords)
                return Call(found.name, args, kwargs, *lines) if usual is None else usual
            if found is None and name in _PASSED_ON and len(args) == 1:
                return passed_on(name, args[0], node)
            if found is None and name == "dict" and not args:
                return dict(keywords)
            plain = _returned(node, scope)
            return Call(name, args, kwargs, *lines) if isinstance(plain, Opaque) else plain
        case _:
            return Opaque(ast.unparse(node))


def inlined(node: ast.Call, scope: Scope) -> tuple[ast.expr, Scope] | None:
    """What a function of the file returns, where that is all it does, and the names that it sees."""
    if not isinstance(node.func, ast.Name) or scope.budget.depth >= limits.HELPER_DEPTH:
        return None
    function: Value = scope.look_up(node.func.id)
    if not isinstance(function, ast.FunctionDef):
        return None
    return given_back(function, node, scope.holder(node.func.id), scope)


def given_back(
    function: ast.FunctionDef, node: ast.Call, home: Scope, scope: Scope
) -> tuple[ast.expr, Scope] | None:
    """
    What *function* returns, where that is all it does, and the names that it sees.

    It stands in *home* and is called by *node*, which stands in *scope*.
    """
    match [s for s in function.body if not _is_text(s)]:
        case [*steps, ast.Return(value=ast.expr() as returned)] if not function.decorator_list:
            names = _parameters(function, node, home, scope)
            inner = None if names is None else home.inner(names)
            if inner is None or not all(_followed(step, inner) for step in steps):
                return None
            return returned, inner
        case _:
            return None


def _followed(step: ast.stmt, inner: Scope) -> bool:
    """Whether *step* of a function only gives a name a value, or adds to its keywords; *inner* has it then."""
    more: dict[str, Value] | None = None
    match step:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            inner.names[name] = inner.budget.held(evaluate(value, inner))
            return not _operates(value)
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value):
            said = evaluate(key, inner)
            more = {said: evaluate(value, inner)} if isinstance(said, str) else None
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="setdefault" | "update" as method)
            ) as call
        ):
            more = _added(call, method, inner.names.get(name), inner)
        case _:
            return False
    held = inner.names.get(name)
    if not isinstance(held, dict) or more is None:
        return False
    inner.names[name] = inner.budget.grown(name, held, more, {**held, **more})
    return True


def _operates(node: ast.expr) -> bool:
    """Whether an operation of Alembic may stand in *node*: it would be run, not only told."""
    return any(isinstance(n, ast.Name) and n.id.endswith("op") for n in ast.walk(node))


def _added(call: ast.Call, method: str, held: Value, inner: Scope) -> dict[str, Value] | None:
    """What a call of ``setdefault`` or ``update`` puts into *held*."""
    match method, call:
        case "setdefault", ast.Call(args=[key, value], keywords=[]):
            name = evaluate(key, inner)
            known = isinstance(held, dict) and isinstance(name, str)
            return None if not known else {} if name in held else {name: evaluate(value, inner)}
        case "update", ast.Call(args=[], keywords=named) if all(k.arg for k in named):
            return {str(k.arg): evaluate(k.value, inner) for k in named}
        case "update", ast.Call(args=[value], keywords=[]):
            more = evaluate(value, inner)
            return more if isinstance(more, dict) else None
        case _:
            return None


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _parameters(
    function: ast.FunctionDef, node: ast.Call, home: Scope, scope: Scope
) -> dict[str, Value] | None:
    """The parameters of *function* as *node* gives them; None where that cannot be told."""
    said = function.args
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        return None
    if any(keyword.arg is None for keyword in node.keywords):
        return None
    listed = [*said.posonlyargs, *said.args]
    presets = dict(
        zip((a.arg for a in listed[len(listed) - len(said.defaults) :]), said.defaults, strict=True)
    )
    for argument, preset in zip(said.kwonlyargs, said.kw_defaults, strict=True):
        if preset is not None:
            presets[argument.arg] = preset
    names = {name: evaluate(preset, home) for name, preset in presets.items()}
    names |= {a.arg: evaluate(v, scope) for a, v in zip(listed, node.args, strict=False)}
    wanted = {argument.arg for argument in (*listed, *said.kwonlyargs)}
    given = {k.arg: evaluate(k.value, scope) for k in node.keywords if k.arg is not None}
    others = {n: v for n, v in given.items() if n not in wanted}
    if not said.kwarg and others:
        return None
    names |= {n: v for n, v in given.items() if n in wanted}
    if names.keys() != wanted or (len(node.args) > len(listed) and not said.vararg):
        return None
    if said.vararg:
        names[said.vararg.arg] = [evaluate(v, scope) for v in node.args[len(listed) :]]
    if said.kwarg:
        names[said.kwarg.arg] = others
    return {name: scope.budget.held(value) for name, value in names.items()}


def _returned(node: ast.Call, scope: Scope) -> Value:
    """The value of a call of such a function; opaque for all others."""
    found = inlined(node, scope)
    if found is None:
        return Opaque(ast.unparse(node))
    scope.budget.depth += 1
    value = evaluate(*found)
    scope.budget.depth -= 1
    return value


def _comprehension(node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Iterator[Value]:
    element, (generator,) = node.elt, node.generators
    items = iterate(evaluate(generator.iter, scope))
    if items is None:
        yield Opaque(f"*{ast.unparse(node)}")
        return
    for item in items:
        if not scope.budget.spend():
            return
        inner = scope.inner()
        bind(generator.target, item, inner)
        if all(truth_of(test, inner) is not False for test in generator.ifs):
            yield evaluate(element, inner)
