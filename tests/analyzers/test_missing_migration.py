"""What is missing a migration, and what is not, on small projects of files."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.findings import Severity
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, changed, lacking


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
    (finding,) = lacking(PROJECT, changed(old, new))

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
    assert not lacking(PROJECT, changed(old, new))


def test_fields_are_told_as_makemigrations_writes_them() -> None:
    """Where the file is written: as it has them, and not as the model's source has."""
    field = "    of = models.ForeignKey('self', models.CASCADE, null=True)\n"
    models = MODELS.replace("    class Meta", f"{field}\n    class Meta", 1)
    assert models != MODELS

    (finding,) = lacking(PROJECT, {"shop/models.py": models})

    said = (
        "models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='shop.order')"
    )
    assert finding.operations == (
        f"migrations.AddField(model_name='order', name='of', field={said})",
    )


def test_a_base_that_was_behind_already_is_nobody_elses_fault() -> None:
    """A field without its migration on the base is not this pull request's."""
    behind = {**PROJECT, **changed("max_length=20", "max_length=30")}

    assert not lacking(behind, {"README.md": "more"})  # type: ignore[arg-type]
    assert not lacking(behind, {"shop/models.py": behind["shop/models.py"] + "\nX = 1\n"})  # type: ignore[arg-type,operator]


def test_a_field_of_an_abstract_base_in_another_file_is_found() -> None:
    """The model's own file does not change at all."""
    base = {
        **PROJECT,
        "shop/base.py": "from django.db import models\n\nclass Named(models.Model):\n    class Meta:\n        abstract = True\n",
        "shop/models.py": MODELS.replace("models.Model)", "Named)").replace(
            "from django.db import models", "from django.db import models\nfrom .base import Named"
        ),
    }
    assert not lacking(base, {"README.md": ""})
    head = base["shop/base.py"].replace(
        "    class Meta", "    name = models.CharField(max_length=9, default='')\n\n    class Meta"
    )

    (finding,) = lacking(base, {"shop/base.py": head})

    assert finding.column == "name"
    assert finding.place.path == "shop/base.py"


def test_another_default_key_needs_migrations() -> None:
    """``DEFAULT_AUTO_FIELD`` alters the key of every model that has none of its own."""
    base = {**PROJECT, "site/settings.py": "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n"}

    (finding,) = lacking(
        base, {"site/settings.py": "DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n"}
    )

    assert finding.column == "id"
    # No key of Django's own making: Django refuses to start with it.
    other = {"site/settings.py": "DEFAULT_AUTO_FIELD = 'django.db.models.UUIDField'\n"}
    assert lacking(base, other) == []


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
    assert not lacking(base, {"README.md": ""})

    (finding,) = lacking(base, {"shop/migrations/0002_note.py": None})

    assert finding.column == "note"


def test_what_cannot_be_read_is_silent() -> None:
    """A base class nobody knows, an argument from a call: nothing certain can be said."""
    unknown = changed("models.Model)", "Outside)")
    unknown["shop/models.py"] = "from elsewhere import Outside\n" + str(unknown["shop/models.py"])
    assert not lacking(PROJECT, unknown)

    assert not lacking(PROJECT, changed("max_length=20", "max_length=compute()"))


def test_the_file_is_offered_as_django_would_write_it() -> None:
    """One new file closes all gaps of the app, and closes them."""
    change = changed("    state = ", "    note = models.TextField(null=True)\n    state = ")
    (finding,) = lacking(PROJECT, change)
    (file,) = finding.new_files

    assert file.path == "shop/migrations/0002_order_note.py"
    assert "field=models.TextField(null=True)" in file.content
    assert not lacking(PROJECT, {**change, file.path: file.content})


def test_operations_under_a_condition_on_the_settings_are_not_known() -> None:
    """Either branch may run: nothing is said of the app, and that is said."""
    second = (
        "from django.conf import settings\nfrom django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0001_initial")]\n\n'
        "    if settings.SKIP:\n        operations = []\n"
        '    else:\n        operations = [migrations.AddField("order", "note", models.TextField(null=True))]\n'
    )
    change = changed("    state = ", "    note = models.TextField(null=True)\n    state = ")

    assert not lacking(PROJECT, {**change, "shop/migrations/0002_note.py": second})


