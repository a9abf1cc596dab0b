"""Edits of what a committed migration leans on: names, helpers, libraries, other apps, other directories."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.worlds import HEAD, START, add, changed, findings, migration, path, said

CODE = '''def fill(apps, schema_editor):
    """Fill."""
    apps.get_model("orders", "Order").objects.update(total="0")


'''
DATA = migration(
    "0002_total", operations="migrations.RunPython(fill, migrations.RunPython.noop)", before=CODE
)
COMMITTED = changed(START, {path("0003_fill"): DATA})

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


def running(helper: str) -> dict[str, str]:
    """A migration that runs ``fill`` of the file of helpers beside it."""
    source = migration(
        "0002_total",
        operations="migrations.RunPython(fill)",
        before="from orders.migrations._helpers import fill\n\n\n",
    )
    return changed(START, {path("_helpers"): helper, path("0003_fill"): source})


def test_a_changed_helper_edits_the_migration_that_runs_it() -> None:
    helper = "def fill(apps, schema_editor):\n    pass\n"
    start = running(helper)
    found = findings(start, head={path("_helpers"): helper.replace("pass", "write()")})

    assert said(found) == [("committed-migration-edited", "error", "0003_fill")]


OPERATION = """from django.db import migrations


class OnlyThere(migrations.RunSQL):
    {more}

    def database_forwards(self, app_label, editor, before, after):
        {there}super().database_forwards(app_label, editor, before, after)
"""
PLAIN = "reversible = True"
MAKER = "@classmethod\n    def of(cls, path):\n        return cls({}(path))"


@pytest.mark.parametrize(
    ("before", "after", "call", "told"),
    [
        ((PLAIN, ""), (f"{PLAIN}\n\n    {MAKER}", ""), "OnlyThere('SELECT 1')", False),
        ((MAKER.format("read"), ""), (MAKER.format("text"), ""), "OnlyThere('SELECT 1')", False),
        ((MAKER.format("read"), ""), (MAKER.format("text"), ""), "OnlyThere.of('one.sql')", True),
        (
            (MAKER.format("read"), "self.of(1)\n        "),
            (MAKER.format("text"), "self.of(1)\n        "),
            "OnlyThere('SELECT 1')",
            True,
        ),
        ((PLAIN, ""), (PLAIN, "look(editor)\n        "), "OnlyThere('SELECT 1')", True),
        ((PLAIN, ""), (PLAIN.replace("True", "False"), ""), "OnlyThere('SELECT 1')", True),
    ],
)
def test_a_way_to_make_an_operation_that_is_not_taken_edits_no_migration(
    before: tuple[str, str], after: tuple[str, str], call: str, told: bool
) -> None:
    """A class method runs where it is named; what Django calls itself counts in any case."""
    old, new = (OPERATION.format(more=more, there=there) for more, there in (before, after))
    source = migration(
        "0002_total",
        operations=call,
        before="from orders.migrations._helpers import OnlyThere\n\n\n",
    )
    start = changed(START, {path("_helpers"): old, path("0003_there"): source})

    found = said(findings(start, head={path("_helpers"): new}))
    assert found == ([("committed-migration-edited", "error", "0003_there")] if told else [])


def test_what_a_helper_has_for_others_edits_no_migration() -> None:
    helper = "STEP = 5\n\n\ndef fill(apps, schema_editor):\n    write(STEP)\n"
    start = running(helper)
    more = helper + "\n\ndef other(apps, schema_editor):\n    print()\n"

    assert said(findings(start, head={path("_helpers"): more})) == []
    assert said(findings(start, head={path("_helpers"): helper.replace("5", "6")})) == [
        ("committed-migration-edited", "error", "0003_fill")
    ]


@pytest.mark.parametrize(
    ("lines", "fill"),
    [
        ("from orders.migrations import _helpers", "_helpers.fill"),
        ("from . import _helpers as helpers", "helpers.fill"),
        ("import orders.migrations._helpers", "orders.migrations._helpers.fill"),
        ("import orders.migrations._helpers as helpers", "helpers.Steps.fill"),
        (
            "def forwards(apps, editor):\n    from ._helpers import fill\n    fill(apps, editor)",
            "forwards",
        ),
    ],
)
def test_of_an_imported_module_only_what_is_asked_of_it_counts(lines: str, fill: str) -> None:
    """However the migration imports it, and whatever else it has for others."""
    helper = (
        "def fill(apps, editor):\n    write(5)\n\n\n"
        "class Steps:\n    @staticmethod\n    def fill(apps, editor):\n        write(5)\n"
    )
    source = migration(
        "0002_total", operations=f"migrations.RunPython({fill})", before=f"{lines}\n\n\n"
    )
    start = changed(START, {path("_helpers"): helper, path("0003_fill"): source})
    more = (
        f"import logging\n\nlogger = logging.getLogger()\n\n\n{helper}\n\ndef other():\n    pass\n"
    )

    assert said(findings(start, head={path("_helpers"): more})) == []
    assert said(findings(start, head={path("_helpers"): helper.replace("5", "6")})) == [
        ("committed-migration-edited", "error", "0003_fill")
    ]


@pytest.mark.parametrize(("edit", "alone"), [("layout", []), ("imports", [Severity.INFO])])
def test_code_that_changes_counts_where_the_file_changes_in_a_small_way_too(
    edit: str, alone: list[Severity]
) -> None:
    """The new import, or the line that is broken anew, does not hide it."""
    lines = {
        "": "from orders.migrations._helpers import fill\nfrom shop.steps import more\n\n\n",
        "layout": "from orders.migrations._helpers import (\n    fill,\n)\nfrom shop.steps import more\n\n\n",
        "imports": "from orders.migrations._helpers import fill, more\n\n\n",
    }
    runs = "migrations.RunPython(fill), migrations.RunPython(more)"
    sources = {k: migration("0002_total", operations=runs, before=v) for k, v in lines.items()}
    helper = "def fill(apps, editor):\n    write(5)\n"
    more = "\n\ndef more(apps, editor):\n    pass\n"
    start = changed(START, {path("_helpers"): helper, path("0003_fill"): sources[""]})

    def head(helper: str) -> dict[str, str | None]:
        return {path("_helpers"): helper + more, path("0003_fill"): sources[edit]}

    assert [f.severity for f in findings(start, head=head(helper))] == alone
    (finding,) = findings(start, head=head(helper.replace("5", "6")))
    assert finding.severity is Severity.ERROR
    assert "the code that it runs in orders/migrations/_helpers.py" in finding.message


def test_a_function_from_another_place_may_be_another() -> None:
    """Nothing is said of the models' state, which has no part in it."""
    sources = [
        migration(
            "0002_total",
            operations="migrations.RunPython(fill)",
            before=f"from {module} import fill\n\n\n",
        )
        for module in ("shop.steps", "library.steps")
    ]
    start = changed(START, {path("0003_fill"): sources[0]})

    (finding,) = findings(start, head={path("0003_fill"): sources[1]})

    assert finding.severity is Severity.INFO
    assert "where they stand for something else" in finding.why


def test_a_module_that_is_handed_on_is_run_whole() -> None:
    source = migration(
        "0002_total",
        operations="migrations.RunPython(all_of(_helpers))",
        before="from orders.migrations import _helpers\nfrom shop.steps import all_of\n\n\n",
    )
    helper = "def first(apps, editor):\n    pass\n"
    start = changed(START, {path("_helpers"): helper, path("0003_fill"): source})
    more = f"{helper}\n\ndef second(apps, editor):\n    write()\n"

    assert said(findings(start, head={path("_helpers"): more})) == [
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
