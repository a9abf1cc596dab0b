"""
Names across the files of one tree: what a dotted path of an import stands for.

Modules are found by path (source roots, packages, namespace packages), and
names are followed through imports, re-exports and ``from x import *``. Nothing
is imported; what stands outside of the tree is a ``Ref``, unless the product
knows its source (``libraries``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from analyzers.limits import CLASSES_ABOVE, FILES, IMPORT_DEPTH
from analyzers.read.made_classes import made_by
from analyzers.read.modules import (
    _ATOMS,
    ClassFound,
    Module,
    Sources,
    class_at,
    unpacked,
    used_names,
)
from analyzers.read.names import Late, Names
from analyzers.read.translations import NOT_TRANSLATED, _formatted, translated
from analyzers.read.values import NOT_SET, Call, Opaque, Ref, Value, canonical
from analyzers.trees import Tree

CHOICES = frozenset(
    {
        "django.db.models.TextChoices",
        "django.db.models.IntegerChoices",
        "django.db.models.Choices",
        "django.db.models.enums.TextChoices",
        "django.db.models.enums.IntegerChoices",
    }
)
"""Django's classes whose subclasses enumerate choices."""

ENUMS = frozenset(
    {
        "enum.Enum",
        "enum.IntEnum",
        "enum.StrEnum",
        "enum.IntFlag",
        "enum.Flag",
        "backports.strenum.StrEnum",
    }
)
MIXED_ENUMS = frozenset({"enum.IntEnum", "enum.StrEnum", "backports.strenum.StrEnum"})

FINAL = ("django.db.", "django.utils.", "django.conf.", "builtins.")
"""What is known by its name: not followed, even where the tree brings Django along."""

SETTINGS = "django.conf.settings."


