"""Migrations that are offered are whole and can be loaded; where they cannot be, none is offered."""

from __future__ import annotations

import ast

import pytest

from analyzers.config import Config
from analyzers.findings import Finding, Severity
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.support.lacking_worlds import MODELS, PROJECT, lacking

HEAD = (
    "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    "    dependencies = [('shop', '0001_initial')]\n"
)
IMPORTS = """
import pghistory
from babel.numbers import list_currencies
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django_prometheus.models import ExportModelOperationsMixin
from django_lifecycle import LifecycleModel
from elsewhere.constants import MONEY, USUAL
from elsewhere.models import Stamped

NAMES: tuple[str, ...]
CURRENCIES = [(key, key) for key in sorted(list_currencies())]
"""


def note(body: str, head: str = "class Note(models.Model):") -> dict[str, str | None]:
    """A new model with that *body*."""
    return {"shop/models.py": f"{IMPORTS}{MODELS}\n\n{head}\n    {body}\n"}


def found(change: dict[str, str | None], base: dict[str, str] = PROJECT) -> Finding:
    (finding,) = lacking(base, change)
    return finding


@pytest.mark.parametrize(
    "change",
    [
        note("money = models.CharField(max_length=3, default=list(NAMES)[0])"),
        note("text = models.TextField()", "@pghistory.track()\nclass Note(models.Model):"),
        note("text = models.TextField()", "class Note(Stamped, models.Model):"),
    ],
    ids=[
        "a name that nothing binds",
        "a model beside it",
        "a base that is not read",
    ],
)
def test_what_cannot_be_written_whole_is_not_offered(change: dict[str, str | None]) -> None:
    """The command that can is named, and ours is not."""
    finding = found(change)

    assert not finding.new_files
    assert finding.remedy.endswith("with the model: python manage.py makemigrations shop.")


@pytest.mark.parametrize(
    ("body", "written", "imported"),
    [
        (
            "models.CharField(max_length=3, choices=CURRENCIES)",
            "choices=[(key, key) for key in sorted(babel.numbers.list_currencies())]",
            "babel.numbers",
        ),
        (
            "models.CharField(max_length=3, choices=MONEY)",
            "choices=elsewhere.constants.MONEY",
            "elsewhere.constants",
        ),
        (
            "models.CharField(max_length=3, default=USUAL)",
            "default=elsewhere.constants.USUAL",
            "elsewhere.constants",
        ),
        (
            "models.CharField(max_length=3, default=list_currencies())",
            "default=babel.numbers.list_currencies()",
            "babel.numbers",
        ),
        (
            "ArrayField(models.CharField(max_length=3, choices=list_currencies()))",
            "choices=babel.numbers.list_currencies()",
            "babel.numbers",
        ),
        (
            "models.CharField(max_length=max(3, len(list_currencies())))",
            "max_length=max(3, len(babel.numbers.list_currencies()))",
            "babel.numbers",
        ),
    ],
    ids=["choices", "a name", "a constant", "a call", "within an array", "a length"],
)
def test_what_only_running_code_knows_is_written_as_the_models_say_it(
    body: str, written: str, imported: str
) -> None:
    """Django writes what it comes to; the expression comes to the same when the migration is loaded."""
    (file,) = found(note(f"money = {body}")).new_files

    ast.parse(file.content)
    assert written in file.content
    assert f"import {imported}\n" in file.content


def test_a_mixin_that_a_library_makes_for_each_model_is_a_base_like_others() -> None:
    head = 'class Note(ExportModelOperationsMixin("note"), models.Model):'
    (file,) = found(note("text = models.TextField()", head)).new_files

    ast.parse(file.content)
    assert "('id', models.BigAutoField(" in file.content
    assert (
        "bases=(django_prometheus.models.ExportModelOperationsMixin('note'), models.Model)"
        in file.content
    )
    assert "import django_prometheus.models\n" in file.content


def test_a_library_s_abstract_model_stands_by_the_mixins_that_it_is_made_of() -> None:
    (file,) = found(note("text = models.TextField()", "class Note(LifecycleModel):")).new_files

    assert "bases=(django_lifecycle.mixins.LifecycleModelMixin, models.Model)" in file.content


