"""Where the code of a tree speaks of a model, a field, a table."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from weakref import WeakKeyDictionary

from analyzers.limits import SOURCE_BYTES
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.annotated import gives, of_annotations
from analyzers.relate.given import given_to_others, of_libraries, only_compared
from analyzers.relate.mappings import (
    of_answers,
    of_constants,
    of_data,
    of_dictionaries,
    of_memberships,
    of_parts,
)
from analyzers.relate.related_objects import of_relations, of_the_user, relations_of
from analyzers.trees import Tree
from analyzers.vocabulary import Place

PLACES = 20
"""Places that are listed; the first ones say enough."""

CODE_FILES = 10_000
"""Files of a tree's code that are looked at; the largest repositories met have some 5,000."""

_PLAIN = frozenset({"Model", "models.Model"})

_BUILT_IN = frozenset(
    name for kind in (str, bytes, dict, list, set, int, float, Exception) for name in dir(kind)
)
"""What the language's own objects have: ``items`` of anything is no use of a column."""


@lru_cache(maxsize=128)
def syntax_of(content: bytes) -> ast.Module | None:
    parsed = parse(content)
    return None if isinstance(parsed, Unparsed) else parsed


@lru_cache(maxsize=128)
def _class_statements(content: bytes) -> Mapping[str, tuple[ast.ClassDef, ...]]:
    """The classes of a file by their names."""
    module = syntax_of(content)
    found: dict[str, list[ast.ClassDef]] = {}
    for node in ast.walk(module) if module is not None else ():
        if isinstance(node, ast.ClassDef):
            found.setdefault(node.name, []).append(node)
    return {name: tuple(nodes) for name, nodes in found.items()}


_contents: WeakKeyDictionary[Tree, tuple[tuple[str, bytes], ...]] = WeakKeyDictionary()
"""The code of trees that are looked at: read once, forgotten with the tree."""


_ASKED = 200
"""Names of mappings and lists of one file for which all the code is looked through."""

_with_classes: WeakKeyDictionary[Tree, Mapping[bytes, tuple[bytes, ...]]] = WeakKeyDictionary()
_CLASS = re.compile(rb"^[ \t\f]*class[ \t\f]+([^\s(:\[]+)", re.MULTILINE)


def _code(tree: Tree) -> tuple[tuple[str, bytes], ...]:
    """Python files outside of migrations and tests."""
    found = _contents.get(tree)
    if found is None:
        paths = [p for p in tree.paths() if p.endswith(".py") and _is_code(p)][:CODE_FILES]
        tree.prefetch(paths)
        read = ((p, tree.read(p)) for p in paths)
        found = tuple((p, content) for p, content in read if len(content) <= SOURCE_BYTES)
        _contents[tree] = found
    return found


_named: WeakKeyDictionary[Tree, frozenset[str]] = WeakKeyDictionary()


def module_names(tree: Tree) -> frozenset[str]:
    """The names of all folders and Python files of *tree*."""
    found = _named.get(tree)
    if found is None:
        paths = (path.removesuffix(".py") for path in tree.paths() if path.endswith(".py"))
        found = frozenset(part for path in paths for part in path.split("/"))
        _named[tree] = found
    return found


def with_class(tree: Tree) -> Mapping[bytes, tuple[bytes, ...]]:
    """The code that has a class of each name: looked through once, asked for many names."""
    found = _with_classes.get(tree)
    if found is None:
        named: dict[bytes, dict[bytes, None]] = {}
        for _, content in _code(tree):
            for name in _CLASS.findall(content) if b"class" in content else ():
                named.setdefault(name, {})[content] = None
        found = {name: tuple(contents) for name, contents in named.items()}
        _with_classes[tree] = found
    return found


def files_with(tree: Tree, word: str) -> tuple[str, ...]:
    """Python files outside of migrations and tests that hold *word*."""
    plain = word.encode()
    wanted = re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(plain) + rb"(?![A-Za-z0-9])")
    return tuple(p for p, content in _code(tree) if plain in content and wanted.search(content))


def _said_elsewhere(tree: Tree, path: str) -> Callable[[str], bool]:
    """Whether other files than *path* say a name; True as well for one more of too many."""
    left = iter(range(_ASKED))
    return lambda word: next(left, None) is None or files_with(tree, word) != (path,)


def says(tree: Tree, pattern: re.Pattern[bytes]) -> bool:
    """Whether code of *tree* has what *pattern* finds."""
    return any(pattern.search(content) for _, content in _code(tree))


