"""Committed migrations that are edited: what is another meaning, and what another spelling."""

from __future__ import annotations

import pytest

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
    "a function's place in the file": (
        DATA.replace(CODE, "").rstrip() + f"\n\n\n{CODE.rstrip()}\n",
        "info",
    ),
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
    "code that is not atomic, nor goes back": (
        DATA.replace("migrations.RunPython.noop", "None, atomic=False"),
        "error",
    ),
    "code that is not atomic": (
        DATA.replace("migrations.RunPython.noop", "migrations.RunPython.noop, atomic=False"),
        "error",
    ),
    "other code that is not atomic": (
        DATA.replace("RunPython(fill", "RunPython(print").replace("noop", "noop, atomic=False"),
        "error",
    ),
    "a way back more, beside code that does nothing": (
        IDLE.format("return").replace("        OPERATIONS", f"        {RUN}, {RUN_IDLE}"),
        "warning",
    ),
    "code more that does something": (
        IDLE.format("write()").replace("        OPERATIONS", f"        {RUN}, {RUN_IDLE}"),
        "error",
    ),
    "an operation": (DATA.replace("RunPython(fill", "RunPython(print"), "error"),
    "atomic": (DATA.replace("    dependencies", "    atomic = False\n    dependencies"), "error"),
    "the body of a function": (DATA.replace('"0")', '"1")'), "error"),
    "which parameter is used": (DATA.replace("apps.get", "schema_editor.get"), "error"),
}


@pytest.mark.parametrize("more", [True, False])
def test_of_other_transactions_it_is_said_what_they_do(more: bool) -> None:
    """Where they are one from now on it may stop: ``VACUUM`` and such may be in what is called."""
    apart = DATA.replace("    dependencies", "    atomic = False\n    dependencies")
    before, after = (DATA, apart) if more else (apart, DATA)

    (found,) = findings(
        changed(COMMITTED, {path("0003_fill"): before}), head={path("0003_fill"): after}
    )

    assert said([found]) == [("committed-migration-edited", "error", "0003_fill")]
    assert ("no longer in one transaction" in found.why) is more
    assert bool(found.commands) is not more


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
    "what a hash is not for": (
        "a(hashlib.md5(b).hexdigest())",
        "a(hashlib.md5(b, usedforsecurity=False).hexdigest())",
    ),
    "where counting begins": ("for i in range(0, n):\n        a(i)", "for i in range(n):\n        a(i)"),
    "a branch for an old version": (
        "if django.VERSION >= (4, 2):\n        a()\n    else:\n        b()\n    c()",
        "a()\n    c()",
    ),
    "a formatted text": ("x = '%s-%s' % (a, b.c)", 'x = f"{a}-{b.c}"'),
    "a named format": ("x = '%(a)s %%' % {'a': b}", 'x = f"{b} %"'),
    "a format": ("x = '{}_{b}'.format(a, b=c)", 'x = f"{a}_{c}"'),
    "a number that nobody asks for": (
        "x = 0\n    for k in apps.all():\n        x += 1\n        k.go()",
        "for k in apps.all():\n        k.go()",
    ),
    "the values alone": (
        "for _, v in apps.all().items():\n        v.go()",
        "for v in apps.all().values():\n        v.go()",
    ),
    "the keys alone": (
        "for k, _ in apps.all().items():\n        k.go()",
        "for k in apps.all().keys():\n        k.go()",
    ),
    "a generator's own": ("for i in a:\n        yield i", "yield from a"),
    "the layout of SQL": (
        "a.execute(\"\"\"\n  update a\n  set b = 'x  y'\"\"\")",
        "a.execute(\"update a set b = 'x  y'\")",
    ),
    "the layout of SQL with a comment": (
        "a.execute(\"\"\"\n  -- all\n\n  update a\n    \n  set b = 'x  y'\"\"\")",
        "a.execute(\"\"\"-- all\nupdate a\nset b = 'x  y'\n\"\"\")",
    ),
    "a set": ("x = set([1, 2])", "x = {2, 1}"),
    "a list": ("x = list((1, 2))", "x = [1, 2]"),
    "a dict": ("x = dict(a=1)", "x = {'a': 1}"),
    "a copy": ("x = {k: v for k, v in apps}", "x = dict(apps)"),
    "a generator": ("x = all([y for y in apps if y])", "x = all(y for y in apps if y)"),
    "a whole Decimal": ("x = Decimal('0')", "x = Decimal(0)"),
    "zip": ("x = zip(apps, apps)", "x = zip(apps, apps, strict=False)"),
    "names of Python 2": ("x = unicode(apps.all())", "from six import text_type\n    x = text_type(apps.all())"),
    "six's names": (
        "for k, v in six.iteritems(apps.all()):\n        k.go(six.text_type(v))",
        "for k, v in apps.all().items():\n        k.go(str(v))",
    ),
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
    "an f-string without a value": ("apps.all(f'x')", "apps.all('x')"),
    "a comma left over": ("apps.all(),", "apps.all()"),
    "a name that nothing asks for": ("x = apps.all()", "apps.all()"),
    "such a name in a loop": ("for y in apps:\n        x = y.go()", "for y in apps:\n        y.go()"),
    "a model asked for twice": (
        "x = apps.get_model('a', 'b')\n    x = apps.get_model('a', 'b')\n    x.go()",
        "x = apps.get_model('a', 'b')\n    x.go()",
    ),
    "what is printed": (
        "apps.all()\n    print(f'all {len(apps)}')",
        "apps.all()\n    logger.info('all of %s', apps)",
    ),
    "the name of an error": ("try:\n        x()\n    except IOError as e:\n        y(e)",
                             "try:\n        x()\n    except OSError as error:\n        y(error)"),
    "an error's name that nothing asks for": (
        "try:\n        x()\n    except OSError as e:\n        y()",
        "try:\n        x()\n    except OSError:\n        y()",
    ),
    "else after return where an error is met": (
        "try:\n        x()\n    except OSError:\n        if y():\n            return 1\n        else:\n            raise",
        "try:\n        x()\n    except OSError:\n        if y():\n            return 1\n        raise",
    ),
    "errors that are passed over": (
        "try:\n        x()\n    except (OSError, KeyError):\n        pass",
        "import contextlib\n    with contextlib.suppress(OSError, KeyError):\n        x()",
    ),
    "rows by and by": (
        "for x in apps.objects.all():\n        x.go()",
        "for x in apps.objects.iterator(chunk_size=100):\n        x.go()",
    ),
    "rows of a query by and by": (
        "for x in apps.filter(a=1):\n        x.go()",
        "for x in apps.filter(a=1).iterator():\n        x.go()",
    ),
    "rows of what has a name, more at a time": (
        "all = apps.all()\n    for x in all.iterator():\n        x.go()",
        "all = apps.all()\n    for x in all.iterator(chunk_size=10):\n        x.go()",
    ),
    "how a file is opened": (
        "with open(apps, 'r') as f:\n        f.read()",
        "with open(apps) as f:\n        f.read()",
    ),
    "errors of any kind": (
        "try:\n        x()\n    except:\n        pass",
        "try:\n        x()\n    except Exception:\n        pass",
    ),
    "one condition in another": (
        "for x in apps:\n        if x.a:\n            if x.b and x.c:\n                x.go()",
        "for x in apps:\n        if x.a and x.b and x.c:\n            x.go()",
    ),
    "a value by branches": (
        "if apps:\n        x = 1\n    else:\n        x = 2\n    y(x)",
        "x = 1 if apps else 2\n    y(x)",
    ),
    "what is not in": (
        "for x in apps:\n        if not x in y or not x is z:\n            x.go()",
        "for x in apps:\n        if x not in y or x is not z:\n            x.go()",
    ),
    "a constant that nothing asks for": ("x = {'a': [1]}\n    apps.all()", "apps.all()"),
}  # fmt: skip

