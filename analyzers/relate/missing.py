"""
Missing migrations: where the models and the state of the migrations part, since the base.

Each tree's models are compared with its own migrations; only what ``merged``
lacks and ``base`` did not lack in the same way counts. What cannot be known is
never reported: it stands on both sides, or it makes the answer uncertain.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from analyzers.config import Config
from analyzers.read.cache import Cache, MemoryCache
from analyzers.read.django.apps import Reading
from analyzers.read.django.field_classes import FieldClass, field_class
from analyzers.read.django.libraries import FIELD_CLASSES, LIBRARIES
from analyzers.read.django.models import FieldDef, ModelClass, Models, module_imports
from analyzers.read.django.settings import Settings, app_auto_fields, read_settings
from analyzers.read.project import Project, Sources
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate import django_said
from analyzers.relate.django_fields import (
    FIELD,
    Context,
    NormalField,
    is_django_field,
    normal_field,
    same,
    simplified,
)
from analyzers.relate.django_state import (
    ALTERABLE,
    DjangoState,
    ModelKey,
    ModelState,
    Unread,
    project_state,
)
from analyzers.relate.graph import MigrationGraph
from analyzers.trees import Tree
from analyzers.vocabulary import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One thing that the models say and the migrations do not."""

    app: str
    model: str
    """The model's name as it is written."""
    operation: str
    """Django's operation that would close it, such as ``AddField``."""
    name: str | None
    """The field, option, index or constraint that it is about."""
    aspect: str
    """What about it differs: the argument's name, or empty."""
    said: str
    """What the models say, as text: two gaps are the same where both sides are."""
    held: str
    """What the migrations hold."""
    place: Place
    value: Value = None
    """The new definition, where there is one."""
    weak: bool = False
    """Code that is not read may close it; certain only where the base had it closed in plain sight."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal for the same disagreement in two trees; lines do not count."""
        return (
            self.app,
            self.model.lower(),
            self.operation,
            self.name or "",
            self.aspect,
            self.said,
            self.held,
        )


CACHE = "django-gaps-4"
STATES = "django-state-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What differs between models and migrations of one tree."""

    gaps: dict[tuple[str, ...], Gap]
    unread: tuple[Unread, ...]
    untracked: frozenset[str]
    evidence: dict[str, tuple[int, int]]
    """Fields of each class that the migrations have, and that they lack."""