_OF_TESTS = re.compile(r"test(?:s|ing|utils?|case|cases|data|base)?(?:_.*)?\.py")


def _is_code(path: str) -> bool:
    parts = path.lower().split("/")
    return not any(
        "migration" in p or p in {"tests", "test", "unittests", "versions", "alembic"}
        for p in parts
    ) and not _OF_TESTS.fullmatch(parts[-1])


def model_has(tree: Tree, model: str, attribute: str | None) -> bool | None:
    """
    Whether the code of *tree* has a class *model* (with *attribute*, where given).

    None where it cannot be said: no such class is seen, or it inherits from
    classes that may bring the attribute.
    """
    classes = list(classes_named(tree, model))
    if not classes:
        return False if attribute is None else None
    if attribute is None:
        return True
    if any(_has(node, attribute) for node in classes):
        return True
    if all(_deprecates(node, attribute) for node in classes):
        return False
    plain = all(ast.unparse(base) in _PLAIN for node in classes for base in node.bases)
    if attribute == "id" and not any(_keyed(node) for node in classes):
        # Django gives it to a class that says no key of its own.
        return True if plain else None
    if plain:
        return False
    return None if any(_defined(tree, attribute)) else False


def spoken_of(tree: Tree, model: str, table: str) -> bool:
    """
    Whether code of *tree* names *model* or its *table* outside of the class itself.

    Also where that cannot be said: several classes of the name, a decorator that
    hands the class on, files that cannot be parsed or are too many.
    """
    words = model.lower().encode(), table.lower().encode()
    code = _code(tree)
    classes = 0
    for _, content in code:
        if not any(word in content.lower() for word in words):
            continue
        module = syntax_of(content)
        if module is None:
            return True
        own: set[int] = set()
        for node in module.body:
            if isinstance(node, ast.ClassDef) and node.name == model:
                classes += 1
                if node.decorator_list:
                    return True
                own.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        others = (line for n, line in enumerate(content.lower().splitlines(), 1) if n not in own)
        if any(word in line for line in others for word in words):
            return True
    return classes != 1 or len(code) >= CODE_FILES


def _deprecates(node: ast.ClassDef, attribute: str) -> bool:
    """Whether code that serves is told by ``deprecate_field(...)`` to know no such column any more."""
    return any(
        isinstance(s, ast.Assign)
        and _is_deprecated(s.value)
        and attribute in {t.id for t in s.targets if isinstance(t, ast.Name)}
        for s in node.body
    )


def _is_deprecated(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func).endswith("deprecate_field")