OTHERS = {
    "another name of six's": (
        "x = unicode(apps.all())",
        "from six import binary_type\n    x = binary_type(apps.all())",
    ),
    "where counting may begin": (
        "for i in range(0, *n):\n        a(i)",
        "for i in range(*n):\n        a(i)",
    ),
    "where counting begins otherwise": (
        "for i in range(1, n):\n        a(i)",
        "for i in range(n):\n        a(i)",
    ),
    "the branch of the new version": (
        "if django.VERSION < (4, 2):\n        a()\n    else:\n        b()",
        "if django.VERSION < (4, 2):\n        a()\n    else:\n        c()",
    ),
    "a number that is asked for": (
        "x = 0\n    for k in apps.all():\n        x += 1\n        k.go(x)",
        "x = 0\n    for k in apps.all():\n        k.go(x)",
    ),
    "more than a number": (
        "x = apps.all()\n    for k in x:\n        k.go()\n    y = apps.all()\n    y += 1",
        "x = apps.all()\n    for k in x:\n        k.go()\n    y = apps.all()",
    ),
    "a number of the module": (
        "global x\n    x = 0\n    for k in apps.all():\n        x += 1\n        k.go()",
        "global x\n    x = 0\n    for k in apps.all():\n        k.go()",
    ),
    "two numbers of the module": (
        "global x, y\n    x = 0\n    for k in apps.all():\n        x += 1\n        k.go()",
        "global x, y\n    x = 0\n    for k in apps.all():\n        k.go()",
    ),
    "a key that is asked for": (
        "for _, v in apps.all().items():\n        v.go(_)",
        "for v in apps.all().values():\n        v.go(_)",
    ),
    "keys for values": (
        "for _, v in apps.all().items():\n        v.go()",
        "for v in apps.all().keys():\n        v.go()",
    ),
    "another format": ("x = '%5s' % (a,)", 'x = f"{a}"'),
    "a text in SQL": ("a.execute(\"set b = 'x  y'\")", "a.execute(\"set b = 'x y'\")"),
    "another variable": ("x, y = apps\n    x.save()", "x, y = apps\n    y.save()"),
    "what is done on the way to a message": ("print(apps.all())", "print('all')"),
    "a name that all names are": ("x = apps.all()\n    y(locals())", "apps.all()\n    y(locals())"),
    "a global name that is set": (
        "global x\n    x = apps.all()",
        "global x\n    apps.all()",
    ),
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
    "an error's name that is asked for": (
        "try:\n        x()\n    except OSError as e:\n        y(e)",
        "try:\n        x()\n    except OSError:\n        y(e)",
    ),
    "fewer errors that are passed over": (
        "try:\n        x()\n    except (OSError, KeyError):\n        pass",
        "import contextlib\n    with contextlib.suppress(OSError):\n        x()",
    ),
    "rows of another query": (
        "for x in apps.filter(a=1):\n        x.go()",
        "for x in apps.objects.iterator():\n        x.go()",
    ),
    "a file opened to write": ("open(apps, 'w').write()", "open(apps).write()"),
    "errors of one kind": (
        "try:\n        x()\n    except:\n        pass",
        "try:\n        x()\n    except ValueError:\n        pass",
    ),
    "errors that something else gets": (
        "try:\n        x()\n    except OSError:\n        pass",
        "from a import suppress\n    with suppress(OSError):\n        x()",
    ),
    "what is done where the outer condition fails": (
        "for x in apps:\n        if x.a:\n            if x.b:\n                x.go()\n        else:\n            x.stop()",
        "for x in apps:\n        if x.a and x.b:\n            x.go()\n        else:\n            x.stop()",
    ),
    "another condition": (
        "for x in apps:\n        if x.a:\n            if x.b:\n                x.go()",
        "for x in apps:\n        if x.a or x.b:\n            x.go()",
    ),
    "two names by branches": (
        "if apps:\n        x = 1\n    else:\n        y = 2\n    z(x)",
        "x = 1 if apps else 2\n    z(x)",
    ),
    "a list of calls that nothing asks for": ("x = [apps.go()]\n    apps.all()", "apps.all()"),
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


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ("", "info"),
        ('    logger.info("all of %s", apps.all().count())\n', "info"),
        ("    keep(logger)\n", "error"),
        ('    logger.info("of %s", logger.name)\n', "error"),
    ],
)
def test_what_says_something_may_come_from_elsewhere(more: str, severity: str) -> None:
    """What a logger is matters where something else asks for it."""
    logs = "    logger.{}\n" + more
    before, after = (
        DATA.replace(CODE, f"{logger}\n\n{CODE.rstrip()}\n{logs.format(said)}\n\n").replace(
            HEAD, f"import {module}\n{HEAD}"
        )
        for module, logger, said in (
            ("logging", "logger = logging.getLogger(__name__)", 'info("filled %s", apps)'),
            ("structlog", "logger = structlog.get_logger()", 'info("filled", apps=apps)'),
        )
    )
    start = changed(COMMITTED, {path("0003_fill"): before})
    found = said(findings(start, head={path("0003_fill"): after}))

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


