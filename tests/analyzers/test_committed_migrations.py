"""Committed migrations that are edited, deleted or renamed."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.findings import Severity
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import CREATE, HEAD, START, add, changed, findings, migration, path, said

NOTE = {path("0003_note"): migration("0002_total", operations=add("note"))}
TAX = {path("0003_tax"): migration("0002_total", operations=add("tax"))}


CODE = '''def fill(apps, schema_editor):
    """Fill."""
    apps.get_model("orders", "Order").objects.update(total="0")


'''
DATA = migration(
    "0002_total", operations="migrations.RunPython(fill, migrations.RunPython.noop)", before=CODE
)
COMMITTED = changed(START, {path("0003_fill"): DATA})

RUN = "migrations.RunPython(fill, migrations.RunPython.noop)"
RUN_IDLE = "migrations.RunPython(idle, fill)"
IDLE = migration(
    "0002_total",
    operations="OPERATIONS",
    before=f'{CODE}def idle(apps, schema_editor):\n    """On."""\n    {{}}\n\n\n',
)

EDITS = {
    "layout": (DATA.replace("    dependencies", "\n    # why\n    dependencies"), None),
    "a docstring": (DATA.replace('    """Fill."""\n', ""), None),
    "quotes": (DATA.replace('"0002_total"', "'0002_total'"), None),
    "a prefix of a string": (DATA.replace('"0"', 'u"0"'), None),
    "an import that nothing uses": (DATA.replace(HEAD, f"import os\n{HEAD}"), None),
    "the name of a parameter": (DATA.replace("schema_editor", "_schema_editor"), "info"),
    "a last return of nothing": (DATA.replace('"0")\n', '"0")\n    return None\n'), "info"),
    "a model that nothing asks for": (
        DATA.replace("    apps.get", '    Shop = apps.get_model("orders", "Shop")\n    apps.get'),
        "info",
    ),
    "a call that nothing asks for": (
        DATA.replace("    apps.get", '    shop = make("orders", "Shop")\n    apps.get'),
        "error",
    ),
    "a function that nothing runs": (f"{DATA}\n\ndef other():\n    pass\n", "info"),
    "a dependency": (DATA.replace("0002_total", "0001_initial"), "error"),
    "the way back": (DATA.replace("migrations.RunPython.noop", "None"), "warning"),
    "a way back that does nothing either": (
        DATA.replace("migrations.RunPython.noop", "lambda *_: None"),
        "info",
    ),
    "another way back that does nothing": (
        DATA.replace("migrations.RunPython.noop", "idle").replace(
            CODE, f"{CODE}def idle(apps, schema_editor):\n    pass\n\n\n"
        ),
        "info",
    ),
    "the way back, as atomic as ever": (
        DATA.replace("migrations.RunPython.noop", "None, atomic=True"),
        "warning",
    ),
    "code that is not atomic": (
        DATA.replace("migrations.RunPython.noop", "None, atomic=False"),
        "error",
    ),
    "a way back more, beside code that does nothing": (
        IDLE.format("return").replace("        OPERATIONS", f"        {RUN}, {RUN_IDLE}"),
        "warning",
    ),
    "code more that does something": (
        IDLE.format("print()").replace("        OPERATIONS", f"        {RUN}, {RUN_IDLE}"),
        "error",
    ),
    "an operation": (DATA.replace("RunPython(fill", "RunPython(print"), "error"),
    "atomic": (DATA.replace("    dependencies", "    atomic = False\n    dependencies"), "error"),
    "the body of a function": (DATA.replace('"0")', '"1")'), "error"),
    "which parameter is used": (DATA.replace("apps.get", "schema_editor.get"), "error"),
}


@pytest.mark.parametrize("kind", EDITS)
def test_what_counts_as_an_edit_is_decided_by_meaning(kind: str) -> None:
    source, severity = EDITS[kind]
    assert source != DATA
    found = [
        f
        for f in said(findings(COMMITTED, head={path("0003_fill"): source}))
        if f[0].startswith("committed")
    ]

    assert found == ([("committed-migration-edited", severity, "0003_fill")] if severity else [])


SPELLINGS = {
    "a branch for an old version": (
        "if django.VERSION >= (4, 2):\n        a()\n    else:\n        b()\n    c()",
        "a()\n    c()",
    ),
    "a formatted text": ("x = '%s-%s' % (a, b.c)", 'x = f"{a}-{b.c}"'),
    "a named format": ("x = '%(a)s %%' % {'a': b}", 'x = f"{b} %"'),
    "a format": ("x = '{}_{b}'.format(a, b=c)", 'x = f"{a}_{c}"'),
    "a generator's own": ("for i in a:\n        yield i", "yield from a"),
    "the layout of SQL": (
        "a.execute(\"\"\"\n  update a\n  set b = 'x  y'\"\"\")",
        "a.execute(\"update a set b = 'x  y'\")",
    ),
    "a set": ("x = set([1, 2])", "x = {2, 1}"),
    "a list": ("x = list((1, 2))", "x = [1, 2]"),
    "a dict": ("x = dict(a=1)", "x = {'a': 1}"),
    "a copy": ("x = {k: v for k, v in apps}", "x = dict(apps)"),
    "a generator": ("x = all([y for y in apps if y])", "x = all(y for y in apps if y)"),
    "a whole Decimal": ("x = Decimal('0')", "x = Decimal(0)"),
    "zip": ("x = zip(apps, apps)", "x = zip(apps, apps, strict=False)"),
    "else after return": (
        "if apps:\n        return 1\n    elif schema_editor:\n        return 2\n    else:\n        return 3",
        "if apps:\n        return 1\n    if schema_editor:\n        return 2\n    return 3",
    ),
    "a variable before return": ("x = apps.all()\n    return x", "return apps.all()"),
    "a variable's name": (
        "x = apps.all()\n    for y in x:\n        y.save(x=[z for z in x])",
        "orders = apps.all()\n    for order in orders:\n        order.save(x=[o for o in orders])",
    ),
    "where a name comes from": (
        "from datetime import date\n    x = date.today()",
        "import datetime\n    x = datetime.date.today()",
    ),
    "a name of UTC": (
        "import pytz\n    from datetime import datetime\n    x = datetime.now(pytz.UTC)",
        "import datetime\n    x = datetime.datetime.now(tz=datetime.timezone.utc)",
    ),
    "the zone of that name": (
        "import pytz\n    from datetime import datetime\n    x = datetime(2022, 9, 1, tzinfo=pytz.UTC)",
        "import datetime\n    import zoneinfo\n    x = datetime.datetime(2022, 9, 1, tzinfo=zoneinfo.ZoneInfo('UTC'))",
    ),
    "how a model is asked for": (
        "x = apps.get_model('orders', 'ORder')\n    y = apps.get_model('orders.Order')\n    x.go(y)",
        "x = apps.get_model(app_label='orders', model_name='Order')\n    y = apps.get_model('orders', 'order')\n    x.go(y)",
    ),
    "one name for two things": (
        "x = apps.all()\n    for x in x.iterator():\n        x.save()",
        "orders = apps.all()\n    for order in orders.iterator():\n        order.save()",
    ),
    "a name that is bound again": (
        "x = apps.all()\n    x = x.first()\n    x.save()",
        "orders = apps.all()\n    order = orders.first()\n    order.save()",
    ),
    "the name of an error": ("try:\n        x()\n    except IOError as e:\n        y(e)",
                             "try:\n        x()\n    except OSError as error:\n        y(error)"),
}  # fmt: skip

OTHERS = {
    "the branch of the new version": (
        "if django.VERSION < (4, 2):\n        a()\n    else:\n        b()",
        "if django.VERSION < (4, 2):\n        a()\n    else:\n        c()",
    ),
    "another format": ("x = '%5s' % (a,)", 'x = f"{a}"'),
    "a text in SQL": ("a.execute(\"set b = 'x  y'\")", "a.execute(\"set b = 'x y'\")"),
    "another variable": ("x, y = apps\n    x.save()", "x, y = apps\n    y.save()"),
    "another time zone": (
        "import datetime\n    x = datetime.datetime.now(datetime.timezone.utc)",
        "import datetime\n    x = datetime.datetime.now(datetime.timezone.max)",
    ),
    "the zone of another name": (
        "import pytz\n    from datetime import datetime\n    x = datetime(2022, 9, 1, tzinfo=pytz.UTC)",
        "import datetime\n    import zoneinfo\n    x = datetime.datetime(2022, 9, 1, tzinfo=zoneinfo.ZoneInfo('CET'))",
    ),
    "another model": (
        "x = apps.get_model('orders', 'Order')\n    x.go()",
        "x = apps.get_model('orders', 'Orders')\n    x.go()",
    ),
    "another app": (
        "x = apps.get_model('orders', 'Order')\n    x.go()",
        "x = apps.get_model('Orders', 'Order')\n    x.go()",
    ),
    "what an empty loop leaves": (
        "x = apps.all()\n    for x in x.iterator():\n        x.save()\n    x.go()",
        "y = apps.all()\n    for x in y.iterator():\n        x.save()\n    y.go()",
    ),
    "what is looked up later": (
        "x = apps\n    y = lambda: x\n    x = schema_editor\n    y()",
        "x = apps\n    y = lambda: x\n    z = schema_editor\n    y()",
    ),
    "a name bound again in a branch": (
        "x = apps\n    if x:\n        x = schema_editor\n    x.save()",
        "x = apps\n    if x:\n        y = schema_editor\n    x.save()",
    ),
    "a global name": ("x = apps.all(LIMIT)", "x = apps.all(OTHER)"),
    "a keyword": ("apps.all(x=1)", "apps.all(y=1)"),
    "a decimal that is not whole": ("x = Decimal('0.1')", "x = Decimal(0.1)"),
    "a strict zip": ("x = zip(apps, apps)", "x = zip(apps, apps, strict=True)"),
    "a text returned": ("return None", "return ''"),
    "another module": ("from a import b\n    b()", "from c import b\n    b()"),
    "an outer name hidden": ("x = [apps for apps in apps]", "x = [apps for y in apps]"),
}


@pytest.mark.parametrize("kind", [*SPELLINGS, *OTHERS])
def test_another_spelling_is_a_remark_and_another_code_an_edit(kind: str) -> None:
    before, after = {**SPELLINGS, **OTHERS}[kind]
    statement = 'apps.get_model("orders", "Order").objects.update(total="0")'
    start = changed(COMMITTED, {path("0003_fill"): DATA.replace(statement, before)})
    found = said(findings(start, head={path("0003_fill"): DATA.replace(statement, after)}))

    severity = "info" if kind in SPELLINGS else "error"
    assert found == [("committed-migration-edited", severity, "0003_fill")]


def test_an_edit_of_an_endless_expression_is_one() -> None:
    terms = "+".join(["apps"] * 900)
    start = changed(COMMITTED, {path("0003_fill"): DATA.replace("apps.get", f"({terms}).get")})
    after = DATA.replace("apps.get", f"({terms}+apps).get")

    assert said(findings(start, head={path("0003_fill"): after})) == [
        ("committed-migration-edited", "error", "0003_fill")
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('unique_together=set([("a", "b")])', 'unique_together={("a", "b")}'),
        ('unique_together=[["c", "d"], ["a", "b"]]', 'unique_together={("a", "b"), ("c", "d")}'),
        ('index_together=("a", "b")', 'index_together={("a", "b")}'),
    ],
)
def test_what_is_unique_together_has_no_order(before: str, after: str) -> None:
    def made(argument: str) -> dict[str, str]:
        kind = "Unique" if "unique" in argument else "Index"
        operation = f'migrations.Alter{kind}Together(name="order", {argument})'
        return {path("0003_c"): migration("0002_total", operations=operation)}

    start = changed(START, made(before))

    edits = [f for f in said(findings(start, head=made(after))) if f[0].startswith("committed")]
    assert edits == [("committed-migration-edited", "info", "0003_c")]


def test_dependencies_have_no_order() -> None:
    def joined(*parents: str) -> dict[str, str]:
        return {path("0004_merge"): migration(*parents)}

    start = changed(START, {**NOTE, **TAX, **joined("0003_note", "0003_tax")})

    assert said(findings(start, head=joined("0003_tax", "0003_note"))) == [
        ("committed-migration-edited", "info", "0004_merge")
    ]


@pytest.mark.parametrize(
    ("parent", "severity"), [("0001_squashed_0002", "info"), ("0001_initial", "error")]
)
def test_a_squash_may_be_named_in_place_of_what_it_replaces(parent: str, severity: str) -> None:
    squash = migration(
        extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
        operations=CREATE,
    )
    start = changed(START, {**NOTE, path("0001_squashed_0002"): squash})
    gone = {path("0001_initial"): None, path("0002_total"): None}
    edited = NOTE[path("0003_note")].replace("0002_total", parent)

    found = findings(start, head={path("0003_note"): edited, **(gone if "sq" in parent else {})})

    assert ("committed-migration-edited", severity, "0003_note") in said(found)


@pytest.mark.parametrize(
    ("argument", "severity"), [("max_length=9", "error"), ("help_text='x'", "info")]
)
def test_what_only_the_state_knows_is_a_remark(argument: str, severity: str) -> None:
    start = changed(
        START,
        {
            path("0003_c"): migration(
                "0002_total", operations=add("c", "models.CharField(max_length=5)")
            )
        },
    )
    edited = start[path("0003_c")].replace(
        "max_length=5", argument if "length" in argument else f"max_length=5, {argument}"
    )

    assert said(findings(start, head={path("0003_c"): edited})) == [
        ("committed-migration-edited", severity, "0003_c")
    ]


NAMED = "LIMIT = 5\nKEPT = {'null': True}\nKEPT['max_length'] = LIMIT\n\n\n"


def test_a_name_that_only_others_look_up_counts() -> None:
    start = changed(START, {path("0003_c"): migration("0002_total", extra="    safe = 1\n")})
    head = {path("0003_c"): start[path("0003_c")].replace("safe = 1", "safe = 2")}

    assert said(findings(start, head=head)) == [("committed-migration-edited", "error", "0003_c")]


@pytest.mark.parametrize(
    ("before", "field", "severity"),
    [
        (NAMED, "models.CharField(**KEPT)", "info"),
        (NAMED.replace("5", "6"), "models.CharField(**KEPT)", "error"),
        (NAMED + "LIMIT = 6\n\n\n", "models.CharField(null=True, max_length=LIMIT)", "error"),
        (NAMED + "def LIMIT(): pass\n\n\n", "models.CharField(**KEPT)", "error"),
    ],
)
def test_a_value_may_be_given_a_name(before: str, field: str, severity: str) -> None:
    plain = add("c", "models.CharField(null=True, max_length=5)")
    start = changed(START, {path("0003_c"): migration("0002_total", operations=plain)})
    head = {path("0003_c"): migration("0002_total", operations=add("c", field), before=before)}

    assert said(findings(start, head=head)) == [("committed-migration-edited", severity, "0003_c")]


def test_options_of_a_field_that_stand_in_a_dict_are_told_apart() -> None:
    options = (
        "    kept = {'null': True}\n    if VERSION >= (4, 2):\n        kept['storage'] = a.b\n"
    )
    text = migration("0002_total", operations=add("c", "models.FileField(**kept)"), extra=options)
    start = changed(START, {path("0003_c"): text})
    fewer = text.replace("    if VERSION >= (4, 2):\n        kept['storage'] = a.b\n", "")

    for edited, severity in ((fewer, "info"), (fewer.replace("True", "False"), "error")):
        found = findings(start, head={path("0003_c"): edited})
        assert said(found) == [("committed-migration-edited", severity, "0003_c")]


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ("fields.StreamField([('a', 0)])", "fields.StreamField([('b', 0)])", "info"),
        ("fields.StreamField([])", "fields.StreamField([], use_json_field=True)", "error"),
        ("fields.RichTextField()", "fields.RichTextField(features=['bold'])", "info"),
        ("fields.RichTextField()", "fields.RichTextField(null=True)", "error"),
        ("models.JSONField()", "models.JSONField(encoder=models.Own)", "info"),
        ("models.SlugField()", "models.SlugField(allow_unicode=models.V)", "info"),
    ],
)
def test_what_a_field_class_keeps_to_itself_is_a_remark(
    before: str, after: str, severity: str
) -> None:
    start = changed(START, {path("0003_c"): migration("0002_total", operations=add("c", before))})
    head = {path("0003_c"): start[path("0003_c")].replace(before, after)}

    assert said(findings(start, head=head)) == [("committed-migration-edited", severity, "0003_c")]


def test_a_changed_helper_edits_the_migration_that_runs_it() -> None:
    helper = "def fill(apps, schema_editor):\n    pass\n"
    source = migration(
        "0002_total",
        operations="migrations.RunPython(fill)",
        before="from orders.migrations._helpers import fill\n\n\n",
    )
    start = changed(START, {path("_helpers"): helper, path("0003_fill"): source})
    found = findings(start, head={path("_helpers"): helper.replace("pass", "print()")})

    assert said(found) == [("committed-migration-edited", "error", "0003_fill")]


def test_what_a_helper_has_for_others_edits_no_migration() -> None:
    helper = "STEP = 5\n\n\ndef fill(apps, schema_editor):\n    print(STEP)\n"
    source = migration(
        "0002_total",
        operations="migrations.RunPython(fill)",
        before="from orders.migrations._helpers import fill\n\n\n",
    )
    start = changed(START, {path("_helpers"): helper, path("0003_fill"): source})
    more = helper + "\n\ndef other(apps, schema_editor):\n    print()\n"

    assert said(findings(start, head={path("_helpers"): more})) == []
    assert said(findings(start, head={path("_helpers"): helper.replace("5", "6")})) == [
        ("committed-migration-edited", "error", "0003_fill")
    ]


@pytest.mark.parametrize(
    ("new", "severity"),
    [
        ("editor.fields.StreamField", "info"),
        ("editor.fields.TextField", "error"),
        ("other.fields.StreamField", "error"),
        ("shop.fields.StreamField", "error"),
    ],
)
def test_a_migration_may_follow_a_library_that_moves_its_names(new: str, severity: str) -> None:
    """Of the library only: a name of the project's own is looked up there."""
    old = "shop.core.fields.StreamField" if "shop" in new else "editor.core.fields.StreamField"

    def using(name: str) -> str:
        source = migration("0002_total", operations=add("note", f"{name}(min_length=3)"))
        return source.replace(HEAD, f"{HEAD.rstrip()}\nimport {name.rpartition('.')[0]}\n\n\n")

    code = {"shop/__init__.py": "", "shop/fields.py": "", "shop/core/fields.py": ""}
    start = changed(START, {**code, path("0003_note"): using(old)})

    found = findings(start, head={path("0003_note"): using(new)})

    assert said(found) == [("committed-migration-edited", severity, "0003_note")]


