"""Which calls make fields that migrations know of."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace

from analyzers.read.django.columns import ENCRYPTS, encrypted
from analyzers.read.django.libraries import FIELD_CLASSES
from analyzers.read.django.method_expressions import NotFollowed
from analyzers.read.django.returned_fields import CONSTRAINTS, ReturnedFields
from analyzers.read.named_choices import CHOICES
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref, Value

DEPRECATED = "django_deprecate_fields.deprecate_field"
"""Gives commands that migrate the field, which may then be NULL, and all other code a mere attribute."""
LAZY = "django.utils.functional.lazy"
PRIVATE_FIELDS = frozenset(
    {"GenericForeignKey", "GenericRelation", "ImageSpecField", "PlaceholderRelationField"}
)
"""What models have of such a name and migrations know nothing of: Django's, django-imagekit's, django CMS's."""


class FieldKinds:
    """The field classes of a project; each is looked at once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._field_class: dict[str, bool] = {}
        self._returned = ReturnedFields(project)
        self._constraints = ReturnedFields(project, CONSTRAINTS)
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
        if name in ENCRYPTS:
            return encrypted(value) is not None
        if name not in self._field_class:
            self._field_class[name] = self._derives_from_field(name, last)
        return self._field_class[name]

    def given(self, value: Value) -> Value:
        """
        *value*, or the field that the function which is called makes, or is given and gives back.

        Some projects mark fields so: ``note = hidden_from_search(models.TextField())``. What a
        function makes that cannot be followed is opaque.
        """
        if not isinstance(value, Call) or self.is_field(value):
            return value
        try:
            value = self._returned.made(value)
        except NotFollowed:
            return Opaque(value.func, "made by a function")
        if not isinstance(value, Call) or self.is_field(value):
            return value
        if value.func.startswith(DEPRECATED):
            kept = value.args[0] if value.args else value.get("field_instance")
            return _nullable(kept) if isinstance(kept, Call) and self.is_field(kept) else value
        named = self.project.function_named(Ref(value.func)) if self._fields_in(value) else None
        parameter = _given_back(named[1]) if named is not None else None
        if named is None or parameter is None:
            return value
        names = [argument.arg for argument in named[1].args.args]
        at = names.index(parameter)
        found = value.args[at] if at < len(value.args) else value.get(parameter)
        return found if self.is_field(found) else value

    def constraint_given(self, value: Value) -> Value:
        """*value*, or the constraint or index that the function of the project which is called makes."""
        try:
            made = self._constraints.made(value) if isinstance(value, Call) else value
        except NotFollowed:
            return value
        if isinstance(made, Call) and isinstance(value, Call):
            return replace(made, line=value.line, end_line=value.end_line)
        return made

    def may_make(self, value: Value) -> bool:
        """Whether *value*, which is none, is a call of a function that may make a field all the same."""
        return (
            isinstance(value, Call)
            and self._fields_in(value)
            and (
                value.func.rpartition(".")[2][:1].islower()
                or self.project.function_named(Ref(value.func)) is not None
            )
        )

    def unclear(self, value: Value) -> bool:
        """Whether it is not known what *value*, which makes no field that is known, gives: a library may make one."""
        if not isinstance(value, Call):
            return False
        root, dot, rest = value.func.partition(".")
        if not dot or root == "django" or root in sys.stdlib_module_names:
            return False
        if rest.rpartition(".")[2] in PRIVATE_FIELDS:
            return False
        return self.project.find_class(value.func) is None

    def makes_none(self, called: Value) -> bool:
        """Whether *called* is known to make no field, though what it is given is not: a list of choices, a lazy text."""
        if isinstance(called, Call):
            return called.func == LAZY
        return isinstance(called, Ref) and called.name in CHOICES

    def _fields_in(self, call: Call) -> bool:
        return any(self.is_field(v) for v in (*call.args, *(v for _, v in call.kwargs)))

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
        # ``class JSONField(whichever()): ...`` is what its name says.
        return last.endswith(("Field", "ForeignKey")) and any(
            not isinstance(base, Ref)
            for o in self.project.mro(found)
            for base in self.project.bases(o)
        )


_TAKING_OUT = frozenset({"get", "pop", "popitem", "setdefault"})
"""Methods of containers that give what was put in, which may be a field."""


def of_literal(node: ast.expr) -> bool:
    """Whether *node* calls a method of a literal, such as ``{"a"}.union(others)``: no field comes of it."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in _TAKING_OUT:
            return False
        node = node.func.value
        if isinstance(
            node, ast.Constant | ast.JoinedStr | ast.Set | ast.List | ast.Tuple | ast.Dict
        ):
            return True
    return False


def _nullable(field: Call) -> Call:
    return replace(field, kwargs=tuple({**dict(field.kwargs), "null": True}.items()))


def _given_back(function: ast.FunctionDef) -> str | None:
    """The parameter that *function* gives back, where all else that it does is to set attributes of it."""
    *before, last = function.body
    match last:
        case ast.Return(value=ast.Name(id=name)) if name in {a.arg for a in function.args.args}:
            return name if all(_only_marks(s, name) for s in before) else None
        case _:
            return None


def _only_marks(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=marked), *_])):
            return marked == name
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=marked), attr=attribute)]):
            return marked == name and attribute.startswith("_")
        case _:
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
