"""Values, classes and names in the spelling in which Django compares and writes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from analyzers.relate.written import Answers
from tests.support.lacking_worlds import MODELS, PROJECT, facts_between, lacking


def note(body: str) -> dict[str, str | None]:
    """A new model with that *body*."""
    return {"shop/models.py": f"{MODELS}\n\nclass Note(models.Model):\n    {body}\n"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("day = models.DateField(default=datetime.date.today)", "import datetime\n"),
        ("took = models.DurationField(default=datetime.timedelta())", "datetime.timedelta(0)"),
        (
            "took = models.DurationField(default=datetime.timedelta(hours=36))",
            "datetime.timedelta(days=1, seconds=43200)",
        ),
        (
            "day = models.DateTimeField(default=datetime.datetime(2020, 1, day=2, tzinfo=timezone.utc))",
            "datetime.datetime(2020, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)",
        ),
        (
            'name = models.TextField()\n\n    class Meta:\n        ordering = [Lower("name")]',
            "import django.db.models.functions.text\n",
        ),
        (
            'name = models.TextField()\n\n    class Meta:\n        indexes = [models.Index(fields=["name"], include=["id"], name="i")]',
            "include=('id',)",
        ),
        (
            "n = models.IntegerField()\n    more = models.GeneratedField(expression=models.F('n') + 1, "
            "output_field=models.IntegerField(), db_persist=True)",
            "expression=django.db.models.expressions.CombinedExpression(models.F('n'), '+', models.Value(1))",
        ),
        (
            "n = models.IntegerField()\n\n    class Meta:\n        constraints = [models.UniqueConstraint("
            'fields=["n"], deferrable=models.Deferrable.DEFERRED, name="c")]',
            "deferrable=django.db.models.constraints.Deferrable['DEFERRED']",
        ),
        (
            "name = models.TextField(default=functools.partial(str, 1))",
            "default=functools.partial(str, *(1,), **{})",
        ),
        (
            "rows = ArrayField(ArrayField(models.TextField()))",
            "base_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None), size=None",
        ),
        (
            "up = models.ForeignKey('self', on_delete=models.CASCADE, limit_choices_to=Q(id__in=(1, 2)) & Q(id__gt=0))",
            "limit_choices_to=models.Q(('id__in', (1, 2)), ('id__gt', 0))",
        ),
        (
            'name = models.TextField()\n\n    class Meta:\n        constraints = [models.UniqueConstraint(Lower("name"), "id", condition=None, include=(), name="c")]',
            "models.UniqueConstraint(django.db.models.functions.text.Lower('name'), models.F('id'), name='c')",
        ),
        (
            "span = IntegerRangeField()",
            "django.contrib.postgres.fields.ranges.IntegerRangeField()",
        ),
    ],
)
def test_values_are_written_as_django_prints_them(body: str, text: str) -> None:
    """The file can be imported, and Django finds nothing to write after it."""
    change = note(body)
    head = (
        "import datetime\nimport functools\nfrom datetime import timezone\nfrom django.contrib.postgres.fields import ArrayField, IntegerRangeField\n"
        "from django.db.models import Q\nfrom django.db.models.functions import Lower\n"
    )
    change["shop/models.py"] = f"{head}{change['shop/models.py']}"

    (finding,) = lacking(PROJECT, change)
    (file,) = finding.new_files

    assert text in file.content
    assert "import datetime." not in file.content
    assert not lacking(PROJECT, {**change, file.path: file.content})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("datetime.timedelta(days=1)", "datetime.timedelta(days=2)"),
        ("datetime.timedelta()", ""),
        ("", "datetime.timedelta()"),
        ("datetime.timedelta()", "None"),
    ],
)
def test_another_span_for_a_default_is_told(old: str, new: str) -> None:
    """Python's own dates and spans are known, whatever they are made by."""
    old, new = (f"default={one}" if one else "" for one in (old, new))
    body = f"took = models.DurationField({old})"
    above = "import datetime\n"
    models = above + str(note(body)["shop/models.py"])
    (file,) = lacking(PROJECT, {"shop/models.py": models})[0].new_files
    base = {**PROJECT, "shop/models.py": models, file.path: file.content}

    (finding,) = lacking(
        base, {"shop/models.py": models.replace(body, body.replace(f"({old})", f"({new})"))}
    )

    assert "default of the field took changed" in finding.message


def test_a_model_with_a_computed_column_is_asked_about_when_it_is_renamed() -> None:
    """What the migrations hold of an expression, and what the class says, are one."""
    body = (
        "n = models.IntegerField()\n    more = models.GeneratedField(expression=models.F('n') + 1, "
        "output_field=models.IntegerField(), db_persist=True)"
    )
    models = str(note(body)["shop/models.py"])
    (finding,) = lacking(PROJECT, note(body))
    (file,) = finding.new_files
    base = {**PROJECT, "shop/models.py": models, file.path: file.content}
    renamed = {"shop/models.py": models.replace("class Note(", "class Remark(")}

    written = facts_between(base, renamed).write_missing(answers=Answers(rename=True))

    assert "migrations.RenameModel(\n            old_name='Note'" in written.files[0].content