@pytest.mark.parametrize(
    ("parents", "taken_back"),
    [
        (("0002_total", "shop.0001_initial"), False),
        (("0002_total", "admin.0003_logentry_add_action_flag_choices"), False),
        (("0002_total", "shop.0002_new"), True),
        (("0001_initial", "shop.0001_initial"), True),
        (("0002_total",), False),
    ],
)
def test_waiting_for_what_the_base_has_has_words_of_its_own(
    parents: tuple[str, ...], taken_back: bool
) -> None:
    """Databases that have all of it go on; what is new was applied nowhere yet."""
    first = {path("0001_initial", "shop"): migration(), path("__init__", "shop"): ""}
    kept = ("0002_total", "shop.0001_initial") if parents == ("0002_total",) else ("0002_total",)
    start = changed(START, {**first, path("0003_note"): migration(*kept, operations=add("note"))})

    found = findings(
        start,
        head={
            path("0003_note"): migration(*parents, operations=add("note")),
            path("0002_new", "shop"): migration("shop.0001_initial"),
        },
    )

    (finding,) = [f for f in found if f.rule == "committed-migration-edited"]
    assert finding.severity is Severity.ERROR
    assert "InconsistentMigrationHistory" in finding.why
    assert bool(finding.commands) is taken_back


@pytest.mark.parametrize(("stays", "severity"), [(False, "info"), (True, "error")])
def test_a_migration_may_follow_code_that_has_moved(stays: bool, severity: str) -> None:
    def using(module: str, name: str) -> str:
        return migration(
            "0002_total",
            operations=add("note", f"shop.{module}.Clean(sanitizer=shop.{module}.{name})"),
        ).replace(HEAD, f"{HEAD.rstrip()}\nimport shop.{module}\n\n\n")

    code = "class Clean(TextField):\n    pass\n\n\ndef {}(text):\n    return text\n"
    old, new = "shop/old.py", "shop/new.py"
    start = changed(
        START, {path("0003_note"): using("old", "clean_it"), old: code.format("clean_it")}
    )
    head = {
        path("0003_note"): using("new", "clean"),
        new: code.format("clean"),
        old: code.format("clean_it") if stays else None,
    }

    assert said(findings(start, head=head)) == [
        ("committed-migration-edited", severity, "0003_note")
    ]


