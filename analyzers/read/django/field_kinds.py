"""Which calls make fields that migrations know of."""

from __future__ import annotations

import ast

from analyzers.read.django.libraries import FIELD_CLASSES
from analyzers.read.project import Project
from analyzers.read.values import Call, Value

PRIVATE_FIELDS = frozenset({"GenericForeignKey", "GenericRelation"})


class FieldKinds:
    """The field classes of a project; each is looked at once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._field_class: dict[str, bool] = {}
        self._adding: dict[str, bool] = {"": False}

    def is_field(self, value: Value) -> bool:
        """Whether *value* makes a model field that migrations know of."""
        if not isinstance(value, Call):
            return False
        name = value.func
        last = name.rpartition(".")[2]
        if last in PRIVATE_FIELDS:
            return False
        if name.startswith(("django.db.models.", "django.contrib.")):
            return last.endswith(("Field", "ForeignKey", "CompositePrimaryKey"))
        if name in FIELD_CLASSES:
            return True
        if name not in self._field_class:
            self._field_class[name] = self._derives_from_field(name, last)
        return self._field_class[name]

    def adds_others(self, value: Value) -> bool:
        """Whether the class of the field *value* gives its model further fields."""
        name = value.func if isinstance(value, Call) else ""
        if name not in self._adding:
            found = self.project.find_class(name)
            self._adding[name] = found is not None and any(
                isinstance(s, ast.FunctionDef)
                and s.name == "contribute_to_class"
                and "add_to_class(" in ast.unparse(s)
                for owner in self.project.mro(found)
                for s in owner.node.body
            )
        return self._adding[name]

    def _derives_from_field(self, name: str, last: str) -> bool:
        found = self.project.find_class(name)
        if found is None:
            return last.endswith(
                ("Field", "ForeignKey", "TaggableManager")
            ) and not name.startswith(("django.forms.", "rest_framework.", "graphene."))
        if any(_private_only(owner.node) for owner in self.project.mro(found)):
            return False
        for above in sorted(self.project.ancestors(found)):
            tail = above.rpartition(".")[2]
            if tail in PRIVATE_FIELDS or above.startswith(("django.forms.", "rest_framework.")):
                return False
            if above in FIELD_CLASSES or (
                tail.endswith(("Field", "ForeignKey")) and self.project.find_class(above) is None
            ):
                return True
        return False


def _private_only(node: ast.ClassDef) -> bool:
    """Whether a field class keeps its fields apart from those that migrations hold."""
    return any(
        isinstance(n, ast.keyword)
        and n.arg == "private_only"
        and isinstance(n.value, ast.Constant)
        and n.value.value is True
        for n in ast.walk(node)
    )
