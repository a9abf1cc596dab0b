"""The files of a project as modules: parsed once, with their names and classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from analyzers.frozen import dataclass
from analyzers.read.evaluator import Evaluator
from analyzers.read.names import Names
from analyzers.read.sources import Unparsed, parse
from analyzers.read.values import Opaque, Ref, Value
from analyzers.trees import Tree

if TYPE_CHECKING:
    from analyzers.read.project import Project


class Sources:
    """Parsed files by object id and path, shared by all trees of a review."""

    def __init__(self) -> None:
        self._modules: dict[str, ast.Module | None] = {}
        self._names: dict[tuple[str, str], Names] = {}

    def module(self, tree: Tree, path: str) -> ast.Module | None:
        """The syntax tree of *path*; None where it cannot be parsed."""
        oid = tree.oid(path)
        if oid not in self._modules:
            self._modules[oid] = self._parsed(tree, path)
        return self._modules[oid]

    @staticmethod
    def _parsed(tree: Tree, path: str) -> ast.Module | None:
        try:
            parsed = parse(tree.read(path))
        except KeyError:
            # A snapshot may lack the content of a file that it lists.
            return None
        return None if isinstance(parsed, Unparsed) else parsed

    def names(self, tree: Tree, path: str, name: str, package: str) -> Names | None:
        """The names of the module *path*, known as *name*."""
        key = (tree.oid(path), f"{path}:{name}")
        if key not in self._names:
            module = self.module(tree, path)
            if module is None:
                return None
            self._names[key] = Names(module, package=package, name=name)
        return self._names[key]


CHANGES = frozenset({"_meta"})
LOOP_CHANGES = frozenset({"_meta", "add_to_class", "contribute_to_class"})
"""Attributes by which a class is changed from outside: anywhere, and in a loop."""
_OF_META = re.compile(r"(\w+)\._meta")
_ADDED = re.compile(r"\b(\w+)\.add_to_class\(|\bcontribute_to_class\((\w+)\b")


class Module:
    """One module: its path (``<library>`` for a known package), dotted name, names and evaluator."""

    def __init__(
        self, project: Project, path: str, name: str, body: list[ast.stmt], names: Names
    ) -> None:
        self.project = project
        self.path = path
        self.name = name
        self.body = body
        self.names = names
        self.evaluator = Evaluator(names, project.resolve)
        self.evaluator.gives = project.gives
        self.evaluator.make = lambda name, call: project.make(self, name, call)
        self.made: dict[str, ClassFound] = {}
        """Classes that a function makes, by the name that they are bound to; as far as was asked."""

    @cached_property
    def changed_classes(self) -> Mapping[str, tuple[ast.stmt, ...]]:
        """The statements at the top that change classes from outside, by loops and ``_meta``, by the names of these."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.body:
            if not isinstance(statement, ast.Assign | ast.Expr | ast.For):
                continue
            loop = isinstance(statement, ast.For)
            if used_attributes(statement) & (LOOP_CHANGES if loop else CHANGES):
                text = ast.unparse(statement)[:400]
                names = _OF_META.findall(text)
                names += [one or two for one, two in _ADDED.findall(text)] if loop else []
                for name in dict.fromkeys(names):
                    found.setdefault(name, []).append(statement)
        return {name: tuple(statements) for name, statements in found.items()}

    @cached_property
    def added_to_classes(self) -> Mapping[str, tuple[tuple[str, ast.Call, ast.stmt], ...]]:
        """What the module adds to classes by ``Order.add_to_class("note", TextField())``, by their names."""
        found: dict[str, list[tuple[str, ast.Call, ast.stmt]]] = {}
        for statement in self.body:
            match statement:
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(
                            value=ast.Name(id=name), attr="add_to_class" | "contribute_to_class"
                        ),
                        args=[ast.Constant(value=str() as attribute), ast.Call() as node],
                    )
                ):
                    found.setdefault(name, []).append((attribute, node, statement))
                case _:
                    pass
        return {name: tuple(added) for name, added in found.items()}

    @property
    def foreign(self) -> bool:
        """Whether it is a library's, no file of the tree."""
        return self.path.startswith("<")