class View:
    """The models and the state of one tree."""

    def __init__(
        self,
        tree: Tree,
        reading: Reading,
        graph: MigrationGraph,
        config: Config,
        sources: Sources,
        cache: Cache | None = None,
        before: View | None = None,
    ) -> None:
        """*before* is the view of another tree; what is the same there is not read again."""
        self.before = before
        self.tree = tree
        self.reading = reading
        self.graph = graph
        self.config = config
        self.cache = cache or MemoryCache()
        self.project = Project(tree, sources, LIBRARIES)
        self._field_classes: dict[str, FieldClass | None] = {}

    @cached_property
    def settings(self) -> Settings:
        """What is known of the project's settings."""
        return read_settings(self.project, self.config)

    @cached_property
    def auto_fields(self) -> dict[str, str]:
        """``default_auto_field`` by app."""
        return app_auto_fields(self.project, self.reading.apps)

    @property
    def user_model(self) -> str | None:
        """``AUTH_USER_MODEL``, where it is known."""
        return self.settings.auth_user_model

    @cached_property
    def state(self) -> DjangoState:
        """What the migrations make of the models."""
        if self.before is not None:
            after = self.before.graph, self.before.state
            return project_state(self.graph, resolve=self._operation, after=after)
        kept = self.cache.get(STATES, self.digest)
        if kept is None:
            state = project_state(self.graph, resolve=self._operation)
            kept = (tuple(state.models.values()), tuple(state.unread), state.uncertain)
            self.cache.put(STATES, self.digest, kept)
        models, unread, uncertain = kept
        return DjangoState.of(models, unread, uncertain)

    @cached_property
    def digest(self) -> str:
        """Of all that the models and the migrations of this tree may depend on."""
        digest = hashlib.sha256(repr(self.config.django).encode())
        for path in sorted(self.project.python):
            digest.update(f"{path}\0{self.tree.oid(path)}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()

    @cached_property
    def models(self) -> Models:
        """What the classes say."""
        alike = (self.before.models, self.alike) if self.before is not None else None
        return Models(self.project, self.reading.apps, self.state.models.keys(), alike)

    @cached_property
    def alike(self) -> frozenset[str]:
        """The apps whose models and state are those of ``before``: no file that they lean on differs."""
        before = self.before
        if (
            before is None
            or before.reading.apps != self.reading.apps
            or before.settings != self.settings
            or before.auto_fields != self.auto_fields
        ):
            return frozenset()
        old, new = before.project.python, self.project.python
        changed = {p for p in old & new if before.tree.oid(p) != self.tree.oid(p)}
        if any(before.models.project.looked_for(path) for path in new - old):
            # A file may now stand where none was found.
            return frozenset()
        states = before.state.models, self.state.models
        played = {
            key.app for key in {*states[0], *states[1]} if states[0].get(key) != states[1].get(key)
        }
        leaning = before.models.depending_on(changed | (old - new))
        return frozenset(a.name for a in self.reading.apps) - leaning - played

    @cached_property
    def summary(self) -> Summary:
        """What differs in this tree: kept from one review to the next, by the content of all its sources."""
        kept = self.cache.get(CACHE, self.digest)
        if kept is None:
            kept = self._summary_after(self.before) if self.alike and self.before else None
            if kept is None:
                gaps = {g.identity: g for g in self._gaps()}
                kept = Summary(
                    gaps=gaps,
                    unread=tuple(self.state.unread),
                    untracked=self._untracked(gaps),
                    evidence=self._evidence(),
                )
            self.cache.put(CACHE, self.digest, kept)
        return kept

    def _summary_after(self, before: View) -> Summary:
        """The summary where only some apps differ from *before*."""
        old = before.summary
        gaps = {i: g for i, g in old.gaps.items() if g.app in self.alike}
        gaps.update((g.identity, g) for g in self._gaps())
        # The project's habits are asked for only where something hangs on them.
        asked = any((g.aspect or g.name) in _COSMETIC for i, g in gaps.items() if i not in old.gaps)
        return replace(
            old,
            gaps=gaps,
            unread=tuple(self.state.unread),
            untracked=self._untracked(gaps) if asked else old.untracked,
        )

    @property
    def gaps(self) -> dict[tuple[str, ...], Gap]:
        """Every disagreement, by identity."""
        return self.summary.gaps

    def _operation(self, dotted: str) -> str | None:
        """What a project's own operation class is, by its ancestors."""
        found = self.project.find_class(dotted)
        if found is None:
            return None
        for above in self.project.mro(found):
            names = {getattr(s, "name", "") for s in above.node.body}
            if "state_forwards" in names:
                body = next(
                    s for s in above.node.body if getattr(s, "name", "") == "state_forwards"
                )
                return "" if _does_nothing(body) else None
        for name in sorted(self.project.ancestors(found)):
            last = name.rpartition(".")[2]
            if name.startswith(("django.db.migrations.", "django.contrib.postgres.operations.")):
                if last == "Operation":
                    return ""
                return last if last not in {"ModelOperation", "FieldOperation"} else None
        return None

    def made_by_migrations(self, value: Value) -> bool:
        """
        Whether migrations hold fields of *value*'s class.

        A class whose source is not known may be a mere shadow of other fields;
        then the fields of that class that the migrations have, or lack, tell.
        """
        if not isinstance(value, Call):
            return False
        cls = value.func
        if is_django_field(cls) or cls in FIELD_CLASSES or self.project.find_class(cls) is not None:
            return True
        present, absent = self.summary.evidence.get(cls, (0, 0))
        return (present > 0 and absent == 0) or present > 3 * absent

    def _evidence(self) -> dict[str, tuple[int, int]]:
        """Fields of each class that the migrations have, and that they lack."""
        found: dict[str, tuple[int, int]] = {}
        for key, model in self.models.found.items():
            state = self.state.models.get(ModelKey(*key))
            if state is None:
                continue
            for name, definition in model.fields.items():
                if isinstance(definition.value, Call):
                    cls = definition.value.func
                    present, absent = found.get(cls, (0, 0))
                    here = name in state.fields
                    found[cls] = (present + here, absent + (not here))
        return found

    def default_auto_field(self, app: str) -> str:
        """The class of the key that Django adds to a model of *app*, as far as is known."""
        chosen = self.auto_fields.get(app, self.settings.default_auto_field)
        if chosen:
            return chosen
        for key in sorted(self.state.models, key=lambda k: (k.app != app, k)):
            field = self.state.models[key].fields.get("id")
            if isinstance(field, Call) and field.get("auto_created") is True:
                return field.func
        return "django.db.models.AutoField"

    def drops(self, cls: str, argument: str) -> bool:
        """Whether a field class of the project handles *argument* itself."""
        found = self.project.find_class(cls)
        if found is None:
            return False
        return any(
            repr(argument) in ast.unparse(statement)
            for owner in self.project.mro(found)
            for statement in owner.node.body
            if getattr(statement, "name", "") in {"__init__", "deconstruct"}
        )

    def class_of(self, dotted: str) -> FieldClass | None:
        """What is known of a field class of the project; read once."""
        if dotted not in self._field_classes:
            self._field_classes[dotted] = field_class(self.project, dotted)
        return self._field_classes[dotted]

    def context(self, model: ModelClass) -> Context:
        """How names are to be read in *model*."""
        related = model.options.get("default_related_name")
        return Context(
            app=model.label,
            model=model.name,
            default_related_name=related if isinstance(related, str) else None,
            user_model=self.user_model,
            label_of=self.models.label_of,
            plain=self.plain,
            choices_of=lambda dotted: self.project.resolve(f"{dotted}.choices"),
            class_of=self.class_of,
        )

    def context_of(self, app: str, model: str) -> Context:
        """The same of a model that only the migrations have."""
        found = self.models.found.get((app, model.lower()))
        if found is not None:
            return self.context(found)
        return Context(
            app=app,
            model=model,
            user_model=self.user_model,
            label_of=self.models.label_of,
            plain=self.plain,
            choices_of=lambda dotted: self.project.resolve(f"{dotted}.choices"),
            class_of=self.class_of,
        )

    def said(self, model: ModelClass) -> ModelState:
        """The state that the class of *model* says."""
        return django_said.said(self.models, model, self.default_auto_field(model.app))

    def plain(self, value: Value) -> Value:
        """*value* without marks for translation."""
        return self.project.plain(value)

    def _untracked(self, gaps: Mapping[tuple[str, ...], Gap]) -> frozenset[str]:
        """
        Arguments and options without a column of their own that this project's migrations leave out.

        Some projects have a ``makemigrations`` of their own that passes over
        ``verbose_name`` and the like; it names them, or it shows by how much of
        it no migration has.
        """
        lacking: dict[str, int] = {}
        for gap in gaps.values():
            aspect = gap.aspect or gap.name or ""
            if aspect in _COSMETIC and not gap.held:
                lacking[aspect] = lacking.get(aspect, 0) + 1
        said: dict[str, int] = {}
        for model in self.models.found.values():
            for name in model.options:
                said[name] = said.get(name, 0) + 1
            for definition in model.fields.values():
                if isinstance(definition.value, Call):
                    for name in normal_field(definition.value, self.context(model)).arguments:
                        said[name] = said.get(name, 0) + 1
        habit = {a for a, n in lacking.items() if n >= 8 and n * 2 > said.get(a, 0)}
        return frozenset(habit | self._named_by_own_command())

    def _named_by_own_command(self) -> set[str]:
        """What a ``makemigrations`` of the project names, and the modules that it imports."""
        named: set[str] = set()
        for path in sorted(self.project.python):
            if not path.endswith("management/commands/makemigrations.py"):
                continue
            module = self.project.at(path)
            if module is None:
                continue
            near = [self.project.module(name) for name in module_imports(module)[:50]]
            for one in (module, *near):
                if one is None or one.foreign:
                    continue
                for statement in one.body:
                    for node in ast.walk(statement):
                        match node:
                            case ast.Constant(value=str(text)) if text in _COSMETIC:
                                named.add(text)
                            case ast.Call(
                                func=ast.Name(id="isinstance"), args=[_, ast.Name(id=kind)]
                            ):
                                # Values of a class that the command treats in its own way.
                                named.add(kind)
                            case _:
                                pass
        return named

    # -- comparing -------------------------------------------------------------------

    def _gaps(self) -> Iterator[Gap]:
        for key, model in self.models.found.items():
            if key[0] in self.alike:
                continue
            state = self.state.models.get(ModelKey(*key))
            place = Place(model.path, model.line, model.line)
            if state is None:
                if model.certain:
                    yield Gap(
                        app=model.app,
                        model=model.name,
                        operation="CreateModel",
                        name=None,
                        aspect="",
                        said="",
                        held="",
                        place=place,
                    )
                continue
            yield from self._options(model, state, place)
            if not model.proxy and model.managed and state.options.get("managed") is not False:
                yield from self._fields(model, state, place)
                yield from self._lists(model, state, place)
        for key, state in self.state.models.items():
            if key not in self.models.found and key.app not in self.alike:
                yield Gap(
                    app=key[0],
                    model=state.name,
                    operation="DeleteModel",
                    name=None,
                    aspect="",
                    said="",
                    held="",
                    place=Place("", 1, 1),
                )

    def _fields(self, model: ModelClass, state: ModelState, place: Place) -> Iterator[Gap]:
        context = self.context(model)
        for name, definition in model.fields.items():
            at = Place(definition.path, definition.line, definition.end_line)
            if name not in state.fields:
                if state.complete:
                    yield self._gap(model, "AddField", name, at, value=definition.value)
                continue
            held = state.fields[name]
            if not isinstance(definition.value, Call) or not isinstance(held, Call):
                continue
            if definition.value == held:
                continue
            for aspect, said, old, weak in self._differences(definition, held, context):
                yield Gap(
                    weak=weak,
                    app=model.app,
                    model=model.name,
                    operation="AlterField",
                    name=name,
                    aspect=aspect,
                    said=said,
                    held=old,
                    place=at,
                    value=definition.value,
                )
        chosen = self.auto_fields.get(model.app, self.settings.default_auto_field)
        key = state.fields.get("id")
        if (
            chosen
            and model.automatic_key
            and isinstance(key, Call)
            and key.get("auto_created") is True
            and key.func.rpartition(".")[2] != chosen.rpartition(".")[2]
            and not model.incomplete
        ):
            value = replace(key, func=chosen)
            gap = self._gap(
                model, "AlterField", "id", place, value=value, said=chosen, held=key.func
            )
            yield replace(gap, aspect="class")
        for name in state.fields:
            if name not in model.fields and not _automatic(name, model):
                yield self._gap(model, "RemoveField", name, place)

    @staticmethod
    def _gap(
        model: ModelClass,
        operation: str,
        name: str,
        place: Place,
        *,
        value: Value = None,
        said: str = "",
        held: str = "",
    ) -> Gap:
        return Gap(
            app=model.app,
            model=model.name,
            operation=operation,
            name=name,
            aspect="",
            said=said,
            held=held,
            place=place,
            value=value,
        )

    def _differences(
        self, definition: FieldDef, held: Call, context: Context
    ) -> Iterator[tuple[str, str, str, bool]]:
        said = normal_field(definition.value, context)
        old = normal_field(held, context)
        if self._other_class(said, old):
            yield "class", said.cls, old.cls, False
            return
        lenient = not (said.known and old.known)
        for name in sorted({*said.arguments, *old.arguments}):
            one = said.arguments.get(name, _ABSENT)
            two = old.arguments.get(name, _ABSENT)
            if name in _NOT_COMPARED or name.startswith("*"):
                # By position, to a class of the project: what it makes of it is not known.
                continue
            if one is _ABSENT or two is _ABSENT:
                if name in _ONE_SIDED or _opaque(one) or _opaque(two):
                    continue
                if lenient and name not in FIELD:
                    # What a class makes of an argument of its own is its business.
                    continue
                yield name, _shown(one), _shown(two), lenient
            elif same(one, two) is False:
                yield name, _shown(one), _shown(two), False

    def _other_class(self, said: NormalField, old: NormalField) -> bool:
        one, two = said.cls, old.cls
        if one == two or one.rpartition(".")[2] == two.rpartition(".")[2]:
            return False
        if said.known and old.known:
            return True
        for cls in (one, two):
            if not cls.startswith("django."):
                found = self.project.find_class(cls)
                if found is None:
                    return False
                if any(
                    getattr(s, "name", "") == "deconstruct"
                    for above in self.project.mro(found)
                    for s in above.node.body
                ):
                    return False
        return True

    def _options(self, model: ModelClass, state: ModelState, place: Place) -> Iterator[Gap]:
        for name in sorted(ALTERABLE):
            one = self.plain(model.options.get(name, _ABSENT))
            two = self.plain(state.options.get(name, _ABSENT))
            if one is _ABSENT and two is _ABSENT:
                continue
            if _opaque(one) or _opaque(two):
                continue
            if one is _ABSENT or two is _ABSENT or same(one, two) is False:
                gap = self._gap(
                    model,
                    "AlterModelOptions",
                    name,
                    place,
                    value=one,
                    said=_shown(one),
                    held=_shown(two),
                )
                yield replace(gap, weak=one is _ABSENT and not model.options_known)
        if model.proxy or not model.managed:
            return
        for name, operation in (
            ("unique_together", "AlterUniqueTogether"),
            ("index_together", "AlterIndexTogether"),
        ):
            if name not in model.options and not model.options_known:
                continue
            one, two = _together(model.options.get(name)), _together(state.options.get(name))
            if one is not None and two is not None and one != two:
                yield self._gap(
                    model,
                    operation,
                    name,
                    place,
                    value=one,
                    said=repr(sorted(one)),
                    held=repr(sorted(two)),
                )
        for name, operation in (
            ("db_table", "AlterModelTable"),
            ("db_table_comment", "AlterModelTableComment"),
            ("order_with_respect_to", "AlterOrderWithRespectTo"),
        ):
            one, two = model.options.get(name), state.options.get(name)
            if one is None and not model.options_known:
                continue
            if same(one, two) is False and not _opaque(one) and not _opaque(two):
                yield self._gap(
                    model, operation, name, place, value=one, said=_shown(one), held=_shown(two)
                )

    def _lists(self, model: ModelClass, state: ModelState, place: Place) -> Iterator[Gap]:
        for option, add, remove in (
            ("indexes", "AddIndex", "RemoveIndex"),
            ("constraints", "AddConstraint", "RemoveConstraint"),
        ):
            if option not in model.options and not model.options_known:
                continue
            said, held = model.options.get(option, []), state.options.get(option, [])
            if not isinstance(said, list | tuple) or not isinstance(held, list | tuple):
                continue
            if not all(isinstance(v, Call) for v in (*said, *held)):
                continue
            ours = [_member(self.plain(v)) for v in said]
            theirs = [_member(self.plain(v)) for v in held]
            missing = [m for m in ours if not any(_same_member(m, t) is not False for t in theirs)]
            gone = [t for t in theirs if not any(_same_member(m, t) is not False for m in ours)]
            for member in missing:
                at = Place(model.path, member.line, member.end_line) if member.line else place
                yield self._gap(model, add, _name_of(member), at, value=member, said=_shown(member))
            for member in gone:
                yield self._gap(model, remove, _name_of(member), place, held=_shown(member))


_ABSENT = Opaque("(absent)")
_COSMETIC = frozenset(
    {
        "verbose_name",
        "verbose_name_plural",
        "help_text",
        "choices",
        "validators",
        "editable",
        "blank",
        "error_messages",
        "ordering",
        "permissions",
        "get_latest_by",
        "limit_choices_to",
        "related_name",
        "upload_to",
        "storage",
    }
)
"""What changes no table."""
_NOT_COMPARED = frozenset(
    {"serialize", "auto_created", "through_fields", "db_tablespace", "parent_link"}
)
_ONE_SIDED = frozenset({"to_field", "storage", "on_delete", "db_collation"})
"""Arguments that ``deconstruct`` may add or drop by what it finds elsewhere, or by version."""


def _automatic(name: str, model: ModelClass) -> bool:
    """Whether Django makes the field by itself, so that no class names it."""
    return name == "_order" or (name == "id" and model.automatic_key) or name.endswith("_ptr")


def _opaque(value: Value) -> bool:
    if value is _ABSENT:
        return False
    if isinstance(value, Opaque):
        return True
    if isinstance(value, Call):
        return value.func.rpartition(".")[2][:1].islower()
    if isinstance(value, list | tuple | set | frozenset):
        return any(_opaque(v) for v in value)
    if isinstance(value, dict):
        return any(_opaque(v) for v in value.values())
    return False


def _shown(value: Value) -> str:
    return "" if value is _ABSENT else source(value)[:500]


def source(value: Value) -> str:
    """*value* as Python says it, names as dotted paths; lines do not show."""
    match value:
        case Call(func=func, args=args, kwargs=kwargs):
            inner = [*(source(a) for a in args), *(f"{k}={source(v)}" for k, v in kwargs)]
            return f"{func}({', '.join(inner)})"
        case Ref(name=name):
            return name
        case Opaque(text=text):
            return text
        case list():
            return f"[{', '.join(source(v) for v in value)}]"
        case tuple():
            inner = [source(v) for v in value]
            return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
        case dict():
            return "{" + ", ".join(f"{source(k)}: {source(v)}" for k, v in value.items()) + "}"
        case set() | frozenset():
            return "{" + ", ".join(sorted(source(v) for v in value)) + "}"
        case _:
            return repr(value)


def _together(value: Value) -> frozenset[tuple[str, ...]] | None:
    if not value:
        return frozenset()
    if not isinstance(value, list | tuple | set | frozenset):
        return None
    items = list(value)
    if all(isinstance(i, str) for i in items):
        return frozenset({tuple(items)})
    if not all(isinstance(i, list | tuple) and all(isinstance(f, str) for f in i) for i in items):
        return None
    return frozenset(tuple(i) for i in items)


def _member(call: Call) -> Call:
    """An index or constraint with its arguments in one order and one spelling."""
    kwargs: dict[str, Value] = {}
    args = call.args
    if len(args) == 1 and isinstance(args[0], list | tuple):
        # Before Django 3.2 the fields of an index could be its first argument.
        kwargs["fields"], args = list(args[0]), ()
    # A name among the expressions is short for F() of it.
    args = tuple(Call("django.db.models.F", (a,)) if isinstance(a, str) else a for a in args)
    for name, value in call.kwargs:
        key = "condition" if name == "check" else name
        if value is None or value in ([], ()):
            continue
        if key == "db_tablespace":
            continue
        kwargs[key] = (
            simplified(value)
            if isinstance(value, Call)
            else (list(value) if isinstance(value, tuple) else value)
        )
    return Call(call.func, args, tuple(sorted(kwargs.items())), call.line, call.end_line)


def _name_of(member: Call) -> str:
    name = member.get("name")
    return name if isinstance(name, str) else source(member.get("fields"))


def _same_member(one: Call, two: Call) -> bool | None:
    if one.func.rpartition(".")[2] != two.func.rpartition(".")[2]:
        return False
    a, b = dict(one.kwargs), dict(two.kwargs)
    if "name" not in a or "name" not in b:
        # Django makes a name from the table and the fields: the rest is what can be compared.
        a.pop("name", None)
        b.pop("name", None)
    if a.get("name") != b.get("name") and isinstance(a.get("name"), str):
        return None if _opaque(b.get("name")) else False
    if set(a) != set(b):
        return False
    answers = [same(a[k], b[k]) for k in a]
    answers.append(same(one.args, two.args))
    if any(x is False for x in answers):
        return False
    return True if all(answers) else None


def _does_nothing(body: object) -> bool:
    return isinstance(body, ast.FunctionDef) and all(
        isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in body.body
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is missing in ``merged``, and what could not be judged."""

    gaps: tuple[Gap, ...] = ()
    unread: tuple[Unread, ...] = ()


def missing(base: View, merged: View) -> Missing:
    """What *merged* lacks and *base* did not lack in the same way."""
    before = {(u.app, u.migration, u.text) for u in base.summary.unread}
    untracked = base.summary.untracked | merged.summary.untracked
    unread = tuple(u for u in merged.summary.unread if (u.app, u.migration, u.text) not in before)
    uncertain = {u.app for u in unread} | (merged.graph.uncertain - base.graph.uncertain)
    # Where a parent is not there, no order is certain, and Django itself would not answer.
    torn = {(gap.child.key, gap.parent) for gap in base.graph.missing}
    uncertain |= {
        gap.child.key.app for gap in merged.graph.missing if (gap.child.key, gap.parent) not in torn
    }
    found = [
        gap
        for identity, gap in merged.gaps.items()
        if identity not in base.gaps
        and gap.app not in uncertain
        and (gap.aspect or gap.name) not in untracked
        and _class_of(gap) not in untracked
        and _stands(gap, base, merged)
    ]
    return Missing(gaps=tuple(found), unread=unread)


def _class_of(gap: Gap) -> str:
    """The class of the value that an argument has now; empty where it is none."""
    value = gap.value.get(gap.aspect) if isinstance(gap.value, Call) and gap.aspect else None
    return value.func.rpartition(".")[2] if isinstance(value, Call) else ""


def _stands(gap: Gap, base: View, merged: View) -> bool:
    """Whether *gap*, new since the base, is certain enough to be said."""
    key = ModelKey(gap.app, gap.model.lower())
    if gap.weak and not _agreed_before(gap, base, merged, key):
        return False
    match gap.operation:
        case "CreateModel":
            model = merged.models.found[key]
            return not model.options.get("auto_created") and not _test(model.path)
        case "DeleteModel":
            return key in base.models.found and not _defined_elsewhere(gap, merged)
        case "RemoveField":
            return _removal_stands(gap, base, merged, key)
        case "AddField":
            return base.made_by_migrations(gap.value)
        case "RemoveIndex" | "RemoveConstraint":
            return _member_removal_stands(gap, base, merged, key)
        case _:
            return True


def _agreed_before(gap: Gap, base: View, merged: View, key: ModelKey) -> bool:
    """Whether the base's model and migrations said the same, in the same surroundings."""
    now, then = merged.models.found.get(key), base.models.found.get(key)
    state = base.state.models.get(key)
    if now is None or then is None or state is None or set(now.incomplete) != set(then.incomplete):
        return False
    name = gap.name or ""
    if any(reason.startswith("metaclass") for reason in now.incomplete):
        # What the metaclass makes of ``Meta`` is code, and code may have changed.
        return False
    if gap.operation == "AlterModelOptions":
        said = base.plain(then.options.get(name, _ABSENT))
        return same(said, base.plain(state.options.get(name, _ABSENT))) is True
    before, after = then.fields.get(name), now.fields.get(name)
    held = state.fields.get(name)
    if (
        before is None
        or after is None
        or not isinstance(before.value, Call)
        or not isinstance(after.value, Call)
        or not isinstance(held, Call)
        or before.value.func != after.value.func
        or merged.drops(after.value.func, gap.aspect)
    ):
        return False
    spoken = normal_field(before.value, base.context(then)).arguments.get(gap.aspect, _ABSENT)
    old = normal_field(held, base.context(then)).arguments.get(gap.aspect, _ABSENT)
    return spoken == old or same(spoken, old) is True


def _removal_stands(gap: Gap, base: View, merged: View, key: ModelKey) -> bool:
    now, then = merged.models.found.get(key), base.models.found.get(key)
    if now is None or then is None:
        return False
    if gap.name in then.fields:
        return set(now.incomplete) <= set(then.incomplete)
    # The field is the migrations' alone: certain only where a migration that dropped it is lost.
    held = base.state.models.get(key)
    gained = held is not None and gap.name not in held.fields
    added = {k for k in merged.graph.migrations if k.app == gap.app} - set(base.graph.migrations)
    return gained and not added and not now.incomplete


def _member_removal_stands(gap: Gap, base: View, merged: View, key: ModelKey) -> bool:
    """As for a field: the base's model had it, or a migration that dropped it is lost."""
    option = "indexes" if gap.operation == "RemoveIndex" else "constraints"
    then = base.models.found.get(key)
    held = base.state.models.get(key)
    if then is None or held is None:
        return False
    lists = [(then.options.get(option, [])), held.options.get(option, [])]
    in_models, in_state = (
        [source(v) for v in one] if isinstance(one, list | tuple) else [] for one in lists
    )
    name = gap.name or ""
    if any(name in text for text in in_models):
        return True
    added = {k for k in merged.graph.migrations if k.app == gap.app} - set(base.graph.migrations)
    if any(name in text for text in in_state):
        # An index without a name of its own left the models; what it is called stays the same.
        return len(in_models) > len(_listed(merged, key, option))
    return not added


def _listed(view: View, key: ModelKey, option: str) -> list[Value]:
    model = view.models.found.get(key)
    listed = model.options.get(option, []) if model is not None else []
    return list(listed) if isinstance(listed, list | tuple) else []


def _defined_elsewhere(gap: Gap, merged: View) -> bool:
    """Whether some file of the app still has a class of the model's name."""
    app = next((a for a in merged.reading.apps if a.name == gap.app), None)
    if app is None:
        return True
    prefix = f"{app.package}/" if app.package else ""
    needle = f"class {gap.model}(".encode()
    return any(
        needle in merged.tree.read(path)
        for path in merged.project.python
        if path.startswith(prefix) and "/migrations/" not in path and not _test(path)
    )


def _test(path: str) -> bool:
    parts = path.split("/")
    return any(p in {"tests", "test"} for p in parts[:-1]) or parts[-1].startswith("test_")


def by_model(gaps: tuple[Gap, ...]) -> Mapping[tuple[str, str], tuple[Gap, ...]]:
    """Gaps by app and model, sorted."""
    found: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        found.setdefault((gap.app, gap.model), []).append(gap)
    return {k: tuple(sorted(v, key=lambda g: g.identity)) for k, v in sorted(found.items())}


def described(gaps: tuple[Gap, ...]) -> tuple[str, ...]:
    """The operations that would close *gaps* of one model, in short, each once."""
    return tuple(dict.fromkeys(_operation_text(gap) for gap in gaps))


def _operation_text(gap: Gap) -> str:
    model = repr(gap.model.lower())
    value = short(source(gap.value))
    match gap.operation:
        case "CreateModel" | "DeleteModel":
            return f"migrations.{gap.operation}(name={gap.model!r}, ...)"
        case "AddField" | "AlterField":
            return (
                f"migrations.{gap.operation}(model_name={model}, name={gap.name!r}, field={value})"
            )
        case "RemoveField" | "RemoveIndex" | "RemoveConstraint":
            return f"migrations.{gap.operation}(model_name={model}, name={gap.name!r})"
        case "AddIndex":
            return f"migrations.AddIndex(model_name={model}, index={value})"
        case "AddConstraint":
            return f"migrations.AddConstraint(model_name={model}, constraint={value})"
        case "AlterModelOptions" if gap.value == _ABSENT:
            return f"migrations.AlterModelOptions(name={model}, options={{...}})  # without {gap.name!r}"
        case "AlterModelOptions":
            return f"migrations.AlterModelOptions(name={model}, options={{..., {gap.name!r}: {value}}})"
        case "AlterModelTable":
            return f"migrations.AlterModelTable(name={model}, table={value})"
        case _:
            return f"migrations.{gap.operation}(name={model}, {gap.name}={value})"


def short(text: str) -> str:
    """Source as a migration writes it: ``models.CharField``, not the whole path."""
    return text.replace("django.db.models.", "models.").replace(
        "django.db.migrations.", "migrations."
    )
