"""What the project's own functions make: a table's name of a class's, a column by a method of a class."""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import copy, deepcopy

from analyzers import limits
from analyzers.read.alembic.class_methods import played
from analyzers.read.alembic.evaluate import Budget, Scope, evaluate, given_back
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.patterns import matched
from analyzers.read.values import Call, Ref, Value

Methods = Callable[[str], tuple[ast.FunctionDef, Module] | None]
"""The static method that a class has under a name, and the module that it stands in."""


def given_elsewhere(
    node: ast.expr | None, value: Value, scope: Scope, module: Module, modules: Modules
) -> tuple[Value, Module] | None:
    """
    What a function of another module of the repository returns, and the module; None for all other expressions.

    *value* is what *node* is in *scope*, in *module*: the call of such a function, as far as that is told by its name.
    """
    if not isinstance(node, ast.Call) or not isinstance(value, Call):
        return None
    if "." not in value.func or value.func.startswith((".", "sqlalchemy.")):
        return None
    found, home = modules.definition(value.func, module.path) or (None, module)
    made = (
        given_back(found, node, home.scope, scope) if isinstance(found, ast.FunctionDef) else None
    )
    return (evaluate(*made), home) if made is not None else None


def given_by_class(
    node: ast.expr | None, own: ast.ClassDef, scope: Scope, module: Module, modules: Modules
) -> tuple[Value, Module] | None:
    """
    What a function in the body of *own*, or a static method of another class, returns to *node*; and its module.

    None for all other expressions, and where it does more than to work out what it returns.
    """
    match node:
        case ast.Call(func=ast.Name(id=name)):
            holder: object = own
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)):
            holder = scope.look_up(owner)
            if isinstance(holder, Ref):
                holder, module = modules.definition(holder.name, module.path) or (None, module)
        case _:
            return None
    for statement in reversed(holder.body) if isinstance(holder, ast.ClassDef) else ():
        match statement:
            case ast.FunctionDef(name=found, decorator_list=[] | [ast.Name(id="staticmethod")]) if (
                found == name
            ):
                plain = copy(statement)
                plain.decorator_list = []
                made = given_back(plain, node, module.scope, scope)
                return (evaluate(*made), module) if made is not None else None
            case _:
                pass
    return None


def with_own_functions(
    node: ast.expr,
    scope: Scope,
    module: Module,
    modules: Modules,
    depth: int = limits.HELPER_DEPTH,
    methods: Methods | None = None,
) -> Value:
    """
    The value of *node* in *scope*, where functions of the repository are called with texts that are known.

    *module* is where *node* stands, *methods* are those of the class that it calls ``cls``. Of a function that does
    more than to work out what it returns nothing is known.
    """
    return evaluate(_Called(scope, module, modules, depth, methods).visit(deepcopy(node)), scope)


class _Called(ast.NodeTransformer):
    """Puts what a function returns in the place of its call, innermost first."""

    def __init__(
        self, scope: Scope, module: Module, modules: Modules, depth: int, methods: Methods | None
    ) -> None:
        self._methods = methods
        self._scope = scope
        self._module = module
        self._modules = modules
        self._depth = depth

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if node.keywords or self._depth <= 0:
            return node
        args = tuple(evaluate(arg, self._scope) for arg in node.args)
        if not args or not all(isinstance(arg, str) for arg in args):
            return node
        made = self._made(node.func, args)
        return ast.copy_location(ast.Constant(made), node) if isinstance(made, str) else node

    def _made(self, called: ast.expr, args: tuple[Value, ...]) -> Value:
        value = evaluate(called, self._scope)
        found: object = None
        home = self._module
        match called, value:
            case ast.Attribute(value=ast.Name(id="cls"), attr=name), _ if self._methods is not None:
                found, home = self._methods(name) or (None, home)
                return self._returned(found, home, args) if found is not None else None
            case ast.Name(id=name), _ if not isinstance(value, Ref):
                found = self._scope.look_up(name)
            case _, Ref(name):
                found, home = self._modules.value(name, self._module.path) or (None, home)
                holder, _, method = name.rpartition(".")
                if found is None and holder:
                    # A pattern that another module compiles.
                    pattern, _ = self._modules.value(holder, self._module.path) or (None, home)
                    return matched(f".{method}", (pattern, *args)) if _is_call(pattern) else None
            case _:
                pass
        if not isinstance(found, ast.FunctionDef) or found.decorator_list:
            return None
        return self._returned(found, home, args)

    def _returned(self, function: ast.FunctionDef, home: Module, args: tuple[Value, ...]) -> Value:
        said = function.args
        listed = [*said.posonlyargs, *said.args]
        if said.vararg or said.kwarg or said.kwonlyargs or len(listed) != len(args):
            return None
        names = dict(zip((argument.arg for argument in listed), args, strict=True))
        scope = Scope(names, home.scope, Budget())
        match [s for s in function.body if not _is_text(s)]:
            case [ast.Return(value=ast.expr() as returned)]:
                return with_own_functions(returned, scope, home, self._modules, self._depth - 1)
            case body:
                return played(body, scope)[1]


def _is_call(value: object) -> bool:
    return isinstance(value, Call)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
