"""Projects that never write a way back are told of it in passing."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

NO_DOWNGRADE = "\n\n\ndef downgrade():\n    pass\n"
BACK = 'op.drop_column("orders", "{}")'


def history(count: int, backs: int) -> dict[str, str]:
    """A table and *count* columns; the first *backs* of them can be taken back."""
    names = [f"{n:012x}" for n in range(0x5A3F9C1D7B20, 0x5A3F9C1D7B20 + count + 1)]
    made = {"zero": revision(names[0], None, 'op.create_table("orders", sa.Column("id"))')}
    for n in range(1, count + 1):
        up = f'op.add_column("orders", sa.Column("c{n}", sa.Integer))'
        down = BACK.format(f"c{n}") if n > count - backs else "pass"
        made[f"r{n}"] = revision(names[n], names[n - 1], up, down)
    last = revision("88d0e2b7a614", names[-1], 'op.execute("DROP VIEW late")')
    return {**files(**made), "last": last.removesuffix(NO_DOWNGRADE)}


@pytest.mark.parametrize(
    ("count", "backs", "severity"), [(12, 0, "info"), (12, 1, "warning"), (8, 0, "warning")]
)
def test_a_way_back_that_nobody_writes(count: int, backs: int, severity: str) -> None:
    base = history(count, backs)
    head = {"migrations/versions/last.py": base.pop("last")}

    (found,) = findings(compare(base, head=head), "irreversible-migration")

    assert (found.severity.word if found.severity else "warning") == severity


TEMPLATE = """revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade():
    ${upgrades if upgrades else "pass"}
"""
ITS_WAY_BACK = """

def downgrade():
    ${downgrades if downgrades else "pass"}
"""


@pytest.mark.parametrize(
    ("template", "severity"), [(TEMPLATE, "info"), (TEMPLATE + ITS_WAY_BACK, "warning")]
)
def test_a_template_without_a_way_back(template: str, severity: str) -> None:
    """The team has decided, however few revisions there are yet."""
    base = {**history(2, 0), "migrations/script.py.mako": template}
    head = {"migrations/versions/last.py": base.pop("last")}

    (found,) = findings(compare(base, head=head), "irreversible-migration")

    assert (found.severity.word if found.severity else "warning") == severity
