"""
What ``upgrade()`` and ``downgrade()`` call: ``op.*`` and statements, with evaluated arguments.

The body is walked, not run: branches that depend on the dialect are taken,
others are walked on both sides and marked, loops over constants are unrolled,
and functions of the same file or of the repository are followed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import field

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.alembic.branches import FindFunction, dialect_truth
from analyzers.read.alembic.call_kinds import (
    batch_of,
    begin_with,
    beginning,
    is_enum,
    is_set,
    is_table,
    loads_table,
    own_table,
    replace_batch,
    runs_sql,
)
from analyzers.read.alembic.calls import Batch, OpCall
from analyzers.read.alembic.dialects import dotted
from analyzers.read.alembic.evaluate import (
    Scope,
    bind,
    evaluate,
)
from analyzers.read.alembic.known import iterate
from analyzers.read.alembic.lambdas import asks_for_locals, without_name
from analyzers.read.alembic.module_names import bind_statement, module_scope
from analyzers.read.alembic.own_methods import working_methods
from analyzers.read.alembic.parameters import bind_parameters
from analyzers.read.values import Call, Opaque, Ref, Value

_OP = Ref("alembic.op")
_EXECUTES = frozenset({"execute", "exec_driver_sql", "scalar", "scalars", "exec"})
_ONLY_READ = frozenset({"reflect", "read_sql", "read_sql_query", "read_sql_table"})
"""What SQLAlchemy's metadata and pandas do with a connection without changing anything."""
_DATA = frozenset(
    {"query", "add", "add_all", "commit", "flush", "bulk_save_objects", "merge", "delete"}
    | {"bulk_insert_mappings", "bulk_update_mappings", "run_sync"}
)
_BINDS = ("get_bind", "get_context", "Session", "sessionmaker", "bind", "connection")


@dataclass(slots=True)
class _Walk:
    dialect: str
    find: FindFunction
    methods: frozenset[str] = frozenset()
    """Methods of the file's own classes that change the schema."""
    found: list[OpCall] = field(default_factory=list)
    autocommit: bool = False
    guarded: bool = False
    loops: bool = False
    inside: list[ast.FunctionDef] = field(default_factory=list)
    """The helpers that are being followed, outermost first."""
    held: list[tuple[ast.FunctionDef, Callable[[Value], None]]] = field(default_factory=list)
    """Context managers that are being followed, innermost last, and what runs where they yield."""
    line: int | None = None
    """The line of the revision at which a helper was entered; it stands for all inside."""
    end_line: int | None = None


def read_calls(
    module: ast.Module, function: str, dialect: str, find: FindFunction
) -> tuple[OpCall, ...] | None:
    """The calls of *function* in order; None where the file has no such function."""
    definition = next(
        (s for s in module.body if isinstance(s, ast.FunctionDef) and s.name == function), None
    )
    if definition is None:
        return None
    scope = module_scope(module).inner()
    ops = (n for n, v in scope.outer.names.items() if v == _OP) if scope.outer is not None else ()
    walk = _Walk(dialect, find, working_methods(module, frozenset(ops)))
    scope.budget.dialect = dialect
    if any(argument.arg == "op" for argument in definition.args.args):
        # Plugins' revisions are handed their operations: `def upgrade(op=None)`.
        scope.names["op"] = _OP
    _block(definition.body, scope, walk)
    return tuple(walk.found)


def _block(body: Sequence[ast.stmt], scope: Scope, walk: _Walk) -> bool:
    """Walk *body*; True where it surely returns or raises."""
    for statement in body:
        if not scope.budget.spend() or len(walk.found) > limits.OPERATIONS:
            return True
        if _statement(statement, scope, walk):
            return True
    return False


