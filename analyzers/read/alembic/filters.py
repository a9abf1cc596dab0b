"""
What an ``env.py`` leaves out of autogenerate: the functions given as ``include_object`` and ``include_name``.

They are read as far as constants go and never called: ``if type_ == "table": return
name not in IGNORED`` is understood, and ``object.info.get("skip")`` where the models
say it plainly; what asks the configuration or another module is not, and its answer
is not known.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Sequence
from dataclasses import field
from functools import lru_cache

from analyzers.frozen import dataclass
from analyzers.read.alembic.evaluate import Budget, Scope, evaluate, truth_of
from analyzers.read.alembic.module_names import bind_statement
from analyzers.read.alembic.modules import Modules
from analyzers.read.values import Opaque, Value

FILTERS = frozenset({"include_object", "include_name"})
_OBJECT = ("object", "name", "type_", "reflected", "compare_to")
_NAME = ("name", "type_", "parent_names")
_STEPS = 2000
"""Statements and expressions of one answer; where both ways of an ``if`` are taken they double."""
_CHANGING = frozenset(
    {"append", "extend", "add", "update", "insert", "remove", "discard", "clear", "pop"}
    | {"setdefault", "__setitem__"}
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One function as its text, with the constants of its module before it; empty where it is not there."""

    argument: str
    """``include_object`` or ``include_name``."""
    text: str
    imported: str = ""
    """Where it comes from, by its dotted path, where its own text is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What autogenerate asks a filter about."""

    kind: str
    """``table``, ``column``, ``index``, ``unique_constraint`` or ``foreign_key_constraint``."""
    name: str | None
    """None where it is not known."""
    table: str
    """Its table, with the schema where one is written."""
    columns: tuple[str, ...] | None = None
    """Of an index or a constraint, where they are known."""
    reflected: bool = False
    """Whether the database has it and the models do not."""
    schema: Value = field(default_factory=lambda: Opaque("schema"))
    """The schema that its table is written with, None where it is written with none."""
    info: Value = None
    """What the models tell filters of it; a dictionary, where it is known. A database says nothing."""


def filters_of(keywords: Iterable[ast.keyword], module: ast.Module) -> tuple[Filter, ...]:
    """The filters among the arguments of a ``configure(...)`` in *module*."""
    return tuple(
        Filter(keyword.arg, _text_of(keyword.value, module), _imported(keyword.value, module))
        for keyword in keywords
        if keyword.arg in FILTERS
        and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None)
    )


def found_in(filters: Iterable[Filter], modules: Modules, importer: str) -> tuple[Filter, ...]:
    """*filters*, those that the ``env.py`` at *importer* imports from its repository with their text."""
    found = []
    for each in filters:
        there = modules.definition(each.imported, importer) if each.imported else None
        if there is not None and isinstance(there[0], ast.FunctionDef):
            name = ast.Name(id=there[0].name, ctx=ast.Load())
            each = Filter(each.argument, _text_of(name, there[1].tree))
        found.append(each)
    return tuple(found)


def _imported(given: ast.expr, module: ast.Module) -> str:
    """The dotted path of a name that *module* imports, and does not define."""
    if not isinstance(given, ast.Name) or _text_of(given, module):
        return ""
    found = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
        if (alias.asname or alias.name) == given.id
    }
    return found.pop() if len(found) == 1 else ""


def taken_in(filters: Iterable[Filter], thing: Thing) -> bool | None:
    """Whether *filters* let *thing* through; None where that cannot be read."""
    try:
        answers = {_answer(each, thing) for each in filters}
    except RecursionError:
        return None
    if False in answers:
        return False
    return None if None in answers else True


def _text_of(given: ast.expr, module: ast.Module) -> str:
    if isinstance(given, ast.Lambda):
        function: ast.stmt | None = ast.FunctionDef(
            name="given", args=given.args, body=[ast.Return(given.body)], decorator_list=[]
        )
    else:
        named = [
            n
            for n in ast.walk(module)
            if isinstance(n, ast.FunctionDef) and isinstance(given, ast.Name) and n.name == given.id
        ]
        function = named[0] if len(named) == 1 and not named[0].decorator_list else None
    if function is None:
        return ""
    kept = [*_constants(module), function]
    try:
        return ast.unparse(ast.fix_missing_locations(ast.Module(kept, type_ignores=[])))
    except RecursionError:
        return ""


def _constants(module: ast.Module) -> list[ast.stmt]:
    """The assignments of *module* to names that are set once, and that nothing seems to change."""
    stored: dict[str, int] = {}
    changed: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                stored[name] = stored.get(name, 0) + 1
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
                if attr in _CHANGING:
                    changed.add(name)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                changed.add(name)
            case _:
                pass
    return [
        statement
        for statement in module.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and all(
            isinstance(target, ast.Name) and stored[target.id] == 1 and target.id not in changed
            for target in (
                statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            )
        )
    ]


