"""One form for expressions that linters write in another way: whichever of them is committed, it gives the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from analyzers.limits import GROWN_ITEMS, TEXT_CHARACTERS
from analyzers.read.last_names import last_name

_UTF8 = frozenset({"utf-8", "utf8", "UTF-8", "UTF8"})
_GENERICS = {
    "Dict": "dict",
    "FrozenSet": "frozenset",
    "List": "list",
    "Set": "set",
    "Tuple": "tuple",
    "Type": "type",
}
"""Names of ``typing`` that Python's own classes took the place of."""
_FLAGS = {
    "A": "ASCII",
    "I": "IGNORECASE",
    "M": "MULTILINE",
    "S": "DOTALL",
    "U": "UNICODE",
    "X": "VERBOSE",
}
_LITERALS: dict[str, Callable[[], ast.expr]] = {
    "dict": lambda: ast.Dict(keys=[], values=[]),
    "list": lambda: ast.List(elts=[], ctx=ast.Load()),
    "tuple": lambda: ast.Tuple(elts=[], ctx=ast.Load()),
}


def is_quiet(node: ast.expr) -> bool:
    """Whether asking for *node* twice is as good as once: names, attributes, items and constants."""
    quiet = ast.Name | ast.Attribute | ast.Subscript | ast.Constant | ast.expr_context | ast.UnaryOp
    return all(isinstance(inner, quiet | ast.unaryop) for inner in ast.walk(node))


def same(one: ast.AST, other: ast.AST) -> bool:
    """Whether both are written alike."""
    return ast.dump(one) == ast.dump(other)


def chosen(node: ast.IfExp) -> ast.expr:
    """``a if a else b`` as ``a or b``, ``True if a else False`` as ``bool(a)``."""
    match node:
        case ast.IfExp(test=test, body=body, orelse=orelse) if same(test, body) and is_quiet(test):
            return ast.BoolOp(op=ast.Or(), values=[test, orelse])
        case ast.IfExp(test=ast.UnaryOp(op=ast.Not(), operand=test), body=body, orelse=orelse) if (
            same(test, orelse) and is_quiet(test)
        ):
            return ast.BoolOp(op=ast.Or(), values=[test, body])
        case ast.IfExp(
            test=ast.Compare(left=key, ops=[ast.In()], comparators=[mapping]),
            body=ast.Subscript(value=found, slice=at),
            orelse=orelse,
        ) if same(mapping, found) and same(key, at) and is_quiet(mapping) and is_quiet(key):
            asked = ast.Attribute(value=found, attr="get", ctx=ast.Load())
            return called(ast.Call(func=asked, args=[key, orelse], keywords=[]))
        case ast.IfExp(
            test=ast.Compare(left=one, ops=[op], comparators=[other]), body=body, orelse=orelse
        ) if (
            isinstance(op, ast.Gt | ast.GtE | ast.Lt | ast.LtE)
            and is_quiet(one)
            and is_quiet(other)
            and {ast.dump(one), ast.dump(other)} == {ast.dump(body), ast.dump(orelse)}
        ):
            return bound(
                "max" if isinstance(op, ast.Gt | ast.GtE) is same(one, body) else "min", one, other
            )
        case ast.IfExp(test=test, body=ast.Constant(value=True), orelse=ast.Constant(value=False)):
            return truth(test)
        case _:
            return node


def truth(test: ast.expr) -> ast.expr:
    """Whether *test* holds, as a value."""
    if isinstance(test, ast.Compare) or (
        isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    ):
        return test
    return ast.Call(func=ast.Name(id="bool", ctx=ast.Load()), args=[test], keywords=[])


def compared(node: ast.Compare) -> ast.expr:
    """Constants on the right, and one of a single thing as equal to it."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]) if (
            _is_constant(left) and not _is_constant(right)
        ):
            node.left, node.comparators = right, [left]
        case ast.Compare(
            ops=[ast.In()],
            comparators=[ast.List(elts=[one]) | ast.Tuple(elts=[one]) | ast.Set(elts=[one])],
        ) if not isinstance(one, ast.Starred):
            node.ops, node.comparators = [ast.Eq()], [one]
        case ast.Compare(
            ops=[ast.NotIn()],
            comparators=[ast.List(elts=[one]) | ast.Tuple(elts=[one]) | ast.Set(elts=[one])],
        ) if not isinstance(one, ast.Starred):
            node.ops, node.comparators = [ast.NotEq()], [one]
        case ast.Compare(
            ops=[ast.In() | ast.NotIn()],
            comparators=[
                ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements)
            ],
        ) if all(isinstance(e, ast.Constant) for e in elements):
            # Hashed or gone through, it holds the same.
            node.comparators = [ast.Tuple(elts=sorted(elements, key=ast.dump), ctx=ast.Load())]
        case _:
            pass
    return node


def _is_constant(node: ast.expr) -> bool:
    """Whether *node* is a constant, or named as one: ``1``, ``Order.PAID``."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
        case _:
            return False


