"""Expressions to values: a closed evaluator, in which nothing of the reviewed code runs."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence

from analyzers.limits import CONTAINER_ITEMS, EVALUATION_STEPS, TEXT_CHARACTERS
from analyzers.read.bound_names import BoundNames
from analyzers.read.made_choices import of_made_choices
from analyzers.read.named_choices import named_choice
from analyzers.read.names import Names
from analyzers.read.pure import (
    BINARY,
    COMPARE,
    METHODS,
    NOTHING,
    TEXT_METHODS,
    bounded,
    builtin,
    certain,
    constant,
    formatted,
    plain,
    small,
    text_method,
    written,
)
from analyzers.read.values import (
    DEPTH,
    NOT_SET,
    Call,
    Opaque,
    Ref,
    Resolve,
    Value,
    canonical,
    iterable,
    ref,
)

MEMBERS = "__members__"
"""The attribute of an enumeration that lists it."""
ORDER = "django.db.models.OrderBy"
_SETTINGS = Ref("django.conf.settings")
_USER_MODEL: list[Value] = [Ref("django.conf.settings"), "AUTH_USER_MODEL"]
"""The arguments of ``getattr`` by which libraries ask for a setting that every Django has."""


class Evaluator(BoundNames):
    """
    Evaluates expressions of one module over a closed subset of Python.

    Nothing is called but a few pure builtins and string methods on values that
    are known; everything is bounded, and what goes beyond is ``Opaque``.
    """

    def __init__(self, names: Names, resolve: Resolve | None = None) -> None:
        super().__init__(names, resolve)
        self.returns: Callable[[Call], Value] | None = None
        """What a call gives, where that is more than the call."""
        self.steps = 0

    def evaluate(
        self, node: ast.expr, local: Mapping[str, Value] | None = None, depth: int = 0
    ) -> Value:
        """The value of *node*; ``Opaque`` where it cannot be known."""
        self.steps += 1
        if depth > DEPTH or self.steps > EVALUATION_STEPS:
            return Opaque("...", "too deep or too long to follow")
        kind = type(node)
        if kind is ast.Constant:
            return node.value  # type: ignore[attr-defined]
        handler = _HANDLERS.get(kind)
        if handler is None:
            return self.opaque(node, local)
        return handler(self, node, local or {}, depth + 1)

    def opaque(self, node: ast.expr, local: Mapping[str, Value] | None = None) -> Opaque:
        """*node* as normalised text with its names resolved to dotted paths."""
        try:
            text = ast.unparse(_Dotted(self, local or {}).visit(_copied(node)))
        except (RecursionError, ValueError, AttributeError):
            text = "..."
        return Opaque(text[:2000], f"cannot be known without running it: {type(node).__name__}")

    # -- one method a kind of node ---------------------------------------------------

    def _name(self, node: ast.Name, local: Mapping[str, Value], depth: int) -> Value:
        return local[node.id] if node.id in local else self.at(node, depth)

    def _attribute(self, node: ast.Attribute, local: Mapping[str, Value], depth: int) -> Value:
        dotted = self._dotted(node, local) if self.resolve is not None else None
        if dotted is not None:
            # ``Status.DRAFT.label``: the whole path says more than its parts one by one.
            found = self.reference(dotted)
            if not isinstance(found, Ref):
                return found
        below = self.evaluate(node.value, local, depth)
        if isinstance(below, Ref):
            return self.reference(f"{below.name}.{node.attr}")
        if isinstance(below, Opaque):
            return Opaque(f"{below.text}.{node.attr}", below.reason)
        if isinstance(below, Call):
            chosen = named_choice(below, node.attr) or of_made_choices(below, node.attr)
            if chosen is not None:
                return chosen[0]
        return self.opaque(node, local)

    def _dotted(self, node: ast.Attribute, local: Mapping[str, Value]) -> str | None:
        """The dotted path of an attribute of an attribute of a name; None for anything else."""
        parts = [node.attr]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name) or len(parts) < 2:
            return None
        start = local.get(inner.id, self.names.bound.get(inner.id))
        return ".".join([start.name, *reversed(parts)]) if isinstance(start, Ref) else None

    def _sequence(
        self, node: ast.List | ast.Tuple | ast.Set, local: Mapping[str, Value], depth: int
    ) -> Value:
        if len(node.elts) > CONTAINER_ITEMS:
            return Opaque("[...]", "too many items")
        items: list[Value] = []
        for element in node.elts:
            # Most of what is met are constants: they are taken where they stand.
            if type(element) is ast.Constant:
                items.append(element.value)
            elif isinstance(element, ast.Starred):
                inner = self.evaluate(element.value, local, depth)
                if not isinstance(inner, list | tuple) or len(items) + len(inner) > CONTAINER_ITEMS:
                    return self.opaque(node, local)
                items.extend(inner)
            else:
                items.append(self.evaluate(element, local, depth))
        if isinstance(node, ast.Tuple):
            return tuple(items)
        if isinstance(node, ast.Set):
            try:
                return frozenset(items)
            except TypeError:
                return self.opaque(node, local)
        return items

    def _dict(self, node: ast.Dict, local: Mapping[str, Value], depth: int) -> Value:
        if len(node.keys) > CONTAINER_ITEMS:
            return Opaque("{...}", "too many items")
        made: dict[Value, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            inner = self.evaluate(value, local, depth)
            if key is None:
                if not isinstance(inner, dict):
                    return self.opaque(node, local)
                made.update(inner)
                continue
            try:
                made[self.evaluate(key, local, depth)] = inner
            except TypeError:
                return self.opaque(node, local)
        return made

    def _binary(self, node: ast.BinOp, local: Mapping[str, Value], depth: int) -> Value:
        left = self.evaluate(node.left, local, depth)
        right = self.evaluate(node.right, local, depth)
        action = BINARY.get(type(node.op))
        if isinstance(left, Call) or isinstance(right, Call):
            # ``Q(a=1) | Q(b=2)``, ``F("a") + 1``: what it comes to is for who knows the classes.
            return Call(f"operator.{type(node.op).__name__}", (left, right))
        if action is None or not (plain(left) and plain(right)):
            return self.opaque(node, local)
        if isinstance(left, list) and isinstance(right, tuple):
            return self.opaque(node, local)
        if not isinstance(node.op, _KEEPS_ITEMS) and not (certain(left) and certain(right)):
            return self.opaque(node, local)
        if not small(left, right, node.op):
            return Opaque("...", "the value is too large")
        try:
            value = action(left, right)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever the operator dislikes is not known
            return self.opaque(node, local)
        return value if bounded(value) else Opaque("...", "the value is too large")

    def _unary(self, node: ast.UnaryOp, local: Mapping[str, Value], depth: int) -> Value:
        value = self.evaluate(node.operand, local, depth)
        if isinstance(node.op, ast.Not) and constant(value):
            return not value
        if isinstance(value, int | float) and isinstance(node.op, ast.USub | ast.UAdd):
            return -value if isinstance(node.op, ast.USub) else +value
        if isinstance(value, Call):
            return Call(f"operator.{type(node.op).__name__}", (value,))
        return self.opaque(node, local)

    def _joined(self, node: ast.JoinedStr, local: Mapping[str, Value], depth: int) -> Value:
        parts: list[str] = []
        length = 0
        for piece in node.values:
            match piece:
                case ast.Constant(value=str() as text):
                    parts.append(text)
                case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                    value = self.evaluate(inner, local, depth)
                    said = written(value) if isinstance(value, str | int) else NOTHING
                    if not isinstance(said, str):
                        return self.opaque(node, local)
                    parts.append(said)
                case _:
                    return self.opaque(node, local)
            length += len(parts[-1])
            if length > TEXT_CHARACTERS:
                return Opaque("...", "the text is too long")
        return "".join(parts)

    def _subscript(self, node: ast.Subscript, local: Mapping[str, Value], depth: int) -> Value:
        value = self.evaluate(node.value, local, depth)
        if isinstance(node.slice, ast.Slice):
            bounds = [
                None if part is None else self.evaluate(part, local, depth)
                for part in (node.slice.lower, node.slice.upper, node.slice.step)
            ]
            if isinstance(value, str | list | tuple) and all(
                b is None or isinstance(b, int) for b in bounds
            ):
                try:
                    return value[slice(*bounds)]
                except ValueError:
                    return self.opaque(node, local)
            return self.opaque(node, local)
        index = self.evaluate(node.slice, local, depth)
        if isinstance(value, str | list | tuple | dict):
            try:
                return value[index]
            except (KeyError, IndexError, TypeError):
                return self.opaque(node, local)
        return self.opaque(node, local)

    def _if(self, node: ast.IfExp, local: Mapping[str, Value], depth: int) -> Value:
        test = self.evaluate(node.test, local, depth)
        if not constant(test):
            return self.opaque(node, local)
        return self.evaluate(node.body if test else node.orelse, local, depth)

    def _boolean(self, node: ast.BoolOp, local: Mapping[str, Value], depth: int) -> Value:
        value: Value = None
        for part in node.values:
            value = self.evaluate(part, local, depth)
            if not constant(value):
                return self.opaque(node, local)
            if bool(value) is isinstance(node.op, ast.Or):
                return value
        return value

    def _compare(self, node: ast.Compare, local: Mapping[str, Value], depth: int) -> Value:
        left = self.evaluate(node.left, local, depth)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.evaluate(right_node, local, depth)
            action = COMPARE.get(type(op))
            if action is None or not (certain(left) and certain(right)):
                return self.opaque(node, local)
            try:
                if not action(left, right):
                    return False
            except TypeError:
                return self.opaque(node, local)
            left = right
        return True

    def _comprehension(
        self,
        node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp,
        local: Mapping[str, Value],
        depth: int,
    ) -> Value:
        rows = self._rows(node.generators, dict(local), depth)
        if rows is None:
            return self.opaque(node, local)
        if isinstance(node, ast.DictComp):
            made: dict[Value, Value] = {}
            for row in rows:
                try:
                    made[self.evaluate(node.key, row, depth)] = self.evaluate(
                        node.value, row, depth
                    )
                except TypeError:
                    return self.opaque(node, local)
            return made
        items = [self.evaluate(node.elt, row, depth) for row in rows]
        if isinstance(node, ast.SetComp):
            try:
                return frozenset(items)
            except TypeError:
                return self.opaque(node, local)
        return items

    def _rows(
        self, generators: Sequence[ast.comprehension], local: dict[str, Value], depth: int
    ) -> list[dict[str, Value]] | None:
        rows = [local]
        for generator in generators:
            following: list[dict[str, Value]] = []
            for row in rows:
                source = iterable(self._listed(self.evaluate(generator.iter, row, depth)))
                if source is None:
                    return None
                for item in source:
                    bound = bind(generator.target, item)
                    if bound is None:
                        return None
                    inner = {**row, **bound}
                    tests = [self.evaluate(test, inner, depth) for test in generator.ifs]
                    if not all(constant(t) for t in tests):
                        return None
                    if all(tests):
                        following.append(inner)
                    if len(following) > CONTAINER_ITEMS:
                        return None
            rows = following
        return rows

    def _listed(self, value: Value) -> Value:
        """*value*, or the members of the enumeration that it names."""
        if isinstance(value, Ref) and self.resolve is not None:
            members = self.resolve(f"{value.name}.{MEMBERS}")
            return members if isinstance(members, list) else value
        return value

    def _call(self, node: ast.Call, local: Mapping[str, Value], depth: int) -> Value:
        if isinstance(node.func, ast.Attribute):
            found = self._method(node, node.func, local, depth)
            if found is not NOTHING:
                return found
            order = self._order(node, node.func, local, depth)
            if order is not None:
                return order
        func = self._called(node.func, local, depth)
        if isinstance(func, Call) and func.func == "django.utils.module_loading.import_string":
            func = _imported(func)
        args: list[Value] = []
        before: dict[str, Value] = {}
        if isinstance(func, Call) and func.func == PARTIAL and func.args:
            # ``Name = partial(models.CharField, max_length=20)``
            before = dict(func.kwargs)
            func, *args = func.args
        if not isinstance(func, Ref):
            return self.opaque(node, local)
        for argument in node.args:
            if type(argument) is ast.Constant:
                args.append(argument.value)
            elif isinstance(argument, ast.Starred):
                inner = self.evaluate(argument.value, local, depth)
                if not isinstance(inner, list | tuple):
                    return self.opaque(node, local)
                args.extend(inner)
            else:
                args.append(self.evaluate(argument, local, depth))
        kwargs: list[tuple[str, Value]] = []
        for keyword in node.keywords:
            given = keyword.value
            value = (
                given.value if type(given) is ast.Constant else self.evaluate(given, local, depth)
            )
            if keyword.arg is None:
                if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
                    return self.opaque(node, local)
                kwargs.extend(value.items())
            else:
                kwargs.append((keyword.arg, value))
        if before:
            kwargs = [*{**before, **dict(kwargs)}.items()]
        if func.name == "builtins.getattr" and args[:2] == _USER_MODEL:
            return Ref("django.conf.settings.AUTH_USER_MODEL")
        if func.name == "builtins.getattr" and args[:1] == [_SETTINGS] and self.resolve is not None:
            made = setting(args, self.resolve)
            if made is not NOTHING:
                return made
        if func.name.startswith("builtins."):
            made = builtin(func.name[9:], args, kwargs)
            if made is not NOTHING:
                return made
        call = Call(
            func.name, tuple(args), tuple(kwargs), node.lineno, node.end_lineno or node.lineno
        )
        return call if self.returns is None else self.returns(call)

    def _called(self, node: ast.expr, local: Mapping[str, Value], depth: int) -> Value:
        """What is called: of a class that is given types (``ForeignKey[Author, Author](...)``) the class."""
        if isinstance(node, ast.Subscript):
            bare = self.evaluate(node.value, local, depth)
            name = bare.name.rpartition(".")[2] if isinstance(bare, Ref) else ""
            if name[:1].isupper() and not name.isupper():
                return bare
        return self.evaluate(node, local, depth)

    def _order(
        self, node: ast.Call, func: ast.Attribute, local: Mapping[str, Value], depth: int
    ) -> Call | None:
        """``F("name").desc()``, as Django holds it; None for any other call."""
        if func.attr not in {"asc", "desc"} or node.args:
            return None
        owner = self.evaluate(func.value, local, depth)
        names = [k.arg for k in node.keywords if k.arg is not None]
        if not isinstance(owner, Call) or len(names) != len(node.keywords):
            return None
        if not owner.func.startswith("django.db.models."):
            return None
        given = [self.evaluate(k.value, local, depth) for k in node.keywords]
        kwargs: list[tuple[str, Value]] = [("descending", True)] if func.attr == "desc" else []
        kwargs += zip(names, given, strict=True)
        return Call(ORDER, (owner,), tuple(kwargs), node.lineno, node.end_lineno or node.lineno)

    def _method(
        self, node: ast.Call, func: ast.Attribute, local: Mapping[str, Value], depth: int
    ) -> Value:
        """Pure methods of strings and dicts; nothing else is called."""
        if func.attr not in METHODS or (node.keywords and func.attr != "format"):
            return NOTHING
        owner = self.evaluate(func.value, local, depth)
        if not isinstance(owner, str | dict | list | tuple):
            return NOTHING
        args = [self.evaluate(a, local, depth) for a in node.args]
        kwargs = {k.arg: self.evaluate(k.value, local, depth) for k in node.keywords}
        if not all(plain(a) for a in args):
            return self.opaque(node, local)
        if isinstance(owner, dict) and func.attr in {"items", "keys", "values"} and not args:
            return list(getattr(owner, func.attr)())
        if isinstance(owner, dict) and func.attr == "get" and 1 <= len(args) <= 2:
            try:
                return owner.get(*args)
            except TypeError:
                return self.opaque(node, local)
        if isinstance(owner, str) and func.attr in TEXT_METHODS:
            made = (
                formatted(owner, args, kwargs)
                if func.attr == "format"
                else text_method(owner, func.attr, args)
            )
            return self.opaque(node, local) if made is NOTHING else made
        return NOTHING


def _imported(call: Call) -> Value:
    """What ``import_string("package.name")`` gives; a setting stands for what it names."""
    match call.args:
        case (str() as dotted,):
            return ref(canonical(dotted))
        case (Ref() as named,) if named.name.startswith("django.conf.settings."):
            return named
        case _:
            return call


def setting(args: Sequence[Value], resolve: Resolve) -> Value:
    """What ``getattr(settings, ...)`` with these *args* gives; itself unless the settings are known."""
    match args:
        case [_, str() as name, *default]:
            found = resolve(f"django.conf.settings.{name}")
            if found is NOT_SET:
                return default[0] if len(default) == 1 else NOTHING
            return NOTHING if found is None else found
        case _:
            return NOTHING


def bind(target: ast.expr, item: Value) -> dict[str, Value] | None:
    """The names that ``for target in ...`` binds to *item*."""
    match target:
        case ast.Name(id=name):
            return {name: item}
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            if not isinstance(item, list | tuple) or len(item) != len(targets):
                return None
            made: dict[str, Value] = {}
            for one, part in zip(targets, item, strict=True):
                bound = bind(one, part)
                if bound is None:
                    return None
                made |= bound
            return made
        case _:
            return None


class _Dotted(ast.NodeTransformer):
    """Replaces names by the dotted paths that they stand for, so that an alias makes no difference."""

    def __init__(self, evaluator: Evaluator, local: Mapping[str, Value]) -> None:
        self.evaluator = evaluator
        self.local = local

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.local.get(node.id, self.evaluator.names.bound.get(node.id))
        if isinstance(value, Ref):
            return ast.Name(id=canonical(value.name), ctx=node.ctx)
        return node


def _copied(node: ast.expr) -> ast.expr:
    try:
        # Three times as fast as a deep copy, and most expressions come this way.
        return ast.parse(ast.unparse(node), mode="eval").body
    except SyntaxError:
        # ``*names`` and ``1:2`` stand inside expressions and are none by themselves.
        return copy.deepcopy(node)


PARTIAL = "functools.partial"

_KEEPS_ITEMS = (ast.Add, ast.Mult, ast.BitOr)
"""Operators that take the items of containers as they are."""

_HANDLERS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Name: Evaluator._name,
    ast.Attribute: Evaluator._attribute,
    ast.List: Evaluator._sequence,
    ast.Tuple: Evaluator._sequence,
    ast.Set: Evaluator._sequence,
    ast.Dict: Evaluator._dict,
    ast.BinOp: Evaluator._binary,
    ast.UnaryOp: Evaluator._unary,
    ast.JoinedStr: Evaluator._joined,
    ast.Subscript: Evaluator._subscript,
    ast.IfExp: Evaluator._if,
    ast.BoolOp: Evaluator._boolean,
    ast.Compare: Evaluator._compare,
    ast.ListComp: Evaluator._comprehension,
    ast.GeneratorExp: Evaluator._comprehension,
    ast.SetComp: Evaluator._comprehension,
    ast.DictComp: Evaluator._comprehension,
    ast.Call: Evaluator._call,
}
