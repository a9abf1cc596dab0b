"""What is missing a migration, and what is not, on small projects of files."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analyzers.config import Config
from analyzers.findings import Finding, Severity
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

INITIAL = """
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20)),
                ("state", models.CharField(choices=[("new", "New"), ("paid", "Paid")], default="new", max_length=10)),
            ],
            options={"ordering": ["number"]},
        ),
    ]
"""
MODELS = """
from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    NEW = "new", _("New")
    PAID = "paid"


class Order(models.Model):
    number = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)

    class Meta:
        ordering = ["number"]
"""
PROJECT = {
    "shop/__init__.py": "",
    "shop/models.py": MODELS,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": INITIAL,
}


def _missing(
    base: Mapping[str, str], head: Mapping[str, str | None], config: Config | None = None
) -> list[Finding]:
    after = {k: v for k, v in {**base, **head}.items() if v is not None}
    old, new = MemoryTree(base), MemoryTree(after)
    result = review(Comparison(merge_base=old, base=old, head=new, merged=new), config or Config())
    return [f for f in result.findings if f.rule == "missing-migration" and not f.preexisting]


def _changed(old: str, new: str) -> dict[str, str | None]:
    assert old in MODELS
    return {"shop/models.py": MODELS.replace(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "operation"),
    [
        ("max_length=20", "max_length=30", "AlterField"),
        ('PAID = "paid"', 'PAID = "paid"\n    SENT = "sent"', "AlterField"),
        ('ordering = ["number"]', 'ordering = ["-number"]', "AlterModelOptions"),
        ("class Meta:", "class Meta:\n        db_table = 'orders'", "AlterModelTable"),
        (
            "    state = ",
            "    note = models.TextField(null=True)\n    state = ",
            "AddField",
        ),
        (
            "class Meta:",
            "class Meta:\n        indexes = [models.Index(fields=['number'])]",
            "AddIndex",
        ),
        (
            "class Meta:",
            "class Meta:\n        constraints = [models.UniqueConstraint(fields=[f], name=f) for f in ['state']]",
            "AddConstraint",
        ),
        (
            "class Order(models.Model):\n    number = models.CharField(max_length=20)",
            "class Order(models.Model):",
            "RemoveField",
        ),
        (
            "class Order(",
            "class Note(models.Model):\n    text = models.TextField()\n\n\nclass Order(",
            "CreateModel",
        ),
    ],
)
def test_a_change_without_its_migration_is_found(old: str, new: str, operation: str) -> None:
    """The finding names the operation that Django would write."""
    (finding,) = _missing(PROJECT, _changed(old, new))

    assert any(f"migrations.{operation}(" in text for text in finding.operations)
    assert finding.place.path == "shop/models.py"
    assert finding.app == "shop"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class Order(models.Model):", "class Order(models.Model):\n    LIMIT = 3"),
        ("class Meta:", "@property\n    def short(self):\n        return 1\n\n    class Meta:"),
        ("max_length=20", "max_length=4 * 5"),
        ("max_length=20)", "max_length=20, null=False, blank=False)"),
        ("default=State.NEW", "default='new'"),
        ("choices=State.choices", "choices=[(s, l) for s, l in State.choices]"),
        ('_("New")', '"New"'),
        ('ordering = ["number"]', 'ordering = ("number",)'),
        ("from django.db import models", "from django.db import models as models"),
    ],
)
def test_what_changes_no_state_is_silent(old: str, new: str) -> None:
    """Methods, constants, spelling: ``makemigrations`` would write nothing."""
    assert not _missing(PROJECT, _changed(old, new))


def test_a_base_that_was_behind_already_is_nobody_elses_fault() -> None:
    """A field without its migration on the base is not this pull request's."""
    behind = {**PROJECT, **_changed("max_length=20", "max_length=30")}

    assert not _missing(behind, {"README.md": "more"})  # type: ignore[arg-type]
    assert not _missing(behind, {"shop/models.py": behind["shop/models.py"] + "\nX = 1\n"})  # type: ignore[arg-type,operator]


