"""Keys and relations that are altered in the models: what is missing a migration then, and what is not."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, facts_between, lacking


@pytest.mark.parametrize("cls", ["mptt.fields.TreeForeignKey", "annoying.fields.AutoOneToOneField"])
def test_a_relation_of_a_known_library_s_class_says_the_way_back(cls: str) -> None:
    """What Django makes of its own argument is what it makes of it there."""
    module, _, name = cls.rpartition(".")
    field = f"{name}('self', models.SET_NULL, null=True)"
    above = f"from {module} import {name}\n"
    models = above + MODELS.replace("    number = ", f"    above = {field}\n    number = ")
    made = INITIAL.replace("import django", f"import {module}\nimport django", 1).replace(
        '                ("number"',
        f'                ("above", {module}.{name}(null=True, on_delete=django.db.models.deletion.SET_NULL, to="shop.order")),\n'
        '                ("number"',
    )
    base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": made}
    later = models.replace("null=True)", "null=True, related_name='below')")

    (finding,) = lacking(base, {"shop/models.py": later})

    assert "related_name of the field above changed" in finding.message
    assert lacking({**base, "shop/models.py": later}, {"shop/views.py": ""}) == []


@pytest.mark.parametrize(
    ("cls", "told"), [("ForeignKey", True), ("OneToOneField", True), ("ManyToManyField", False)]
)
def test_a_way_back_to_the_model_itself_that_is_hidden_is_written(cls: str, told: bool) -> None:
    """Of many with many it goes without saying, and older Djangos said it."""
    null = "" if cls == "ManyToManyField" else "on_delete=models.CASCADE, null=True, "
    models = MODELS.replace(
        "    number = ", f"    above = models.{cls}('self', {null}related_name='+')\n    number = "
    )
    made = INITIAL.replace(
        '                ("number"',
        f'                ("above", models.{cls}({null}related_name="+", to="shop.order")),\n'
        '                ("number"',
    )
    base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": made}

    assert lacking(base, {"shop/views.py": ""}) == []
    found = lacking(
        base,
        {
            "shop/models.py": models.replace(", related_name='+'", "").replace(
                "related_name='+'", ""
            )
        },
    )

    assert bool(found) is told


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("models.AutoField(db_column='number_of', primary_key=True)", "db_column of the field id"),
        ("models.UUIDField(default=uuid.uuid4, primary_key=True)", "class of the field id"),
        # Only words differ: a warning.
        ("models.BigAutoField(primary_key=True)", "verbose_name of the field id"),
        ("elsewhere.Key(primary_key=True)", ""),
    ],
)
def test_a_key_that_gives_way_to_django_s_own_is_altered(key: str, told: str) -> None:
    made = INITIAL.replace(
        'models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")',
        key,
    )
    above = "import elsewhere\nimport uuid\n"
    models = above + MODELS.replace("    number = ", f"    id = {key}\n    number = ")
    base = {
        **PROJECT,
        "shop/models.py": models,
        "shop/migrations/0001_initial.py": above + made,
        "site/settings.py": "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n",
    }
    assert lacking(base, {"shop/views.py": ""}) == []
    change = {"shop/models.py": above + MODELS}

    found = lacking(base, change)

    assert [told in f.message for f in found] == [True] * bool(told)
    for finding in found:
        (file,) = finding.new_files
        assert "field=models.BigAutoField(auto_created=True" in file.content
        assert not lacking(base, {**change, file.path: file.content})


FUNCTIONS = "def nobody():\n    return 1\n\n\ndef somebody():\n    return 2\n\n\nclass Order"


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        ("models.SET(nobody)", "models.SET_NULL", "django.db.models.deletion.SET_NULL"),
        ("models.SET_NULL", "models.SET(nobody)", "models.SET(shop.models.nobody)"),
        ("models.SET(nobody)", "models.SET(somebody)", "models.SET(shop.models.somebody)"),
        ("models.SET(nobody)", "models.SET(7)", "models.SET(7)"),
        ("models.SET(7)", "models.SET(8)", "models.SET(8)"),
        ("models.SET(nobody)", "models.deletion.SET(nobody)", ""),
    ],
)
def test_what_a_key_is_set_to_when_its_target_goes(old: str, new: str, written: str) -> None:
    """``SET()`` with a function of the project, or with a value, is told from Django's own ways."""
    models = MODELS.replace("class Order", FUNCTIONS).replace(
        "    number = ",
        f"    above = models.ForeignKey('self', {old}, null=True)\n    number = ",
    )
    key = f'models.ForeignKey(null=True, on_delete={old}, to="shop.order")'
    made = INITIAL.replace("import django", "import shop.models\nimport django", 1).replace(
        '                ("number"',
        f'                ("above", {key.replace("(nobody", "(shop.models.nobody")}),\n                ("number"',
    )
    base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": made}

    found = lacking(base, {"shop/models.py": models.replace(old, new)})

    files = [file.content for finding in found for file in finding.new_files]
    assert [f"on_delete={written}, to='shop.order'" in text for text in files] == [True] * bool(
        written
    )


RELATED = """
from django.db import models

from shop import other, values


class Tag(models.Model):
    code = models.CharField(max_length=9, unique=True)


class Order(models.Model):
    tags = models.ManyToManyField(Tag, through="Link", through_fields=("order", "tag"))
    first = models.ForeignKey(Tag, models.SET(values.one), default=values.one, to_field="code", related_name="+")


class Link(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    again = models.ForeignKey(Order, models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, models.CASCADE)
"""
SETTINGS = "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('("order", "tag")', '("again", "tag")', "through_fields of the field tags changed"),
        ('to_field="code", ', "", "to_field of the field first changed"),
        # Of a key Django says nothing.
        ('to_field="code", ', 'to_field="id", ', "to_field of the field first changed"),
        ("SET(values.one)", "SET(other.one)", "on_delete of the field first changed"),
        ("default=values.one", "default=other.one", "default of the field first changed"),
        ("default=values.one", "default=other.same", ""),
    ],
)
def test_a_relation_that_leads_elsewhere_is_told(old: str, new: str, told: str) -> None:
    files = {
        **PROJECT,
        "shop/values.py": "def one():\n    return 1\n",
        "shop/other.py": "from shop.values import one as same\n\n\ndef one():\n    return 2\n",
        "shop/models.py": "",
        "site/settings.py": SETTINGS,
    }
    empty = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    initial = True\n"
    start = {**files, "shop/migrations/0001_initial.py": empty}
    (file,) = facts_between(start, {"shop/models.py": RELATED}).write_missing().files
    base = {**start, "shop/models.py": RELATED, file.path: file.content}
    assert lacking(base, {"shop/views.py": ""}) == []
    assert RELATED.count(old) == 1

    found = lacking(base, {"shop/models.py": RELATED.replace(old, new)})

    assert [told in f.message for f in found] == [True] * bool(told)


def test_null_of_a_relation_to_many_reaches_no_database() -> None:
    """It has no column; migrations hold the argument all the same."""
    field = "    tags = models.ManyToManyField('self'{})\n"
    base = {
        **PROJECT,
        "shop/models.py": MODELS.replace(
            "    class Meta", field.format(", null=True") + "\n    class Meta"
        ),
        "shop/migrations/0001_initial.py": INITIAL.replace(
            '                ("state"',
            '                ("tags", models.ManyToManyField("shop.order", null=True)),\n                ("state"',
        ),
    }
    now = base["shop/models.py"].replace(", null=True", "")

    (finding,) = lacking(base, {"shop/models.py": now})

    assert (finding.column, finding.severity) == ("tags", Severity.WARNING)
