"""Changes of Django models in the sources of a real project, one thing in each model."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzers.read.django.model_class import FieldDef, ModelClass
from analyzers.read.values import Call
from analyzers.relate.view import View
from analyzers.trees import Tree
from tests.oracles.source_edits import one_of, with_argument

SILENT_SHARE = 0.35
LEANED_ON = frozenset({"editable added", "field removed", "field renamed", "class changed"})
"""Kinds by which other code of a project may fail to be imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change of one model's source: lines *first* to *last* become *new*."""

    kind: str
    silent: bool
    model: ModelClass
    first: int
    last: int
    new: tuple[str, ...]

    @property
    def path(self) -> str:
        return self.model.path


def of_field(said: FieldDef, text: str) -> Iterator[tuple[str, str]]:
    """Kinds and new sources of the call that makes a field; *text* is the old one."""
    value = said.value
    assert isinstance(value, Call)
    given = {key for key, _ in value.kwargs}
    kind = value.func.rpartition(".")[2]

    def plus(argument: str) -> str:
        return with_argument(text, argument)

    def swapped(pattern: str, new: str) -> str | None:
        made, count = re.subn(pattern, new, text, count=1)
        # What stood first may have left its comma behind.
        return re.sub(r"\(\s*,\s*", "(", made, count=1) if count else None

    simple = kind not in {"ManyToManyField", "GeneratedField"}
    for argument, new in (
        ("help_text", 'help_text="A mutated text"'),
        ("verbose_name", 'verbose_name="mutated name"'),
        ("db_column", 'db_column="mutated_column"'),
        ("editable", "editable=False"),
        ("db_comment", 'db_comment="mutated"'),
        ("error_messages", 'error_messages={"blank": "Mutated"}'),
    ):
        positional = argument == "verbose_name" and value.args
        if argument not in given and simple and not positional:
            yield f"{argument} added", plus(new)
        elif argument in {"help_text", "verbose_name"} and argument in given:
            made = swapped(rf"{argument}=(_\()?([\"'])", rf"{argument}=\1\2Mutated ")
            if made is not None:
                yield f"{argument} changed", made
    if kind in {"CharField", "SlugField", "URLField"}:
        made = swapped(r"max_length=(\d+)", r"max_length=1\1")
        if made is not None:
            yield "max_length grown", made
    if kind == "DecimalField":
        made = swapped(r"max_digits=(\d+)", r"max_digits=1\1")
        if made is not None:
            yield "max_digits grown", made
    if simple and "null" not in given and "primary_key" not in given and kind != "AutoField":
        yield "null=True added", plus("null=True")
    made = swapped(r",?\s*null=True", "") if "default" not in given else None
    if made is not None and simple:
        yield "null=True taken away", made
    if "blank" not in given and kind != "BooleanField":
        yield "blank=True added", plus("blank=True")
    made = swapped(r",?\s*blank=True", "")
    if made is not None:
        yield "blank=True taken away", made
    if kind in {"CharField", "TextField", "IntegerField"} and not given & {"default", "choices"}:
        yield "default added", plus('default="5"' if kind != "IntegerField" else "default=5")
    made = swapped(r"default=True", "default=False")
    if made is not None:
        yield "default changed", made
    if kind in {"CharField", "IntegerField", "DateField", "DateTimeField", "BooleanField"}:
        if not given & {"db_index", "unique", "primary_key"}:
            yield "db_index added", plus("db_index=True")
            yield "unique added", plus("unique=True")
        if "choices" not in given and kind == "CharField":
            yield "choices added", plus('choices=[("a", "A"), ("b", "B")]')
        if "validators" not in given and kind == "IntegerField":
            yield "validators added", plus("validators=[]")
    made = swapped(r",?\s*(db_index|unique)=True", "")
    if made is not None:
        yield "db_index or unique taken away", made
    if kind in {"ForeignKey", "OneToOneField"}:
        made = swapped(r"models\.CASCADE", "models.PROTECT")
        if made is not None:
            yield "on_delete changed", made
        if "related_query_name" not in given:
            yield "related_query_name added", plus('related_query_name="mutated"')
        if "db_constraint" not in given:
            yield "db_constraint taken away", plus("db_constraint=False")
        made = swapped(r"related_name=([\"'])(?!\+)", r"related_name=\1mutated_")
        if made is not None:
            yield "related_name changed", made
    for one, two in (
        ("models.IntegerField", "models.BigIntegerField"),
        ("models.CharField", "models.TextField"),
        ("models.DateTimeField", "models.DateField"),
        ("models.PositiveIntegerField", "models.IntegerField"),
        ("models.TextField", "models.CharField"),
    ):
        if text.startswith(f"{one}("):
            made = text.replace(one, two, 1)
            if two == "models.CharField" and "max_length" not in given:
                made = made.rstrip()[:-1].rstrip().rstrip(",") + (
                    "max_length=200)"
                    if made.rstrip()[:-1].rstrip().endswith("(")
                    else ", max_length=200)"
                )
            yield "class changed", made