def test_a_field_of_an_abstract_base_in_another_file_is_found() -> None:
    """The model's own file does not change at all."""
    base = {
        **PROJECT,
        "shop/base.py": "from django.db import models\n\nclass Named(models.Model):\n    class Meta:\n        abstract = True\n",
        "shop/models.py": MODELS.replace("models.Model)", "Named)").replace(
            "from django.db import models", "from django.db import models\nfrom .base import Named"
        ),
    }
    assert not _missing(base, {"README.md": ""})
    head = base["shop/base.py"].replace(
        "    class Meta", "    name = models.CharField(max_length=9, default='')\n\n    class Meta"
    )

    (finding,) = _missing(base, {"shop/base.py": head})

    assert finding.column == "name"
    assert finding.place.path == "shop/base.py"


def test_another_default_key_needs_migrations() -> None:
    """``DEFAULT_AUTO_FIELD`` alters the key of every model that has none of its own."""
    base = {**PROJECT, "site/settings.py": "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n"}

    (finding,) = _missing(
        base, {"site/settings.py": "DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n"}
    )

    assert finding.column == "id"
    # No key of Django's own making: Django refuses to start with it.
    other = {"site/settings.py": "DEFAULT_AUTO_FIELD = 'django.db.models.UUIDField'\n"}
    assert _missing(base, other) == []


def test_a_migration_that_is_lost_is_found() -> None:
    """Deleting a migration takes back what it said of the models."""
    second = INITIAL.partition("operations")[0].replace(
        "initial = True\n    dependencies = []", 'dependencies = [("shop", "0001_initial")]'
    )
    second += 'operations = [migrations.AddField("order", "note", models.TextField(null=True))]\n'
    base = {
        **PROJECT,
        "shop/models.py": MODELS.replace(
            "    state = ", "    note = models.TextField(null=True)\n    state = "
        ),
        "shop/migrations/0002_note.py": second,
    }
    assert not _missing(base, {"README.md": ""})

    (finding,) = _missing(base, {"shop/migrations/0002_note.py": None})

    assert finding.column == "note"


def test_what_cannot_be_read_is_silent() -> None:
    """A base class nobody knows, an argument from a call: nothing certain can be said."""
    unknown = _changed("models.Model)", "Outside)")
    unknown["shop/models.py"] = "from elsewhere import Outside\n" + str(unknown["shop/models.py"])
    assert not _missing(PROJECT, unknown)

    assert not _missing(PROJECT, _changed("max_length=20", "max_length=compute()"))


def test_the_file_is_offered_as_django_would_write_it() -> None:
    """One new file closes all gaps of the app, and closes them."""
    change = _changed("    state = ", "    note = models.TextField(null=True)\n    state = ")
    (finding,) = _missing(PROJECT, change)
    (file,) = finding.new_files

    assert file.path == "shop/migrations/0002_order_note.py"
    assert "field=models.TextField(null=True)" in file.content
    assert not _missing(PROJECT, {**change, file.path: file.content})


def test_operations_under_a_condition_on_the_settings_are_not_known() -> None:
    """Either branch may run: nothing is said of the app, and that is said."""
    second = (
        "from django.conf import settings\nfrom django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0001_initial")]\n\n'
        "    if settings.SKIP:\n        operations = []\n"
        '    else:\n        operations = [migrations.AddField("order", "note", models.TextField(null=True))]\n'
    )
    change = _changed("    state = ", "    note = models.TextField(null=True)\n    state = ")

    assert not _missing(PROJECT, {**change, "shop/migrations/0002_note.py": second})


def test_a_command_of_the_project_that_leaves_texts_out_is_heeded() -> None:
    """A ``makemigrations`` that passes over ``help_text`` makes its change no matter."""
    command = 'from django.core.management.commands.makemigrations import Command\n\nIGNORED = ["help_text"]\n'
    base = {**PROJECT, "core/management/commands/makemigrations.py": command}
    change = _changed("max_length=20)", "max_length=20, help_text='Its number')")

    assert not _missing(base, change)
    assert _missing(PROJECT, change)