@pytest.mark.parametrize(
    ("bases", "written"),
    [
        ("LifecycleModel, Plain", "LifecycleModelMixin, models.Model, shop.models.Plain)"),
        (
            "Plain, LifecycleModel",
            "(shop.models.Plain, django_lifecycle.mixins.LifecycleModelMixin, models.Model)",
        ),
        ("LifecycleModel, Dated", "(django_lifecycle.mixins.LifecycleModelMixin, models.Model)"),
        ("LifecycleModel, Mixed", "LifecycleModelMixin, shop.models.Plain, models.Model)"),
    ],
)
def test_such_mixins_stand_where_python_finds_them(bases: str, written: str) -> None:
    """Django's model class comes as soon as nobody behind it needs it as well."""
    abstract = "(models.Model):\n    class Meta:\n        abstract = True\n\n\n"
    change = note("text = models.TextField()", f"class Note({bases}):")
    text = str(change["shop/models.py"])
    classes = f"class Plain:\n    pass\n\n\nclass Dated{abstract}class Mixed(Plain, models.Model):\n    class Meta:\n        abstract = True\n\n\nclass Note("
    change["shop/models.py"] = text.replace("class Note(", classes)
    (file,) = found(change).new_files

    assert written in file.content


def test_a_generic_model_is_written_without_what_only_types_know() -> None:
    """Django's own file names ``typing.Generic`` among the bases, and fails to load."""
    change = note("text = models.TextField()", "class Note(Kept[int]):")
    text = str(change["shop/models.py"])
    kept = "class Kept(models.Model, Generic[T]):\n    class Meta:\n        abstract = True\n\n\nclass Note("
    change["shop/models.py"] = (
        "from typing import Generic, TypeVar\n\nT = TypeVar('T')\n"
        + text.replace("class Note(", kept)
    )
    (file,) = found(change).new_files

    assert "Generic" not in file.content
    assert "name='Note'" in file.content


def test_a_proxy_of_a_library_s_model_is_written() -> None:
    """What it is a proxy of stays where it is, and comes first."""
    proxy = "\n\nclass Reader(Permission):\n    class Meta:\n        proxy = True\n"
    models = f"from django.contrib.auth.models import Permission\n{MODELS}"
    before = {**PROJECT, "shop/models.py": models}
    with_it = {**before, "shop/models.py": f"{models}{proxy}"}
    (file,) = found({**with_it}, before).new_files

    assert "('auth', '__first__')" in file.content
    assert "bases=('auth.permission',)" in file.content
    assert "'proxy': True" in file.content

    after = {**with_it, file.path: file.content}
    assert not lacking(before, {**after})
    (file,) = found({"shop/models.py": models}, after).new_files
    assert "migrations.DeleteModel(\n            name='Reader'" in file.content


def test_what_is_called_for_a_value_is_written_by_its_name() -> None:
    """As choices, since Django 5.0; a member of an enumeration as what it is called."""
    body = "kind = models.CharField(max_length=9, choices=kinds, default=Kind.OLD)"
    more = "\n\ndef kinds():\n    return [('old', 'Old')]\n\n\nclass Kind(enum.Enum):\n    OLD = 'old'\n"
    change = note(body)
    change["shop/models.py"] = f"import enum{more}{change['shop/models.py']}"
    (file,) = found(change).new_files

    assert "choices=shop.models.kinds, default=shop.models.Kind['OLD']" in file.content


def test_a_default_that_is_made_is_written_as_it_is_made() -> None:
    body = "at = models.DurationField(default=timedelta(days=1))"
    change = note(body)
    change["shop/models.py"] = f"from datetime import timedelta{change['shop/models.py']}"
    (file,) = found(change).new_files

    assert "default=datetime.timedelta(days=1)" in file.content


def test_django_s_own_user_gives_way_to_the_setting() -> None:
    """Also where the settings are not found, as Django's own field does it."""
    body = 'by = models.ForeignKey("auth.User", models.CASCADE)'
    (file,) = found(note(body)).new_files

    assert "to=settings.AUTH_USER_MODEL" in file.content
    assert "migrations.swappable_dependency(settings.AUTH_USER_MODEL)" in file.content


