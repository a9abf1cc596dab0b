"""New tables whose models ``env.py`` does not import: no revision is written for them."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import ENV, compare, files, findings, revision

BASE = "from sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n"
MODEL = """from sqlalchemy import Column, Integer

from shop.base import Base


class {name}(Base):
    __tablename__ = "{table}"
    id = Column(Integer, primary_key=True)
"""
ORDERS = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
ORDER = MODEL.format(name="Order", table="orders")
START = {
    **files(one=revision("3f9a1c07be52", None, ORDERS)),
    "migrations/env.py": f"from shop.models import Base\n{ENV}",
    "shop/__init__.py": "",
    "shop/base.py": BASE,
    "shop/models.py": ORDER,
}
LINE = "shop/lines.py"


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"shop/models.py": ORDER + "\nimport shop.helpers\n", "shop/helpers.py": "import re\n"},
        {"alembic/notes.py": "\n"},
    ],
)
def test_a_table_that_autogenerate_does_not_see_is_to_be_imported(more: dict[str, str]) -> None:
    head = {LINE: MODEL.format(name="Line", table="lines"), **more}
    (found,) = findings(compare(START, head=head), "missing-migration")

    assert found.severity is Severity.WARNING
    assert "Import `shop/lines.py` in `migrations/env.py`" in found.remedy
    assert (found.new_files, found.operations) == ((), ())


@pytest.mark.parametrize(
    "more",
    [
        {"migrations/env.py": f"from shop.models import Base\nimport shop.lines\n{ENV}"},
        {"shop/__init__.py": "from . import lines\n"},
        {"shop/models.py": f"{ORDER}\nfrom shop import lines\n"},
        # By a statement that runs later, by name, or from where nobody looks.
        {"shop/models.py": f"{ORDER}\ndef load():\n    from shop.lines import Line\n"},
        {"shop/models.py": f"import importlib\n{ORDER}"},
        {"shop/models.py": f"{ORDER}\nPARTS = ['shop.lines']\n"},
        {"shop/models.py": f"{ORDER}\nimport shop.gone\n"},
        {"shop/models.py": f"{ORDER}\nimport shop.torn\n", "shop/torn.py": "def ("},
        # The models come from somewhere else altogether.
        {"migrations/env.py": ENV},
        {
            "migrations/env.py": f"from flask import current_app\nfrom shop.models import Base\n{ENV}"
        },
    ],
)
def test_a_table_that_it_may_see_gets_its_revision(more: dict[str, str]) -> None:
    head = {LINE: MODEL.format(name="Line", table="lines"), **more}
    found = findings(compare({**START, **more}, head=head), "missing-migration")

    assert found
    assert all(f.severity is Severity.ERROR and f.new_files for f in found)


def test_a_new_table_beside_the_others_gets_its_revision() -> None:
    more = MODEL.format(name="Line", table="lines").partition("\n\n\n")[2]
    head = {"shop/models.py": f"{ORDER}\n\n{more}"}
    (found,) = findings(compare(START, head=head), "missing-migration")

    assert found.new_files