def test_a_committed_migration_that_is_edited_with_the_models_is_read_anew() -> None:
    """Wrong in another way; but the models and the migrations agree."""
    edited = INITIAL.replace('"ordering": ["number"]', '"ordering": ["-number"]')
    change = _changed('ordering = ["number"]', 'ordering = ["-number"]')

    assert not _missing(PROJECT, {**change, "shop/migrations/0001_initial.py": edited})
    assert _missing(PROJECT, {"shop/migrations/0001_initial.py": edited})


def test_a_relation_to_a_model_of_an_unknown_app_is_written_as_it_was() -> None:
    """The class is a library's; how its app is labelled only the migrations tell."""
    held = INITIAL.replace(
        '("number", models.CharField(max_length=20)),',
        '("number", models.CharField(max_length=20)),\n'
        '                ("parcel", models.ForeignKey("post.parcel", models.CASCADE)),',
    )
    models = MODELS.replace(
        "    state = ", "    parcel = models.ForeignKey(Parcel, models.CASCADE)\n    state = "
    ).replace(
        "from django.db import models\n",
        "from django.db import models\nfrom posting.models import Parcel\n",
    )
    base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": held}
    assert not _missing(base, {})

    altered = models.replace("Parcel, models.CASCADE", "Parcel, models.CASCADE, null=True")
    (finding,) = _missing(base, {"shop/models.py": altered})
    assert 'to="post.parcel"' in finding.new_files[0].content.replace("'", '"')

    added = models.replace(
        "    state = ",
        "    other = models.ForeignKey(Parcel, models.CASCADE, null=True)\n    state = ",
    )
    (finding,) = _missing(base, {"shop/models.py": added})
    assert not finding.new_files


def test_blank_of_a_boolean_counts_where_migrations_write_it() -> None:
    """Before Django 2.1 every such field was blank, and no migration said so."""
    held = INITIAL.replace(
        '("number", models.CharField(max_length=20)),',
        '("number", models.CharField(max_length=20)),\n'
        '                ("paid", models.BooleanField(default=False)),\n'
        '                ("sent", models.BooleanField(SENT)),',
    )
    models = MODELS.replace(
        "    state = ",
        "    paid = models.BooleanField(default=False)\n    sent = models.BooleanField(SENT)\n    state = ",
    )
    change = {"shop/models.py": models.replace("default=False", "default=False, blank=True")}

    for sent, missing in (("default=True", 0), ("default=True, blank=True", 1)):
        files = {"shop/models.py": models, "shop/migrations/0001_initial.py": held}
        base = {**PROJECT, **{path: text.replace("SENT", sent) for path, text in files.items()}}
        after: dict[str, str | None] = {
            path: text.replace("SENT", sent) for path, text in change.items()
        }
        assert not _missing(base, {})
        assert len(_missing(base, after)) == missing


def test_a_history_needs_a_migration_which_closes_its_gap() -> None:
    """Also with the history's key that a setting chooses, and however it is kept afterwards."""
    models = MODELS.replace(
        "class Order(models.Model):",
        "class Order(models.Model):\n    history = HistoricalRecords()",
    ).replace(
        "from django.db import models\n",
        "from django.db import models\nfrom simple_history.models import HistoricalRecords\n",
    )
    (finding,) = _missing(PROJECT, {"shop/models.py": models})
    (file,) = finding.new_files
    assert "name='HistoricalOrder'" in file.content
    assert "bases=(simple_history.models.HistoricalChanges, models.Model)" in file.content
    with_it = {**PROJECT, "shop/models.py": models, file.path: file.content}
    assert not _missing(PROJECT, with_it)

    chosen = file.content.replace("models.AutoField(", "models.UUIDField(")
    assert chosen != file.content
    assert not _missing(PROJECT, {**with_it, file.path: chosen})
    longer = {"shop/models.py": models.replace("max_length=20", "max_length=30")}
    assert {o for f in _missing(with_it, longer) for o in f.operations}
    elsewhere = models.replace("HistoricalRecords()", "HistoricalRecords(bases=[models.Model])")
    assert not _missing(with_it, {"shop/models.py": elsewhere})