@pytest.mark.parametrize("given", ["(1, 2)", "[1, 2]"])
def test_the_values_of_a_condition_stay_what_they_are(given: str) -> None:
    """To older versions of Django a tuple and a list are two conditions."""
    body = "n = models.IntegerField()\n"
    first = lacking(PROJECT, note(body))[0].new_files[0]
    base = {**PROJECT, **note(body), first.path: first.content}
    meta = (
        "\n    class Meta:\n        constraints = [models.CheckConstraint("
        f"condition=models.Q(n__in={given}), name='c')]\n        indexes = [models.Index("
        f"fields=['n'], name='i', condition=models.Q(n__in={given}))]\n"
    )

    (finding, *_) = lacking({k: v for k, v in base.items() if v}, note(body + meta))

    (file,) = finding.new_files
    assert file.content.count(f"models.Q(('n__in', {given}))") == 2


def test_what_is_written_hangs_on_no_set() -> None:
    """Django's own detector takes some things from sets: each process gave the file another name."""
    body = "buyer = models.ForeignKey(Order, on_delete=models.CASCADE)\n    seen = models.ManyToManyField(Order, related_name='them')"
    parcel = {"shop/models.py": str(note(body)["shop/models.py"]).replace("Note", "Parcel")}
    first = lacking(PROJECT, parcel)[0].new_files[0]
    code = (
        "import json, sys\nfrom tests.support.lacking_worlds import facts_between\n"
        "base, head = json.load(sys.stdin)\n"
        "print([file.path for file in facts_between(base, head).write_missing().files])\n"
    )
    both = [{**PROJECT, **parcel, first.path: first.content}, {"shop/models.py": ""}]

    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(both),
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(6)
    }

    assert said == {
        "['shop/migrations/0003_remove_parcel_buyer_remove_parcel_seen_delete_order_and_more.py']\n"
    }


CODE = """
from django.db import models


class Code(models.CharField):
    pass
"""


@pytest.mark.parametrize(
    ("there", "told"), [(CODE, True), ("from shop.fields import Code\n", False)]
)
def test_a_field_class_of_the_same_name_elsewhere_is_another(there: str, told: bool) -> None:
    """Migrations name a class by where it is defined."""
    body = "code = fields.Code(max_length=5)"
    models = f"from shop import fields\n{note(body)['shop/models.py']}"
    files = {**PROJECT, "shop/fields.py": CODE, "shop/other.py": there}
    (finding,) = lacking(files, {"shop/models.py": models})
    (file,) = finding.new_files
    base = {**files, "shop/models.py": models, file.path: file.content}

    found = lacking(
        base, {"shop/models.py": models.replace("import fields", "import other as fields")}
    )

    assert [f.message.partition(": ")[2] for f in found] == [
        "class of the field code changed."
    ] * told


def test_an_index_that_keeps_its_name_for_another_field_is_made_anew() -> None:
    """The new field has the column of the old one, of which Django makes the name."""
    body = (
        "number = models.IntegerField()\n    size = models.IntegerField()\n\n    class Meta:\n"
        '        indexes = [models.Index(fields=["number", "size"])]'
    )
    models = str(note(body)["shop/models.py"])
    (finding,) = lacking(PROJECT, {"shop/models.py": models})
    (file,) = finding.new_files
    base = {**PROJECT, "shop/models.py": models, file.path: file.content}
    renamed = body.replace(
        "size = models.IntegerField()", "area = models.IntegerField(db_column='size')"
    )
    renamed = renamed.replace('"size"]', '"area"]')

    (finding,) = lacking(base, note(renamed))

    (file,) = finding.new_files
    assert "migrations.RemoveIndex(" in file.content
    assert not lacking(base, {**note(renamed), file.path: file.content})


SUMS = ['F("number") + 1', "F('number') * 2 + F('size')", "1 - F('size')", "F('size') - 1"]


@pytest.mark.parametrize("before", SUMS)
def test_a_sum_of_columns_is_told_when_it_is_another(before: str) -> None:
    """Django keeps what stands on both sides of each sign."""

    def computed(expression: str) -> str:
        field = f"models.GeneratedField(expression={expression}, output_field=models.IntegerField(), db_persist=True)"
        body = "number = models.IntegerField()\n    size = models.IntegerField()\n    more = "
        return f"from django.db.models import F\n{note(f'{body}{field}')['shop/models.py']}"

    (finding,) = lacking(PROJECT, {"shop/models.py": computed(before)})
    (file,) = finding.new_files
    base = {**PROJECT, "shop/models.py": computed(before), file.path: file.content}

    for after in SUMS:
        found = lacking(base, {"shop/models.py": computed(after)})
        told = ["expression of the field more changed." in f.message for f in found]
        assert told == [True] * (after != before)


def test_a_member_of_an_enumeration_that_goes_is_told() -> None:
    """A migration finds it by its name, the model as an attribute."""
    head = "import enum\n\n\nclass Hue(enum.Enum):\n    DARK = 'dark'\n\n"
    body = "hue = models.CharField(max_length=9, default=Hue.DARK)"
    models = head + str(note(body)["shop/models.py"])
    (finding,) = lacking(PROJECT, {"shop/models.py": models})
    (file,) = finding.new_files
    assert "default=shop.models.Hue['DARK']" in file.content
    base = {**PROJECT, "shop/models.py": models, file.path: file.content}
    assert lacking(base, {"shop/views.py": ""}) == []

    (finding,) = lacking(base, {"shop/models.py": models.replace(", default=Hue.DARK", "")})

    assert "default of the field hue" in finding.message