def test_a_library_s_model_gives_way_to_its_setting_where_migrations_know_that() -> None:
    body = 'at = models.ForeignKey("wagtailcore.Page", models.CASCADE)'
    other = "class Migration(migrations.Migration):\n    operations = [migrations.CreateModel('Link', [('id', models.BigAutoField(primary_key=True)), ('to', models.ForeignKey(to={}, on_delete=models.CASCADE))])]\n"
    head = "from django.conf import settings\nfrom django.db import migrations, models\n\n\n"
    link = "from django.db import models\n\n\nclass Link(models.Model):\n    to = models.ForeignKey('wagtailcore.Page', models.CASCADE)\n"
    base = {
        **PROJECT,
        "links/__init__.py": "",
        "links/models.py": link,
        "links/migrations/__init__.py": "",
    }

    for to in ("settings.WAGTAIL_PAGE_MODEL", "'wagtailcore.page'"):
        first = {"links/migrations/0001_initial.py": head + other.format(to)}
        (file,) = found(note(body), {**base, **first}).new_files
        assert f"to={to}" in file.content
        assert (
            "swappable_dependency(settings.WAGTAIL_PAGE_MODEL)" in file.content
        ) is to.startswith("s")


def test_an_array_says_its_size_as_django_does() -> None:
    (file,) = found(note("tags = ArrayField(models.TextField())")).new_files

    assert "ArrayField(base_field=models.TextField(), size=None)" in file.content


def test_what_stands_outside_is_depended_on_by_the_newest_name_that_is_known() -> None:
    """Of an app that is not in the repository, what its own migrations build on already."""
    about = note("about = models.ForeignKey(ContentType, models.CASCADE)")
    (file,) = found(about).new_files
    assert "('contenttypes', '0002_remove_content_type_name')" in file.content

    at = note('at = models.ForeignKey("places.Place", models.CASCADE)')
    (file,) = found(at).new_files
    assert "('places', '__first__')" in file.content
    known = {
        **PROJECT,
        "shop/migrations/0002_place.py": "from django.db import migrations\n\n\n"
        'class Migration(migrations.Migration):\n    dependencies = [("shop", "0001_initial"), '
        '("places", "0003_more")]\n    operations = []\n',
    }
    (file,) = found(at, known).new_files
    assert "('places', '0003_more')" in file.content


def test_of_two_projects_with_one_label_each_depends_on_its_own() -> None:
    """Reviews tell such apps apart by their folders, which no migration may name."""
    two = {f"{root}/{path}": text for root in ("web", "back") for path, text in PROJECT.items()}
    base = {**two, "web/manage.py": "", "back/manage.py": ""}
    change = {f"web/{path}": text for path, text in note("a = models.TextField()").items()}

    (finding,) = lacking(base, change)

    (file,) = finding.new_files
    assert "    dependencies = [\n        ('shop', '0001_initial'),\n    ]" in file.content


@pytest.mark.parametrize(
    ("starts", "command"),
    [
        (["manage.py"], "python manage.py"),
        (["manage.py", "shop/manage.py"], "python manage.py"),
        (["back end/manage.py"], "python 'back end/manage.py'"),
        (["shop/manage.py", "site/manage.py"], "python shop/manage.py"),
        (["one/manage.py", "two/manage.py"], "python manage.py"),
        ([], "python manage.py"),
    ],
)
def test_commands_are_started_where_the_project_is(starts: list[str], command: str) -> None:
    """By the file at the top, the one above the app, or the only one."""
    base = {**PROJECT, **dict.fromkeys(starts, "")}
    finding = found(note("text = models.TextField()"), base)

    assert finding.commands == (f"{command} makemigrations shop",)
    assert f": {command} makemigrations shop, or" in finding.remedy


