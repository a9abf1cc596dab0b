"""A project's own types of columns, told by what SQLAlchemy makes of them: ``impl``, ``load_dialect_impl``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from analyzers.frozen import dataclass
from analyzers.limits import HELPER_DEPTH, OWN_TYPES
from analyzers.read.alembic.class_bodies import binding
from analyzers.read.alembic.class_methods import played
from analyzers.read.alembic.evaluate import Budget, Scope, evaluate
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.types import type_object
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source

_DECORATORS = frozenset(
    {"sqlalchemy.TypeDecorator", "sqlalchemy.types.TypeDecorator"}
    | {"sqlalchemy.sql.type_api.TypeDecorator", "sqlalchemy.sql.sqltypes.TypeDecorator"}
)
_PLAIN_BASES = frozenset(
    {"object", "abc.ABC", "typing.Generic"}
    | {f"{home}.{name}" for home in ("sqlalchemy.types", "sqlalchemy.ext.mutable", "sqlalchemy")
       for name in ("Concatenable", "Indexable", "Mutable")}
)  # fmt: skip
"""Bases that say nothing of the type."""
_TELLS_OTHERWISE = frozenset(
    {"__new__", "adapt", "compare_against_backend", "dialect_impl", "get_col_spec", "impl"}
    | {"type_engine", "with_variant", "_compiler_dispatch"}
)
"""Methods of a class that make its type, or what autogenerate takes for another, by code that is not followed."""
_DIALECTS = ("postgresql", "mysql", "mariadb", "sqlite")


@dataclass(frozen=True, slots=True)
class _Owner:
    """A class that is, or that stands above, the type."""

    node: ast.ClassDef
    module: Module


@dataclass(frozen=True, slots=True)
class _Maker:
    """A function that may return a type."""

    node: ast.FunctionDef
    module: Module


class OwnTypes:
    """What SQLAlchemy makes of the types that the classes of one tree are."""

    def __init__(self, modules: Modules, normal: Callable[[Value, Module], Value]) -> None:
        """*normal* writes a value of a module in SQLAlchemy's own names."""
        self._modules = modules
        self._normal = normal
        self._within: list[ast.stmt] = []
        """Classes that are being looked into, one inside the other: one that leads to itself is none."""
        self._left = OWN_TYPES
        self._plain: dict[int, Value | None] = {}
        self._known: dict[tuple[str, str], _Owner | _Maker | None] = {}

    def of(self, value: Value, module: Module) -> Value | None:
        """The type of SQLAlchemy's own that *value* of *module* stands for; None where it is no own type, or not known."""
        called = value if isinstance(value, Call) else Call(name_or_source(value))
        found = self._definition(called.func, module)
        if found is None or found.node in self._within or self._left <= 0:
            return None
        if isinstance(found, _Maker) and not isinstance(value, Call):
            return None
        plain = not called.args and not called.kwargs
        if plain and id(found.node) in self._plain:
            return self._plain[id(found.node)]
        self._left -= 1
        self._within.append(found.node)
        try:
            made = (
                self._returned(found, called.args, called.kwargs)
                if isinstance(found, _Maker)
                else self._made(found, called.args, called.kwargs)
            )
        finally:
            self._within.pop()
        if plain and not self._within:
            self._plain[id(found.node)] = made
        return made

    def _definition(self, name: str, module: Module) -> _Owner | _Maker | None:
        if name.startswith(("sqlalchemy.", ".")):
            return None
        if (module.path, name) not in self._known:
            found: object = module.scope.look_up(name)
            home = module
            if not isinstance(found, ast.ClassDef | ast.FunctionDef):
                found, home = self._modules.definition(name, module.path) or (None, module)
            self._known[module.path, name] = (
                _Owner(found, home)
                if isinstance(found, ast.ClassDef)
                else _Maker(found, home)
                if isinstance(found, ast.FunctionDef)
                else None
            )
        return self._known[module.path, name]

    def _returned(
        self, found: _Maker, args: tuple[Value, ...], kwargs: tuple[tuple[str, Value], ...]
    ) -> Value | None:
        """The type that a function of the project returns, where it does nothing else."""
        names = _bound(found.node, args, dict(kwargs), found.module)
        if names is None or found.node.decorator_list:
            return None
        _, value = played(found.node.body, Scope(names, found.module.scope, Budget()))
        made = self._normal(value, found.module)
        varies = isinstance(made, Call) and made.func == ".with_variant"
        return made if varies or type_object(made) is not None else None

    def _made(
        self, found: _Owner, args: tuple[Value, ...], kwargs: tuple[tuple[str, Value], ...]
    ) -> Value | None:
        lineage = self._lineage(found)
        if lineage is None:
            return None
        owners, root = lineage
        if any(_TELLS_OTHERWISE & _methods(owner.node) or _compiled(owner) for owner in owners):
            return None
        for owner in owners:
            method = _method(owner.node, "__init__")
            if method is None:
                continue
            given = _handed_on(method, args, kwargs, owner.module)
            if given is None:
                return None
            args, kwargs = given
        if root not in _DECORATORS:
            return _with(Ref(root), args, kwargs)
        said = self._impl(owners, args, kwargs)
        loading = [o for o in owners if _method(o.node, "load_dialect_impl")]
        return said if not loading or said is None else self._by_dialect(loading, said)

    def _lineage(self, found: _Owner) -> tuple[list[_Owner], str] | None:
        """The classes of the tree from *found* upwards, and the class of SQLAlchemy on which they stand."""
        owners: list[_Owner] = []
        roots: list[str] = []
        waiting = [found]
        while waiting:
            owner = waiting.pop(0)
            if len(owners) > HELPER_DEPTH or any(owner.node is o.node for o in owners):
                return None
            owners.append(owner)
            for base in owner.node.bases:
                written = base.value if isinstance(base, ast.Subscript) else base
                value = evaluate(written, owner.module.scope)
                above = self._definition(name_or_source(value), owner.module)
                if isinstance(above, _Owner):
                    waiting.append(above)
                    continue
                name = name_or_source(self._normal(value, owner.module))
                if name in _DECORATORS or _is_type(name):
                    roots.append(name)
                elif name not in _PLAIN_BASES:
                    return None
        return (owners, roots[0]) if len(roots) == 1 else None

    def _impl(
        self,
        owners: Sequence[_Owner],
        args: tuple[Value, ...],
        kwargs: tuple[tuple[str, Value], ...],
    ) -> Value | None:
        """What ``impl`` is with the arguments that the type was given."""
        for owner in owners:
            node = _assigned(owner.node, "impl")
            if node is None:
                continue
            value = evaluate(node, owner.module.scope)
            if isinstance(value, Call):
                # It is made already, and takes no arguments any more.
                return self._normal(value, owner.module)
            return self._normal(_with(value, args, kwargs), owner.module)
        return None

    def _by_dialect(self, loading: Sequence[_Owner], said: Value) -> Value:
        """What ``load_dialect_impl`` returns for each dialect; *said* is the type without it."""
        found = [self._loaded(loading, said, dialect) for dialect in _DIALECTS]
        whole = found[0]
        for dialect, value in zip(_DIALECTS, found, strict=True):
            if value != found[0]:
                whole = Call(".with_variant", (whole, value, dialect))
        return whole

    def _loaded(self, loading: Sequence[_Owner], said: Value, dialect: str) -> Value:
        if not loading:
            return said
        owner, *above = loading
        method = _method(owner.node, "load_dialect_impl")
        names = [argument.arg for argument in method.args.args] if method is not None else []
        if method is None or len(names) != 2:
            return Opaque("load_dialect_impl")
        me, given = names
        scope = Scope(
            {me: Ref("self"), given: Ref("dialect")}, owner.module.scope, Budget(dialect=dialect)
        )
        _, value = played(method.body, scope)
        if isinstance(value, Call) and value.func == "dialect.type_descriptor":
            (value,) = value.args if len(value.args) == 1 else (Opaque("type_descriptor"),)
        if name_or_source(value) in {"self.impl", "self.impl_instance"}:
            return said
        if isinstance(value, Call) and value.func.endswith(".load_dialect_impl"):
            return self._loaded(above, said, dialect)
        return self._normal(value, owner.module)


