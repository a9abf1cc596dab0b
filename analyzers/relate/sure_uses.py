"""
Queries of which it is certain which model they ask: a name there that is none of its fields' is an error.

Whatever else has that name in the code, ``Order.objects.filter(legacy=legacy)``
speaks of the column; so does ``order.save(update_fields=["legacy"])`` of a row
that such a query gave.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum, auto

from analyzers.read.last_names import last_name
from analyzers.relate.annotated import GIVES, gives, regions
from analyzers.relate.inlined import bindings
from analyzers.relate.uses import (
    PLACES,
    classes_named,
    files_with,
    says,
    syntax_of,
    with_class,
)
from analyzers.trees import Tree
from analyzers.vocabulary import Place

DEPTH = 50
"""Calls of one chain, and names that lead to one another, that are followed."""

MANAGERS = 20
"""Classes that a manager is made of which are looked at."""

_ASKED_BY_NAME = frozenset(
    {"aget", "exclude", "filter", "get", "get_or_create", "update", "update_or_create"}
    | {"acreate", "aget_or_create", "aupdate", "aupdate_or_create", "create"}
)
_MAKES_ROWS = frozenset(
    {"acreate", "aget_or_create", "aupdate_or_create", "create", "get_or_create"}
    | {"update_or_create"}
)
_PATTERNED = re.compile(rb"related_(?:query_)?name\s*=[^\n]*%\(")
"""The other end of a relation under a name that is made of the model's."""
_ASKED_BY_TEXT = frozenset(
    {"dates", "datetimes", "defer", "distinct", "earliest", "latest", "only", "order_by"}
    | {"prefetch_related", "select_related", "values", "values_list"}
)
_ROWS = frozenset(
    {"alias", "all", "annotate", "defer", "distinct", "exclude", "filter", "iterator", "none"}
    | {"only", "order_by", "prefetch_related", "reverse", "select_for_update"}
    | {"select_related", "using", "values", "values_list"}
)
"""Methods that give rows of the same model."""

_ROW = frozenset(
    {"acreate", "aearliest", "afirst", "aget", "alast", "alatest", "create", "earliest", "first"}
    | {"get", "last", "latest"}
)
_OWN = _ASKED_BY_NAME | _ASKED_BY_TEXT | _ROWS | _ROW | {"__getattr__", "_filter_or_exclude"}
"""Methods that a manager must not have made anew: they may take names of their own."""

_SHORTCUTS = frozenset({"aget_list_or_404", "aget_object_or_404"}) | {
    "get_list_or_404",
    "get_object_or_404",
}
_ON_A_ROW = {"save": "update_fields", "asave": "update_fields", "refresh_from_db": "fields"}
_MANAGED = frozenset({"objects", "_default_manager", "_base_manager"})
_PLAIN = frozenset({"Model", "models.Model", "object"})
_PLAIN_MANAGERS = frozenset({"BaseManager", "Manager", "QuerySet"})
_NOT_ASKED = frozenset({"create_defaults", "defaults"})


class _Kind(Enum):
    """What an expression is: rows of the model, one of them, or what the name itself is."""

    ROWS = auto()
    ROW = auto()
    ITSELF = auto()


def sure_uses(tree: Tree, model: str, names: frozenset[str]) -> tuple[Place, ...]:
    """Where code of *tree* asks the class *model* for a field *names*, which it has no more, or gives it one."""
    paths = sorted({path for name in names for path in files_with(tree, name)})
    near = frozenset(files_with(tree, model)).intersection(paths)
    if not near or names & _NOT_ASKED:
        return ()
    family = _family(tree, model)
    if family is None or not _is_certain(tree, family, names) or _named_anew(tree, paths, names):
        return ()
    home = _home(tree, model)
    if home is None or says(tree, _PATTERNED):
        return ()
    methods = {s.name for node in family for s in node.body if isinstance(s, _FUNCTIONS)}
    found: set[Place] = set()
    for path in sorted(near):
        module = syntax_of(tree.read(path))
        if module is not None:
            file = _File(module, path, home, model, names, frozenset(methods))
            found.update(Place(path, line, line) for line in file.lines())
        if len(found) >= PLACES:
            break
    return tuple(sorted(found, key=lambda p: (p.path, p.line)))[:PLACES]


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


# -- what the model is ---------------------------------------------------------------------------


