"""Lists and dictionaries that later statements change, as expressions of what they hold in the end."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

from analyzers.limits import CONTAINER_ITEMS, PLANNED_DEPTH

_FOREIGN = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
"""What does something else inside a comprehension."""

_CHANGES = frozenset(
    {
        *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
        *("add", "discard", "update", "setdefault", "popitem", "move_to_end"),
        *("difference_update", "intersection_update", "symmetric_difference_update"),
    }
)
"""Methods by which lists, sets and dictionaries are changed."""

_FILLS = frozenset({"append", "extend", "insert", "add", "update", "setdefault"})

_MADE = (ast.List, ast.ListComp, ast.Dict, ast.DictComp, ast.Set, ast.SetComp)
_MAKERS = frozenset({"list", "dict", "set", "sorted", "OrderedDict", "defaultdict"})


def is_container(node: ast.expr) -> bool:
    """Whether *node* makes a list, a set or a dictionary, which can be changed afterwards."""
    levels = 0
    while isinstance(node, ast.BinOp):
        # ``NAMES += [...]``, as often as it stands there; what is deeper is not evaluated anyway.
        if isinstance(node.right, _MADE) or levels > PLANNED_DEPTH:
            return True
        node = node.left
        levels += 1
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _MAKERS
        case _:
            return isinstance(node, _MADE)


def is_empty(node: ast.expr) -> bool:
    """Whether *node* makes a list, a set or a dictionary without anything in it."""
    match node:
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(args=[], keywords=[]):
            return is_container(node)
        case _:
            return False


def shared(node: ast.expr) -> Iterator[str]:
    """The names whose object *node* may be, not a new one."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.BoolOp(values=values):
            for value in values:
                yield from shared(value)
        case ast.IfExp(body=body, orelse=other):
            yield from shared(body)
            yield from shared(other)
        case ast.Subscript(value=value) | ast.Attribute(value=value):
            yield from shared(value)
        case _:
            pass