def _statement(statement: ast.stmt, scope: Scope, walk: _Walk) -> bool:
    match statement:
        case ast.Return(value=value):
            if value is not None:
                _expression(value, scope, walk)
            return True
        case ast.Raise():
            _note("raise", statement, scope, walk)
            return True
        case ast.If(test=test, body=body, orelse=orelse):
            return _branch(test, body, orelse, scope, walk)
        case ast.With(items=items, body=body):
            return _with(items, body, scope, walk)
        case ast.For(target=target, iter=source, body=body, orelse=orelse):
            _loop(target, source, body, scope, walk)
            _block(orelse, scope, walk)
        case ast.While(test=test, body=body):
            _expression(test, scope, walk)
            _within(walk, body, scope, loops=True)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            ended = _block(body, scope, walk)
            for handler in handlers:
                _within(walk, handler.body, scope, guarded=True)
            ended = _block(orelse, scope, walk) or ended
            return _block(final, scope, walk) or ended
        case ast.Expr(value=ast.Yield(value=value)) if walk.held and walk.inside[-1:] == [
            walk.held[-1][0]
        ]:
            walk.held[-1][1](evaluate(value, scope) if value is not None else None)
        case ast.Expr(value=value):
            _expression(value, scope, walk)
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            made = batch_of(value, scope) if isinstance(value, ast.Call) else None
            if made is None:
                _expression(value, scope, walk)
            bind_statement(statement, scope)
        case ast.Assert(test=test):
            _expression(test, scope, walk)
        case _:
            bind_statement(statement, scope)
    return False


def _branch(
    test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], scope: Scope, walk: _Walk
) -> bool:
    truth = dialect_truth(test, scope, walk.dialect, walk.find)
    if truth is not None:
        return _block(body if truth else orelse, scope, walk)
    one = _within(walk, body, scope, guarded=True)
    other = _within(walk, orelse, scope, guarded=True)
    if one and other and orelse:
        return True
    if one or other:
        # What follows runs only if this branch was not taken.
        walk.guarded = True
    return False


def _within(
    walk: _Walk,
    body: Sequence[ast.stmt],
    scope: Scope,
    *,
    guarded: bool = False,
    loops: bool = False,
) -> bool:
    before = (walk.guarded, walk.loops)
    walk.guarded = walk.guarded or guarded
    walk.loops = walk.loops or loops
    ended = _block(body, scope, walk)
    walk.guarded, walk.loops = before
    return ended


def _with(
    items: Sequence[ast.withitem], body: Sequence[ast.stmt], scope: Scope, walk: _Walk
) -> bool:
    before = walk.autocommit
    for position, item in enumerate(items):
        call = item.context_expr
        manager = _manager(call, scope, walk)
        if manager is not None:
            ended = _around(manager, items[position:], body, scope, walk)
            walk.autocommit = before
            return ended
        batch = batch_of(call, scope)
        if batch is not None:
            if isinstance(item.optional_vars, ast.Name):
                scope.names[item.optional_vars.id] = batch
            if batch.recreate == "always" and isinstance(call, ast.Call):
                _note("recreate", call, scope, walk, batch=batch)
            continue
        value = evaluate(call, scope)
        if dotted(value).endswith("autocommit_block()"):
            walk.autocommit = True
        elif isinstance(value, Call) and isinstance(call, ast.Call) and value.func in walk.methods:
            _note("opaque", call, scope, walk)
        if item.optional_vars is not None:
            bind(item.optional_vars, value, scope)
    ended = _block(body, scope, walk)
    walk.autocommit = before
    return ended


_Manager = tuple[ast.FunctionDef, Scope, ast.Call]


def _manager(call: ast.expr, scope: Scope, walk: _Walk) -> _Manager | None:
    """The repository's own function with ``@contextmanager`` that *call* calls, and what it stands in."""
    if not isinstance(call, ast.Call):
        return None
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    found: Value = scope.look_up(name)
    home = scope.holder(name)
    if not isinstance(found, ast.FunctionDef):
        value = evaluate(call, scope)
        named = isinstance(value, Call) and "." in value.func[1:] and value.func[0] != "."
        there = walk.find(value.func) if named else None
        if there is None:
            return None
        found, home = there
    said = (ast.unparse(decorator) for decorator in found.decorator_list)
    managed = any(text.endswith("contextmanager") for text in said)
    return (found, home, call) if managed and found not in walk.inside else None


