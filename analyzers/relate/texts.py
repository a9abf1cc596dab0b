"""One spelling for texts that are put together, and for the layout of SQL."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Sequence

from analyzers.read.lint_expressions import placed

_PERCENT = re.compile(r"%(?:\((\w+)\))?(0?[1-9]\d*[dxX]|.)")
_FIELD = re.compile(r"(\w*)((?:\.[^\W\d]\w*)*)")
_BLOCK = re.compile(r"\bEND(?: \w+)?$", re.IGNORECASE)
_QUOTED = re.compile(r"('[^']*'|\"[^\"]*\")")


def formatted(node: ast.expr) -> ast.expr | None:
    """The f-string that ``"..." % (...)`` or ``"...".format(...)`` is; None where it may be another text."""
    match node:
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=right):
            return _percent(text, right)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"),
            args=args,
            keywords=keywords,
        ):
            return _format(text, args, {k.arg: k.value for k in keywords})
        case _:
            return None


def plain_sql(text: str) -> str:
    """
    *text* with one space for each gap outside of quotes, and without the semicolon at its end.

    Where a comment may end a line the lines stay; Oracle's blocks need the one after their END.
    """
    if "\\" in text:
        return text
    if "--" in text:
        return _by_lines(text)
    parts = _QUOTED.split(text)
    parts[::2] = [re.sub(r"\s+", " ", part) for part in parts[::2]]
    plain = "".join(parts).strip()
    bare = plain.removesuffix(";").rstrip()
    return plain if _BLOCK.search(bare) else bare


def _by_lines(text: str) -> str:
    """*text* without empty lines and what stands around each other one; as it is where a quote may go over lines."""
    lines = [line.strip() for line in text.splitlines()]
    if "plpython" in text or any(line.count(mark) % 2 for line in lines for mark in "'\""):
        return text
    return "\n".join(line for line in lines if line)


def plainly_said(argument: ast.expr) -> None:
    """*argument*, a text of SQL or one with placeholders, as ``plain_sql`` has it, changed in place."""
    match argument:
        case ast.Constant(value=str(text)):
            argument.value = plain_sql(text)
        case ast.JoinedStr(values=values):
            pieces = [v.value if isinstance(v, ast.Constant) else _GAP for v in values]
            whole = "".join(map(str, pieces))
            placed = [v for v in values if not isinstance(v, ast.Constant)]
            if whole.count(_GAP) == len(placed):
                first, *texts = plain_sql(whole).split(_GAP)
                parts: list[str | ast.expr] = [first]
                for value, text in zip(placed, texts, strict=True):
                    parts += [value, text]
                argument.values = _joined(parts).values
        case _:
            pass


_GAP = "\0"
"""Where a placeholder stands; no database takes one."""


def _percent(text: str, right: ast.expr) -> ast.expr | None:
    named: dict[str | None, ast.expr] = {}
    listed: Iterator[ast.expr] = iter(())
    match right:
        case ast.Tuple(elts=elements) if not any(isinstance(e, ast.Starred) for e in elements):
            listed = iter(elements)
        case ast.Dict(keys=keys, values=values):
            for key, given in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    named[key.value] = given
        case _ if _one(right):
            listed = iter([right])
        case _:
            # A single value may be a tuple of several.
            return None
    parts: list[str | ast.expr] = []
    end = 0
    for found in _PERCENT.finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
        name, kind = found.groups()
        value: ast.expr | None = named.get(name) if name else next(listed, None)
        if kind == "%" and not name:
            parts.append("%")
        elif value is not None and (kind == "s" or (kind == "d" and _whole(value))):
            parts.append(value)
        elif value is not None and kind[-1] in "dxX" and _whole(value):
            spec = ast.JoinedStr(values=[ast.Constant(value=kind)])
            parts.append(ast.FormattedValue(value=value, conversion=-1, format_spec=spec))
        else:
            return None
    return _joined([*parts, text[end:]])


def _one(value: ast.expr) -> bool:
    """Whether *value* is no tuple: what an object has, such as a row's column, or a text or number made anew."""
    match value:
        case ast.Attribute() | ast.Constant() | ast.JoinedStr():
            return True
        case ast.Call(func=ast.Name(id="str" | "repr" | "len" | "int")):
            return True
        case _:
            return _whole(value)


def _whole(value: ast.expr) -> bool:
    """Whether *value* is a whole number, of which ``%d`` makes what ``%s`` does: a key, or how many there are."""
    match value:
        case ast.Attribute(attr=name):
            return name in {"pk", "id"} or name.endswith("_id")
        case ast.Call(func=ast.Name(id="len" | "int")):
            return True
        case ast.Call(func=ast.Name(id="round"), args=[_], keywords=[]):
            return True
        case ast.Call(func=ast.Attribute(attr="count"), args=[], keywords=[]):
            return True
        case ast.Constant(value=number):
            return isinstance(number, int) and not isinstance(number, bool)
        case _:
            return False


def _format(
    text: str, args: Sequence[ast.expr], keywords: dict[str | None, ast.expr]
) -> ast.expr | None:
    if None in keywords or any(isinstance(a, ast.Starred) for a in args):
        return None
    parts: list[str | ast.expr] = []
    taken: set[ast.expr] = set()
    waiting = iter(args)
    named = keywords | {str(number): value for number, value in enumerate(args)}
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError:
        return None
    for literal, field, spec, conversion in pieces:
        parts.append(literal)
        if field is None:
            continue
        path = _FIELD.fullmatch(field)
        if path is None:
            return None
        name, attributes = path.groups()
        value = named.get(name) if name else next(waiting, None)
        if value is None or "{" in (spec or "") or (value in taken and not _steady(value)):
            return None
        taken.add(value)
        for attribute in attributes.split(".")[1:]:
            value = ast.Attribute(value=value, attr=attribute, ctx=ast.Load())
        parts.append(
            placed(
                ast.FormattedValue(
                    value=value,
                    conversion=ord(conversion) if conversion else -1,
                    format_spec=ast.JoinedStr(values=[ast.Constant(value=spec)]) if spec else None,
                )
            )
        )
    return _joined(parts)


def _steady(value: ast.expr) -> bool:
    """Whether *value* is the same however often it is asked for."""
    kinds = (ast.Name, ast.Attribute, ast.Constant, ast.expr_context)
    return all(isinstance(node, kinds) for node in ast.walk(value))


def _joined(parts: Sequence[str | ast.expr]) -> ast.JoinedStr:
    values: list[ast.expr] = []
    text = ""
    for part in (*parts, None):
        if isinstance(part, str):
            text += part
            continue
        if text:
            values.append(ast.Constant(value=text))
        text = ""
        if isinstance(part, ast.FormattedValue):
            values.append(part)
        elif part is not None:
            values.append(placed(ast.FormattedValue(value=part, conversion=-1, format_spec=None)))
    return ast.JoinedStr(values=values)
