"""
Values read from source without running it.

A value is a plain Python constant or container (``None``, ``bool``, ``int``,
``float``, ``str``, ``bytes``, ``tuple``, ``list``, ``dict``, ``set``,
``frozenset``) holding values, or one of:

``Ref``    a name resolved to a dotted path that is not looked into
           (``uuid.uuid4``, ``django.db.models.CASCADE``),
``Call``   the call of such a name with evaluated arguments
           (``django.db.models.CharField(max_length=50)``),
``Opaque`` the normalised expression where nothing better can be said.

All compare by structure, so what cannot be known is equal to itself on both
sides of a comparison.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from analyzers.limits import CONTAINER_ITEMS, EVALUATION_STEPS, TEXT_CHARACTERS

Value = Any
"""A constant, a container of values, ``Ref``, ``Call`` or ``Opaque``."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A dotted path, such as ``django.db.models.deletion.CASCADE``."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call: *func* is the dotted path; keyword arguments are in source order."""

    func: str
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    line: int = field(default=0, compare=False)
    end_line: int = field(default=0, compare=False)

    def get(self, name: str, default: Value = None) -> Value:
        """The keyword argument *name*, or *default*."""
        for key, value in self.kwargs:
            if key == name:
                return value
        return default


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression that cannot be known; ``text`` is normalised, names are dotted paths."""

    text: str
    reason: str = field(default="", compare=False)


NOT_SET = Opaque("", "not set")
"""In the place of a setting's value: it has none, so that ``getattr`` gives its default."""

_SETTINGS = Ref("django.conf.settings")
_USER_MODEL: list[Value] = [Ref("django.conf.settings"), "AUTH_USER_MODEL"]
"""The arguments of ``getattr`` by which libraries ask for a setting that every Django has."""


@lru_cache(maxsize=10_000)
def _ref(name: str) -> Ref:
    """One object for each name: most migrations speak of the same few."""
    return Ref(name)


DEPTH = 60
"""Nested expressions followed; the deepest real field met has 9."""

Resolve = Callable[[str], Value | None]
"""Looks a dotted path up elsewhere: a value where it is known, None where it is not."""


@lru_cache(maxsize=10_000)
def canonical(name: str) -> str:
    """*name* as Django's own writer spells it: ``django.db.models.fields.CharField`` without ``fields``."""
    if not name.startswith("django."):
        return name
    for pattern, short in _CANONICAL:
        shorter = pattern.sub(short, name)
        if shorter != name:
            return shorter
    return name


_CANONICAL = (
    (
        re.compile(r"^django\.db\.migrations\.operations\.(?:base\.|fields\.|models\.|special\.)?"),
        "django.db.migrations.",
    ),
    (re.compile(r"^django\.db\.migrations\.migration\."), "django.db.migrations."),
    (
        re.compile(
            r"^django\.db\.models\.(?:fields\.(?:related\.|files\.|json\.|generated\.|composite\.|proxy\.)?"
            r"|deletion\.|indexes\.|constraints\.|query_utils\.|query\.|manager\.|base\.|expressions\.|aggregates\.|enums\.)"
        ),
        "django.db.models.",
    ),
    (
        re.compile(r"^django\.contrib\.postgres\.fields\.(?:array|jsonb|hstore|citext|ranges)\."),
        "django.contrib.postgres.fields.",
    ),
    (re.compile(r"^django\.contrib\.gis\.db\.models\.fields\."), "django.contrib.gis.db.models."),
)


@dataclass(frozen=True, slots=True)
class Late:
    """A name bound in the module whose expression is evaluated when it is asked for."""

    node: ast.expr


