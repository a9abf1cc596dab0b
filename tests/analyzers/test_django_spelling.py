"""What Django takes in several spellings is one: in committed migrations another spelling is a remark."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.worlds import START, add, changed, findings, migration, path, said

FIELD = "models.TextField(null=True)"
BACK = "def fill(apps, schema_editor):\n    apps.get_model('orders', 'Order').objects.all().delete()\n\n\n"

SAME = {
    "names of arguments": (
        f'migrations.AddField("order", "note", {FIELD})',
        f'migrations.AddField(model_name="order", name="note", field={FIELD})',
    ),
    "a model in other letters": (
        'migrations.RemoveField("order", "total")',
        'migrations.RemoveField(model_name="Order", name="total")',
    ),
    "the name of the statement": (
        'migrations.RunSQL("DELETE FROM a")',
        'migrations.RunSQL(sql="DELETE FROM a", elidable=False)',
    ),
    "what a squash may leave out": (
        'migrations.RunSQL("DELETE FROM a")',
        'migrations.RunSQL("DELETE FROM a", elidable=True)',
    ),
    "the same of code": (
        "migrations.RunPython(fill, migrations.RunPython.noop)",
        "migrations.RunPython(fill, migrations.RunPython.noop, None, None, True)",
    ),
    "a semicolon at the end": (
        'migrations.RunSQL("DELETE FROM a")',
        'migrations.RunSQL("DELETE FROM a ;\\n")',
    ),
    "one behind a text": (
        "migrations.RunSQL(\"DELETE FROM a WHERE b = 'c;'\")",
        "migrations.RunSQL(\"DELETE FROM a WHERE b = 'c;';\")",
    ),
    "the name of the code": (
        "migrations.RunPython(fill, migrations.RunPython.noop)",
        "migrations.RunPython(code=fill, reverse_code=migrations.RunPython.noop)",
    ),
    "a list of columns": (
        'migrations.AddIndex("order", models.Index(fields=["total"], name="i"))',
        'migrations.AddIndex("order", models.Index(fields=("total",), name="i"))',
    ),
    "a condition by name": (
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(("total", 1)), name="c"))',
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(total=1), name="c"))',
    ),
    "one of a set": (
        'migrations.AddConstraint("order", models.UniqueConstraint(condition=models.Q(state__in={"b", "a"}), fields=["total"], name="c"))',
        'migrations.AddConstraint("order", models.UniqueConstraint(condition=models.Q(("state__in", ("a", "b"))), fields=["total"], name="c"))',
    ),
    "a key that is unique": (
        'migrations.AddField("order", "tax", models.ForeignKey("orders.tax", models.CASCADE, unique=True))',
        'migrations.AddField("order", "tax", models.OneToOneField("orders.tax", models.CASCADE))',
    ),
    "a boolean that may be null": (
        'migrations.AddField("order", "done", models.NullBooleanField(default=None))',
        'migrations.AddField("order", "done", models.BooleanField(default=None, null=True))',
    ),
    "what Python 2 wrote as bytes": (
        'migrations.AddField("order", "tax", models.ManyToManyField(to=b"orders.Tax", related_name=b"t"))',
        'migrations.AddField("order", "tax", models.ManyToManyField(to="orders.Tax", related_name="t"))',
    ),
    "options as a call": (
        'migrations.CreateModel("Tax", [], options={"db_table": "taxes", "db_tablespace": "x"})',
        'migrations.CreateModel("Tax", [], options=dict(db_table="taxes", db_tablespace="x"))',
    ),
    "a text of two": ('migrations.RunSQL("DELETE FROM a")', 'migrations.RunSQL("DELETE " + "FROM a")'),
    "the layout of a statement around a name": (
        'migrations.RunSQL(f"CREATE INDEX i ON {TAXES} (total); ANALYZE {TAXES}")',
        'migrations.RunSQL(f"""\n    CREATE INDEX i\n        ON {TAXES} (total);\n\n    ANALYZE {TAXES};\n""")',
    ),
    "what a linter is told": (
        'migrations.RemoveField("order", "total")',
        'linter.IgnoreMigration(), migrations.RemoveField("order", "total")',
    ),
}  # fmt: skip
OTHER = {
    "a text around a name": (
        """migrations.RunSQL(f"UPDATE a SET b = '{NAME}  c'")""",
        """migrations.RunSQL(f"UPDATE a SET b = '{NAME} c'")""",
    ),
    "two names in another order": (
        'migrations.RunSQL(f"UPDATE {ONE} SET {TWO} = 1")',
        'migrations.RunSQL(f"UPDATE {TWO} SET {ONE} = 1")',
    ),
    "a semicolon within": (
        'migrations.RunSQL("DELETE FROM a; DELETE FROM b")',
        'migrations.RunSQL("DELETE FROM a DELETE FROM b")',
    ),
    "a semicolon in a text": (
        "migrations.RunSQL(\"DELETE FROM a WHERE b = 'c;'\")",
        "migrations.RunSQL(\"DELETE FROM a WHERE b = 'c'\")",
    ),
    "the semicolon that Oracle's blocks need": (
        'migrations.RunSQL("BEGIN fill; END;")',
        'migrations.RunSQL("BEGIN fill; END")',
    ),
    "another model": (
        'migrations.RemoveField("order", "total")',
        'migrations.RemoveField(model_name="tax", name="total")',
    ),
    "a new model's name in other letters": (
        'migrations.CreateModel("Tax", [])',
        'migrations.CreateModel("TAX", [])',
    ),
    "a default that goes again": (
        'migrations.AddField("order", "note", models.TextField(default="x"))',
        'migrations.AddField("order", "note", models.TextField(default="y"), preserve_default=False)',
    ),
    "another order of columns": (
        'migrations.AddIndex("order", models.Index(fields=["total", "id"], name="i"))',
        'migrations.AddIndex("order", models.Index(fields=("id", "total"), name="i"))',
    ),
    "a key that is not unique": (
        'migrations.AddField("order", "tax", models.ForeignKey("orders.tax", models.CASCADE))',
        'migrations.AddField("order", "tax", models.OneToOneField("orders.tax", models.CASCADE))',
    ),
    "a boolean that may not be null": (
        'migrations.AddField("order", "done", models.NullBooleanField(default=None))',
        'migrations.AddField("order", "done", models.BooleanField(default=None))',
    ),
    "one of others": (
        'migrations.AddConstraint("order", models.UniqueConstraint(condition=models.Q(state__in={"b", "a"}), fields=["total"], name="c"))',
        'migrations.AddConstraint("order", models.UniqueConstraint(condition=models.Q(state__in=("a", "c")), fields=["total"], name="c"))',
    ),
    "a range": (
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(total__range=(1, 2)), name="c"))',
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(total__range=(2, 1)), name="c"))',
    ),
    "another condition": (
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(("total", 1)), name="c"))',
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(id=1), name="c"))',
    ),
}  # fmt: skip


def _edited(before: str, after: str) -> list[str]:
    found = findings(changed(START, {path("0003_x"): before}), head={path("0003_x"): after})
    return [severity for rule, severity, _ in said(found) if rule == "committed-migration-edited"]


@pytest.mark.parametrize("kind", [*SAME, *OTHER])
def test_operations_are_what_django_makes_of_them(kind: str) -> None:
    one, two = (
        migration("0002_total", operations=operation, before=BACK)
        for operation in (SAME | OTHER)[kind]
    )
    expected = ["info"] if kind in SAME else ["error"]

    assert _edited(one, two) == _edited(two, one) == expected


@pytest.mark.parametrize(
    ("extra", "severity"),
    [
        ("    atomic = True\n", "info"),
        ("    initial = False\n", "info"),
        ("    run_before = []\n    replaces = []\n", "info"),
        ("    atomic = False\n", "error"),
        ("    initial = None\n", "info"),
        ('    run_before = [("orders", "0001_initial")]\n', "error"),
    ],
)
def test_attributes_that_say_the_usual_say_nothing(extra: str, severity: str) -> None:
    before = migration("0002_total")

    assert _edited(before, migration("0002_total", extra=extra)) == [severity]


@pytest.mark.parametrize(
    ("parents", "one", "two", "says"),
    [
        ([], "", "True", "It does the same"),
        (["other.0001_initial"], "None", "True", "It does the same"),
        (["0002_total"], "", "False", "It does the same"),
        (["0002_total"], "", "True", "--fake-initial"),
        (["other.0001_initial", "0002_total"], "None", "True", "--fake-initial"),
        ([], "", "False", "--fake-initial"),
        ([], "True", "False", "--fake-initial"),
    ],
)
def test_first_is_what_has_no_parent_in_its_app_unless_it_says_so(
    parents: list[str], one: str, two: str, says: str
) -> None:
    """``initial`` decides nothing but what ``migrate --fake-initial`` may skip."""
    before, after = (
        migration(*parents, operations=add("note"), extra=f"    initial = {value}\n" * bool(value))
        for value in (one, two)
    )
    for sides in ((before, after), (after, before)):
        start = changed(START, {path("0003_x"): sides[0]})
        (edit,) = (
            f
            for f in findings(start, head={path("0003_x"): sides[1]})
            if f.rule == "committed-migration-edited"
        )
        assert edit.severity is Severity.INFO
        assert says in edit.why


def test_beside_initial_what_reaches_the_database_counts() -> None:
    before = migration("0002_total", operations='migrations.RunSQL("DELETE FROM a")')
    other = migration(
        "0002_total",
        extra="    initial = True\n",
        operations='migrations.RunSQL("DELETE FROM b")',
    )

    assert _edited(before, other) == ["error"]


@pytest.mark.parametrize("name", ["operations", "dependencies"])
def test_without_operations_or_dependencies_there_are_none(name: str) -> None:
    merge = "class Migration(migrations.Migration):\n"
    merge += "    dependencies = []\n" * (name == "operations")
    both = f"from django.db import migrations\n\n\n{merge}    {name} = []\n    atomic = False\n"

    assert _edited(both, both.replace(f"    {name} = []\n", "")) == ["info"]
    assert _edited(both.replace("[]", "[a]"), both.replace(f"    {name} = []\n", "")) == ["error"]


@pytest.mark.parametrize(
    ("head", "more"),
    [
        ("migrations.Migration", "    operations = [a]\n"),
        ("Own", ""),
        ("Own, migrations.Migration", ""),
    ],
)
def test_an_empty_list_may_stand_in_the_place_of_another(head: str, more: str) -> None:
    source = f"from django.db import migrations\n\n\nclass Migration({head}):\n    atomic = False\n{more}"

    assert _edited(source, f"{source}    operations = []\n") == ["error"]


def test_an_annotation_is_no_other_value() -> None:
    code = "LIMIT = 5\n\n\ndef fill(apps, schema_editor):\n    apps.run(LIMIT)\n\n\n"
    before = migration("0002_total", operations="migrations.RunPython(fill)", before=code)

    assert _edited(before, before.replace("LIMIT = 5", "LIMIT: int = 5")) == []
    assert _edited(before, before.replace("LIMIT = 5", "LIMIT: int = 6")) == ["error"]


def test_a_field_of_a_class_is_one_by_its_annotation() -> None:
    code = (
        "from dataclasses import dataclass\n\n\n@dataclass\nclass Row:\n    a: int = 1\n\n\n"
        "def fill(apps, schema_editor):\n    apps.run(Row(2))\n\n\n"
    )
    before = migration("0002_total", operations="migrations.RunPython(fill)", before=code)

    assert _edited(before, before.replace("a: int = 1", "b: int = 1\n    a: int = 1")) == ["error"]


def test_the_json_of_postgresql_is_the_one_that_django_has_since() -> None:
    field = "JSONField(blank=True, default=dict)"
    old = migration(
        "0002_total",
        operations=f'migrations.AddField("order", "more", django.contrib.postgres.fields.jsonb.{field})',
        before="import django.contrib.postgres.fields.jsonb\n",
    )
    new = migration(
        "0002_total", operations=f'migrations.AddField("order", "more", models.{field})'
    )

    assert _edited(old, new) == _edited(new, old) == ["info"]


@pytest.mark.parametrize(
    ("module", "given", "severity"),
    [
        ("ckeditor.fields", 'RichTextField(config_name="small", blank=True)', "info"),
        ("ckeditor_uploader.fields", "RichTextUploadingField()", "info"),
        ("tinymce.models", "HTMLField(null=True)", "error"),
    ],
)
def test_an_editor_s_text_may_give_way_to_django_s(module: str, given: str, severity: str) -> None:
    """Nothing but forms knew of the editor; a column that may be NULL is another matter."""
    old = migration(
        "0002_total",
        operations=f'migrations.AddField("order", "more", {module}.{given})',
        before=f"import {module}\n",
    )
    new = migration(
        "0002_total", operations='migrations.AddField("order", "more", models.TextField())'
    )

    assert _edited(old, new) == [severity]


def test_a_function_may_stand_in_the_class_or_before_it() -> None:
    function = "def fill(apps, schema_editor):\n    apps.run({})\n"
    before = migration(
        "0002_total", operations="migrations.RunPython(fill)", before=f"{function}\n\n"
    )
    inside = "\n".join(f"    {line}" for line in function.splitlines())
    head = "class Migration(migrations.Migration):\n"
    within = before.replace(f"{function}\n\n", "").replace(head, f"{head}{inside}\n\n")

    assert within != before
    assert _edited(within, before) == _edited(before, within) == ["info"]
    assert _edited(within, before.replace("apps.run({})", "apps.run({1})")) == ["error"]


def test_a_method_that_django_calls_stays_one() -> None:
    """Outside of the class it is nothing."""
    method = "def apply(self, project_state, schema_editor, collect_sql=False):\n    self.go()\n"
    head = "class Migration(migrations.Migration):\n"
    plain = migration("0002_total", operations='migrations.RemoveField("order", "total")')
    inside = plain.replace(head, head + "".join(f"    {line}\n" for line in method.splitlines()))

    assert _edited(inside, plain.replace(head, f"{method}\n\n{head}")) == ["error"]