def test_a_storage_that_is_not_written_is_no_problem_of_the_file() -> None:
    """Of what the file does not say it is enough that it stays the same."""
    page = "models.FileField(storage=storages['pages'])"
    kept = "from django.core.files.storage import storages\n"
    models = f"{kept}{MODELS}".replace("    state = ", f"    page = {page}\n    state = ")
    made = f'{HEAD}    operations = [migrations.AddField("order", "page", {page})]\n'
    before = {**PROJECT, "shop/models.py": models, "shop/migrations/0002_page.py": f"{kept}{made}"}
    after = {**before, "shop/models.py": models.replace("max_length=20", "max_length=30")}

    base, head = MemoryTree(before), MemoryTree(after)
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    written = Facts(comparison, Config(), MemoryCache()).write_missing()

    assert len(written.files) == 1
    assert written.problems == ()


@pytest.mark.parametrize(
    ("fields", "version", "operations"),
    [
        ("'number', '-state'", "3.2", ["AlterIndexTogether", "AddIndex"]),
        ("'number', 'state'", "3.2", ["AlterIndexTogether", "AddIndex"]),
        ("'number', 'state'", "4.2", ["RenameIndex"]),
        ("'number', '-state'", "4.2", ["AlterIndexTogether", "AddIndex"]),
    ],
)
def test_an_index_takes_the_place_of_index_together(
    fields: str, version: str, operations: list[str]
) -> None:
    """Renamed where Django can, and where both hold the same: descending is another index."""
    options = '"ordering": ["number"]'
    made = PROJECT["shop/migrations/0001_initial.py"].replace(
        options, f'{options}, "index_together": {{("number", "state")}}'
    )
    models = MODELS.replace(
        "class Meta:", "class Meta:\n        index_together = [('number', 'state')]"
    )
    base = {
        **PROJECT,
        "requirements.txt": f"Django=={version}\n",
        "shop/migrations/0001_initial.py": made,
        "shop/models.py": models,
    }
    index = f"indexes = [models.Index(fields=[{fields}], name='both')]"
    anew = models.replace("index_together = [('number', 'state')]", index)
    after: dict[str, str | None] = {"shop/models.py": anew}

    (written,) = found(after, base).new_files

    calls = [n.func for n in ast.walk(ast.parse(written.content)) if isinstance(n, ast.Call)]
    names = [f.attr for f in calls if isinstance(f, ast.Attribute)]
    assert [name for name in names if name in {*operations, "RenameIndex"}] == operations
    assert lacking(base, {**after, written.path: written.content}) == []


def test_what_is_indexed_together_can_be_written_for_a_django_that_knows_it() -> None:
    change = MODELS.replace(
        "class Meta:", "class Meta:\n        index_together = [('number', 'state')]"
    )
    (written,) = found({"shop/models.py": change}).new_files

    assert "index_together={('number', 'state')}" in written.content


@pytest.mark.parametrize(
    ("version", "operations"),
    [("5.1", ["RemoveConstraint", "AddConstraint"]), ("5.2", ["AlterConstraint"])],
)
def test_the_words_of_a_constraint_are_changed_as_the_version_can(
    version: str, operations: list[str]
) -> None:
    rule = "models.CheckConstraint(condition=models.Q(number__gt=''), name='said')"
    models = MODELS.replace("class Meta:", f"class Meta:\n        constraints = [{rule}]")
    made = f'{HEAD}    operations = [migrations.AddConstraint("order", {rule})]\n'
    base = {
        **PROJECT,
        "requirements.txt": f"Django=={version}\n",
        "shop/models.py": models,
        "shop/migrations/0002_said.py": made,
    }
    after = models.replace("name='said'", "name='said', violation_error_message='Say a number'")

    (written,) = found({"shop/models.py": after}, base).new_files

    calls = [n.func for n in ast.walk(ast.parse(written.content)) if isinstance(n, ast.Call)]
    names = [f.attr for f in calls if isinstance(f, ast.Attribute) and "Constraint" in f.attr]
    assert [name for name in names if name != "CheckConstraint"] == operations


