"""What a project, a library or a version writes into no migration: it is missing nowhere."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, changed, lacking

WITH_HISTORY = MODELS.replace(
    "class Order(models.Model):",
    "class Order(models.Model):\n    history = HistoricalRecords()",
).replace(
    "from django.db import models\n",
    "from django.db import models\nfrom simple_history.models import HistoricalRecords\n",
)


def test_a_command_of_the_project_that_leaves_texts_out_is_heeded() -> None:
    """A ``makemigrations`` that passes over ``help_text`` makes its change no matter."""
    command = 'from django.core.management.commands.makemigrations import Command\n\nIGNORED = ["help_text"]\n'
    base = {**PROJECT, "core/management/commands/makemigrations.py": command}
    change = changed("max_length=20)", "max_length=20, help_text='Its number')")

    assert not lacking(base, change)
    assert lacking(PROJECT, change)


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
        assert not lacking(base, {})
        assert len(lacking(base, after)) == missing


def test_a_history_needs_a_migration_which_closes_its_gap() -> None:
    """Also with the history's key that a setting chooses, and however it is kept afterwards."""
    (finding,) = lacking(PROJECT, {"shop/models.py": WITH_HISTORY})
    (file,) = finding.new_files
    assert "name='HistoricalOrder'" in file.content
    assert "bases=(simple_history.models.HistoricalChanges, models.Model)" in file.content
    with_it = {**PROJECT, "shop/models.py": WITH_HISTORY, file.path: file.content}
    assert not lacking(PROJECT, with_it)

    chosen = file.content.replace("models.AutoField(", "models.UUIDField(")
    assert chosen != file.content
    assert not lacking(PROJECT, {**with_it, file.path: chosen})
    longer = {"shop/models.py": WITH_HISTORY.replace("max_length=20", "max_length=30")}
    assert {o for f in lacking(with_it, longer) for o in f.operations}
    elsewhere = WITH_HISTORY.replace(
        "HistoricalRecords()", "HistoricalRecords(bases=[models.Model])"
    )
    assert not lacking(with_it, {"shop/models.py": elsewhere})


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

    assert lacking(base, {**head, command: base[command] + drops}) == []
    assert lacking(base, head)


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

    assert bool(lacking(base, {"shop/models.py": other})) is written


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

    assert lacking(PROJECT, head) == []
    head["shop/migrations/0002_region.py"] = made.replace("max_length=20", "max_length=10")
    assert lacking(PROJECT, head)


