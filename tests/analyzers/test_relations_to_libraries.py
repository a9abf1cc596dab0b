"""Other targets of a relation: a library that renames its model renames it in everybody's state."""

from __future__ import annotations

import pytest

from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking

MORE = """        migrations.CreateModel(
            name="Slip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("of", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="{}")),
            ],
        ),
    ]
"""
CLASS = "\n\nclass Slip(models.Model):\n    of = models.ForeignKey({!r}, models.CASCADE)\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("papers.Sheet", "papers.Page", False),
        ("papers.Sheet", "books.Sheet", True),
        ("papers.Sheet", "shop.Order", True),
        ("auth.User", "auth.Group", True),
        ("shop.Order", "shop.Slip", True),
    ],
)
def test_one_library_may_have_renamed_its_model(old: str, new: str, told: bool) -> None:
    migration = INITIAL.rstrip().removesuffix("]").rstrip() + "\n" + MORE.format(old.lower())
    start = {
        **PROJECT,
        "shop/migrations/0001_initial.py": migration,
        "shop/models.py": MODELS + CLASS.format(old),
    }
    found = lacking(start, {"shop/models.py": MODELS + CLASS.format(new)})

    assert [f.message.rpartition(": ")[2] for f in found] == ["to of the field of changed."] * told
