"""Arguments that objects of other classes are made with."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from analyzers.relate.inlined import bindings

Classes = Callable[[str], Iterable[ast.ClassDef]]
"""The classes of a name that the code has."""


Functions = Callable[[str], Iterable[ast.FunctionDef]]
"""The functions and methods of a name that the code has."""

_OF_MODELS = frozenset(
    {"django", "factory", "flask_admin", "flask_sqlalchemy", "graphene", "marshmallow", "mixer"}
    | {"model_bakery", "peewee", "pony", "rest_framework", "sqlalchemy", "sqlmodel", "tortoise"}
)
"""Libraries whose classes may hand on what they are given to a model."""

_OF_NO_MODELS = re.compile(
    r"(?:django\.(?:conf\.urls|core\.(?:cache|files|mail|paginator|signing|validators)|http|template|urls)"
    r"|rest_framework\.(?:exceptions|response|reverse))(?:\.|$)"
)
"""Modules of such libraries in which nothing does: ``HttpResponse(status=...)``, ``path(..., name=...)``."""


def of_libraries(
    module: ast.Module, name: str, has: Callable[[str], bool]
) -> Iterator[ast.keyword]:
    """
    The arguments *name* of calls of what libraries bring that know nothing of models: ``APIKeyCookie(name="...")``.

    *has* tells whether the code has a module or a package of a name. What is given by
    position as well may be a model's class.
    """
    outside: set[str] = set()
    never: set[str] = set()
    bound = Counter(bindings(module))
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            names = {alias.asname or alias.name for alias in node.names}
            names = {each for each in names if bound[each] == 1}
            root = node.module.partition(".")[0]
            if _OF_NO_MODELS.match(node.module):
                never |= names
            elif not root.startswith(tuple(_OF_MODELS)) and not has(root):
                outside |= {each for each in names if each[:1].isupper()}
    for call in ast.walk(module) if outside or never else ():
        match call:
            case ast.Call(func=ast.Name(id=made), args=args, keywords=keywords) if (
                made in never or (made in outside and not args)
            ):
                yield from (keyword for keyword in keywords if keyword.arg == name)
            case _:
                pass


def only_compared(module: ast.Module, name: str, functions: Functions) -> Iterator[ast.Constant]:
    """
    The texts *name* that methods of the code are given which only compare them: ``account.custom("note")``.

    Where they look among something of their own for what is called so.
    """
    known: dict[tuple[str, int], bool] = {}
    for call in ast.walk(module):
        match call:
            case ast.Call(func=ast.Attribute(attr=method), args=args):
                for position, text in enumerate(args):
                    if isinstance(text, ast.Starred):
                        break
                    if not isinstance(text, ast.Constant) or text.value != name:
                        continue
                    asked = (method, position)
                    if asked not in known:
                        found = list(functions(method))
                        known[asked] = bool(found) and all(_compares(f, position) for f in found)
                    if known[asked]:
                        yield text
            case _:
                pass


def _compares(function: ast.FunctionDef, position: int) -> bool:
    """Whether a method does nothing with what it is given at *position* but to compare it."""
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    if parameters[:1] not in (["self"], ["cls"]) or position + 1 >= len(parameters):
        return False
    given = parameters[position + 1]
    sides = {
        side
        for node in ast.walk(function)
        if isinstance(node, ast.Compare)
        and all(isinstance(o, ast.Eq | ast.NotEq | ast.Is | ast.IsNot) for o in node.ops)
        for side in (node.left, *node.comparators)
    }
    said = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == given]
    return bool(said) and all(n in sides for n in said)


def given_to_others(
    module: ast.Module, name: str, model: str, classes: Classes
) -> Iterator[ast.keyword]:
    """
    The arguments *name* of calls of classes that are none of *model*, and have nothing of that name themselves.

    What such a class is given is no column's value: ``OrderShown(note="...")``, nor is what a
    library's field of a form is: ``CharField(required=False)``. A factory that
    names its model hands it on, and so may a class that has an attribute or a parameter *name*.
    """
    known: dict[str, bool] = {}
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id=made) | ast.Attribute(attr=made), keywords=keywords):
                for keyword in keywords:
                    if keyword.arg != name or made == model:
                        continue
                    if made not in known:
                        known[made] = _apart(made, name, model, classes)
                    if known[made]:
                        yield keyword
            case _:
                pass


def _apart(made: str, name: str, model: str, classes: Classes) -> bool:
    """Whether *made* is a class of the code that neither leads to *model* nor knows *name*."""
    waiting, seen = [made], set[str]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        found = list(classes(one))
        if one == model:
            return False
        if one == made and not found:
            return made.endswith("Field")
        for node in found:
            if any(_knows(inner, name) for inner in ast.walk(node)):
                return False
            waiting += (ast.unparse(base).rpartition(".")[2] for base in node.bases)
    return True


def _knows(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=said) | ast.arg(arg=said) | ast.Attribute(attr=said):
            return said in {name, "model"}
        case ast.Constant(value=str(said)):
            return said == name
        case ast.Call(func=handed, keywords=keywords):
            # Whatever it is given may go on to somebody.
            return (
                any(k.arg is None for k in keywords) and ast.unparse(handed) != "super().__init__"
            )
        case _:
            return False