def test_values_of_a_class_that_the_project_s_command_drops_are_heeded() -> None:
    command = "core/management/commands/makemigrations.py"
    base = {
        **PROJECT,
        **{name.replace("shop", "stock"): text for name, text in PROJECT.items()},
        "core/__init__.py": "",
        "core/items.py": "class Item:\n    def __init__(self, name):\n        self.name = name\n",
        command: "from core.items import Item\n",
    }
    head: dict[str, str | None] = {
        "shop/models.py": MODELS.replace(
            "from django.db import models",
            "from django.db import models\n\nfrom core.items import Item",
        ).replace("max_length=20", "max_length=20, default=Item('number')"),
    }
    drops = "\n\ndef deconstruct(f):\n    return [v for v in f.args if not isinstance(v, Item)]\n"

    assert _missing(base, {**head, command: base[command] + drops}) == []
    assert _missing(base, head)


@pytest.mark.parametrize("written", [False, True])
def test_what_limits_choices_counts_where_migrations_write_it(written: bool) -> None:
    """Before Django 2.0 no migration said ``limit_choices_to``."""
    limited = ", limit_choices_to={{'number': '{}'}}"
    field = "    parent = models.ForeignKey('self', null=True, on_delete=models.CASCADE{})\n    state = "
    column = (
        '                ("parent", models.ForeignKey(null=True, '
        'on_delete=django.db.models.deletion.CASCADE, to="shop.order"{})),\n                ("state"'
    )
    base = {
        **PROJECT,
        "shop/models.py": MODELS.replace("    state = ", field.format(limited.format("1"))),
        "shop/migrations/0001_initial.py": INITIAL.replace(
            '                ("state"', column.format(limited.format("1") if written else "")
        ),
    }
    other = base["shop/models.py"].replace("'1'", "'2'")

    assert bool(_missing(base, {"shop/models.py": other})) is written


def test_what_a_library_gives_its_fields_is_its_version_s_affair() -> None:
    """The columns of a tree had an index of their own before django-mptt 0.10."""
    tree = "\n\nclass Region(MPTTModel):\n    name = models.CharField(max_length=20)\n"
    columns = "".join(
        f"                ({name!r}, models.PositiveIntegerField(db_index=True, editable=False)),\n"
        for name in ("lft", "rght", "tree_id", "level")
    )
    made = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0001_initial")]\n    operations = [\n'
        '        migrations.CreateModel(\n            name="Region",\n            fields=[\n'
        '                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),\n'
        f'                ("name", models.CharField(max_length=20)),\n{columns}            ],\n        ),\n    ]\n'
    )
    head: dict[str, str | None] = {
        "shop/models.py": "from mptt.models import MPTTModel\n" + MODELS + tree,
        "shop/migrations/0002_region.py": made,
    }

    assert _missing(PROJECT, head) == []
    head["shop/migrations/0002_region.py"] = made.replace("max_length=20", "max_length=10")
    assert _missing(PROJECT, head)


@pytest.mark.parametrize(
    ("old", "new", "severity"),
    [
        ("    note = models.TextField(null=True)\n", "", Severity.WARNING),
        ("note = models.TextField(null=True)", "note = models.TextField()", Severity.WARNING),
        ("    number = models.CharField(max_length=20)\n", "", Severity.ERROR),
        ("max_length=20", "max_length=30", Severity.ERROR),
        ("    note", "    more = models.TextField(null=True)\n    note", Severity.ERROR),
    ],
)
def test_half_of_a_split_by_files_is_a_warning_where_running_code_is_served(
    old: str, new: str, severity: Severity
) -> None:
    """A column that nobody asks for may wait for its migration; one that the code asks for may not."""
    note = "    note = models.TextField(null=True)\n"
    models = MODELS.replace("    state =", f"{note}    state =")
    field = '                ("note", models.TextField(null=True)),\n'
    initial = INITIAL.replace('                ("state"', f'{field}                ("state"')
    base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": initial}
    head: dict[str, str | None] = {"shop/models.py": models.replace(old, new)}

    assert old in models
    (found,) = _missing(base, head, Config(split_style="files"))
    assert found.severity is severity
    assert ("split" in found.why) == (severity is Severity.WARNING)
    (found,) = _missing(base, head)
    assert found.severity is Severity.ERROR