@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _answer(given: Filter, thing: Thing) -> bool | None:
    if not given.text:
        return None
    module = _parsed(given.text)
    function = module.body[-1]
    assert isinstance(function, ast.FunctionDef)
    scope = Scope(budget=Budget(_STEPS))
    for statement in module.body[:-1]:
        bind_statement(statement, scope)
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    wanted = _OBJECT if given.argument == "include_object" else _NAME
    rest = function.args.vararg
    if len(parameters) > len(wanted) or (len(parameters) < len(wanted) and rest is None):
        return None
    said = dict(zip(wanted, parameters, strict=False))
    if rest is not None:
        parameters.append(rest.arg)
    inner = scope.inner({parameter: Opaque(parameter) for parameter in parameters})
    known: dict[str, Value] = {"type_": thing.kind, "reflected": thing.reflected}
    if thing.name is not None:
        known["name"] = thing.name
    if given.argument == "include_name":
        if thing.kind != "table" and not thing.reflected:
            # Names are asked of what the database has.
            return True
        known["parent_names"] = _parents(thing)
    inner.names.update({said[name]: value for name, value in known.items() if name in said})
    if given.argument == "include_name":
        return _run(function.body, inner)
    about = _AboutObject(said.get("object", ""), thing)
    return _run([about.visit(copy.deepcopy(statement)) for statement in function.body], inner)


def _parents(thing: Thing) -> dict[str, Value]:
    table = thing.table.rpartition(".")[2]
    found: dict[str, Value] = {"schema_name": Opaque("schema"), "table_name": table}
    if thing.kind == "table":
        del found["table_name"]
    return found


def _run(body: Sequence[ast.stmt], scope: Scope) -> bool | None:
    """What a function of this *body* returns, as a truth; without ``return`` it leaves all out."""
    for position, statement in enumerate(body):
        if not scope.budget.spend():
            return None
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Return(value=None):
                return False
            case ast.Return(value=ast.expr() as value):
                return truth_of(value, scope)
            case ast.If(test=test, body=then, orelse=orelse):
                rest = body[position + 1 :]
                truth = truth_of(test, scope)
                if truth is not None:
                    return _run([*(then if truth else orelse), *rest], scope)
                one = _run([*then, *rest], scope.inner())
                return one if one == _run([*orelse, *rest], scope.inner()) else None
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                scope.names[name] = evaluate(value, scope)
            case _:
                return None
    return False


class _AboutObject(ast.NodeTransformer):
    """Puts what is known of the first argument in the place of its attributes."""

    def __init__(self, parameter: str, thing: Thing) -> None:
        table = ast.Constant(thing.table.rpartition(".")[2])
        self._known: dict[str, ast.expr] = {}
        if thing.kind == "table":
            self._known[f"{parameter}.name"] = table
        else:
            self._known[f"{parameter}.table.name"] = table
            if thing.name is not None:
                self._known[f"{parameter}.name"] = ast.Constant(thing.name)
        if thing.kind == "foreign_key_constraint":
            self._known[f"{parameter}.parent.name"] = table
        if thing.schema is None or isinstance(thing.schema, str):
            of_table = parameter if thing.kind == "table" else f"{parameter}.table"
            self._known[f"{of_table}.schema"] = ast.Constant(thing.schema)
        self._info: Value = {} if thing.reflected else thing.info
        self._asks_info = f"{parameter}.info"
        self._columns = f"{parameter}.columns"
        self._names: ast.expr | None = None
        if thing.columns is not None:
            self._names = ast.Tuple([ast.Constant(c) for c in thing.columns], ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        found = self._known.get(ast.unparse(node))
        if found is not None:
            return found
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """``object.info.get("key", default)`` is what stands there."""
        self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Attribute(value=asked, attr="get"),
                args=[ast.Constant(value=key)] | [ast.Constant(value=key), ast.Constant()],
                keywords=[],
            ) if ast.unparse(asked) == self._asks_info and isinstance(self._info, dict):
                default = node.args[1] if len(node.args) > 1 else ast.Constant(value=None)
                value = self._info.get(key)
                if key not in self._info:
                    return default
                return ast.Constant(value=value) if isinstance(value, str | int) else node
            case _:
                return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._comprehension(node)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> ast.expr:
        """``[c.name for c in object.columns]`` is the columns' names; other uses of them stay unknown."""
        match node:
            case (
                ast.ListComp(
                    elt=ast.Attribute(value=ast.Name(id=one), attr="name"),
                    generators=[ast.comprehension(target=ast.Name(id=two), iter=over, ifs=[])],
                )
                | ast.GeneratorExp(
                    elt=ast.Attribute(value=ast.Name(id=one), attr="name"),
                    generators=[ast.comprehension(target=ast.Name(id=two), iter=over, ifs=[])],
                )
            ) if one == two and ast.unparse(over) == self._columns and self._names is not None:
                assert isinstance(self._names, ast.Tuple)
                return ast.List(self._names.elts, ast.Load())
            case _:
                self.generic_visit(node)
                return node