def test_a_committed_migration_that_is_edited_with_the_models_is_read_anew() -> None:
    """Wrong in another way; but the models and the migrations agree."""
    edited = INITIAL.replace('"ordering": ["number"]', '"ordering": ["-number"]')
    change = changed('ordering = ["number"]', 'ordering = ["-number"]')

    assert not lacking(PROJECT, {**change, "shop/migrations/0001_initial.py": edited})
    assert lacking(PROJECT, {"shop/migrations/0001_initial.py": edited})


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
    assert not lacking(base, {})

    altered = models.replace("Parcel, models.CASCADE", "Parcel, models.CASCADE, null=True")
    (finding,) = lacking(base, {"shop/models.py": altered})
    assert 'to="post.parcel"' in finding.new_files[0].content.replace("'", '"')

    added = models.replace(
        "    state = ",
        "    other = models.ForeignKey(Parcel, models.CASCADE, null=True)\n    state = ",
    )
    (finding,) = lacking(base, {"shop/models.py": added})
    assert not finding.new_files


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
    (found,) = lacking(base, head, Config(split_style="files"))
    assert found.severity is severity
    assert ("split" in found.why) == (severity is Severity.WARNING)
    (found,) = lacking(base, head)
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
    (finding,) = lacking({**PROJECT, **app}, item)
    (file,) = finding.new_files
    assert file.path == "stock/migrations/0001_initial.py"
    assert not lacking({**PROJECT, **app}, {**item, file.path: file.content})

    (finding,) = lacking(PROJECT, {**app, **item})
    assert finding.operations == ("migrations.CreateModel(name='Item', ...)",)
    assert not lacking({**PROJECT, **app, **item}, {"README.md": ""})
    del app["stock/migrations/__init__.py"]
    assert not lacking(PROJECT, {**app, **item})


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

    assert not lacking(base, with_manager("Passing"))
    change = with_manager("Kept")
    (finding,) = lacking(base, change)
    (file,) = finding.new_files
    assert "AlterModelManagers" in file.content
    assert "('objects', shop.managers.Kept())" in file.content
    assert not lacking(base, {**change, file.path: file.content})


@pytest.mark.parametrize(
    ("said", "told"),
    [("db_collation='und-x-icu'", True), ("db_collation=None", False), ("db_collation=''", False)],
)
def test_a_collation_that_a_column_gets_or_loses_needs_one(said: str, told: bool) -> None:
    """Django alters the column; none is none, however it is said."""
    collated = MODELS.replace("max_length=20", f"max_length=20, {said}")

    found = lacking(PROJECT, {"shop/models.py": collated})

    assert ["db_collation of the field number changed" in f.message for f in found] == [True] * told
    for finding in found:
        (file,) = finding.new_files
        assert said in file.content
        base = {**PROJECT, "shop/models.py": collated, file.path: file.content}
        assert not lacking(base, {"README.md": ""})
        assert lacking(base, {"shop/models.py": MODELS})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("pass", True),
        ("use_in_migrations = False", True),
        ("def deconstruct(self):\n        return make()", False),
    ],
)
def test_a_manager_of_another_class_needs_one(body: str, told: bool) -> None:
    """Such as a user's own in the place of Django's; what one says of itself is not known."""
    user = "from django.contrib.auth.models import AbstractUser, UserManager\n\n\n"
    own = f"{user}class Own(UserManager):\n    {body}\n\n\nclass User(AbstractUser):\n    objects = Own()\n"
    before = {**PROJECT, "shop/models.py": f"{user}class User(AbstractUser):\n    pass\n"}
    (first,) = [f for f in lacking(PROJECT, before) if f.new_files]
    (file,) = first.new_files
    base = {**before, file.path: file.content}

    found = lacking(base, {"shop/models.py": own})

    assert [f.new_files[0].path for f in found] == [
        "shop/migrations/0003_alter_user_managers.py"
    ] * told
    for finding in found:
        (file,) = finding.new_files
        assert not lacking(base, {"shop/models.py": own, file.path: file.content})


@pytest.mark.parametrize("option", ["proxy = True", "managed = False"])
def test_managers_of_models_without_a_table_are_never_altered(option: str) -> None:
    """Django's autodetector compares those of models with tables alone."""
    managers = "class Kept(models.Manager):\n    use_in_migrations = True\n\n\n"
    base = "Order" if "proxy" in option else "models.Model"
    meta = f"    class Meta:\n        {option}\n"
    models = MODELS.replace("class Order(", f"{managers}class Order(")
    first = f"{models}\n\nclass Sums({base}):\n{meta}"
    (finding,) = lacking(PROJECT, {"shop/models.py": first})
    (file,) = finding.new_files
    made = {**PROJECT, "shop/models.py": first, file.path: file.content}

    assert not lacking(made, {"shop/models.py": f"{first}\n    current = Kept()\n"})


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
        assert not lacking(base, {})
        (finding,) = lacking(base, {"shop/models.py": models + table})
        renamed = [o for o in finding.operations if "RenameIndex" in o]
        assert len(renamed) == (not own)
        (file,) = finding.new_files
        assert not lacking(base, {"shop/models.py": models + table, file.path: file.content})


def test_an_index_on_other_fields_takes_the_place_of_the_one_before() -> None:
    """Both have the names that Django gives them: one goes, the other comes."""
    meta = "    class Meta:\n        indexes = [models.Index(fields=['number'])]\n"
    held = INITIAL.replace(
        '"ordering": ["number"]',
        '"ordering": ["number"], "indexes": [models.Index(fields=["number"], name="shop_order_number_39e72b_idx")]',
    )
    models = MODELS.replace("    class Meta:\n", meta)
    base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": held}
    change = {"shop/models.py": models.replace("['number']", "['number', 'state']")}

    (finding,) = lacking(base, change)

    assert {o.partition("(")[0] for o in finding.operations} == {
        "migrations.RemoveIndex",
        "migrations.AddIndex",
    }
    (file,) = finding.new_files
    assert file.content.index("RemoveIndex") < file.content.index("AddIndex")
    assert not lacking(base, {**change, file.path: file.content})


