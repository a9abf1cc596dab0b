"""Several Alembic roots in one repository: which models each of them is compared with."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

IMPORTS = "from sqlalchemy import Column, ForeignKey, Index, Integer, String\n"
TABLE = 'Table("{name}", {metadata}, Column("id", Integer, primary_key=True){more})\n'
ORDER = """

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""
FIRST = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'


@pytest.mark.parametrize(("path", "asked"), [("shop/sales.py", "shop"), ("bill/sales.py", "bill")])
def test_of_several_roots_over_one_metadata_one_is_asked_for_a_table(path: str, asked: str) -> None:
    """The one nearest to the model; a plugin's revisions may only change what the program's make."""
    imports = "from sqlalchemy import Column, Integer, Table\nfrom shop.meta import metadata\n"
    made = "from sqlalchemy import MetaData\n\nmetadata = MetaData()\n"
    orders = imports + "orders = " + TABLE.format(name="orders", metadata="metadata", more="")
    start = {"shop/meta.py": made, "shop/orders.py": orders}
    index = 'op.create_index("ix", "orders", ["id"])'
    for root, change in (("shop", FIRST), ("bill", index)):
        name = {"shop": "3f9a1c07be52", "bill": "88d0e2b7a614"}[root]
        start |= {
            f"{root}/{p}": text for p, text in files(one=revision(name, None, change)).items()
        }
    sales = imports + "sales = " + TABLE.format(name="sales", metadata="metadata", more="")

    (found,) = findings(compare(start, head={path: sales}), "missing-migration")
    assert found.new_files[0].path.startswith(f"{asked}/migrations/versions/")


@pytest.mark.parametrize(
    "target",
    [
        "from {0}.models import Base\n\ntarget_metadata = Base.metadata\n",
        "from {0} import models\n\ntarget_metadata = models.Base.metadata\n",
        "from {0} import models\n\ntarget_metadata = models.metadata\n",
    ],
)
def test_of_two_databases_each_is_compared_with_its_own_models(target: str) -> None:
    """A table that moved to the other one, under its name, is not this one's any more."""
    base = f"{IMPORTS}from sqlalchemy import MetaData\nfrom sqlalchemy.orm import declarative_base\n\nmetadata = MetaData()\nBase = declarative_base(metadata=metadata)\n"
    item = ORDER.replace("Order", "Item").replace("orders", "items")
    note = ORDER + "    note = Column(String)\n"
    start = {"shop/models.py": base + item + ORDER, "bill/models.py": base + note}
    more = FIRST.replace("True)", 'True), sa.Column("note", sa.String())')
    items = FIRST.replace("orders", "items")
    for root, name, change in (
        ("shop", "3f9a1c07be52", f"{FIRST}\n{items}"),
        ("bill", "88d0e2b7a614", more),
    ):
        made = files(one=revision(name, None, change))
        made["migrations/env.py"] = target.format(root) + made["migrations/env.py"]
        start |= {f"{root}/{path}": text for path, text in made.items()}

    found = findings(compare(start, head={"shop/models.py": base + item}), "missing-migration")

    assert "note" not in {f.column for f in found}
    renamed = {"shop/models.py": (base + item + ORDER).replace("id =", "key =")}
    found = findings(compare(start, head=renamed), "missing-migration")
    assert {f.table for f in found} >= {"orders", "items"}