def test_a_deleted_migration_is_told_with_the_way_back() -> None:
    found = findings(START, head={path("0002_total"): None})

    assert said(found) == [("committed-migration-deleted", "error", "0002_total")]
    assert found[0].commands == ("git checkout @base@ -- orders/migrations/0002_total.py",)


MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n'


@pytest.mark.parametrize(
    ("models", "installed", "gone"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, True)],
)
def test_an_app_is_gone_when_its_models_are(models: bool, installed: bool, gone: bool) -> None:
    """Without its migrations alone fresh databases lack its tables, and the old ones stay as they are."""
    start = changed(
        START,
        {
            "manage.py": MANAGE,
            "site/__init__.py": "",
            "site/settings.py": 'INSTALLED_APPS = ["orders"]\n',
            "orders/__init__.py": "",
            "orders/models.py": f"{HEAD}class Order(models.Model):\n    pass\n",
        },
    )
    head: dict[str, str | None] = {p: None for p in start if "migrations" in p}
    if not models:
        head["orders/models.py"] = None
    if not installed:
        head["site/settings.py"] = "INSTALLED_APPS = []\n"

    told = [f for f in findings(start, head=head) if f.rule == "committed-migration-deleted"]

    assert [f.severity for f in told] == [Severity.INFO if gone else Severity.ERROR] * 2
    assert all(("whole app" in f.message) is gone for f in told)
    assert all(bool(f.commands) is not gone for f in told)


