"""Whether migrations hold the arguments of a project's own class, such as a validator, as they were given."""

from __future__ import annotations

import ast

from analyzers.read.modules import ClassFound
from analyzers.read.project import Project
from analyzers.read.values import Call, Ref

DECORATOR = "django.utils.deconstruct.deconstructible"
VALIDATORS = "django.core.validators."
_PLAIN = ("builtins.", "typing.", "abc.")


def keeps_arguments(project: Project, dotted: str) -> bool:
    """Whether ``deconstruct`` of the class *dotted* gives what its constructor was called with."""
    found = project.find_class(dotted)
    if found is None:
        return False
    for entry in project.linear(found):
        if isinstance(entry, str):
            if entry.startswith(VALIDATORS):
                return True
            if not entry.startswith(_PLAIN):
                return False
            continue
        if any(_is_the_decorator(entry, node) for node in entry.node.decorator_list):
            return True
        if entry.node.decorator_list:
            return False
        own = [s for s in entry.node.body if getattr(s, "name", "") == "deconstruct"]
        if own:
            return _hands_back(own[0]) and any(_keeps(s) for s in entry.node.body)
    return False


def _is_the_decorator(found: ClassFound, node: ast.expr) -> bool:
    value = found.module.evaluator.evaluate(node)
    return (isinstance(value, Ref) and value.name == DECORATOR) or (
        isinstance(value, Call) and value.func == DECORATOR
    )


def _hands_back(function: ast.stmt) -> bool:
    """``return (a path, self.args, self.kwargs)`` and nothing else."""
    match function:
        case ast.FunctionDef(
            body=[*_, ast.Return(value=ast.Tuple(elts=[_, args, kwargs]))] as body
        ):
            plain = all(isinstance(s, ast.Expr) for s in body[:-1])
            return plain and [ast.unparse(args), ast.unparse(kwargs)] == [
                "self.args",
                "self.kwargs",
            ]
        case _:
            return False


def _keeps(function: ast.stmt) -> bool:
    """``__init__(self, *args, **kwargs)`` that keeps both."""
    match function:
        case ast.FunctionDef(
            name="__init__",
            args=ast.arguments(vararg=ast.arg(arg="args"), kwarg=ast.arg(arg="kwargs")),
        ) if len(function.args.args) == 1:
            lines = {ast.unparse(s) for s in function.body}
            return lines == {"self.args = args", "self.kwargs = kwargs"}
        case _:
            return False