@pytest.mark.parametrize(("decorated", "missing"), [("@deconstructible\n", 1), ("", 0)])
def test_arguments_of_a_class_count_where_migrations_hold_them(
    decorated: str, missing: int
) -> None:
    """``deconstructible`` keeps what its constructor was given; what another class keeps is its own affair."""
    rule = (
        "from django.utils.deconstruct import deconstructible\n\n\n"
        f"{decorated}class Short:\n    def __init__(self, limit):\n        self.limit = limit\n\n\n"
        f"{decorated}class Long(Short):\n    pass\n"
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
    assert not lacking(base, {})

    assert len(lacking(base, {"shop/models.py": models.replace("Short(9)", "Short(8)")})) == missing
    other = models.replace("Short(9)", "MinLengthValidator(9)")
    other = f"from django.core.validators import MinLengthValidator\n{other}"
    assert len(lacking(base, {"shop/models.py": other})) == missing
    # Code that is not read may have put one of the project's own in the other's place.
    own = models.replace("Short(9)", "Long(9)").replace("import Short", "import Long")
    assert not lacking(base, {"shop/models.py": own})


@pytest.mark.parametrize(
    ("second", "missing"),
    [
        ("@deconstructible\nclass ByOrder:\n    pass\n", 1),
        ("class ByOrder:\n    pass\n", 0),
        ("ByOrder = ByDay\n", 0),
    ],
)
def test_a_place_of_files_that_another_class_gives_is_another(second: str, missing: int) -> None:
    """Once model and migration agree; a class that goes by two names is one."""
    rule = f"from django.utils.deconstruct import deconstructible\n\n\n@deconstructible\nclass ByDay:\n    pass\n\n\n{second}"
    number = "models.CharField(max_length=20)"
    field = "models.FileField(upload_to={})"
    models = "from shop.places import ByDay, ByOrder\n" + MODELS.replace(
        number, field.format("ByDay()")
    )
    base = {
        **PROJECT,
        "shop/places.py": rule,
        "shop/models.py": models,
        "shop/migrations/0001_initial.py": "import shop.places\n"
        + INITIAL.replace(number, field.format("shop.places.ByDay()")),
    }
    other = {"shop/models.py": models.replace("=ByDay()", "=ByOrder()")}

    assert len(lacking(base, other)) == missing
    assert not lacking({**base, **other}, {"shop/models.py": f"{other['shop/models.py']}\n"})


@pytest.mark.parametrize(
    ("cls", "severity"), [("TextField", Severity.WARNING), ("CharField", Severity.ERROR)]
)
def test_how_long_a_text_may_be_no_database_knows(cls: str, severity: Severity) -> None:
    number = "models.CharField(max_length=20)"
    base = {
        **PROJECT,
        "shop/models.py": MODELS.replace(number, f"models.{cls}(max_length=20)"),
        "shop/migrations/0001_initial.py": INITIAL.replace(number, f"models.{cls}(max_length=20)"),
    }
    longer = {"shop/models.py": MODELS.replace(number, f"models.{cls}(max_length=30)")}

    assert [f.severity for f in lacking(base, longer)] == [severity]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("models.UUIDField(primary_key=True, serialize=False)", True),
        # Of keys that count only the settings tell, and what another class is nobody.
        ("models.AutoField(primary_key=True, serialize=False)", False),
        ("shop.keys.OwnKey(primary_key=True, serialize=False)", False),
    ],
)
def test_a_model_that_loses_its_own_key_gets_another(own: str, told: bool) -> None:
    automatic = 'models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")'
    base = {
        **PROJECT,
        "shop/keys.py": "from elsewhere import OwnKey\n",
        "shop/models.py": f"import shop.keys\n{MODELS}".replace(
            "    number =", f"    id = {own}\n    number ="
        ),
        "shop/migrations/0001_initial.py": f"import shop.keys\n{INITIAL}".replace(automatic, own),
    }
    assert automatic in INITIAL
    assert not lacking(base, {})

    found = lacking(base, {"shop/models.py": MODELS})
    assert ["class of the field id" in f.message for f in found] == ([True] if told else [])
    for finding in found:
        (file,) = finding.new_files
        assert "AutoField(auto_created=True, primary_key=True, serialize=False" in file.content
        assert not lacking(base, {"shop/models.py": MODELS, file.path: file.content})


def test_an_empty_text_of_python_2_is_one() -> None:
    number = "models.CharField(max_length=20)"
    held = INITIAL.replace(number, "models.FileField(upload_to=b'')")
    head = {
        "shop/models.py": MODELS.replace(number, "models.FileField()"),
        "shop/migrations/0001_initial.py": held,
    }

    assert not lacking({}, {**PROJECT, **head})


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
            for f in lacking(base, {"shop/models.py": changed})
        ]

    assert said("'A')", "'An A')") == [
        (Severity.WARNING, "base_field.choices of the field tags changed.")
    ]
    assert said("max_length=5,", "max_length=6,") == [
        (Severity.ERROR, "base_field.max_length of the field tags changed.")
    ]


def test_a_copy_of_django_in_the_repository_is_as_its_own_version_has_it() -> None:
    copied = {path.replace("shop/", "django/contrib/shop/"): t for path, t in PROJECT.items()}
    longer = MODELS.replace("max_length=20", "max_length=30")

    assert lacking(copied, {"django/contrib/shop/models.py": longer}) == []
    assert lacking(PROJECT, {"shop/models.py": longer}) != []


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

    (found,) = lacking(base, {"shop/models.py": told})

    assert found.severity is Severity.WARNING


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

    (words,) = lacking(base, {"shop/models.py": models.replace("'no'", "'never'")})
    (rows,) = lacking(base, {"shop/models.py": models.replace("'a'", "'b'")})

    assert (words.severity, rows.severity) == (Severity.WARNING, Severity.ERROR)
    assert "error message" in words.message
    (file,) = words.new_files
    assert "violation_error_message='never'" in file.content


def test_a_history_of_an_earlier_version_of_the_library_lacks_nothing() -> None:
    """It has no reason for a change, and another name; the migration that was made with it tells."""
    (finding,) = lacking(PROJECT, {"shop/models.py": WITH_HISTORY})
    (file,) = finding.new_files
    lines = [line for line in file.content.splitlines() if "history_change_reason" not in line]
    older = "\n".join(lines).replace("'historical order'", "'historical Order'")
    assert older.count("\n") == file.content.count("\n") - 2
    assert "historical Order" in older

    assert not lacking(PROJECT, {"shop/models.py": WITH_HISTORY, file.path: older})


