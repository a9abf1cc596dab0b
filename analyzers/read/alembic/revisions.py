"""
Revision files: what Alembic reads of one, and what the file means.

The header (``revision``, ``down_revision``, ``branch_labels``, ``depends_on``)
is evaluated from the syntax tree; nothing is run.
"""

from __future__ import annotations

import ast
import hashlib
import re

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.alembic.meaning import meaning_parts
from analyzers.read.cache import Cache
from analyzers.read.sources import Unparsed, parse
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Key, Migration, Place

_LEGACY_NAME = re.compile(r"([a-f0-9]+)\.py$")
"""Files of Alembic 0.1 carry their id in the name alone."""

_CREATED = re.compile(r"^Create Date:\s*(\S.*?)\s*$", re.MULTILINE)
IMPORTED = "import:"
"""Begins an id that stands in another module: ``import:package.module.NAME``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision file as read; free of its path, so that it can be kept by content."""

    revision: str
    down: tuple[str, ...]
    labels: tuple[str, ...]
    depends_on: tuple[str, ...]
    line: int
    """The line of ``revision``."""
    down_line: int
    down_end_line: int
    message: str | None
    created: str | None
    """The date of the docstring, as it stands there."""
    statements: int
    """Statements in ``upgrade``."""
    imports: tuple[str, ...] = ()
    """The dotted names that it imports, but for SQLAlchemy's and Alembic's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file of a version location whose revision cannot be known statically."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRevision:
    """A file that declares no revision; Alembic itself refuses it."""


Reading = Revision | Unreadable | NoRevision


def read_revision(tree: Tree, path: str, cache: Cache) -> Reading:
    """What the file *path* of a version location says."""
    name = path.rpartition("/")[2]
    legacy = _LEGACY_NAME.match(name)
    # The name takes part for legacy files alone.
    key = f"{tree.oid(path)}:{legacy[1] if legacy else ''}"
    kept: Reading | None = cache.get("alembic-revision-8", key)
    if kept is None:
        kept = parse_revision(tree.read(path), legacy[1] if legacy else None)
        cache.put("alembic-revision-8", key, kept)
    return kept


def parse_revision(content: bytes, legacy_id: str | None = None) -> Reading:
    """What a revision file's text says; *legacy_id* is the id its name would give."""
    module = parse(content)
    if isinstance(module, Unparsed):
        return Unreadable(line=module.line, reason=module.reason)
    names = _Names(module)
    if "revision" not in names.assigned:
        if legacy_id is None or "down_revision" not in names.assigned:
            return NoRevision()
        identifier: object = legacy_id
    else:
        identifier = names.value("revision")
    line = names.line("revision")
    if not isinstance(identifier, str):
        return Unreadable(line=line, reason="`revision` is not a text that can be known statically")
    if "down_revision" not in names.assigned:
        return Unreadable(
            line=line, reason="there is no `down_revision`; Alembic cannot load the file"
        )
    values: dict[str, tuple[str, ...]] = {}
    for name in ("down_revision", "branch_labels", "depends_on"):
        ids = _identifiers(names.value(name)) if name in names.assigned else ()
        if ids is None:
            reason = f"`{name}` cannot be known statically"
            return Unreadable(line=names.line(name), reason=reason)
        values[name] = ids
    down = names.assigned["down_revision"]
    docstring = ast.get_docstring(module) or ""
    upgrade = names.function("upgrade")
    created = _CREATED.search(docstring)
    return Revision(
        revision=identifier,
        down=values["down_revision"],
        labels=values["branch_labels"],
        depends_on=values["depends_on"],
        line=line,
        down_line=down.lineno,
        down_end_line=down.end_lineno or down.lineno,
        message=docstring.partition("\n")[0].strip() or None,
        created=created[1] if created else None,
        statements=len(_body(upgrade)) if upgrade else 0,
        imports=_imported(module),
    )


def revision_meaning(
    content: bytes, dialect: str = "", *, sure: bool = False
) -> tuple[tuple[str, str], ...]:
    """
    Hashes by part of what a revision file does; asked of those alone that are compared.

    What only the database *dialect* takes for the same differs where it is not given; some
    of it as well where it is not *sure* that this is the database.
    """
    module = parse(content)
    if isinstance(module, Unparsed):
        return (("code", hashlib.sha256(content).hexdigest()[:16]),)
    names = _Names(module)
    header: dict[str, tuple[str, ...]] = {
        name: (_identifiers(names.value(name)) or ()) if name in names.assigned else ()
        for name in ("down_revision", "branch_labels", "depends_on")
    }
    identifier = names.value("revision") if "revision" in names.assigned else None
    return meaning_parts(module, str(identifier), header, content, dialect, sure=sure)


