"""The options of a model: its class ``Meta`` and those that it inherits."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection

from analyzers.limits import CONTAINER_ITEMS, IMPORT_DEPTH
from analyzers.read.django.class_decorators import options_set
from analyzers.read.django.model_class import ROOTS
from analyzers.read.last_names import last_name
from analyzers.read.modules import ClassFound, unpacked, used_names
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.vocabulary import Place

NOT_MODELS = frozenset(
    {"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "builtins.type"}
)
"""Classes that are no models, and bring nothing to one."""
META_OPTIONS = (
    "verbose_name",
    "verbose_name_plural",
    "db_table",
    "db_table_comment",
    "ordering",
    "unique_together",
    "index_together",
    "permissions",
    "get_latest_by",
    "order_with_respect_to",
    "app_label",
    "db_tablespace",
    "abstract",
    "managed",
    "proxy",
    "swappable",
    "auto_created",
    "apps",
    "default_permissions",
    "select_on_save",
    "default_related_name",
    "required_db_features",
    "required_db_vendor",
    "base_manager_name",
    "default_manager_name",
    "indexes",
    "constraints",
)


def own_meta(found: ClassFound) -> ClassFound | None:
    """The class ``Meta`` in the body of *found*, the last one where it has several; None where there is none."""
    for statement in reversed(found.node.body):
        if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
            return found.inner(statement)
    return None


def is_abstract(found: ClassFound, known: Collection[tuple[str, str]]) -> bool:
    """Whether *found* says that it is abstract; *known* are the models that migrations have made."""
    meta = own_meta(found)
    if meta is None:
        return False
    for statement in meta.node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="abstract")], value=node)
                | ast.AnnAssign(target=ast.Name(id="abstract"), value=ast.expr() as node)
            ):
                value = found.module.evaluator.evaluate(node)
                if isinstance(value, bool):
                    return value
                if _where_its_app_is_not_installed(found, node):
                    return False
                # A condition on the settings: what the migrations made is none.
                return all(name != found.node.name.lower() for _, name in known)
            case _:
                pass
    return False


def _where_its_app_is_not_installed(found: ClassFound, condition: ast.expr) -> bool:
    """Whether *condition* asks that the app of *found* is not installed: of apps that are not, no model is read."""
    match condition:
        case ast.Compare(
            left=ast.Constant(value=str(app)),
            ops=[ast.NotIn()],
            comparators=[ast.Attribute(attr="INSTALLED_APPS")],
        ):
            return f".{app}." in f".{found.module.name}."
        case _:
            return False


def meta_options(
    project: Project,
    found: ClassFound,
    known: Collection[tuple[str, str]],
    constraint: Callable[[Value], Value],
) -> tuple[dict[str, Value], bool] | None:
    """
    The options that ``Meta`` gives, inherited ones included, and whether they are all known.

    Each of its constraints and indexes is what *constraint* makes of what stands there.
    None where neither *found* nor a parent that keeps its own has one.
    """
    meta, certain = _meta_of(project, found, known)
    if meta is None:
        return None
    options: dict[str, Value] = {}
    owners = _owners(project, meta, known)
    for owner in owners:
        set_on_it = options_set(project, owner)
        certain = certain and set_on_it is not None
        for name, decorator in (set_on_it or {}).items():
            if name in META_OPTIONS and name not in options:
                options[name] = Opaque(f"@{decorator}", "a decorator sets it")
        written = used_names(ast.Module(body=owner.node.body, type_ignores=[]))
        for name in META_OPTIONS:
            if name in written and name not in options:
                value = _meta_option(project, owner, name)
                if value is not None:
                    options[name] = value[0]
        for base in project.bases(owner):
            if not isinstance(base, Ref) or (
                base.name not in NOT_MODELS and project.find_class(base.name) is None
            ):
                certain = False
        for statement in owner.node.body:
            if isinstance(statement, ast.If | ast.For | ast.Try):
                certain = False
                for name in used_names(statement) & set(META_OPTIONS):
                    options[name] = Opaque("...", "it hangs on a condition")
    for name in ("constraints", "indexes"):
        listed = options.get(name)
        if isinstance(listed, list | tuple):
            options[name] = type(listed)(constraint(value) for value in listed)
    options.pop("abstract", None)
    if any(_says_abstract(owner) for owner in owners):
        # Django sets it back to False on an abstract class's Meta, which is then inherited.
        options["abstract"] = False
    return options, certain


def stands_at(
    project: Project, found: ClassFound, known: Collection[tuple[str, str]], member: Call
) -> Place | None:
    """
    Where the call of an index or a constraint in the options of *found* stands; None where it is not found.

    It may be in the ``Meta`` of an abstract model in another file.
    """
    meta, _ = _meta_of(project, found, known)
    lines, last = (member.line, member.end_line), member.func.rpartition(".")[2]
    for owner in _owners(project, meta, known) if meta is not None else ():
        within = range(owner.node.lineno, (owner.node.end_lineno or 0) + 1)
        calls = (n for s in owner.module.body for n in ast.walk(s) if isinstance(n, ast.Call))
        if not owner.module.foreign and any(
            (n.lineno, n.end_lineno) == lines and (n.lineno in within or last_name(n.func) == last)
            for n in calls
        ):
            return Place(owner.module.path, *lines)
    return None


def _meta_of(
    project: Project, found: ClassFound, known: Collection[tuple[str, str]]
) -> tuple[ClassFound | None, bool]:
    """The ``Meta`` that *found* has or inherits, and whether that is certain."""
    meta = own_meta(found)
    certain = True
    if meta is None:
        for above in project.linear(found)[1:]:
            if isinstance(above, str):
                # A base that is not read comes first: if it has a ``Meta``, that one is inherited.
                certain = certain and (above in NOT_MODELS or above in ROOTS)
            elif _keeps_meta(project, above, known):
                meta = own_meta(above)
                if meta is not None:
                    break
    return meta, certain


def _owners(
    project: Project, meta: ClassFound, known: Collection[tuple[str, str]]
) -> list[ClassFound]:
    """
    *meta* and the classes that it inherits from, the nearest first.

    Django takes ``Meta`` off a model with a table and leaves it on an abstract one:
    ``Order.Meta`` then is what ``Order`` inherits.
    """
    usual = [*project.mro(meta)]
    if not any(_taken_off(project, owner, known) for owner in usual[1:]):
        return usual
    found: list[ClassFound] = []

    def visit(owner: ClassFound, depth: int = 0) -> None:
        above = _taken_off(project, owner, known) if owner is not meta else None
        if above is not None:
            owner = above
        found.append(owner)
        if depth > IMPORT_DEPTH or len(found) > CONTAINER_ITEMS:
            return
        for base in project.bases(owner):
            inner = project.find_class(base.name) if isinstance(base, Ref) else None
            if inner is not None:
                visit(inner, depth + 1)

    visit(meta)
    # Of what is reached in two ways Python takes the last.
    last = {owner.dotted: n for n, owner in enumerate(found)}
    return [owner for n, owner in enumerate(found) if last[owner.dotted] == n]


def _taken_off(
    project: Project, meta: ClassFound, known: Collection[tuple[str, str]]
) -> ClassFound | None:
    """The ``Meta`` of an abstract parent that stands where that of a model with a table stood; else None."""
    outer, _, name = meta.dotted.rpartition(".")
    model = project.find_class(outer) if name == "Meta" else None
    if model is None or is_abstract(model, known) or ROOTS.isdisjoint(project.ancestors(model)):
        return None
    for above in project.mro(model):
        own = own_meta(above) if above is not model and _keeps_meta(project, above, known) else None
        if own is not None:
            return own
    return None


def _keeps_meta(project: Project, above: ClassFound, known: Collection[tuple[str, str]]) -> bool:
    """Whether ``Meta`` stays on the class *above*: on abstract models, and on classes that are no models."""
    return is_abstract(above, known) or all(
        isinstance(base, Ref)
        and base.name not in ROOTS
        and (base.name in NOT_MODELS or project.find_class(base.name) is not None)
        for owner in project.mro(above)
        for base in project.bases(owner)
    )


def _says_abstract(owner: ClassFound) -> bool:
    return any(
        isinstance(s, ast.Assign)
        and isinstance(s.targets[0], ast.Name)
        and s.targets[0].id == "abstract"
        for s in owner.node.body
    )


def _meta_option(project: Project, owner: ClassFound, name: str) -> tuple[Value] | None:
    value: tuple[Value] | None = None
    for statement in owner.node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=target)], value=node)
                | ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as node)
            ) if target == name:
                value = (project.evaluate_in(owner, node),)
            case (
                ast.AugAssign(target=ast.Name(id=target), op=ast.Add(), value=node)
                | ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=target), attr="extend"),
                        args=[node],
                    )
                )
            ) if target == name:
                more = project.evaluate_in(owner, node)
                if (
                    value is not None
                    and isinstance(value[0], list | tuple)
                    and isinstance(more, list | tuple)
                ):
                    value = ([*value[0], *more],)
                else:
                    value = (Opaque(ast.unparse(statement), "added to"),)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=target), attr="append"), args=[node]
                )
            ) if target == name:
                if value is not None and isinstance(value[0], list):
                    value = ([*value[0], project.evaluate_in(owner, node)],)
                else:
                    value = (Opaque(ast.unparse(statement), "added to"),)
            case ast.Assign():
                for target, node in unpacked(statement):
                    if target == name:
                        value = (project.evaluate_in(owner, node),)
            case _:
                pass
    return value
