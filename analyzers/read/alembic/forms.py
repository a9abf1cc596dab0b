"""
How a revision takes what ``env.py`` hands to ``run_migrations()``, and which of its lines are for which database.

Alembic's template for several databases, and Flask-Migrate's, hand over the name of the one
that is migrated: ``upgrade(engine_name)`` calls ``upgrade_<name>()``, one function for each.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.alembic.call_kinds import beginning
from analyzers.read.sources import Unparsed, parse

_UP, _DOWN = "upgrade", "downgrade"
_KEPT = 256
"""Files: a review asks for the same few again."""
_OPERATIONS = "op"
"""The parameter of plugins' revisions, which are handed their operations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The lines that are run for one *database*; the usual one of Flask-Migrate has no name."""

    database: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the functions of a revision look like."""

    parameters: str = ""
    """Those of ``upgrade``, as they are written."""
    asks: bool = False
    """Whether ``upgrade`` decides by them what it does, in a way of its own."""
    heads: str = ""
    """Where they choose the function of a database: ``upgrade`` and ``downgrade`` as they are written."""
    spans: tuple[Span, ...] = ()

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases that have functions of their own, in the order of the file."""
        return tuple(dict.fromkeys(span.database for span in self.spans))

    def database_at(self, line: int) -> str | None:
        """The database for which *line* is run; None where it stands in no function of one."""
        return next((s.database for s in self.spans if s.first <= line <= s.last), None)


@lru_cache(maxsize=_KEPT)
def form_of(content: bytes) -> Form:
    """The form of the revision file *content*; of a file that cannot be read the plain one."""
    module = parse(content) if len(content) <= limits.SOURCE_BYTES else None
    if module is None or isinstance(module, Unparsed):
        return Form()
    functions = {s.name: s for s in module.body if isinstance(s, ast.FunctionDef)}
    up, down = functions.get(_UP), functions.get(_DOWN)
    if up is None or not _named(up):
        return Form()
    try:
        parameters = ast.unparse(up.args)
    except RecursionError:
        # A default thousands of terms long.
        return Form(asks=True)
    spans = tuple(
        Span(database=name.removeprefix(prefix), first=s.lineno, last=s.end_lineno or s.lineno)
        for name, s in functions.items()
        for prefix in (f"{_UP}_", f"{_DOWN}_")
        if name.startswith(prefix)
    )
    if spans and down is not None and _chooses(up, _UP) and _chooses(down, _DOWN):
        lines = content.decode("utf-8", "replace").splitlines()
        heads = "\n\n\n".join(
            "\n".join(lines[f.lineno - 1 : f.end_lineno]).rstrip() for f in (up, down)
        )
        return Form(parameters=parameters, heads=heads, spans=spans)
    asked = {n.id for s in up.body for n in ast.walk(s) if isinstance(n, ast.Name)}
    return Form(parameters=parameters, asks=bool(asked & (_named(up) - {_OPERATIONS})))


def _named(function: ast.FunctionDef) -> set[str]:
    """The names of the parameters of *function*."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return {each.arg for each in every}


def _chooses(function: ast.FunctionDef, name: str) -> bool:
    """Whether all that *function* does is to call that of a database: ``globals()["upgrade_%s" % engine_name]()``."""
    said = [
        s
        for s in function.body
        if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]
    match said:
        case [
            ast.Expr(
                value=ast.Call(
                    func=ast.Subscript(
                        value=ast.Call(func=ast.Name(id="globals"), args=[], keywords=[]),
                        slice=asked,
                    ),
                    args=[],
                    keywords=[],
                )
            )
        ]:
            return beginning(asked) == f"{name}_"
        case _:
            return False
