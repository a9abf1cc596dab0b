"""Constants, those of models as well, and members of enumerations that a migration imports from its repository, as their values there."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping

from analyzers.frozen import dataclass
from analyzers.read.enumerations import CHOICES, ENUMS
from analyzers.read.modules import spelled
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.imported import paths_of
from analyzers.relate.scopes import bound_at_top, imported
from analyzers.trees import Tree


def with_constants(tree: Tree, content: bytes, path: str) -> bytes:
    """
    The file *content* at *path* with imported constants of *tree* as plain ones of its own.

    The same bytes where it imports none.
    """
    module = parse(content)
    if isinstance(module, Unparsed):
        return content
    dotted = imported(module, path)
    modules = _Modules(tree)
    brought = {name: modules.find(dotted.get(name, "")) for name in _only_imported(module)}
    known = {n: m for n, m in brought.items() if isinstance(m, _Members)}
    classes = {n: c for n, c in brought.items() if isinstance(c, Mapping)}
    set_on = _set_on(module)
    classes = {n: c for n, c in classes.items() if n not in set_on}
    whole = {n: dotted[n] for n in brought if n in dotted and n not in set_on}
    put = _Put(known, classes, whole, modules)
    try:
        module = put.visit(module)
    except RecursionError:
        return content
    found = bool(known) or put.within
    asked = {n.id for n in ast.walk(module) if isinstance(n, ast.Name)}
    body: list[ast.stmt] = []
    for statement in module.body:
        if not isinstance(statement, ast.ImportFrom):
            body.append(statement)
            continue
        kept = []
        for alias in statement.names:
            name = alias.asname or alias.name
            value = modules.find(dotted.get(name, ""))
            if not isinstance(value, ast.Constant):
                if name not in known or name in asked:
                    kept.append(alias)
            else:
                found = True
                body.append(ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value))
        if kept:
            body.append(ast.ImportFrom(module=statement.module, names=kept, level=statement.level))
    if not found:
        return content
    made = ast.Module(body=body, type_ignores=[])
    try:
        return ast.unparse(ast.fix_missing_locations(made)).encode("utf-8", "surrogateescape")
    except (RecursionError, ValueError):
        return content


@dataclass(frozen=True, slots=True)
class _Members:
    """The members of an enumeration, and whether each of them is its value."""

    values: Mapping[str, ast.Constant]
    equal: bool


_Class = Mapping[str, _Members | ast.Constant]
"""The enumerations in the body of a class, and a model's constants, by name."""


def _only_imported(module: ast.Module) -> set[str]:
    """The names that *module* imports, in functions as well, and binds to nothing else."""
    told: set[str] = set()
    others: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.ImportFrom(names=names):
                told |= {alias.asname or alias.name for alias in names}
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                others.add(name)
            case _:
                pass
    return told - others


def _set_on(module: ast.Module) -> set[str]:
    """The names of which *module* sets or deletes an attribute, at whatever depth."""
    found: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del(), value=owner):
                found.add(spelled(owner).partition(".")[0])
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[owner, *_]):
                found.add(spelled(owner).partition(".")[0])
            case _:
                pass
    return found


