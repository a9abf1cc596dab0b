"""Migrations that make what no model has: said where the class is in plain sight, and nowhere else."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.findings import Severity
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking

NOTE = 'migrations.AddField("order", "note", models.TextField(null=True))'
MODEL = 'migrations.CreateModel("Note", fields=[("id", models.BigAutoField(primary_key=True))])'
HEADER = INITIAL.partition("operations")[0].replace(
    "initial = True\n    dependencies = []", 'dependencies = [("shop", "0001_initial")]'
)


def migrated(*operations: str) -> dict[str, str | None]:
    """A second migration of the shop with *operations*."""
    lines = "".join(f"        {operation},\n" for operation in operations)
    return {"shop/migrations/0002_more.py": f"{HEADER}operations = [\n{lines}    ]\n"}


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (NOTE, "the field note of shop.Order, and the model does not have it"),
        (
            f"migrations.SeparateDatabaseAndState(state_operations=[{NOTE}])",
            "the field note of shop.Order",
        ),
        (MODEL, "the model shop.Note, and no class is that model"),
        (
            'migrations.AddIndex("order", models.Index(fields=["number"], name="by_number"))',
            "the index by_number of shop.Order",
        ),
        (
            'migrations.AddConstraint("order", models.UniqueConstraint(fields=["number"], name="one"))',
            "the constraint one of shop.Order",
        ),
    ],
)
def test_what_no_model_has_is_said_at_the_operation(operation: str, words: str) -> None:
    """``makemigrations`` would take it away again, so nothing of it is offered."""
    (finding,) = lacking(
        PROJECT, migrated("migrations.RunPython(migrations.RunPython.noop)", operation)
    )

    assert words in finding.message
    assert finding.severity is Severity.ERROR
    assert finding.place.path == "shop/migrations/0002_more.py"
    assert finding.place.line == len(HEADER.splitlines()) + 2
    assert not finding.operations
    assert not finding.commands
    assert not finding.new_files


def test_a_new_model_that_lost_a_field_since_its_migration_was_made() -> None:
    """The class was changed once more, and the migration was not."""
    change = migrated(MODEL.replace("True))])", 'True)), ("old", models.TextField())])'))
    change["shop/models.py"] = MODELS + "\n\nclass Note(models.Model):\n    pass\n"

    findings = lacking(PROJECT, change)

    assert [f.message for f in findings] == [
        "0002_more makes the field old of shop.Note, and the model does not have it."
    ]


@pytest.mark.parametrize(
    ("operations", "message", "severity"),
    [
        (
            ['migrations.AlterField("order", "number", models.CharField(max_length=40))'],
            "0002_more changes max_length of the field number of shop.Order, and the model does not say so.",
            Severity.ERROR,
        ),
        (
            ['migrations.AlterModelOptions("order", {"ordering": ["state"]})'],
            "0002_more changes the option ordering of shop.Order, and the model does not say so.",
            Severity.WARNING,
        ),
        (
            [NOTE, 'migrations.AlterField("order", "number", models.CharField(max_length=40))'],
            "0002_more makes the field note and changes max_length of the field number of shop.Order, and the model does not say so.",
            Severity.ERROR,
        ),
    ],
)
def test_what_a_migration_changes_and_no_model_says(
    operations: list[str], message: str, severity: Severity
) -> None:
    """The class is as it was: it is the migration that is alone, and nothing is offered that takes it back."""
    (finding,) = lacking(PROJECT, migrated(*operations))

    assert finding.message == message
    assert finding.severity is severity
    assert "takes it " in finding.why
    assert finding.place.path == "shop/migrations/0002_more.py"
    assert finding.remedy.startswith("Commit the model's change with the migration")
    assert not finding.new_files


def test_a_model_that_changed_otherwise_than_its_migration_lacks_one_itself() -> None:
    change = migrated('migrations.AlterField("order", "number", models.CharField(max_length=40))')
    change["shop/models.py"] = MODELS.replace("max_length=20", "max_length=30")

    (finding,) = lacking(PROJECT, change)

    assert finding.message.endswith(
        "changed, and no migration says so: max_length of the field number changed."
    )
    assert finding.new_files


def test_with_its_model_it_is_silent() -> None:
    """Both halves together are what is asked for."""
    change = migrated(NOTE)
    change["shop/models.py"] = MODELS.replace(
        "    state = ", "    note = models.TextField(null=True)\n    state = "
    )

    assert not lacking(PROJECT, change)


@pytest.mark.parametrize(
    "change",
    [
        {"shop/models.py": MODELS.replace("class Order", "@with_note\nclass Order")},
        {"shop/models.py": MODELS.replace("models.Model)", "Outside)")},
        {"shop/extra.py": "from .models import Order\n\nOrder.add_to_class('note', field())\n"},
        {"shop/models.py": MODELS.replace("models.Model)", "models.Model, metaclass=Meta)")},
        {
            "shop/models.py": "from markup import MarkupField\n"
            + MODELS.replace("models.CharField(max_length=20)", "MarkupField()")
        },
    ],
    ids=["a decorator", "an unknown base", "from another module", "a metaclass", "a field's class"],
)
def test_where_code_may_add_the_field_nothing_is_said(change: dict[str, str | None]) -> None:
    """Only running it would tell."""
    assert not lacking(PROJECT, {**migrated(NOTE), **change})


def test_a_model_that_is_named_anywhere_is_not_said_to_be_gone() -> None:
    """A function may make the class."""
    change = {**migrated(MODEL), "shop/made.py": "Note = make_model('Note')\n"}

    assert not lacking(PROJECT, change)


@pytest.mark.parametrize(
    "models",
    [
        MODELS.replace("class Order", "@keep(fields=['number'])\nclass Order"),
        "from kept import HistoryField\n"
        + MODELS.replace("    state = ", "    kept = HistoryField()\n    state = "),
    ],
    ids=["a decorator", "a field's class"],
)
def test_a_model_that_another_may_bring_along_is_not_said_to_be_gone(models: str) -> None:
    """Libraries that keep what rows were name their tables after the model, and are not read."""
    event = migrated(MODEL.replace("Note", "OrderNumberEvent"))

    assert not lacking({**PROJECT, "shop/models.py": models}, event)
    assert lacking(PROJECT, event)


def test_a_model_whose_fields_are_not_all_in_sight_is_not_judged() -> None:
    """The base has a field in its migrations already that the class does not show."""
    base = {
        **PROJECT,
        "shop/migrations/0002_more.py": migrated(NOTE)["shop/migrations/0002_more.py"] or "",
    }
    third = (migrated(NOTE.replace("note", "memo"))["shop/migrations/0002_more.py"] or "").replace(
        "0001_initial", "0002_more"
    )

    assert not lacking(base, {"shop/migrations/0003_memo.py": third})


def test_in_a_split_by_files_it_is_a_half_that_running_code_can_live_with() -> None:
    """A column that may be empty hurts nobody until the model comes; one that may not, does."""
    (finding,) = lacking(PROJECT, migrated(NOTE), Config(split_style="files"))
    assert finding.severity is Severity.WARNING
    assert "open the pull request with the model" in finding.remedy

    (finding,) = lacking(
        PROJECT, migrated(NOTE.replace("null=True", "")), Config(split_style="files")
    )
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("package", ["shop/tests/probe", "vendor/django/contrib/gis/probe"])
def test_apps_of_tests_and_of_a_copy_of_django_are_left_alone(package: str) -> None:
    """They have migrations on purpose that no model follows."""
    probe = {f"{package}/migrations/__init__.py": "", f"{package}/__init__.py": ""}
    change = {f"{package}/migrations/0001_initial.py": INITIAL}

    assert not lacking({**PROJECT, **probe}, change)
    assert lacking(PROJECT, {"stock/migrations/0001_initial.py": INITIAL.replace("Order", "Item")})


def test_an_option_that_an_unknown_base_may_give_is_the_migration_s_to_know() -> None:
    """A new version of the library orders its models, and the migration that is made with it says so."""
    models = "from catalogue import Listed\n" + MODELS.replace("models.Model)", "Listed)").replace(
        '    class Meta:\n        ordering = ["number"]\n', ""
    )
    initial = INITIAL.replace('            options={"ordering": ["number"]},\n', "")
    assert "ordering" not in models + initial
    base = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": initial}

    assert not lacking(
        base, migrated('migrations.AlterModelOptions("order", {"ordering": ["number"]})')
    )


def test_names_that_python_2_wrote_as_bytes_are_names() -> None:
    """``makemigrations`` wrote them so without ``unicode_literals``."""
    line = 'migrations.CreateModel("Line", fields=[{id}, ("order", models.ForeignKey({given}))])'
    key = '("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))'
    given = "to=b'shop.Order', on_delete=models.CASCADE, related_name=b'lines'"
    change = migrated(line.format(id=key, given=given))
    change["shop/models.py"] = (
        f"{MODELS}\n\nclass Line(models.Model):\n"
        "    order = models.ForeignKey(Order, models.CASCADE, related_name='lines')\n"
    )

    assert not lacking(PROJECT, change)


KEPT = MODELS.replace("class Order(models.Model)", "class Order(Kept, models.Model)").replace(
    "from django.db import models\n", "from django.db import models\nfrom elsewhere import Kept\n"
)
GONE = 'migrations.AddField("order", "gone_at", models.DateTimeField(null=True))'


def kept(*operations: str, more: str = "") -> dict[str, str]:
    """The project where an order inherits from what is not read, and *operations* were migrated."""
    files = {k: v for k, v in migrated(*operations).items() if v is not None}
    return {**PROJECT, **files, "shop/models.py": KEPT + more}


def unknown(head: dict[str, str | None]) -> list[str]:
    """What the review says that it cannot know, where *head* is done to the project."""
    base = MemoryTree(PROJECT)
    after = MemoryTree({k: v for k, v in {**PROJECT, **head}.items() if v is not None})
    comparison = Comparison(merge_base=base, base=base, head=after, merged=after)
    return [u.reason for u in review(comparison, Config()).unknown]


def test_a_base_that_is_not_read_is_not_passed_over_in_silence() -> None:
    assert unknown({"shop/models.py": KEPT}) == [
        "Whether `elsewhere.Kept`, from which Order inherits now, brings fields that no migration makes is not known."
    ]
    assert unknown({"shop/models.py": KEPT, **migrated(GONE)}) == []


def test_a_field_of_a_class_that_is_not_read_is_not_passed_over_in_silence() -> None:
    """It may be a column, or a mere shadow of other fields, such as an image in another size."""
    field = "    secret = SecretField(max_length=9)\n\n"
    models = "from elsewhere.fields import SecretField\n" + MODELS.replace(
        "    class Meta", f"{field}    class Meta"
    )
    added = 'migrations.AddField("order", "secret", elsewhere.fields.SecretField(max_length=9))'

    assert unknown({"shop/models.py": models}) == [
        "Whether `elsewhere.fields.SecretField`, the class of the new field secret of Order, has a column is not known."
    ]
    assert unknown({"shop/models.py": models, **migrated(added)}) == []


@pytest.mark.parametrize(
    ("head", "messages"),
    [
        ({"shop/models.py": MODELS}, ["the field gone_at is gone"]),
        (
            {
                "shop/models.py": MODELS.replace(
                    "    number =", "    gone_at = models.DateTimeField(null=True)\n    number ="
                )
            },
            [],
        ),
        ({"shop/models.py": KEPT.replace("Kept", "Other")}, []),
    ],
)
def test_what_a_base_brought_goes_with_it(head: dict[str, str | None], messages: list[str]) -> None:
    """Where the class is in plain sight now, what only the migrations have is lacking a migration."""
    found = lacking(kept(GONE), head)

    assert [m for f, m in zip(found, messages, strict=True) if m not in f.message] == []


def test_what_unseen_code_adds_is_not_said_to_go_with_a_base() -> None:
    """Another model lacks a field as well, though all of it is read."""
    model = MODEL.replace("True))])", 'True)), ("seen", models.TextField())])')
    start = kept(GONE, model, more="\n\nclass Note(models.Model):\n    pass\n")

    assert not lacking(start, {"shop/models.py": start["shop/models.py"].replace("Kept, ", "")})


CHOSEN = """def chosen(local):
    def decorator(meta):
        {}
        return meta

    return decorator


"""
WAYS = [
    "meta.constraints = [made_of(local)]",
    "setattr(meta, 'constraints', [made_of(local)])",
    "for name in local: setattr(meta, name, [])",
    "class meta(meta): constraints = made_of(local)",
    "meta = type('Meta', (meta,), dict(local))",
    "put(meta)",
    "meta.constraints.append(local)",
]


@pytest.mark.parametrize(
    ("above", "silent"),
    [
        *((CHOSEN.format(way), True) for way in WAYS),
        (CHOSEN.format("meta.ordering = ['pk']"), False),
        ("from x import chosen\n", True),
        ("", False),
    ],
)
def test_a_decorator_of_a_meta_may_set_its_options(above: str, silent: bool) -> None:
    """The migration makes a constraint that stands in no ``Meta``."""
    one = (
        'migrations.AddConstraint("order", models.UniqueConstraint(fields=["number"], name="one"))'
    )
    decorator = "    @chosen(locals())\n" if above else ""
    models = MODELS.replace("    class Meta", f"{decorator}    class Meta")
    models = models.replace("class State", f"{above}class State")
    change = {**migrated(one), "shop/models.py": models}

    said = [f for f in lacking(PROJECT, change) if "constraint" in f.message]

    assert (said == []) is silent
