"""Which classes have a table of their own, and what their classes and mixins write about its name and arguments."""

from __future__ import annotations

import ast

from analyzers.read.alembic.class_bodies import binding
from analyzers.read.alembic.classes import Hierarchy, ModelClass, lineage, own_base
from analyzers.read.alembic.column_calls import is_table_model
from analyzers.read.alembic.inherited_names import InheritedNames
from analyzers.read.values import Value


class MappedNames:
    """Reads ``__tablename__`` and ``__table_args__`` as SQLAlchemy finds them."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self._hierarchy = hierarchy
        self._inherited = InheritedNames(hierarchy, self.is_mapped)

    def is_mapped(self, made: ModelClass) -> bool:
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
            or self.written_name(made) is not None
        )

    def written_name(self, made: ModelClass) -> Value:
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

    def written_args(self, made: ModelClass) -> Value:
        """
        ``__table_args__`` of the class itself, or of a mixin or abstract base; of a mapped parent only a method's.

        As SQLAlchemy has it: one of those must write it, what it is is then what Python finds first.
        """
        for owner in lineage(made):
            own = binding(owner.node, "__table_args__")
            if own is None or (
                owner is not made and self.is_mapped(owner) and not isinstance(own, ast.FunctionDef)
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
