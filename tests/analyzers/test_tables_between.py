"""The columns of a many-to-many field's table, as Django itself calls them."""

from __future__ import annotations

import pytest

from tests.support.worlds import START, changed, findings, migration, path

MANY = 'migrations.{verb}("order", "kinds", models.ManyToManyField(to="{to}"))'


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("contenttypes.ContentType", "core.objecttype", "contenttype_id", "objecttype_id"),
        ("auth.user", "people.Person", "user_id", "person_id"),
        ("orders.Order", "people.Person", "to_order_id", "person_id"),
    ],
)
def test_the_far_column_is_called_after_the_class(
    before: str, after: str, old: str, new: str
) -> None:
    """The names are those of Django 5.2's ``create_many_to_many_intermediary_model``."""
    start = changed(
        START,
        {
            path("0003_kinds"): migration(
                "0002_total", operations=MANY.format(verb="AddField", to=before)
            )
        },
    )
    other = {
        path("0004_other"): migration(
            "0003_kinds", operations=MANY.format(verb="AlterField", to=after)
        )
    }
    said = [f.message for f in findings(start, head=other, rules=frozenset({"column-renamed"}))]
    assert said == [f"`orders_order_kinds.{old}` is renamed to `{new}`."]
