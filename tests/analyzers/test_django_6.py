"""
What Django 6 does otherwise than 5.2: what is written, and what happens to tables.

The operations are those that ``makemigrations`` of 5.2, 6.0.10 and 6.1.3 printed for these models.
``python -m tests.oracles.django_autodetector --python PYTHON`` asks a Django for all cases of its own tests.
"""

from __future__ import annotations

import pytest

from analyzers.config import Config, DjangoConfig
from analyzers.findings import Finding, Severity
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.django_autodetector import Case, operations, ours

HEAD = "import functools\nfrom django.db import models\nfrom django.contrib.postgres.fields import ArrayField\n\n\ndef f(*a, **k):\n    return 1\n\n\n"
A = "class A(models.Model):\n    n = models.IntegerField(default=1)\n\n\n"
C = "class C(models.Model):\n    pass\n\n\n"
B = "class B(models.Model):\n    a = {}\n"
KEY = "('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))"
LISTED = """class B(models.Model):
    n = models.IntegerField()
    a = models.ForeignKey(A, models.CASCADE)

    class Meta:
        unique_together = [("n", "a")]
        indexes = [models.Index(fields=["n"], name="ix")]
        constraints = [models.UniqueConstraint(fields=["n", "a"], name="uq")]
"""
GENERATED = """class A(models.Model):
    n = models.IntegerField(default=1)
    z = models.GeneratedField(expression=models.F("n") + 1, output_field=models.IntegerField(), db_persist=True)
"""


def case(before: str, after: str) -> Case:
    files = {
        side: {"app/models.py": HEAD + text}
        for side, text in (("before", before), ("after", after))
    }
    return {"test": "", "renames": True, "default": "", "user": "auth.User", **files}


def said(before: str, after: str, version: str) -> tuple[list[str], str]:
    """The operations that are missing, and the whole text."""
    initial = {file.path: file.content for file in ours(case("", before), {}, version).files}
    written = ours(case(before, after), initial, version)
    texts = [file.content for file in written.files]
    assert not written.problems
    return operations(texts), "\n".join(texts)


def create(field: str) -> str:
    return f"migrations.CreateModel(name='B', fields=[{KEY}, ('a', {field})])"


REMOVED = [
    "migrations.AlterUniqueTogether(name='b', unique_together=None)",
    "migrations.RemoveField(model_name='b', name='a')",
    "migrations.DeleteModel(name='A')",
    "migrations.DeleteModel(name='B')",
]
MANY = "models.ManyToManyField({})"


@pytest.mark.parametrize(
    ("version", "before", "after", "expected"),
    [
        ("5.2", A + LISTED, "", [REMOVED[1], REMOVED[0], *REMOVED[2:]]),
        (
            "6.0",
            A + LISTED,
            "",
            [
                REMOVED[0],
                "migrations.RemoveIndex(model_name='b', name='ix')",
                "migrations.RemoveConstraint(model_name='b', name='uq')",
                *REMOVED[1:],
            ],
        ),
        *(
            (version, GENERATED, C.replace("C", "A"), [f"migrations.RemoveField(model_name='a', name='{n}')" for n in names])
            for version, names in (("5.2", "nz"), ("6.0", "zn"))
        ),
        (
            "6.0",
            A + C + B.format(MANY.format("A")),
            A + C + B.format(MANY.format("C")),
            ["migrations.AlterField(model_name='b', name='a', field=models.ManyToManyField(to='app.c'))"],
        ),
        (
            "6.1",
            A + C + B.format(MANY.format("A")),
            A + C + B.format(MANY.format("C")),
            [
                "migrations.RemoveField(model_name='b', name='a')",
                "migrations.AddField(model_name='b', name='a', field=models.ManyToManyField(to='app.c'))",
            ],
        ),
        (
            "6.1",
            C + B.format(MANY.format("C")),
            C.replace("C", "D") + B.format(MANY.format("D, blank=True")),
            [
                "migrations.RenameModel(old_name='C', new_name='D')",
                "migrations.AlterField(model_name='b', name='a', field=models.ManyToManyField(blank=True, to='app.c'))",
            ],
        ),
        *(
            (version, A, A.replace("=1", "=functools.partial(f, 1, x='y')"), [f"migrations.AlterField(model_name='a', name='n', field=models.IntegerField(default=functools.partial(app.models.f, {given})))"])
            for version, given in (("5.2", "*(1,), **{'x': 'y'}"), ("6.0", "1, x='y'"))
        ),
        *(
            (version, "", B.format("ArrayField(models.IntegerField())"), [create(f"django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(){size})")])
            for version, size in (("5.2", ", size=None"), ("6.0", ""))
        ),
        (
            "6.1",
            A,
            A + B.format("models.ForeignKey(A, models.DB_CASCADE)"),
            [create("models.ForeignKey(on_delete=django.db.models.deletion.DB_CASCADE, to='app.a')")],
        ),
        ("6.1", "", B.format("models.DecimalField()"), [create("models.DecimalField()")]),
    ],
)  # fmt: skip
def test_it_is_written_as_the_version_does(
    version: str, before: str, after: str, expected: list[str]
) -> None:
    assert said(before, after, version)[0] == expected


