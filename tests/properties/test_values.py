"""What is said of a module's names, next to what Python says."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable

from hypothesis import HealthCheck, assume, given, settings

from analyzers.read.evaluator import Evaluator
from analyzers.read.names import Names
from analyzers.read.values import Call, Opaque, Ref, Value
from tests.properties.modules import NAMES, modules


def said(value: Value) -> bool:
    """Whether *value* is claimed to be known, with all that is in it."""
    match value:
        case Opaque() | Call() | Ref():
            return False
        case dict():
            return all(said(v) for pair in value.items() for v in pair)
        case list() | tuple() | set() | frozenset():
            return all(map(said, value))
        case _:
            return True


def kinds(values: Iterable[Value]) -> list[tuple[str, str]]:
    """Values that Python calls equal may still be of two kinds."""
    return [(type(value).__name__, repr(value)) for value in values]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(modules)
def test_what_is_said_of_a_name_is_what_python_makes_of_it(source: str) -> None:
    """Or nothing is said. ``kept`` stands for a field, which copies what it is given."""
    names: dict[str, object] = {}
    last: object = None
    seen: list[object] = []
    tree = ast.parse(source)
    try:
        for statement in tree.body:
            exec(compile(ast.Module([statement], []), "module", "exec"), names)
            if names.get("kept") is not last:
                last = names["kept"]
                seen = copy.deepcopy([last])
    except Exception:  # noqa: BLE001 - such a module is never loaded
        assume(False)

    evaluator = Evaluator(Names(ast.parse(source), name="shop.kinds"))
    read = {name: evaluator.name(name) for name in NAMES}

    known = [name for name in NAMES if said(read[name])]
    assert kinds(read[name] for name in known) == kinds(names[name] for name in known)
    kept = evaluator.name("kept")
    if seen and said(kept):
        assert kinds([kept]) == kinds(seen)