def _family(tree: Tree, model: str) -> list[ast.ClassDef] | None:
    """The class *model* and all that it inherits from up to Django's own; None where one of them is not certain."""
    waiting, seen, found = [model], set[str](), list[ast.ClassDef]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        nodes = list(classes_named(tree, name))
        if len(nodes) != 1 or nodes[0].decorator_list or nodes[0].keywords:
            return None
        found.append(nodes[0])
        bases = (ast.unparse(base) for base in nodes[0].bases)
        waiting += (base.rpartition(".")[2] for base in bases if base not in _PLAIN)
    return found


def _home(tree: Tree, model: str) -> str | None:
    """The one file whose top has the class *model*; None where several do."""
    found = [
        path
        for path in files_with(tree, model)
        if (module := syntax_of(tree.read(path))) is not None
        and any(isinstance(s, ast.ClassDef) and s.name == model for s in module.body)
    ]
    return found[0] if len(found) == 1 else None


def _leads(source: str, level: int, importer: str, home: str) -> bool:
    """Whether the module *source*, as *importer* names it, is the file *home* or a package above that."""
    module = "/" + home.removesuffix(".py").removesuffix("/__init__")
    wanted = source.replace(".", "/")
    if not level:
        return module.endswith(f"/{wanted}") or f"/{wanted}/" in module
    folder = "/".join(["", *importer.split("/")[:-level]])
    wanted = f"{folder}/{wanted}".rstrip("/")
    return module == wanted or module.startswith(f"{wanted}/")