def _around(
    manager: _Manager,
    items: Sequence[ast.withitem],
    body: Sequence[ast.stmt],
    scope: Scope,
    walk: _Walk,
) -> bool:
    """Walk what *manager*, the first of *items*, does before and after the *body*, and that in between."""
    function, home, call = manager
    outside = (walk.inside[:], walk.line, walk.end_line, walk.guarded, walk.loops)
    ends: list[bool] = []

    def inside(given: Value) -> None:
        if ends:
            # It yields in one of several branches: what it holds runs once.
            return
        within = (walk.inside, walk.line, walk.end_line, walk.guarded, walk.loops)
        held = walk.held.pop()
        walk.inside, walk.line, walk.end_line, walk.guarded, walk.loops = outside
        if items[0].optional_vars is not None:
            bind(items[0].optional_vars, given, scope)
        ends.append(_with(items[1:], body, scope, walk))
        walk.inside, walk.line, walk.end_line, walk.guarded, walk.loops = within
        walk.held.append(held)

    walk.held.append((function, inside))
    _follow(function, home, call, scope, walk)
    inside(Opaque("...", "a context manager that is not seen to yield"))
    walk.held.pop()
    return ends[0]


def _loop(
    target: ast.expr, source: ast.expr, body: Sequence[ast.stmt], scope: Scope, walk: _Walk
) -> None:
    items = iterate(evaluate(source, scope))
    if items is None:
        _expression(source, scope, walk)
        inner = scope.inner()
        bind(target, Opaque(ast.unparse(target)), inner)
        _within(walk, body, inner, loops=True)
        return
    for item in items:
        if not scope.budget.spend():
            return
        bind(target, item, scope)
        _block(body, scope, walk)


def _expression(node: ast.expr, scope: Scope, walk: _Walk) -> None:
    """Note the calls in *node* that reach the database, innermost first."""
    match node:
        case ast.Await(value=inner):
            _expression(inner, scope, walk)
        case ast.Call():
            _call(node, scope, walk)
        case ast.Constant() | ast.Name() | ast.Lambda():
            pass
        case (
            ast.ListComp(elt=element, generators=[ast.comprehension(ifs=[]) as each])
            | ast.SetComp(elt=element, generators=[ast.comprehension(ifs=[]) as each])
            | ast.GeneratorExp(elt=element, generators=[ast.comprehension(ifs=[]) as each])
        ):
            body = [ast.copy_location(ast.Expr(element), element)]
            _loop(each.target, each.iter, body, scope.inner(), walk)
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    _expression(child, scope, walk)
                elif isinstance(child, ast.comprehension):
                    _expression(child.iter, scope, walk)