def _imported(module: ast.Module) -> tuple[str, ...]:
    found: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=source, names=names):
                found |= {f"{source}.{a.name}" if source else a.name for a in names}
            case _:
                pass
    own = {"sqlalchemy", "alembic", "typing", "collections", "datetime", "__future__"}
    return tuple(sorted(name for name in found if name.partition(".")[0] not in own))


def migration_of(reading: Revision, path: str, app: str) -> Migration:
    """*reading* as a node of the graph called *app*."""
    return Migration(
        key=Key(app, reading.revision),
        framework=Framework.ALEMBIC,
        path=path,
        place=Place(path, reading.line, reading.line),
        parents=tuple(Key(app, identifier) for identifier in reading.down),
        parents_place=Place(path, reading.down_line, reading.down_end_line),
        depends_on=tuple(Key(app, identifier) for identifier in reading.depends_on),
        initial=not reading.down,
        branch_labels=reading.labels,
        message=reading.message,
        operation_count=reading.statements,
        held=reading,
    )


class _Names:
    """The module-level names of a revision file; evaluated on demand."""

    def __init__(self, module: ast.Module) -> None:
        self._module = module
        self.assigned: dict[str, ast.Assign | ast.AnnAssign] = {}
        self._imported = _sources(module)
        self._steps = 0
        self._asked: set[str] = set()
        for statement in module.body:
            match statement:
                case ast.Assign(targets=targets):
                    for target in targets:
                        if isinstance(target, ast.Name):
                            self.assigned[target.id] = statement
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                    self.assigned[name] = statement
                case _:
                    pass

    def line(self, name: str) -> int:
        return self.assigned[name].lineno if name in self.assigned else 1

    def function(self, name: str) -> ast.FunctionDef | None:
        return next(
            (s for s in self._module.body if isinstance(s, ast.FunctionDef) and s.name == name),
            None,
        )

    def value(self, name: str) -> object:
        """The value of a module-level name; ``...`` where it cannot be known."""
        statement = self.assigned.get(name)
        if statement is None or statement.value is None:
            return ...
        if name in self._asked or len(self._asked) >= limits.HEADER_NAMES:
            return ...
        self._asked.add(name)
        try:
            return self._evaluate(statement.value)
        except RecursionError:
            # An expression thousands of terms long.
            return ...
        finally:
            self._asked.discard(name)

    def _evaluate(self, node: ast.expr) -> object:
        self._steps += 1
        if self._steps > limits.HEADER_STEPS:
            return ...
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                if name not in self.assigned and name in self._imported:
                    return IMPORTED + self._imported[name]
                return self.value(name)
            case ast.Attribute():
                dotted = ast.unparse(node)
                first, _, rest = dotted.partition(".")
                if first not in self._imported or not re.fullmatch(r"[\w.]+", dotted):
                    return ...
                return f"{IMPORTED}{self._imported[first]}.{rest}"
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                values = [self._evaluate(item) for item in items]
                return ... if any(value is ... for value in values) else tuple(values)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                one, two = self._evaluate(left), self._evaluate(right)
                if isinstance(one, str) and isinstance(two, str):
                    return ... if IMPORTED in one + two else one + two
                if isinstance(one, tuple) and isinstance(two, tuple):
                    return one + two
                return ...
            case ast.JoinedStr(values=parts):
                texts = [self._evaluate(part) for part in parts]
                known = all(isinstance(t, str) and IMPORTED not in t for t in texts)
                return "".join(map(str, texts)) if known else ...
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return self._evaluate(value)
            case ast.Call(func=ast.Name(id="tuple" | "list" | "str"), args=[value], keywords=[]):
                return self._evaluate(value)
            case _:
                return ...


def _identifiers(value: object) -> tuple[str, ...] | None:
    """A header value as a tuple of texts, as Alembic makes one; None where it is something else."""
    # An empty text was none for Alembic until it became strict about it, and old roots have it.
    if value is None or value in ((), ""):
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        # Order among several parents says nothing; doubles neither.
        return tuple(dict.fromkeys(value))
    return None


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements of *function* that do something: no docstring, no ``pass``."""
    return [
        statement
        for statement in function.body
        if not isinstance(statement, ast.Pass)
        and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ]


def _sources(module: ast.Module) -> dict[str, str]:
    """Local names to where they are imported from; leading dots where that is relative."""
    found: dict[str, str] = {}
    for statement in module.body:
        match statement:
            case ast.Import(names=names):
                for alias in names:
                    if alias.asname or "." not in alias.name:
                        found[alias.asname or alias.name] = alias.name
            case ast.ImportFrom(module=source, names=names, level=level):
                dots = "." * level
                for alias in names:
                    inner = f"{source}.{alias.name}" if source else alias.name
                    found[alias.asname or alias.name] = dots + inner
            case _:
                pass
    return found
