"""The project's own column types, ``class Labels(TypeDecorator): impl = Text``, as what a database has of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.values import Call, Opaque, Ref, Value

_DEPTH = 6
_DECIDES = frozenset(
    {"__init__", "__new__", "load_dialect_impl", "compare_against_backend", "type_engine"}
    | {"dialect_impl", "get_dbapi_type"}
)
"""Methods with which the database's type is not that of ``impl`` alone."""
_NAMED = frozenset({"Enum", "ENUM", "Interval", "PickleType", "SchemaType"})
"""Types of which the database has more than their name, or another one for each of its kinds."""
_NOT_OURS = ("sqlalchemy.", ".", "typing.", "datetime.", "*")
"""How names begin that no class of the project has, and what is no name."""
_SAYS_NOTHING = frozenset({"object", "typing.Generic", "typing_extensions.Generic", "abc.ABC"})


@dataclass(slots=True)
class _Found:
    """What the classes above one another say; *impl* is the nearest one's."""

    impl: tuple[Value, Module] | None = None
    decorates: bool = False
    known: bool = True


class OwnTypes:
    """Reads the classes of one tree."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._known: dict[int, tuple[Value, Module] | None] = {}

    def impl_of(self, said: Value, module: Module) -> tuple[Value, Module] | None:
        """
        What *said*, a type that stands in *module*, is kept as, and the module that says so.

        None for all but a ``TypeDecorator`` that changes values and nothing of the column.
        """
        name, args, kwargs = _called(said)
        if not name or name.startswith(_NOT_OURS):
            return None
        node: object = module.scope.look_up(name)
        home = module
        if not isinstance(node, ast.ClassDef):
            node, home = self._modules.definition(name, module.path) or (None, module)
        if not isinstance(node, ast.ClassDef):
            return None
        if id(node) not in self._known:
            # A class that leads to itself is none.
            self._known[id(node)] = None
            found = _Found()
            self._take(node, home, found, _DEPTH)
            whole = found.known and found.decorates
            self._known[id(node)] = found.impl if whole else None
        kept = self._known[id(node)]
        if kept is None or not (args or kwargs):
            return kept
        impl, there = kept
        # What it is called with goes to ``impl``, where that is a class.
        return (Call(impl.name, args, kwargs), there) if isinstance(impl, Ref) else None

    def _take(self, node: ast.ClassDef, home: Module, found: _Found, depth: int) -> None:
        for statement in node.body:
            match statement:
                case ast.FunctionDef(name=name) if name in _DECIDES:
                    found.known = False
                case (
                    ast.Assign(targets=[ast.Name(id="impl")], value=ast.expr() as value)
                    | ast.AnnAssign(target=ast.Name(id="impl"), value=ast.expr() as value)
                ) if found.impl is None:
                    impl = evaluate(value, home.scope)
                    found.impl = impl, home
                    found.known &= isinstance(impl, Ref | Call) and _last(impl) not in _NAMED
                case _:
                    pass
        for expression in node.bases:
            self._take_base(expression, home, found, depth)

    def _take_base(self, expression: ast.expr, home: Module, found: _Found, depth: int) -> None:
        if isinstance(expression, ast.Subscript):
            expression = expression.value
        said = evaluate(expression, home.scope)
        name = said.name if isinstance(said, Ref) else ast.unparse(expression)
        if name.startswith("sqlalchemy.") and name.endswith(".TypeDecorator"):
            found.decorates = True
            return
        local: object = home.scope.look_up(name)
        there = home
        if not isinstance(local, ast.ClassDef):
            local, there = self._modules.definition(name, home.path) or (None, home)
        if isinstance(local, ast.ClassDef) and depth > 0:
            self._take(local, there, found, depth - 1)
        elif name not in _SAYS_NOTHING:
            found.known = False


def _called(said: Value) -> tuple[str, tuple[Value, ...], tuple[tuple[str, Value], ...]]:
    match said:
        case Ref(name) | Opaque(name):
            return name, (), ()
        case Call(func, args, kwargs):
            return func, args, kwargs
        case _:
            return "", (), ()


def _last(impl: Value) -> str:
    return _called(impl)[0].rpartition(".")[2]
