"""One Django migration file to a ``Migration``, read from its syntax tree alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from analyzers.frozen import dataclass
from analyzers.limits import CONTAINER_ITEMS, SOURCE_BYTES
from analyzers.read.django.asked import asked_for
from analyzers.read.django.generated import Pairs, head
from analyzers.read.django.own_functions import OwnFunctions
from analyzers.read.evaluator import Evaluator, bind
from analyzers.read.filled import lists_added
from analyzers.read.modules import spelled
from analyzers.read.names import Names
from analyzers.read.sources import TOO_LARGE, Unparsed, absent, may_hold, parse
from analyzers.read.values import Call, Opaque, Ref, Value, as_text, iterable
from analyzers.vocabulary import Framework, Key, Migration, Place

EDGES = frozenset({"dependencies", "run_before"})
LISTS = frozenset({"operations", "dependencies", "replaces", "run_before"})

OWN = "django.db.migrations."
"""What the names of Django's own operations begin with, but for those of one database."""

SWAPPABLE = "@"
"""An app that begins with this is a setting's name: ``@AUTH_USER_MODEL``."""

_USER_S_APP = Key(f"{SWAPPABLE}AUTH_USER_MODEL", "__first__")


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of ``operations``; ``call`` is a ``Call`` or ``Opaque``."""

    call: Value
    place: Place

    @property
    def name(self) -> str:
        """The operation's dotted name, or an empty text where it cannot be known."""
        return self.call.func if isinstance(self.call, Call) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What only Django's readers need of a migration."""

    operations: tuple[Operation, ...] = ()
    operations_known: bool = True
    """False where the list itself could not be read to its end."""
    functions: tuple[str, ...] = ()
    """Dotted paths that the migration's code imports from elsewhere."""
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """The reading of one file: a migration, or why there is none."""

    migration: Migration | None = None
    problem: str | None = None
    line: int = 1
    speaks: bool = True
    """Whether a file with a problem may be a migration, as far as its bytes tell."""


NOT_A_MIGRATION = ReadFile()


def read_head(content: bytes, path: str) -> ReadFile | None:
    """The migration in *content* without what it does; None where it must be read whole."""
    said = head(content)
    if said is None:
        return None
    lines = said.dependencies_lines
    return ReadFile(
        migration=Migration(
            key=Key("", path.rpartition("/")[2].removesuffix(".py")),
            framework=Framework.DJANGO,
            path=path,
            place=Place(path, said.line, said.line),
            parents=_named(said.dependencies),
            parents_place=Place(path, *lines) if lines is not None else None,
            run_before=_named(said.run_before),
            replaces=_named(said.replaces),
            initial=said.initial,
            atomic=said.atomic,
            operation_count=len(said.operations),
            operation_names=frozenset(said.operations),
        )
    )


def _named(pairs: Pairs) -> tuple[Key, ...]:
    return tuple(Key(*pair) if pair is not None else _USER_S_APP for pair in pairs)


def read_source(content: bytes, path: str) -> ReadFile:
    """The migration in *content*; its app is empty."""
    if not may_hold(content, "Migration"):
        if len(content) > SOURCE_BYTES:
            return ReadFile(problem=f"{TOO_LARGE} It names no migration.", speaks=False)
        return NOT_A_MIGRATION
    module = parse(content)
    if isinstance(module, Unparsed):
        speaks = bool(absent(content)) or b"Migration" in content or len(content) > SOURCE_BYTES
        return ReadFile(problem=module.reason, line=module.line, speaks=speaks)
    # Of two classes of one name Python keeps the last.
    node = next(
        (s for s in reversed(module.body) if isinstance(s, ast.ClassDef) and s.name == "Migration"),
        None,
    )
    if node is None:
        line = _made_otherwise(module)
        if line is not None:
            return ReadFile(problem="its Migration is no class of this file's own", line=line)
        return NOT_A_MIGRATION
    stem = path.rpartition("/")[2].removesuffix(".py")
    package = path.rpartition("/")[0].replace("/", ".")
    names = Names(module, package=package, name=f"{package}.{stem}" if package else stem)
    bases = tuple(spelled(b) for b in node.bases)
    if any(b.rpartition(".")[2] in {"SchemaMigration", "DataMigration"} for b in bases):
        # South, the library of before Django 1.7: not Django's migrations.
        return NOT_A_MIGRATION
    if all(base == "object" for base in bases) or _is_another_thing(node, bases):
        # Another program's word: Django makes an instance of its own class.
        return NOT_A_MIGRATION
    try:
        return ReadFile(migration=_Reader(module, node, names, path, stem).read(bases))
    except RecursionError:
        return ReadFile(problem="the source is nested too deeply", line=node.lineno)


