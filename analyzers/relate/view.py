"""The models and the state of one tree, read when asked and kept from one review to the next."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Collection
from functools import cached_property

from analyzers.config import Config
from analyzers.read.cache import Cache, MemoryCache
from analyzers.read.django.apps import Reading
from analyzers.read.django.chosen_settings import ChosenSettings
from analyzers.read.django.columns import encrypted
from analyzers.read.django.constructed import keeps_arguments
from analyzers.read.django.database import dialect_of
from analyzers.read.django.field_classes import FieldClass, field_class
from analyzers.read.django.libraries import FIELD_CLASSES, LIBRARIES
from analyzers.read.django.listed import listed
from analyzers.read.django.model_class import ModelClass
from analyzers.read.django.models import MODEL_FILES, Models
from analyzers.read.django.settings import TRANSLATIONS, Settings, app_auto_fields, read_settings
from analyzers.read.django.stream_blocks import StreamBlocks
from analyzers.read.django.version import Version, django_version
from analyzers.read.drivers import requirements_of
from analyzers.read.enumerations import enum_kind
from analyzers.read.modules import Sources
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate import django_said
from analyzers.relate.comparison import gaps_of
from analyzers.relate.django_fields import Context, is_django_field, normal_field
from analyzers.relate.django_state import DjangoState, ModelKey, ModelState, project_state
from analyzers.relate.gaps import Gap
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.habits import passed_over, untracked
from analyzers.relate.histories import as_the_others
from analyzers.relate.keys import names_a_key, without_named_keys
from analyzers.relate.library_options import (
    hangs_on_version,
    has_a_tree,
    is_translation,
    may_name_base_manager,
    one_a_language,
    options_hang_on_version,
    with_base_manager,
    with_index_of_tree,
    with_settled_fields,
    with_settled_options,
)
from analyzers.relate.own_operations import kind_of
from analyzers.relate.stream_fields import is_stream, keeps_blocks
from analyzers.trees import Tree

USUAL_USER = "auth.User"
_MEMBER = re.compile(r"([\w.]+)\['(\w+)'\]")
_USER = frozenset({"password", "last_login"})
"""What every model of users has."""

STATES = "django-state-5"
DATABASE = "django-engine-1"
RELATIONS_OF_LIBRARIES = {("taggit.taggeditem", "tag"): "taggit.tag"}


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
        self._chosen = (
            ChosenSettings(self.project, config.django.settings) if config.django.settings else None
        )
        self.project.setting = self._setting
        self._field_classes: dict[str, FieldClass | None] = {}
        self._exact: dict[str, bool] = {}

    @cached_property
    def settings(self) -> Settings:
        """What is known of the project's settings."""
        return read_settings(self.project, self.config)

    def _setting(self, name: str) -> Value | None:
        """What a setting is worth to the classes and migrations that name it."""
        if name == "DEFAULT_AUTO_FIELD":
            return self.settings.default_auto_field
        return self._chosen.value(name) if self._chosen is not None else None

    @property
    def database(self) -> str | None:
        """The dialect of the database that the settings say, where that is certain."""
        return dialect_of(self.engine) if self.engine is not None else None

    @cached_property
    def engine(self) -> str | None:
        """``ENGINE`` of the database that the settings say, where that is certain."""
        # Requirements speak as well, and are no Python.
        named = ((path, self.tree.oid(path)) for path in requirements_of(self.tree))
        key = f"{self.digest}:{hashlib.sha256(repr([*named]).encode()).hexdigest()}"
        found: str | None = self.cache.get(DATABASE, key)
        if found is None:
            found = self.settings.engine or ""
            self.cache.put(DATABASE, key, found)
        return found or None

    @cached_property
    def auto_fields(self) -> dict[str, str]:
        """``default_auto_field`` by app."""
        return app_auto_fields(self.project, self.reading.apps)

    @cached_property
    def user_model(self) -> str | None:
        """``AUTH_USER_MODEL``, where it is known."""
        if self.settings.auth_user_model is not None or not self.settings.keeps_usual_user:
            return self.settings.auth_user_model
        # Settings that are not seen may name a user that is.
        models = (self.before or self).state.models.values()
        return None if any(model.fields.keys() >= _USER for model in models) else USUAL_USER

    @cached_property
    def state(self) -> DjangoState:
        """What the migrations make of the models."""
        if self.before is not None:
            after = self.before.graph, self.before.state
            return project_state(self.graph, resolve=self._kind_of, after=after)
        kept = self.cache.get(STATES, self.digest)
        if kept is None:
            state = project_state(self.graph, resolve=self._kind_of)
            kept = (tuple(state.models.values()), tuple(state.unread), state.uncertain)
            self.cache.put(STATES, self.digest, kept)
        models, unread, uncertain = kept
        return DjangoState.of(models, unread, uncertain)

    @cached_property
    def digest(self) -> str:
        """Of all that the models and the migrations of this tree may depend on."""
        asked = (self.config.django, self.config.exclude)
        digest = hashlib.sha256(repr(asked).encode())
        for path in sorted(self.project.python):
            digest.update(f"{path}\0{self.tree.oid(path)}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()

    @cached_property
    def models(self) -> Models:
        """What the classes say."""
        alike = (self.before.models, self.alike) if self.before is not None else None
        models = Models(
            self.project,
            self.reading.apps,
            self.state.models.keys(),
            alike,
            self.settings.languages,
            self.settings.installs,
        )
        taken = self.before.models.found if self.before is not None else {}
        for key, model in models.found.items():
            if taken.get(key) is model:
                # Of an app that nothing has changed: it has been through this already.
                continue
            if names_a_key(model):
                model = models.found[key] = without_named_keys(model, models, self.user_model)
            if any(hangs_on_version(definition) for definition in model.fields.values()):
                model = models.found[key] = with_settled_fields(model, self.state)
            if options_hang_on_version(model):
                model = models.found[key] = with_settled_options(model, self.state)
            if is_translation(model):
                models.found[key] = one_a_language(model, self.state)
            elif model.made_of:
                models.found[key] = as_the_others(model, self.state)
            elif may_name_base_manager(model):
                models.found[key] = with_base_manager(model, self.state)
            elif has_a_tree(model):
                models.found[key] = with_index_of_tree(model, self.state)
        return models

    @cached_property
    def alike(self) -> frozenset[str]:
        """The apps whose models and state are those of ``before``: no file that they lean on differs."""
        before = self.before
        if (
            before is None
            or before.reading.apps != self.reading.apps
            or before.settings != self.settings
            or before.auto_fields != self.auto_fields
            or self.auto_field_since is not None
        ):
            return frozenset()
        old, new = before.project.python, self.project.python
        chosen = {m.path for v in (before, self) if v._chosen for m in v._chosen.modules}
        changed = {p for p in old & new if before.tree.oid(p) != self.tree.oid(p)}
        if any(before.models.project.looked_for(path) for path in new - old) or chosen & changed:
            # A file may now stand where none was found; any app may ask for a setting.
            return frozenset()
        if any(path.rpartition("/")[2] == TRANSLATIONS for path in changed | (old ^ new)):
            # It may add fields to the models of any app.
            return frozenset()
        states = before.state.models, self.state.models
        played = {
            key.app for key in {*states[0], *states[1]} if states[0].get(key) != states[1].get(key)
        }
        leaning = before.models.depending_on(changed | (old - new))
        # What is new may be imported by files that were never read.
        more = (before.models.app_of(path) for path in new - old if MODEL_FILES.search(path))
        gaining = {app.name for app in more if app is not None}
        gaining |= self._apps_named(changed | (new - old))
        # Where blocks come from is only looked at when they are compared.
        streaming = {
            key[0]
            for key, model in before.models.found.items()
            if any(is_stream(definition.value) for definition in model.fields.values())
        }
        return frozenset(a.name for a in self.reading.apps) - leaning - played - gaining - streaming

    def _apps_named(self, paths: Collection[str]) -> set[str]:
        """The apps that files at *paths* may give models to which lie elsewhere, by ``app_label``."""
        contents = [c for c in map(self.tree.read, sorted(paths)) if b"app_label" in c]
        return {a.name for a in self.reading.apps if any(a.label.encode() in c for c in contents)}

    @property
    def app_names(self) -> frozenset[str]:
        """The apps that have models, in the classes or in the migrations."""
        return frozenset(app for app, _ in (*self.models.found, *self.state.models))

    @cached_property
    def gaps(self) -> dict[tuple[str, ...], Gap]:
        """Every disagreement, by identity; of apps that are as in ``before`` what was found there."""
        old = self.before.gaps if self.before is not None and self.alike else {}
        gaps = {identity: gap for identity, gap in old.items() if gap.app in self.alike}
        gaps.update(self.gaps_in(self.app_names - self.alike))
        return gaps

    def gaps_in(self, apps: Collection[str]) -> dict[tuple[str, ...], Gap]:
        """The disagreements in *apps*, by identity."""
        return {gap.identity: gap for gap in gaps_of(self, apps)}

    @cached_property
    def untracked(self) -> frozenset[str]:
        """What this project's migrations leave out on purpose; all apps must be looked at for it."""
        return untracked(self, self.gaps)

    @cached_property
    def passed_over(self) -> frozenset[str]:
        """Those that a command of this tree's own names."""
        return passed_over(self)

    def _kind_of(self, dotted: str) -> str | None:
        return kind_of(self.project, dotted)

    def made_by_migrations(self, value: Value) -> bool:
        """
        Whether migrations hold fields of *value*'s class.

        A class whose source is not known may be a mere shadow of other fields;
        then the fields of that class that the migrations have, or lack, tell.
        """
        if not isinstance(value, Call):
            return False
        cls = value.func
        if is_django_field(cls) or cls in FIELD_CLASSES or encrypted(value) is not None:
            return True
        if self.project.find_class(cls) is not None:
            return True
        present, absent = self._evidence.get(cls, (0, 0))
        return (present > 0 and absent == 0) or present > 3 * absent

    def knows_nothing_of(self, field: Call) -> bool:
        """Whether no model has a field of that class, and the source of the class is not known."""
        return field.func not in self._evidence and not self.made_by_migrations(field)

    @cached_property
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

    def keeps_path(self, cls: str) -> bool:
        """Whether migrations hold each field of the class *cls*, which is not read, as one of that class."""
        return cls in self._kept_paths

    @cached_property
    def _kept_paths(self) -> frozenset[str]:
        kept: set[str] = set()
        others: set[str] = set()
        for key, model in self.models.found.items():
            state = self.state.models.get(ModelKey(*key))
            if state is None:
                continue
            for name, definition in model.fields.items():
                held, said = state.fields.get(name), definition.value
                if isinstance(said, Call) and isinstance(held, Call):
                    (kept if held.func == said.func else others).add(said.func)
        return frozenset(kept - others)

    @cached_property
    def django_version(self) -> Version | None:
        """The Django that this tree asks for; None where it is not certain."""
        return django_version(self.tree, self.config)

    @cached_property
    def _usual_auto_field(self) -> str:
        """What Django adds where nothing says so: a larger one since 6.0."""
        larger = self.django_version is not None and self.django_version >= (6, 0)
        return f"django.db.models.{'Big' if larger else ''}AutoField"

    @cached_property
    def auto_field_since(self) -> str | None:
        """
        The key that Django adds since ``before``: a setting that named another is gone, or another Django has its own.

        None where it adds the same as before, and where one of the two is not certain.
        """
        if self.before is None or not self.settings.keeps_usual_auto_field:
            return None
        then = self.before.settings.default_auto_field
        if then is None and self.before.settings.keeps_usual_auto_field:
            then = self.before._usual_auto_field if self.before.django_version else None
        now = self._usual_auto_field if self.django_version else None
        return now if then is not None and now != then else None

    def named_auto_field(self, app: str) -> str | None:
        """The key that settings, the app's configuration, or a new Django give the models of *app*; empty, or None, where that is not known."""
        return self.auto_fields.get(app, self.settings.default_auto_field or self.auto_field_since)

    def default_auto_field(self, app: str) -> str:
        """The class of the key that Django adds to a model of *app*, as far as is known."""
        chosen = self.named_auto_field(app)
        if chosen:
            return chosen
        for key in sorted(self.state.models, key=lambda k: (k.app != app, k)):
            field = self.state.models[key].fields.get("id")
            if isinstance(field, Call) and field.get("auto_created") is True:
                return field.func
        return self._usual_auto_field

    @cached_property
    def writes_blank_of_booleans(self) -> bool:
        """Whether some migration has a ``BooleanField`` with ``blank``: before Django 2.1 none could."""
        return any(
            isinstance(value, Call)
            and value.func == "django.db.models.BooleanField"
            and value.get("blank") is True
            for model in self.state.models.values()
            for value in model.fields.values()
        )

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

    def stored_as(self, field: Call) -> Call | None:
        """Django's own field with the column of *field*, whose class is the project's; None where that is not known."""
        try:
            known = self.class_of(field.func)
            return known.stored(field) if known is not None else None
        except (RecursionError, LookupError, TypeError, ValueError, AttributeError):
            # Hostile or strange source: then nothing is known.
            return None

    @cached_property
    def stream_blocks(self) -> StreamBlocks:
        """The blocks of fields of this tree, for those who ask."""
        return StreamBlocks(self.project, self.plain, self.models.label_of)

    @cached_property
    def keeps_blocks(self) -> bool:
        """Whether this tree's migrations hold the blocks of its models, as most do: some projects keep them out."""
        return keeps_blocks(self)

    def exact(self, dotted: str) -> bool:
        """Whether migrations hold the arguments of the class *dotted* as they were given; read once."""
        if dotted not in self._exact:
            self._exact[dotted] = keeps_arguments(self.project, dotted)
        return self._exact[dotted]

    def relation_of(self, label: str, name: str) -> Value:
        """The target of the relation *name* of the model ``label.name``."""
        known = RELATIONS_OF_LIBRARIES.get((label, name))
        if known is not None:
            return known
        app, _, model = label.partition(".")
        for found in self.models.found.values():
            if found.label.lower() == app and found.name.lower() == model and name in found.fields:
                value = found.fields[name].value
                if isinstance(value, Call):
                    arguments = normal_field(value, self.context(found)).arguments
                    return arguments.get("to", Opaque(f"?.{name}"))
        return Opaque(f"?.{name}")

    def context(self, model: ModelClass) -> Context:
        """How names are to be read in *model*."""
        related = model.options.get("default_related_name")
        return self._context(model.label, model.name, related if isinstance(related, str) else None)

    def context_of(self, app: str, model: str) -> Context:
        """The same of a model that only the migrations have."""
        found = self.models.found.get((app, model.lower()))
        if found is not None:
            return self.context(found)
        return self._context(app, model, None)

    def _context(self, app: str, model: str, related_name: str | None) -> Context:
        return Context(
            app=app,
            model=model,
            default_related_name=related_name,
            user_model=self.user_model,
            label_of=self.models.label_of,
            plain=self.plain,
            choices_of=lambda dotted: listed(self.project, dotted),
            class_of=self.class_of,
            relation_of=self.relation_of,
        )

    def said(self, model: ModelClass) -> ModelState:
        """The state that the class of *model* says."""
        return django_said.said(self.models, model, self.default_auto_field(model.app))

    def plain(self, value: Value) -> Value:
        """*value* without marks for translation; a member of an enumeration as models name it."""
        plain = self.project.plain(value)
        match = _MEMBER.fullmatch(plain.text) if isinstance(plain, Opaque) else None
        found = self.project.find_class(match[1]) if match is not None else None
        if match is None or found is None or enum_kind(self.project, found) != "enum":
            return plain
        return Ref(f"{match[1]}.{match[2]}")
