"""
Django's models of a tree, read from their classes: fields, ``Meta``, inheritance.

A model's fields are kept as they are written (``Call``), those of abstract
bases included; what cannot be followed makes a model ``incomplete``, and names
what is unknown, so that whoever compares knows what it cannot judge.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

from analyzers.limits import IMPORT_DEPTH
from analyzers.read.django.apps import App, app_at
from analyzers.read.django.class_decorators import decorated, kept_beside
from analyzers.read.django.companions import completed
from analyzers.read.django.field_kinds import FieldKinds
from analyzers.read.django.historical import Records, histories_of, records_of, registered
from analyzers.read.django.libraries import MODELS_WITHOUT_FIELDS, NO_FIELDS
from analyzers.read.django.meta_options import NOT_MODELS, is_abstract, meta_options, own_meta
from analyzers.read.django.metaclasses import leaves_fields_alone
from analyzers.read.django.model_class import BASE, ROOTS, FieldDef, ModelClass
from analyzers.read.django.model_files import (
    by_package,
    defining,
    imported_by_admin,
    imported_files,
    likely_files,
    packages_between,
    type_checking_lines,
    used_files,
)
from analyzers.read.django.modeltranslation import UNKNOWN, Translations
from analyzers.read.django.own_fields import own_fields
from analyzers.read.django.parler import translation_of
from analyzers.read.django.proven_bases import proven_bases, says_that_it_is_one
from analyzers.read.django.shape import Shape
from analyzers.read.modules import ClassFound, Module
from analyzers.read.names import Late
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref, Value

COMPOSITE_KEY = "django.db.models.CompositePrimaryKey"
_NO_MODELS = re.compile(
    r"templatetags|(^|/)(forms|admin|views|serializers|api|schema|filters|tables)[/.]"
)
_TESTS = re.compile(r"(^|/)(tests?[/.]|test_|conftest\.)")
MODEL_FILES = re.compile(r"(^|/)models[/.]")
"""Paths under which models may stand."""


class Models:
    """The models of a tree, by app and name."""

    def __init__(
        self,
        project: Project,
        apps: Iterable[App],
        known: Collection[tuple[str, str]] = (),
        alike: tuple[Models, Collection[str]] | None = None,
        languages: tuple[str, ...] | None = None,
        installs: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """
        *known* are models (app and name in lower case) that migrations have made.

        *alike* are the models of another tree, and the names of the apps that
        are in both trees what they are in the other: these are not read again.

        *languages* are those that models are translated into; None: not known.

        *installs* tells whether a directory may be an app of its own, though it has no migrations.
        """
        self.project = project
        self.known = known
        self._installs = installs
        self.apps = tuple(apps)
        self._shapes: dict[str, Shape] = {}
        self.kinds = FieldKinds(project)
        self.translations = Translations(project, languages)
        self._sure: set[tuple[str, str]] = set()
        self.found: dict[tuple[str, str], ModelClass] = {}
        self.classes: dict[str, ModelClass] = {}
        self.read_paths: set[str] = set()
        self._by_name: set[str] = set()
        """Files that were only read because a class in them has the name of a model."""
        self._by_app: dict[str, tuple[tuple[str, str], ...]] = {}
        self._packages = {app.package: app for app in self.apps}
        self._doubtful: list[ClassFound] = []
        self.proven: frozenset[str] = frozenset()
        """Classes that are not read, and that models are made of all the same."""
        taken = alike[1] if alike is not None else ()
        project.tree.prefetch(likely_files(project, (a for a in self.apps if a.name not in taken)))
        for app in self.apps:
            if alike is not None and app.name in alike[1]:
                self._take(alike[0], app.name)
            else:
                before = set(self.found)
                self._read(app)
                self._by_app[app.name] = tuple(k for k in self.found if k not in before)
        # One tree proves it for both: what a class is has not changed with a migration.
        self.proven = (
            alike[0].proven
            if alike is not None
            else proven_bases(
                model for key, model in self.found.items() if key in known and key not in self._sure
            )
        )
        if self.proven:
            self._add_doubtful()

    def _add_doubtful(self) -> None:
        doubtful, self._doubtful, self._shapes = self._doubtful, [], {}
        for found in doubtful:
            app = self.app_of(found.module.path)
            if app is None or not self.shape(found).model:
                continue
            before = set(self.found)
            self._add(found)
            self._by_app[app.name] += tuple(k for k in self.found if k not in before)

    def _take(self, other: Models, app: str) -> None:
        self._by_app[app] = other._by_app.get(app, ())
        for key in self._by_app[app]:
            model = other.found[key]
            self.found.setdefault(key, model)
            self.classes.setdefault(model.dotted, model)
            self._sure.update({key} & other._sure)

    def depending_on(self, changed: Collection[str]) -> frozenset[str]:
        """The apps whose models may have been read with the help of one of the files *changed*."""
        touched = {m.path: m for m in self.project.touched() if not m.foreign}
        importers: dict[str, set[str]] = {}
        for path, module in touched.items():
            for used in used_files(self.project, module, touched):
                importers.setdefault(used, set()).add(path)
        reached, todo = set(changed), list(changed)
        while todo:
            for path in importers.get(todo.pop(), ()):
                if path not in reached:
                    reached.add(path)
                    todo.append(path)
        return frozenset(
            app.name
            for app in self.apps
            if any(p.startswith(f"{app.package}/" if app.package else "") for p in reached)
        ) | {key[0] for key, model in self.found.items() if model.path in reached}

    # -- which files ---------------------------------------------------------------------

    def _read(self, app: App) -> None:
        prefix = f"{app.package}/" if app.package else ""
        todo = [
            p
            for p in (f"{prefix}models/__init__.py", f"{prefix}models.py")
            if p in self.project.python
        ][:1]
        seen = set(todo)
        if not todo:
            todo = self._further(app, prefix, seen)
            seen.update(todo)
        while todo:
            module = self.project.at(todo.pop())
            if module is None:
                continue
            self.read_paths.add(module.path)
            self._models_in(module)
            for path in imported_files(self.project, module):
                if path not in seen and path.startswith(prefix) and "/migrations/" not in path:
                    seen.add(path)
                    todo.append(path)
            if not todo:
                todo += self._further(app, prefix, seen)
                seen.update(todo)

    def _further(self, app: App, prefix: str, seen: Collection[str]) -> list[str]:
        """
        Files with models of the app that its own models do not import.

        First those in which models may stand by their path; then any that defines
        a model which the migrations know: Django has it as soon as anything
        imports it, if it is only a view.
        """
        wanted = {n for a, n in self.known if a == app.name and (a, n) not in self.found}
        paths = [path for path in self._model_files.get(app.package, ()) if path not in seen]
        found = defining(self.project, paths, wanted) if wanted and paths else []
        found = found or (imported_by_admin(self.project, prefix, paths) if paths else [])
        if wanted and not found:
            paths = [
                path
                for path in self._other_files.get(app.package, ())
                if path not in seen and not _TESTS.search(path.removeprefix(prefix))
            ]
            found = defining(self.project, paths, wanted)
            self._by_name.update(found)
        return found

    @cached_property
    def _model_files(self) -> dict[str, list[str]]:
        """By the package of an app: its files that, by their path, may hold models, sorted."""
        return by_package((p for p in self.project.python if MODEL_FILES.search(p)), self.app_of)

    @cached_property
    def _other_files(self) -> dict[str, list[str]]:
        """By the package of an app: all its other files, sorted."""
        return by_package(
            (p for p in self.project.python if not MODEL_FILES.search(p)), self.app_of
        )

    def app_of(self, path: str) -> App | None:
        """The app whose package holds *path*: the innermost one."""
        return app_at(path.rpartition("/")[0], self._packages)

    def _models_in(self, module: Module) -> None:
        unreal = type_checking_lines(module.body)
        for name, node in module.names.classes.items():
            if node.bases and not any(node.lineno in lines for lines in unreal):
                self._add(ClassFound(module, node, name))
        for name, bound in module.names.bound.items():
            if isinstance(bound, Late) and isinstance(bound.node, ast.Call):
                made = self.project.made_class(module, name)
                if made is not None:
                    self._add(made)
        for found, records in registered(self.project, module):
            model = self.model(found)
            for history in self._histories(found, model, records) if model is not None else ():
                self.found.setdefault(history.key, history)

    def _add(self, found: ClassFound) -> None:
        model = self.model(found)
        if model is None:
            return
        sure = self.shape(found).model
        path = found.module.path
        if sure and model.key not in self._sure:
            self.found[model.key] = model
            self._sure.add(model.key)
        elif path not in self._by_name and (
            MODEL_FILES.search(path) or not _NO_MODELS.search(path)
        ):
            # A class of unknown bases counts where models may stand, and no better one is found.
            self.found.setdefault(model.key, model)
        records = records_of(self.project, found)
        translation = translation_of(self.project, found, model)
        histories = self._histories(found, model, records) if records is not None else ()
        for made in (*histories, *((translation,) if translation is not None else ())):
            self.found.setdefault(made.key, made)

    def _histories(
        self, found: ClassFound, model: ModelClass, records: Records
    ) -> Iterator[ModelClass]:
        brought = self._brought(records.bases)
        return histories_of(self.project, model, records, self._parents(found), brought)

    def _brought(self, bases: Collection[ClassFound] | None) -> Shape | None:
        """What abstract models bring to one that is made of them; None where it is not known, or there are others."""
        brought = Shape(model=True)
        for base in bases or ():
            above = self.shape(base)
            if above.parents or self._has_table(base, above):
                return None
            brought.incomplete += above.incomplete
            brought.inherit(above)
        return brought if bases is not None else None

    def _parents(self, found: ClassFound) -> list[ModelClass]:
        """The models of the tree that are parents of *found* with tables of their own."""
        parents = (self.model(p) for p in self.shape(found).parents if not p.module.foreign)
        return [parent for parent in parents if parent is not None]

    # -- one class -----------------------------------------------------------------------

    def model(self, found: ClassFound) -> ModelClass | None:
        """*found* as a model; None where it is none, or an abstract one."""
        if found.dotted in self.classes:
            return self.classes[found.dotted]
        shape = self.shape(found)
        if shape.abstract or not (shape.model or shape.incomplete):
            return None
        options, known = self.meta(found)
        app = self._app_named(found, options)
        if app is None:
            return None
        name = found.node.name
        if (
            not shape.model
            and (app.name, name.lower()) not in self.known
            and not (MODEL_FILES.search(found.module.path) and says_that_it_is_one(found))
        ):
            # Its bases are not known: only the migrations, or its body, can tell that it is a model.
            self._doubtful.append(found)
            return None
        values = {"app_label": app.label.lower(), "class": name.lower()}
        options = {k: self._named(v, values) for k, v in options.items()}
        bases = [self.label_of(parent.dotted) for parent in shape.parents]
        fields = completed(self.project, found, shape.fields)
        proxy = options.get("proxy") is True
        incomplete = list(shape.incomplete)
        translated = self.translations.of(found, fields, options) if not proxy else None
        if translated is not None:
            fields, options = translated.fields, translated.options
            incomplete += [] if translated.known else [UNKNOWN]
        model = ModelClass(
            app=app.name,
            label=app.label,
            name=name,
            dotted=found.dotted,
            path=found.module.path,
            line=found.node.lineno,
            fields=fields,
            options=options,
            bases=tuple(base for base in bases if base is not None),
            proxy=proxy,
            managed=options.get("managed") is not False,
            incomplete=tuple(dict.fromkeys(incomplete)),
            unclear=dict(shape.unclear),
            options_known=known and not any(r.startswith("metaclass") for r in shape.incomplete),
            automatic_key=not shape.parents
            and not any(
                isinstance(f.value, Call)
                and (f.value.get("primary_key") is True or f.value.func == COMPOSITE_KEY)
                for f in fields.values()
            ),
            certain=options.get("app_label") == app.label or self._certain(found, app),
            kept_by=kept_beside(found),
        )
        self.classes[found.dotted] = model
        return model

    def _certain(self, found: ClassFound, app: App) -> bool:
        path = found.module.path
        prefix = f"{app.package}/" if app.package else ""
        if not path.startswith(prefix):
            return False
        rest = path[len(prefix) :]
        # ``shop/extra/models.py`` may well be an app of its own, unless the app's migrations
        # have another model of the file: then whatever loads that one loads this one as well.
        return (
            "/models" not in f"/{rest}"[1:]
            or rest.startswith("models")
            or any(
                key in self.known and (key not in self.found or self.found[key].path == path)
                for key in ((app.name, name.lower()) for name in found.module.names.classes)
            )
            or not any(map(self._installs, packages_between(prefix, path)))
        )

    def _named(self, value: Value, names: Mapping[str, str]) -> Value:
        """Index and constraint names with ``%(class)s`` filled in."""
        if isinstance(value, list | tuple):
            return (
                [self._named(v, names) for v in value]
                if isinstance(value, list)
                else tuple(self._named(v, names) for v in value)
            )
        if (
            isinstance(value, Call)
            and isinstance(value.get("name"), str)
            and "%(" in value.get("name")
        ):
            kwargs = tuple((k, _filled(v, names) if k == "name" else v) for k, v in value.kwargs)
            return Call(value.func, value.args, kwargs, value.line, value.end_line)
        return value

    def shape(self, found: ClassFound, depth: int = 0) -> Shape:
        """What *found* is and has, ancestors included."""
        if found.dotted in self._shapes:
            return self._shapes[found.dotted]
        shape = Shape()
        self._shapes[found.dotted] = shape
        if depth > IMPORT_DEPTH:
            shape.incomplete.append("inherits too deeply")
            return shape
        bases = self.project.bases(found)
        shape.direct = frozenset(base.name for base in bases if isinstance(base, Ref))
        for base in bases:
            if not isinstance(base, Ref):
                if not (isinstance(base, Call) and base.func in NO_FIELDS):
                    shape.incomplete.append(f"{BASE}{_text(base)}")
                continue
            if base.name in ROOTS or base.name in MODELS_WITHOUT_FIELDS:
                shape.model = True
                continue
            if base.name in NOT_MODELS or base.name in NO_FIELDS:
                continue
            above = self.project.find_class(base.name)
            if above is None:
                if not base.name.startswith(
                    ("typing.", "builtins.", "collections.", "abc.", "enum.")
                ):
                    shape.incomplete.append(f"{BASE}{base.name}")
                    shape.model |= base.name in self.proven
                continue
            inherited = self.shape(above, depth + 1)
            shape.model |= inherited.model
            shape.incomplete += inherited.incomplete
            if self._has_table(above, inherited):
                # A table of its own: its fields stay there, and what inherits from it is a model.
                shape.model = True
                shape.parents.append(above)
                shape.mixins |= inherited.mixins
                shape.incomplete += (r for r in inherited.incomplete if r.startswith("metaclass"))
                continue
            shape.parents += inherited.parents
            shape.inherit(inherited)
        shape.fields = in_order_of_writing(shape.fields)
        for written in (*found.node.bases, *found.node.keywords, *found.node.body):
            node: ast.expr | None = None
            match written:
                case ast.Assign(targets=[ast.Name(id="__metaclass__")], value=value):
                    node = value  # as Python 2 is told
                case ast.Call(func=func, args=[first, *_]) if "with_metaclass" in ast.unparse(func):
                    node = first
                case ast.keyword(arg="metaclass", value=value):
                    node = value
            if node is not None and not leaves_fields_alone(
                self.project, found.module.evaluator.evaluate(node)
            ):
                shape.incomplete.append(f"metaclass {ast.unparse(node)}")
        shape.abstract = is_abstract(found, self.known)
        shape.close(found)
        own_fields(self.project, self.kinds, found, shape)
        if found.node.decorator_list:
            shape.fields, more = decorated(self.project, found, shape.fields)
            shape.incomplete += more
        return shape

    def _has_table(self, found: ClassFound, shape: Shape) -> bool:
        """Whether *found* is a model that is not abstract; where its bases are unknown, migrations tell."""
        if shape.abstract or shape.model:
            return shape.model and not shape.abstract
        name = found.node.name.lower()
        app = self._app_named(found, self.meta(found)[0]) if shape.incomplete else None
        return app is not None and (app.name, name) in self.known

    def _app_named(self, found: ClassFound, options: Mapping[str, Value]) -> App | None:
        """The app that *found* belongs to: the one it names, else the one that its file is in."""
        owner = self.app_of(found.module.path)
        label = options.get("app_label")
        if not isinstance(label, str) or (owner is not None and owner.label == label):
            return owner
        return next((a for a in self.apps if a.label == label), None)

    def meta(self, found: ClassFound) -> tuple[dict[str, Value], bool]:
        """The options that ``Meta`` gives, inherited ones included, and whether they are all known."""
        said = meta_options(self.project, found, self.known, self.kinds.constraint_given)
        return said if said is not None else ({}, not self.shape(found).incomplete)

    # -- names ---------------------------------------------------------------------------

    def concrete(self, label: str) -> str:
        """The model with a table behind ``label.name``: itself, or what a proxy stands for."""
        for _ in range(IMPORT_DEPTH):
            app, _, name = label.rpartition(".")
            model = next(
                (m for m in self.found.values() if m.label == app and m.name.lower() == name), None
            )
            if model is None or not model.proxy or not model.bases:
                return label
            label = model.bases[0]
        return label

    def label_of(self, dotted: str) -> str | None:
        """``label.name`` in lower case of the model class *dotted*; None where it cannot be known."""
        found = self.project.find_class(dotted)
        if found is not None and not found.module.foreign:
            model = self.model(found)
            return f"{model.label}.{model.name}".lower() if model is not None else None
        if found is not None and own_meta(found) is not None and not is_abstract(found, self.known):
            label = self.meta(found)[0].get("app_label")
            if isinstance(label, str):
                return f"{label}.{found.node.name}".lower()
        parts = dotted.split(".")
        if dotted.startswith("django.contrib.") and len(parts) >= 4:
            return f"{parts[2]}.{parts[-1]}".lower()
        return None


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"%({name})s", value)
    return text


def _text(value: Value) -> str:
    if isinstance(value, Call):
        return f"{value.func}(...)"
    return value.text if isinstance(value, Opaque) else repr(value)[:100]


def in_order_of_writing(fields: Mapping[str, FieldDef]) -> dict[str, FieldDef]:
    """*fields* of several parents: those of one file in the order in which they stand there, as Django counts them."""
    by_path: dict[str, list[str]] = {}
    for name, definition in fields.items():
        by_path.setdefault(definition.path, []).append(name)
    ordered = {
        path: iter(sorted(names, key=lambda name: fields[name].line))
        for path, names in by_path.items()
    }
    return {name: fields[name] for name in (next(ordered[d.path]) for d in fields.values())}