def _is_another_thing(node: ast.ClassDef, bases: Sequence[str]) -> bool:
    """Whether *node* is a model, a serializer or the like, called so in a package such as ``imap_migration``."""
    if any("Migration" in base for base in bases):
        return False
    named = {n.id for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name)}
    says = any(isinstance(s, ast.Assign | ast.AnnAssign | ast.FunctionDef) for s in node.body)
    return says and not named & (LISTS | {"atomic", "initial"})


def _made_otherwise(module: ast.Module) -> int | None:
    """The line that gives the file a ``Migration`` of which the class body is not here."""
    if any(isinstance(s, ast.ImportFrom) and s.module == "alembic" for s in module.body):
        return None
    for statement in module.body:
        match statement:
            case ast.ImportFrom(module=source, names=names) if (
                source or ""
            ) != "django.db.migrations":
                if any((alias.asname or alias.name) == "Migration" for alias in names):
                    return statement.lineno
            case ast.Assign(targets=targets):
                if any(isinstance(t, ast.Name) and t.id == "Migration" for t in targets):
                    return statement.lineno
            case ast.If() | ast.Try() | ast.With():
                for inner in ast.walk(statement):
                    if isinstance(inner, ast.ClassDef) and inner.name == "Migration":
                        return inner.lineno
            case _:
                pass
    return None