class Names:
    """
    What the names of one module mean: imports, assignments, functions, classes.

    Only the module level is looked at; what stands under ``if`` or ``try`` is
    taken where it is the only binding of a name, and is opaque where two differ.
    """

    def __init__(self, module: ast.Module, *, package: str = "", name: str = "") -> None:
        self.package = package
        self.name = name
        self.bound: dict[str, Value] = {}
        self.functions: dict[str, ast.FunctionDef] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.stars: list[str] = []
        self._collect(module.body)

    def _collect(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.Import(names=names):
                    for alias in names:
                        if alias.asname:
                            self.bound[alias.asname] = Ref(alias.name)
                        else:
                            top = alias.name.partition(".")[0]
                            self.bound[top] = Ref(top)
                case ast.ImportFrom(module=source, names=names, level=level):
                    base = self.absolute(source, level)
                    for alias in names:
                        if alias.name == "*":
                            self.stars.append(base)
                        else:
                            joined = f"{base}.{alias.name}" if base else alias.name
                            self.bound[alias.asname or alias.name] = Ref(joined)
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._bind(target, value)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self._bind(target, value)
                case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                    before = self.bound.get(name)
                    left: ast.expr = (
                        before.node
                        if isinstance(before, Late)
                        else ast.Name(id=name, ctx=ast.Load())
                    )
                    if isinstance(before, Late):
                        joined_node = ast.BinOp(left=left, op=op, right=value)
                        ast.copy_location(joined_node, statement)
                        self.bound[name] = Late(joined_node)
                case ast.FunctionDef(name=name):
                    self.functions[name] = statement
                    self.bound[name] = Ref(f"{self.name}.{name}" if self.name else name)
                case ast.ClassDef(name=name):
                    self.classes[name] = statement
                    self.bound[name] = Ref(f"{self.name}.{name}" if self.name else name)
                case ast.If(test=test, body=inner, orelse=other):
                    if _is_type_checking(test):
                        self._collect(inner)
                    else:
                        self._either((inner, other), doubt=not _asks_for_version(test))
                case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=final):
                    self._either((inner, *(h.body for h in handlers)))
                    self._collect([*other, *final])
                case ast.With(body=inner):
                    self._collect(inner)
                case _:
                    pass

    def _either(self, branches: Sequence[Sequence[ast.stmt]], *, doubt: bool = False) -> None:
        """
        Bind what the first branch binds, and what only others do.

        With *doubt* either may run: a name that they leave with different
        values is opaque.
        """
        before = dict(self.bound)
        found: list[dict[str, Value]] = []
        for branch in branches:
            self.bound = dict(before)
            self._collect(branch)
            found.append(self.bound)
        self.bound = {}
        for names in reversed(found):
            self.bound.update(names)
        if doubt:
            for name, value in self.bound.items():
                others = [names[name] for names in found if name in names]
                if any(not _bound_alike(value, other) for other in others):
                    self.bound[name] = Opaque(f"{self.name}.{name}", "bound in more than one way")

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.bound[name] = Late(value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets):
                    for one, part in zip(targets, value.elts, strict=True):
                        self._bind(one, part)
                else:
                    for one in targets:
                        if isinstance(one, ast.Name):
                            self.bound[one.id] = Opaque(ast.unparse(value), "unpacked")
            case _:
                pass

    def absolute(self, module: str | None, level: int) -> str:
        if level == 0:
            return module or ""
        parts = self.package.split(".") if self.package else []
        kept = parts[: len(parts) - (level - 1)] if level > 1 else parts
        return ".".join([*kept, *([module] if module else [])])


def _bound_alike(one: Value, two: Value) -> bool:
    if isinstance(one, Late) and isinstance(two, Late):
        return one is two or ast.dump(one.node) == ast.dump(two.node)
    return one is two or bool(one == two)


def _asks_for_version(test: ast.expr) -> bool:
    """Whether *test* is about versions: what is new comes first, and means what the old does."""
    return any(
        isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id)
        in {"VERSION", "version_info", "PY2", "PY3", "django_version", "DJANGO_VERSION"}
        for node in ast.walk(test)
    )