def test_models_of_an_app_without_a_migration_yet_are_new() -> None:
    """A package for its migrations is there, so that ``makemigrations`` would write the first one."""
    app = {
        "stock/__init__.py": "",
        "stock/migrations/__init__.py": "",
        "stock/models.py": "from django.db import models\n",
    }
    item = {
        "stock/models.py": app["stock/models.py"]
        + "\n\nclass Item(models.Model):\n    name = models.CharField(max_length=9)\n"
    }
    (finding,) = _missing({**PROJECT, **app}, item)
    (file,) = finding.new_files
    assert file.path == "stock/migrations/0001_initial.py"
    assert not _missing({**PROJECT, **app}, {**item, file.path: file.content})

    (finding,) = _missing(PROJECT, {**app, **item})
    assert finding.operations == ("migrations.CreateModel(name='Item', ...)",)
    assert not _missing({**PROJECT, **app, **item}, {"README.md": ""})
    del app["stock/migrations/__init__.py"]
    assert not _missing(PROJECT, {**app, **item})


def test_managers_that_migrations_keep_need_one() -> None:
    """Those with ``use_in_migrations``; any other is no matter of theirs."""
    managers = (
        "from django.db import models\n\n\nclass Kept(models.Manager):\n"
        "    use_in_migrations = True\n\n\nclass Passing(models.Manager):\n    pass\n"
    )
    base = {**PROJECT, "shop/managers.py": managers}

    def with_manager(name: str) -> dict[str, str | None]:
        return {
            "shop/models.py": f"from shop.managers import {name}\n"
            + MODELS.replace("    number =", f"    objects = {name}()\n    number =")
        }

    assert not _missing(base, with_manager("Passing"))
    change = with_manager("Kept")
    (finding,) = _missing(base, change)
    (file,) = finding.new_files
    assert "AlterModelManagers" in file.content
    assert "('objects', shop.managers.Kept())" in file.content
    assert not _missing(base, {**change, file.path: file.content})


def test_an_index_that_django_names_is_called_after_another_table() -> None:
    """The name that it gave holds table and columns; of a name of its own, nothing changes."""
    meta = "    class Meta:\n        indexes = [models.Index(fields=['number']{name})]\n"
    held = INITIAL.replace(
        '"ordering": ["number"]',
        '"ordering": ["number"], "indexes": [models.Index(fields=["number"], name={name!r})]',
    )
    table = "        db_table = 'orders'\n"
    for own, name in (("", "shop_order_number_39e72b_idx"), (", name='mine'", "mine")):
        models = MODELS.replace("    class Meta:\n", meta.format(name=own))
        base = {
            **PROJECT,
            "shop/models.py": models,
            "shop/migrations/0001_initial.py": held.replace("{name!r}", repr(name)),
        }
        assert not _missing(base, {})
        (finding,) = _missing(base, {"shop/models.py": models + table})
        renamed = [o for o in finding.operations if "RenameIndex" in o]
        assert len(renamed) == (not own)
        (file,) = finding.new_files
        assert not _missing(base, {"shop/models.py": models + table, file.path: file.content})


