"""What code asks of the objects that a model's relations lead to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

from analyzers.limits import CLASSES_ABOVE
from analyzers.read.last_names import last_name

Classes = Callable[[str], Iterable[ast.ClassDef]]
"""The classes of a name that the code has."""

_RELATIONS = frozenset({"ForeignKey", "OneToOneField"})


def of_relations(module: ast.Module, name: str, relations: Mapping[str, str]) -> Iterator[ast.AST]:
    """
    Where *module* asks for *name* of what one of a model's *relations* leads to, or of that class.

    ``order.customer.code`` and ``Customer.objects.filter(code="A")`` say nothing of
    a column of the order's, where ``customer`` is a key to a class of its own.
    """
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


def relations_of(
    model: str, classes: Classes, every: Callable[[], Iterable[ast.ClassDef]]
) -> dict[str, str]:
    """
    The foreign keys in the body of *model*, and the classes that they lead to: none that has to do with it.

    A name by which another class, one of *every*, leads to *model* itself tells nothing.
    """
    family = _Family(model, classes)
    found = {
        field: target
        for node in classes(model)
        for field, target in _keys(node)
        if family.is_strange(target)
    }
    if found:
        back = {field for node in every() for field, target in _keys(node) if target == model}
        found = {field: target for field, target in found.items() if field not in back}
    return found


def _keys(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The foreign keys in the body of *node*, and the classes that they lead to."""
    for statement in node.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=field)],
                value=ast.Call(func=kind, args=args, keywords=keywords),
            ) if _last(kind) in _RELATIONS:
                to = [*args[:1], *(k.value for k in keywords if k.arg == "to")]
                target = _class(to[0]) if to else None
                if target is not None:
                    yield field, target
            case _:
                pass


def _class(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text.rpartition(".")[2]
        case _:
            return _last(node)


class _Family:
    """What *model* and other classes inherit from, by their names alone."""

    def __init__(self, model: str, classes: Classes) -> None:
        self._model = model
        self._classes = classes
        self._bases: dict[str, frozenset[str]] = {}
        self._above = self._ancestors(model)

    def is_strange(self, other: str) -> bool:
        """Whether neither of the two is seen to inherit from the other; one with too many ancestors may."""
        if other in {self._model, "self"} or self._above is None or other in self._above:
            return False
        above = self._ancestors(other)
        return above is not None and self._model not in above

    def _ancestors(self, name: str) -> set[str] | None:
        waiting, seen = [name], set[str]()
        while waiting:
            if len(seen) > CLASSES_ABOVE:
                return None
            above = self._bases_of(waiting.pop()) - seen
            seen |= above
            waiting += above
        return seen

    def _bases_of(self, name: str) -> frozenset[str]:
        if name not in self._bases:
            self._bases[name] = frozenset(
                ast.unparse(base).rpartition(".")[2]
                for node in self._classes(name)
                for base in node.bases
            )
        return self._bases[name]


def _last(node: ast.expr) -> str | None:
    """The name by which an object is known at last: of ``order.customer`` the relation's."""
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return name
        case _:
            return last_name(node) or None


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


_OF_USERS = frozenset(
    {
        "date_joined", "email", "first_name", "groups", "is_active", "is_anonymous",
        "is_authenticated", "is_staff", "is_superuser", "last_login", "last_name", "password",
        "user_permissions", "username",
    }
)  # fmt: skip
"""What Django's users have."""
_PEOPLE = ("user", "account", "member", "person", "profile")


def of_the_user(module: ast.Module, name: str, model: str) -> Iterator[ast.Attribute]:
    """``request.user.is_active``: what Django's users have, where *model* is by its name none of them."""
    if name not in _OF_USERS or any(word in model.lower() for word in _PEOPLE):
        return
    for node in ast.walk(module):
        match node:
            case ast.Attribute(
                value=ast.Name(id=holder) | ast.Attribute(attr=holder), attr=asked
            ) if asked == name and holder == "user":
                yield node
            case _:
                pass
