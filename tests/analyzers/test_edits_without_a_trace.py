"""Edits of committed migrations that no database can tell, and those next to them that one can."""

from __future__ import annotations

import pytest

from tests.support.worlds import START, add, changed, findings, migration, path, said

FIELDS = """
from django.db import models

def natural(value):
    return value

class OrderedField(models.CharField):
    description = "for sorting"

    def __init__(self, source, sort=natural, *args, **kwargs):
        self.source = source
        self.sort = sort
        super().__init__(*args, **kwargs)

    def pre_save(self, instance, add):
        return self.sort(getattr(instance, self.source))

    def deconstruct(self):
        kwargs = super().deconstruct()[3]
        return self.name, "shop.fields.OrderedField", [self.source], kwargs

class TypedField(models.CharField):
    def __init__(self, kind, *args, **kwargs):
        self.kind = kind
        super().__init__(*args, **kwargs)

    def db_type(self, connection):
        return self.kind

class LongField(models.CharField):
    def __init__(self, size, *args, **kwargs):
        super().__init__(*args, max_length=size * 2, **kwargs)
"""
IMPORTS = "import shop.fields\nimport versatileimagefield.fields as versatile\nimport tags\nimport elsewhere\n\n\n"


def edited(before: str, after: str) -> list[tuple[str, str, str | None]]:
    """What is said where the one field becomes the other in a committed migration."""
    source = migration("0002_total", operations=add("c", before), before=IMPORTS)
    start = changed(START, {"shop/__init__.py": "", "shop/fields.py": FIELDS})
    start = changed(start, {path("0003_c"): source})
    return said(findings(start, head={path("0003_c"): source.replace(before, after)}))


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (
            "versatile.VersatileImageField(upload_to='a')",
            "models.ImageField(upload_to='b')",
            "info",
        ),
        ("tags.TaggableManager(to='t.Tag')", "elsewhere.TaggableManager(to='t.Tag')", "info"),
        ("tags.TaggableManager(to='t.Tag')", "elsewhere.TaggableManager(to='t.Word')", "error"),
        ("versatile.VersatileImageField()", "models.ImageField(null=True)", "error"),
        ("versatile.VersatileImageField()", "models.ImageField(max_length=200)", "error"),
        ("versatile.PPOIField()", "models.CharField(default='0.5x0.5', max_length=20)", "info"),
        ("versatile.PPOIField()", "models.CharField(default='0.5x0.5', max_length=30)", "error"),
        ("versatile.PPOIField()", "models.CharField(default='1x1', max_length=20)", "error"),
        ("versatile.PPOIField()", "models.TextField(default='0.5x0.5')", "error"),
        ("models.JSONField(default={})", "models.JSONField(default=dict)", "info"),
        ("models.JSONField(default={})", "models.JSONField(default=list)", "error"),
        (
            "shop.fields.OrderedField('a', max_length=9)",
            "shop.fields.OrderedField('name', max_length=9)",
            "info",
        ),
        (
            "shop.fields.OrderedField('a', max_length=9)",
            "shop.fields.OrderedField('a', max_length=8)",
            "error",
        ),
        ("shop.fields.OrderedField('a', max_length=9)", "models.CharField(max_length=9)", "info"),
        ("shop.fields.LongField(5)", "models.CharField(max_length=10)", "info"),
        ("shop.fields.LongField(5)", "shop.fields.LongField(6)", "error"),
        ("shop.fields.TypedField('a')", "shop.fields.TypedField('b')", "error"),
        ("shop.others.Field('a')", "shop.others.Field('b')", "error"),
        ("models.CharField(max_length=9)", "models.SlugField(max_length=9)", "error"),
        (
            "models.ManyToManyField('a.Tag', through='a.Use')",
            "models.ManyToManyField('a.Tag', through='a.Use', through_fields=('order', 'tag'))",
            "info",
        ),
        (
            "models.ManyToManyField('a.Tag', through='a.Use')",
            "models.ManyToManyField('a.Tag', through='a.Other')",
            "error",
        ),
        ("models.EmailField(max_length=254)", "models.CharField(max_length=254)", "info"),
        ("models.EmailField(max_length=99)", "models.URLField(max_length=99)", "info"),
        ("models.URLField(default='a')", "models.CharField(max_length=200, default='a')", "info"),
        ("models.EmailField()", "models.CharField(max_length=200)", "error"),
        ("models.EmailField()", "models.CharField(max_length=254, null=True)", "error"),
        ("models.TextField(db_column=b'text')", "models.TextField(db_column='text')", "info"),
        ("models.TextField(db_column=b'text')", "models.TextField(db_column='txt')", "error"),
        (
            "shop.fields.LongField(5, db_column=b'l')",
            "shop.fields.LongField(5, db_column='l')",
            "info",
        ),
        ("elsewhere.Field(db_column=b'f')", "elsewhere.Field(db_column='f')", "info"),
        ("elsewhere.Field(kind=b'f')", "elsewhere.Field(kind='f')", "info"),
        ("elsewhere.Field(kind=b'f')", "elsewhere.Field(kind='g')", "error"),
        ("elsewhere.Field(default=b'f')", "elsewhere.Field(default='f')", "error"),
        (
            "models.ForeignKey('shop.O', to_field=b'n')",
            "models.ForeignKey('shop.O', to_field='n')",
            "info",
        ),
        ("models.TextField(default=b'text')", "models.TextField(default='text')", "error"),
        ("models.BinaryField(default=b'text')", "models.BinaryField(default='text')", "error"),
    ],
)
def test_a_field_counts_by_its_column(before: str, after: str, severity: str) -> None:
    assert edited(before, after) == [("committed-migration-edited", severity, "0003_c")]


