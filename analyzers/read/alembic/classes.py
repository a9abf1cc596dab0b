"""Declarative classes and what they inherit: bases, mixins, ``declared_attr``, across files."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from analyzers.read.alembic.class_bodies import binding
from analyzers.read.alembic.class_methods import called
from analyzers.read.alembic.evaluate import Scope, evaluate
from analyzers.read.alembic.metadata_names import (
    convention_afterwards,
    metadata_name,
    metadata_of,
)
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.alembic.naming import convention_of, schema_of
from analyzers.read.alembic.own_functions import with_own_functions
from analyzers.read.values import Call, Opaque, Ref, Value, name_or_source

_BASES = frozenset(
    {"sqlalchemy.orm.DeclarativeBase", "sqlalchemy.orm.DeclarativeBaseNoMeta", "sqlmodel.SQLModel"}
    | {"sqlalchemy.orm.decl_api.DeclarativeBase", "sqlmodel.main.SQLModel"}
    | {"advanced_alchemy.base.DefaultBase"}
)
_READY_MADE = frozenset({"flask_appbuilder.Model", "flask_appbuilder.models.sqla.Model"})
"""Bases of libraries whose subclasses are tables: no class of the repository makes a base of them."""
_DECLARATIVE = "declarative_base"


@dataclass(slots=True)
class ModelClass:
    node: ast.ClassDef
    module: Module
    parents: list[ModelClass]
    base: str | None = None
    """Identity of the declarative base at the top, where there is one."""
    kind: str = ""
    """``sqlalchemy``, ``flask`` or ``sqlmodel``."""
    unknown_parent: str = ""
    """A parent that is not in the repository and may bring columns."""
    unknown: set[str] = field(default_factory=set)
    """All of these, of the class and of those above it."""
    types: dict[str, Value] = field(default_factory=dict)
    convention: dict[str, str] = field(default_factory=dict)
    schema: str | None = None
    """The schema that its ``MetaData`` gives to tables without one of their own."""
    metadata: str | None = None
    """The file and name of its ``MetaData``, where it is given one by name: other bases may share it."""
    extension: str = ""
    """The file that makes the ``SQLAlchemy()`` of Flask's whose ``Model`` it is, where that is known."""

    @property
    def home(self) -> str | None:
        """What its tables belong to: the ``MetaData``, or the base that has one of its own."""
        return (self.metadata if self.kind == "sqlalchemy" else None) or self.base


