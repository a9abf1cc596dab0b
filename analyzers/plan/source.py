"""
Reading and rewriting the source of a migration's operations.

A plan re-uses what the author wrote: an operation is taken out of its file as
syntax, changed where the plan needs it, and printed into a new file together
with the imports and helpers that it refers to. Nothing is evaluated.
"""

from __future__ import annotations

import ast
import copy
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence

from analyzers.frozen import dataclass
from analyzers.limits import PLANNED_DEPTH
from analyzers.read.sources import deeper_than, plainly_parsed

INDENT = "    "
WIDTH = 100
"""Characters of a line that is not broken."""


@dataclass(frozen=True, slots=True)
class Written:
    """An operation as it stands in a migration file, with the file that explains its names."""

    call: ast.Call
    module: ast.Module

    @property
    def name(self) -> str:
        """The operation's class name, without its module."""
        return _last_name(self.call.func)

    def argument(self, name: str, position: int) -> ast.expr | None:
        """The argument called *name*, or the one at *position*."""
        for keyword in self.call.keywords:
            if keyword.arg == name:
                return keyword.value
        return self.call.args[position] if position < len(self.call.args) else None

    def text_argument(self, name: str, position: int) -> str | None:
        """The same, where it is a string."""
        value = self.argument(name, position)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
        return None

    def field(self) -> ast.Call | None:
        """The field of ``AddField`` and ``AlterField``."""
        value = self.argument("field", 2)
        return value if isinstance(value, ast.Call) else None

    def with_field(self, field: ast.Call) -> Written:
        """The same operation with another field."""
        call = copy.deepcopy(self.call)
        for keyword in call.keywords:
            if keyword.arg == "field":
                keyword.value = field
                return Written(call, self.module)
        call.args[2] = field
        return Written(call, self.module)

    def renamed(self, operation: str) -> Written:
        """The same arguments given to another operation of ``migrations``."""
        call = copy.deepcopy(self.call)
        call.func = dotted("migrations." + operation)
        return Written(call, self.module)


def operations_in(source: str) -> tuple[Written, ...]:
    """Every operation call below ``operations``, nested ones too; none where it cannot be parsed or is too deep."""
    module = plainly_parsed(source)
    if module is None or deeper_than(module, PLANNED_DEPTH):
        return ()
    return tuple(Written(call, module) for call in _operation_calls(module))


def one_by_one(source: str, count: int) -> tuple[Written, ...]:
    """The *count* operations of a migration in order; none where they are not written out one by one."""
    module = plainly_parsed(source)
    if module is None or deeper_than(module, PLANNED_DEPTH):
        return ()
    own = tuple(Written(call, module) for call in _operation_calls(module, nested=False))
    return own if len(own) == count else ()


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """The keyword argument *name* of *call*."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def constant_keyword(call: ast.Call, name: str) -> object:
    """The value of a keyword that is a literal, or None."""
    value = keyword_of(call, name)
    return value.value if isinstance(value, ast.Constant) else None


def with_keywords(call: ast.Call, *, drop: Sequence[str] = (), **values: object) -> ast.Call:
    """A copy of *call* with literal keywords set and others dropped."""
    changed = copy.deepcopy(call)
    changed.keywords = [k for k in changed.keywords if k.arg not in {*drop, *values}]
    changed.keywords += [
        ast.keyword(arg=name, value=value if isinstance(value, ast.expr) else literal(value))
        for name, value in values.items()
    ]
    return changed


def literal(value: object) -> ast.expr:
    """The expression of a plain value."""
    return ast.parse(repr(value), mode="eval").body


def dotted(name: str) -> ast.expr:
    """The expression of a dotted name."""
    return ast.parse(name, mode="eval").body


def call_text(call: ast.Call, indent: int) -> str:
    """*call* printed as Django prints operations: one argument a line."""
    return f"{INDENT * indent}{_broken(call, indent)},"


_QUOTED = re.compile(r"""["\\]|'''|\b[bBfF]'""")
"""What texts may hold, or begin with, so that they are looked at one by one."""


def imports_of(node: ast.AST, module: ast.Module, *, here: bool = False) -> tuple[str, ...]:
    """
    The imports of *module* that *node* needs, a line each.

    Those that are relative to the file's place are among them where *node* stays *here*.
    """
    text, used = ast.unparse(node), {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    found: list[str] = []
    for statement in module.body:
        match statement:
            case ast.Import(names=names):
                found += [
                    f"import {ast.unparse(n)}"
                    for n in names
                    if (n.asname in used if n.asname else f"{n.name}." in text)
                ]
            case ast.ImportFrom(module=path, names=names, level=level) if here or not level:
                found += [
                    f"from {'.' * level}{path or ''} import {ast.unparse(n)}"
                    for n in names
                    if (n.asname or n.name) in used
                ]
            case _:
                pass
    return tuple(found)


def spelled(node: ast.AST) -> str:
    """The source of *node*, texts between double quotes where nothing speaks against it."""
    return _requoted(ast.unparse(node))


def _requoted(text: str) -> str:
    if not _QUOTED.search(text):
        # Each apostrophe begins or ends a text: long lists of choices are common.
        return text.replace("'", '"')
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, IndentationError):
        return text
    lines = [list(line) for line in text.splitlines(keepends=True)]
    for token in tokens:
        (line, start), (last, end) = token.start, token.end
        plain = token.type == tokenize.STRING and token.string[0] == "'" and line == last
        if plain and not any(c in token.string for c in '"\\'):
            lines[line - 1][start] = lines[line - 1][end - 1] = '"'
    return "".join(c for line in lines for c in line)


