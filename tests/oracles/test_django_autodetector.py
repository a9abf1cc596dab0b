"""A few projects of files as Django's own tests have them; all of those: `python -m tests.oracles.django_autodetector`."""

from __future__ import annotations

import pytest

from tests.oracles.django_autodetector import Case, compared, real

HEAD = "from django.db import models\n\n\n"
BOOK = (
    "class Book(models.Model):\n    title = models.CharField(max_length=9)\n"
    "    year = models.IntegerField()\n"
)
CASES = {
    "sets of indexed fields become indexes": (
        {"app": f"{BOOK}    class Meta:\n        index_together = {{('title', 'year')}}\n"},
        {
            "app": f"{BOOK}    class Meta:\n        indexes = [models.Index(fields=['title', 'year'])]\n"
        },
        False,
    ),
    "two models that refer to each other": (
        {"app": ""},
        {
            "app": "class Pen(models.Model):\n    owner = models.ForeignKey('Owner', models.CASCADE)\n\n\n"
            "class Owner(models.Model):\n    best = models.ForeignKey(Pen, models.CASCADE)\n"
        },
        False,
    ),
    "a renamed model that another app refers to": (
        {
            "app": BOOK,
            "other": "class Mark(models.Model):\n    book = models.ForeignKey('app.Book', models.CASCADE)\n",
        },
        {
            "app": BOOK.replace("Book", "Volume"),
            "other": "class Mark(models.Model):\n    book = models.ForeignKey('app.Volume', models.CASCADE)\n",
        },
        True,
    ),
    "fields that may not be null": (
        {"app": "class Book(models.Model):\n    pass\n"},
        {"app": f"{BOOK}    made = models.DateTimeField(auto_now_add=True)\n"},
        False,
    ),
    "two parents with tables of their own": (
        {"app": BOOK},
        {
            "app": f"{BOOK}\n\nclass Thing(models.Model):\n    key = models.AutoField(primary_key=True)\n\n\n"
            "class Both(Book, Thing):\n    pass\n"
        },
        False,
    ),
}


@pytest.fixture(scope="module")
def answers() -> dict[str, tuple[Case, dict[str, object]]]:
    """Each case with what Django says of it; one process answers for all."""
    cases: list[Case] = [
        {
            "test": name,
            "user": "auth.User",
            "renames": renames,
            "default": None,
            **{
                side: {f"{app}/models.py": HEAD + text for app, text in files.items()}
                for side, files in (("before", before), ("after", after))
            },
        }
        for name, (before, after, renames) in CASES.items()
    ]
    return {case["test"]: (case, said) for case, said in zip(cases, real(cases), strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_the_files_are_django_s(
    name: str, answers: dict[str, tuple[Case, dict[str, object]]]
) -> None:
    """The same operations, names and dependencies, and as many questions."""
    case, said = answers[name]

    assert said["files"]
    assert compared(case, said) == ("equal", "")