class _Reader:
    """Plays the class body: assignments, additions, loops over constants."""

    def __init__(
        self, module: ast.Module, node: ast.ClassDef, names: Names, path: str, stem: str
    ) -> None:
        self.node = node
        self.path = path
        self.stem = stem
        self.names = names
        self.evaluator = Evaluator(names)
        self.values: dict[str, Value] = {}
        self.places: dict[str, Place] = {}
        self.items: dict[str, list[tuple[Value, Place]]] = {}
        self.unknown: set[str] = set()
        self.module = module
        self.functions = OwnFunctions(module, names, self.evaluator)

    def read(self, bases: Sequence[str]) -> Migration:
        for statement in self.node.body:
            self._play(statement, {})
        self._after_the_class()
        operations = tuple(
            Operation(value, place) for value, place in self.items.get("operations", ())
        )
        known = "operations" not in self.unknown
        atomic = self.values.get("atomic", True)
        initial = self.values.get("initial")
        parents, before, replaced = map(self._keys, ("dependencies", "run_before", "replaces"))
        return Migration(
            key=Key("", self.stem),
            framework=Framework.DJANGO,
            path=self.path,
            place=Place(self.path, self.node.lineno, self.node.lineno),
            parents=parents,
            parents_place=self.places.get("dependencies"),
            parents_known=not self.unknown & {"dependencies", "run_before", "replaces"},
            run_before=before,
            replaces=replaced,
            initial=initial if isinstance(initial, bool) else None,
            atomic=atomic if isinstance(atomic, bool) else True,
            operation_count=len(operations),
            operation_names=_names_of(operations) if known else None,
            held=Content(
                operations=operations,
                operations_known=known,
                functions=asked_for(self.module, self.names),
                bases=tuple(bases),
            ),
        )

    def _play(self, statement: ast.stmt, local: Mapping[str, Value]) -> None:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if name not in LISTS:
                    self.values[name] = self.evaluator.evaluate(value, {**self.values, **local})
                self.places[name] = Place(
                    self.path, statement.lineno, statement.end_lineno or statement.lineno
                )
                self._list(name, value, local, fresh=True)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                self._list(name, value, local, fresh=False)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[argument]
                )
            ) if method in {"append", "extend"} and name in self.items:
                if method == "append":
                    self._one(name, argument, local)
                else:
                    self._list(name, argument, local, fresh=False)
            case ast.For(target=target, iter=source, body=body, orelse=[]):
                rows = iterable(self.evaluator.evaluate(source, {**self.values, **local}))
                if rows is None or len(rows) > CONTAINER_ITEMS:
                    self._lost(body)
                    return
                for item in rows:
                    bound = bind(target, item)
                    if bound is None:
                        self._lost(body)
                        return
                    for inner in body:
                        self._play(inner, {**local, **bound})
            case ast.If(test=test, body=body, orelse=other):
                value = self.evaluator.evaluate(test, {**self.values, **local})
                if isinstance(value, bool | int | str | list | tuple | dict) or value is None:
                    for inner in body if value else other:
                        self._play(inner, local)
                else:
                    self._either([*body, *other], local)
            case ast.FunctionDef(name="__init__", body=body):
                self._constructed(body)
            case ast.FunctionDef(name=name):
                self.values[name] = Ref(f"{self.names.name}.Migration.{name}")
                self.functions.add(name, statement, inside="Migration.")
            case _:
                pass

    def _either(self, body: Sequence[ast.stmt], local: Mapping[str, Value]) -> None:
        """What a condition that is not known may run: of dependencies, what may have to come first, comes first."""
        for name in EDGES & {*self.items}:
            parts = lists_added(name, body)
            if parts is not None:
                for part in parts:
                    self._extend(name, part, local)
                return
        self._lost(body)

    def _constructed(self, body: Sequence[ast.stmt]) -> None:
        """``self.dependencies = [...]`` in the constructor, which comes after the class's own."""
        for statement in body:
            match statement:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
                ) if name in LISTS:
                    self.places[name] = self._place(statement)
                    self._list(name, value, {}, fresh=True)
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="super")))):
                    pass
                case _:
                    self._lost([statement])

    def _list(self, name: str, value: ast.expr, local: Mapping[str, Value], *, fresh: bool) -> None:
        if name not in LISTS:
            return
        if fresh:
            self.items[name] = []
            self.unknown.discard(name)
        self._extend(name, value, local)

    def _extend(self, name: str, value: ast.expr, local: Mapping[str, Value]) -> None:
        match value:
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                for element in elements:
                    if isinstance(element, ast.Starred):
                        self._extend(name, element.value, local)
                    else:
                        self._one(name, element, local)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                self._extend(name, left, local)
                self._extend(name, right, local)
            case ast.Name(id=other) if other in self.items and other != name:
                self.items[name].extend(self.items[other])
            case ast.IfExp(body=body, orelse=orelse) if name in EDGES:
                # Which it is may depend on the settings: what may have to come first, comes first.
                self._extend(name, body, local)
                self._extend(name, orelse, local)
            case ast.Call(func=ast.Name(id=function)) if (
                made := self.functions.returned(function, value, {**self.values, **local})
            ) is not None:
                with self.functions.without(function):
                    self._extend(name, *made)
            case ast.Call(func=ast.Name(id=function)) if (
                name in EDGES
                and (
                    steps := self.functions.put_together(function, value, {**self.values, **local})
                )
                is not None
            ):
                with self.functions.without(function):
                    for part, names in steps:
                        self._extend(name, part, names)
            case _:
                items = iterable(self.evaluator.evaluate(value, {**self.values, **local}))
                if items is None:
                    self.unknown.add(name)
                    self.items[name].append((self.evaluator.opaque(value), self._place(value)))
                else:
                    place = self._place(value)
                    for item in items:
                        at = (
                            Place(self.path, item.line, item.end_line)
                            if isinstance(item, Call) and item.line
                            else place
                        )
                        self.items[name].append((item, at))

    def _one(self, name: str, element: ast.expr, local: Mapping[str, Value]) -> None:
        match element:
            case ast.Call(func=ast.Name(id=function)) if (
                made := self.functions.returned(function, element, {**self.values, **local})
            ) is not None:
                with self.functions.without(function):
                    self._one(name, *made)
            case _:
                value = self.evaluator.evaluate(element, {**self.values, **local})
                self.items[name].append((value, self._place(element)))

    def _place(self, node: ast.expr | ast.stmt) -> Place:
        return Place(self.path, node.lineno, node.end_lineno or node.lineno)

    def _lost(self, body: Sequence[ast.stmt]) -> None:
        """A loop or branch that cannot be followed: what it would change is not known."""
        for statement in body:
            for inner in ast.walk(statement):
                match inner:
                    case ast.Name(id=name) if name in self.items or name in LISTS:
                        pass
                    case ast.Attribute(value=ast.Name(id="self"), attr=name) if name in LISTS:
                        pass
                    case _:
                        continue
                if name not in self.unknown:
                    self.unknown.add(name)
                    self.items.setdefault(name, []).append(
                        (
                            Opaque("...", "built by a loop or a condition that cannot be followed"),
                            self._place(inner),
                        )
                    )

    def _after_the_class(self) -> None:
        """``Migration.operations.append(...)`` and ``Migration.dependencies += ...`` at module level."""
        for statement in self.module.body:
            match statement:
                case ast.AugAssign(
                    target=ast.Attribute(value=ast.Name(id="Migration"), attr=name),
                    op=ast.Add(),
                    value=value,
                ) if name in self.items:
                    self._extend(name, value, {})
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(
                            value=ast.Attribute(value=ast.Name(id="Migration"), attr=name),
                            attr=method,
                        ),
                        args=[argument],
                    )
                ) if name in self.items and method in {"append", "extend"}:
                    if method == "append":
                        self._one(name, argument, {})
                    else:
                        self._extend(name, argument, {})
                case _:
                    pass

    def _keys(self, name: str) -> tuple[Key, ...]:
        found: list[Key] = []
        for value, _ in self.items.get(name, ()):
            key = _key(value)
            if key is not None:
                found.append(key)
            else:
                self.unknown.add(name)
        return tuple(found)


def _names_of(operations: Iterable[Operation]) -> frozenset[str] | None:
    """The names of *operations*; None where one of them is not Django's own."""
    names = {operation.name for operation in operations}
    if not all(name.startswith(OWN) and name.count(".") == OWN.count(".") for name in names):
        return None
    return frozenset(name.removeprefix(OWN) for name in names)


def _key(value: Value) -> Key | None:
    match value:
        case (app, name) | [app, name] if isinstance(app, bytes) or isinstance(name, bytes):
            # What Python 2's ``squashmigrations`` wrote: ``(b"shop", "0001_initial")``.
            return _key((as_text(app), as_text(name)))
        case (str() as app, str() as name) | [str() as app, str() as name]:
            return Key(app, name)
        case Call(func=func, args=(argument, *_)) if func.endswith("swappable_dependency"):
            match argument:
                case Ref(name=setting):
                    return Key(SWAPPABLE + setting.rpartition(".")[2], "__first__")
                case str() if argument.count(".") == 1:
                    return Key(argument.partition(".")[0], "__first__")
                case _:
                    # Which setting cannot be read; nearly all are the user model's, and the
                    # dependency does no more than put that app first.
                    return _USER_S_APP
        case _:
            return None