class Hierarchy:
    """The classes of one tree, read on demand."""

    def __init__(self, modules: Modules, values: ModelValues) -> None:
        self._modules = modules
        self._values = values
        self._classes: dict[tuple[str, str], ModelClass] = {}

    def class_of(self, node: ast.ClassDef, module: Module, depth: int = 10) -> ModelClass:
        key = (module.path, node.name)
        if key in self._classes:
            return self._classes[key]
        made = ModelClass(node=node, module=module, parents=[])
        self._classes[key] = made
        for expression in node.bases if depth > 0 else []:
            self._take_base(made, expression, module, depth)
        own_types = self.body_value(made, "type_annotation_map")
        if isinstance(own_types, dict):
            made.types = {_type_name(k): v for k, v in own_types.items()} | {}
        metadata = self._own_metadata(made)
        convention = self._convention(made, metadata, module, node.name)
        if convention:
            made.convention = convention
        if metadata is not None:
            made.schema = schema_of(metadata)
        self.take_decorators(made)
        for parent in made.parents:
            made.base = made.base or parent.base
            made.kind = made.kind or parent.kind
            made.extension = made.extension or parent.extension
            made.unknown_parent = made.unknown_parent or parent.unknown_parent
            made.unknown |= parent.unknown
            made.types = {**parent.types, **made.types}
            made.convention = {**parent.convention, **made.convention}
            if metadata is None:
                made.schema = made.schema or parent.schema
                made.metadata = made.metadata or parent.metadata
        return made

    def _own_metadata(self, made: ModelClass) -> Value:
        """What the class itself says its tables stand in: ``metadata``, or its registry's."""
        for name in ("metadata", "registry"):
            made.metadata = made.metadata or metadata_name(
                self.body_value(made, name), made.module, self._modules
            )
        said = self._values.normal(self.body_value(made, "metadata"), made.module)
        if said is None:
            registry = self._values.normal(self.body_value(made, "registry"), made.module)
            said = registry.get("metadata") if isinstance(registry, Call) else None
        return self._values.normal(said, made.module)

    def _take_base(
        self, made: ModelClass, expression: ast.expr, module: Module, depth: int
    ) -> None:
        if isinstance(expression, ast.Subscript):
            expression = expression.value
        if isinstance(expression, ast.Name):
            local = module.scope.look_up(expression.id)
            if isinstance(local, ast.ClassDef) and local is not made.node:
                made.parents.append(self.class_of(local, module, depth - 1))
                return
        value = evaluate(expression, module.scope)
        home, name = module, ast.unparse(expression)
        if isinstance(value, Ref):
            if value.name in _BASES:
                made.base = f"{module.path}:{made.node.name}"
                made.kind = "sqlmodel" if "sqlmodel" in value.name else "sqlalchemy"
                if made.kind == "sqlmodel":
                    made.base = "sqlmodel"
                return
            if value.name in _READY_MADE:
                made.base, made.kind = "flask_appbuilder.Model", "sqlalchemy"
                return
            found = self._modules.value(value.name, module.path)
            if found is not None and isinstance(found[0], ast.ClassDef):
                made.parents.append(self.class_of(found[0], found[1], depth - 1))
                return
            if found is not None:
                value, home = found
                name = name.rpartition(".")[2]
            if isinstance(value, Ref) and self._take_flask(made, value, home, depth):
                return
        if isinstance(value, Ref) and value.name in _BASES:
            made.base, made.kind = f"{home.path}:{name}", "sqlalchemy"
        elif isinstance(value, Call) and value.func.rpartition(".")[2] in {
            _DECLARATIVE,
            "automap_base",
            "generate_base",
        }:
            made.base, made.kind = f"{home.path}:{name}", "sqlalchemy"
            made.metadata = metadata_name(value, home, self._modules)
            self._take_metadata(made, metadata_of(value, home, self._values.normal), home, name)
            self._take_mixins(made, value.get("cls"), home, depth)
        elif isinstance(value, Call) and value.func == "." and value.args[1:] == ("Model",):
            made.base, made.kind = "flask", "flask"
            if isinstance(value.args[0], Call):
                made.extension = home.path
                metadata = metadata_of(value.args[0], home, self._values.normal)
                self._take_metadata(made, metadata, home, name.removesuffix(".Model"))
                self._take_mixins(made, value.args[0].get("model_class"), home, depth)
        elif not _harmless(value.name if isinstance(value, Ref) else name):
            made.unknown_parent = value.name if isinstance(value, Ref) else name
            made.unknown.add(made.unknown_parent)

    def _take_flask(self, made: ModelClass, value: Ref, home: Module, depth: int) -> bool:
        """Whether *value* of the module *home* is Flask-SQLAlchemy's ``db.Model``, under whichever name."""
        holder, _, last = value.name.rpartition(".")
        if last != "Model" or not self._values.is_flask(holder, home):
            return False
        made.base, made.kind = "flask", "flask"
        extension, there = self._modules.value(holder, home.path) or (None, home)
        if isinstance(extension, Call):
            made.extension = there.path
            metadata = metadata_of(extension, there, self._values.normal)
            self._take_metadata(made, metadata, there, holder.rpartition(".")[2])
            self._take_mixins(made, extension.get("model_class"), there, depth)
        return True

    def _take_mixins(self, made: ModelClass, said: Value, home: Module, depth: int) -> None:
        """The classes that a made base is built upon: ``declarative_base(cls=Mixin)``."""
        for one in said if isinstance(said, list | tuple) else (said,):
            name = name_or_source(one)
            node, module = home.scope.look_up(name), home
            if not isinstance(node, ast.ClassDef):
                node, module = self._modules.definition(name, home.path) or (None, home)
            if isinstance(node, ast.ClassDef) and node is not made.node:
                made.parents.append(self.class_of(node, module, depth - 1))

    def take_decorators(self, made: ModelClass) -> None:
        """A class that a decorator makes a base, ``@as_declarative()``, or a registry maps: ``@registry.mapped``."""
        for decorator in made.node.decorator_list:
            if self._made_a_base(made, decorator):
                return
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if (
                not isinstance(called, ast.Attribute)
                or called.attr not in {"mapped", "mapped_as_dataclass"}
                or made.base is not None
            ):
                continue
            value: object = evaluate(called.value, made.module.scope)
            home, name = made.module, ast.unparse(called.value)
            if isinstance(value, Ref):
                name = value.name.rpartition(".")[2]
                value, home = self._modules.value(value.name, home.path) or (value, home)
            if isinstance(value, Call) and value.func.rpartition(".")[2] == "registry":
                made.base, made.kind = f"{home.path}:{name}", "sqlalchemy"
                made.metadata = metadata_name(value, home, self._modules)
                self._take_metadata(made, metadata_of(value, home, self._values.normal), home, name)

    def _made_a_base(self, made: ModelClass, decorator: ast.expr) -> bool:
        """Whether *decorator* makes the class itself the base of others."""
        value = evaluate(decorator, made.module.scope)
        if not isinstance(value, Call):
            return False
        if value.func.rpartition(".")[2] not in {"as_declarative", "as_declarative_base"}:
            return False
        made.base, made.kind = own_base(made), "sqlalchemy"
        made.metadata = metadata_name(value, made.module, self._modules)
        metadata = metadata_of(value, made.module, self._values.normal)
        if metadata is not None:
            self._take_metadata(made, metadata, made.module, made.node.name)
        return True

    def _take_metadata(self, made: ModelClass, metadata: Value, home: Module, name: str) -> None:
        """What *metadata* says of names, of the base that *home* calls *name*."""
        made.convention = self._convention(made, metadata, home, name)
        made.schema = schema_of(metadata)

    def _convention(
        self, made: ModelClass, metadata: Value, home: Module, name: str
    ) -> dict[str, str]:
        names = (made.metadata, f"{home.path}:{name}")
        later = convention_afterwards(names, self._modules, self._values.normal)
        return convention_of(metadata, later)

    def body_value(self, made: ModelClass, name: str) -> Value:
        for statement in made.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                    return evaluate(value, made.module.scope)
                case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value) if (
                    bound == name
                ):
                    return evaluate(value, made.module.scope)
                case ast.FunctionDef(name=bound) if bound == name:
                    returned = returned_value(statement)
                    if returned is not None:
                        return evaluate(returned, with_class(made, made.node.name))
                case _:
                    pass
        return None

    def returned_by(self, function: ast.FunctionDef, owner: ModelClass, made: ModelClass) -> Value:
        """What *function* of the class *owner* returns when it is called with *made*."""

        def attribute(name: str) -> Value:
            own = made.node.name
            return own if name == "__name__" else self.inherited_value(made, name, own)

        return called(function, with_class(owner, made.node.name), attribute)

    def returned_for(self, function: ast.FunctionDef, owner: ModelClass, name: str) -> Value:
        """What *function* of the class *owner* returns for a class called *name*."""
        scope = with_class(owner, name)
        returned = returned_value(function)
        if returned is None:
            return called(function, scope, {"__name__": name}.get)

        def methods(name: str) -> tuple[ast.FunctionDef, Module] | None:
            return _static_method(owner, name)

        return with_own_functions(returned, scope, owner.module, self._modules, methods=methods)

    def inherited_value(self, made: ModelClass, name: str, for_class: str) -> Value:
        for owner in lineage(made):
            for statement in owner.node.body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                        return evaluate(value, with_constants(owner))
                    case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value) if (
                        bound == name
                    ):
                        return evaluate(value, with_constants(owner))
                    case ast.FunctionDef(name=bound) if bound == name:
                        found = self.returned_for(statement, owner, for_class)
                        return Opaque(name) if found is None else found
                    case _:
                        pass
        return None