class _Put(ast.NodeTransformer):
    def __init__(
        self,
        known: Mapping[str, _Members],
        classes: Mapping[str, _Class],
        whole: Mapping[str, str],
        modules: _Modules,
    ) -> None:
        self.known = known
        self.classes = classes
        self.whole = whole
        """What may be modules that are imported as such, by their names here."""
        self.modules = modules
        self.within = False
        """Whether a member was put in the place of one in a class."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        match node:
            case ast.Attribute(value=ast.Attribute(value=owner, attr=member), attr=asked) if (
                members := self._members(owner)
            ) is not None:
                value = members.values.get(member) if asked == "value" else None
            case ast.Attribute(value=owner, attr=member) if (
                members := self._members(owner)
            ) is not None:
                value = members.values.get(member) if members.equal else None
            case _:
                value = self._of_class(node)
                owner = node.value
                if value is None:
                    return self.generic_visit(node)
        self.within |= value is not None and getattr(owner, "id", None) not in self.known
        return node if value is None else value

    def _members(self, owner: ast.expr) -> _Members | None:
        match owner:
            case ast.Name(id=name):
                return self.known.get(name)
            case ast.Attribute(value=ast.Name(id=name), attr=inner) if name in self.classes:
                found = self.classes[name].get(inner)
                return found if isinstance(found, _Members) else None
            case _:
                return None

    def _of_class(self, node: ast.Attribute) -> ast.Constant | None:
        """The constant of a model: ``Order.NEW``, or ``models.Order.NEW`` with the module imported."""
        match node.value:
            case ast.Name(id=name):
                owner: object = self.classes.get(name)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in self.whole:
                owner = self.modules.find(f"{self.whole[module]}.{name}")
            case _:
                return None
        found = owner.get(node.attr) if isinstance(owner, Mapping) else None
        return found if isinstance(found, ast.Constant) else None


THROUGH = 3
"""Modules that may hand a constant on before it comes to the one that imports it."""


_MODULES = 200
"""Modules that are looked for on behalf of one file: each is looked for among all paths."""


class _Modules:
    """Modules of one tree by their dotted names, parsed once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._parsed: dict[str, dict[str, _Told]] = {}

    def find(self, dotted: str) -> ast.Constant | _Members | _Class | None:
        """The constant, enumeration or class that the repository's module binds, once, to what *dotted* names, or imports."""
        for _ in range(THROUGH):
            module, _, name = dotted.rpartition(".")
            if not module or module.startswith(("django.", ".")):
                return None
            if module not in self._parsed:
                if len(self._parsed) >= _MODULES:
                    return None
                self._parsed[module] = self._constants(module)
            found = self._parsed[module].get(name)
            if not isinstance(found, str):
                return found
            dotted = found
        return None

    def _constants(self, module: str) -> dict[str, _Told]:
        """By name the constant or enumeration, or the dotted path that the name is imported from."""
        paths = paths_of(self.tree, module)
        parsed = parse(self.tree.read(paths[0])) if len(paths) == 1 else None
        if not isinstance(parsed, ast.Module):
            return {}
        bound: dict[str, int] = {}
        for node in ast.walk(parsed):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                    pass
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    pass
                case ast.alias(name="*"):
                    # It may bind anything.
                    return {}
                case ast.alias(name=full, asname=asname):
                    name = asname or full.partition(".")[0]
                case _:
                    continue
            bound[name] = bound.get(name, 0) + 1
        brought = imported(parsed, paths[0])
        told: dict[str, _Told] = {n: path for n, path in brought.items() if bound[n] == 1}
        set_on = _set_on(parsed)
        for statement in parsed.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value) if (
                    bound[name] == 1
                ):
                    told[name] = value
                case ast.ClassDef(name=name) if bound[name] == 1:
                    members = _members(statement, brought)
                    inner = (s for s in statement.body if isinstance(s, ast.ClassDef))
                    within: dict[str, _Members | ast.Constant] = {
                        c.name: m for c in inner if (m := _members(c, brought)) is not None
                    }
                    if name not in set_on:
                        within |= _of_model(statement)
                    if members is not None:
                        told[name] = members
                    elif within:
                        told[name] = within
                case _:
                    pass
        return told


def _of_model(definition: ast.ClassDef) -> dict[str, ast.Constant]:
    """The constants in the body of a class that is a model by its bases' names: no enumeration's members."""
    names = [spelled(base).rpartition(".")[2] for base in definition.bases]
    plain = all(n.endswith(("Model", "Mixin")) for n in names) and not definition.keywords
    if not plain or not any(n.endswith("Model") for n in names):
        return {}
    if any(isinstance(s, ast.Delete) for s in ast.walk(definition)):
        return {}
    bound = Counter(bound_at_top(definition.body))
    found: dict[str, ast.Constant] = {}
    for statement in definition.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value) if (
                bound[name] == 1
            ):
                found[name] = value
            case _:
                pass
    return found


_Told = ast.Constant | _Members | _Class | str


def _members(definition: ast.ClassDef, brought: Mapping[str, str]) -> _Members | None:
    """The members of the enumeration *definition*; None where it is none, or does not keep what is written."""
    bases: set[str] = set()
    for base in definition.bases:
        first, _, rest = spelled(base).partition(".")
        bases.add(f"{brought.get(first, first)}.{rest}" if rest else brought.get(first, first))
    choices = bases & CHOICES
    kind = next((k for k in bases & {"str", "int"}), None)
    if definition.keywords or bases - CHOICES - ENUMS - {kind} or not bases - {kind}:
        return None
    values: dict[str, ast.Constant] = {}
    for statement in definition.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value):
                values[name] = value
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Tuple(elts=[ast.Constant() as value, _]),
            ) if choices:
                values[name] = value
            case ast.FunctionDef(name=name) if name not in _MAKES_ANOTHER:
                pass
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                return None
    asked = {type(v.value) for v in values.values()}
    numbers = kind == "int" or any("Int" in base for base in bases)
    texts = kind == "str" or any("Text" in base or "Str" in base for base in bases)
    if (texts and asked != {str}) or (numbers and asked != {int}):
        # It is called with what stands there.
        return None
    return _Members(
        {n: v for n, v in values.items() if not n.startswith("_")},
        bool(choices) and (texts or numbers),
    )


_MAKES_ANOTHER = frozenset({"__new__", "__init__", "_generate_next_value_", "value"})
