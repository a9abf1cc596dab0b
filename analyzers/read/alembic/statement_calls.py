"""One spelling for what a connection is asked to run, as SQLAlchemy 1 and 2 want it written."""

from __future__ import annotations

import ast
import re

_BOUND = re.compile(r"(?<![:\w\\]):(?:\w|$)|\\:|%")
"""What ``text()`` makes a parameter of, and what a driver would."""

_TEXTS = "sqlalchemy.text"
_PARAMETERS = {
    "add_column": ("table_name", "column", "schema"),
    "alter_column": ("table_name", "column_name"),
    "create_check_constraint": ("constraint_name", "table_name", "condition", "schema"),
    "create_foreign_key": (
        *("constraint_name", "source_table", "referent_table"),
        *("local_cols", "remote_cols"),
    ),
    "create_index": ("index_name", "table_name", "columns", "schema"),
    "create_primary_key": ("constraint_name", "table_name", "columns", "schema"),
    "create_unique_constraint": ("constraint_name", "table_name", "columns", "schema"),
    "drop_column": ("table_name", "column_name", "schema"),
    "drop_constraint": ("constraint_name", "table_name", "type_", "schema"),
    "drop_index": ("index_name", "table_name", "schema"),
    "drop_table": ("table_name", "schema"),
    "rename_table": ("old_table_name", "new_table_name", "schema"),
}
"""What Alembic's operations take by position as well, in that order."""

_OPTIONS = frozenset({"execution_options", "bind_arguments", "bind", "mapper", "statement"})
"""Arguments of ``execute`` that are no parameters of the statement."""

_SEPARATES = re.compile(r"('[^']*'|\"[^\"]*\")")
_WHOLE = re.compile(r"--|/\*|\$|`|\bbegin\b", re.IGNORECASE)
"""In such a text a semicolon may stand within a statement."""

_HOLDS = frozenset({"parameters", "params"})
_LISTED = frozenset({"sqlalchemy.select", "sqlalchemy.case"})
"""What SQLAlchemy 1 is given in one list and SQLAlchemy 2 one by one."""


def as_executed(call: ast.Call) -> None:
    """Change *call* of ``execute``, names in full, into the one form of it."""
    if not isinstance(call.func, ast.Attribute) or not call.args:
        return
    alembic = ast.unparse(call.func.value) in {"alembic.op", "op"}
    _take_parameters(call)
    call.args[0] = _without_text(call.args[0], alembic=alembic)
    if not alembic:
        _gather(call)


def ended(call: ast.Call) -> None:
    """Take the semicolon from the end of an f-string that *call* of ``execute`` is given."""
    match call.args:
        case [ast.JoinedStr(values=[*_, ast.Constant(value=str() as last)]) as text, *_]:
            pass
        case [
            ast.Call(args=[ast.JoinedStr(values=[*_, ast.Constant(value=str() as last)]) as text]),
            *_,
        ]:
            pass
        case _:
            return
    if last.rstrip().endswith(";"):
        rest = last.rstrip()[:-1]
        text.values[-1:] = [ast.Constant(value=rest)] if rest else []


