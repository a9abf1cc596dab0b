"""What the names of a module are worth, each where it is asked for."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from analyzers.limits import VALUE_PARTS
from analyzers.read.names import FROM_STARS, Late, Names
from analyzers.read.pure import BUILTINS
from analyzers.read.values import NOT_SET, Call, Opaque, Ref, Resolve, Value, canonical, ref, within


class BoundNames(ABC):
    """The values of one module's names; an expression is evaluated when its name is first asked for."""

    def __init__(self, names: Names, resolve: Resolve | None = None) -> None:
        self.names = names
        self.resolve = resolve
        self.make: Callable[[str, Call], Value] | None = None
        """What a name is that the module binds to the value of a call, where that is more than the call."""
        self.gives: Callable[[str, str], bool] = lambda star, name: True  # noqa: ARG005
        """Whether a module of which all names are imported brings this one."""
        self._busy: set[str] = set()
        self._known: dict[str, Value] = {}

    @abstractmethod
    def evaluate(
        self, node: ast.expr, local: Mapping[str, Value] | None = None, depth: int = 0
    ) -> Value:
        """The value of an expression of the module."""

    def at(self, node: ast.Name, depth: int = 0) -> Value:
        """The value of a module-level name at the line of *node*."""
        again = self.names.again.get(node.id)
        if again is None:
            return self.name(node.id, depth)
        place = bisect_left(again, node.lineno, key=itemgetter(0))
        if place == len(again):
            return self.name(node.id, depth)
        bound = again[place][1]
        if not self.names.in_a_function(node.lineno):
            return self._before(node.id, place, bound, depth)
        if place == len(again) - 1 and bound is FROM_STARS:
            return self.name(node.id, depth)
        return Opaque(f"{self.names.name}.{node.id}", "bound again before it is called")

    def _before(self, name: str, place: int, bound: Value, depth: int) -> Value:
        """What a module-level name is before it is bound again; *place* counts what it was before that."""
        key = f"{name}:{place}"
        if key not in self._known:
            self._known[key] = within(self._bound(key, bound, depth), VALUE_PARTS)
        return self._known[key]

    def name(self, name: str, depth: int = 0) -> Value:
        """The value of a module-level name."""
        if name in self._known:
            return self._known[name]
        bound = self.names.bound.get(name)
        value: Value
        if bound is not None:
            value = self._overridden(name)
            if value is None:
                value = self._bound(name, bound, depth, self.make)
        elif name in BUILTINS:
            value = Ref(f"builtins.{name}")
        else:
            value = self._from_stars(name)
        value = self._known[name] = within(value, VALUE_PARTS)
        return value

    def _bound(
        self,
        key: str,
        bound: Value,
        depth: int,
        make: Callable[[str, Call], Value] | None = None,
    ) -> Value:
        """The value that *bound* stands for; *key* is of this binding alone."""
        if isinstance(bound, Ref):
            return self.reference(bound.name)
        if bound is FROM_STARS:
            return self._from_stars(key.partition(":")[0])
        if not isinstance(bound, Late):
            return bound
        if key in self._busy:
            return Opaque(key, "defined by itself")
        self._busy.add(key)
        try:
            value = self.evaluate(bound.node, None, depth)
            return make(key, value) if isinstance(value, Call) and make is not None else value
        finally:
            self._busy.discard(key)

    def reference(self, dotted: str) -> Value:
        """What a dotted path leads to; the path itself where that is not known."""
        name = canonical(dotted)
        if self.resolve is not None:
            found = self.resolve(name)
            if found is not None and found is not NOT_SET:
                return found
        return ref(name)

    def _overridden(self, name: str) -> Value:
        """What a module gives whose names are all imported after *name* was assigned; None where none has it."""
        before = self.names.stars_before.get(name)
        return None if before is None else self._starred(name, self.names.stars[before:])

    def _starred(self, name: str, stars: Sequence[str]) -> Value:
        """What the last of *stars* gives that has *name*; None where none has it."""
        resolve = self.resolve
        if resolve is None:
            return None
        for module in reversed(stars):
            found = resolve(f"{module}.{name}") if self.gives(module, name) else None
            if found is not None and found != Ref(canonical(f"{self.names.name}.{name}")):
                return found
        return None

    def _from_stars(self, name: str) -> Value:
        found = self._starred(name, self.names.stars)
        if found is not None:
            return found
        if len(self.names.stars) == 1:
            return Ref(canonical(f"{self.names.stars[0]}.{name}"))
        return Opaque(name, "not bound in this file")
