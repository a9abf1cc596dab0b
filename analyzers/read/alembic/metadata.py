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
from analyzers.read.alembic.annotations import Annotation, annotation_of, mapped
from analyzers.read.alembic.attribute_targets import AttributeTargets
from analyzers.read.alembic.class_bodies import (
    MAPPED_WHOLE,
    binding,
    body_with_tables,
    bound_in_branches,
    rounds_with_tables,
)
from analyzers.read.alembic.classes import (
    Hierarchy,
    ModelClass,
    lineage,
    own_base,
    returned_expression,
    with_class,
)
from analyzers.read.alembic.column_calls import (
    column_call,
    column_like,
    is_declared,
    is_table_model,
    made_elsewhere,
    makes_column,
    may_be_none,
    sqlmodel_column,
    sqlmodel_given,
)
from analyzers.read.alembic.composites import is_composite, parts_of
from analyzers.read.alembic.enums import enum_type, with_enum
from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.index_places import of_own_columns, owner_of, with_columns_of
from analyzers.read.alembic.inherited_names import InheritedNames
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.naming import INDEX_NAMES, by_convention, snake_case
from analyzers.read.alembic.own_functions import given_elsewhere
from analyzers.read.alembic.own_table import MappedTable, OwnTable
from analyzers.read.alembic.table_calls import TableCalls
from analyzers.read.alembic.table_options import gives_options
from analyzers.read.alembic.together import (
    extensions_apart,
    merged,
    one_of_each,
    typed_references,
)
from analyzers.read.alembic.types import ColumnReading, index_of
from analyzers.read.alembic.versioned import Recipes, with_history
from analyzers.read.values import Call, Opaque, Ref, Value
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
        self._inherited = InheritedNames(self._hierarchy, self._is_mapped)
        self._targets = AttributeTargets(self._modules, self._table_of, self._said_by)
        self._calls = TableCalls(
            self._modules, self._values, self._hierarchy, self._targets, dialect
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
        tables = one_of_each(extensions_apart(every))
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
        self._collect(made, own)
        name = self._table_name(made, own)
        if name is None:
            return None
        if not own.columns and not name.startswith("+"):
            return None
        self._table_args(self._written_args(made), made.module, own)
        own.default_schema = made.schema
        table = own.finish(name.lstrip("+"), made.convention, made.node.name)
        place = Place(made.module.path, made.node.lineno, made.node.end_lineno or made.node.lineno)
        mapped_table = MappedTable(
            table=table,
            place=place,
            base=made.home or f"unknown:{made.unknown_parent}",
            extension=made.extension,
            columns_at=dict(own.places),
            attributes=dict(own.attributes),
            enums=dict(own.enums),
            by_default=own.by_default,
            schema=own.schema_for_filters,
            info=own.info if own.readable else Opaque("info"),
            informed=own.informed,
            beyond=frozenset(made.unknown) if own.complete else frozenset(),
            named=own.schema is not None or own.readable,
            index_names=made.convention.get("ix", INDEX_NAMES),
        )
        return ("+" if name.startswith("+") else "") + table.name, mapped_table

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
        written = self._written_name(made)
        if isinstance(written, str):
            return written
        if isinstance(written, Opaque | Call | Ref):
            return None
        # Flask-SQLAlchemy names a table for each class that brings a primary key.
        if made.kind == "flask" and any(column.primary_key for column in own.columns):
            return snake_case(made.node.name)
        for parent in lineage(made)[1:]:
            if self._is_mapped(parent):
                theirs = OwnTable(self._dialect, known=not parent.unknown_parent)
                self._collect(parent, theirs)
                above = self._table_name(parent, theirs)
                if above is not None:
                    self._table_args(self._written_args(parent), parent.module, theirs)
                    own.schema, own.written_schema = theirs.schema, theirs.written_schema
                    own.readable &= theirs.readable
                    return f"+{above.lstrip('+')}"
        if made.kind == "flask":
            return snake_case(made.node.name)
        if made.kind == "sqlmodel":
            return made.node.name.lower()
        return None

    def _written_name(self, made: ModelClass) -> Value:
        """``__tablename__`` of the class itself, or of a mixin or abstract base that writes it."""
        by_inheritance = self._inherited.of(made)
        if by_inheritance is not None:
            return by_inheritance[0]
        own = self._hierarchy.body_value(made, "__tablename__")
        if own is not None:
            return own
        for parent in lineage(made)[1:]:
            concrete = parent.base is not None and (
                self._hierarchy.body_value(parent, "__abstract__") is not True
                and parent.base != own_base(parent)
            )
            is_function = any(
                isinstance(s, ast.FunctionDef) and s.name == "__tablename__"
                for s in parent.node.body
            )
            if concrete and not is_function:
                continue
            found = self._hierarchy.inherited_value(parent, "__tablename__", made.node.name)
            if found is not None:
                return found
        return None

    def _written_args(self, made: ModelClass) -> Value:
        """
        ``__table_args__`` of the class itself, or of a mixin or abstract base; of a mapped parent only a method's.

        As SQLAlchemy has it: one of those must write it, what it is is then what Python finds first.
        """
        for owner in lineage(made):
            own = binding(owner.node, "__table_args__")
            if own is None or (
                owner is not made
                and self._is_mapped(owner)
                and not isinstance(own, ast.FunctionDef)
            ):
                continue
            for first in lineage(made):
                method = binding(first.node, "__table_args__")
                if isinstance(method, ast.FunctionDef):
                    return self._hierarchy.returned_by(method, first, made)
                if method is not None:
                    break
            return self._hierarchy.inherited_value(made, "__table_args__", made.node.name)
        return None

    def _collect(self, made: ModelClass, own: OwnTable) -> None:
        """The columns of *made* and of its mixins; a mapped parent's stay with its own table."""
        waiting: list[ModelClass] = [made]
        owners: list[ModelClass] = []
        while waiting and len(owners) < 100:
            owner = waiting.pop(0)
            if owner in owners or (owner is not made and self._is_mapped(owner)):
                # What a mapped parent takes from its own mixins stays with it as well.
                continue
            owners.append(owner)
            waiting = [*owner.parents, *waiting]
        for owner in owners:
            for statement in owner.node.body:
                self._attribute(statement, owner, made, own)

    def _is_mapped(self, made: ModelClass) -> bool:
        """Whether a parent class has a table of its own."""
        if made.base is None or made.base == own_base(made):
            return False
        if self._hierarchy.body_value(made, "__abstract__") is True:
            return False
        if made.kind == "sqlmodel":
            return is_table_model(made.node)
        # Flask-SQLAlchemy maps every class that is not abstract; elsewhere a class without a
        # name of its own, or one that a function makes for it, shares its parent's table.
        return (
            made.kind == "flask"
            or self._hierarchy.body_value(made, "__table__") is not None
            or self._written_name(made) is not None
        )

    def _attribute(
        self, statement: ast.stmt, owner: ModelClass, made: ModelClass, own: OwnTable
    ) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._column_value(name, value, None, statement, owner, made, own)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                bare = annotation if made.kind == "sqlmodel" and not name.startswith("_") else None
                said = self._said(annotation, owner, made, bare)
                self._column_value(name, value, said, statement, owner, made, own)
            case ast.FunctionDef(name=name) if is_declared(statement) and not name.startswith("__"):
                returned = returned_expression(statement, owner, made)
                if returned is not None:
                    said = self._said(statement.returns, owner, made)
                    value, said_by, of = returned
                    self._column_value(name, value, said, said_by, of, made, own)
                elif name not in own.seen and makes_column(statement):
                    self._method_column(statement, owner, made, own)
            case ast.If():
                # Which of its branches there is, is not known, nor what they bring.
                bound = bound_in_branches(statement)
                if any(isinstance(value, ast.Call) for value in bound.values()):
                    own.complete = False
                if "__table_args__" in bound:
                    own.complete = own.readable = False
            case _:
                pass

    def _said(
        self,
        written: ast.expr | None,
        owner: ModelClass,
        made: ModelClass,
        bare: ast.expr | None = None,
    ) -> Annotation | None:
        """What ``Mapped[...]`` says of a column; what is *bare* is taken without it."""
        inside = mapped(written, owner.module, self._modules) if written is not None else None
        inside = bare if inside is None else inside
        return self._inside(inside, owner.module, made) if inside is not None else None

    def _inside(self, inside: ast.expr, module: Module, made: ModelClass) -> Annotation:
        """What *inside*, without ``Mapped`` around it, says in the words of *module*."""
        found = annotation_of(inside, module, self._modules, made.types)
        if found.home is None:
            return found
        column = self._values.normal(found.column, found.home)
        return replace(
            found,
            type_value=self._values.normal(found.type_value, found.home),
            column=column if isinstance(column, Call) else found.column,
        )

    def _column_value(
        self,
        attribute: str,
        node: ast.expr | None,
        said: Annotation | None,
        statement: ast.stmt,
        owner: ModelClass,
        made: ModelClass,
        own: OwnTable,
    ) -> None:
        if attribute in own.seen:
            return
        scope, home = with_class(owner, made.node.name), owner.module
        value = evaluate(node, scope) if node is not None else None
        value, home = given_elsewhere(node, value, scope, home, self._modules) or (value, home)
        value = self._targets.written_out(self._values.normal(value, home), owner.module)
        if isinstance(value, Call) and is_composite(value):
            self._composite(attribute, value, statement, owner, made, own)
            return
        call = column_call(value)
        if made.kind == "sqlmodel":
            call = call or sqlmodel_given(value)
        if call is not None and call.func.rpartition(".")[2] == "Column":
            # A column that is given whole takes nothing from its annotation.
            said = None
        if call is None and said is not None and made.kind == "sqlmodel":
            call = sqlmodel_column(value, said)
        elif call is None and said is not None and node is None:
            call = None if said.plural else said.column or Call("sqlalchemy.orm.mapped_column")
        if call is None:
            if owner is made and isinstance(value, Call) and of_own_columns(node, own.attributes):
                own.member(value)
            if attribute.startswith("__") is False and column_like(value):
                own.complete = False
            if made.kind == "sqlmodel" and made_elsewhere(value):
                # A column that some function makes.
                own.complete = False
                own.seen.add(attribute)
                return
            # `id = Mixin.id` leaves the column to the mixin.
            if node is not None and not (
                isinstance(node, ast.Attribute) and node.attr == attribute
            ):
                own.seen.add(attribute)
            return
        own.seen.add(attribute)
        unsure = made.kind == "sqlmodel" and may_be_none(node, value)
        self._column(attribute, call, said, statement, owner, made, own, unsure=unsure)

    def _composite(
        self,
        attribute: str,
        value: Call,
        statement: ast.stmt,
        owner: ModelClass,
        made: ModelClass,
        own: OwnTable,
    ) -> None:
        """The columns that stand inside of *value*, each an attribute under its own name."""
        own.seen.add(attribute)
        written = statement.annotation if isinstance(statement, ast.AnnAssign) else None
        inside = mapped(written, owner.module, self._modules) if written is not None else None
        parts = parts_of(value, inside, owner.module, self._modules)
        if parts is None:
            own.complete = False
        for part in parts or ():
            said = None
            if part.annotation is not None:
                said = self._inside(part.annotation, part.home, made)
            own.seen.add(part.name)
            self._column(part.name, part.call, said, statement, owner, made, own)

    def _column(
        self,
        attribute: str,
        call: Call,
        said: Annotation | None,
        statement: ast.stmt,
        owner: ModelClass,
        made: ModelClass,
        own: OwnTable,
        *,
        unsure: bool = False,
    ) -> None:
        """Take the column that *call* makes into *own*, with what its annotation *said*."""
        if said is not None and said.column is not None and call is not said.column:
            kwargs = {**dict(said.column.kwargs), **dict(call.kwargs)}
            call = Call(call.func, (*call.args, *said.column.args), tuple(kwargs.items()))
        reading = ColumnReading(with_enum(call), self._dialect, attribute)
        column = reading.column
        if said is not None:
            untyped = reading.type_value is None and said.type_value is not None
            # SQLModel's own datetime has a time zone in newer versions and none in older ones.
            if made.kind == "sqlmodel" and (
                said.text_enum or said.type_value == Ref("sqlalchemy.DateTime")
            ):
                untyped = False
            if untyped and (reading.reference is None or made.kind == "sqlmodel"):
                typed = Call(
                    "sqlalchemy.Column", ("x", self._values.normal(said.type_value, owner.module))
                )
                column = replace(
                    column, type=ColumnReading(with_enum(typed), self._dialect).column.type
                )
            if "nullable" not in dict(call.kwargs) and not column.primary_key:
                column = replace(column, null=said.optional or (None if unsure else False))
        if said is not None and reading.type_value is None:
            enum = enum_type(self._values.normal(said.type_value, owner.module))
            if enum is not None:
                own.enums[column.name] = enum
        # A library's mixin has no place of its own here.
        at, module = (made.node, made.module) if owner.module.library else (statement, owner.module)
        own.add(attribute, replace(column, attribute=attribute), reading, at, module)

    def _method_column(
        self, method: ast.FunctionDef, owner: ModelClass, made: ModelClass, own: OwnTable
    ) -> None:
        """The column that *method* makes for the class *made*, or for some classes alone."""
        own.seen.add(method.name)
        said = self._hierarchy.returned_by(method, owner, made)
        call = column_call(self._values.normal(said, owner.module))
        if call is not None:
            reading = ColumnReading(with_enum(call), self._dialect, method.name)
            column = replace(reading.column, attribute=method.name)
            own.add(method.name, column, reading, method, owner.module)
        elif isinstance(said, Opaque):
            own.complete = False

    def _table_args(self, value: Value, module: Module, own: OwnTable) -> None:
        value = self._values.normal(value, module)
        items = value if isinstance(value, list | tuple) else [value]
        for item in items:
            if isinstance(item, dict):
                schema = item.get("schema")
                own.schema = schema if isinstance(schema, str) else own.schema
                own.written_schema = item.get("schema", own.written_schema)
                own.info = item.get("info", own.info)
                own.comment = item.get("comment", own.comment)
            elif isinstance(item, Call):
                if not self._gives_options(item, module):
                    own.member(self._targets.written_out(item, module))
            elif item is not None:
                own.complete = own.readable = False

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
