"""
What a revision file does, as hashes by part: equal ones leave a database in the same state.

Layout, comments (SQL's too), docstrings, annotations, quotes, the imports themselves, what is only
printed or logged, timeouts, and Python defaults of a column that is added do not count.
"""

from __future__ import annotations

import ast
import hashlib
import re
import string
from collections.abc import Iterable, Mapping, Sequence

from analyzers.read.alembic.argument_forms import (
    as_declared,
    as_operated,
    by_parameter,
    of_table,
    with_ddl,
)
from analyzers.read.alembic.bound_connections import by_get_bind, through_operations
from analyzers.read.alembic.conditions import as_asked, as_compared
from analyzers.read.alembic.idle_arguments import alters_nothing, without_check_of_enum
from analyzers.read.alembic.kept_defaults import with_moments, with_truths
from analyzers.read.alembic.linted import dictionaries, gathered_once, without_keys
from analyzers.read.alembic.local_values import bare_texts, without_locals
from analyzers.read.alembic.older_calls import as_inspected, as_reflected, as_told_once, unbound
from analyzers.read.alembic.sessions import as_opened
from analyzers.read.alembic.sql_layout import laid_out
from analyzers.read.alembic.statement_calls import (
    as_assigned,
    as_executed,
    by_keyword,
    ended,
    inspected,
    one_by_one,
    reflected,
    unlisted,
)
from analyzers.read.alembic.statement_clauses import clauses_apart
from analyzers.read.alembic.types import type_object
from analyzers.read.lint_expressions import placed
from analyzers.read.lint_forms import unlinted
from analyzers.read.six_names import as_python_3
from analyzers.read.sources import Unparsed, parse
from analyzers.read.speaking import is_logger, only_said
from analyzers.read.values import Ref

HEADER = ("revision", "down_revision", "branch_labels", "depends_on")
"""The names of a revision file that Alembic reads."""


def meaning_parts(
    module: ast.Module,
    identifier: str,
    header: Mapping[str, Sequence[str]],
    content: bytes,
    dialect: str,
    *,
    sure: bool = False,
) -> tuple[tuple[str, str], ...]:
    """
    The parts for the database *dialect*, sorted by name; *module*'s tree is changed on the way.

    *sure* is whether that is known to be the database, and the only one.
    """
    try:
        return _parts(module, identifier, header, dialect=dialect, sure=sure)
    except RecursionError:
        # An expression thousands of terms long: then only equal bytes mean the same.
        return (("code", hashlib.sha256(content).hexdigest()[:16]),)


def as_written(content: bytes) -> str:
    """
    A hash that is equal when nothing but layout, comments, docstrings, annotations and imports differ.

    What means the same may have two of them.
    """
    module = parse(content)
    if isinstance(module, Unparsed):
        return hashlib.sha256(content).hexdigest()
    try:
        return repr(_parts(module, "", {}, exact=True))
    except RecursionError:
        return hashlib.sha256(content).hexdigest()


def _parts(
    module: ast.Module,
    identifier: str,
    header: Mapping[str, Sequence[str]],
    *,
    dialect: str = "",
    sure: bool = False,
    exact: bool = False,
) -> tuple[tuple[str, str], ...]:
    """A name is what it was imported as from SQLAlchemy and Alembic, its own last part else."""
    if not exact:
        unlinted(module)
    names = _imports(module)
    clean = _Plain(names) if exact else _Normaliser(names, dialect, dictionaries(module), sure=sure)
    parts: dict[str, str] = {"revision": identifier}
    parts.update((name, repr(sorted(header[name]))) for name in header)
    rest: list[str] = []
    for statement in module.body:
        match statement:
            case ast.FunctionDef(name="upgrade" | "downgrade" as name):
                parts[name] = clean.text(statement)
            case ast.Import() | ast.ImportFrom():
                pass
            case ast.Try() if _only_imports(statement):
                pass
            case ast.Expr(value=ast.Constant()):
                pass
            case (
                ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name))
            ) if name in HEADER:
                pass
            case ast.Assign() if is_logger(statement):
                pass
            case _:
                rest.append(clean.text(statement))
    parts["code"] = "\n".join(sorted(filter(None, rest)))
    return tuple(
        (name, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16])
        for name, text in sorted(parts.items())
    )


def _only_imports(attempt: ast.Try) -> bool:
    """Whether *attempt* takes a name from one place or another: ``try: import a`` and ``except ImportError: import b``."""
    handled = (statement for handler in attempt.handlers for statement in handler.body)
    body = (*attempt.body, *handled, *attempt.orelse, *attempt.finalbody)
    return all(isinstance(s, ast.Import | ast.ImportFrom | ast.Pass) for s in body)


