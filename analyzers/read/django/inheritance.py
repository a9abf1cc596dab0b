"""
What a model inherits in the form that migrations hold: its bases and its managers.

Abstract models dissolve in both; what other classes give, and in which order, is
Python's own order of ancestors, as ``ModelState.from_model`` takes it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from analyzers.read.django.libraries import MIXINS_OF, NO_FIELDS
from analyzers.read.django.model_class import MODEL
from analyzers.read.modules import ClassFound
from analyzers.read.project import Project, source_of
from analyzers.read.values import Call, Opaque, Ref, Value

MANAGER = "django.db.models.Manager"
Kind = Callable[[ClassFound], str]
"""``abstract`` or ``model`` for models, ``unknown`` where bases are not known, else ``class``."""

USED_IN_MIGRATIONS = {
    "django.db.models.Manager": False,
    "django.db.models.BaseManager": False,
    "django.contrib.gis.db.models.Manager": False,
    "django.contrib.auth.models.UserManager": True,
    "django.contrib.auth.models.GroupManager": True,
    "django.contrib.auth.models.PermissionManager": True,
    "django.contrib.auth.models.BaseUserManager": False,
    "django.contrib.auth.base_user.BaseUserManager": False,
    "django.contrib.contenttypes.models.ContentTypeManager": True,
    "django.contrib.sites.models.SiteManager": True,
    "django.contrib.sites.managers.CurrentSiteManager": True,
    "django.contrib.sessions.base_session.BaseSessionManager": False,
    "django.contrib.sessions.models.SessionManager": True,
}
"""``use_in_migrations`` of Django's own manager classes."""


def flat_bases(project: Project, found: ClassFound, kind: Kind) -> Value:
    """
    The bases that a migration gives the model *found*: classes of concrete parents
    and of mixins as ``Ref``, Django's model class last where no other model is among them.

    ``Opaque`` where an ancestor is not known.
    """
    flat = _flattened(project, found, kind)
    if flat is None:
        return Opaque("bases", "an ancestor is not known")
    order = _with_mixins(e if isinstance(e, str) else e.dotted for e in project.linear(found))
    places = {name.partition("(")[0]: place for place, name in enumerate(order)}
    unique = sorted(
        dict.fromkeys(flat), key=lambda name: places.get(name.partition("(")[0], len(order))
    )
    bases: list[Value] = [Ref(name) for name in unique]
    concrete = any(
        name == MODEL
        or ((above := project.find_class(name)) is not None and kind(above) == "model")
        for name in unique
    )
    return tuple(bases) if concrete else (Ref(MODEL),)


def _with_mixins(order: Iterable[str]) -> list[str]:
    """*order* with what libraries' abstract models are made of behind them, Django's model class among it."""
    met = list(order)
    found: list[str] = []
    for name in met:
        found.append(name)
        made_of = MIXINS_OF.get(name, ())
        found += (mixin for mixin in made_of if mixin not in met)
        if made_of and MODEL not in (*met, *found):
            found.append(MODEL)
    return found


def _flattened(project: Project, found: ClassFound, kind: Kind, depth: int = 0) -> list[str] | None:
    names: list[str] = []
    if depth > 50:
        return None
    for base in project.bases(found):
        if isinstance(base, Call) and base.func in NO_FIELDS and not base.kwargs:
            # A mixin that a library makes for each model, and calls like its making.
            names.append(f"{base.func}({', '.join(repr(a) for a in base.args)})")
            continue
        if not isinstance(base, Ref):
            return None
        if base.name in MIXINS_OF:
            names += [*MIXINS_OF[base.name], MODEL]
            continue
        above = project.find_class(base.name)
        if above is None:
            if base.name != MODEL and not base.name.startswith(_PLAIN):
                return None
            names.append(base.name)
            continue
        match kind(above):
            case "unknown":
                return None
            case "abstract":
                inner = _flattened(project, above, kind, depth + 1)
                if inner is None:
                    return None
                names += inner
            case _:
                names.append(above.dotted)
    return names


_PLAIN = ("builtins.", "abc.", "typing.", "collections.", "enum.", "django.utils.")
"""Where classes come from that are no models."""


def managers(
    project: Project, found: ClassFound, kind: Kind, meta: Callable[[ClassFound], dict[str, Value]]
) -> Value:
    """
    The managers that a migration gives the model *found*: pairs of name and ``Call``.

    ``Opaque`` where an ancestor or one of the managers is not known.
    """
    listed: dict[str, tuple[Call, bool]] = {}
    parents: list[ClassFound] = []
    for entry in project.linear(found):
        if isinstance(entry, str):
            if entry != MODEL and not entry.startswith(_PLAIN):
                return Opaque("managers", f"{entry} is not known")
            continue
        role = kind(entry)
        if role == "unknown":
            return Opaque("managers", f"an ancestor of {entry.dotted} is not known")
        if role == "class":
            # Django asks models alone for their managers.
            continue
        parents.append(entry)
        own = list(_own(project, entry))
        if any(answer is None for _, answer in own):
            return Opaque("managers", f"a manager of {entry.dotted} is not known")
        for name, answer in own:
            if answer is not None:
                listed.setdefault(name, answer)
    if not listed:
        return ()
    options = [meta(p) for p in parents]
    default = _named(options, "default_manager_name", own=bool(list(_own(project, found))))
    base = _named(options, "base_manager_name", own=False)
    if default not in listed:
        default = next(iter(listed))
    plain = Call(MANAGER)
    kept: list[tuple[str, Call]] = []
    shim = False
    for name, (call, used) in listed.items():
        if used:
            kept.append((name, call))
        elif name in {default, base}:
            kept.append((name, plain))
            shim |= name == default
    return () if shim and kept == [("objects", plain)] else tuple(kept)