def lineage(made: ModelClass) -> list[ModelClass]:
    """The class and all above it, nearest first."""
    found: list[ModelClass] = []
    waiting = [made]
    while waiting and len(found) < 100:
        one = waiting.pop(0)
        if one not in found:
            found.append(one)
            waiting = [*one.parents, *waiting]
    return found


def _static_method(made: ModelClass, name: str) -> tuple[ast.FunctionDef, Module] | None:
    """The static method *name* of the class or of those above it, and the module that it stands in."""
    for owner in lineage(made):
        for statement in owner.node.body:
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                static = [ast.unparse(d) for d in statement.decorator_list] == ["staticmethod"]
                return (statement, owner.module) if static else None
    return None


def returned_expression(
    method: ast.FunctionDef, owner: ModelClass, made: ModelClass
) -> tuple[ast.expr, ast.FunctionDef, ModelClass] | None:
    """
    What *method* of the class *owner* returns for *made*, where that is all it does, and the method and class that say so.

    Where it only hands on what another method of the class makes, ``return cls._made()``, it is that one's.
    """
    found = returned_value(method)
    match found:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="cls"), attr=name), args=[], keywords=[]
        ):
            there = ((o, binding(o.node, name)) for o in lineage(made))
            other, inner = next((pair for pair in there if pair[1] is not None), (owner, None))
            if isinstance(inner, ast.FunctionDef) and _called_on_classes(inner):
                made_there = returned_value(inner)
                if made_there is not None:
                    return made_there, inner, other
        case _:
            pass
    return (found, method, owner) if found is not None else None


