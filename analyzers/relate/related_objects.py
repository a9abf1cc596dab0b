"""What code asks of the objects that a model's relations lead to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

Classes = Callable[[str], Iterable[ast.ClassDef]]
"""The classes of a name that the code has."""

_RELATIONS = frozenset({"ForeignKey", "OneToOneField"})


def of_relations(module: ast.Module, name: str, model: str, classes: Classes) -> Iterator[ast.AST]:
    """
    Where *module* asks for *name* of what a relation of *model* leads to, or of that class.

    ``order.customer.code`` and ``Customer.objects.filter(code="A")`` say nothing of
    a column of the order's, where ``customer`` is a key to a class of its own.
    """
    relations = dict(_relations(model, classes))
    targets = frozenset(relations.values())
    for node in ast.walk(module) if relations else ():
        match node:
            case ast.Attribute(attr=asked, value=holder) if asked == name:
                if _last(holder) in relations:
                    yield node
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[holder, ast.Constant(value=asked) as text, *_],
            ) if asked == name:
                if _last(holder) in relations:
                    yield text
            case ast.Call(func=ast.Attribute(value=holder), keywords=keywords):
                if _first(holder) in targets:
                    yield from (keyword for keyword in keywords if keyword.arg == name)
            case _:
                pass


def _relations(model: str, classes: Classes) -> Iterator[tuple[str, str]]:
    """The foreign keys in the body of *model*, and the classes that they lead to: none that has to do with it."""
    for node in classes(model):
        for statement in node.body:
            match statement:
                case ast.Assign(
                    targets=[ast.Name(id=field)],
                    value=ast.Call(func=kind, args=args, keywords=keywords),
                ) if _last(kind) in _RELATIONS:
                    to = [*args[:1], *(k.value for k in keywords if k.arg == "to")]
                    target = _class(to[0]) if to else None
                    if target is not None and _strange(target, model, classes):
                        yield field, target
                case _:
                    pass


def _class(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text.rpartition(".")[2]
        case _:
            return _last(node)


def _strange(other: str, model: str, classes: Classes) -> bool:
    """Whether neither of the two inherits from the other."""
    return (
        other not in {model, "self"}
        and other not in _ancestors(model, classes)
        and model not in _ancestors(other, classes)
    )


def _ancestors(name: str, classes: Classes) -> set[str]:
    waiting, seen = [name], set[str]()
    while waiting:
        for node in classes(waiting.pop()):
            above = {ast.unparse(base).rpartition(".")[2] for base in node.bases} - seen
            seen |= above
            waiting += above
    return seen


def _last(node: ast.expr) -> str | None:
    """The name by which an object is known at last: of ``order.customer`` the relation's."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return name
        case _:
            return None


def _first(node: ast.expr) -> str | None:
    """The name with which a chain of attributes and calls begins."""
    while True:
        match node:
            case ast.Attribute(value=inner) | ast.Call(func=inner):
                node = inner
            case ast.Name(id=name):
                return name
            case _:
                return None