def test_a_default_in_a_new_table_fills_no_rows() -> None:
    def source(*fields: str) -> str:
        listed = ", ".join(f'("{name}", {field})' for name, field in zip("ab", fields, strict=True))
        made = f'migrations.CreateModel("Kind", [("id", models.BigAutoField(primary_key=True)), {listed}])'
        return migration("0002_total", operations=made)

    before = "models.TextField(default=b'')", "models.TextField(db_column=b'kind')"
    start = changed(START, {path("0003_c"): source(*before)})
    for after, severity in (
        (("models.TextField(default='')", "models.TextField(db_column='kind')"), "info"),
        (("models.TextField(default='')", "models.TextField(db_column='sort')"), "error"),
    ):
        found = said(findings(start, head={path("0003_c"): source(*after)}))
        assert found == [("committed-migration-edited", severity, "0003_c")]


def test_what_stands_beside_the_field_counts_as_it_did() -> None:
    fields = ["versatile.VersatileImageField()", "models.ImageField()"]
    code = "def fill(apps, schema_editor):\n    write({})\n\n\n"
    start = changed(START, {"shop/__init__.py": "", "shop/fields.py": FIELDS})

    def source(field: str, printed: str, more: str = "") -> str:
        operations = f"{add('c', field)}, migrations.RunPython(fill){more}"
        before = IMPORTS + code.format(printed)
        return migration("0002_total", operations=operations, before=before)

    start = changed(start, {path("0003_c"): source(fields[0], "1")})
    for after, severity in (
        (source(fields[1], "1"), "info"),
        (source(fields[1], "2"), "error"),
        (source(fields[1], "1", ", migrations.RunPython(fill)"), "error"),
    ):
        found = said(findings(start, head={path("0003_c"): after}))
        assert found == [("committed-migration-edited", severity, "0003_c")]


@pytest.mark.parametrize(
    ("proxy", "relation", "severity"),
    [
        ("True", "ForeignKey", "info"),
        ("False", "ForeignKey", "error"),
        # The column of a table between two is named after the class.
        ("True", "ManyToManyField", "error"),
    ],
)
def test_a_relation_to_a_proxy_is_one_to_its_model(
    proxy: str, relation: str, severity: str
) -> None:
    kinds = (
        'migrations.CreateModel("Kind", [("id", models.BigAutoField(primary_key=True))]),\n'
        f'        migrations.CreateModel("Sort", [], options={{"proxy": {proxy}}}, bases=("orders.kind",))'
    )
    more = "" if relation == "ManyToManyField" else ", on_delete=models.CASCADE, null=True"
    to_one = migration("0003_kinds", operations=add("c", f"models.{relation}('orders.sort'{more})"))
    start = changed(START, {path("0003_kinds"): migration("0002_total", operations=kinds)})
    start = changed(start, {path("0004_c"): to_one})
    head = {path("0004_c"): to_one.replace("orders.sort", "orders.kind")}

    assert said(findings(start, head=head)) == [("committed-migration-edited", severity, "0004_c")]