def _is_certain(tree: Tree, family: Iterable[ast.ClassDef], names: frozenset[str]) -> bool:
    """Whether nothing in the *family* has one of *names*, and its managers ask as Django's do."""
    for one in family:
        for node in _outside_functions(one):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.keyword(arg=str(name)):
                    pass
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    pass
                case ast.ClassDef(name=name):
                    pass
                case _:
                    continue
            if name in names:
                return False
        for statement in one.body:
            if "objects" in bindings(ast.Module([statement], [])):
                match statement:
                    case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                        if not _asks_as_usual(tree, value):
                            return False
                    case _:
                        return False
    return True


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """What is below *node*, functions but not what is in them."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, (*_FUNCTIONS, ast.Lambda)):
            waiting += ast.iter_child_nodes(one)


def _asks_as_usual(tree: Tree, manager: ast.expr) -> bool:
    """Whether all classes of which *manager* is made are seen, and none has queries of its own making."""
    waiting, seen = _classes_said(manager), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name in _PLAIN_MANAGERS:
            continue
        seen.add(name)
        nodes = list(classes_named(tree, name))
        if not nodes or len(seen) > MANAGERS:
            return False
        if any(_names_unknown(n) for node in nodes for n in ast.walk(node)):
            return False
        for node in nodes:
            waiting += (said for base in node.bases for said in _classes_said(base))
            for method in (s for s in node.body if isinstance(s, _FUNCTIONS)):
                if method.name in _OWN:
                    return False
                if method.name == "get_queryset":
                    said = _classes_said(method)
                    if "super" not in said:
                        waiting += (each for each in said if each[:1].isupper())
    return bool(seen) or isinstance(manager, ast.Call)


def _names_unknown(node: ast.AST) -> bool:
    """Whether *node* works something out and takes the names for it from a mapping."""
    match node:
        case ast.Call(func=ast.Attribute(attr=method), keywords=keywords) if method in GIVES:
            return any(keyword.arg is None for keyword in keywords)
        case _:
            return False


def _classes_said(node: ast.AST) -> list[str]:
    """The names in *node* that may be classes: what stands alone, or in a module."""
    found: list[str] = []
    for inner in ast.walk(node):
        match inner:
            case ast.Attribute(value=ast.Name(id="models"), attr=name):
                found.append(name)
            case ast.Name(id=name) if name != "models":
                found.append(name)
            case _:
                pass
    return found


def _named_anew(tree: Tree, paths: Iterable[str], names: frozenset[str]) -> bool:
    """Whether queries may know one of *names* by other means: an annotation, the other end of a relation."""
    if any(name.decode(errors="replace").lower() in names for name in with_class(tree)):
        return True
    modules = [syntax_of(tree.read(path)) for path in paths]
    return any(m is None or any(_names_anew(n, names) for n in ast.walk(m)) for m in modules)


def _names_anew(node: ast.AST, names: frozenset[str]) -> bool:
    match node:
        case ast.keyword(
            arg="related_name" | "related_query_name" | "to_attr", value=ast.Constant(value=said)
        ):
            return said in names
        case ast.Call(func=ast.Attribute(attr="add_to_class" | "extra")):
            return any(isinstance(n, ast.Constant) and n.value in names for n in ast.walk(node))
        case ast.Call(func=ast.Attribute(attr=method), keywords=keywords) if method in GIVES:
            # Of a mapping it is not known what it names.
            unknown = any(keyword.arg is None for keyword in keywords)
            return unknown or any(gives(node, name) for name in names)
        case _:
            return False


# -- what asks it ------------------------------------------------------------------------------------


class _File:
    """One file's queries of the model."""

    def __init__(
        self,
        module: ast.Module,
        path: str,
        home: str,
        model: str,
        names: frozenset[str],
        methods: frozenset[str],
    ) -> None:
        """*methods* are those of the model itself, whose class stands in the file *home*."""
        self.module, self.model, self.names, self.methods = module, model, names, methods
        self.shortcuts: set[str] = set()
        here: Counter[str] = Counter()
        for node in ast.walk(module):
            match node:
                case ast.ImportFrom(module="django.shortcuts", names=aliases):
                    self.shortcuts.update(a.name for a in aliases if a.asname is None)
                case ast.ImportFrom(module=source, level=level, names=aliases):
                    for each in (a for a in aliases if a.asname in {None, a.name}):
                        inner = each.name if each.name != model else ""
                        dotted = ".".join(filter(None, (source, inner)))
                        if _leads(dotted, level, path, home):
                            here[each.name] += 1
                case _:
                    pass
        if path == home:
            here[model] += 1
        bound = Counter(bindings(module))
        self.here = frozenset(name for name, count in here.items() if bound[name] == count)
        """What is the tree's own under its own name, and nothing else anywhere in the file."""
        self.shortcuts = {name for name in self.shortcuts & _SHORTCUTS if bound[name] == 1}

    def lines(self) -> Iterator[int]:
        """The lines at which a name is asked for."""
        for region in regions(self.module.body):
            inner = list(ast.walk(region))
            if any(isinstance(n, ast.Name) and n.id == "hasattr" for n in inner):
                continue
            # What asks and is ready for another answer is none of our affair.
            caught = {
                n for t in inner if isinstance(t, ast.Try) for s in t.body for n in ast.walk(s)
            }
            scope = _Scope(self, region)
            for node in inner:
                if isinstance(node, ast.Call) and node not in caught:
                    yield from self._asked(node, scope)

    def is_model(self, node: ast.expr) -> bool:
        """Whether *node* is the class itself, by its name or its module's."""
        match node:
            case ast.Name(id=name):
                return name == self.model and name in self.here
            case ast.Attribute(value=ast.Name(id=holder), attr=name):
                return name == self.model and holder in self.here
            case _:
                return False

    def _asked(self, call: ast.Call, scope: _Scope) -> Iterator[int]:
        match call:
            case ast.Call(func=ast.Attribute(value=holder, attr=method)) if (
                method in _ASKED_BY_NAME | _ASKED_BY_TEXT | {"bulk_update", "abulk_update"}
            ):
                if scope.kind(holder) is _Kind.ROWS:
                    yield from self._by_rows(method, call)
            case ast.Call(func=ast.Attribute(value=holder, attr=method), keywords=keywords) if (
                method in _ON_A_ROW and method not in self.methods
            ):
                if scope.kind(holder) is _Kind.ROW:
                    told = (k.value for k in keywords if k.arg == _ON_A_ROW[method])
                    yield from (line for value in told for line in self._listed(value))
            case ast.Call(func=ast.Name(id=name), args=[_, *rest]) if (
                name in self.shortcuts and scope.kind(call) is _Kind.ROW
            ):
                yield from self._by_name(rest, call.keywords)
            case ast.Call(func=made, keywords=keywords) if (
                self.is_model(made) and "__init__" not in self.methods
            ):
                yield from self._by_name([], keywords)
            case _:
                pass

    def _by_rows(self, method: str, call: ast.Call) -> Iterator[int]:
        if method in _MAKES_ROWS and "__init__" in self.methods:
            return
        if method in _ASKED_BY_NAME:
            yield from self._by_name(call.args, call.keywords)
        elif method in _ASKED_BY_TEXT:
            asked = call.args[:1] if method in {"dates", "datetimes"} else call.args
            yield from (line for text in asked for line in self._text(text))
        elif len(call.args) > 1:
            yield from self._listed(call.args[1])

    def _by_name(self, args: Iterable[ast.expr], keywords: Iterable[ast.keyword]) -> Iterator[int]:
        """Keywords, also those of the conditions ``Q(...)`` that are given."""
        for keyword in keywords:
            if keyword.arg is not None and keyword.arg.partition("__")[0] in self.names:
                yield keyword.value.lineno
        waiting = list(args)
        while waiting:
            match waiting.pop():
                case ast.BinOp(left=left, right=right):
                    waiting += [left, right]
                case ast.UnaryOp(operand=operand):
                    waiting.append(operand)
                case ast.Call(func=made, args=inner, keywords=said) if last_name(made) == "Q":
                    waiting += inner
                    yield from self._by_name((), said)
                case _:
                    pass

    def _text(self, node: ast.expr) -> Iterator[int]:
        match node:
            case ast.Constant(value=str(text)):
                if text.removeprefix("-").partition("__")[0] in self.names:
                    yield node.lineno
            case _:
                pass

    def _listed(self, node: ast.expr) -> Iterator[int]:
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                yield from (line for element in elements for line in self._text(element))
            case _:
                pass