@pytest.mark.parametrize(
    ("named", "expected"),
    [("('orders', '0001_old')", ["info"]), ("('orders', '0001_other')", ["error"])],
)
def test_migrations_named_by_the_bytes_of_python_2_are_those_named_by_text(
    named: str, expected: list[str]
) -> None:
    """Python 2 wrote the label as bytes into what a squash replaces, and its users took these away."""
    source = migration("0002_total", operations="migrations.RunSQL('SELECT 1')")
    text = "    replaces = [(b'orders', '0001_old')]\n    dependencies ="
    before = source.replace("    dependencies =", text, 1)
    start = changed(START, {path("0003_c"): before})
    after = before.replace("(b'orders', '0001_old')", named)

    found = findings(start, head={path("0003_c"): after})

    assert [severity for _, severity, _ in said(found)] == expected


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


@pytest.mark.parametrize(("name", "severity"), [("'boxes'", "info"), ("'cases'", "error")])
def test_a_table_s_name_in_the_bytes_of_python_2_is_that_name(name: str, severity: str) -> None:
    made = "migrations.CreateModel('Box', [('id', models.AutoField(primary_key=True))], options={'db_table': NAME})"
    source = migration("0002_total", operations=made)
    start = changed(START, {path("0003_box"): source.replace("NAME", "b'boxes'")})

    found = said(findings(start, head={path("0003_box"): source.replace("NAME", name)}))

    assert found == [("committed-migration-edited", severity, "0003_box")]