def test_options_of_several_fields_may_stand_in_one_dict() -> None:
    fields = [add(name, "models.FileField(upload_to=models.V, null=True)") for name in "ab"]
    source = migration("0002_total", operations=f"{fields[0]}, {fields[1]}")
    options = (
        "    kept = {'upload_to': models.V, 'null': True}\n"
        "    if VERSION >= (4, 2):\n        kept['storage'] = models.W\n"
    )
    shared = source.replace("upload_to=models.V, null=True", "**kept").replace(
        "    dependencies", f"{options}    dependencies"
    )
    start = changed(START, {path("0003_c"): source})

    assert shared.count("**kept") == 2
    for after, severity in ((shared, "info"), (shared.replace("True", "False"), "error")):
        found = said(findings(start, head={path("0003_c"): after}))
        assert found == [("committed-migration-edited", severity, "0003_c")]


def test_a_renamed_migration_is_not_judged_as_a_new_one() -> None:
    indexed = migration(
        "0002_total",
        operations=add("a", "models.CharField(max_length=9, db_index=True)"),
    )
    start = changed(START, {path("0003_auto_20200101_1200"): indexed})
    rules = frozenset(
        {"autogenerated-name", "committed-migration-renamed", "not-null-column-added"}
        | {"index-blocks-writes", "irreversible-migration", "model-and-migration-together"}
    )

    new = findings(START, head={path("0003_auto_20200101_1200"): indexed}, rules=rules)
    assert {f.rule for f in new} == {
        "autogenerated-name",
        "index-blocks-writes",
        "not-null-column-added",
    }

    moved = {path("0003_auto_20200101_1200"): None, path("0003_auto_20200101_1201"): indexed}
    assert said(findings(start, head=moved, rules=rules)) == [
        ("committed-migration-renamed", "error", "0003_auto_20200101_1200")
    ]
    other = {**moved, path("0003_auto_20200101_1201"): indexed.replace("9", "8")}
    assert "not-null-column-added" in {f.rule for f in findings(start, head=other, rules=rules)}


BY_VERSION = """from django import VERSION as DJANGO_VERSION
from django.db import migrations, models

checked = models.Q(("total__gte", {least}))
said = {{"name": "positive"}}

if DJANGO_VERSION >= (5, 1):
    said["condition"] = checked
else:
    said["check"] = checked


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_total")]
    operations = [migrations.AddConstraint("order", models.CheckConstraint(**said))]
"""


@pytest.mark.parametrize(("least", "severity"), [("0", "info"), ("1", "error")])
def test_a_check_for_more_versions_of_django(least: str, severity: str) -> None:
    constraint = 'models.CheckConstraint(check=models.Q(("total__gte", 0)), name="positive")'
    operations = f'migrations.AddConstraint("order", {constraint})'
    start = changed(START, {path("0003_c"): migration("0002_total", operations=operations)})
    head = {path("0003_c"): BY_VERSION.format(least=least)}

    assert said(findings(start, head=head)) == [("committed-migration-edited", severity, "0003_c")]


@pytest.mark.parametrize(
    ("operation", "severity"),
    [
        ("migrations.CreateModel('Box', [('id', models.AutoField(primary_key=True)), ('c', {})])", "info"),
        ("migrations.AddField('order', 'c', {})", "error"),
    ],
)  # fmt: skip
def test_a_default_of_python_s_fills_the_rows_that_stand_and_a_new_table_has_none(
    operation: str, severity: str
) -> None:
    one, two = (f"models.TextField(default={text!r})" for text in ("a", "b"))
    committed = {path("0003_c"): migration("0002_total", operations=operation.format(one))}
    edit = {path("0003_c"): migration("0002_total", operations=operation.format(two))}

    found = said(findings(changed(START, committed), head=edit))

    assert found == [("committed-migration-edited", severity, "0003_c")]