def test_a_composed_key_is_a_field_of_its_own() -> None:
    """``CompositePrimaryKey`` takes the place of the key that Django adds."""
    models = MODELS.replace(
        "    number =", "    pk = models.CompositePrimaryKey('number', 'state')\n    number ="
    )
    (finding,) = _missing(PROJECT, {"shop/models.py": models})
    (file,) = finding.new_files
    assert "models.CompositePrimaryKey('number', 'state'" in file.content
    with_it = {"shop/models.py": models, file.path: file.content}
    assert not _missing(PROJECT, with_it)
    after = {**PROJECT, **with_it}
    other = models.replace("('number', 'state')", "('state', 'number')")
    assert _missing(after, {"shop/models.py": other})


def test_a_generated_field_is_written() -> None:
    """After the fields that it is made of, and without a question."""
    field = "models.GeneratedField(expression=Upper('code'), output_field=models.CharField(max_length=9), db_persist=True)"
    change = {
        "shop/models.py": "from django.db.models.functions import Upper\n"
        + MODELS.replace(
            "    number =",
            f"    big = {field}\n    code = models.CharField(max_length=9, default='')\n    number =",
        )
    }
    (finding,) = _missing(PROJECT, change)
    (file,) = finding.new_files
    assert file.content.index("name='code'") < file.content.index("name='big'")
    assert "preserve_default" not in file.content


def test_a_proxy_that_gets_a_table_is_made_anew() -> None:
    """Django deletes the proxy and creates the model."""
    proxy = "\n\nclass Late(Order):\n    class Meta:\n        proxy = True\n"
    made = INITIAL.replace(
        "    ]\n",
        "        migrations.CreateModel(\n            name='Late',\n            fields=[],\n"
        "            options={'proxy': True, 'indexes': [], 'constraints': [], 'ordering': ['number']},\n"
        "            bases=('shop.order',),\n        ),\n    ]\n",
    )
    assert made != INITIAL
    base = {
        **PROJECT,
        "shop/models.py": MODELS + proxy,
        "shop/migrations/0001_initial.py": made,
    }
    assert not _missing(base, {})
    (finding,) = _missing(base, {"shop/models.py": MODELS + "\n\nclass Late(Order):\n    pass\n"})
    (file,) = finding.new_files
    assert file.content.index("DeleteModel") < file.content.index("CreateModel")
    assert "order_ptr" in file.content


@pytest.mark.parametrize(("decorated", "missing"), [("@deconstructible\n", 1), ("", 0)])
def test_arguments_of_a_class_count_where_migrations_hold_them(
    decorated: str, missing: int
) -> None:
    """``deconstructible`` keeps what its constructor was given; what another class keeps is its own affair."""
    rule = (
        "from django.utils.deconstruct import deconstructible\n\n\n"
        f"{decorated}class Short:\n    def __init__(self, limit):\n        self.limit = limit\n"
    )
    field = "number = models.CharField(max_length=20, validators=[Short(9)])"
    models = "from shop.rules import Short\n" + MODELS.replace(
        "number = models.CharField(max_length=20)", field
    )
    base = {
        **PROJECT,
        "shop/rules.py": rule,
        "shop/models.py": models,
        "shop/migrations/0001_initial.py": INITIAL.replace(
            "import django.db.models.deletion", "import shop.rules"
        ).replace(
            "CharField(max_length=20)", "CharField(max_length=20, validators=[shop.rules.Short(9)])"
        ),
    }
    assert not _missing(base, {})

    assert (
        len(_missing(base, {"shop/models.py": models.replace("Short(9)", "Short(8)")})) == missing
    )


def test_what_differs_in_an_array_s_elements_tells_whether_a_database_knows_it() -> None:
    held = "django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('a', 'A')], max_length=5), size=None)"
    written = "ArrayField(models.CharField(max_length=5, choices=[('a', 'A')]))"
    last = '                ("state", models.CharField('
    models = MODELS.replace("    state = ", f"    tags = {written}\n    state = ")
    base = {
        **PROJECT,
        "shop/models.py": f"from django.contrib.postgres.fields import ArrayField\n{models}",
        "shop/migrations/0001_initial.py": "import django.contrib.postgres.fields\n"
        + INITIAL.replace(last, f'                ("tags", {held}),\n{last}'),
    }

    def said(old: str, new: str) -> list[tuple[Severity, str]]:
        changed = base["shop/models.py"].replace(old, new)
        return [
            (f.severity or Severity.ERROR, f.message.rpartition(": ")[2])
            for f in _missing(base, {"shop/models.py": changed})
        ]

    assert said("'A')", "'An A')") == [
        (Severity.WARNING, "base_field.choices of the field tags is another.")
    ]
    assert said("max_length=5,", "max_length=6,") == [
        (Severity.ERROR, "base_field.max_length of the field tags is another.")
    ]