def may_change(node: ast.expr) -> bool:
    """Whether what *node* makes may be a container: no text, number or tuple, and no object of a class."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in _MAKERS
        case ast.Constant() | ast.JoinedStr() | ast.Tuple() | ast.Compare() | ast.Lambda():
            return False
        case _:
            return True


def after(
    statement: ast.stmt, held: Callable[[str], ast.expr | None]
) -> Iterator[tuple[str, ast.expr | None]]:
    """
    The names whose value *statement* changes where it is, each with what makes the changed one.

    *held* tells what makes the value of a name so far. None stands for what no expression says.
    """
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) as call
        ) if method in _CHANGES:
            made = held(name)
            if made is not None and may_change(made):
                yield name, _with(made, method, call) if is_container(made) else None
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value
        ) if isinstance(made := held(name), ast.Dict):
            yield name, _items(made, key, value)
        case _:
            whole = _filled_by(statement, held)
            for name in dict.fromkeys(_changed(statement, held)):
                yield name, whole.get(name)


def added(made: ast.expr, call: ast.Call) -> ast.expr | None:
    """The list that *made* makes after the *call* of a method that adds to it; None for any other call."""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return _with(made, method, call) if method in {"append", "extend", "insert"} else None


def _filled_by(
    statement: ast.stmt, held: Callable[[str], ast.expr | None]
) -> dict[str, ast.expr | None]:
    """What a loop that only fills a list or a dictionary leaves in it."""
    if not isinstance(statement, ast.For):
        return {}
    names = names_in(statement)
    made = {name: node for name in names if (node := held(name)) is not None}
    found = filling(statement, names, made)
    return {found[0]: _both(made[found[0]], found[1])} if found is not None else {}


def filling(
    loop: ast.For, names: Mapping[str, int], made: Mapping[str, ast.expr]
) -> tuple[str, ast.ListComp | ast.DictComp] | None:
    """
    Which name of *made* the *loop* fills, and with what; None where it does something else, or more.

    *names* tells how often each name stands where what the loop leaves behind could be asked for.
    """
    inside = loop.body
    asked: list[ast.expr] = []
    while len(inside) == 1 and isinstance(inside[0], ast.If) and not inside[0].orelse:
        asked.append(inside[0].test)
        inside = inside[0].body
    if loop.orelse or len(inside) != 1 or any(isinstance(n, _FOREIGN) for n in ast.walk(loop)):
        return None
    rows = ast.comprehension(target=loop.target, iter=loop.iter, ifs=asked, is_async=0)
    whole: ast.ListComp | ast.DictComp
    match inside[0]:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[item], keywords=[]
            )
        ) if not isinstance(item, ast.Starred):
            whole = ast.ListComp(elt=item, generators=[rows])
            fits = isinstance(made.get(name), ast.List | ast.ListComp)
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value
        ) if not isinstance(key, ast.Slice):
            whole = ast.DictComp(key=key, value=value, generators=[rows])
            fits = isinstance(made.get(name), ast.Dict | ast.DictComp)
        case _:
            return None
    targets = {n for n in ast.walk(loop.target) if not isinstance(n, ast.expr_context)}
    own = names_in(loop)
    plain = all(isinstance(n, ast.Name | ast.Tuple | ast.List) for n in targets)
    alone = all(own[n.id] == names[n.id] for n in targets if isinstance(n, ast.Name))
    # It neither asks for what it fills, nor leaves its last row behind.
    return (name, whole) if fits and plain and alone and own[name] == 1 else None


def names_in(node: ast.AST) -> Counter[str]:
    """How often each name stands in *node*."""
    return Counter(n.id for n in ast.walk(node) if isinstance(n, ast.Name))


def changed_names(statement: ast.stmt) -> frozenset[str]:
    """The names of a class body whose value *statement* changes, other than by binding it."""
    match statement:
        case ast.AugAssign(target=ast.Name(id=name)):
            return frozenset({name})
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Delete() | ast.For() | ast.While():
            return frozenset(_changed(statement, _any_list))
        case ast.Assign(targets=targets) if any(isinstance(t, ast.Subscript) for t in targets):
            return frozenset(_changed(statement, _any_list))
        case _:
            return frozenset()


def filled_names(statement: ast.stmt) -> frozenset[str]:
    """The names whose list, set or dictionary *statement* may change, anywhere in it."""
    return frozenset(_changed(statement, _any_list))


def _any_list(_: str) -> ast.expr:
    return ast.List(elts=[], ctx=ast.Load())


def by_functions(body: Iterable[ast.stmt], names: Set[str]) -> set[str]:
    """Those of the module's *names* to whose container a function of *body* adds, as a decorator's registry does."""
    found: set[str] = set()
    for function in _functions(body):
        shared: set[str] = set()
        filled: set[str] = set()
        own: set[str] = set()
        for node in ast.walk(function):
            match node:
                case ast.Global(names=said):
                    shared.update(said)
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    own.add(name)
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)) if (
                    attribute in _FILLS
                ):
                    filled.add(name)
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                    filled.add(name)
                case _:
                    pass
        found |= names & ((filled - own) | shared)
    return found


def lists_added(name: str, body: Sequence[ast.stmt]) -> list[ast.expr] | None:
    """
    The lists that *body* puts into the list *name*, whatever its conditions are.

    None where it does anything else.
    """
    found: list[ast.expr] = []
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Constant()):
                pass
            case (
                ast.Assign(targets=[ast.Name(id=bound)], value=value)
                | ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value)
                | ast.AugAssign(target=ast.Name(id=bound), op=ast.Add(), value=value)
            ) if bound == name:
                found.append(value)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(
                        value=ast.Name(id=bound), attr="append" | "extend" as method
                    ),
                    args=[value],
                )
            ) if bound == name:
                one = ast.List(elts=[value], ctx=ast.Load())
                found.append(ast.copy_location(one, value) if method == "append" else value)
            case ast.If(body=inner, orelse=other):
                parts = lists_added(name, [*inner, *other])
                if parts is None:
                    return None
                found.extend(parts)
            case _:
                return None
    return found


def _functions(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef):
            yield statement
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body)


def _with(made: ast.expr, method: str, call: ast.Call) -> ast.expr | None:
    """What *made* makes, after the *call* of one of its methods."""
    match method, call:
        case "append", ast.Call(args=[ast.expr() as item], keywords=[]):
            return _listed(made, [item])
        case "extend", ast.Call(args=[ast.expr() as items], keywords=[]):
            return _both(made, items)
        case "insert", ast.Call(args=[ast.Constant(value=0), item], keywords=[]):
            return _listed(made, [item], first=True)
        case "update", ast.Call(args=[items], keywords=[]) if isinstance(made, ast.Dict):
            # ``{**OPTIONS, **more}``, which is not known where the latter is not.
            return _items(made, None, items)
        case "update", ast.Call(args=[], keywords=[_, *_] as named) if isinstance(made, ast.Dict):
            keys: list[ast.expr | None] = [
                None if k.arg is None else ast.Constant(k.arg) for k in named
            ]
            return _items(made, None, ast.Dict(keys=keys, values=[k.value for k in named]))
        case _:
            return None


def _both(made: ast.expr, more: ast.expr) -> ast.expr | None:
    """The container with the items of *more* in it."""
    if isinstance(more, ast.DictComp):
        return _items(made, None, more)
    return _listed(made, [ast.Starred(value=more, ctx=ast.Load())])


def _listed(made: ast.expr, items: list[ast.expr], *, first: bool = False) -> ast.expr | None:
    """The list with *items* behind what it has; before it, if they come *first*."""
    if isinstance(made, ast.List):
        held = made.elts
    elif isinstance(made, ast.Dict | ast.Set | ast.DictComp | ast.SetComp):
        return None
    else:
        held = [ast.Starred(value=made, ctx=ast.Load())]
    if len(held) > CONTAINER_ITEMS:
        return None
    whole = ast.List(elts=[*items, *held] if first else [*held, *items], ctx=ast.Load())
    return ast.copy_location(whole, made)


def _items(made: ast.expr, key: ast.expr | None, value: ast.expr) -> ast.expr | None:
    """The dictionary with one more item; with all of *value* where there is no *key*. None where it has too many."""
    keys, values = (made.keys, made.values) if isinstance(made, ast.Dict) else ([None], [made])
    if len(keys) >= CONTAINER_ITEMS:
        return None
    return ast.copy_location(ast.Dict(keys=[*keys, key], values=[*values, value]), made)


def _changed(statement: ast.stmt, held: Callable[[str], ast.expr | None]) -> Iterator[str]:
    """The names that *statement* binds again, or whose container it changes, anywhere in it."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if (
                method in _CHANGES and (made := held(name)) is not None
            ):
                if may_change(made):
                    yield name
            case (
                ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del())
                | ast.Name(id=name, ctx=ast.Store())
            ) if held(name) is not None:
                yield name
            case _:
                pass