ALTER = 'migrations.AlterField("order", "total", models.{})'
"""Of a column that is a text and may be NULL."""
APART = "migrations.SeparateDatabaseAndState({}=[{}])"
SIZE = "models.CharField(max_length=size(), null=True)"


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (ALTER.format("TextField(null=True, help_text='a')"), "migrations.RunPython(f)", "error"),
        (ALTER.format("TextField(null=True, help_text='a')"), "", "info"),
        (ALTER.format("TextField(null=True, default='a')"), "", "info"),
        (ALTER.format("CharField(max_length=9, null=True)"), "", "error"),
        (
            ALTER.format("TextField(null=True, default='a')"),
            ALTER.format("TextField(null=True, default=list)"),
            "info",
        ),
        (
            ALTER.format("TextField(default='a')"),
            ALTER.format("TextField(default='b')"),
            "error",
        ),
        (
            ALTER.format("TextField(null=True, default='a')"),
            APART.format("state_operations", ALTER.format("TextField(null=True, default='a')")),
            "info",
        ),
        (
            ALTER.format("CharField(max_length=9, null=True)"),
            APART.format("state_operations", ALTER.format("CharField(max_length=9, null=True)")),
            "error",
        ),
        (
            f"{add('a', 'models.TextField()')}, {add('c', 'elsewhere.F()')}",
            f"{add('a', 'models.TextField()')}, {APART.format('database_operations', add('c', 'elsewhere.F()'))}",
            "error",
        ),
        (
            f"{add('c', 'models.TextField()')}, {ALTER.format('TextField(default=1)')}".replace(
                '"total"', '"c"'
            ),
            f"{add('c', 'models.TextField()')}, {ALTER.format('TextField(default=2)')}".replace(
                '"total"', '"c"'
            ),
            "info",
        ),
        (
            f"{add('c', SIZE)}, migrations.AlterField('order', 'c', {SIZE})",
            add("c", SIZE),
            "error",
        ),
    ],
)
def test_a_field_that_is_altered_to_its_own_column_leaves_no_trace(
    before: str, after: str, severity: str
) -> None:
    committed, edit = (
        {path("0003_c"): migration("0002_total", operations=each, before="import elsewhere\n\n\n")}
        for each in (before, after)
    )

    found = said(findings(changed(START, committed), head=edit))

    assert found == [("committed-migration-edited", severity, "0003_c")]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("f'{order.pk:07}.{order.kind!r}'", "info"),
        ("f'{order.pk:08}.{order.kind!r}'", "error"),
        ("f'{order.pk:07}.{order.kind}'", "error"),
    ],
)
def test_a_text_may_be_formatted_in_another_way(text: str, severity: str) -> None:
    code = "def fill(apps, schema_editor):\n    for order in apps.get_model('orders', 'Order').objects.all():\n        keep(%s)\n\n\n"
    for before in (
        "'{:07}.{!r}'.format(order.pk, order.kind)",
        "'{1:07}.{0!r}'.format(order.kind, order.pk)",
        "'{pk:07}.{kind!r}'.format(kind=order.kind, pk=order.pk)",
        "'{o.pk:07}.{o.kind!r}'.format(o=order)",
        "'{0.pk:07}.{0.kind!r}'.format(order)",
        "'{.pk:07}.{!r}'.format(order, order.kind)",
    ):
        source = migration(
            "0002_total", operations="migrations.RunPython(fill)", before=code % before
        )
        start = changed(START, {path("0003_fill"): source})
        head = {path("0003_fill"): source.replace(before, text)}

        found = said(findings(start, head=head))
        assert found == [("committed-migration-edited", severity, "0003_fill")]


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ("'{0.a} {1.b}'.format(n(), n())", "f'{n().a} {n().b}'", "info"),
        ("'{0.a} {0.b}'.format(n())", "f'{n().a} {n().b}'", "error"),
        ("'{0[a]}'.format(rows)", "f'{rows.a}'", "error"),
        ("'order %s.' % order.kind", "f'order {order.kind}.'", "info"),
        ("'order-%d' % order.pk", "f'order-{order.pk}'", "info"),
        ("'%d of %s' % (order.shop_id, order.kind)", "f'{order.shop_id} of {order.kind}'", "info"),
        ("'%d' % len(kinds)", "f'{len(kinds)}'", "info"),
        ("'#%02x' % round(order.a)", "f'#{round(order.a):02x}'", "info"),
        ("'%04d' % order.pk", "f'{order.pk:04d}'", "info"),
        ("'#%02x' % round(order.a)", "f'#{round(order.a):x}'", "error"),
        # A tuple of one would be another text, as would a fraction.
        ("'order %s' % order", "f'order {order}'", "error"),
        ("'%d' % order.total", "f'{order.total}'", "error"),
        ("'%r' % order.kind", "f'{order.kind}'", "error"),
        ("'order %s.' % order.kind", "f'order {order.name}.'", "error"),
    ],
)
def test_a_single_value_is_put_into_a_text(before: str, after: str, severity: str) -> None:
    code = "def fill(apps, schema_editor):\n    for order in apps.get_model('orders', 'Order').objects.all():\n        keep(VALUE)\n\n\n"
    texts = [
        migration(
            "0002_total",
            operations="migrations.RunPython(fill)",
            before=code.replace("VALUE", value),
        )
        for value in (before, after)
    ]
    start = changed(START, {path("0003_fill"): texts[0]})

    found = said(findings(start, head={path("0003_fill"): texts[1]}))

    assert found == [("committed-migration-edited", severity, "0003_fill")]