@dataclass(frozen=True, slots=True)
class ClassFound:
    """A class: where it is defined and how it is reached in its module (``Outer.Inner``)."""

    module: Module
    node: ast.ClassDef
    qualname: str
    made_of: tuple[Value, ...] = ()
    """The bases of a class that no ``class`` statement makes."""
    given: tuple[tuple[str, Value], ...] | None = None
    """What the names around a class in a function's body mean, in the call that makes it."""

    @property
    def dotted(self) -> str:
        """Its full dotted path."""
        return f"{self.module.name}.{self.qualname}"

    def inner(self, node: ast.ClassDef) -> ClassFound:
        """The class *node* in its body."""
        return ClassFound(self.module, node, f"{self.qualname}.{node.name}", given=self.given)


def unpacked(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The names of ``OPEN, CLOSED = "open", "closed"``, each with its value."""
    match statement:
        case ast.Assign(
            targets=[ast.Tuple(elts=names) | ast.List(elts=names)],
            value=ast.Tuple(elts=values) | ast.List(elts=values),
        ) if len(names) == len(values) and not any(
            isinstance(v, ast.Starred) for v in (*names, *values)
        ):
            for name, value in zip(names, values, strict=True):
                if isinstance(name, ast.Name):
                    yield name.id, value
        case ast.Assign(targets=[ast.Name(), *_] as names, value=value) if len(names) > 1:
            for name in names:
                if isinstance(name, ast.Name):
                    yield name.id, value
        case _:
            pass


_ATOMS = frozenset({str, bool, int, type(None), Ref, Opaque})


def spelled(node: ast.expr) -> str:
    """*node* as source: names and their attributes, which most are, at once."""
    parts: list[str] = []
    each = node
    while isinstance(each, ast.Attribute):
        parts.append(each.attr)
        each = each.value
    if not isinstance(each, ast.Name):
        return ast.unparse(node)
    return ".".join([each.id, *reversed(parts)])


def used_names(node: ast.AST) -> set[str]:
    """The names that *node* uses."""
    return _used(node)[0]


def used_attributes(node: ast.AST) -> set[str]:
    """The attributes that *node* asks for."""
    return _used(node)[1]


def _used(node: ast.AST) -> tuple[set[str], set[str]]:
    """Names and attributes in *node*: as ``ast.walk`` finds them, in a fraction of its time."""
    names: set[str] = set()
    attributes: set[str] = set()
    todo: list[Any] = [node]
    while todo:
        each = todo.pop()
        kind = type(each)
        if kind is ast.Name:
            names.add(each.id)
        elif kind is ast.Constant:
            pass
        elif kind is ast.Attribute:
            attributes.add(each.attr)
            todo.append(each.value)
        elif kind is ast.Call:
            todo.append(each.func)
            todo.extend(each.args)
            todo.extend(keyword.value for keyword in each.keywords)
        elif kind is ast.List or kind is ast.Tuple:
            todo.extend(each.elts)
        else:
            todo.extend(ast.iter_child_nodes(each))
    return names, attributes


def class_at(module: Module, rest: list[str]) -> ClassFound | None:
    if len(rest) == 1 and rest[0] in module.made:
        return module.made[rest[0]]
    made = module.made.get(rest[0]) if rest else None
    node = made.node if made is not None else module.names.classes.get(rest[0]) if rest else None
    for name in rest[1:]:
        if node is None:
            return None
        node = next((s for s in node.body if isinstance(s, ast.ClassDef) and s.name == name), None)
    if node is None:
        return None
    given = made.given if made is not None else None
    return ClassFound(module, node, ".".join(rest), given=given)