@pytest.mark.parametrize(
    ("parent", "severity"), [("0002_total", "info"), ("0001_initial", "error")]
)
def test_the_last_original_may_be_named_where_the_squash_goes(parent: str, severity: str) -> None:
    squash = migration(
        extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
        operations=CREATE,
    )
    note = {path("0003_note"): migration("0001_squashed_0002", operations=add("note"))}
    start = changed(START, {**note, path("0001_squashed_0002"): squash})
    edited = note[path("0003_note")].replace("0001_squashed_0002", parent)

    found = findings(start, head={path("0003_note"): edited, path("0001_squashed_0002"): None})

    assert ("committed-migration-edited", severity, "0003_note") in said(found)


@pytest.mark.parametrize(("last", "severity"), [("0002_total", "info"), ("0003_note", "error")])
def test_a_squash_may_go_while_its_originals_stay(last: str, severity: str) -> None:
    squash = migration(
        extra=f'    replaces = [("orders", "0001_initial"), ("orders", "{last}")]\n',
        operations=CREATE,
    )
    start = changed(START, {path("0001_squashed"): squash})

    assert said(findings(start, head={path("0001_squashed"): None})) == [
        ("committed-migration-deleted", severity, "0001_squashed")
    ]


def test_a_renamed_migration_is_told() -> None:
    found = findings(
        START, head={path("0002_total"): None, path("0002_sum"): START[path("0002_total")]}
    )

    assert said(found) == [("committed-migration-renamed", "error", "0002_total")]


