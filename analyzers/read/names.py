"""What the names of one module mean, as far as its text tells."""

from __future__ import annotations

import ast
import builtins
import copy
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from operator import itemgetter

from analyzers.frozen import dataclass
from analyzers.read.filled import (
    added,
    after,
    by_functions,
    is_container,
    is_empty,
    may_change,
    names_in,
    shared,
)
from analyzers.read.values import Opaque, Ref, Value


@dataclass(frozen=True, slots=True)
class Late:
    """A name bound in the module whose expression is evaluated when it is asked for."""

    node: ast.expr


FROM_STARS = Opaque("*", "what a module brings along whose names are all imported")
"""What a name is before it is first bound, in a module that has imported all names of others."""


class Names:
    """
    What the names of one module mean: imports, assignments, functions, classes.

    Only the module level is looked at; what stands under ``if`` or ``try`` is
    taken where it is the only binding of a name, and is opaque where two differ.
    """

    def __init__(self, module: ast.Module, *, package: str = "", name: str = "") -> None:
        self.package = package
        self.name = name
        self.bound: MutableMapping[str, Value] = {}
        self.again: dict[str, list[tuple[int, Value]]] = {}
        """What a name was bound to before, each with the line up to which it was; for those that are bound again."""
        self._empty: set[str] = set()
        """Names that were bound to an empty container: a registry begins as one."""
        self.functions: dict[str, ast.FunctionDef] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.stars: list[str] = []
        self.stars_before: dict[str, int] = {}
        """How many of them came before an assignment of the name."""
        self._lines: list[tuple[int, int]] | None = None
        """From where to where the functions and methods go, once it is asked for."""
        self._collect(module.body)
        self._registries(module.body)

    def in_a_function(self, line: int) -> bool:
        """Whether *line* is of a function or method, which runs when it is called."""
        if self._lines is None:
            bodies = [*self.functions.values()]
            for node in self.classes.values():
                bodies += (s for s in node.body if isinstance(s, ast.FunctionDef))
            self._lines = sorted((f.lineno, f.end_lineno or f.lineno) for f in bodies)
        # None of them stands within another.
        place = bisect_right(self._lines, line, key=itemgetter(0)) - 1
        return place >= 0 and line <= self._lines[place][1]

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
                case ast.Assign(targets=[ast.Subscript()]):
                    self._change(statement)
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._bind(target, value, statement)
                        if isinstance(target, ast.Name) and may_change(value):
                            # One object by several names.
                            value = _as_bound(target.id, statement)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self._bind(target, value, statement)
                case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                    before = self._held(name) or self._brought(name, statement)
                    if before is not None:
                        joined_node = ast.BinOp(left=before, op=op, right=value)
                        ast.copy_location(joined_node, statement)
                        self._set(name, Late(joined_node), statement, here=is_container(before))
                case ast.Expr(
                    value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call
                ) if (brought := self._brought(name, statement)) is not None:
                    node = added(brought, call)
                    if node is not None:
                        self._set(name, Late(node), statement)
                case (
                    ast.Expr(value=ast.Call())
                    | ast.AugAssign()
                    | ast.Delete()
                    | ast.For()
                    | ast.While()
                ):
                    self._change(statement)
                case ast.FunctionDef(name=name):
                    self.functions[name] = statement
                    self.bound[name] = Ref(f"{self.name}.{name}" if self.name else name)
                case ast.ClassDef(name=name):
                    self.classes[name] = statement
                    self.bound[name] = Ref(f"{self.name}.{name}" if self.name else name)
                case ast.If(test=test, body=inner, orelse=other):
                    read_and_run = by_type_checker(statement)
                    if read_and_run is not None:
                        self._collect(read_and_run[0])
                        self._collect_instead(read_and_run[1])
                    else:
                        self._either((inner, other), doubt=not asks_for_version(test))
                case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=final):
                    self._either((inner, *(h.body for h in handlers)))
                    self._collect([*other, *final])
                case ast.With(body=inner):
                    self._collect(inner)
                case _:
                    pass

    def _between(self, branches: Sequence[Sequence[ast.stmt]], names: Iterable[str]) -> None:
        """Keep of *names*, which the *branches* bind anew: up to them it is as before, within them not known."""
        statements = [statement for branch in branches for statement in branch]
        start = min(statement.lineno for statement in statements)
        end = max(statement.end_lineno or statement.lineno for statement in statements)
        for name in names:
            within = Opaque(f"{self.name}.{name}", "bound under a condition")
            held = self.again.setdefault(name, [])
            held.extend([(start - 1, self.bound[name]), (end, within)])

    def _set(self, name: str, value: Value, statement: ast.stmt, *, here: bool = False) -> None:
        """Bind *name* anew in *statement*; what it was before is kept, unless that changes *here*, where it stands."""
        before = self._changed(name) if here else self.bound.get(name)
        end = statement.end_lineno or statement.lineno
        if name in self.bound:
            self.again.setdefault(name, []).append((end, before))
        elif self.stars:
            self.again[name] = [(end, FROM_STARS)]
        self.stars_before[name] = len(self.stars)
        self.bound[name] = value

    def _change(self, statement: ast.stmt) -> None:
        """Bind what *statement* makes of values that are there already."""
        for name, node in [*after(statement, self._held)]:
            if node is None:
                self._lose(name, statement)
            else:
                self._set(name, Late(node), statement, here=True)

    def _lose(self, name: str, statement: ast.stmt) -> None:
        """What *name* is bound to is not known from *statement* on, nor what else is the same object."""
        todo = [name]
        while todo:
            name = todo.pop()
            node = self._held(name)
            self._set(name, self._changed(name), statement, here=True)
            todo += (n for n in shared(node) if self._held(n)) if node is not None else ()

    def _brought(self, name: str, statement: ast.stmt) -> ast.Name | None:
        """*name* as it is before *statement*, where another module brings it along."""
        bound = self.bound.get(name)
        inside = isinstance(bound, Ref) and bound.name.startswith(f"{self.name}.")
        known = isinstance(bound, Ref) if bound is not None else bool(self.stars)
        if not known or inside or hasattr(builtins, name):
            return None
        return ast.Name(id=name, ctx=ast.Load(), **_place(statement.lineno))

    def _held(self, name: str) -> ast.expr | None:
        """What makes the value of *name*, where that is an expression of this module."""
        bound = self.bound.get(name)
        return bound.node if isinstance(bound, Late) else None

    def _registries(self, body: Sequence[ast.stmt]) -> None:
        """What begins empty and is filled by functions holds what their callers put in, which may be anywhere."""
        for name in by_functions(body, self._empty) if self._empty else ():
            lost = self.bound[name] = self._changed(name)
            if name in self.again:
                self.again[name] = [(end, lost) for end, _ in self.again[name]]

    def _changed(self, name: str) -> Opaque:
        return Opaque(f"{self.name}.{name}", "changed after it is made")

    def _either(self, branches: Sequence[Sequence[ast.stmt]], *, doubt: bool = False) -> None:
        """
        Bind what the first branch binds, and what only others do.

        With *doubt* either may run: a name that they leave with different
        values is opaque.
        """
        before, again = self.bound, self.again
        found: list[dict[str, Value]] = []
        for branch in branches:
            found.append({})
            self.bound, self.again = _over(before, found[-1]), {}
            self._collect(branch)
        self.bound, self.again = before, again
        names = dict.fromkeys(name for made in found for name in made)
        self._between(branches, [name for name in names if name in before])
        for name in names:
            held = [made.get(name, before.get(name, _NOTHING)) for made in found]
            value, *others = [value for value in held if value is not _NOTHING]
            if doubt and any(not bound_alike(value, other) for other in others):
                value = Opaque(f"{self.name}.{name}", "bound in more than one way")
            before[name] = value

    def _collect_instead(self, body: Sequence[ast.stmt]) -> None:
        """Bind what *body* binds; what had one of these names is not a class or function any more."""
        if not body:
            return
        before, functions, classes = self.bound, self.functions, self.classes
        made: dict[str, Value] = {}
        self.bound, self.functions, self.classes = _over(before, made), {}, {}
        self._collect(body)
        before.update(made)
        for name in made:
            functions.pop(name, None)
            classes.pop(name, None)
        functions.update(self.functions)
        classes.update(self.classes)
        self.bound, self.functions, self.classes = before, functions, classes

    def _bind(self, target: ast.expr, value: ast.expr, statement: ast.stmt) -> None:
        match target:
            case ast.Name(id=name):
                self._set(name, Late(value), statement)
                if is_empty(value):
                    self._empty.add(name)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
                if len(parts) == len(targets) and not _any_starred(*targets, *parts):
                    for one, part in zip(targets, parts, strict=True):
                        self._bind(one, part, statement)
                else:
                    for name in names_in(target):
                        self._set(name, Opaque(ast.unparse(value), "unpacked"), statement)
            case ast.Subscript(value=ast.Name(id=name)) if name in self.bound:
                self._lose(name, statement)
            case _:
                pass

    def where(self, own: Callable[[str], str]) -> Names:
        """The same names where *own* tells which module each one that is imported means."""
        found = copy.copy(self)
        inside = f"{self.name}."
        found.bound = {
            name: Ref(own(value.name))
            if isinstance(value, Ref) and not value.name.startswith(inside)
            else value
            for name, value in self.bound.items()
        }
        found.stars = [own(star) for star in self.stars]
        return found

    def absolute(self, module: str | None, level: int) -> str:
        if level == 0:
            return module or ""
        parts = self.package.split(".") if self.package else []
        kept = parts[: len(parts) - (level - 1)] if level > 1 else parts
        return ".".join([*kept, *([module] if module else [])])


