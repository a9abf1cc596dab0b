"""The files with models as each step of a split leaves them: what the pull request wrote, with edits."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from analyzers.frozen import dataclass
from analyzers.plan.model_source import (
    Found,
    field_before,
    find_model,
    meta_option,
    segment,
    with_class,
    with_import,
    with_keyword,
    with_meta,
    with_statement,
    without_constraint,
    without_keyword,
    without_meta,
)
from analyzers.plan.parts import ModelEdit, Part
from analyzers.plan.source import imports_of
from analyzers.read.django.model_class import ModelClass
from analyzers.read.modules import ClassFound
from analyzers.read.sources import parse
from analyzers.relate.facts import Facts
from analyzers.relate.view import View
from analyzers.trees import MemoryTree
from analyzers.vocabulary import Migration


@dataclass(frozen=True, slots=True)
class _Home:
    """The class in whose body something of a model stands: its own, or one that it inherits from."""

    path: str
    name: str


class ModelFiles:
    """Writes those of the pull request's files that models are made of."""

    def __init__(
        self, facts: Facts, migrations: Iterable[Migration], others: Sequence[str]
    ) -> None:
        """*others* are the changed files that are no new migrations."""
        self.facts = facts
        self.packages = {m.key.app: _package(m) for m in migrations}
        self.others = others
        self._lineages = cache(_lineages)

    def paths(self, parts: Sequence[Part]) -> tuple[str, ...]:
        """Files of the pull request that define models of the apps in question, or what these inherit."""
        asked = {part.app for part in parts} & self.packages.keys()
        apps = {app: self.facts.label(app) for app in asked}
        packages = [package for app, package in self.packages.items() if app in apps]
        homes = {path for view in self.facts.views for path in _homes_of_apps(view, apps)}
        return tuple(
            path
            for path in self.others
            if path in homes or any(_usual(path, package) for package in packages)
        )

    def so_far(self, path: str, shown: Mapping[str, str]) -> str | None:
        """The file as the steps before this one leave it."""
        return shown[path] if path in shown else self._before(path)

    def written(
        self, paths: Sequence[str], edits: Sequence[ModelEdit]
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        """The files at *paths* after *edits*, and those of the edits that nothing was found for."""
        files: dict[str, str] = {}
        for path in paths:
            try:
                files[path] = self.facts.head.tree.read(path).decode()
            except (KeyError, UnicodeDecodeError):
                continue
        lost = []
        for edit in edits:
            home = next((h for h in self._homes(edit) if h.path in files), None)
            text = self._edited(home, files[home.path], edit) if home is not None else None
            if home is not None and text is not None:
                files[home.path] = text
            elif not self._stays_by_itself(edit, files):
                lost.append(_said(edit))
        return files, tuple(dict.fromkeys(lost))

    def _stays_by_itself(self, edit: ModelEdit, files: Mapping[str, str]) -> bool:
        """Whether the models are as *edit* wants them where none of *files*, which come now, has what it keeps."""
        if not edit.keep or edit.keywords:
            return False
        now = [home.path for home in self._homes(edit)]
        before = [home.path for home in self._homes(edit, of_base=True)]
        # What the base has in a file that comes later is there until then; what it inherits
        # from elsewhere is not, where the pull request writes the name into its own file.
        return files.keys().isdisjoint(before) and not any(
            path in self.others and path not in before for path in now
        )

    def _homes(self, edit: ModelEdit, *, of_base: bool = False) -> Iterator[_Home]:
        """
        Where the thing that *edit* changes is written, or was on the base where it goes.

        Several only where projects side by side have a model of that name.
        """
        base, merged = self.facts.views
        # What is new can be left out where it is written, and nowhere else.
        for view in (base,) if of_base else (merged,) if edit.constraint else (merged, base):
            for lineage in self._lineages(view, edit.model):
                home = next((c for c in lineage if _has(c, edit)), None)
                if home is not None:
                    yield _Home(home.module.path, home.qualname)
        if edit.meta:
            # An option that neither has may be written into the model's own Meta.
            for own, *_ in self._lineages(merged, edit.model):
                yield _Home(own.module.path, own.qualname)

    def _edited(self, home: _Home, text: str, edit: ModelEdit) -> str | None:
        """*text* with *edit*; None where the class or the field is not found in it."""
        here = _in_text(home, text)
        if here is None:
            return self._with_class(home, text) if edit.keep and not edit.attribute else None
        if edit.meta:
            return self._with_options(home, text, edit)
        if edit.constraint:
            return without_constraint(text, here.node, edit.constraint, edit.model)
        if not edit.attribute:
            return text
        if edit.statement:
            return _with_line(text, here, edit)
        if edit.keep:
            kept = self._kept(home, text, edit)
            if kept is None:
                return None
            text = kept
        statement = _field(home, text, edit.attribute)
        for name in edit.without:
            if statement is not None:
                text = without_keyword(text, statement, name)
                statement = _field(home, text, edit.attribute)
        for name, value in edit.keywords:
            if statement is not None:
                text = with_keyword(text, statement, name, value) or text
                statement = _field(home, text, edit.attribute)
        return text if statement is not None else None

    def _with_options(self, home: _Home, text: str, edit: ModelEdit) -> str | None:
        """*text* with the options of ``Meta`` that *edit* gives, or those that the base has."""
        for name, value in edit.meta:
            here = _in_text(home, text)
            if here is None:
                return None
            said = self._meta_at_base(home, name) if edit.keep else value
            text = (
                with_meta(text, here.node, name, said)
                if said is not None
                else without_meta(text, here.node, name)
            )
        return text

    def _kept(self, home: _Home, text: str, edit: ModelEdit) -> str | None:
        """*text* with the field as the base has it; None where that is not found."""
        places = tuple(self._homes(edit, of_base=True))
        earlier = home if home in places else next(iter(places), None)
        before = self._before(earlier.path) if earlier is not None else None
        there = _in_text(earlier, before) if earlier is not None and before is not None else None
        kept = there.field(edit.attribute) if there is not None else None
        here = _in_text(home, text)
        if here is None or there is None or kept is None:
            return None
        statement = here.field(edit.attribute)
        if statement is None:
            above = field_before(there, here, edit.attribute)
            text = with_statement(text, here.node, segment(there.source, kept), above)
            return _with_imports(text, there, kept)
        lines = text.splitlines(keepends=True)
        indent = " " * statement.col_offset
        start, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        put = [*lines[:start], f"{indent}{segment(there.source, kept)}\n", *lines[end:]]
        return _with_imports("".join(put), there, kept)

    def _with_class(self, home: _Home, text: str) -> str | None:
        """A class that the pull request takes away stays, where this file had it."""
        before = self._before(home.path)
        if before is None or _in_text(home, before) is None:
            return None
        return with_class(text, before, home.name)

    def _meta_at_base(self, home: _Home, name: str) -> str | None:
        """The option *name* of the class's ``Meta`` on the base, as source; None where it has none."""
        before = self._before(home.path)
        there = _in_text(home, before) if before is not None else None
        option = meta_option(there.node, name) if there is not None else None
        return segment(there.source, option.value) if there is not None and option else None

    def _before(self, path: str) -> str | None:
        try:
            return self.facts.base.tree.read(path).decode()
        except (KeyError, UnicodeDecodeError):
            return None


def _package(migration: Migration) -> str:
    """The folder that the migration's folder stands in: an app's, mostly."""
    return migration.path.rpartition("/")[0].rpartition("/")[0]


def _usual(path: str, package: str) -> bool:
    """Whether *path* is where models of an app in *package* stand by custom."""
    inside = not package or path.startswith(f"{package}/")
    return inside and (path.endswith("models.py") or "/models/" in path)


def _homes_of_apps(view: View, apps: Mapping[str, str]) -> Iterator[str]:
    """The files of the classes that the models of *apps*, each with its label, are or inherit from."""
    models = tuple(view.models.found.values())
    # An app may be known by its migrations alone, while another folder has its models.
    with_models = {model.app for model in models}
    labels = {label for app, label in apps.items() if app not in with_models}
    for model in models:
        if model.app in apps or model.label in labels:
            yield from (entry.module.path for entry in _lineage(view, model))


def _lineages(view: View, label: str) -> tuple[tuple[ClassFound, ...], ...]:
    """For each model called *label*, its class and those that it inherits from."""
    app, _, name = label.rpartition(".")
    named = [m for m in view.models.found.values() if (m.label, m.name) == (app, name)]
    return tuple(lineage for model in named if (lineage := _lineage(view, model)))


def _lineage(view: View, model: ModelClass) -> tuple[ClassFound, ...]:
    """The class of *model* and those that it inherits from, in Python's order, as far as they are read."""
    found = view.project.find_class(model.dotted)
    linear = view.project.linear(found) if found is not None else ()
    return tuple(entry for entry in linear if isinstance(entry, ClassFound))


def _has(entry: ClassFound, edit: ModelEdit) -> bool:
    """Whether the class itself has what *edit* changes."""
    options = ("constraints",) if edit.constraint else tuple(name for name, _ in edit.meta)
    if options:
        return any(meta_option(entry.node, name) is not None for name in options)
    wanted = edit.behind if edit.statement else edit.attribute
    own = Found(path=entry.module.path, source="", node=entry.node)
    return not wanted or own.field(wanted) is not None


def _in_text(home: _Home, text: str) -> Found | None:
    """The class of *home* in *text*, a version of its file."""
    return find_model(MemoryTree({home.path: text}), "", home.name)


def _field(home: _Home, text: str, attribute: str) -> ast.stmt | None:
    here = _in_text(home, text)
    return here.field(attribute) if here is not None else None


def _with_line(text: str, here: Found, edit: ModelEdit) -> str:
    """*text* with the line that *edit* adds, unless the class has the attribute."""
    if here.field(edit.attribute) is not None:
        return text
    behind = here.field(edit.behind) if edit.behind else None
    text = with_statement(text, here.node, edit.statement, behind)
    for line in edit.imports:
        text = with_import(text, line)
    return text


def _with_imports(text: str, there: Found, kept: ast.stmt) -> str:
    """*text* with what the statement *kept* of the same file, as it was *there*, needs."""
    module = parse(there.source.encode())
    for line in imports_of(kept, module, here=True) if isinstance(module, ast.Module) else ():
        text = with_import(text, line)
    return text


def _said(edit: ModelEdit) -> str:
    """What *edit* does, for whoever has to do it."""
    if edit.meta:
        ends = " as the base has it" if edit.keep else ""
        return ", ".join(f"{edit.model}'s Meta.{name}{ends}" for name, _ in edit.meta)
    if edit.constraint:
        return f"{edit.model} without the constraint {edit.constraint}"
    if edit.statement:
        return f"`{edit.statement}` in {edit.model}"
    what = f"{edit.model}.{edit.attribute}" if edit.attribute else f"the class {edit.model}"
    if edit.keep:
        what += " as the base has it"
    words = [f"`{name}={value}`" for name, value in edit.keywords]
    words += [f"without `{name}`" for name in edit.without]
    return f"{what}{' and' if edit.keep and words else ''}{' with ' if words else ''}{', '.join(words)}"