def _has(node: ast.ClassDef, attribute: str) -> bool:
    for statement in node.body:
        match statement:
            case ast.Assign(value=value) if _is_deprecated(value):
                continue
            case ast.Assign(targets=targets):
                names = [t.id for t in targets if isinstance(t, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                continue
        if attribute in names:
            return True
    return False


def _keyed(node: ast.ClassDef) -> bool:
    """Whether a field in the body of *node* may be the primary key."""
    return any(
        keyword.arg in {None, "primary_key"}
        for statement in node.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and isinstance(statement.value, ast.Call)
        for keyword in statement.value.keywords
    )


def _defined(tree: Tree, name: str) -> Iterator[bool]:
    for path in files_with(tree, name):
        module = syntax_of(tree.read(path))
        for node in ast.walk(module) if module is not None else ():
            if isinstance(node, ast.ClassDef) and _has(node, name):
                yield True


def only_meaning(tree: Tree, name: str, model: str) -> bool:
    """
    Whether nothing in *tree* defines *name*: what speaks of it can only mean the column.

    A query near *model* that works out something of that name defines it as well.
    """
    if name in _BUILT_IN:
        return False
    near = frozenset(files_with(tree, model))
    for path in files_with(tree, name):
        module = syntax_of(tree.read(path))
        if module is None:
            return False
        for node in ast.walk(module):
            if path in near and gives(node, name):
                return False
            match node:
                case ast.Name(id=found, ctx=ast.Store()) | ast.arg(arg=found):
                    pass
                case ast.FunctionDef(name=found) | ast.ClassDef(name=found):
                    pass
                case ast.AsyncFunctionDef(name=found):
                    pass
                case ast.Attribute(attr=found, ctx=ast.Store()):
                    pass
                case ast.alias(name=found):
                    pass
                case _:
                    continue
            if found == name:
                return False
    return True


def _imported_modules(module: ast.Module) -> frozenset[str]:
    """The names that ``import`` binds in *module*: modules, never models."""
    return frozenset(
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(module)
        if isinstance(node, ast.Import)
        for alias in node.names
    )


_CALLED = frozenset(
    {"db_column", "db_table", "help_text", "related_name", "related_query_name", "verbose_name"}
    | {"back_populates", "backref"}
)
"""Arguments that give names to a field, none of which is that of another field of its model."""

_OF_TABLES = frozenset({"__tablename__", "db_table", "app_label", "verbose_name"})
"""Names in a class body that say how something else than a column is called."""


def _foreign_keys(module: ast.Module) -> frozenset[ast.AST]:
    """
    Texts that ask a mapping for an entry, or name an element of XML: never a column.

    Nor do those that something is compared with, or begins with: values have names as fields have;
    nor what a field is called elsewhere, or its column of another name.
    """
    found: list[ast.AST] = []
    for node in ast.walk(module):
        match node:
            case ast.Compare(left=left, comparators=others):
                for side in (left, *others):
                    texts = (
                        side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
                    )
                    found += (t for t in texts if isinstance(t, ast.Constant))
            case ast.keyword(arg=argument, value=text) if argument in _CALLED:
                found.append(text)
            case ast.Assign(targets=[ast.Name(id=called)], value=text) if called in _OF_TABLES:
                found.append(text)
            case ast.Subscript(slice=ast.Constant() as key):
                found.append(key)
            case ast.Call(func=ast.Attribute(attr="find" | "findtext" | "findall"), args=[key]):
                found.append(key)
            case ast.Call(func=ast.Attribute(attr="get" | "pop" | "setdefault"), args=[key, *_]):
                # A query takes no text by position, so this is a mapping's.
                found.append(key)
            case ast.Call(func=ast.Attribute(attr="startswith" | "endswith"), args=[part]):
                found += part.elts if isinstance(part, ast.Tuple) else [part]
            case _:
                pass
    return frozenset(found)


def _methods(module: ast.Module) -> frozenset[ast.AST]:
    """Attributes that are called: what a column holds is not, so these are other objects' methods."""
    return frozenset(
        n.func
        for n in ast.walk(module)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    )


def _of_enumerations(module: ast.Module) -> frozenset[ast.AST]:
    """What members of enumerations, and the admin's filters, stand for: values of some column, as often as not another one's."""
    found: list[ast.AST] = []
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and any(
            ast.unparse(base).endswith(("Choices", "Enum", "SimpleListFilter"))
            for base in node.bases
        ):
            for statement in node.body:
                if isinstance(statement, ast.Assign):
                    found += (n for n in ast.walk(statement) if isinstance(n, ast.Constant))
    return frozenset(found)


_LOOKED_UP = frozenset(
    {"labels", "help_texts", "error_messages", "widgets", "field_classes", "extra_kwargs"}
)
"""Options of forms and serializers that are looked up for each of their fields; what is too much in them is not read."""


def _of_forms(module: ast.Module) -> frozenset[ast.AST]:
    """Keys of the mappings that a form's or serializer's ``Meta`` keeps beside its list of fields."""
    found: list[ast.AST] = []
    for node in ast.walk(module):
        if not isinstance(node, ast.ClassDef) or node.name != "Meta":
            continue
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=option)], value=ast.Dict(keys=keys)) if (
                    option in _LOOKED_UP
                ):
                    found += (key for key in keys if key is not None)
                case _:
                    pass
    return frozenset(found)


def _of_other_models(tree: Tree, module: ast.Module, model: str, name: str) -> frozenset[ast.AST]:
    """
    Texts *name* in a class body that says ``model = Other``: a field of a form or serializer of that model.

    With a relation's name before it (``tag__colour``) the text may still mean *model*.
    """
    found: list[ast.AST] = []
    for node in ast.walk(module):
        if not isinstance(node, ast.ClassDef):
            continue
        other = _model_of(node)
        if other is None or other == model or not _apart(tree, other, model):
            continue
        for statement in node.body:
            for text in ast.walk(statement) if isinstance(statement, ast.Assign) else ():
                match text:
                    case ast.Constant(value=str(said)) if (
                        said.removeprefix("-").partition("__")[0] == name
                    ):
                        found.append(text)
                    case _:
                        pass
    return frozenset(found)