BROKEN = changed(changed(START, NOTE), TAX)
"""A base on which two lines end."""
LATER = migration("0003_tax", operations=add("note"))


@pytest.mark.parametrize(
    ("head", "rule"),
    [
        ({path("0003_note"): LATER}, "committed-migration-edited"),
        ({path("0003_note"): None, path("0004_note"): LATER}, "committed-migration-renamed"),
    ],
)
def test_one_line_in_place_of_two_that_end_on_the_base_has_words_of_its_own(
    head: dict[str, str | None], rule: str
) -> None:
    """No command runs on such a base, but a database may have applied one of the two before: a merge is safe."""
    found = findings(BROKEN, head=head)

    assert said(found) == [(rule, "error", found[0].migration)]
    assert "with a merge migration" in found[0].remedy
    assert "conflicting ends" in found[0].why
    assert not found[0].commands


def test_what_comes_before_such_an_end_may_be_put_behind_the_other_as_well() -> None:
    more = {path("0004_more"): migration("0003_note", operations=add("more"))}
    head = {path("0003_note"): None, path("0003_late"): LATER}
    follows = {path("0004_more"): more[path("0004_more")].replace("0003_note", "0003_late")}

    found = findings(changed(BROKEN, more), head={**head, **follows})
    told = {(f.rule, f.severity) for f in found if f.rule.startswith("committed")}
    assert told == {
        ("committed-migration-renamed", Severity.ERROR),
        ("committed-migration-edited", Severity.ERROR),
    }


