"""The fields that a model's class makes itself: in its body, and by what stands below it in its module."""

from __future__ import annotations

import ast
import re

from analyzers.read.django.companions import with_currencies
from analyzers.read.django.field_kinds import FieldKinds, of_literal
from analyzers.read.django.model_class import FieldDef
from analyzers.read.django.shape import Shape
from analyzers.read.modules import ClassFound, spelled, unpacked
from analyzers.read.names import as_run
from analyzers.read.project import Project
from analyzers.read.values import Opaque
from analyzers.vocabulary import Place

_MANAGER = re.compile("manager|queryset|tracker|signal", re.IGNORECASE)


def own_fields(project: Project, kinds: FieldKinds, found: ClassFound, shape: Shape) -> None:
    """Give *shape* the fields that the body of *found* makes, and what is done to the class below it."""
    path = found.module.path
    own: dict[str, FieldDef] = {}
    for statement in as_run(found.node.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name), _, *_], value=ast.Call() as node):
                # ``default = lookup = TextField()``: one field, which keeps its first name.
                value = kinds.given(project.evaluate_in(found, node))
                if kinds.is_field(value):
                    end = statement.end_lineno or statement.lineno
                    own[name] = FieldDef(value, path, statement.lineno, end)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=node)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as node)
            ):
                shape.unclear.pop(name, None)
                if isinstance(node, ast.Constant) and node.value is None:
                    shape.fields.pop(name, None)
                    own.pop(name, None)
                    continue
                named = isinstance(node, ast.Name | ast.Attribute | ast.IfExp | ast.BoolOp)
                if not named and (not isinstance(node, ast.Call) or of_literal(node)):
                    # Whatever it is, it takes the place of an abstract parent's field.
                    shape.fields.pop(name, None)
                    continue
                value = kinds.given(project.evaluate_in(found, node))
                if kinds.is_field(value):
                    end = statement.end_lineno or statement.lineno
                    own[name] = FieldDef(value, path, statement.lineno, end)
                elif named:
                    shape.fields.pop(name, None)
                    if isinstance(value, Opaque) and _makes_fields(node):
                        shape.incomplete.append(f"attribute {name}")
                elif isinstance(value, Opaque):
                    called = node.func if isinstance(node, ast.Call) else node
                    if _MANAGER.search(value.text) or kinds.makes_none(
                        project.evaluate_in(found, called)
                    ):
                        continue
                    shape.incomplete.append(f"attribute {name}")
                elif kinds.may_make(value):
                    shape.incomplete.append(f"attribute {name}")
                else:
                    if kinds.unclear(value):
                        end = statement.end_lineno or statement.lineno
                        shape.unclear[name] = Place(path, statement.lineno, end)
                    if name != "objects":
                        shape.fields.pop(name, None)
            case ast.Assign(targets=[ast.Tuple() | ast.List()]):
                for name, node in unpacked(statement):
                    shape.fields.pop(name, None)
                    value = kinds.given(project.evaluate_in(found, node))
                    if kinds.is_field(value):
                        own[name] = FieldDef(value, path, node.lineno, node.end_lineno or 0)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                # Whatever stands in the class takes the place of an abstract parent's field.
                shape.fields.pop(name, None)
            case ast.If() | ast.For() | ast.With() | ast.Try():
                if any("Field" in ast.dump(s) or "Key" in ast.dump(s) for s in [statement]):
                    shape.incomplete.append(f"a condition at line {statement.lineno}")
            case _:
                pass
    own = with_currencies(own)
    for name, definition in own.items():
        shape.fields.pop(name, None)
        if kinds.adds_others(definition.value):
            shape.incomplete.append(f"field {name} adds others")
    shape.fields.update(own)
    if not shape.abstract and not path.startswith("<") and "." not in found.qualname:
        _after(kinds, found, shape)


def _after(kinds: FieldKinds, found: ClassFound, shape: Shape) -> None:
    """``Model.add_to_class(...)`` and work on ``Model._meta`` at module level."""
    module, name = found.module, found.node.name
    for attribute, node, statement in module.added_to_classes.get(name, ()):
        value = module.evaluator.evaluate(node)
        if kinds.is_field(value):
            end = statement.end_lineno or statement.lineno
            shape.fields[attribute] = FieldDef(value, module.path, statement.lineno, end)
    shape.incomplete += (
        f"changed at line {statement.lineno}" for statement in module.changed_classes.get(name, ())
    )


def _makes_fields(node: ast.expr) -> bool:
    """Whether some part of *node* is, by its name, the call of a field class."""
    return any(
        isinstance(part, ast.Call) and spelled(part.func).endswith(("Field", "ForeignKey"))
        for part in ast.walk(node)
    )
