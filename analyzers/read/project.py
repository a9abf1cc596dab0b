"""
Names across the files of one tree: what a dotted path of an import stands for.

Modules are found by path (source roots, packages, namespace packages), and
names are followed through imports, re-exports and ``from x import *``. Nothing
is imported; what stands outside of the tree is a ``Ref``, unless the product
knows its source (``libraries``).
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from analyzers.limits import IMPORT_DEPTH, MADE_CLASS_DEPTH, MADE_CLASS_VALUES, VALUE_PARTS
from analyzers.read import enumerations
from analyzers.read.class_order import merged
from analyzers.read.filled import changed_names
from analyzers.read.layout import Layout
from analyzers.read.made_choices import made_choices
from analyzers.read.made_classes import class_within, made_by
from analyzers.read.metaclasses import makes_attributes
from analyzers.read.modules import (
    _ATOMS,
    ClassFound,
    Module,
    Sources,
    class_at,
    unpacked,
    used_names,
)
from analyzers.read.named_choices import listed_choices
from analyzers.read.names import Late, Names
from analyzers.read.translations import NOT_TRANSLATED, _formatted, translated
from analyzers.read.values import NOT_SET, Call, Opaque, Ref, Value, canonical, few, within
from analyzers.trees import Tree

FINAL = ("django.db.", "django.utils.", "django.conf.", "builtins.")
"""What is known by its name: not followed, even where the tree brings Django along."""

SETTINGS = "django.conf.settings."


class Project(Layout):
    """The modules, classes and names of a tree, by dotted name."""

    def __init__(
        self, tree: Tree, sources: Sources | None = None, libraries: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(tree)
        self.sources = sources or Sources()
        self.libraries = libraries or {}
        self._modules: dict[str, Module | None] = {}
        self._by_path: dict[str, Module | None] = {}
        self._found: dict[str, Value | None] = {}
        self._busy: set[str] = set()
        self._scopes: dict[int, dict[str, Value]] = {}
        self._class_bodies: dict[int, tuple[dict[str, list[int]], frozenset[str]]] = {}
        self._linear: dict[str, tuple[ClassFound | str, ...]] = {}
        self._made_depth: dict[str, int] = {}
        self.enumerated: dict[str, Value] = {}
        self.remade: dict[str, bool] = {}
        self.methods: dict[str, Value] = {}
        self.setting: Callable[[str], Value | None] | None = None
        """What a setting is worth; None as long as it is not known which settings Django loads."""

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
            root = self.root_of(path)
            if names is not None and root:
                names = names.where(lambda dotted: self.own(dotted, root))
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
        first = not self._busy
        self._busy.add(dotted)
        try:
            value = self._resolve(dotted)
        except RecursionError:
            # Modules that take over from one another without end, each with an expression of its own.
            if not first:
                raise
            value = None
        finally:
            self._busy.discard(dotted)
        # What is made of itself twice at each level would take for ever to look through.
        value = self._found[dotted] = within(value, VALUE_PARTS)
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
        if first not in names.bound and first in module.made:
            return self._in_class(module.made[first], more)
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
        own = canonical(".".join([module.name, *rest]))
        for star in reversed(names.stars):
            if self.module(star) is not module and self.gives(star, first):
                value = self.resolve(".".join([star, *rest]))
                # Two modules may take names over from each other.
                if value is not None and value != Ref(own):
                    return value
        return None

    def gives(self, star: str, name: str) -> bool:
        """Whether *name* is among the names that ``from star import *`` brings, of a module of the project."""
        module = self.module(star)
        if module is None:
            return False
        listed = module.evaluator.name("__all__") if "__all__" in module.names.bound else None
        if isinstance(listed, list | tuple):
            return name in listed
        return not name.startswith("_") or listed is not None

    @staticmethod
    def _defines(names: Names, name: str, node: ast.ClassDef) -> bool:
        bound = names.bound.get(name)
        return isinstance(bound, Ref) and bound.name.endswith(node.name)

    def _in_class(self, found: ClassFound, more: list[str], depth: int = 0) -> Value | None:
        if not more:
            return Ref(found.dotted)
        if more == ["__name__"]:
            return found.node.name
        kind = enumerations.enum_kind(self, found)
        if kind is not None:
            return enumerations.attribute(self, found, kind, more)
        if makes_attributes(self, found):
            return Ref(".".join([found.dotted, *more]))
        for owner in self.mro(found):
            value = self.class_attribute(owner, more[0])
            if value is None:
                continue
            if isinstance(value, ClassFound):
                return self._in_class(value, more[1:], depth + 1) if depth < IMPORT_DEPTH else None
            if len(more) == 1:
                return value
            return None
        return None

    def own_attribute(
        self, found: ClassFound, name: str, *, before: int | None = None
    ) -> Value | None:
        """What the body of *found* binds *name* to, above the line *before*; None where it does not."""
        value = self.class_attribute(found, name, before=before)
        return Ref(value.dotted) if isinstance(value, ClassFound) else value

    def class_attribute(
        self, found: ClassFound, name: str, *, before: int | None = None
    ) -> Value | ClassFound | None:
        """The same, a class within the class as what it is."""
        for statement in reversed(found.node.body):
            if before is not None and statement.lineno >= before:
                continue
            match statement:
                case ast.ClassDef(name=inner) if inner == name:
                    return found.inner(statement)
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
        if known is not None and found.given is None:
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

    def _body(self, found: ClassFound) -> tuple[dict[str, list[int]], frozenset[str]]:
        """The lines at which the class body binds each name, and the names that it changes; read once."""
        known = self._class_bodies.get(id(found.node))
        if known is not None:
            return known
        lines: dict[str, list[int]] = {}
        for statement in found.node.body:
            targets = [*getattr(statement, "targets", ())]
            targets += [statement.target] if isinstance(statement, ast.AnnAssign) else []
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            for name in (*names, getattr(statement, "name", None)):
                if isinstance(name, str):
                    lines.setdefault(name, []).append(statement.lineno)
        changed = frozenset(name for s in found.node.body for name in changed_names(s))
        # The node stays alive with its module, so its id stays its own.
        self._class_bodies[id(found.node)] = lines, changed
        return lines, changed

    def evaluate_in(self, found: ClassFound, node: ast.expr) -> Value:
        """*node* evaluated in the body of a class: its own names come first."""
        local: dict[str, Value] = dict(found.given or ())
        scope = self.scope(found)
        used = used_names(node) if scope else ()
        bound, changed = self._body(found) if used else ({}, ())
        for name in sorted(name for name in used if name in scope):
            reference = scope[name]
            if isinstance(reference, Ref):
                lines = bound.get(name, [])
                if name in found.module.names.bound and min(lines, default=0) >= node.lineno:
                    # ``uuid = UUIDField(default=uuid.uuid4)``: still the module's.
                    continue
                if name in changed:
                    local[name] = Opaque(reference.name, "changed after it is made")
                    continue
                if len(lines) > 1:
                    value = self.own_attribute(found, name, before=node.lineno)
                else:
                    value = self._in_body(found, name)
                if value is not None:
                    local[name] = value
                elif name not in found.module.names.bound:
                    local[name] = reference
        return found.module.evaluator.evaluate(node, local)

    def _in_body(self, found: ClassFound, name: str) -> Value | None:
        """What *name*, which the body of *found* binds, is in that body: whatever is made of it afterwards."""
        key = f"{found.dotted}.{name}"
        if key in self._busy:
            return None
        if not makes_attributes(self, found):
            return self.resolve(key)
        self._busy.add(key)
        try:
            return within(self.own_attribute(found, name), VALUE_PARTS)
        finally:
            self._busy.discard(key)

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
        """The class that *module* binds to *name* by a call of a function that makes it."""
        bound = module.names.bound.get(name)
        if (
            name not in module.made
            and isinstance(bound, Late)
            and isinstance(bound.node, ast.Call)
            and self.function_named(module.evaluator.evaluate(bound.node.func)) is not None
        ):
            value = module.evaluator.name(name)
            found = self.find_class(value.name) if isinstance(value, Ref) else None
            if found is not None and found.given is not None:
                return found
        return module.made.get(name)

    def function_named(self, value: Value) -> tuple[Module, ast.FunctionDef] | None:
        """The function of the project that *value* refers to, and its module."""
        split = self._split(value.name) if isinstance(value, Ref) else None
        if split is None or len(split[1]) != 1:
            return None
        function = split[0].names.functions.get(split[1][0])
        return (split[0], function) if function is not None else None

    def function_at(self, dotted: str) -> ast.FunctionDef | None:
        """The function at *dotted*: of a module, or in the body of a class."""
        named = self.function_named(Ref(dotted))
        if named is not None:
            return named[1]
        above, _, name = dotted.rpartition(".")
        found = self.find_class(above)
        for statement in reversed(found.node.body if found is not None else []):
            match statement:
                case ast.FunctionDef(name=inner) if inner == name:
                    return statement
                case _:
                    pass
        return None

    def make(self, module: Module, name: str, call: Call) -> Value:
        """What *module* binds to *name*: the class that *call* makes, or *call* itself."""
        named = self.function_named(Ref(call.func))
        if named is None:
            return call
        made = made_by(named[1], named[0].evaluator, call)
        if made is None:
            within = self._class_within(*named, call)
            return call if within is None else Ref(within.dotted)
        title, bases = made
        node = ast.ClassDef(title, [], [], [ast.Pass()], [])
        node.lineno, node.end_lineno = call.line, call.end_line
        module.made[name] = ClassFound(module, node, name, bases)
        return Ref(f"{module.name}.{name}")

    def _class_within(
        self, module: Module, function: ast.FunctionDef, call: Call
    ) -> ClassFound | None:
        """The class in *function*, which stands in *module*, that *call* makes: another for each call."""
        if not few(call, MADE_CLASS_VALUES):
            return None
        digest = hashlib.sha256(repr(call).encode(errors="replace")).hexdigest()[:12]
        name = f"{function.name}_{digest}"
        if name not in module.made:
            made = class_within(function, module.evaluator, call)
            if made is None:
                return None
            node, local = made
            module.made[name] = ClassFound(module, node, name, given=tuple(local.items()))
        return module.made[name]

    def made_base(self, found: ClassFound, call: Call) -> Value:
        """The class that *call*, in the class *found*, makes; *call* itself where that is not followed."""
        depth = self._made_depth.get(found.dotted, 0) + 1
        named = self.function_named(Ref(call.func)) if depth <= MADE_CLASS_DEPTH else None
        made = self._class_within(*named, call) if named is not None else None
        if made is None:
            return call
        self._made_depth[made.dotted] = max(depth, self._made_depth.get(made.dotted, 0))
        return Ref(made.dotted)

    def bases(self, found: ClassFound) -> list[Value]:
        """The base classes: references, or what stands there instead."""
        if found.made_of:
            return list(found.made_of)
        values: list[Value] = []
        for node in found.node.bases:
            inner = node.value if isinstance(node, ast.Subscript) else node
            value = (
                self.evaluate_in(found, inner)
                if "." in found.qualname or found.given is not None
                else found.module.evaluator.evaluate(inner)
            )
            if isinstance(value, Call) and value.func.rpartition(".")[2] == "with_metaclass":
                # ``six.with_metaclass(Meta, A, B)``: a class whose bases are A and B.
                values.extend(value.args[1:])
                continue
            values.append(self.made_base(found, value) if isinstance(value, Call) else value)
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
        order = (found, *merged([*above, direct]))
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

    # -- texts -----------------------------------------------------------------------

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
            pairs = listed_choices(value) or made_choices(value)
            if pairs is None:
                pairs = enumerations.called(self, value)
            if pairs is not None:
                return self.plain(pairs, depth + 1)
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