def by_keyword(call: ast.Call) -> None:
    """Change *call* of one of Alembic's operations so that each argument goes by its name, sorted."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="op" | "alembic.op"), attr=name) if (
            name in _PARAMETERS
        ):
            parameters = _PARAMETERS[name]
        case _:
            return
    if len(call.args) > len(parameters) or any(isinstance(a, ast.Starred) for a in call.args):
        return
    given = [ast.keyword(arg=p, value=a) for p, a in zip(parameters, call.args, strict=False)]
    named = [*given, *call.keywords]
    if all(k.arg for k in named) and len({k.arg for k in named}) == len(named):
        call.args, call.keywords = [], sorted(named, key=lambda k: k.arg or "")


def unlisted(call: ast.Call) -> None:
    """Change ``select([a, b])`` and ``case([a, b])``, names in full, into ``select(a, b)``."""
    match call.args:
        case [ast.List(elts=given)] if ast.unparse(call.func) in _LISTED:
            call.args = given
        case [ast.Tuple(elts=given)] if ast.unparse(call.func) == "sqlalchemy.select":
            call.args = given  # a tuple that a case is given is one of its branches
        case _:
            pass


def reflected(call: ast.Call) -> None:
    """Change ``Table("a", m, autoload=True, autoload_with=b)``, names in full: the last argument asks for it alone."""
    if ast.unparse(call.func) not in {"sqlalchemy.Table", "sqlalchemy.schema.Table"}:
        return
    if any(k.arg == "autoload_with" for k in call.keywords):
        call.keywords = [
            k
            for k in call.keywords
            if not (
                k.arg == "autoload" and isinstance(k.value, ast.Constant) and k.value.value is True
            )
        ]


def inspected(call: ast.Call) -> None:
    """Change ``Inspector.from_engine(b)`` of SQLAlchemy 1, names in full, into ``inspect(b)``."""
    if ast.unparse(call.func) in {
        "sqlalchemy.engine.reflection.Inspector.from_engine",
        "sqlalchemy.engine.Inspector.from_engine",
        "sqlalchemy.Inspector.from_engine",
    }:
        call.func = ast.Name(id="sqlalchemy.inspect", ctx=ast.Load())


def as_assigned(sql: ast.expr) -> ast.expr:
    """What is given a name that a connection is asked to run."""
    return _without_text(sql, alembic=False)


def one_by_one(call: ast.Call) -> list[ast.Call]:
    """``execute("a; b;")`` as a call for each statement; *call* alone where it cannot be taken apart."""
    match call:
        case ast.Call(
            func=ast.Attribute(attr="execute") as func,
            args=[ast.Constant(value=str(text))],
            keywords=[],
        ) if ";" in text and not _WHOLE.search(text):
            pass
        case _:
            return [call]
    statements = [""]
    for position, part in enumerate(_SEPARATES.split(text)):
        if position % 2:
            statements[-1] += part
            continue
        first, *others = part.split(";")
        statements[-1] += first
        statements += others
    return [
        ast.Call(func=func, args=[ast.Constant(value=each.strip())], keywords=[])
        for each in statements
        if each.strip()
    ] or [call]


def _without_text(sql: ast.expr, *, alembic: bool) -> ast.expr:
    """
    ``sa.text("...")`` as the text that it holds, where that is run alike.

    Alembic's own ``execute`` puts it around; a connection's takes a bare text as the driver does.
    """
    match sql:
        case ast.Call(func=made, args=[inner], keywords=[]) if ast.unparse(made) == _TEXTS:
            if alembic or binds_nothing(inner):
                return inner
        case _:
            pass
    return sql


def binds_nothing(sql: ast.expr) -> bool:
    """Whether *sql* is run alike with ``text`` around it and without."""
    return not any(_BOUND.search(text) for text in _literals(sql))


def _literals(made: ast.expr) -> list[str]:
    found = (n.value for n in ast.walk(made) if isinstance(n, ast.Constant))
    return [value for value in found if isinstance(value, str)]


def _take_parameters(call: ast.Call) -> None:
    """``execute(text(s).bindparams(a=1))`` as ``execute(text(s), {"a": 1})``."""
    match call:
        case ast.Call(
            args=[
                ast.Call(
                    func=ast.Attribute(value=ast.Call(func=made) as text, attr="bindparams"),
                    args=[],
                    keywords=[_, *_] as named,
                )
            ],
            keywords=[],
        ) if ast.unparse(made) == _TEXTS and all(k.arg for k in named):
            keys: list[ast.expr | None] = [ast.Constant(value=k.arg) for k in named]
            call.args = [text, _in_order(ast.Dict(keys=keys, values=[k.value for k in named]))]
        case _:
            pass


def _gather(call: ast.Call) -> None:
    """``execute(s, b=1, a=2)``, as SQLAlchemy 1 has it, as ``execute(s, {"a": 2, "b": 1})``."""
    match call:
        case ast.Call(args=[_], keywords=[ast.keyword(arg=str(name), value=given)]) if (
            name in _HOLDS
        ):
            call.args, call.keywords = [*call.args, given], []
        case ast.Call(args=[_], keywords=[_, *_] as named) if not any(
            k.arg is None or k.arg in _HOLDS | _OPTIONS for k in named
        ):
            keys: list[ast.expr | None] = [ast.Constant(value=k.arg) for k in named]
            made = ast.Dict(keys=keys, values=[k.value for k in named])
            call.args, call.keywords = [*call.args, made], []
        case _:
            pass
    if len(call.args) == 2:
        call.args[1] = _in_order(call.args[1])


def _in_order(parameters: ast.expr) -> ast.expr:
    """Parameters that are written out, sorted by name."""
    match parameters:
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=named) if all(
            k.arg for k in named
        ):
            pairs = [(k.arg or "", k.value) for k in named]
        case ast.Dict(keys=keys, values=values):
            pairs = [
                (key.value, value)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
            if len({name for name, _ in pairs}) < len(keys):
                return parameters
        case _:
            return parameters
    pairs.sort(key=lambda pair: pair[0])
    names: list[ast.expr | None] = [ast.Constant(value=name) for name, _ in pairs]
    return ast.Dict(keys=names, values=[value for _, value in pairs])