def _call(node: ast.Call, scope: Scope, walk: _Walk) -> None:
    match node.func:
        case ast.Name(id=name):
            definition: Value = scope.look_up(name)
            kept = without_name(definition.text) if isinstance(definition, Opaque) else None
            if kept is not None:
                _postponed(kept, node, scope, walk)
                return
            if isinstance(definition, Opaque) and scope.binds(definition.text):
                # A function by another name: `for step in (add_orders, add_notes): step()`.
                name = definition.text
                definition = scope.look_up(name)
            if isinstance(definition, ast.FunctionDef):
                _follow(definition, scope.holder(name), node, scope, walk)
                return
        case (
            ast.Subscript(value=ast.Call(func=ast.Name(id="globals")), slice=asked)
            | ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="globals")), attr="get"),
                args=[asked, *_],
            )
        ):
            # The template for several databases: `globals()["upgrade_%s" % engine_name]()`.
            chosen = begin_with(beginning(asked), scope)
            for name, each in chosen:
                _follow(each, scope.holder(name), node, scope, walk, stands=False)
            if not chosen:
                _note("opaque", node, scope, walk)
            return
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            held: Value = scope.look_up(name)
            if isinstance(held, Batch):
                _note(attr, node, scope, walk, batch=held)
                return
            if isinstance(held, list) and attr == "append" and len(node.args) == 1:
                _append(held, name, node.args[0], scope)
        case _:
            pass
    value = evaluate(node, scope)
    if not isinstance(value, Call):
        _arguments(node, scope, walk)
        if isinstance(node.func, ast.Call):
            _expression(node.func, scope, walk)
        return
    short = value.func.rpartition(".")[2]
    if value.func.startswith("alembic.op.") and value.func.count(".") == 2:
        if short in {"get_bind", "get_context", "f", "inline_literal", "batch_alter_table"}:
            return
        if short in {"run_async", "invoke"}:
            _note("code" if short == "run_async" else "opaque", node, scope, walk)
            return
        _note(short, node, scope, walk)
        if short == "execute":
            _transaction(value.args, walk)
    elif value.func.startswith("alembic.op."):
        # op.get_bind().execute and the like come as methods; this is op.get_context.x.
        return
    elif short in walk.methods and not _of_connection(value):
        _note("opaque", node, scope, walk)
    elif short == "execution_options" and value.get("isolation_level") == "AUTOCOMMIT":
        walk.autocommit = True
    elif value.func.startswith(".") and (short in _EXECUTES or runs_sql(short, value)):
        _note("execute", node, scope, walk, skip_receiver=True)
        _receiver(node, scope, walk)
        _transaction(value.args[1:], walk)
    elif short in _EXECUTES and not value.func.startswith("sqlalchemy"):
        _note("execute", node, scope, walk)
    elif short in {"create", "drop"} and is_enum(value):
        _note("type", node, scope, walk)
    elif (said := own_table(value)) is not None:
        _note(said.func, node, scope, walk, said=said)
    elif value.func in {".create_all", ".drop_all"} or (
        value.func in {".create", ".drop"} and is_table(value)
    ):
        _note("opaque", node, scope, walk)
    elif loads_table(value):
        _note("code", node, scope, walk)
        _arguments(node, scope, walk)
    elif value.func == ".add" and is_set(value.args[0]):
        _arguments(node, scope, walk)
    elif short in _DATA and value.func.startswith("."):
        _note("code", node, scope, walk)
        _receiver(node, scope, walk)
    elif value.func.startswith("."):
        _arguments(node, scope, walk)
        _receiver(node, scope, walk)
    else:
        _foreign(value, node, scope, walk)


def _of_connection(value: Call) -> bool:
    """Whether the method *value* is called on what comes from Alembic's connection."""
    held = dotted(value.args[0]) if value.func.startswith(".") and value.args else ""
    return any(part in held for part in _BINDS)


def _postponed(made: ast.Lambda, node: ast.Call, scope: Scope, walk: _Walk) -> None:
    """Walk what *made* was kept for, ``later.append(lambda: op.drop_table("a"))``, where *node* calls it."""
    deep = scope.budget.depth >= limits.HELPER_DEPTH
    # Handed to a helper, it means the names of where it was written.
    elsewhere = bool(walk.inside) and asks_for_locals(made, scope)
    if deep or elsewhere or node.args or node.keywords:
        _note("opaque", node, scope, walk)
        return
    before = (walk.line, walk.end_line)
    walk.line, walk.end_line = walk.line or node.lineno, walk.end_line or node.end_lineno
    scope.budget.depth += 1
    _block([ast.copy_location(ast.Expr(made.body), node)], scope, walk)
    scope.budget.depth -= 1
    walk.line, walk.end_line = before


def _append(held: list[Value], name: str, item: ast.expr, scope: Scope) -> None:
    """A list of this function with one more item; a module's own is left alone: others see it as well."""
    home = scope.holder(name)
    if home.outer is not None and len(held) < limits.CONTAINER_ITEMS:
        added = [evaluate(item, scope)]
        home.names[name] = scope.budget.grown(name, held, added, [*held, *added])


def _transaction(args: Sequence[Value], walk: _Walk) -> None:
    """``op.execute("COMMIT")`` ends the revision's transaction, as many write it before CONCURRENTLY."""
    text = args[0] if args else None
    if isinstance(text, Call) and text.args:
        text = text.args[0]
    word = text.strip().rstrip(";").strip().upper() if isinstance(text, str) else ""
    if word in {"COMMIT", "END"}:
        walk.autocommit = True
    elif word in {"BEGIN", "START TRANSACTION"}:
        walk.autocommit = False


