"""Classes that are not read, of which it is known all the same that models are made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from analyzers.read.django.model_class import BASE, ModelClass


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