def _is_type_checking(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case _:
            return False


class Evaluator:
    """
    Evaluates expressions of one module over a closed subset of Python.

    Nothing is called but a few pure builtins and string methods on values that
    are known; everything is bounded, and what goes beyond is ``Opaque``.
    """

    def __init__(self, names: Names, resolve: Resolve | None = None) -> None:
        self.names = names
        self.resolve = resolve
        self.make: Callable[[str, Call], Value] | None = None
        """What a name is that the module binds to the value of a call, where that is more than the call."""
        self.steps = 0
        self._busy: set[str] = set()
        self._known: dict[str, Value] = {}

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

    def name(self, name: str, depth: int = 0) -> Value:
        """The value of a module-level name."""
        if name in self._known:
            return self._known[name]
        bound = self.names.bound.get(name)
        value: Value
        if isinstance(bound, Late):
            if name in self._busy:
                return Opaque(name, "defined by itself")
            self._busy.add(name)
            try:
                value = self.evaluate(bound.node, None, depth)
                if isinstance(value, Call) and self.make is not None:
                    value = self.make(name, value)
            finally:
                self._busy.discard(name)
        elif isinstance(bound, Ref):
            value = self._reference(bound.name)
        elif bound is not None:
            value = bound
        elif name in _BUILTIN_NAMES:
            value = Ref(f"builtins.{name}")
        else:
            value = self._from_stars(name)
        self._known[name] = value
        return value

    def _reference(self, dotted: str) -> Value:
        name = canonical(dotted)
        if self.resolve is not None:
            found = self.resolve(name)
            if found is not None and found is not NOT_SET:
                return found
        return _ref(name)

    def _from_stars(self, name: str) -> Value:
        if self.resolve is not None:
            for module in self.names.stars:
                found = self.resolve(f"{module}.{name}")
                if found is not None:
                    return found
        if len(self.names.stars) == 1:
            return Ref(canonical(f"{self.names.stars[0]}.{name}"))
        return Opaque(name, "not bound in this file")

    def opaque(self, node: ast.expr, local: Mapping[str, Value] | None = None) -> Opaque:
        """*node* as normalised text with its names resolved to dotted paths."""
        try:
            text = ast.unparse(_Dotted(self, local or {}).visit(_copied(node)))
        except (RecursionError, ValueError, AttributeError):
            text = "..."
        return Opaque(text[:2000], f"cannot be known without running it: {type(node).__name__}")

    # -- one method a kind of node ---------------------------------------------------

    def _name(self, node: ast.Name, local: Mapping[str, Value], depth: int) -> Value:
        return local[node.id] if node.id in local else self.name(node.id, depth)

    def _attribute(self, node: ast.Attribute, local: Mapping[str, Value], depth: int) -> Value:
        dotted = self._dotted(node, local) if self.resolve is not None else None
        if dotted is not None:
            # ``Status.DRAFT.label``: the whole path says more than its parts one by one.
            found = self._reference(dotted)
            if not isinstance(found, Ref):
                return found
        below = self.evaluate(node.value, local, depth)
        if isinstance(below, Ref):
            return self._reference(f"{below.name}.{node.attr}")
        if isinstance(below, Opaque):
            return Opaque(f"{below.text}.{node.attr}", below.reason)
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
        action = _BINARY.get(type(node.op))
        if isinstance(left, Call) or isinstance(right, Call):
            # ``Q(a=1) | Q(b=2)``, ``F("a") + 1``: what it comes to is for who knows the classes.
            return Call(f"operator.{type(node.op).__name__}", (left, right))
        if action is None or not (_plain(left) and _plain(right)):
            return self.opaque(node, local)
        if isinstance(left, list) and isinstance(right, tuple):
            return self.opaque(node, local)
        if not _small(left, right, node.op):
            return Opaque("...", "the value is too large")
        try:
            value = action(left, right)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever the operator dislikes is not known
            return self.opaque(node, local)
        return value if _bounded(value) else Opaque("...", "the value is too large")

    def _unary(self, node: ast.UnaryOp, local: Mapping[str, Value], depth: int) -> Value:
        value = self.evaluate(node.operand, local, depth)
        if isinstance(node.op, ast.Not) and _constant(value):
            return not value
        if isinstance(value, int | float) and isinstance(node.op, ast.USub | ast.UAdd):
            return -value if isinstance(node.op, ast.USub) else +value
        if isinstance(value, Call):
            return Call(f"operator.{type(node.op).__name__}", (value,))
        return self.opaque(node, local)

    def _joined(self, node: ast.JoinedStr, local: Mapping[str, Value], depth: int) -> Value:
        parts: list[str] = []
        for piece in node.values:
            match piece:
                case ast.Constant(value=str() as text):
                    parts.append(text)
                case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                    value = self.evaluate(inner, local, depth)
                    if not isinstance(value, str | int):
                        return self.opaque(node, local)
                    parts.append(str(value))
                case _:
                    return self.opaque(node, local)
        text = "".join(parts)
        return text if len(text) <= TEXT_CHARACTERS else Opaque("...", "the text is too long")

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
        if not _constant(test):
            return self.opaque(node, local)
        return self.evaluate(node.body if test else node.orelse, local, depth)

    def _boolean(self, node: ast.BoolOp, local: Mapping[str, Value], depth: int) -> Value:
        value: Value = None
        for part in node.values:
            value = self.evaluate(part, local, depth)
            if not _constant(value):
                return self.opaque(node, local)
            if bool(value) is isinstance(node.op, ast.Or):
                return value
        return value

    def _compare(self, node: ast.Compare, local: Mapping[str, Value], depth: int) -> Value:
        left = self.evaluate(node.left, local, depth)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.evaluate(right_node, local, depth)
            action = _COMPARE.get(type(op))
            if action is None or not (_plain(left) and _plain(right)):
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
                source = iterable(self.evaluate(generator.iter, row, depth))
                if source is None:
                    return None
                for item in source:
                    bound = bind(generator.target, item)
                    if bound is None:
                        return None
                    inner = {**row, **bound}
                    tests = [self.evaluate(test, inner, depth) for test in generator.ifs]
                    if not all(_constant(t) for t in tests):
                        return None
                    if all(tests):
                        following.append(inner)
                    if len(following) > CONTAINER_ITEMS:
                        return None
            rows = following
        return rows

    def _call(self, node: ast.Call, local: Mapping[str, Value], depth: int) -> Value:
        if isinstance(node.func, ast.Attribute):
            found = self._method(node, node.func, local, depth)
            if found is not _NOTHING:
                return found
        func = self.evaluate(node.func, local, depth)
        if isinstance(func, Call) and func.func == "django.utils.module_loading.import_string":
            func = _imported(func)
        if not isinstance(func, Ref):
            return self.opaque(node, local)
        args: list[Value] = []
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
        if func.name == "builtins.getattr" and args[:2] == _USER_MODEL:
            return Ref("django.conf.settings.AUTH_USER_MODEL")
        if func.name == "builtins.getattr" and args[:1] == [_SETTINGS] and self.resolve is not None:
            made = setting(args, self.resolve)
            if made is not _NOTHING:
                return made
        if func.name.startswith("builtins."):
            made = _builtin(func.name[9:], args, kwargs)
            if made is not _NOTHING:
                return made
        return Call(
            func.name, tuple(args), tuple(kwargs), node.lineno, node.end_lineno or node.lineno
        )

    def _method(
        self, node: ast.Call, func: ast.Attribute, local: Mapping[str, Value], depth: int
    ) -> Value:
        """Pure methods of strings and dicts; nothing else is called."""
        if func.attr not in _METHODS or node.keywords:
            return _NOTHING
        owner = self.evaluate(func.value, local, depth)
        if not isinstance(owner, str | dict | list | tuple):
            return _NOTHING
        args = [self.evaluate(a, local, depth) for a in node.args]
        if not all(_plain(a) for a in args):
            return self.opaque(node, local)
        if isinstance(owner, dict) and func.attr in {"items", "keys", "values"} and not args:
            return list(getattr(owner, func.attr)())
        if isinstance(owner, dict) and func.attr == "get" and 1 <= len(args) <= 2:
            try:
                return owner.get(*args)
            except TypeError:
                return self.opaque(node, local)
        if isinstance(owner, str) and func.attr in _TEXT_METHODS:
            if func.attr == "format" and re.search(r"\{[^{}]*[.\[:!]", owner):
                # Attribute access and width make formatting a way to run or to blow up.
                return self.opaque(node, local)
            if func.attr == "join" and not (
                args
                and isinstance(args[0], list | tuple)
                and all(isinstance(i, str) for i in args[0])
            ):
                return self.opaque(node, local)
            if sum(len(a) for a in args if isinstance(a, str)) + len(owner) > TEXT_CHARACTERS // 10:
                return Opaque("...", "the text is too long")
            if any(isinstance(a, int) for a in args):
                return self.opaque(node, local)
            try:
                return getattr(owner, func.attr)(*args)
            except (TypeError, ValueError, KeyError, IndexError):
                return self.opaque(node, local)
        return _NOTHING


def _imported(call: Call) -> Value:
    """What ``import_string("package.name")`` gives; a setting stands for what it names."""
    match call.args:
        case (str() as dotted,):
            return _ref(canonical(dotted))
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
                return default[0] if len(default) == 1 else _NOTHING
            return _NOTHING if found is None else found
        case _:
            return _NOTHING


def iterable(value: Value) -> list[Value] | None:
    """The items of a known container, in order; None where it is not one."""
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, dict):
        return list(value)
    if isinstance(value, frozenset | set):
        return sorted(value, key=repr)
    return None


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