def _as_bound(name: str, statement: ast.stmt) -> ast.Name:
    """*name* as an expression that stands behind *statement*."""
    end = (statement.end_lineno or statement.lineno) + 1
    return ast.Name(id=name, ctx=ast.Load(), **_place(end))


def _place(line: int) -> dict[str, int]:
    return {"lineno": line, "end_lineno": line, "col_offset": 0, "end_col_offset": 0}


def _any_starred(*nodes: ast.expr) -> bool:
    return any(isinstance(node, ast.Starred) for node in nodes)


_NOTHING = object()


def _over(names: MutableMapping[str, Value], made: dict[str, Value]) -> MutableMapping[str, Value]:
    """*names*, where what is bound from now on goes into *made*."""
    return ChainMap(made, *(names.maps if isinstance(names, ChainMap) else [names]))


def bound_alike(one: Value, two: Value) -> bool:
    if isinstance(one, Late) and isinstance(two, Late):
        return one is two or ast.dump(one.node) == ast.dump(two.node)
    return one is two or bool(one == two)


def asks_for_version(test: ast.expr) -> bool:
    """Whether *test* is about versions: what is new comes first, and means what the old does."""
    return any(
        isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id)
        in {"VERSION", "version_info", "PY2", "PY3", "django_version", "DJANGO_VERSION"}
        for node in ast.walk(test)
    )


def by_type_checker(statement: ast.If) -> tuple[list[ast.stmt], list[ast.stmt]] | None:
    """What type checkers read of *statement* and what Python runs of it; None where it asks for something else."""
    match statement.test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return statement.body, statement.orelse
        case ast.UnaryOp(
            op=ast.Not(),
            operand=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"),
        ):
            return statement.orelse, statement.body
        case _:
            return None


def as_run(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of *body*, without what type checkers alone read."""
    for statement in body:
        parts = by_type_checker(statement) if isinstance(statement, ast.If) else None
        if parts is None:
            yield statement
        else:
            yield from as_run(parts[1])