SILENT_FIELD = ("parenthesised", "comment after it", "spread over lines")
NEW_FIELDS = {
    "CharField added": 'models.CharField(max_length=30, default="")',
    "nullable field added": "models.DateField(null=True)",
    "flag added": "models.BooleanField(default=False)",
    "unique field added": "models.CharField(max_length=9, null=True, unique=True)",
    "number added": "models.PositiveSmallIntegerField(default=3, db_index=True)",
    "JSON added": "models.JSONField(default=dict, blank=True)",
}
IN_CLASS = {
    "method added": ("def mutated(self):", "    return self.pk"),
    "property added": ("@property", "def mutated(self):", "    return 1"),
    "constant added": ("MUTATED = 5",),
    "annotation added": ("mutated: int",),
    "static method added": ("@staticmethod", "def mutated(value):", "    return value"),
    "inner class added": ("class Mutated:", "    x = 1"),
    "comment added": ("# a mutated comment",),
}
META = {
    "ordering": "ordering = ['-pk']",
    "verbose_name": "verbose_name = 'mutated'",
    "db_table": "db_table = 'mutated_{table}'",
    "get_latest_by": "get_latest_by = 'pk'",
    "permissions": "permissions = [('can_mutate', 'Can mutate')]",
    "default_permissions": "default_permissions = ('add',)",
    "default_related_name": "default_related_name = 'mutated_%(class)s'",
}


def mutations(view: View, tree: Tree, dice: random.Random) -> list[Mutation]:
    """At most one for each model, silent ones among them."""
    found = []
    for key in sorted(view.models.found):
        model = view.models.found[key]
        if model.proxy or not model.managed or not model.certain or key not in view.state.models:
            continue
        lines = tree.read(model.path).decode(errors="replace").splitlines()
        if not any(
            re.match(r"from django\.db import .*\bmodels\b(?! as )", each) for each in lines
        ):
            # What is put in speaks of ``models``.
            continue
        candidates = list(_candidates(model, lines))
        silent = [m for m in candidates if m.silent]
        loud = [m for m in candidates if not m.silent]
        chosen = one_of(loud, silent, SILENT_SHARE, dice)
        if chosen is not None:
            found.append(chosen)
    return found


def _candidates(model: ModelClass, lines: Sequence[str]) -> Iterator[Mutation]:
    node = _class_in("\n".join(lines), model)
    if node is None:
        return
    body = "\n".join(lines[node.lineno - 1 : node.end_lineno])

    def at(kind: str, silent: bool, first: int, last: int, new: Sequence[str]) -> Mutation:
        return Mutation(
            kind=kind, silent=silent, model=model, first=first, last=last, new=tuple(new)
        )

    indent = " " * (node.body[0].col_offset)
    plain = [
        statement
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id in model.fields
        and isinstance(statement.value, ast.Call)
        and model.fields[statement.targets[0].id].path == model.path
        and model.fields[statement.targets[0].id].line == statement.lineno
    ]
    for statement in plain:
        name = statement.targets[0].id  # type: ignore[attr-defined]
        said = model.fields[name]
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        text = ast.get_source_segment("\n".join(lines), statement.value)
        if text is None or not isinstance(said.value, Call) or "#" in text:
            continue
        if said.value.func.startswith("django.db.models."):
            for kind, new in of_field(said, text):
                yield at(kind, False, first, last, f"{indent}{name} = {new}".split("\n"))
            if len(re.findall(rf"\b{name}\b", body)) == 1 and "primary_key" not in text:
                yield at("field removed", False, first, last, ())
                yield at(
                    "field renamed",
                    False,
                    first,
                    last,
                    f"{indent}{name}_mutated = {text}".split("\n"),
                )
        yield at("parenthesised", True, first, last, f"{indent}{name} = ({text})".split("\n"))
        yield at(
            "comment after it", True, first, last, f"{indent}{name} = {text}  # mutated".split("\n")
        )
    if plain:
        line = plain[-1].end_lineno or plain[-1].lineno
        for kind, text in NEW_FIELDS.items():
            yield at(kind, False, line + 1, line, (f"{indent}mutated_field = {text}",))
        for kind, inner in IN_CLASS.items():
            yield at(kind, True, line + 1, line, [f"{indent}{each}" for each in inner])
    meta = next((s for s in node.body if isinstance(s, ast.ClassDef) and s.name == "Meta"), None)
    if meta is not None and not meta.bases and plain:
        inside = " " * meta.body[0].col_offset
        names = {
            t.id
            for s in meta.body
            if isinstance(s, ast.Assign)
            for t in s.targets
            if isinstance(t, ast.Name)
        }
        for option, text in META.items():
            if option not in names and not (
                option == "ordering" and "order_with_respect_to" in names
            ):
                written = inside + text.format(table=f"{model.label}_{model.name.lower()}")
                start = meta.body[0].lineno
                yield at(f"Meta.{option}", False, start, start - 1, (written,))
        column = plain[0].targets[0].id  # type: ignore[attr-defined]
        short = f"{model.label[:4]}_{model.name.lower()[:14]}"
        start = meta.body[0].lineno
        for option, text in (
            ("indexes", f"models.Index(fields=['{column}'], name='mutated_{short}')"),
            (
                "constraints",
                f"models.UniqueConstraint(fields=['{column}'], name='mutated_{short}')",
            ),
        ):
            if option not in names and "ManyToMany" not in ast.unparse(plain[0].value):
                yield at(
                    f"Meta.{option}", False, start, start - 1, (f"{inside}{option} = [{text}]",)
                )


def _class_in(source: str, model: ModelClass) -> ast.ClassDef | None:
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.ClassDef)
            and node.name == model.name
            and node.lineno <= model.line + 20
        ):
            return node
    return None