def known(value: Value, depth: int = 0) -> bool:
    """Whether nothing opaque is in *value*."""
    if depth > DEPTH or isinstance(value, Opaque):
        return False
    if isinstance(value, Call):
        return all(known(v, depth + 1) for v in (*value.args, *(v for _, v in value.kwargs)))
    if isinstance(value, dict):
        return all(known(k, depth + 1) and known(v, depth + 1) for k, v in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return all(known(v, depth + 1) for v in value)
    return True


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
    return ast.parse(ast.unparse(node), mode="eval").body


def _constant(value: Value) -> bool:
    return value is None or isinstance(
        value, bool | int | float | str | bytes | tuple | list | dict | frozenset
    )


def _plain(value: Value) -> bool:
    return (
        isinstance(value, int | float | str | bytes | tuple | list | dict | frozenset)
        or value is None
    )


def _small(left: Value, right: Value, op: ast.operator) -> bool:
    if isinstance(op, ast.Pow | ast.LShift):
        return (
            isinstance(left, int)
            and isinstance(right, int)
            and 0 <= right <= 128
            and abs(left) <= 1 << 32
        )
    if isinstance(op, ast.Mult) and not (isinstance(left, float) or isinstance(right, float)):
        size = max(
            (len(v) for v in (left, right) if isinstance(v, str | bytes | list | tuple)), default=0
        )
        times = max((abs(v) for v in (left, right) if isinstance(v, int)), default=1)
        return size * times <= CONTAINER_ITEMS if size else times <= 1 << 64
    if isinstance(op, ast.Mod) and isinstance(left, str):
        return re.search(r"%[^%a-zA-Z(]*\d{3,}", left) is None
    return True


def _bounded(value: Value) -> bool:
    if isinstance(value, str | bytes):
        return len(value) <= TEXT_CHARACTERS
    if isinstance(value, list | tuple | dict | frozenset):
        return len(value) <= CONTAINER_ITEMS
    return True


_NOTHING = object()


def _builtin(name: str, args: list[Value], kwargs: list[tuple[str, Value]]) -> Value:
    if name == "dict" and not args:
        return dict(kwargs)
    if kwargs or len(args) > 3:
        return _NOTHING
    match name, args:
        case (
            "list" | "tuple" | "sorted" | "set" | "frozenset" | "enumerate" | "reversed",
            [value],
        ):
            items = iterable(value)
            if items is None:
                return _NOTHING
            if name == "tuple":
                return tuple(items)
            if name == "enumerate":
                return list(enumerate(items))
            if name == "reversed":
                return items[::-1]
            try:
                if name in {"set", "frozenset"}:
                    return frozenset(items)
                return sorted(items) if name == "sorted" else items
            except TypeError:
                return _NOTHING
        case ("list", []):
            return []
        case ("tuple", []):
            return ()
        case ("set" | "frozenset", []):
            return frozenset()
        case ("dict", [dict() as value]):
            return dict(value)
        case ("range", _) if args and all(isinstance(a, int) for a in args):
            try:
                numbers = range(*args)
            except (TypeError, ValueError):
                return _NOTHING
            return list(numbers) if len(numbers) <= CONTAINER_ITEMS else _NOTHING
        case ("len", [str() | list() | tuple() | dict() as value]):
            return len(value)
        case ("str", [str() | int() as value]):
            return str(value)
        case ("zip", [list() | tuple() as one, list() | tuple() as two]):
            return list(zip(one, two, strict=False))
        case _:
            return _NOTHING


_BUILTIN_NAMES = frozenset(
    [
        "bool",
        "bytes",
        "complex",
        "dict",
        "enumerate",
        "float",
        "frozenset",
        "int",
        "len",
        "list",
        "max",
        "min",
        "object",
        "range",
        "reversed",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
        "print",
        "repr",
        "property",
        "super",
        "isinstance",
        "getattr",
        "type",
    ]
)
_TEXT_METHODS = frozenset(
    [
        "format",
        "join",
        "upper",
        "lower",
        "strip",
        "lstrip",
        "rstrip",
        "title",
        "capitalize",
        "replace",
        "split",
        "splitlines",
        "startswith",
        "endswith",
        "removeprefix",
        "removesuffix",
    ]
)
_METHODS = _TEXT_METHODS | {"items", "keys", "values", "get"}

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
}
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