def _receiver(node: ast.Call, scope: Scope, walk: _Walk) -> None:
    if isinstance(node.func, ast.Attribute):
        _expression(node.func.value, scope, walk)


def _arguments(node: ast.Call, scope: Scope, walk: _Walk) -> None:
    for arg in (*node.args, *(keyword.value for keyword in node.keywords)):
        _expression(arg, scope, walk)


def _foreign(value: Call, node: ast.Call, scope: Scope, walk: _Walk) -> None:
    """A call of an imported function: followed where the repository has it."""
    found = walk.find(value.func) if "." in value.func else None
    if found is not None:
        found[1].budget.dialect = walk.dialect
        _follow(found[0], found[1], node, scope, walk)
        return
    if value.func.rpartition(".")[2] in {"Session", "sessionmaker", "scoped_session"}:
        # A session of the project's own; what it does is seen where it is used.
        _arguments(node, scope, walk)
        return
    harmless = ("sqlalchemy", "logging", "datetime", "uuid", "json", "os", "time", "print", "len")
    if value.func.startswith(harmless) or "." not in value.func:
        _arguments(node, scope, walk)
        return
    if value.func.rpartition(".")[2] in _ONLY_READ:
        _arguments(node, scope, walk)
        return
    takes_bind = any(
        any(part in dotted(arg) for part in _BINDS) or dotted(arg).startswith("alembic.op")
        for arg in (*value.args, *(v for _, v in value.kwargs))
    )
    if takes_bind:
        _note("opaque", node, scope, walk)
    else:
        _arguments(node, scope, walk)


def _follow(
    definition: ast.FunctionDef,
    home: Scope,
    node: ast.Call,
    scope: Scope,
    walk: _Walk,
    *,
    stands: bool = True,
) -> None:
    """
    Walk a helper's body with its parameters bound to the call's arguments.

    *home* is what the helper stands in; *stands* says that the call's line stands for all of it.
    """
    if definition in walk.inside:
        # A function that calls itself: what it does has been seen.
        return
    if len(walk.inside) >= limits.HELPER_DEPTH:
        _note("opaque", node, scope, walk)
        return
    inner = home.inner()
    inner.budget = scope.budget
    bind_parameters(definition, node, scope, inner)
    entered = stands and walk.line is None
    if entered:
        walk.line, walk.end_line = node.lineno, node.end_lineno or node.lineno
    before = walk.guarded
    walk.inside.append(definition)
    _block(definition.body, inner, walk)
    walk.inside.pop()
    walk.guarded = before
    if entered:
        walk.line = walk.end_line = None


def _note(
    name: str,
    node: ast.Call | ast.stmt,
    scope: Scope,
    walk: _Walk,
    *,
    batch: Batch | None = None,
    skip_receiver: bool = False,
    said: Call | None = None,
) -> None:
    """Keep the call *node*; *said* is what it means in Alembic's own words, where it is written in others."""
    args: tuple[Value, ...] = said.args if said is not None else ()
    kwargs: tuple[tuple[str, Value], ...] = said.kwargs if said is not None else ()
    if isinstance(node, ast.Call) and said is None:
        value = evaluate(replace_batch(node, batch), scope)
        if isinstance(value, Call):
            args, kwargs = value.args, value.kwargs
            if skip_receiver or (value.func.startswith(".") and name in {"execute", "code"}):
                args = args[1:]
            elif name == "type":
                kwargs = (*kwargs, ("verb", value.func))
    walk.found.append(
        OpCall(
            name=name,
            args=args,
            kwargs=kwargs,
            line=walk.line or node.lineno,
            end_line=walk.end_line or node.end_lineno or node.lineno,
            node=node,
            autocommit=walk.autocommit,
            guarded=walk.guarded,
            loops=walk.loops,
            batch=(batch.table, batch.recreate) if batch else None,
            schema=batch.schema if batch else None,
        )
    )
