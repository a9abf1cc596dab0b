"""
Finding and editing a model's source by small textual edits.

Only the text of one field's call is touched; the author's layout stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from analyzers.frozen import dataclass
from analyzers.read.sources import Unparsed, parse, text_of
from analyzers.trees import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A model class in a file."""

    path: str
    source: str
    node: ast.ClassDef

    def field(self, attribute: str) -> ast.stmt | None:
        """The assignment of *attribute* in the class body, with its value a call."""
        for statement in self.node.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.Call())
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call())
                ) if name == attribute:
                    return statement
                case _:
                    pass
        return None


def find_model(tree: Tree, directory: str, model: str) -> Found | None:
    """The class *model* in the files below *directory*, migrations apart; None where there is none or several."""
    found = list(_classes(tree, directory, model))
    return found[0] if len(found) == 1 else None


def _classes(tree: Tree, directory: str, model: str) -> Iterator[Found]:
    prefix = f"{directory}/" if directory else ""
    paths = [
        p
        for p in tree.paths()
        if p.startswith(prefix) and p.endswith(".py") and "/migrations/" not in p
    ]
    # Conventional places first; the rest only where they have nothing.
    likely = [p for p in paths if p.endswith("models.py") or "/models/" in p]
    for group in (likely, [p for p in paths if p not in set(likely)]):
        hits = list(_in_files(tree, group, model))
        if hits:
            yield from hits
            return


def _in_files(tree: Tree, paths: Iterable[str], model: str) -> Iterator[Found]:
    needle = f"class {model}".encode()
    for path in paths:
        content = tree.read(path)
        if needle not in content:
            continue
        module, source = parse(content), text_of(content)
        if isinstance(module, Unparsed) or source is None:
            continue
        for node in module.body:
            if isinstance(node, ast.ClassDef) and node.name == model:
                yield Found(path=path, source=source, node=node)


def with_keyword(source: str, statement: ast.stmt, name: str, value: str) -> str | None:
    """*source* with ``name=value`` among the arguments of the field of *statement*."""
    call = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if not isinstance(call, ast.Call):
        return None
    for keyword in call.keywords:
        if keyword.arg == name:
            return _replaced(source, keyword.value, value)
    arguments: list[ast.expr] = [*call.args, *(k.value for k in call.keywords)]
    if not arguments:
        return _inserted(source, call.func, f"({name}={value})", swallow="()")
    last = max(arguments, key=lambda a: (a.end_lineno or 0, a.end_col_offset or 0))
    return _inserted(source, last, f", {name}={value}")


def with_statement(source: str, into: ast.ClassDef, statement: str) -> str:
    """*source* with another line in the class, before its first statement that is not a docstring."""
    lines = source.splitlines(keepends=True)
    body = [
        s for s in into.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ] or into.body
    first = body[0]
    indent = " " * first.col_offset
    at = first.lineno - 1
    text = "".join(
        f"{indent}{line.strip()}\n" if i == 0 else f"{line}\n"
        for i, line in enumerate(statement.splitlines())
    )
    return "".join([*lines[:at], text, *lines[at:]])


def with_meta(source: str, into: ast.ClassDef, name: str, value: str) -> str:
    """*source* with the option *name* in the class ``Meta`` of *into*, which is added where it is not there."""
    lines = source.splitlines(keepends=True)
    meta = next((s for s in into.body if isinstance(s, ast.ClassDef) and s.name == "Meta"), None)
    if meta is None:
        indent = " " * into.body[0].col_offset
        end = into.body[-1].end_lineno or into.body[-1].lineno
        if not lines[end - 1].endswith("\n"):
            lines[end - 1] += "\n"
        text = f"\n{indent}class Meta:\n{indent}    {name} = {value}\n"
        return "".join([*lines[:end], text, *lines[end:]])
    for statement in meta.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=written) if target == name:
                return _replaced(source, written, value)
            case _:
                pass
    return with_statement(source, meta, f"{name} = {value}")


def segment(source: str, node: ast.AST) -> str:
    """The text of *node*."""
    return ast.get_source_segment(source, node) or ast.unparse(node)


def _offset(source: str, line: int, column: int) -> int:
    """The character offset of an ast position, whose columns count UTF-8 bytes."""
    lines = source.splitlines(keepends=True)
    before = sum(len(text) for text in lines[: line - 1])
    return before + len(lines[line - 1].encode()[:column].decode())


def _replaced(source: str, node: ast.expr, text: str) -> str:
    start = _offset(source, node.lineno, node.col_offset)
    end = _offset(source, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    return source[:start] + text + source[end:]


def _inserted(source: str, after: ast.expr, text: str, *, swallow: str = "") -> str:
    end = _offset(source, after.end_lineno or after.lineno, after.end_col_offset or 0)
    rest = source[end:]
    return source[:end] + text + rest.removeprefix(swallow)
