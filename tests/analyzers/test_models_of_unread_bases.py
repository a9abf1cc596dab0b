"""A class that is not read makes models of all that inherit from it, if it alone made some that migrations have."""

from __future__ import annotations

import pytest

from tests.support.lacking_worlds import INITIAL, PROJECT, lacking

CREATE = """
        migrations.CreateModel(
            name="{}",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
"""
IMPORTS = "from django.db import models\nfrom elsewhere import Kept, Other\n"


def project(*names: str) -> dict[str, str]:
    """Migrated models *names* that inherit from what is not read."""
    migration = INITIAL
    for name in names:
        migration = migration.rstrip().removesuffix("]").rstrip() + CREATE.format(name)
    classes = "".join(f"\n\nclass {name}(Kept):\n    pass\n" for name in names)
    models = PROJECT["shop/models.py"].replace("from django.db import models\n", IMPORTS)
    return {
        **PROJECT,
        "shop/models.py": models + classes,
        "shop/migrations/0001_initial.py": migration,
    }


def told(base: dict[str, str], more: str) -> list[str]:
    found = lacking(base, {"shop/models.py": base["shop/models.py"] + more})
    return [f.message.partition("The model ")[2] for f in found]


@pytest.mark.parametrize(
    ("more", "messages"),
    [
        (
            "\n\nclass Third(Kept):\n    a = models.TextField()\n",
            ["shop.Third is new, and no migration creates it."],
        ),
        (
            "\n\nclass Base(Kept):\n    class Meta:\n        abstract = True\n\n\nclass Third(Base):\n    pass\n",
            ["shop.Third is new, and no migration creates it."],
        ),
        (
            "\n\nclass Third(Other, Kept):\n    pass\n",
            ["shop.Third is new, and no migration creates it."],
        ),
        ("\n\nclass Third(Other):\n    pass\n", []),
        ("\n\nclass Base(Kept):\n    class Meta:\n        abstract = True\n", []),
    ],
)
def test_one_more_of_them_is_missed(more: str, messages: list[str]) -> None:
    assert told(project("First", "Second"), more) == messages


def test_one_model_alone_proves_nothing() -> None:
    """Its class may have got a namesake."""
    assert told(project("First"), "\n\nclass Third(Kept):\n    pass\n") == []


def test_what_the_base_lacked_already_is_its_own_business() -> None:
    start = project("First", "Second")
    start["shop/models.py"] += "\n\nclass Third(Kept):\n    pass\n"

    assert told(start, "\n\nclass Fourth(Kept):\n    pass\n") == [
        "shop.Fourth is new, and no migration creates it."
    ]


def test_a_migration_of_others_proves_nothing_new() -> None:
    """It is about what the base's models are, not about what a pull request makes of them."""
    start = project("First")
    start["shop/models.py"] += (
        "\n\nclass Second(Kept):\n    pass\n\n\nclass Third(Kept):\n    pass\n"
    )
    head = {
        "shop/migrations/0001_initial.py": project("First", "Second")[
            "shop/migrations/0001_initial.py"
        ]
    }

    assert lacking(start, head) == []


def test_a_mixin_of_a_plain_model_proves_nothing() -> None:
    start = project("First", "Second")
    start["shop/models.py"] = start["shop/models.py"].replace("(Kept)", "(Kept, models.Model)")

    assert told(start, "\n\nclass Third(Kept):\n    pass\n") == []


BODY = """

class Third(Other):
    a = models.TextField()

    class Meta:
        verbose_name = "third"
"""


@pytest.mark.parametrize(
    ("more", "is_one"),
    [
        (BODY, True),
        (BODY.replace("verbose_name", "db_table"), True),
        (BODY.replace("models.TextField()", "models.ForeignKey(Order, models.CASCADE)"), True),
        (BODY.replace("verbose_name", "model"), False),
        (BODY.replace("        verbose", "        abstract = SOMETIMES\n        verbose"), False),
        (BODY.replace("class Meta", "class Meta(Other.Meta)"), False),
        (BODY.replace("models.TextField()", "forms.TextField()"), False),
        (BODY.replace("models.TextField()", "1"), False),
    ],
)
def test_a_body_may_say_that_it_is_a_model(more: str, is_one: bool) -> None:
    """Of one base that nothing else is made of, and no migration knows."""
    assert told(project(), more) == (
        ["shop.Third is new, and no migration creates it."] if is_one else []
    )


NOTED = "\n\nclass Noted(Kept):\n    made_at = models.DateTimeField(auto_now_add=True)\n"


@pytest.mark.parametrize(
    ("requirements", "told"),
    [
        ("elsewhere==2.0\n", False),
        ("elsewhere==1.0\nother==2.0\n", True),
        ("elsewhere==1.0\n", True),
    ],
)
def test_a_field_may_go_into_a_base_that_comes_in_another_version(
    requirements: str, told: bool
) -> None:
    base = project("Noted")
    base["requirements.txt"] = "elsewhere==1.0\n"
    models = base["shop/models.py"].partition("\n\nclass Noted")[0]
    base["shop/models.py"] = models + NOTED
    head = {"shop/models.py": f"{models}\n\nclass Noted(Kept):\n    pass\n"}

    found = lacking(base, {**head, "requirements.txt": requirements})

    assert [f.column for f in found] == (["made_at"] if told else [])


SHARED = (
    "\n\nclass Shared(models.Model):\n    class Meta:\n        abstract = True\n"
    "\n\nclass Noted({}):\n    made_at = models.DateTimeField(auto_now_add=True)\n"
)


@pytest.mark.parametrize(
    ("bases", "told"), [("Kept, Shared", False), ("Shared, Kept", True), ("Shared", True)]
)
def test_the_meta_of_a_base_that_is_not_read_goes_before_that_of_a_later_one(
    bases: str, told: bool
) -> None:
    """It may name the table; an abstract model behind it has no say in that."""
    base = project("Noted")
    base["shop/migrations/0001_initial.py"] = (
        base["shop/migrations/0001_initial.py"].rstrip().removesuffix("]").rstrip()
        + '\n        migrations.AlterModelTable("Noted", "notes"),\n    ]\n'
    )
    models = base["shop/models.py"].partition("\n\nclass Noted")[0]
    base["shop/models.py"] = models + NOTED

    found = lacking(base, {"shop/models.py": models + SHARED.format(bases)})

    assert any("db_table" in f.message for f in found) is told