def _imports(module: ast.Module) -> dict[str, str]:
    """Local names to what they stand for: full for SQLAlchemy and Alembic, the last part else."""
    found: dict[str, str] = {}
    instead: dict[str, str] = {}
    handlers = (node for node in ast.walk(module) if isinstance(node, ast.ExceptHandler))
    handled = {inner for handler in handlers for inner in ast.walk(handler)}
    for node in ast.walk(module):
        names = instead if node in handled else found
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    names[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            case ast.ImportFrom(module=source, names=aliases):
                known = (source or "").partition(".")[0] in {"sqlalchemy", "alembic"}
                for alias in aliases:
                    names[alias.asname or alias.name] = (
                        f"{source}.{alias.name}" if known else alias.name
                    )
            case _:
                pass
    return {**instead, **found}


_TIMEOUT = re.compile(
    r"\s*SET\s+(LOCAL\s+|SESSION\s+)?(\w+_timeout)\s*(=|\bTO\b)[^;]*(?:;\s*)?", re.IGNORECASE
)
_FUNCTIONS = frozenset({"sqlalchemy.sql.functions", "sqlalchemy.sql.functions.func"})
_ELSEWHERE = re.compile(
    r"sqlalchemy\.sql\.(?:expression\.)?(?P<name>func|text|table|column|select|insert|update|delete"
    r"|and_|or_|not_|null|true|false|case|cast|literal|literal_column|bindparam|exists)"
)
"""Names that SQLAlchemy has at its top as well: there they are the same things."""
_TYPE = re.compile(r"sqlalchemy\.(?:types\.|sql\.sqltypes\.)?(?P<name>[A-Z]\w*)")
"""Types, which SQLAlchemy has at its top and in modules of their own."""
_IN_ORM = re.compile(
    r"sqlalchemy\.(?:orm\.\w+|ext\.declarative(?:\.api)?)\."
    r"(?P<name>Session|sessionmaker|load_only|defer|undefer|joinedload|selectinload|subqueryload"
    r"|lazyload|immediateload|declarative_base|declared_attr|relationship)"
)
"""Names that ``sqlalchemy.orm`` has as well."""

_UTC = frozenset({"timezone.utc", "datetime.timezone.utc", "datetime.UTC"})

_CLIENT_SIDE = frozenset({"default", "onupdate", "doc", "info"})


def _sets_timeout(call: ast.Call) -> bool:
    """``op.execute("SET LOCAL lock_timeout = '5s'")``: of the session, not of the database."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "execute":
        return False
    match call.args:
        case [ast.Constant(value=str(text))] | [ast.Call(args=[ast.Constant(value=str(text))])]:
            return _TIMEOUT.fullmatch(text) is not None
        case _:
            return False


class _Plain(ast.NodeTransformer):
    """Writes a statement without annotations, docstrings, and with imported names in full."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self._imports = imports

    def text(self, statement: ast.stmt) -> str:
        """The statement's text, empty for one that does nothing; its tree is changed, so this comes last."""
        kept = self.visit(statement)
        return ast.unparse(kept) if kept is not None else ""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        node.kind = None  # u"..." is "..."
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        full = self._imports.get(node.id)
        return ast.Name(id=full, ctx=node.ctx) if full else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        for argument in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
            argument.annotation = None
        node.body = self._statements(node.body)
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if node.value is None:
            return node
        plain = ast.Assign(targets=[node.target], value=node.value)
        return ast.copy_location(plain, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = self._statements(node.body)
        self.generic_visit(node)
        return node

    @staticmethod
    def _statements(body: Iterable[ast.stmt]) -> list[ast.stmt]:
        kept = [
            statement
            for statement in body
            if not isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom)
            and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        ]
        return kept or [ast.Pass()]


class _Normaliser(_Plain):
    """Leaves out as well what a database never sees."""

    def __init__(
        self, imports: Mapping[str, str], dialect: str, dicts: frozenset[str], *, sure: bool
    ) -> None:
        super().__init__(imports)
        self._dialect = dialect
        self._sure = sure
        self._dicts = dicts

    def _full(self, node: ast.expr) -> str:
        """*node*, a dotted name, with what it was imported as."""
        first, dot, rest = ast.unparse(node).partition(".")
        return f"{self._imports.get(first, first)}{dot}{rest}"

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        super().visit_Constant(node)
        if isinstance(node.value, str):
            (node.value,) = laid_out((node.value,))
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """
        A text with placeholders, as the call of a function that nobody has.

        The standard library does not write each of them again that ``str.format`` may mean.
        """
        if all(isinstance(v, ast.Constant) for v in node.values):
            # f"..." without a placeholder is "...".
            text = "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
            return self.visit_Constant(ast.Constant(value=text))
        said = [str(v.value) for v in node.values if isinstance(v, ast.Constant)]
        plain = iter(laid_out(tuple(said)))
        parts: list[ast.expr] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                how = "" if value.conversion in (-1, ord("s")) else chr(value.conversion)
                spec = ast.unparse(value.format_spec) if value.format_spec is not None else ""
                parts += [self.visit(value.value), ast.Constant(value=how + spec)]
            else:
                parts.append(ast.Constant(value=next(plain)))
        return ast.Call(func=ast.Name(id="f", ctx=ast.Load()), args=parts, keywords=[])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        joined = _concatenated(node)
        return self.generic_visit(node) if joined is None else self.visit_JoinedStr(joined)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        named = super().visit_Name(node)
        return _by_one_name(as_python_3(named) if isinstance(named, ast.Name) else named)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return _by_one_name(as_python_3(node))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``row._mapping["a"]`` of SQLAlchemy 2 as the ``row["a"]`` of SQLAlchemy 1."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(
                value=ast.Attribute(value=row, attr="_mapping"), slice=ast.Constant(value=str())
            ):
                node.value = row
            case _:
                pass
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.Expr] | None:
        if isinstance(node.value, ast.Call) and (
            only_said(node.value) or _sets_timeout(node.value) or alters_nothing(node.value)
        ):
            return None
        if isinstance(node.value, ast.Call) and _named(node.value) == "create_table":
            # Of a table that is made and has no name here no row is written by its columns' defaults.
            _without_client_side(node.value)
        made = isinstance(node.value, ast.Call) and _named(node.value) == "create_table"
        self.generic_visit(node)
        if made and isinstance(node.value, ast.Call):
            with_ddl(node.value, self._dialect, sure=self._sure)
        if isinstance(node.value, ast.Call):
            return [ast.Expr(value=call) for call in one_by_one(node.value)]
        return node

    def visit_Pass(self, node: ast.Pass) -> ast.AST | None:
        del node  # a body may be empty here
        return None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _named(node) == "add_column":
            _without_client_side(node)
        formatted = _formatted(node)
        if formatted is not None:
            return self.visit_JoinedStr(formatted)
        executes = _named(node) == "execute"
        if executes:
            ended(node)
        self.generic_visit(node)
        if executes:
            as_executed(node)
        by_keyword(node)
        by_parameter(node)
        as_declared(node)
        as_operated(node, postgresql=self._sure and self._dialect == "postgresql")
        unlisted(node)
        reflected(node)
        inspected(node)
        as_inspected(node)
        if self._dialect == "postgresql":
            with_truths(node)
        if self._dialect in {"postgresql", "mysql", "mariadb"}:
            with_moments(node)
            without_check_of_enum(node)
        _without_calls_of_types(node)
        of_table(node)
        if _named(node) in {"add_column", "alter_column"}:
            with_ddl(node, self._dialect, sure=self._sure)
        gathered_once(node)
        made = as_python_3(clauses_apart(node))
        return as_asked(made) if isinstance(made, ast.Call) else made

    def visit_For(self, node: ast.For) -> ast.AST:
        node.iter = without_keys(node.iter, self._dicts)
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.iter = without_keys(node.iter, self._dicts)
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        self.generic_visit(node)
        return as_reflected(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        return as_compared(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """A name that nothing but a message uses is none."""
        self.generic_visit(node)
        inside = (inner for statement in node.body for inner in ast.walk(statement))
        if not any(isinstance(inner, ast.Name) and inner.id == node.name for inner in inside):
            node.name = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = as_opened(node.body, self._full)
        as_told_once(node)
        unbound(node, self._full)
        super().visit_FunctionDef(node)
        for statement in bare_texts(node):
            statement.value = as_assigned(statement.value)
        by_get_bind(node)
        without_locals(node)
        through_operations(node)
        while node.body and _returns_nothing(node.body[-1]):
            node.body = node.body[:-1]
        return node


def _named(call: ast.Call) -> str | None:
    """The name of the method that is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else None


def _without_client_side(call: ast.Call) -> None:
    """
    Take from the columns that *call* is given what only programs know of them.

    A primary key that has a default is not counted by the database.
    """
    made = [a for a in call.args if isinstance(a, ast.Call)]
    keys = [a for a in made if ast.unparse(a.func).endswith("PrimaryKeyConstraint")]
    named = {ast.unparse(a) for key in keys for a in key.args}
    for argument in made:
        said = {k.arg for k in argument.keywords}
        key = "primary_key" in said or any(ast.unparse(a) in named for a in argument.args[:1])
        kept = {"default"} if key else frozenset()
        argument.keywords = [k for k in argument.keywords if k.arg not in _CLIENT_SIDE - kept]


def _concatenated(sum_: ast.BinOp) -> ast.JoinedStr | None:
    """``"a" + b`` as the f-string that means the same; None where no term is seen to be a text."""
    terms: list[ast.expr] = []
    rest: ast.expr = sum_
    while isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Add):
        terms.insert(0, rest.right)
        rest = rest.left
    terms.insert(0, rest)
    texts = [t for t in terms if isinstance(t, ast.Constant) and isinstance(t.value, str)]
    if not texts or len(terms) < 2:
        return None
    values: list[ast.expr] = []
    for term in terms:
        if isinstance(term, ast.JoinedStr):
            inside = [*term.values]
            match values, inside:
                case [*_, ast.Constant(value=one)], [ast.Constant(value=two), *_]:
                    values[-1:] = [ast.Constant(value=f"{one!s}{two!s}")]
                    del inside[0]
                case _:
                    pass
            values += inside
        elif not isinstance(term, ast.Constant):
            made = ast.FormattedValue(value=term, conversion=-1, format_spec=None)
            values.append(placed(made))
        elif values and isinstance(values[-1], ast.Constant):
            values[-1] = ast.Constant(value=f"{values[-1].value!s}{term.value!s}")
        else:
            values.append(ast.Constant(value=term.value))
    return ast.JoinedStr(values=values)


def _by_one_name(node: ast.AST) -> ast.AST:
    """What SQLAlchemy has at its top by that name, whichever of its modules it is taken from."""
    if isinstance(node, ast.Name | ast.Attribute):
        full = ast.unparse(node)
        if full in _UTC:
            return ast.Name(id="UTC", ctx=ast.Load())
        found = _ELSEWHERE.fullmatch(full)
        if found or full in _FUNCTIONS:
            return ast.Name(id=f"sqlalchemy.{found['name'] if found else 'func'}", ctx=ast.Load())
        kind = _TYPE.fullmatch(full)
        if kind and type_object(Ref(f"sqlalchemy.{kind['name']}")) is not None:
            # Until SQLAlchemy 1.4 it had another name for one of them.
            short = "LargeBinary" if kind["name"] == "Binary" else kind["name"]
            return ast.Name(id=f"sqlalchemy.{short}", ctx=ast.Load())
        of_orm = _IN_ORM.fullmatch(full)
        if of_orm:
            return ast.Name(id=f"sqlalchemy.orm.{of_orm['name']}", ctx=ast.Load())
    return node


def _without_calls_of_types(call: ast.Call) -> None:
    """Change ``Column("a", Text())``, names in full, into ``Column("a", Text)``: both are made of an object of the class."""
    call.args = [_uncalled(argument) for argument in call.args]
    for keyword in call.keywords:
        keyword.value = _uncalled(keyword.value)


def _uncalled(given: ast.expr) -> ast.expr:
    match given:
        case ast.Call(func=ast.Name() | ast.Attribute() as made, args=[], keywords=[]) if (
            type_object(Ref(ast.unparse(made))) is not None
        ):
            return made
        case _:
            return given


def _formatted(call: ast.Call) -> ast.JoinedStr | None:
    """``"{} {name}".format(...)`` as the f-string that means the same; None for other calls."""
    match call.func:
        case ast.Attribute(value=ast.Constant(value=str(pattern)), attr="format"):
            pass
        case _:
            return None
    named = {k.arg: k.value for k in call.keywords}
    if None in named or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    values: list[ast.expr] = []
    number = 0
    try:
        for text, field, spec, conversion in string.Formatter().parse(pattern):
            if text:
                values.append(ast.Constant(value=text))
            if field is None:
                continue
            if field == "":
                field, number = str(number), number + 1
            given = call.args[int(field)] if field.isdecimal() else named[field]
            wanted = ast.JoinedStr(values=[ast.Constant(value=spec)]) if spec else None
            code = ord(conversion) if conversion else -1
            made = ast.FormattedValue(value=given, conversion=code, format_spec=wanted)
            values.append(placed(made))
    except (ValueError, KeyError, IndexError):
        # An attribute or an item of what is given, or nothing that Python takes.
        return None
    return ast.JoinedStr(values=values)


def _returns_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Return(value=None | ast.Constant(value=None)):
            return True
        case _:
            return False