class _Scope:
    """What the names of a function, or of a statement outside of all, are."""

    def __init__(self, file: _File, region: ast.stmt) -> None:
        """Of each name all that it is ever given; one that is bound in another way as well is nothing."""
        self.file = file
        self.given: dict[str, list[ast.expr]] = defaultdict(list)
        self.each: dict[str, list[ast.expr]] = defaultdict(list)
        for node in ast.walk(region):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.given[name].append(value)
                case ast.For(target=ast.Name(id=name), iter=source):
                    self.each[name].append(source)
                case ast.comprehension(target=ast.Name(id=name), iter=source):
                    self.each[name].append(source)
                case _:
                    pass
        self.bound = Counter(bindings(region))
        self.known: dict[str, _Kind | None] = {}
        self.asked: list[str] = []

    def kind(self, node: ast.expr, depth: int = 0) -> _Kind | None:
        """What *node* is; None where that is not certain."""
        if depth > DEPTH:
            return None
        match node:
            case ast.Await(value=value):
                return self.kind(value, depth + 1)
            case ast.Name(id=name):
                return self._named(name, depth)
            case ast.Attribute(value=holder, attr=attribute) if attribute in _MANAGED:
                return _Kind.ROWS if self.file.is_model(holder) else None
            case ast.Subscript(value=value, slice=part):
                if self.kind(value, depth + 1) is None:
                    return None
                return _Kind.ROWS if isinstance(part, ast.Slice) else _Kind.ROW
            case ast.Call(func=ast.Name(id=name), args=[of, *_]) if name in self.file.shortcuts:
                known = self.file.is_model(of) or self.kind(of, depth + 1) is _Kind.ROWS
                return _Kind.ROW if known else None
            case ast.Call(func=made) if self.file.is_model(made):
                return _Kind.ROW
            case ast.Call(func=ast.Attribute(value=holder, attr=method)):
                return self._answer(holder, method, depth)
            case _:
                return None

    def _answer(self, holder: ast.expr, method: str, depth: int) -> _Kind | None:
        of = self.kind(holder, depth + 1)
        if method in _ROWS:
            return of if of in {_Kind.ROWS, _Kind.ITSELF} else None
        return _Kind.ROW if method in _ROW and of is _Kind.ROWS else None

    def _named(self, name: str, depth: int) -> _Kind | None:
        if self.asked and self.asked[-1] == name:
            # ``rows = rows.filter(...)``: what the others say of it.
            return _Kind.ITSELF
        if name in self.asked:
            return None
        if name not in self.known:
            given, each = self.given.get(name, []), self.each.get(name, [])
            if self.bound[name] != len(given) + len(each):
                self.known[name] = None
            else:
                self.asked.append(name)
                kinds = {self.kind(value, depth + 1) for value in given}
                kinds |= {
                    _Kind.ROW if self.kind(source, depth + 1) is _Kind.ROWS else None
                    for source in each
                }
                self.asked.pop()
                kinds.discard(_Kind.ITSELF)
                self.known[name] = kinds.pop() if len(kinds) == 1 else None
        return self.known[name]
