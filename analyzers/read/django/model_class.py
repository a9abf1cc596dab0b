"""A model as its class says it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from analyzers.frozen import dataclass
from analyzers.read.project import Project
from analyzers.read.values import Value
from analyzers.vocabulary import Place

MODEL = "django.db.models.Model"
ROOTS = frozenset({MODEL, "django.contrib.gis.db.models.Model"})
"""The classes that every model comes from, as they are imported."""
BASE = "base "
"""What a reason begins with why a model is not known whole: a class that it inherits from is not read."""


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field as it is written, and where."""

    value: Value
    path: str
    line: int
    end_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelClass:
    """A model as its class says it is."""

    app: str
    """The app's name, unique in the tree."""
    label: str
    name: str
    dotted: str
    path: str
    line: int
    fields: Mapping[str, FieldDef] = field(default_factory=dict)
    options: Mapping[str, Value] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    """Concrete parents, as ``label.name`` in lower case; empty for plain models."""
    proxy: bool = False
    managed: bool = True
    incomplete: tuple[str, ...] = ()
    """Why fields may be missing here: unknown bases, conditions."""
    unclear: Mapping[str, Place] = field(default_factory=dict)
    """Attributes that may be fields: calls of which it is not known what they give."""
    options_known: bool = True
    automatic_key: bool = False
    """No field is a primary key: Django adds ``id``."""
    copied_key: bool = False
    """Its ``id`` is a copy of the key that Django adds to another model."""
    made_of: tuple[str, ...] = ()
    """The bases, by dotted path, of a model that no class of the tree is."""
    kept_by: str = ""
    """The decorator that makes another model to keep what its rows were."""
    certain: bool = True
    """False where it is not sure that Django takes the class for a model of this app."""

    @property
    def key(self) -> tuple[str, str]:
        """Where it stands in the project's state."""
        return self.app, self.name.lower()


def spoken_name(project: Project, model: ModelClass) -> str | None:
    """``verbose_name`` of *model*: its own, or the one that Django makes of the class's name; None: not known."""
    if "verbose_name" not in model.options and not model.options_known:
        # A base that is not read may name it.
        return None
    words = re.sub("(((?<=[a-z])[A-Z])|([A-Z](?![A-Z]|$)))", r" \1", model.name).strip().lower()
    said = project.plain(model.options.get("verbose_name", words))
    return said if isinstance(said, str) else None