def test_a_composed_key_is_a_field_of_its_own() -> None:
    """``CompositePrimaryKey`` takes the place of the key that Django adds."""
    models = MODELS.replace(
        "    number =", "    pk = models.CompositePrimaryKey('number', 'state')\n    number ="
    )
    (finding,) = lacking(PROJECT, {"shop/models.py": models})
    (file,) = finding.new_files
    assert "models.CompositePrimaryKey('number', 'state'" in file.content
    with_it = {"shop/models.py": models, file.path: file.content}
    assert not lacking(PROJECT, with_it)
    after = {**PROJECT, **with_it}
    other = models.replace("('number', 'state')", "('state', 'number')")
    assert lacking(after, {"shop/models.py": other})


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
    (finding,) = lacking(PROJECT, change)
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
    assert not lacking(base, {})
    (finding,) = lacking(base, {"shop/models.py": MODELS + "\n\nclass Late(Order):\n    pass\n"})
    (file,) = finding.new_files
    assert file.content.index("DeleteModel") < file.content.index("CreateModel")
    assert "order_ptr" in file.content


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

    assert lacking(base, {}) == []
    assert len(lacking(base, more)) == said


def test_an_argument_that_only_its_unknown_class_knows_is_told_where_it_changed() -> None:
    """The class may keep it in another form; but what agreed before and does not now is another."""
    field = 'SlugField(populate_from="number", unique_with={})'
    use = "from slugs.fields import SlugField\nimport slugs.fields\n"
    models = use + MODELS.replace(
        "    state = ", f"    slug = {field.format(repr('state'))}\n    state = "
    )
    new = f'("slug", slugs.fields.{field}),\n                ("state"'
    kept = {
        form: use + INITIAL.replace('("state"', new.format(form))
        for form in ("'state'", "('state',)")
    }
    for form, initial in kept.items():
        base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": initial}
        other = models.replace('populate_from="number"', 'populate_from="state"')
        unique = models.replace("unique_with='state'", "unique_with='number'")
        assert other != models != unique

        assert lacking(base, {"shop/models.py": other})
        assert bool(lacking(base, {"shop/models.py": unique})) == (form == "'state'")
        without = {**base, "shop/models.py": MODELS, "shop/migrations/0001_initial.py": INITIAL}
        assert not lacking(
            without, {p: base[p] for p in ("shop/models.py", "shop/migrations/0001_initial.py")}
        )


def test_an_index_may_be_named_by_a_constant_of_the_models() -> None:
    """A migration imports it; one of which nothing is known may be any of the names."""
    named = MODELS.replace(
        "        ordering = ",
        "        indexes = [models.Index(fields=['state'], name=BY_STATE)]\n        ordering = ",
    )
    added = (
        "from django.db import migrations, models\n{imported}\n\n\n"
        "class Migration(migrations.Migration):\n"
        '    dependencies = [("shop", "0001_initial")]\n'
        '    operations = [migrations.AddIndex("order", '
        'models.Index(fields=["state"], name={name}))]\n'
    )

    def lacks(imported: str, name: str) -> list[str]:
        migration = added.format(imported=imported, name=name)
        head = {
            "shop/models.py": f"BY_STATE = 'by_state'\nOTHER = 'other'\n{named}",
            "shop/migrations/0002_by_state.py": migration,
        }
        return [o for f in lacking(PROJECT, head) for o in f.operations]

    assert lacks("from shop.models import BY_STATE", "BY_STATE") == []
    assert lacks("import shop.models", "shop.models.BY_STATE") == []
    assert lacks("from elsewhere import NAME", "NAME") == []
    assert len(lacks("from shop.models import OTHER", "OTHER")) == 1


@pytest.mark.parametrize(
    ("option", "severity"),
    [
        ("managed = False", Severity.WARNING),
        ("proxy = True", Severity.WARNING),
        ("", Severity.ERROR),
    ],
)
def test_a_model_without_a_table_of_its_own_is_no_affair_of_the_database(
    option: str, severity: Severity
) -> None:
    """A view that SQL makes, or other behaviour of the same rows; makemigrations writes them all the same."""
    base = "Order" if "proxy" in option else "models.Model"
    meta = f"    class Meta:\n        {option}\n" if option else "    pass\n"
    head = {"shop/models.py": f"{MODELS}\n\nclass Sums({base}):\n{meta}"}
    (finding,) = lacking(PROJECT, head)
    assert finding.severity == severity
    (file,) = finding.new_files

    made = {**PROJECT, "shop/models.py": head["shop/models.py"], file.path: file.content}
    (gone,) = lacking(made, {"shop/models.py": MODELS})
    assert gone.severity == severity
    assert "DeleteModel" in gone.operations[0]