def test_what_the_database_does_is_imported_from_where_it_is() -> None:
    _, text = said(A, A + B.format("models.ForeignKey(A, models.DB_CASCADE)"), "6.1")

    assert "import django.db.models.deletion\n" in text


@pytest.mark.parametrize(("version", "key"), [("5.2", "AutoField"), ("6.0", "BigAutoField")])
def test_a_key_is_big_where_nobody_has_said_what_it_is(version: str, key: str) -> None:
    tree = {"shop/__init__.py": "", "shop/migrations/__init__.py": "", "shop/models.py": ""}
    tree["requirements.txt"] = f"django=={version}.1\n"
    base, head = MemoryTree(tree), MemoryTree({**tree, "shop/models.py": HEAD + A})

    (found,) = review(Comparison(merge_base=base, base=base, head=head, merged=head)).findings

    assert f"models.{key}(auto_created=True" in found.new_files[0].content


def altered(before: str, after: str) -> list[Finding]:
    """What a review says of a foreign key that is altered, or edited where it was made."""
    first = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    operations = [\n"
        "        migrations.CreateModel('A', [('id', models.BigAutoField(primary_key=True))]),\n"
        f"        migrations.CreateModel('B', [('id', models.BigAutoField(primary_key=True)), ('a', models.ForeignKey('shop.a', {before}))]),\n    ]\n"
    )
    second = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [('shop', '0001_a')]\n"
        f"    operations = [migrations.AlterField('b', 'a', models.ForeignKey('shop.a', {after}))]\n"
    )
    tree = {"shop/migrations/__init__.py": "", "shop/migrations/0001_a.py": first}
    base = MemoryTree(tree)
    edited = first.replace(before, after)
    found: list[Finding] = []
    for head in ({"shop/migrations/0002_b.py": second}, {"shop/migrations/0001_a.py": edited}):
        merged = MemoryTree({**tree, **head})
        config = Config(database="postgresql", django=DjangoConfig(version="6.1"))
        comparison = Comparison(merge_base=base, base=base, head=merged, merged=merged)
        found += (f for f in review(comparison, config).findings if f.counts)
    return found


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        ("on_delete=models.CASCADE", "on_delete=models.PROTECT", []),
        (
            "on_delete=models.CASCADE",
            "on_delete=models.DB_CASCADE",
            ["constraint-scans-under-lock", "committed-migration-edited"],
        ),
        (
            "on_delete=models.DB_CASCADE",
            "on_delete=models.CASCADE",
            ["constraint-scans-under-lock", "committed-migration-edited"],
        ),
        (
            "on_delete=models.DB_CASCADE",
            "on_delete=models.deletion.DB_CASCADE",
            [],
        ),
    ],
)
def test_a_foreign_key_is_made_anew_for_what_the_database_does(
    before: str, after: str, rules: list[str]
) -> None:
    found = altered(before, after)

    assert [f.rule for f in found if f.severity and f.severity > Severity.INFO] == rules


@pytest.mark.parametrize(
    ("after", "severity"), [("", Severity.INFO), ("max_digits=9, decimal_places=1", Severity.ERROR)]
)
def test_a_number_without_a_precision_has_a_type_too(after: str, severity: Severity) -> None:
    """As PostgreSQL 18 does it: what had a precision is not written anew, the other way it is."""
    before = "max_digits=9, decimal_places=1" if not after else ""
    head = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    first = f"{head}    operations = [migrations.CreateModel('A', [('id', models.BigAutoField(primary_key=True)), ('n', models.DecimalField({before}))])]\n"
    second = f"{head}    dependencies = [('shop', '0001_a')]\n    operations = [migrations.AlterField('a', 'n', models.DecimalField({after}))]\n"
    tree = {"shop/migrations/__init__.py": "", "shop/migrations/0001_a.py": first}
    base, merged = MemoryTree(tree), MemoryTree({**tree, "shop/migrations/0002_b.py": second})
    comparison = Comparison(merge_base=base, base=base, head=merged, merged=merged)

    found = review(comparison, Config(database="postgresql")).findings

    assert [f.severity for f in found if f.rule == "column-type-changed"] == [severity]