def _with(value: Value, args: tuple[Value, ...], kwargs: tuple[tuple[str, Value], ...]) -> Value:
    return Call(name_or_source(value), args, kwargs) if args or kwargs else value


def _is_type(name: str) -> bool:
    """Whether *name* is a type of SQLAlchemy's that SQL has by one name. An enum is known by its members instead."""
    short = name.rpartition(".")[2]
    return short not in {"Enum", "ENUM"} and type_object(Ref(name)) is not None


def _handed_on(
    method: ast.FunctionDef,
    args: tuple[Value, ...],
    kwargs: tuple[tuple[str, Value], ...],
    module: Module,
) -> tuple[tuple[Value, ...], tuple[tuple[str, Value], ...]] | None:
    """The arguments that an ``__init__`` hands on to the class above; None where they are not certain."""
    calls = [*_calls_above(method)]
    plain = [s.value for s in method.body if isinstance(s, ast.Expr)]
    names = _bound(method, (Ref("self"), *args), dict(kwargs), module)
    if len(calls) != 1 or calls[0] not in plain or names is None:
        return None
    said = evaluate(calls[0], Scope(names, module.scope, Budget()))
    if not isinstance(said, Call) or not said.args or said.get("**") is not None:
        return None
    # ``super().__init__(...)``, or ``Base.__init__(self, ...)``: the first is what it is called on.
    return said.args[1:], said.kwargs