@pytest.mark.parametrize(
    ("requirements", "said", "written"),
    [
        ("Django==4.2", "check", "check"),
        ("Django==5.1", "check", "condition"),
        ("", "check", "check"),
        ("", "condition", "condition"),
    ],
)
def test_a_check_says_its_condition_as_the_version_reads_it(
    requirements: str, said: str, written: str
) -> None:
    """``condition`` came with 5.1, and ``check`` went with 6.0; where the version is not known, the model knows."""
    checks = [f"models.CheckConstraint({said}=models.Q(x=1), name='{n}')" for n in ("one", "two")]
    models = MODELS.replace("class Meta:", f"class Meta:\n        constraints = [{checks[0]}]")
    made = f'{HEAD}    operations = [migrations.AddConstraint("order", {checks[0]})]\n'
    base = {
        **PROJECT,
        "requirements.txt": requirements,
        "shop/models.py": models,
        "shop/migrations/0002_said.py": made,
    }

    (file,) = found(
        {"shop/models.py": models.replace(checks[0], ", ".join(checks))}, base
    ).new_files

    assert f"models.CheckConstraint({written}=models.Q(('x', 1)), name='two')" in file.content
    assert file.content.count("CheckConstraint") == 1


@pytest.mark.parametrize(("version", "written"), [("5.1", False), ("5.2", True)])
def test_a_relation_through_a_model_is_written_as_the_version_does(
    version: str, written: bool
) -> None:
    """By which fields it goes is known to migrations since 5.2."""
    links = (
        "\n\nclass Link(models.Model):\n"
        "    one = models.ForeignKey('shop.Order', models.CASCADE, related_name='+')\n"
        "    two = models.ForeignKey('shop.Order', models.CASCADE, related_name='+')\n"
    )
    field = "linked = models.ManyToManyField('self', through='shop.Link', through_fields=('one', 'two'))\n"
    models = MODELS.replace("    state = ", f"    {field}    state = ") + links
    base = {**PROJECT, "requirements.txt": f"Django=={version}\n"}

    (file,) = next(f.new_files for f in lacking(base, {"shop/models.py": models}) if f.new_files)

    assert "through='shop.Link'" in file.content
    assert ("through_fields=" in file.content) is written


@pytest.mark.parametrize(("column", "kept"), [('db_column="number", ', True), ("", False)])
def test_a_field_that_keeps_its_column_is_renamed(column: str, kept: bool) -> None:
    """Nobody has to be asked: two fields have no column together, and the data stays."""
    field = "number = models.CharField(max_length=20)"
    assert field in MODELS
    models = MODELS.replace(field, f"label = models.CharField({column}max_length=20)").replace(
        'ordering = ["number"]', 'ordering = ["label"]'
    )
    base = MemoryTree(PROJECT)
    head = MemoryTree({**PROJECT, "shop/models.py": models})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    written = Facts(comparison, Config(), MemoryCache()).write_missing()

    (file,) = written.files
    assert ("migrations.RenameField(" in file.content) is kept
    assert ("migrations.RemoveField(" in file.content) is not kept
    assert bool(written.questions) is not kept
    (said,) = lacking(PROJECT, {"shop/models.py": models})
    assert ("the field number is called label" in said.message) is kept
    assert (said.severity is Severity.WARNING) is kept
    operations = [text.partition("(")[0].rpartition(".")[2] for text in said.operations]
    assert ("RenameField" in operations) is kept
    assert ("RemoveField" in operations) is not kept


def test_where_an_index_is_kept_is_written() -> None:
    """Django compares it: without it the next makemigrations makes the index anew."""
    body = 'text = models.TextField()\n\n    class Meta:\n        indexes = [models.Index(fields=["text"], name="fast", db_tablespace="ssd")]'
    (file,) = found(note(body)).new_files

    assert "models.Index(db_tablespace='ssd', fields=['text'], name='fast')" in file.content


@pytest.mark.parametrize(
    "relation",
    [
        "from taggit.managers import TaggableManager as Many\n    many = Many()",
        "from sortedm2m.fields import SortedManyToManyField as Many\n    many = Many('shop.Order')",
    ],
)
def test_a_library_s_relation_to_many_needs_no_value_for_existing_rows(relation: str) -> None:
    imported, field = relation.split("\n")
    models = MODELS.replace("\n    class Meta", f"{field}\n\n    class Meta")
    (file,) = found({"shop/models.py": f"{imported}\n{models}"}).new_files

    assert "AddField" in file.content
    assert "default" not in file.content