def _named(options: list[dict[str, Value]], name: str, *, own: bool) -> str | None:
    """The manager that ``Meta`` names: the model's own, or where it says none, its nearest parent's."""
    first = options[0].get(name) if options else None
    if first is None and not own and len(options) > 1:
        first = options[1].get(name)
    return first if isinstance(first, str) else None


def _own(project: Project, found: ClassFound) -> Iterator[tuple[str, tuple[Call, bool] | None]]:
    """Each manager that the class body makes: its call, and whether migrations keep it; None: not known."""
    for statement in found.node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as node)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as node)
            ) if not _is_field(node.func):
                made = _manager(project, found, node, usual=name == "objects")
                if not isinstance(made, bool):
                    yield name, made
            case _:
                pass


def _is_field(func: ast.expr) -> bool:
    """Whether a call of *func* makes a field, as its name tells: most calls in a model do."""
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return name.endswith(("Field", "ForeignKey"))


def _manager(
    project: Project, found: ClassFound, node: ast.Call, *, usual: bool
) -> tuple[Call, bool] | bool | None:
    """
    The manager that *node* makes; False where it makes none, None where that is not known.

    *usual* says that what it makes is called as Django calls a model's only manager.
    """
    match node.func:
        case ast.Attribute(value=ast.Call() as inner, attr="order_by"):
            # ``QueryManager(...).order_by(...)`` is that manager itself.
            node = inner
    func = project.evaluate_in(found, node.func)
    if isinstance(func, Call) and func.func.endswith(".from_queryset"):
        # ``Manager.from_queryset(Things)()``: a class made of both.
        used = used_in_migrations(project, func.func.removesuffix(".from_queryset"))
        return None if used is not False else (Call(MANAGER), False)
    if not isinstance(func, Ref):
        return None if "anager" in ast.unparse(node.func) else False
    if func.name.endswith(".as_manager"):
        return Call(MANAGER), False
    used = used_in_migrations(project, func.name)
    if used is None:
        # Of ``LazyManager.new()`` the class is the last but one.
        named = any(part.endswith(("Manager", "Query")) for part in func.name.split(".")[-2:])
        return None if usual or (named and "Taggable" not in func.name) else False
    if used is False and not is_manager(project, func.name):
        return False
    value = project.evaluate_in(found, node)
    return (value, used) if isinstance(value, Call) else None


def is_manager(project: Project, name: str) -> bool:
    """Whether the class is known to be one of Django's managers."""
    if name in USED_IN_MIGRATIONS:
        return True
    found = project.find_class(name)
    return found is not None and any(
        (e if isinstance(e, str) else e.dotted) in USED_IN_MIGRATIONS or _made_from_queryset(e)
        for e in project.linear(found)
    )


def _made_from_queryset(entry: ClassFound | str) -> bool:
    return isinstance(entry, str) and entry.endswith(".from_queryset(...)")


def used_in_migrations(project: Project, name: str) -> bool | None:
    """``use_in_migrations`` of the manager class *name*; None where it is not known."""
    if name in USED_IN_MIGRATIONS:
        return USED_IN_MIGRATIONS[name]
    found = project.find_class(name)
    if found is None:
        return _of_a_name(project, name)
    for entry in project.linear(found):
        if isinstance(entry, str):
            used: bool | None = False
            if entry in USED_IN_MIGRATIONS:
                used = USED_IN_MIGRATIONS[entry]
            elif _made_from_queryset(entry):
                used = used_in_migrations(project, entry.removesuffix(".from_queryset(...)"))
            elif not entry.startswith(_PLAIN):
                return None
            if used is not False:
                return used
            # What Django's own base says comes last of all.
            continue
        for statement in entry.node.body:
            match statement:
                case ast.Assign(
                    targets=[ast.Name(id="use_in_migrations")],
                    value=ast.Constant(value=bool() as said),
                ):
                    return said
                case _:
                    pass
    return False


def _of_a_name(project: Project, name: str) -> bool | None:
    """The same of a name bound to ``Manager.from_queryset(Things)`` at module level."""
    value = project.resolve(name)
    if isinstance(value, Call) and value.func.endswith(".from_queryset"):
        return used_in_migrations(project, value.func.removesuffix(".from_queryset"))
    return None


__all__ = ["flat_bases", "managers", "source_of"]