def _bound(
    method: ast.FunctionDef, args: tuple[Value, ...], kwargs: dict[str, Value], module: Module
) -> dict[str, Value] | None:
    """What the names in *method* stand for; None where it changes them, or does not take what it is given."""
    said = method.args
    positional = [argument.arg for argument in (*said.posonlyargs, *said.args)]
    named = {*positional, *(argument.arg for argument in said.kwonlyargs)}
    names: dict[str, Value] = {}
    for name, default in (
        *zip(positional[len(positional) - len(said.defaults) :], said.defaults, strict=True),
        *((a.arg, d) for a, d in zip(said.kwonlyargs, said.kw_defaults, strict=True) if d),
    ):
        names[name] = evaluate(default, module.scope)
    names |= dict(zip(positional, args, strict=False))
    names |= {name: value for name, value in kwargs.items() if name in named}
    more, others = args[len(positional) :], {k: v for k, v in kwargs.items() if k not in named}
    if (more and said.vararg is None) or (others and said.kwarg is None) or named - names.keys():
        return None
    names |= {said.vararg.arg: more} if said.vararg is not None else {}
    names |= {said.kwarg.arg: others} if said.kwarg is not None else {}
    spread = {said.vararg and said.vararg.arg, said.kwarg and said.kwarg.arg}
    for node in ast.walk(method):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names[name] = Opaque(name)
            case ast.Attribute(attr="impl", ctx=ast.Store()):
                return None
            case (
                ast.Attribute(value=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name))
            ) if name in spread:
                # ``kwargs.setdefault("length", 20)``
                return None
            case _:
                pass
    return names


def _calls_above(method: ast.FunctionDef) -> Iterator[ast.Call]:
    """Calls of another class's ``__init__``."""
    for node in ast.walk(method):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "__init__"
        ):
            yield node


def _assigned(node: ast.ClassDef, name: str) -> ast.expr | None:
    said = binding(node, name)
    return said.value if isinstance(said, ast.Assign | ast.AnnAssign) else None


def _method(node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    said = binding(node, name)
    return said if isinstance(said, ast.FunctionDef) else None


def _methods(node: ast.ClassDef) -> set[str]:
    return {s.name for s in node.body if isinstance(s, ast.FunctionDef)}


def _compiled(owner: _Owner) -> bool:
    """Whether a function beside the class writes its SQL: ``@compiles(Money)``."""
    return any(
        isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] == "compiles"
        and call.args
        and ast.unparse(call.args[0]) == owner.node.name
        for statement in owner.module.tree.body
        if isinstance(statement, ast.FunctionDef)
        for call in statement.decorator_list
    )
