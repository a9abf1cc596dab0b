"""What a project's migrations leave out on purpose."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analyzers.read.django.model_files import module_imports
from analyzers.read.modules import Module
from analyzers.read.values import Call, Ref
from analyzers.relate.django_fields import normal_field
from analyzers.relate.gaps import Gap

if TYPE_CHECKING:
    from analyzers.relate.view import View


COSMETIC = frozenset(
    {
        "verbose_name",
        "verbose_name_plural",
        "help_text",
        "choices",
        "validators",
        "editable",
        "blank",
        "error_messages",
        "ordering",
        "permissions",
        "get_latest_by",
        "limit_choices_to",
        "related_name",
        "upload_to",
        "storage",
    }
)
"""What changes no table."""


def untracked(view: View, gaps: Mapping[tuple[str, ...], Gap]) -> frozenset[str]:
    """
    Arguments and options without a column of their own that this project's migrations leave out.

    Some projects have a ``makemigrations`` of their own that passes over
    ``verbose_name`` and the like; it names them, or it shows by how much of
    it no migration has.
    """
    lacking: dict[str, int] = {}
    for gap in gaps.values():
        aspect = gap.aspect or gap.name or ""
        if aspect in COSMETIC and not gap.held:
            lacking[aspect] = lacking.get(aspect, 0) + 1
    said: dict[str, int] = {}
    for model in view.models.found.values():
        for name in model.options:
            said[name] = said.get(name, 0) + 1
        for definition in model.fields.values():
            if isinstance(definition.value, Call):
                for name in normal_field(definition.value, view.context(model)).arguments:
                    said[name] = said.get(name, 0) + 1
    habit = {a for a, n in lacking.items() if n >= 8 and n * 2 > said.get(a, 0)}
    return frozenset(habit) | passed_over(view)


def passed_over(view: View) -> frozenset[str]:
    """What a project names where it makes ``makemigrations`` or ``Field.deconstruct`` its own, there or in what that imports."""
    named: set[str] = set()
    for path in sorted(view.project.python):
        own = path.endswith("management/commands/makemigrations.py")
        if not own and not path.endswith(_RUN_BEFORE):
            continue
        module = view.project.at(path)
        if module is None:
            continue
        imported = module_imports(module)[:50] if own else [*_deconstructing(module)]
        near = [view.project.module(name) for name in imported]
        for one in (*([module] if own else []), *near):
            if one is None or one.foreign:
                continue
            for statement in one.body:
                for node in ast.walk(statement):
                    match node:
                        case ast.Constant(value=str(text)) if text in COSMETIC:
                            named.add(text)
                        case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Name(id=kind)]):
                            # Values of a class that the command treats in its own way.
                            named.add(kind)
                        case _:
                            pass
    return frozenset(named)


_RUN_BEFORE = ("management/commands/migrate.py", "/apps.py")
"""Files that Django has loaded before it looks for changes: since 5.2 a check of it loads ``migrate`` as well."""


def _deconstructing(module: Module) -> Iterator[str]:
    """The modules of what *module* gives the fields of all models in place of their own ``deconstruct``."""
    for statement in module.body:
        match statement:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Attribute(attr="Field"), attr="deconstruct")],
                value=ast.Name(id=function),
            ):
                bound = module.names.bound.get(function)
                yield bound.name.rpartition(".")[0] if isinstance(bound, Ref) else module.name
            case _:
                pass
