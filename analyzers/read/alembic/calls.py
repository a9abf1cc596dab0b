"""What is known of one of a revision's calls that reach the database."""

from __future__ import annotations

import ast

from analyzers.frozen import dataclass
from analyzers.read.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class OpCall:
    """
    One call that reaches the database.

    ``name`` is Alembic's (``add_column``), or ``recreate`` (a batch that copies its table), ``execute``, ``type`` (an enum
    made or dropped by itself), ``code`` (Python that reads or writes rows),
    ``opaque`` (a helper that cannot be followed).
    """

    name: str
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()
    line: int
    end_line: int
    node: ast.AST | None = None
    """The call itself; None once it is kept, with its words."""
    words: str = ""
    autocommit: bool = False
    guarded: bool = False
    """Under a condition that is not known statically."""
    loops: bool = False
    """In a loop that does not end after a known number of rounds."""
    batch: tuple[str | None, str | None] | None = None
    """Table and ``recreate`` of the ``batch_alter_table`` around it."""
    schema: str | None = None

    @property
    def text(self) -> str:
        """The call's source, shortened. It is asked of few: most calls are known."""
        if self.node is None:
            return self.words
        try:
            text = " ".join(ast.unparse(self.node).split())
        except RecursionError:
            # An expression thousands of terms long.
            return "..."
        return text if len(text) <= 200 else f"{text[:197]}..."

    def get(self, position: int, name: str, default: Value = None) -> Value:
        """The argument at *position*, or called *name*."""
        if 0 <= position < len(self.args):
            return self.args[position]
        return next((value for key, value in self.kwargs if key == name), default)

    def option(self, name: str, default: Value = None) -> Value:
        """The keyword argument *name*."""
        return next((value for key, value in self.kwargs if key == name), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What ``batch_alter_table`` gives: operations on one table."""

    table: str | None
    recreate: str | None
    schema: str | None