class Project:
    """The Python files of a tree, by dotted name."""

    def __init__(
        self, tree: Tree, sources: Sources | None = None, libraries: Mapping[str, str] | None = None
    ) -> None:
        self.tree = tree
        self.sources = sources or Sources()
        self.libraries = libraries or {}
        self._modules: dict[str, Module | None] = {}
        self._by_path: dict[str, Module | None] = {}
        self._found: dict[str, Value | None] = {}
        self._busy: set[str] = set()
        self._roots_of: dict[str, str] = {}
        self._scopes: dict[int, dict[str, Value]] = {}
        self._linear: dict[str, tuple[ClassFound | str, ...]] = {}
        self.enumerated: dict[str, Value] = {}
        self.setting: Callable[[str], Value | None] | None = None
        """What a setting is worth; None as long as it is not known which settings Django loads."""

    @cached_property
    def python(self) -> frozenset[str]:
        """All Python files."""
        return frozenset(p for p in self.tree.paths()[:FILES] if p.endswith(".py"))

    @cached_property
    def packages(self) -> frozenset[str]:
        """Directories with an ``__init__.py``."""
        return frozenset(
            p.removesuffix("__init__.py").rstrip("/")
            for p in self.python
            if p.rpartition("/")[2] == "__init__.py"
        )

    @cached_property
    def roots(self) -> Mapping[str, tuple[str, ...]]:
        """Top-level importable names to the directories in which they stand, the nearest to the top first."""
        found: dict[str, set[str]] = {}
        for path in self.python:
            root = self.root_of(path)
            rest = path[len(root) + 1 :] if root else path
            top = rest.partition("/")[0].removesuffix(".py")
            found.setdefault(top, set()).add(root)
        for top in {p.partition("/")[0] for p in self.python}:
            found.setdefault(top.removesuffix(".py"), set()).add("")
        return {k: tuple(sorted(v, key=lambda r: (r.count("/"), r))) for k, v in found.items()}

    def root_of(self, path: str) -> str:
        """The source root of a file: above the topmost package that it lies in."""
        directory = path.rpartition("/")[0]
        known = self._roots_of.get(directory)
        if known is None:
            known = self._roots_of[directory] = self._root_above(directory)
        return known

    def _root_above(self, directory: str) -> str:
        parts = directory.split("/") if directory else []
        for length in range(1, len(parts) + 1):
            if "/".join(parts[:length]) in self.packages:
                return "/".join(parts[: length - 1])
        return directory if directory in {"src", "lib"} else ""

    def name_of(self, path: str) -> str:
        """The dotted name under which *path* is imported."""
        root = self.root_of(path)
        rest = path[len(root) + 1 :] if root else path
        return rest.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def path_of(self, dotted: str) -> str | None:
        """The file of a module; None where the tree has none."""
        tail = dotted.replace(".", "/")
        for root in self.roots.get(dotted.partition(".")[0], ()):
            prefix = f"{root}/{tail}" if root else tail
            for path in (f"{prefix}/__init__.py", f"{prefix}.py"):
                if path in self.python:
                    return path
        return None

    def module(self, dotted: str) -> Module | None:
        """The module of that name, of the tree or of a known library."""
        if dotted not in self._modules:
            path = self.path_of(dotted)
            self._modules[dotted] = self.at(path) if path else self._library(dotted)
        return self._modules[dotted]

    def at(self, path: str) -> Module | None:
        """The module in the file *path*."""
        if path not in self._by_path:
            name = self.name_of(path)
            package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
            names = self.sources.names(self.tree, path, name, package)
            module = self.sources.module(self.tree, path)
            self._by_path[path] = (
                Module(self, path, name, module.body, names) if names and module else None
            )
        return self._by_path[path]

    def touched(self) -> tuple[Module, ...]:
        """The modules that were looked at so far."""
        return tuple(m for m in self._by_path.values() if m is not None)

    def looked_for(self, path: str) -> bool:
        """Whether a module of the name that *path* has was asked for."""
        return path in self._by_path or self.name_of(path) in self._modules

    def _library(self, dotted: str) -> Module | None:
        text = self.libraries.get(dotted)
        if text is None:
            return None
        parsed = ast.parse(text)
        names = Names(parsed, package=dotted.rpartition(".")[0], name=dotted)
        return Module(self, f"<{dotted}>", dotted, parsed.body, names)

    # -- following names -------------------------------------------------------------

    def resolve(self, dotted: str) -> Value | None:
        """The value that *dotted* stands for; None where it is not known (it stays a reference)."""
        if dotted.startswith(FINAL):
            if self.setting is not None and dotted.startswith(SETTINGS):
                return self.setting(dotted.removeprefix(SETTINGS))
            return None
        if dotted in self._found:
            return self._found[dotted]
        if dotted in self._busy or len(self._busy) > IMPORT_DEPTH * 4:
            return None
        self._busy.add(dotted)
        try:
            value = self._resolve(dotted)
        finally:
            self._busy.discard(dotted)
        self._found[dotted] = value
        return value

    def _split(self, dotted: str) -> tuple[Module, list[str]] | None:
        """The longest prefix that is a module, and the names after it."""
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            module = self.module(".".join(parts[:length]))
            if module is not None:
                return module, parts[length:]
        return None

    def _resolve(self, dotted: str) -> Value | None:
        split = self._split(dotted)
        if split is None:
            return None
        module, rest = split
        if not rest:
            return Ref(module.name)
        return self._in_module(module, rest)

    def _in_module(self, module: Module, rest: list[str]) -> Value | None:
        first, *more = rest
        names = module.names
        if first in names.classes and self._defines(names, first, names.classes[first]):
            found = ClassFound(module, names.classes[first], first)
            return self._in_class(found, more)
        bound = names.bound.get(first)
        if isinstance(bound, Late):
            made = self.made_class(module, first)
            if made is not None:
                return self._in_class(made, more)
            value = module.evaluator.name(first)
            if isinstance(value, Ref) and more:
                return self.resolve(canonical(".".join([value.name, *more]))) or Ref(
                    canonical(".".join([value.name, *more]))
                )
            return value if not more else None
        if isinstance(bound, Ref):
            if first in names.functions and bound.name == f"{module.name}.{first}":
                return Ref(".".join([module.name, *rest]))
            target = canonical(".".join([bound.name, *more]))
            if target == ".".join([module.name, *rest]):
                return None
            found_value = self.resolve(target)
            return found_value if found_value is not None else Ref(target)
        if bound is not None:
            return bound if not more else None
        for star in names.stars:
            starred = self.module(star)
            if starred is not None and starred is not module:
                value = self.resolve(".".join([star, *rest]))
                if value is not None:
                    return value
        return None

    @staticmethod
    def _defines(names: Names, name: str, node: ast.ClassDef) -> bool:
        bound = names.bound.get(name)
        return isinstance(bound, Ref) and bound.name.endswith(node.name)

    def _in_class(self, found: ClassFound, more: list[str], depth: int = 0) -> Value | None:
        if not more:
            return Ref(found.dotted)
        if more == ["__name__"]:
            return found.node.name
        kind = self.enum_kind(found)
        if kind is not None:
            return self._enum_attribute(found, kind, more)
        for owner in self.mro(found):
            value = self._class_attribute(owner, more[0])
            if value is None:
                continue
            if isinstance(value, ClassFound):
                return self._in_class(value, more[1:], depth + 1) if depth < IMPORT_DEPTH else None
            if len(more) == 1:
                return value
            return None
        return None

    def own_attribute(self, found: ClassFound, name: str) -> Value | None:
        """What the body of *found* binds *name* to; None where it does not."""
        value = self._class_attribute(found, name)
        return Ref(value.dotted) if isinstance(value, ClassFound) else value

    def _class_attribute(self, found: ClassFound, name: str) -> Value | ClassFound | None:
        for statement in reversed(found.node.body):
            match statement:
                case ast.ClassDef(name=inner) if inner == name:
                    return ClassFound(found.module, statement, f"{found.qualname}.{name}")
                case (
                    ast.Assign(targets=[ast.Name(id=target)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value)
                ) if target == name:
                    return self.evaluate_in(found, value)
                case ast.FunctionDef(name=inner) if inner == name:
                    return Ref(f"{found.dotted}.{name}")
                case _:
                    for target, value in unpacked(statement):
                        if target == name:
                            return self.evaluate_in(found, value)
        return None

    def scope(self, found: ClassFound) -> dict[str, Value]:
        """Names of a class body, as references into the class; read once, asked for each field."""
        known = self._scopes.get(id(found.node))
        if known is not None:
            return known
        local: dict[str, Value] = {}
        for statement in found.node.body:
            match statement:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                    local[name] = Ref(f"{found.dotted}.{name}")
                case (
                    ast.Assign(targets=[ast.Name(id=name)])
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr())
                ):
                    local[name] = Ref(f"{found.dotted}.{name}")
                case _:
                    local.update((n, Ref(f"{found.dotted}.{n}")) for n, _ in unpacked(statement))
        # The node stays alive with its module, so its id stays its own.
        self._scopes[id(found.node)] = local
        return local

    def _bound_at(self, found: ClassFound, name: str) -> int:
        """The line at which the class body first binds *name*."""
        lines = [
            statement.lineno
            for statement in found.node.body
            if getattr(statement, "name", None) == name
            or any(
                isinstance(target, ast.Name) and target.id == name
                for target in (
                    *getattr(statement, "targets", ()),
                    *([statement.target] if isinstance(statement, ast.AnnAssign) else ()),
                )
            )
        ]
        return min(lines, default=0)

    def evaluate_in(self, found: ClassFound, node: ast.expr) -> Value:
        """*node* evaluated in the body of a class: its own names come first."""
        local: dict[str, Value] = {}
        scope = self.scope(found)
        used = used_names(node) if scope else ()
        for name, reference in scope.items() if used else ():
            if name in used and isinstance(reference, Ref):
                if name in found.module.names.bound and self._bound_at(found, name) >= node.lineno:
                    # ``uuid = UUIDField(default=uuid.uuid4)``: still the module's.
                    continue
                key = f"{found.dotted}.{name}"
                value = self.resolve(key) if key not in self._busy else None
                if value is not None:
                    local[name] = value
                elif name not in found.module.names.bound:
                    local[name] = reference
        return found.module.evaluator.evaluate(node, local)

    # -- classes ---------------------------------------------------------------------

    def find_class(self, dotted: str) -> ClassFound | None:
        """The class that *dotted* names, re-exports followed; None where its source is not known."""
        split = self._split(dotted)
        for _ in range(IMPORT_DEPTH):
            if split is None:
                return None
            module, rest = split
            if not rest:
                return None
            value = self.resolve(".".join([module.name, *rest]))
            if not isinstance(value, Ref):
                return None
            split = self._split(value.name)
            if split is None:
                return None
            module, rest = split
            found = class_at(module, rest)
            if found is not None:
                return found
            if value.name == dotted:
                return None
        return None

    def made_class(self, module: Module, name: str) -> ClassFound | None:
        """The class that *module* binds to *name* by a call of a function that makes it with ``type``."""
        bound = module.names.bound.get(name)
        if (
            name not in module.made
            and isinstance(bound, Late)
            and isinstance(bound.node, ast.Call)
            and self._function_named(module.evaluator.evaluate(bound.node.func)) is not None
        ):
            module.evaluator.name(name)
        return module.made.get(name)

    def _function_named(self, value: Value) -> tuple[Module, ast.FunctionDef] | None:
        """The function of the project that *value* refers to, and its module."""
        split = self._split(value.name) if isinstance(value, Ref) else None
        if split is None or len(split[1]) != 1:
            return None
        function = split[0].names.functions.get(split[1][0])
        return (split[0], function) if function is not None else None

    def make(self, module: Module, name: str, call: Call) -> Value:
        """What *module* binds to *name*: the class that *call* makes, or *call* itself."""
        named = self._function_named(Ref(call.func))
        made = made_by(named[1], named[0].evaluator, call) if named is not None else None
        if made is None:
            return call
        title, bases = made
        node = ast.ClassDef(title, [], [], [ast.Pass()], [])
        node.lineno, node.end_lineno = call.line, call.end_line
        module.made[name] = ClassFound(module, node, name, bases)
        return Ref(f"{module.name}.{name}")

    def bases(self, found: ClassFound) -> list[Value]:
        """The base classes: references, or what stands there instead."""
        if found.made_of:
            return list(found.made_of)
        values: list[Value] = []
        for node in found.node.bases:
            inner = node.value if isinstance(node, ast.Subscript) else node
            value = (
                self.evaluate_in(found, inner)
                if "." in found.qualname
                else found.module.evaluator.evaluate(inner)
            )
            if isinstance(value, Call) and value.func.rpartition(".")[2] == "with_metaclass":
                # ``six.with_metaclass(Meta, A, B)``: a class whose bases are A and B.
                values.extend(value.args[1:])
            else:
                values.append(value)
        return values

    def mro(self, found: ClassFound) -> Iterator[ClassFound]:
        """*found* and those of its ancestors whose source is known, in Python's order."""
        return (entry for entry in self.linear(found) if isinstance(entry, ClassFound))

    def linear(self, found: ClassFound, depth: int = 0) -> tuple[ClassFound | str, ...]:
        """
        *found* and its ancestors, in Python's order; those whose source is not known by name.

        What a class of unknown source inherits is not in it. Where the order would be
        an error in Python, it is the order in which the bases are met.
        """
        known = self._linear.get(found.dotted)
        if known is not None:
            return known
        # A class that is its own ancestor is an error; here it ends the search.
        self._linear[found.dotted] = (found,)
        above: list[list[ClassFound | str]] = []
        direct: list[ClassFound | str] = []
        for base in self.bases(found) if depth <= IMPORT_DEPTH else ():
            name = base.name if isinstance(base, Ref) else source_of(base)
            parent = self.find_class(name) if isinstance(base, Ref) else None
            direct.append(parent or name)
            above.append(list(self.linear(parent, depth + 1)) if parent else [name])
        order = (found, *_merged([*above, direct]))
        self._linear[found.dotted] = order
        return order

    def ancestors(self, found: ClassFound) -> frozenset[str]:
        """Dotted paths of all ancestors; what cannot be followed is named as far as it is known."""
        names: set[str] = set()
        for owner in self.mro(found):
            for base in self.bases(owner):
                if isinstance(base, Ref):
                    names.add(base.name)
        return frozenset(names)

    # -- enumerations ----------------------------------------------------------------

    def enum_kind(self, found: ClassFound) -> str | None:
        """``choices``, ``mixed`` (a member equals its value), ``enum``, or None."""
        above = self.ancestors(found)
        if above & CHOICES:
            return "choices"
        if above & ENUMS:
            mixed = above & MIXED_ENUMS or above & {"builtins.str", "builtins.int"}
            return "mixed" if mixed else "enum"
        return None

    def members(self, found: ClassFound) -> dict[str, tuple[Value, Value]] | None:
        """Members of an enumeration: value and label; None where they are not all known."""
        key = found.dotted
        if key not in self.enumerated:
            self.enumerated[key] = None
            self.enumerated[key] = self._members(found)
        members: dict[str, tuple[Value, Value]] | None = self.enumerated[key]
        return members

    def _members(self, found: ClassFound) -> dict[str, tuple[Value, Value]] | None:
        members: dict[str, tuple[Value, Value]] = {}
        choices = bool(self.ancestors(found) & CHOICES)
        count = 0
        for statement in found.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=node):
                    if name.startswith("_"):
                        if name == "__empty__":
                            members[name] = (None, self.plain(self.evaluate_in(found, node)))
                        continue
                    local = {k: v for k, (v, _) in members.items()}
                    value = self.plain(found.module.evaluator.evaluate(node, local))
                    label: Value = name.replace("_", " ").title()
                    if isinstance(node, ast.Call) and "auto" in ast.unparse(node.func):
                        count += 1
                        lower = self.ancestors(found) & {
                            "enum.StrEnum",
                            "backports.strenum.StrEnum",
                        }
                        text = bool(self.ancestors(found) & {"django.db.models.TextChoices"})
                        value = name.lower() if lower else name if text else count
                    elif (
                        choices
                        and isinstance(value, tuple)
                        and len(value) > 1
                        and isinstance(value[-1], str)
                    ):
                        *values, label = value
                        value = values[0] if len(values) == 1 else tuple(values)
                    if isinstance(value, Opaque):
                        return None
                    if isinstance(value, int):
                        count = value
                    members[name] = (value, label)
                case ast.If() | ast.For() | ast.With():
                    return None
                case ast.FunctionDef(name="__new__" | "__init__" | "_generate_next_value_"):
                    return None
                case _:
                    pass
        for owner in self.mro(found):
            if any(
                isinstance(s, ast.FunctionDef) and s.name in {"__new__", "label"}
                for s in owner.node.body
            ):
                return None
        return members

    def _enum_attribute(self, found: ClassFound, kind: str, more: list[str]) -> Value | None:
        members = self.members(found)
        name = more[0]
        overridden = any(
            isinstance(s, ast.FunctionDef) and s.name == name
            for owner in self.mro(found)
            for s in owner.node.body
        )
        if members is None or overridden:
            if name == "choices" and not overridden:
                return Opaque(f"{found.dotted}.choices", "an enumeration that cannot be listed")
            return Ref(".".join([found.dotted, *more]))
        shown = {k: v for k, v in members.items() if k != "__empty__"}
        if name in members:
            value, label = members[name]
            match more[1:]:
                case []:
                    return value if kind != "enum" else Ref(f"{found.dotted}.{name}")
                case ["value"]:
                    return value
                case ["label"]:
                    return label
                case ["name"]:
                    return name
                case _:
                    return None
        if len(more) != 1:
            return None
        empty = [members["__empty__"]] if "__empty__" in members else []
        match name:
            case "choices":
                return [(v, label) for v, label in (*empty, *shown.values())]
            case "values":
                return [v for v, _ in (*empty, *shown.values())]
            case "labels":
                return [label for _, label in (*empty, *shown.values())]
            case "names":
                return [*(["__empty__"] if empty else []), *shown]
            case _:
                nested = self._class_attribute(found, name)
                return (
                    Ref(f"{found.dotted}.{name}")
                    if nested is None
                    else (Ref(nested.dotted) if isinstance(nested, ClassFound) else nested)
                )

    def plain(self, value: Value, depth: int = 0) -> Value:
        """*value* with what only marks texts for translation taken off."""
        if self.setting is not None and isinstance(value, Ref) and value.name.startswith(SETTINGS):
            found = self.setting(value.name.removeprefix(SETTINGS))
            return value if found is None or found is NOT_SET else found
        if type(value) in _ATOMS or depth > IMPORT_DEPTH:
            return value
        if isinstance(value, Call):
            if value.func == "builtins.getattr" and self.setting is not None:
                value = self._asked(value)
                if not isinstance(value, Call):
                    return self.plain(value, depth + 1)
            if value.func == "django.conf.SettingsReference" and len(value.args) == 2:
                # A text that knows which setting it comes from.
                return self.plain(value.args[0], depth + 1)
            text = translated(value)
            if text is not NOT_TRANSLATED:
                return self.plain(text, depth + 1)
            inner = tuple(self.plain(v, depth + 1) for v in value.args)
            named = tuple((k, self.plain(v, depth + 1)) for k, v in value.kwargs)
            if value.func == "django.utils.text.format_lazy":
                made = _formatted(inner, dict(named))
                if made is not None:
                    return made
            if inner == value.args and named == value.kwargs:
                return value
            return replace(value, args=inner, kwargs=named)
        if isinstance(value, tuple):
            return tuple(self.plain(v, depth + 1) for v in value)
        if isinstance(value, list):
            return [self.plain(v, depth + 1) for v in value]
        if isinstance(value, dict):
            return {k: self.plain(v, depth + 1) for k, v in value.items()}
        return value

    def _asked(self, call: Call) -> Value:
        """The value of ``getattr(settings, "NAME", default)``, where the setting is known."""
        match call.args:
            case (Ref(name="django.conf.settings"), str() as name, default):
                found = self.resolve(f"{SETTINGS}{name}")
                return default if found is NOT_SET else call if found is None else found
            case _:
                return call


def source_of(base: Value) -> str:
    """A name for a base class that is no plain reference."""
    if isinstance(base, Call):
        return f"{base.func}(...)"
    return base.text if isinstance(base, Opaque) else repr(base)[:100]


def _merged(lists: list[list[ClassFound | str]]) -> list[ClassFound | str]:
    """Python's C3 order of classes in several orders; as they come where there is none."""
    rest = [list(one) for one in lists if one]
    merged: list[ClassFound | str] = []
    if sum(map(len, rest)) > CLASSES_ABOVE:
        return list({_id(entry): entry for one in rest for entry in one}.values())
    while rest:
        for one in rest:
            head = _id(one[0])
            if not any(head == _id(entry) for other in rest for entry in other[1:]):
                break
        else:
            one = rest[0]
            head = _id(one[0])
        merged.append(one[0])
        rest = [[e for e in other if _id(e) != head] for other in rest]
        rest = [other for other in rest if other]
    return merged


def _id(entry: ClassFound | str) -> str:
    return entry if isinstance(entry, str) else entry.dotted
