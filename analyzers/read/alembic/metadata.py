"""
SQLAlchemy's declarative models and tables, read statically.

Classic ``Column``, ``Mapped[]`` with ``mapped_column``, mixins, ``declared_attr``
where it returns a column, ``__table_args__``, association tables,
Flask-SQLAlchemy and SQLModel. The reading is meant to be compared with another
reading of the same code: what is not understood is left out on both sides.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from analyzers.frozen import dataclass
from analyzers.read.alembic.attribute_targets import AttributeTargets
from analyzers.read.alembic.class_bodies import (
    MAPPED_WHOLE,
    binding,
    body_with_tables,
    rounds_with_tables,
)
from analyzers.read.alembic.class_columns import ClassColumns
from analyzers.read.alembic.classes import (
    Hierarchy,
    ModelClass,
    lineage,
    own_base,
)
from analyzers.read.alembic.column_calls import (
    is_declared,
    is_table_model,
)
from analyzers.read.alembic.constraints import index_of
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.index_places import owner_of, with_columns_of
from analyzers.read.alembic.mapped_names import MappedNames
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.naming import INDEX_NAMES, by_convention, snake_case
from analyzers.read.alembic.own_table import MappedTable, OwnTable
from analyzers.read.alembic.table_calls import TableCalls
from analyzers.read.alembic.table_options import gives_options, is_option
from analyzers.read.alembic.together import (
    bind_of,
    binds_apart,
    extensions_apart,
    merged,
    one_of_each,
    typed_references,
)
from analyzers.read.alembic.versioned import Recipes, with_history
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source
from analyzers.trees import Tree
from analyzers.vocabulary import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The tables of one tree by name, and the files that could not be read."""

    tables: Mapping[str, MappedTable] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    half_read: frozenset[str] = frozenset()
    """The files that may make more tables, in loops that are not gone through."""


def read_metadata(
    tree: Tree,
    paths: Sequence[str],
    dialect: str,
    meant: Callable[[MappedTable], bool] = lambda _: True,
) -> Metadata:
    """The tables that the models in *paths* map; of several with one name one that is *meant*."""
    return _Reader(tree, dialect).read(paths, meant)