def test_a_copy_of_django_in_the_repository_is_as_its_own_version_has_it() -> None:
    copied = {path.replace("shop/", "django/contrib/shop/"): t for path, t in PROJECT.items()}
    longer = MODELS.replace("max_length=20", "max_length=30")

    assert _missing(copied, {"django/contrib/shop/models.py": longer}) == []
    assert _missing(PROJECT, {"shop/models.py": longer}) != []


def test_what_pictures_and_json_are_told_of_python_is_no_database_s_affair() -> None:
    field = "models.ImageField(upload_to='a')"
    line = '                ("state", models.CharField('
    base = {
        **PROJECT,
        "shop/models.py": MODELS.replace("    state = ", f"    picture = {field}\n    state = "),
        "shop/migrations/0001_initial.py": INITIAL.replace(
            line, f"                ('picture', {field}),\n{line}"
        ),
    }
    told = base["shop/models.py"].replace("upload_to='a'", "upload_to='a', height_field='number'")

    (found,) = _missing(base, {"shop/models.py": told})

    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("[(c.name, c.value) for c in cls]", 1),
        ("tuple((c.name, c.value) for c in cls)", 1),
        ("sorted(((c.name, c.value) for c in cls), key=order)", 0),
    ],
)
def test_what_an_enumeration_s_own_method_lists_is_read(listed: str, said: int) -> None:
    kind = f"""from enum import Enum


class Kind(Enum):
    A = "a"
    B = "b"

    @classmethod
    def choices(cls):
        \"\"\"For the form.\"\"\"
        return {listed}
"""
    field = "    kind = models.CharField(choices=Kind.choices(), max_length=1)\n"
    held = "models.CharField(choices=[('A', 'a'), ('B', 'b')], max_length=1)"
    line = '                ("state", models.CharField('
    base = {
        **PROJECT,
        "shop/kinds.py": kind,
        "shop/models.py": f"from shop.kinds import Kind\n{MODELS}".replace(
            "    state = ", f"{field}    state = "
        ),
        "shop/migrations/0001_initial.py": INITIAL.replace(
            line, f"                ('kind', {held}),\n{line}"
        ),
    }
    more = {"shop/kinds.py": kind.replace('B = "b"', 'B = "b"\n    C = "c"')}

    assert _missing(base, {}) == []
    assert len(_missing(base, more)) == said


def test_what_a_constraint_says_of_a_breach_is_no_database_s_affair() -> None:
    given = "condition=models.Q(number='a'), name='one', violation_error_message='no'"
    meta = f"\n        constraints = [models.CheckConstraint({given})]"
    held = f"models.CheckConstraint({given})"
    base = {
        **PROJECT,
        "shop/models.py": f"{MODELS.rstrip()}{meta}\n",
        "shop/migrations/0001_initial.py": INITIAL.replace(
            'options={"ordering": ["number"]}',
            f'options={{"ordering": ["number"], "constraints": [{held}]}}',
        ),
    }
    models = base["shop/models.py"]

    (words,) = _missing(base, {"shop/models.py": models.replace("'no'", "'never'")})
    (rows,) = _missing(base, {"shop/models.py": models.replace("'a'", "'b'")})

    assert (words.severity, rows.severity) == (Severity.WARNING, Severity.ERROR)
    assert "of a breach" in words.message
    (file,) = words.new_files
    assert "violation_error_message='never'" in file.content