def either(node: ast.BoolOp) -> ast.expr:
    """``a == 1 or a == 2`` as ``a in (1, 2)``, and ``a != 1 and a != 2`` as its contrary."""
    is_any = isinstance(node.op, ast.Or)
    wanted = ast.Eq if is_any else ast.NotEq
    subject: ast.expr | None = None
    values: list[ast.expr] = []
    for each in node.values:
        match each:
            case ast.Compare(left=left, ops=[op], comparators=[ast.Constant() as value]) if (
                isinstance(op, wanted)
                and is_quiet(left)
                and (subject is None or same(subject, left))
            ):
                subject = left
                values.append(value)
            case _:
                return node
    if subject is None or len(values) < 2:
        return node
    listed = ast.Tuple(elts=sorted(values, key=ast.dump), ctx=ast.Load())
    op = ast.In() if is_any else ast.NotIn()
    return ast.Compare(left=subject, ops=[op], comparators=[listed])


def gone_through(source: ast.expr) -> ast.expr:
    """What a loop goes over: a row of values in whichever brackets, as a set of them has no order."""
    match source:
        case ast.Set(elts=elements) | ast.List(elts=elements):
            return ast.Tuple(elts=elements, ctx=ast.Load())
        case _:
            return source


def called(node: ast.Call) -> ast.expr:
    """A call as it is without arguments that say what is meant anyway, or as the literal that it makes."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get"), args=[_, ast.Constant(value=None)]) if (
            not node.keywords
        ):
            node.args = node.args[:1]
        case ast.Call(
            func=ast.Attribute(attr="encode" | "decode"),
            args=[ast.Constant(value=str(name))],
            keywords=[],
        ) if name in _UTF8:
            node.args = []
        case ast.Call(
            func=ast.Name(id="getattr"), args=[holder, ast.Constant(value=str(name))], keywords=[]
        ) if name.isidentifier():
            return ast.Attribute(value=holder, attr=name, ctx=ast.Load())
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
            args=[ast.List(elts=elements) | ast.Tuple(elts=elements)],
        ):
            texts = [
                e.value
                for e in elements
                if isinstance(e, ast.Constant) and isinstance(e.value, str)
            ]
            size = len(between) * len(texts) + sum(map(len, texts))
            if len(texts) == len(elements) and size <= TEXT_CHARACTERS:
                return ast.Constant(value=between.join(texts))
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(whole)), attr="split"),
            args=[ast.Constant(value=str(between))],
            keywords=[],
        ) if between and whole.count(between) < GROWN_ITEMS:
            parts = whole.split(between)
            return ast.List(elts=[ast.Constant(value=part) for part in parts], ctx=ast.Load())
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=[one, other], keywords=[]) if (
            is_quiet(one) and is_quiet(other)
        ):
            return bound(name, one, other)
        case ast.Call(func=ast.Name(id="zip"), keywords=[ast.keyword(arg="strict") as strict]):
            if isinstance(strict.value, ast.Constant) and strict.value.value is False:
                node.keywords = []
        case ast.Call(func=ast.Name(id="open"), keywords=keywords):
            node.keywords = [k for k in keywords if not _says_utf8(k)]
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.BinOp(op=ast.BitOr()) as kinds]):
            node.args[1] = ast.Tuple(elts=_of_union(kinds), ctx=ast.Load())
        case ast.Call(func=ast.Name(id="super"), args=[ast.Name(), ast.Name()], keywords=[]):
            node.args = []
        case ast.Call(func=ast.Name(id="str"), args=[ast.Constant(value=str())], keywords=[]):
            return node.args[0]
        case ast.Call(func=ast.Name(id="map"), args=[ast.Lambda() as made, source], keywords=[]):
            return _gone_through(made, source) or node
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]) if name in _LITERALS:
            return _LITERALS[name]()
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords) if all(
            k.arg for k in keywords
        ):
            return ast.Dict(
                keys=[ast.Constant(value=k.arg) for k in keywords],
                values=[k.value for k in keywords],
            )
        case ast.Call(func=ast.Name(id=name), args=[only], keywords=[]):
            return _made_of(name, only) or node
        case _:
            pass
    return node


def _says_utf8(keyword: ast.keyword) -> bool:
    value = keyword.value
    return keyword.arg == "encoding" and isinstance(value, ast.Constant) and value.value in _UTF8


def _of_union(kinds: ast.expr) -> list[ast.expr]:
    match kinds:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return [*_of_union(left), right]
        case _:
            return [kinds]


def _gone_through(made: ast.Lambda, source: ast.expr) -> ast.expr | None:
    """``map(lambda a: ..., source)`` as a generator."""
    arguments = made.args
    if len(arguments.args) != 1 or len([*ast.iter_child_nodes(arguments)]) != 1:
        return None
    target = ast.Name(id=arguments.args[0].arg, ctx=ast.Store())
    round_ = ast.comprehension(target=target, iter=source, ifs=[], is_async=0)
    return ast.GeneratorExp(elt=made.body, generators=[round_])


def _made_of(name: str, only: ast.expr) -> ast.expr | None:
    """The literal or comprehension that ``list(...)`` and its like make of *only*."""
    match name, only:
        case "list", ast.GeneratorExp(elt=each, generators=rounds):
            return ast.ListComp(elt=each, generators=rounds)
        case "set", (ast.GeneratorExp() | ast.ListComp()) as comprehension:
            return ast.SetComp(elt=comprehension.elt, generators=comprehension.generators)
        case "set", (ast.List(elts=[_, *_]) | ast.Tuple(elts=[_, *_])) as listed:
            return ast.Set(elts=listed.elts)
        case "tuple", ast.List(elts=elements):
            return ast.Tuple(elts=elements, ctx=ast.Load())
        case "list", ast.Tuple(elts=elements):
            return ast.List(elts=elements, ctx=ast.Load())
        case "dict", (
            ast.GeneratorExp(elt=ast.Tuple(elts=[key, value]), generators=rounds)
            | ast.ListComp(elt=ast.Tuple(elts=[key, value]), generators=rounds)
        ):
            return ast.DictComp(key=key, value=value, generators=rounds)
        case (
            ("all" | "any" | "sum" | "min" | "max" | "sorted"),
            ast.ListComp(elt=each, generators=rounds),
        ):
            again = ast.GeneratorExp(elt=each, generators=rounds)
            return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=[again], keywords=[])
        case _:
            return None


def added(node: ast.BinOp) -> ast.expr:
    """``a + [1]`` as ``[*a, 1]``."""
    kinds: Sequence[type[ast.List | ast.Tuple]] = (ast.List, ast.Tuple)
    for kind in kinds:
        left, right = node.left, node.right
        if isinstance(node.op, ast.Add) and (isinstance(left, kind) or isinstance(right, kind)):
            return kind(elts=[*_elements(left, kind), *_elements(right, kind)], ctx=ast.Load())
    return node


def _elements(node: ast.expr, kind: type[ast.List | ast.Tuple]) -> list[ast.expr]:
    return node.elts if isinstance(node, kind) else [ast.Starred(value=node, ctx=ast.Load())]


def placed(node: ast.FormattedValue) -> ast.FormattedValue:
    """``{str(a)}`` and ``{a!s}`` as ``{a}``."""
    if node.format_spec is None and node.conversion in {-1, ord("s")}:
        node.conversion = -1
        match node.value:
            case ast.Call(func=ast.Name(id="str"), args=[inner], keywords=[]) if not isinstance(
                inner, ast.Starred
            ):
                node.value = inner
            case _:
                pass
    return node


def of_class(node: ast.Subscript) -> ast.expr:
    """``List[int]`` as ``list[int]``, ``Optional[int]`` as ``int | None``, and ``list(b)[0]`` as ``next(iter(b))``."""
    match node:
        case ast.Subscript(
            value=ast.ListComp(elt=each, generators=rounds),
            slice=ast.Constant(value=0),
            ctx=ast.Load(),
        ):
            rows = ast.GeneratorExp(elt=each, generators=rounds)
            return ast.Call(func=ast.Name(id="next", ctx=ast.Load()), args=[rows], keywords=[])
        case ast.Subscript(
            value=ast.Call(func=ast.Name(id="list" | "tuple") as func, args=[source], keywords=[]),
            slice=ast.Constant(value=0),
            ctx=ast.Load(),
        ) if not isinstance(source, ast.Starred):
            func.id = "iter"
            return ast.Call(
                func=ast.Name(id="next", ctx=ast.Load()), args=[node.value], keywords=[]
            )
        case _:
            pass
    name = last_name(node.value)
    if name in _GENERICS:
        node.value = ast.Name(id=_GENERICS[name], ctx=ast.Load())
    if name == "Optional":
        return _union([node.slice, ast.Constant(value=None)])
    kinds = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Union" and kinds:
        return _union(kinds)
    return node


def _union(kinds: Sequence[ast.expr]) -> ast.expr:
    first, *rest = kinds
    for each in rest:
        first = ast.BinOp(left=first, op=ast.BitOr(), right=each)
    return first


def flagged(node: ast.Attribute) -> ast.Attribute:
    """``re.I`` as ``re.IGNORECASE``."""
    match node:
        case ast.Attribute(value=ast.Name(id="re"), attr=short) if short in _FLAGS:
            node.attr = _FLAGS[short]
        case _:
            pass
    return node


def asked(test: ast.expr) -> ast.expr:
    """``not a == b``, where a branch asks for it, as ``a != b``: no column is asked there."""
    match test:
        case ast.UnaryOp(
            op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])
        ):
            return ast.Compare(left=left, ops=[ast.NotEq()], comparators=[right])
        case ast.UnaryOp(
            op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.NotEq()], comparators=[right])
        ):
            return ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])
        case ast.UnaryOp(op=ast.Not() as op, operand=operand):
            return ast.UnaryOp(op=op, operand=asked(operand))
        case ast.Call(func=ast.Name(id="len"), args=[counted], keywords=[]):
            return counted
        case ast.BoolOp(op=op, values=values):
            once = _once([asked(value) for value in values], op)
            return either(ast.BoolOp(op=op, values=once)) if len(once) > 1 else once[0]
        case _:
            return test


def _once(values: list[ast.expr], op: ast.boolop) -> list[ast.expr]:
    """``key in a and a[key]`` as ``a.get(key)``."""
    kept: list[ast.expr] = []
    for value in values:
        match kept[-1] if kept else None, value:
            case (
                ast.Compare(left=key, ops=[ast.In()], comparators=[mapping]),
                ast.Subscript(value=found, slice=at),
            ) if isinstance(op, ast.And) and same(mapping, found) and same(key, at):
                asked_of = ast.Attribute(value=found, attr="get", ctx=ast.Load())
                kept[-1] = ast.Call(func=asked_of, args=[at], keywords=[])
            case _:
                kept.append(value)
    return kept


def bound(name: str, one: ast.expr, other: ast.expr) -> ast.Call:
    """``min`` or ``max`` of two, in one order."""
    args = sorted([one, other], key=ast.dump)
    return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=args, keywords=[])


def from_keys(node: ast.DictComp) -> ast.expr:
    """``{key: 1 for key in a}`` as ``dict.fromkeys(a, 1)``."""
    match node:
        case ast.DictComp(
            key=ast.Name(id=key),
            value=ast.Constant() | ast.Name() as value,
            generators=[
                ast.comprehension(target=ast.Name(id=target), iter=source, ifs=[], is_async=0)
            ],
        ) if key == target and not (isinstance(value, ast.Name) and value.id == key):
            func = ast.Attribute(
                value=ast.Name(id="dict", ctx=ast.Load()), attr="fromkeys", ctx=ast.Load()
            )
            return ast.Call(func=func, args=[source, value], keywords=[])
        case _:
            return node


def made(node: ast.Lambda) -> ast.expr:
    """``lambda: []`` as ``list``."""
    arguments = [*ast.iter_child_nodes(node.args)]
    match node.body:
        case ast.List(elts=[]) if not arguments:
            return ast.Name(id="list", ctx=ast.Load())
        case ast.Dict(keys=[]) if not arguments:
            return ast.Name(id="dict", ctx=ast.Load())
        case _:
            return node
