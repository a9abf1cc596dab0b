"""Functions numbered in the order in which they are asked for, so that another name for one is no edit."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence

from analyzers.relate.inlined import bindings
from analyzers.relate.scopes import FIXED


def number(body: Sequence[ast.stmt], asked: Iterable[str]) -> None:
    """
    Give the functions of *body*, the top of a module, names that tell nothing; those that are *asked* for keep theirs.

    A function keeps its name where the file binds it twice, says it in a text, or may look names up by texts.
    """
    module = ast.Module(body=list(body), type_ignores=[])
    own = {
        s.name: s
        for s in body
        if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef) and not s.decorator_list
    }
    if not own:
        return
    texts: set[str] = set()
    bound = Counter(bindings(module))
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) if name in FIXED:
                return
            case ast.Constant(value=str(text)):
                texts.add(text)
            case _:
                pass
    kept = {*asked, *texts}
    free = {name: s for name, s in own.items() if bound[name] == 1 and name not in kept}
    numbers: dict[str, str] = {}
    # Those that keep their names may stand anywhere as well.
    fixed = sorted(own.keys() - free.keys())
    waiting: list[ast.AST] = [own[name] for name in fixed[::-1]]
    functions = {*own.values()}
    waiting += [s for s in body if s not in functions][::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id in free and node.id not in numbers:
            numbers[node.id] = f"$f{len(numbers)}"
            # What it asks for comes right after it, wherever in the file it stands.
            waiting.append(free[node.id])
        waiting += [*ast.iter_child_nodes(node)][::-1]
    for node in ast.walk(module):
        if isinstance(node, ast.Name):
            node.id = numbers.get(node.id, node.id)
    for name, function in free.items():
        function.name = numbers.get(name, name)