def test_a_squash_with_the_deletion_of_its_originals_is_too_early() -> None:
    squash = migration(
        extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
        operations=CREATE,
    )
    gone = {path("0001_initial"): None, path("0002_total"): None}

    assert said(findings(START, head={path("0001_squashed"): squash, **gone})) == [
        ("replaced-migration-deleted-early", "error", "0001_squashed")
    ]
    assert said(findings(changed(START, {path("0001_squashed"): squash}), head=gone)) == []


def test_an_ignore_rule_that_keeps_migrations_out_is_told() -> None:
    found = findings(START, head={".gitignore": "*.pyc\nmigrations/\n"})

    assert said(found) == [("migrations-ignored-by-git", "error", None)]
    assert found[0].place.line == 2
    assert said(findings(START, head={".gitignore": "migrations/*.sql\n"})) == []


SQUASH = migration(
    extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
    operations=f"{CREATE},\n        {add('total')}",
)
SQUASHED = {
    **changed(START, {path("0001_squashed"): SQUASH}),
    path("0003_note"): migration("0002_total", operations=add("note")),
}
FINISHED = {
    path("0001_initial"): None,
    path("0002_total"): None,
    path("0001_squashed"): migration(operations=f"{CREATE},\n        {add('total')}"),
    path("0003_note"): migration("0001_squashed", operations=add("note")),
}


