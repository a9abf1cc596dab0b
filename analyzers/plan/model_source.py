"""
Finding and editing a model's source by small textual edits.

Only the text of one field's call is touched; the author's layout stays.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

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


def field_before(there: Found, here: Found, attribute: str) -> ast.stmt | None:
    """The field of *here* that stands before *attribute* in *there*, the nearest one."""
    kept = there.field(attribute)
    above = [s for s in there.node.body if kept is not None and s.lineno < kept.lineno]
    for statement in reversed(above):
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name))
            ) if (found := here.field(name)) is not None:
                return found
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
        module, source = _parsed(content)
        if isinstance(module, Unparsed) or source is None:
            continue
        for node in module.body:
            if isinstance(node, ast.ClassDef) and node.name == model:
                yield Found(path=path, source=source, node=node)


@lru_cache(maxsize=4)
def _parsed(content: bytes) -> tuple[ast.Module | Unparsed, str | None]:
    """The tree and the text of a file: one edit after the other asks where the next one goes."""
    return parse(content), text_of(content)


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


def without_keyword(source: str, statement: ast.stmt, name: str) -> str:
    """*source* without the argument *name* of the field of *statement*."""
    call = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    keyword = (
        next((k for k in call.keywords if k.arg == name), None)
        if isinstance(call, ast.Call)
        else None
    )
    if keyword is None or not isinstance(call, ast.Call):
        return source
    start = _offset(source, keyword.lineno, keyword.col_offset)
    value = keyword.value
    end = _offset(source, value.end_lineno or value.lineno, value.end_col_offset or 0)
    after = re.match(r"\s*,[ \t]*", source[end:])
    if after is not None:
        return source[:start] + source[end + after.end() :]
    # No pattern: it would begin anew at each of many blanks.
    return source[:start].rstrip().removesuffix(",") + source[end:]


def with_statement(
    source: str, into: ast.ClassDef, statement: str, behind: ast.stmt | None = None
) -> str:
    """
    *source* with another line in the class: *behind* one of its statements, or
    before the first that is not a docstring.
    """
    lines = source.splitlines(keepends=True)
    body = [
        s for s in into.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ] or into.body
    first = body[0]
    indent = " " * first.col_offset
    at = (behind.end_lineno or behind.lineno) if behind is not None else first.lineno - 1
    text = "".join(
        f"{indent}{line.strip()}\n" if i == 0 else f"{line}\n"
        for i, line in enumerate(statement.splitlines())
    )
    return "".join([*lines[:at], text, *lines[at:]])


def with_import(source: str, line: str) -> str:
    """*source* with the import *line* behind its last one, unless it has that, or binds the name already."""
    module, wanted = parse(source.encode()), ast.parse(line).body[0]
    if isinstance(module, Unparsed) or not isinstance(wanted, ast.Import | ast.ImportFrom):
        return source
    (alias,) = wanted.names
    if isinstance(wanted, ast.Import) and alias.asname is None:
        # ``import a.b`` and ``import a.c`` bind one name.
        there = [n for s in module.body if isinstance(s, ast.Import) for n in s.names]
        if any(n.name == alias.name and n.asname is None for n in there):
            return source
    elif (alias.asname or alias.name) in _bound_here(module):
        return source
    ends = [
        s.end_lineno or s.lineno
        for s in module.body
        if isinstance(s, ast.Import | ast.ImportFrom)
        or (s is module.body[0] and isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]
    lines = source.splitlines(keepends=True)
    at = max(ends, default=0)
    return "".join([*lines[:at], f"{line}\n", *lines[at:]])


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


def meta_option(into: ast.ClassDef, name: str) -> ast.Assign | None:
    """The assignment of *name* in the class ``Meta`` of *into*."""
    for meta in into.body:
        if not isinstance(meta, ast.ClassDef) or meta.name != "Meta":
            continue
        for statement in meta.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
                    return statement
                case _:
                    pass
    return None


def without_meta(source: str, into: ast.ClassDef, name: str) -> str:
    """*source* without the option *name*; without ``Meta`` where it holds nothing else."""
    option = meta_option(into, name)
    if option is None:
        return source
    meta = next(s for s in into.body if isinstance(s, ast.ClassDef) and s.name == "Meta")
    gone: ast.stmt = meta if len(meta.body) == 1 else option
    lines = source.splitlines(keepends=True)
    start, end = gone.lineno - 1, gone.end_lineno or gone.lineno
    if gone is meta and start and not lines[start - 1].strip():
        start -= 1
    return "".join([*lines[:start], *lines[end:]])


def without_constraint(source: str, into: ast.ClassDef, name: str, label: str) -> str | None:
    """
    *source* without the constraint *name* of the model *label*; None where ``Meta`` does not spell them out.

    An abstract model's constraint is named by a pattern, which several models share.
    """
    option = meta_option(into, "constraints")
    if option is None:
        return source
    if not isinstance(option.value, ast.List | ast.Tuple):
        return None
    app, _, model = label.lower().rpartition(".")
    items = option.value.elts
    names = [_named(item, {"app_label": app, "class": model}) for item in items]
    if name not in names:
        return source if all(names) else None
    if len(items) == 1:
        return without_meta(source, into, "constraints")
    at = names.index(name)
    first, last = items[at], items[at]
    start = _offset(source, first.lineno, first.col_offset)
    end = _offset(source, last.end_lineno or last.lineno, last.end_col_offset or 0)
    if at + 1 < len(items):
        end = _offset(source, items[at + 1].lineno, items[at + 1].col_offset)
    else:
        before = items[at - 1]
        start = _offset(source, before.end_lineno or before.lineno, before.end_col_offset or 0)
    return source[:start] + source[end:]


def _named(item: ast.expr, words: dict[str, str]) -> str | None:
    """The name of the constraint that *item* makes, with *words* in the place of their patterns."""
    given = (
        [k.value for k in item.keywords if k.arg == "name"] if isinstance(item, ast.Call) else []
    )
    match given:
        case [ast.Constant(value=str(text))]:
            for word, value in words.items():
                text = text.replace(f"%({word})s", value)
            return text
        case _:
            return None


def with_class(source: str, before: str, model: str) -> str:
    """
    *source* with the class *model* that *before* has, at its old place.

    *before* as a whole, where the class needs what *source* has no more.
    """
    now, old = parse(source.encode()), parse(before.encode())
    if isinstance(now, Unparsed) or isinstance(old, Unparsed):
        return before
    classes = [s for s in old.body if isinstance(s, ast.ClassDef)]
    there = next((c for c in classes if c.name == model), None)
    if there is None or not _bound(old, there) <= _bound_here(now):
        return before
    earlier = [c.name for c in classes[: classes.index(there)]]
    ends = [
        s.end_lineno or s.lineno
        for s in now.body
        if isinstance(s, ast.Import | ast.ImportFrom)
        or (isinstance(s, ast.ClassDef) and s.name in earlier)
    ]
    lines = source.splitlines(keepends=True)
    at = max(ends, default=0)
    first = min([there.lineno, *(d.lineno for d in there.decorator_list)]) - 1
    kept = "".join(before.splitlines(keepends=True)[first : there.end_lineno]).rstrip("\n")
    head = "".join(lines[:at]).rstrip("\n")
    rest = "".join(lines[at:]).strip("\n")
    return f"{head}\n\n\n{kept}\n" + (f"\n\n{rest}\n" if rest else "")


def _bound_here(module: ast.Module) -> set[str]:
    """Names that the module's own statements bind."""
    found: set[str] = set()
    for statement in module.body:
        match statement:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {(n.asname or n.name).partition(".")[0] for n in names}
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {t.id for t in targets if isinstance(t, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return found


def _bound(module: ast.Module, within: ast.ClassDef) -> set[str]:
    """Names of the module that the class *within* uses, its own apart."""
    used = {n.id for n in ast.walk(within) if isinstance(n, ast.Name)}
    return (used & _bound_here(module)) - {within.name}


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