def _broken(call: ast.Call, indent: int) -> str:
    """*call* with one argument a line."""
    pad, inner = INDENT * indent, INDENT * (indent + 1)
    lines = [f"{inner}{_value_text(argument, indent + 1)}," for argument in call.args]
    for keyword in call.keywords:
        name = f"{keyword.arg}=" if keyword.arg else "**"
        lines.append(f"{inner}{name}{_value_text(keyword.value, indent + 1, len(name))},")
    if not lines:
        return f"{spelled(call.func)}()"
    return "\n".join((f"{spelled(call.func)}(", *lines, f"{pad})"))


def _value_text(value: ast.expr, indent: int, before: int = 0) -> str:
    """*value*, broken where a line would be too long; *before* characters stand before it."""
    # Other quotes make it no longer; of what does not fit the text is seldom asked for.
    plain = ast.unparse(value)
    narrow = len(INDENT) * indent + before + len(plain) < WIDTH
    pad = INDENT * indent
    match value:
        case ast.List(elts=items) | ast.Tuple(elts=items) if items and (
            not narrow
            or (isinstance(value, ast.List) and any(isinstance(i, ast.Call) for i in items))
        ):
            listed = "".join(f"{pad}{INDENT}{_value_text(item, indent + 1)},\n" for item in items)
            return f"[\n{listed}{pad}]" if isinstance(value, ast.List) else f"(\n{listed}{pad})"
        case ast.Call() if not narrow:
            return _broken(value, indent)
        case ast.Constant(value=str(lines)) if "\n" in lines and not narrow:
            written = f'"""{lines}"""'
            # Nothing is escaped for it: what does not read as it stands is printed as before.
            reads = "\\" not in lines and _reads_as(written, lines)
            return written if reads else _requoted(plain)
        case _:
            return _requoted(plain)


def _reads_as(source: str, text: str) -> bool:
    """Whether the expression *source* is the constant *text*."""
    try:
        return bool(ast.literal_eval(source) == text)
    except (SyntaxError, ValueError):
        return False


def import_lines(written: Iterable[tuple[Sequence[ast.AST], ast.Module]]) -> tuple[str, ...]:
    """The import statements, each for one name, that the nodes need from their own modules."""
    lines: set[str] = set()
    for nodes, module in written:
        wanted = {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}
        for statement in module.body:
            if isinstance(statement, ast.Import):
                lines.update(
                    ast.unparse(ast.Import(names=[alias]))
                    for alias in statement.names
                    if (alias.asname or alias.name.partition(".")[0]) in wanted
                )
            elif isinstance(statement, ast.ImportFrom):
                lines.update(
                    ast.unparse(
                        ast.ImportFrom(
                            module=statement.module, names=[alias], level=statement.level
                        )
                    )
                    for alias in statement.names
                    if (alias.asname or alias.name) in wanted
                )
    return tuple(sorted(lines))


def helpers_of(nodes: Sequence[ast.AST], module: ast.Module) -> tuple[ast.stmt, ...]:
    """Module-level functions, classes and assignments that the nodes refer to, and what those refer to."""
    definitions: dict[str, ast.stmt] = {}
    for statement in module.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name != "Migration":
                definitions[name] = statement
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                definitions[name] = statement
            case _:
                pass
    found: dict[str, ast.stmt] = {}
    todo: list[ast.AST] = list(nodes)
    while todo:
        for node in ast.walk(todo.pop()):
            if isinstance(node, ast.Name) and node.id in definitions and node.id not in found:
                found[node.id] = definitions[node.id]
                todo.append(definitions[node.id])
    return tuple(statement for name, statement in definitions.items() if name in found)


def _operation_calls(module: ast.Module, *, nested: bool = True) -> Iterator[ast.Call]:
    for statement in module.body:
        if not isinstance(statement, ast.ClassDef) or statement.name != "Migration":
            continue
        for inner in statement.body:
            match inner:
                case (
                    ast.Assign(targets=[ast.Name(id="operations"), *_], value=value)
                    | ast.AnnAssign(target=ast.Name(id="operations"), value=ast.expr() as value)
                ):
                    yield from _listed_calls(value, nested=nested)
                case _:
                    pass


def _listed_calls(value: ast.expr, *, nested: bool) -> Iterator[ast.Call]:
    match value:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            for item in items:
                yield from _listed_calls(item, nested=nested)
        case ast.BinOp(left=left, right=right):
            yield from _listed_calls(left, nested=nested)
            yield from _listed_calls(right, nested=nested)
        case ast.Call():
            yield value
            for keyword in value.keywords if nested else ():
                if keyword.arg in {"database_operations", "state_operations"}:
                    yield from _listed_calls(keyword.value, nested=nested)
        case _:
            pass


def _last_name(func: ast.expr) -> str:
    match func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
