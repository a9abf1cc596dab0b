"""What a migration imports from its repository and the other side of the pull request defines in the file, in its place."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from analyzers.frozen import dataclass
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.imported import paths_of
from analyzers.relate.inlined import bindings
from analyzers.relate.meaning import Unannotated
from analyzers.relate.named_imports import by_name
from analyzers.relate.scopes import FIXED, bound_at_top, imported, plainly_bound
from analyzers.trees import Tree

THROUGH = 3
"""Modules that may hand a definition on, and how often what is put in place is looked through again."""


def defined_in(content: bytes) -> frozenset[str]:
    """The names that the file *content* gives to functions, classes and values at its top."""
    module = parse(content)
    if isinstance(module, Unparsed):
        return frozenset()
    return frozenset(
        name
        for statement in module.body
        if not isinstance(statement, ast.Import | ast.ImportFrom)
        for name in plainly_bound(statement) or ()
    )


def imported_in(content: bytes, path: str) -> frozenset[str]:
    """The dotted paths of what the file *content* at *path* imports by its own name."""
    module = parse(content)
    if isinstance(module, Unparsed):
        return frozenset()
    return frozenset(
        dotted
        for name, dotted in imported(module, path).items()
        if dotted.rpartition(".")[2] == name
    )


def with_definitions(
    tree: Tree,
    content: bytes,
    path: str,
    asked: frozenset[str],
    beside: frozenset[str] = frozenset(),
) -> bytes:
    """
    The file *content* at *path* with what it imports from *tree* under a name that is *asked* for as its own.

    All that a definition needs of its module comes along, but what is *beside* as an import.
    The same bytes where nothing of the kind is imported, or where what would come along
    cannot be told.
    """
    module = parse(content) if asked else None
    if not isinstance(module, ast.Module):
        return content
    try:
        by_name(module, asked)
        rounds = next(
            (n for n in range(THROUGH) if not _filled(tree, module, path, asked, beside)), THROUGH
        )
        if not rounds:
            return content
        return ast.unparse(ast.fix_missing_locations(module)).encode("utf-8", "surrogateescape")
    except (RecursionError, ValueError):
        return content


def _filled(
    tree: Tree, module: ast.Module, path: str, asked: frozenset[str], beside: frozenset[str]
) -> bool:
    """Put definitions in the place of imports, in *module*; whether there was one."""
    dotted = imported(module, path)
    bound, top = Counter(bindings(module)), frozenset(bound_at_top(module.body))
    aliases = Counter(
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )
    known = dict.fromkeys(top, "") | {n: f"@{dotted[n]}" for n in top & dotted.keys()}
    coming: dict[str, _Part] = {}
    gone: set[str] = set()
    for name in sorted(asked & dotted.keys()):
        if bound[name] != aliases[name]:
            continue
        parts = _definition(tree, dotted[name], name, beside)
        if parts is None:
            continue
        told = {n: part.what for part in parts for n in part.names}
        # What comes along must not be another thing than what has its name here.
        if all(n == name or known.get(n, what) == what for n, what in told.items()):
            gone.add(name)
            coming |= {p.what: p for p in parts if p.names[0] == name or p.names[0] not in known}
            known |= told
    if gone:
        _Without(gone).visit(module)
        put = sorted(coming.values(), key=lambda part: part.place)
        rest = (s for s in module.body if not isinstance(s, ast.Pass))
        module.body = [*(part.statement for part in put), *rest]
    return bool(gone)


@dataclass(frozen=True, slots=True)
class _Part:
    """One statement that a definition needs, what it binds, and what that is."""

    statement: ast.stmt
    names: tuple[str, ...]
    what: str
    place: tuple[str, int, int]
    """The module, and the line and column in it."""


def _definition(tree: Tree, dotted: str, name: str, beside: frozenset[str]) -> list[_Part] | None:
    """The statements that *dotted* needs to be what it is, as *name*; None where that cannot be told."""
    for _ in range(THROUGH):
        source, _, last = dotted.rpartition(".")
        paths = paths_of(tree, source) if source and last == name else []
        parsed = parse(tree.read(paths[0])) if len(paths) == 1 else None
        if not isinstance(parsed, ast.Module):
            return None
        module = Unannotated().visit(parsed)
        package = source if paths[0].endswith("__init__.py") else source.rpartition(".")[0]
        there = {n: part for part in _parts(module, source, package) for n in part.names}
        for n in there.keys() - {name}:
            if f"{source}.{n}" in beside:
                there[n] = _imported_part(source, n, there[n].place)
        bound = Counter(bound_at_top(module.body))
        if name not in there or bound["*"] or bound[name] != 1:
            return None
        if not isinstance(there[name].statement, ast.ImportFrom):
            # What more is done at the top may change what was bound there.
            loose = (s for s in module.body if plainly_bound(s) is None)
            bound.update(n.id for s in loose for n in ast.walk(s) if isinstance(n, ast.Name))
            return _needed(there, name, bound)
        dotted = there[name].what.removeprefix("@")
    return None


def _needed(there: Mapping[str, _Part], name: str, bound: Counter[str]) -> list[_Part] | None:
    """What *name* needs of the names that are *there*; None where one of them is not *bound* once, and plainly."""
    kept: dict[str, _Part] = {}
    waiting = [name]
    while waiting:
        part = there[waiting.pop()]
        if part.what in kept:
            continue
        kept[part.what] = part
        if part.what.startswith("@"):
            continue
        for node in ast.walk(part.statement):
            match node:
                case ast.ImportFrom(level=level) if level:
                    return None
                case ast.Name(id=used) if used in FIXED or bound[used] > (used in there):
                    return None
                case ast.Name(id=used) if used in there:
                    waiting.append(used)
                case _:
                    pass
    return list(kept.values())


def _parts(module: ast.Module, source: str, package: str) -> Iterator[_Part]:
    """The statements at the top of *module* that bind names and do nothing else; each import by itself."""
    for statement in module.body:
        match statement:
            case ast.ImportFrom(module=told, names=names, level=level):
                folders = package.split(".")[: 1 - level or None] if level else []
                base = ".".join([*folders, *([told] if told else [])])
                for alias in names:
                    place = source, alias.lineno, alias.col_offset
                    yield _imported_part(base, alias.name, place, alias.asname)
            case ast.Import(names=names):
                for alias in names:
                    full = alias.name if alias.asname else alias.name.partition(".")[0]
                    place = source, alias.lineno, alias.col_offset
                    yield _Part(ast.Import([alias]), (alias.asname or full,), f"@{full}", place)
            case _:
                place = source, statement.lineno, statement.col_offset
                told_names = plainly_bound(statement) or ()
                if told_names:
                    what = f"{source}:{','.join(told_names)}"
                    yield _Part(statement, told_names, what, place)


def _imported_part(
    source: str, name: str, place: tuple[str, int, int], called: str | None = None
) -> _Part:
    alias = ast.alias(name=name, asname=called)
    one = ast.ImportFrom(module=source, names=[alias], level=0)
    return _Part(one, (called or name,), f"@{source}.{name}", place)


class _Without(ast.NodeTransformer):
    """Imports without those of certain names."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        node.names = [a for a in node.names if (a.asname or a.name) not in self.names]
        return node if node.names else ast.Pass()