class _Reader:
    def __init__(self, tree: Tree, dialect: str) -> None:
        self._modules = Modules(tree)
        self._dialect = dialect
        self._half_read: set[str] = set()
        self._recipes: Recipes = {}
        self._values = ModelValues(self._modules)
        self._hierarchy = Hierarchy(self._modules, self._values)
        self._names = MappedNames(self._hierarchy)
        self._targets = AttributeTargets(self._modules, self._table_of, self._said_by)
        self._calls = TableCalls(
            self._modules, self._values, self._hierarchy, self._targets, dialect
        )
        self._columns = ClassColumns(
            self._modules, self._values, self._hierarchy, self._names, self._targets, dialect
        )

    def read(self, paths: Sequence[str], meant: Callable[[MappedTable], bool]) -> Metadata:
        every: list[MappedTable] = []
        unreadable = []
        inherited: list[tuple[str, MappedTable]] = []
        for path in paths:
            module = self._modules.at(path)
            if module is None:
                unreadable.append(path)
                continue
            try:
                for name, found in self._module_tables(module):
                    if not meant(found):
                        continue
                    if name.startswith("+"):
                        inherited.append((name[1:], found))
                    else:
                        every.append(found)
            except RecursionError:
                unreadable.append(path)
        tables = one_of_each(binds_apart(extensions_apart(every)))
        for name, extra in inherited:
            if name in tables:
                tables[name] = merged(tables[name], extra)
        return Metadata(
            tables=typed_references(tables),
            unreadable=tuple(sorted(unreadable)),
            half_read=frozenset(self._half_read),
        )

    def _module_tables(self, module: Module) -> Iterator[tuple[str, MappedTable]]:
        for statement in module.tree.body:
            match statement:
                case ast.ClassDef():
                    made = self._hierarchy.class_of(statement, module)
                    found = self._class_table(made)
                    if found is not None:
                        yield from with_history(made, *found, self._recipes)
                    body = body_with_tables(statement, module)
                    if body is not None:
                        yield from self._module_tables(body)
                case ast.For():
                    rounds = rounds_with_tables(statement, module)
                    if rounds is None:
                        self._half_read.add(module.path)
                    for one in rounds or ():
                        yield from self._module_tables(one)
                case (
                    ast.Assign(value=ast.Call())
                    | ast.AnnAssign(value=ast.Call())
                    | ast.Expr(value=ast.Call())
                ):
                    table = self._calls.read(statement, module)
                    if table is not None:
                        yield table.table.name, table
                    else:
                        yield from self._index_call(statement, module)
                case _:
                    pass

    def _table_of(self, node: ast.ClassDef, module: Module) -> MappedTable | None:
        found = self._class_table(self._hierarchy.class_of(node, module))
        return found[1] if found is not None else None

    def _said_by(self, node: ast.ClassDef, module: Module, attribute: str) -> Value:
        """What the class or one above it says of *attribute*, in a method or without one."""
        made = self._hierarchy.class_of(node, module)
        for owner in lineage(made):
            match binding(owner.node, attribute):
                case ast.FunctionDef() as method if is_declared(method):
                    return self._hierarchy.returned_by(method, owner, made)
                case ast.FunctionDef():
                    return None
                case ast.stmt():
                    return self._hierarchy.inherited_value(owner, attribute, node.name)
                case _:
                    pass
        return None

    def _class_table(self, made: ModelClass) -> tuple[str, MappedTable] | None:
        whole = self._whole_table(made)
        if whole is not None:
            return whole.table.name, whole
        if isinstance(binding(made.node, MAPPED_WHOLE), ast.Assign | ast.AnnAssign):
            # Whatever it is, it is not made of the class's name and attributes.
            return None
        if made.base is None and not made.unknown_parent:
            return None
        if self._hierarchy.body_value(made, "__abstract__") is True or made.base == own_base(made):
            return None
        if made.kind == "sqlmodel" and not is_table_model(made.node):
            return None
        own = OwnTable(self._dialect, known=not made.unknown_parent)
        self._columns.collect(made, own)
        name = self._table_name(made, own)
        if name is None:
            return None
        if not own.columns and not name.startswith("+"):
            return None
        self._table_args(self._names.written_args(made), made.module, own)
        own.default_schema = made.schema
        table = own.finish(name.lstrip("+"), made.convention, made.node.name)
        place = Place(made.module.path, made.node.lineno, made.node.end_lineno or made.node.lineno)
        mapped_table = MappedTable(
            table=table,
            place=place,
            base=made.home or f"unknown:{made.unknown_parent}",
            extension=made.extension,
            bind=self._bind(made),
            columns_at=dict(own.places),
            attributes=dict(own.attributes),
            enums=dict(own.enums),
            by_default=own.by_default,
            schema=own.schema_for_filters,
            info=own.info if own.readable else Opaque("info"),
            informed=own.informed,
            infos=dict(own.infos),
            options=dict(own.options),
            identities=dict(own.identities),
            counted=dict(own.counted),
            unclear=frozenset(own.unclear),
            beyond=frozenset(made.unknown) if own.complete else frozenset(),
            named=own.schema is not None or own.readable,
            index_names=made.convention.get("ix", INDEX_NAMES),
        )
        return ("+" if name.startswith("+") else "") + table.name, mapped_table

    def _bind(self, made: ModelClass) -> str:
        """The other database that a class of Flask-SQLAlchemy stands in; other bases do not ask."""
        if made.kind != "flask":
            return ""
        return bind_of(self._hierarchy.inherited_value(made, "__bind_key__", made.node.name))

    def _whole_table(self, made: ModelClass) -> MappedTable | None:
        """The table that the class is given whole: ``__table__ = Table("orders", Base.metadata, ...)``."""
        said = binding(made.node, MAPPED_WHOLE)
        if not isinstance(said, ast.Assign | ast.AnnAssign):
            return None
        found = self._calls.read(said, made.module)
        if found is None:
            return None
        return replace(found, table=replace(found.table, model=made.node.name))

    def _table_name(self, made: ModelClass, own: OwnTable) -> str | None:
        """The table's name; with a ``+`` in front where its columns go to a parent's table."""
        written = self._names.written_name(made)
        if isinstance(written, str):
            return written
        if isinstance(written, Opaque | Call | Ref):
            return None
        # Flask-SQLAlchemy names a table for each class that brings a primary key.
        if made.kind == "flask" and any(column.primary_key for column in own.columns):
            return snake_case(made.node.name)
        for parent in lineage(made)[1:]:
            if self._names.is_mapped(parent):
                theirs = OwnTable(self._dialect, known=not parent.unknown_parent)
                self._columns.collect(parent, theirs)
                above = self._table_name(parent, theirs)
                if above is not None:
                    self._table_args(self._names.written_args(parent), parent.module, theirs)
                    own.schema, own.written_schema = theirs.schema, theirs.written_schema
                    own.readable &= theirs.readable
                    return f"+{above.lstrip('+')}"
        if made.kind == "flask":
            return snake_case(made.node.name)
        if made.kind == "sqlmodel":
            return made.node.name.lower()
        return None

    def _table_args(self, value: Value, module: Module, own: OwnTable, depth: int = 5) -> None:
        value = self._values.normal(value, module)
        items = value if isinstance(value, list | tuple) else [value]
        for item in items:
            if isinstance(item, dict):
                schema = item.get("schema")
                own.schema = schema if isinstance(schema, str) else own.schema
                own.written_schema = item.get("schema", own.written_schema)
                own.info = item.get("info", own.info)
                own.comment = item.get("comment", own.comment)
                own.options |= {k: v for k, v in item.items() if is_option(k)}
            elif isinstance(item, Call):
                if self._gives_options(item, module):
                    own.options["?"] = item
                else:
                    own.member(self._targets.written_out(item, module))
            elif item is not None and (above := self._args_of(item, module)) and depth > 0:
                self._table_args(*above, own, depth - 1)
            elif item is not None:
                own.complete = own.readable = False

    def _args_of(self, item: Value, module: Module) -> tuple[Value, Module] | None:
        """What another class has as its own, ``Base.__table_args__``, and the module of that class."""
        owner, _, attribute = name_or_source(item).lstrip("*").rpartition(".")
        if attribute != "__table_args__":
            return None
        found: object = module.scope.look_up(owner)
        home = module
        if not isinstance(found, ast.ClassDef):
            found, home = self._modules.definition(owner, module.path) or (None, module)
        if not isinstance(found, ast.ClassDef):
            return None
        made = self._hierarchy.class_of(found, home)
        return self._names.written_args(made), made.module

    def _gives_options(self, call: Call, module: Module) -> bool:
        """Whether *call* is of a function that returns options of the database alone, or nothing."""
        found: object = module.scope.look_up(call.func)
        if not isinstance(found, ast.FunctionDef):
            found, _ = self._modules.definition(call.func, module.path) or (None, None)
        return isinstance(found, ast.FunctionDef) and gives_options(found)

    def _index_call(
        self, statement: ast.Assign | ast.AnnAssign | ast.Expr, module: Module
    ) -> Iterator[tuple[str, MappedTable]]:
        """
        An index that stands after its class or its table, as an addition to that.

        ``Index("ix", Post.title)``, ``Index("ix", tags.c.name)``.
        """
        node = statement.value
        if not isinstance(node, ast.Call) or "Index" not in ast.unparse(node.func):
            return
        owners = dict.fromkeys(filter(None, map(owner_of, ast.walk(node))))
        tables = {name: t for name in owners if (t := self._table_called(name, module)) is not None}
        if len(tables) != 1:
            return
        ((owner_name, (name, owner)),) = tables.items()
        written = with_columns_of(owner_name, owner.attributes, node)
        call = self._values.normal(evaluate(written, module.scope), module)
        if not isinstance(call, Call) or call.func.rpartition(".")[2] != "Index":
            return
        if len(call.args) < 2:
            return
        index = index_of(call)
        if index.name is None and all(column.isidentifier() for column in index.columns):
            made = by_convention(owner.index_names, owner.table.name, index.columns, None)
            index = replace(index, name=made)
        table = replace(owner.table, columns=(), constraints=(), indexes=(index,))
        yield f"+{name.lstrip('+')}", replace(owner, table=table)

    def _table_called(self, name: str, module: Module) -> tuple[str, MappedTable] | None:
        """The table that *module* calls *name*: that of a class, or one that is made by a call."""
        holder = module.scope.look_up(name)
        if isinstance(holder, ast.ClassDef):
            return self._class_table(self._hierarchy.class_of(holder, module))
        for statement in module.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=bound)], value=ast.Call()) if bound == name:
                    table = self._calls.read(statement, module)
                    return (table.table.name, table) if table is not None else None
                case _:
                    pass
        return None