def test_a_history_of_a_model_whose_base_may_name_it_has_any_name() -> None:
    """The base's Meta is not read, and the migration that is made with the model knows it."""
    history = "from simple_history.models import HistoricalRecords\n\n\nclass Order({base}):\n    history = HistoricalRecords()"
    kept, unknown = (
        MODELS.replace("class Order(models.Model):", history.format(base=base))
        for base in ("models.Model", "Listed")
    )
    (finding,) = lacking(PROJECT, {"shop/models.py": kept})
    (file,) = finding.new_files
    named = file.content.replace("historical order", "historical Sale")
    assert named != file.content

    assert lacking(PROJECT, {"shop/models.py": kept, file.path: named})
    # A Meta of its own, without the base's, would name it after the class.
    meta = '    class Meta:\n        ordering = ["number"]\n'
    assert meta in unknown
    outside = f"from outside import Listed\n{unknown.replace(meta, '')}"
    assert not lacking(PROJECT, {"shop/models.py": outside, file.path: named})


def test_many_of_one_pull_request_are_no_habit() -> None:
    """Where nothing was left out before, an option that ten models get at once is missing ten times."""
    names = [f"Line{n}" for n in range(10)]
    lines = "".join(f"\n\nclass {n}(models.Model):\n    name = models.TextField()\n" for n in names)
    made = "".join(
        f'        migrations.CreateModel("{n}", [("id", models.BigAutoField(auto_created=True, '
        'primary_key=True, serialize=False, verbose_name="ID")), ("name", models.TextField())]),\n'
        for n in names
    )
    more = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    more += f'    dependencies = [("shop", "0001_initial")]\n    operations = [\n{made}    ]\n'
    base = {**PROJECT, "shop/models.py": MODELS + lines, "shop/migrations/0002_lines.py": more}
    ordered = lines.replace(
        "TextField()\n", 'TextField()\n\n    class Meta:\n        ordering = ["name"]\n'
    )
    assert not lacking(base, {})

    assert len(lacking(base, {"shop/models.py": MODELS + ordered})) == 10
    left_out = {**base, "shop/models.py": MODELS + ordered}
    assert not lacking(left_out, {"shop/models.py": MODELS + ordered.replace('"name"]', '"pk"]')})


def test_the_name_of_a_table_that_is_none_of_django_s_is_written() -> None:
    """Migrations remember it, and run nothing: a warning."""
    models = MODELS.replace("        ordering", "        managed = False\n        ordering")
    made = INITIAL.replace('"ordering": ["number"]', '"ordering": ["number"], "managed": False')
    base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": made}
    assert lacking(base, {"shop/views.py": ""}) == []

    named = models.replace("        ordering", "        db_table = 'elsewhere'\n        ordering")
    (finding,) = lacking(base, {"shop/models.py": named})

    assert finding.severity is Severity.WARNING
    (file,) = finding.new_files
    assert "migrations.AlterModelTable(" in file.content
    assert not lacking(base, {"shop/models.py": named, file.path: file.content})


STOCK = "from django.db import models\n\n\nclass Place(models.Model):\n    row = models.IntegerField()\n"
MORE = f"{STOCK}\n\nclass Shelf(models.Model):\n    row = models.IntegerField()\n"
KEPT = "stock/migrations/__init__.py"


@pytest.mark.parametrize(
    ("before", "severity"),
    [
        (STOCK, Severity.WARNING),
        ("", Severity.ERROR),
        (f"{STOCK}\n    class Meta:\n        managed = False\n", Severity.ERROR),
    ],
)
def test_an_app_whose_migrations_nobody_commits(before: str, severity: Severity) -> None:
    """Each deployment may write its own; an app's first model has to come with one."""
    base = {**PROJECT, "stock/__init__.py": "", "stock/models.py": before, KEPT: ""}
    after = before + MORE.removeprefix(STOCK if before else "")

    found = lacking(base, {"stock/models.py": after})

    assert {f.severity for f in found} == {severity}
    assert all("is new, and no migration creates it" in f.message for f in found)
    assert all(f.why.startswith("The base has models") is (before == STOCK) for f in found)