def _called_on_classes(method: ast.FunctionDef) -> bool:
    kinds = [ast.unparse(decorator) for decorator in method.decorator_list]
    return kinds in (["classmethod"], ["staticmethod"])


def own_base(made: ModelClass) -> str:
    return f"{made.module.path}:{made.node.name}"


def with_class(made: ModelClass, name: str) -> Scope:
    """The module's names, with ``cls.__name__`` known."""
    return made.module.scope.inner({"cls": Ref("cls"), "__class_name__": name})


def with_constants(made: ModelClass) -> Scope:
    """The module's names, and the texts and numbers of the class's own body: ``__tablename__``."""
    return made.module.scope.inner(
        {
            target.id: statement.value.value
            for statement in made.node.body
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
    )


def returned_value(function: ast.FunctionDef) -> ast.expr | None:
    """What a function of one ``return`` returns, with ``cls.__name__`` made a name that is bound."""
    body = [s for s in function.body if not isinstance(s, ast.Expr)]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return None
    # What is declared is given the class, whatever the function calls it.
    given = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    made = ast.parse(ast.unparse(body[0].value), mode="eval").body
    return _ClassName(given[0] if given else "cls").visit(made)  # type: ignore[no-any-return]


class _ClassName(ast.NodeTransformer):
    def __init__(self, given: str) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(id="cls", ctx=node.ctx) if node.id == self._given else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "cls" and node.attr == "__name__":
            return ast.Name(id="__class_name__", ctx=ast.Load())
        return node


def _harmless(name: str) -> bool:
    """Parents that bring no columns: mixins of Python itself and of SQLAlchemy."""
    return name.startswith(
        ("sqlalchemy.", "abc.", "typing.", "enum.", "flask_login.", "object", "dataclasses.")
    ) or name in {"object", "ABC"}


def _type_name(key: Value) -> str:
    match key:
        case Ref(name):
            return name
        case Opaque(text):
            return text
        case _:
            return str(key)
