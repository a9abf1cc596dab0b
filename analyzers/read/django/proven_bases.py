"""Classes that are not read, of which it is known all the same that models are made of them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from analyzers.read.django.meta_options import META_OPTIONS, own_meta
from analyzers.read.django.model_class import BASE, ModelClass
from analyzers.read.modules import ClassFound
from analyzers.read.values import Ref

_FIELD = re.compile(r"django\.db\.models\.(?:\w*Field|ForeignKey)")


def proven_bases(models: Iterable[ModelClass]) -> frozenset[str]:
    """
    The dotted paths of classes that alone can have made two or more of *models* what they are.

    *models* are those that migrations know and no class that is read makes models. Whoever
    inherits from a model's class is a model.
    """
    alone = Counter(
        reasons[0]
        for model in models
        if len(reasons := [r for r in model.incomplete if r.startswith(BASE)]) == 1
    )
    return frozenset(r.removeprefix(BASE) for r, count in alone.items() if count > 1)


_OPTIONS = frozenset(META_OPTIONS) - {"abstract", "ordering", "apps", "permissions"}
"""Options that no ``Meta`` of a form, a serializer, a filter or a factory has."""


def says_that_it_is_one(found: ClassFound) -> bool:
    """
    Whether the body of *found*, whose bases are not read, is that of a model with a table.

    It has a field of Django's, and a ``Meta`` of its own, which inherits from nothing,
    with an option that models alone have: that of an abstract class would say so.
    """
    meta = own_meta(found)
    if meta is None or meta.node.bases:
        return False
    options = set(_bound(meta.node))
    if "abstract" in options or _OPTIONS.isdisjoint(options):
        return False
    evaluator = found.module.evaluator
    for statement in found.node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name()], value=ast.Call(func=func))
                | ast.AnnAssign(target=ast.Name(), value=ast.Call(func=func))
            ):
                kind = evaluator.evaluate(func)
                if isinstance(kind, Ref) and _FIELD.fullmatch(kind.name):
                    return True
            case _:
                pass
    return False


def _bound(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                pass
