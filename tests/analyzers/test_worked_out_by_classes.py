"""What classes of a project work out when they are made: not guessed, and not written down."""

from __future__ import annotations

import ast

import pytest

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.read.values import Call, Ref
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree

KINDS = """
class Keys(type):
    def __new__(cls, name, bases, attrs):
        kinds = {k: v for k, v in attrs.items() if not k.startswith("__")}
        for key in kinds:
            attrs[key] = key
        attrs["choices"] = tuple(kinds.items())
        return super().__new__(cls, name, bases, attrs)


class Kinds(metaclass=Keys):
    pass


class Kind(Kinds):
    once = "Once"
    often = "Often"
"""
FIELDS = """
from django.db import models


def whichever():
    if hasattr(models, "JSONField"):
        return models.JSONField
    from elsewhere import JSONField
    return JSONField


class JSONField(whichever()):
    pass


class KindField(models.CharField):
    def __init__(self, kind, *args, **kwargs):
        self.kind = kind
        defaults = {"choices": kind.choices, "max_length": max(len(k) for k, _ in kind.choices)}
        defaults.update(kwargs)
        super().__init__(*args, **defaults)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["kind"] = self.kind
        return name, path, args, kwargs
"""
MODELS = """
from django.db import models
from shop.fields import JSONField, KindField
from shop.kinds import Kind


class Order(models.Model):
    notes = JSONField(default=dict)
    kind = KindField(Kind, default=Kind.once)
"""
INITIAL = """
import shop.fields
import shop.kinds
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.AutoField(primary_key=True)),
                ("notes", shop.fields.JSONField(default=dict)),
                (
                    "kind",
                    shop.fields.KindField(default="once", kind=shop.kinds.Kind, max_length=5),
                ),
            ],
        )
    ]
"""
SHOP = {
    "shop/__init__.py": "",
    "shop/fields.py": FIELDS,
    "shop/kinds.py": KINDS,
    "shop/models.py": "",
    "shop/migrations/__init__.py": "",
}


def facts(**head: str) -> Facts:
    """Of a pull request that writes *head*, by the names of the modules of the app, into an app with nothing in it."""
    files = {f"shop/{name.replace('__', '/')}.py": text for name, text in head.items()}
    base, after = MemoryTree(SHOP), MemoryTree({**SHOP, **files})
    comparison = Comparison(merge_base=base, base=base, head=after, merged=after)
    return Facts(comparison, Config(), MemoryCache())


def test_what_a_metaclass_makes_of_an_attribute_is_not_what_the_class_says() -> None:
    """The default is the key, ``once``, and the class says the label."""
    seen = facts(models=MODELS, migrations__0001_initial=INITIAL)
    kind = seen._models[1].models.found["shop", "order"].fields["kind"].value

    assert isinstance(kind, Call)
    assert kind.get("default") == Ref("shop.kinds.Kind.once")
    assert not seen.missing_django.gaps


def test_what_a_metaclass_leaves_alone_is_what_the_class_says() -> None:
    kinds = KINDS.replace("attrs[key] = key", 'attrs["last"] = key')
    assert kinds != KINDS
    seen = facts(models=MODELS, kinds=kinds, migrations__0001_initial=INITIAL)

    assert [(gap.name, gap.aspect) for gap in seen.missing_django.gaps] == [("kind", "default")]


def test_in_its_own_body_a_class_has_what_the_body_says() -> None:
    """Its metaclass comes after it."""
    models = "from django.db import models\nfrom shop.kinds import Keys\n\n\n" + KIND_WITHIN
    value = facts(models=models)._models[1].models.found["shop", "note"].fields["kind"].value

    assert isinstance(value, Call)
    assert value.get("choices") == [("a", "A")]
    assert value.get("default") == "a"


def test_a_field_class_whose_base_a_function_chooses_is_a_field() -> None:
    """Nothing of the migration is without a field of the model."""
    assert not facts(models=MODELS, migrations__0001_initial=INITIAL).missing_django.gaps
    without = MODELS.replace("    notes = JSONField(default=dict)\n", "")
    gone = facts(models=without, migrations__0001_initial=INITIAL).missing_django.gaps
    assert [(gap.operation, gap.name) for gap in gone] == [("RemoveField", "notes")]


def test_what_a_field_class_works_out_is_not_written_and_modules_alone_are_imported() -> None:
    """It works it out again when the migration is read; a class is no module."""
    made = facts(models=MODELS).write_missing()
    text = "".join(file.content for file in made.files)

    imports = {
        a.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import) for a in n.names
    }
    assert imports == {"shop.fields", "shop.kinds"}
    assert "KindField(default=shop.kinds.Kind.once, kind=shop.kinds.Kind))" in text
    assert not made.problems


def test_an_expression_of_the_model_is_written_as_python() -> None:
    models = MODELS.replace("default=Kind.once", "validators=[min(k for k in Kind.choices)]")
    text = "".join(file.content for file in facts(models=models).write_missing().files)

    assert "validators=[min((k for k in shop.kinds.Kind.choices))]" in text
    assert "builtins" not in text


KIND_WITHIN = """
class Note(models.Model, metaclass=Keys):
    KINDS = [("a", "A")]
    USUAL = "a"
    kind = models.CharField(max_length=1, choices=KINDS, default=USUAL)
"""
DECORATORS = """
def documented(model):
    for field in model._meta.local_fields:
        if not field.help_text:
            field.help_text = model.__doc__
    return model


def registered(model):
    REGISTRY.append(model)
    return model


def stamped(name):
    def decorate(model):
        model.add_to_class(name, models.DateTimeField(null=True))
        return model
    return decorate
"""
NOTE = """
from django.db import models
from shop.decorators import documented, registered, stamped


@{decorator}
class Note(models.Model):
    text = models.{field}()
"""
NOTES = """
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.AutoField(primary_key=True)),
                ("text", models.TextField(help_text="A note")),
            ],
        )
    ]
"""


def test_a_field_that_a_decorator_adds_is_not_gone() -> None:
    """A class that gets a field from elsewhere may be without it in its body."""
    note = NOTE.format(decorator="stamped('at')", field="TextField")
    seen = facts(models=note, decorators=DECORATORS)

    assert seen._models[1].models.found["shop", "note"].incomplete == ("decorator stamped('at')",)


@pytest.mark.parametrize(
    ("decorator", "field", "lacking"),
    [
        ("documented", "TextField", set()),
        ("documented", "CharField", {("text", "class")}),
        ("registered", "TextField", {("text", "help_text")}),
        ("stamped('at')", "TextField", {("text", "help_text")}),
    ],
)
def test_a_decorator_s_work_on_fields_is_left_open(
    decorator: str, field: str, lacking: set[tuple[str, str]]
) -> None:
    """What it sets of them is not known, nor what it adds; all else is compared."""
    note = NOTE.format(decorator=decorator, field=field)
    seen = facts(models=note, decorators=DECORATORS, migrations__0001_initial=NOTES)

    assert {(gap.name, gap.aspect) for gap in seen.missing_django.gaps} == lacking


def test_what_a_decorator_sets_cannot_be_written() -> None:
    note = NOTE.format(decorator="documented", field="TextField")
    made = facts(models=note, decorators=DECORATORS).write_missing()

    assert not made.files
    assert made.problems == ("shop: help_text of a field of Note is set by @documented",)