def test_a_squash_is_finished_by_taking_its_originals_away_and_their_names_out_of_it() -> None:
    """In one pull request, as Django's documentation has it, after the one that brought the squash."""
    found = findings(SQUASHED, head=FINISHED)

    assert said(found) == [
        ("committed-migration-edited", "info", "0001_squashed"),
        ("committed-migration-edited", "info", "0003_note"),
    ]
    assert "that is how a squash is finished" in found[0].why


@pytest.mark.parametrize(
    "other",
    [
        {path("0001_squashed"): migration(operations=CREATE)},
        {path("0001_squashed"): None},
        {path("0002_total"): START[path("0002_total")].replace("0001_initial", "0001_squashed")},
    ],
    ids=["it does less", "it goes as well", "an original stays"],
)
def test_a_squash_is_not_finished_otherwise(other: dict[str, str | None]) -> None:
    found = findings(SQUASHED, head={**FINISHED, **other})

    assert "error" in {
        severity for rule, severity, _ in said(found) if rule.startswith("committed")
    }


def test_a_circle_of_the_base_is_taken_away() -> None:
    """No command has run on such a base."""
    tied = changed(START, {path("0003_note"): migration("0003_note", operations=add("note"))})
    found = findings(
        tied, head={path("0003_note"): migration("0002_total", operations=add("note"))}
    )

    assert said(found) == [("committed-migration-edited", "info", "0003_note")]
    assert "waits for itself" in found[0].why


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({path("0001_initial"): migration(operations=f"{CREATE},\n        {add('total')}")}, False),
        ({}, True),
    ],
    ids=["it begins otherwise", "it begins as before"],
)
def test_a_history_that_is_written_anew_locks_no_table(
    changes: dict[str, str | None], told: bool
) -> None:
    """No database runs it: it is taken for applied, or run where there is nothing yet."""
    note = add("note", 'models.TextField(default="")')
    head = {
        **changes,
        path("0002_total"): None,
        path("0002_note"): migration("0001_initial", operations=note),
    }
    before, after = MemoryTree(START), MemoryTree(changed(START, head))
    result = review(Comparison(merge_base=before, base=before, head=after, merged=after), Config())

    rules = {f.rule for f in result.findings}
    assert ("not-null-column-added" in rules) is told
    assert "committed-migration-deleted" in rules


