"""Whole numbers of one size in the models, and of another one in the revisions."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, files, findings, revision
from tests.support.mapped_models import MAPPED
from tests.support.sqlmodels import FIRST

WIDER = 'sa.Integer().with_variant(sa.BigInteger(), "postgresql")'


@pytest.mark.parametrize(
    ("model", "made", "severity"),
    [
        ("Integer", "sa.BigInteger()", Severity.WARNING),
        ("Integer", WIDER, Severity.WARNING),
        ("sqlalchemy.SmallInteger", "sa.Integer()", Severity.WARNING),
        ("sqlalchemy.BigInteger", "sa.Integer()", Severity.ERROR),
        ("Integer", "sa.SmallInteger()", Severity.ERROR),
        ("Integer", "sa.Text()", Severity.ERROR),
        ("Integer", "sa.Numeric(20, 2)", Severity.ERROR),
    ],
)
def test_a_wider_number_takes_all_that_the_models_write(
    model: str, made: str, severity: Severity
) -> None:
    """Some projects write all their keys so: nothing fails, and autogenerate tells of it all the same."""
    models = f"import sqlalchemy\n{MAPPED}"
    start = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models.py": models}
    add = f'op.add_column("orders", sa.Column("code", {made}))'
    head = {
        "shop/models.py": f"{models}    code = Column({model})\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add),
    }

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert found.severity is severity
    assert ("takes all that the models ask for" in found.why) is (severity is Severity.WARNING)


def test_a_number_without_a_sign_takes_none_below_zero() -> None:
    models = f"import sqlalchemy\n{MAPPED}"
    start = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models.py": models}
    start["alembic.ini"] = start["alembic.ini"].replace("postgresql", "mysql")
    add = 'op.add_column("orders", sa.Column("code", mysql.BIGINT(unsigned=True)))'
    two = revision("88d0e2b7a614", "3f9a1c07be52", add).replace(
        "from alembic", "from sqlalchemy.dialects import mysql\nfrom alembic"
    )
    head = {
        "shop/models.py": f"{models}    code = Column(Integer)\n",
        "migrations/versions/two.py": two,
    }

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert found.severity is Severity.ERROR
