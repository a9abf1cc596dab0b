"""Orders by expressions are equal where Django takes them for equal, and nowhere else."""

from __future__ import annotations

import pytest

from tests.support.lacking_worlds import MODELS, PROJECT, lacking

_ABOVE = "from django.db.models import F, OrderBy\nfrom django.db.models.functions import Lower\n"
_INDEX = 'indexes = [models.Index({}, name="ix")]'
_UNIQUE = 'constraints = [models.UniqueConstraint({}, name="u")]'
_ORDERING = "ordering = [{}]"


def told(meta: str, old: str, new: str) -> bool:
    """Whether a migration is missing where *meta* has *new* after the migration was written for *old*."""
    body = "class Note(models.Model):\n    name = models.TextField()\n    n = models.IntegerField()\n\n    class Meta:\n"
    before, after = (
        f"{_ABOVE}{MODELS}\n\n{body}        {meta.format(expression)}\n"
        for expression in (old, new)
    )
    (made,) = lacking(PROJECT, {"shop/models.py": before})
    (file,) = made.new_files
    base = {**PROJECT, "shop/models.py": before, file.path: file.content}
    assert not lacking(base, {"shop/models.py": f"{before}\n\n"})
    return bool(lacking(base, {"shop/models.py": after}))


@pytest.mark.parametrize(
    ("meta", "old", "new"),
    [
        (_INDEX, 'F("name").desc()', 'F("name").asc()'),
        (_INDEX, 'F("name").asc()', 'F("name").desc()'),
        (_INDEX, 'F("name").desc()', 'F("name").desc(nulls_last=True)'),
        (_INDEX, 'F("name").asc(nulls_first=True)', 'F("name").asc(nulls_last=True)'),
        (_INDEX, 'F("name")', 'F("name").asc()'),
        (_INDEX, 'F("name").desc()', 'F("n").desc()'),
        (_INDEX, 'Lower("name").desc()', 'Lower("name").asc()'),
        (_INDEX, '"name", F("n")', '"name", -F("n")'),
        (_UNIQUE, 'F("name").desc()', 'F("name").asc()'),
        (_ORDERING, 'F("name").desc()', 'F("name").asc()'),
        (_ORDERING, 'F("name").desc()', 'F("name").desc(nulls_last=True)'),
        (_ORDERING, '"-name"', 'F("name").desc()'),
        (_ORDERING, '"name"', 'F("name")'),
    ],
)
def test_another_order_is_told(meta: str, old: str, new: str) -> None:
    assert told(meta, old, new)


@pytest.mark.parametrize(
    ("meta", "old", "new"),
    [
        (_INDEX, 'F("name").desc()', 'OrderBy(F("name"), descending=True)'),
        (_INDEX, 'F("name").desc()', 'OrderBy(F("name"), True)'),
        (_INDEX, 'F("name").desc()', 'OrderBy(expression=F("name"), descending=True)'),
        (_INDEX, 'F("name").asc()', 'OrderBy(F("name"), descending=False, nulls_last=None)'),
        (_INDEX, '"name", -F("n")', '"name", F("n") * -1'),
        (_INDEX, '"name"', 'F("name")'),
        (_ORDERING, 'F("name").asc()', 'OrderBy(F("name"))'),
        # What cannot be known is not told.
        (_ORDERING, 'F("name").asc()', 'F("name").asc(nulls_last=last())'),
    ],
)
def test_the_same_order_in_other_words_is_none(meta: str, old: str, new: str) -> None:
    assert not told(meta, old, new)