def _model_of(node: ast.ClassDef) -> str | None:
    """The class that a body names as its ``model``."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="model")], value=ast.Name(id=name)):
                return name
            case ast.Assign(targets=[ast.Name(id="model")], value=ast.Attribute(attr=name)):
                return name
            case _:
                pass
    return None


def _apart(tree: Tree, other: str, model: str) -> bool:
    """Whether all that *other* inherits from is in *tree*, and none of it is *model*."""
    waiting, seen = [other], {"Model", "object"}
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        classes = list(classes_named(tree, name))
        if name == model or not classes:
            return False
        waiting += (ast.unparse(base).rpartition(".")[2] for node in classes for base in node.bases)
    return True


def classes_named(tree: Tree, name: str) -> Iterator[ast.ClassDef]:
    """The classes of that name in the code of *tree*."""
    for content in with_class(tree).get(name.encode(), ()):
        yield from _class_statements(content).get(name, ())


def _functions_named(tree: Tree, name: str) -> Iterator[ast.FunctionDef]:
    """The functions and methods of that name in the code of *tree*."""
    for path in files_with(tree, name):
        module = syntax_of(tree.read(path))
        for node in ast.walk(module) if module is not None else ():
            if isinstance(node, ast.FunctionDef) and node.name == name:
                yield node


def _with_relations(tree: Tree, paths: Iterable[str]) -> Iterator[ast.ClassDef]:
    """The classes of the files *paths* of *tree* that may have foreign keys."""
    for path in paths:
        content = tree.read(path)
        if b"ForeignKey" in content or b"OneToOneField" in content:
            for nodes in _class_statements(content).values():
                yield from nodes


def places(
    tree: Tree, name: str, model: str | None = None, *, data: bool = True
) -> tuple[Place, ...]:
    """
    Where code of *tree* asks for *name*: as an attribute, a keyword (with lookups), in field lists.

    With *model*, only in files that speak of the model as well: names such as
    ``type`` mean many things, and texts may mean anything. Without *data* the keys
    of mappings do not count. Texts come last: they may be names of something else.
    """
    found: dict[Place, bool] = {}
    lookup = re.compile(rf"^-?(?:\w+__)*{re.escape(name)}(?:_id)?(?:__\w+)*$")
    near = frozenset(files_with(tree, model)) if model is not None else None
    relations: Mapping[str, str] = {}
    if model is not None and near is not None:
        every = functools.partial(_with_relations, tree, near)
        relations = relations_of(model, lambda c: classes_named(tree, c), every)
    for path in files_with(tree, name):
        if near is not None and path not in near:
            continue
        module = syntax_of(tree.read(path))
        modules = _imported_modules(module) if module is not None else frozenset()
        keys = (
            _foreign_keys(module)
            | of_dictionaries(module)
            | of_answers(module)
            | of_parts(module)
            | _of_enumerations(module)
            | _of_forms(module)
            | _methods(module)
            | of_annotations(module, name)
            if module is not None
            else frozenset()
        )
        if not data and module is not None:
            keys |= of_data(module)
        elif module is not None:
            elsewhere = _said_elsewhere(tree, path)
            keys |= of_constants(module, elsewhere) | of_memberships(module, elsewhere)
        if model is not None and module is not None:
            keys |= _of_other_models(tree, module, model, name)
            keys |= frozenset(
                given_to_others(module, name, model, lambda c: classes_named(tree, c))
            )
            keys |= frozenset(of_libraries(module, name, lambda root: root in module_names(tree)))
            keys |= frozenset(only_compared(module, name, lambda f: _functions_named(tree, f)))
            keys |= frozenset(of_relations(module, name, relations))
            keys |= frozenset(of_the_user(module, name, model))
        for node in ast.walk(module) if module is not None else ():
            match node:
                case ast.Attribute(value=ast.Name(id=holder)) if holder in modules:
                    # ``os.access`` is the module's own.
                    continue
                case ast.Attribute(attr=attribute, ctx=ast.Load()) if (
                    attribute == name and node not in keys
                ):
                    line = node.end_lineno or node.lineno
                case ast.keyword(arg=str(keyword), value=value) if (
                    lookup.match(keyword) and node not in keys
                ):
                    line = value.lineno
                case ast.Constant(value=str(text)) if lookup.match(text) and node not in keys:
                    line = node.lineno
                case _:
                    continue
            place = Place(path, line, line)
            found[place] = found.get(place, True) and isinstance(node, ast.Constant)
        if len(found) >= PLACES:
            # Files come sorted: what follows would not be shown.
            break
    return tuple(sorted(found, key=lambda p: (found[p], p.path, p.line)))[:PLACES]