@pytest.mark.parametrize(
    ("options", "severity"),
    [
        ('{"get_latest_by": "created", "abstract": False, "verbose_name": "order"}', "info"),
        ('{"db_table": "sales"}', "error"),
        ('{"unique_together": {("id", "total")}}', "error"),
    ],
)
def test_options_of_a_new_table_that_no_database_knows_are_a_remark(
    options: str, severity: str
) -> None:
    with_options = CREATE.removesuffix(")") + f", options={options})"
    found = findings(START, head={path("0001_initial"): migration(operations=with_options)})

    assert said(found) == [("committed-migration-edited", severity, "0001_initial")]


def test_code_may_stand_in_the_migrations_class() -> None:
    """It is handed to ``RunPython`` there, and is told as the code that it is."""
    within = (
        "    def fill(apps, schema_editor):\n"
        "        apps.get_model('orders', 'Order').objects.update(total='0')\n\n"
    )
    code = migration("0002_total", operations="migrations.RunPython(fill)", extra=within)
    start = changed(START, {path("0003_fill"): code})

    (finding,) = findings(start, head={path("0003_fill"): code.replace("'0'", "'1'")})

    assert finding.message.endswith("changes the code that it runs.")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", ("committed-migration-renamed", "info", "0003_fill")),
        ('"0"', '"1"', ("committed-migration-edited", "error", "0003_fill")),
        (
            "migrations.RunPython.noop",
            "None",
            ("committed-migration-edited", "warning", "0003_fill"),
        ),
    ],
)
def test_a_migration_is_edited_on_the_way_to_another_directory(
    old: str, new: str, told: tuple[str, str, str]
) -> None:
    """The app keeps its label, so databases hold the migration under its name."""
    head: dict[str, str | None] = dict.fromkeys(COMMITTED)
    head |= {f"shop/{p}": text for p, text in COMMITTED.items()}
    head[f"shop/{path('0003_fill')}"] = DATA.replace(old, new)

    found = findings(COMMITTED, head=head)

    assert [s for s in said(found) if s[2] == "0003_fill"] == [told]
    for finding in found:
        if finding.commands:
            assert finding.commands == (
                f"git show @base@:{path('0003_fill')} > shop/{path('0003_fill')}",
            )
