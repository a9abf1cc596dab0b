"""Tables that no model is seen to map: what of the code counts as asking for them, and what does not."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

MADE = 'op.create_table("rating", sa.Column("id", sa.Integer()), sa.Column("stars", sa.Integer()))'
ASKING = [
    'old = Table("rating", metadata, autoload=True)',
    'old = metadata.tables["shop.rating"]',
    'class Old(Unseen):\n    __tablename__ = "rating"',
    'key = ForeignKey("rating.id")',
    'session.execute(text("SELECT stars FROM rating WHERE stars = 1"))',
    'rows = f"""\n    select stars from shop.rating where stars > {n}"""',
    'many = relationship("User", secondary="rating")',
    "old = Base.classes.rating",
]
OTHER = [
    'columns = [{"id": "rating", "type": "numeric"}]',
    'fields = ["url", "rating_id"]',
    "print(order.rating)",
    'help = "where the sum came from rating of users"',
    'form = Form(rating="1")',
]


@pytest.mark.parametrize("line", [*ASKING, *OTHER])
def test_a_table_that_no_model_maps_is_asked_for_where_it_is_named_as_one(line: str) -> None:
    start = {
        **files(one=revision("3f9a1c07be52", None, MADE)),
        "shop/code.py": f"{line}\nstars = o.stars\n",
    }
    gone = {
        "table-removed": 'op.drop_table("rating")',
        "column-removed": 'op.drop_column("rating", "stars")',
    }
    for rule, change in gone.items():
        two = revision("88d0e2b7a614", "3f9a1c07be52", change)
        found = findings(compare(start, head={"migrations/versions/two.py": two}), rule)
        assert len(found) == (line in ASKING), rule
