"""
The models that ``TranslatedFields`` of django-parler makes beside the models that have it.

Each holds the translated fields, a language and the model that they belong to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.read.django.model_class import MODEL, FieldDef, ModelClass, spoken_name
from analyzers.read.modules import ClassFound, spelled
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Ref, Value

FIELDS = frozenset({"parler.models.TranslatedFields", "parler.models.models.TranslatedFields"})
MIXIN = "parler.models.TranslatedFieldsModelMixin"
CONSTRAINT = "django.db.models.UniqueConstraint"
ALONE = ("language_code", "master")
"""The fields by which a translation is the only one; how that is said hangs on the version."""


def translation_of(project: Project, found: ClassFound, model: ModelClass) -> ModelClass | None:
    """The model that holds the translations of *model*; None where it has none, or one that is not followed."""
    if model.proxy:
        return None
    for related, call in _made(project, found):
        meta = call.get("meta")
        if call.args or not (meta is None or isinstance(meta, dict)):
            return None
        return _translation(project, model, related, call, meta or {})
    return None


def _made(project: Project, found: ClassFound) -> Iterator[tuple[str, Call]]:
    for statement in found.node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as node) if (
                spelled(node.func).rpartition(".")[2] == "TranslatedFields"
            ):
                made = project.evaluate_in(found, node)
                if isinstance(made, Call) and made.func in FIELDS:
                    yield name, made
            case _:
                pass


def _translation(
    project: Project, model: ModelClass, related: str, call: Call, meta: dict[str, Value]
) -> ModelClass:
    line = FieldDef("", model.path, call.line, call.end_line or call.line)

    def field(value: Value) -> FieldDef:
        return FieldDef(value, line.path, line.line, line.end_line)

    table = model.options.get("db_table", f"{model.label}_{model.name.lower()}")
    called = f"{table}_translation" if isinstance(table, str) else Opaque("db_table_translation")
    spoken = spoken_name(project, model)
    rules = meta.get("constraints", [])
    options: dict[str, Value] = {
        "verbose_name": f"{spoken} Translation" if spoken else Opaque("verbose_name Translation"),
        "db_table": called,
        "default_permissions": (),
        **meta,
        "db_tablespace": model.options.get("db_tablespace", ""),
        "managed": model.managed,
        "constraints": [*rules, _one_a_language(table)]
        if isinstance(rules, list | tuple)
        else Opaque("constraints"),
    }
    name = f"{model.name}Translation"
    fields = {
        "language_code": field(_language()),
        **{k: field(v) for k, v in call.kwargs if k != "meta"},
        "master": field(_master(model, related)),
    }
    return ModelClass(
        app=model.app,
        label=model.label,
        name=name,
        dotted=f"{model.dotted.rpartition('.')[0]}.{name}",
        path=model.path,
        line=call.line,
        fields=fields,
        options=options,
        managed=model.managed,
        incomplete=tuple(
            f"field {k}" for k, v in call.kwargs if k != "meta" and not isinstance(v, Call)
        ),
        automatic_key=not any(
            isinstance(f.value, Call) and f.value.get("primary_key") is True
            for f in fields.values()
        ),
        certain=model.certain,
        made_of=(MIXIN, MODEL),
    )


def _one_a_language(table: Value) -> Call:
    """The rule as the newest versions have it; before, it was a ``unique_together``."""
    name = f"{table}_translation_uniq_lang" if isinstance(table, str) else Opaque("name")
    return Call(CONSTRAINT, (), (("fields", list(ALONE)), ("name", name)))


def _language() -> Call:
    kwargs = (("verbose_name", "Language"), ("max_length", 15), ("db_index", True))
    return Call("django.db.models.CharField", (), kwargs)


def _master(model: ModelClass, related: str) -> Call:
    kwargs: tuple[tuple[str, Value], ...] = (
        ("to", f"{model.label}.{model.name}"),
        ("related_name", related),
        ("editable", False),
        ("null", True),
        ("on_delete", Ref("django.db.models.CASCADE")),
    )
    return Call("parler.fields.TranslationsForeignKey", (), kwargs)
