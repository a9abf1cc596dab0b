"""Edits of committed revisions that leave every database in the same state, and their neighbours."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, files, findings, revision

SAME = [
    (
        "op.execute('DROP INDEX ix_{0}_{1!s}'.format(t, c))",
        "op.execute(f'DROP INDEX ix_{t!s}_{c}')",
    ),
    ("op.execute('DROP INDEX {}'.format('a'))", "op.execute('DROP INDEX {i}'.format(i='a'))"),
    ("op.execute(f'DROP INDEX {t}')", "op.execute(sa.text('DROP INDEX {}'.format(t)))"),
    (
        'op.execute(sa.text("""UPDATE a  \n  SET b = :b""").bindparams(b=f()))',
        'op.execute(sa.text("""\n      UPDATE a\n      SET b = :b""").bindparams(b=f()))',
    ),
    ("op.get_bind().execute('DROP TABLE a')", "op.get_bind().execute(sa.text('DROP TABLE a'))"),
]
ANOTHER = [
    ("op.execute('DROP INDEX ix_{0}_{1}'.format(t, c))", "op.execute(f'DROP INDEX ix_{c}_{t}')"),
    ("op.execute('SET a = {:>3}'.format(t))", "op.execute(f'SET a = {t}')"),
    ("op.execute('SELECT f({0.a})'.format(t))", "op.execute('SELECT f({0.b})'.format(t))"),
    (
        'op.execute("""UPDATE a SET b = \'c\n  d\'""")',
        'op.execute("""UPDATE a SET b = \'c\n d\'""")',
    ),
    (
        'op.execute("""UPDATE a SET b = \'c  d\'\n""")',
        'op.execute("""UPDATE a SET b = \'c d\'\n""")',
    ),
    ("op.get_bind().execute('SELECT :a')", "op.get_bind().execute(sa.text('SELECT :a'))"),
]


def edited(before: str, after: str) -> list[Severity | None]:
    """How bad it is that the one statement of a committed ``upgrade()`` becomes the other."""
    start = files(one=revision("3f9a1c07be52", None, before))
    head = {"migrations/versions/one.py": revision("3f9a1c07be52", None, after)}
    assert start["migrations/versions/one.py"] != head["migrations/versions/one.py"]
    return [f.severity for f in findings(compare(start, head=head), "committed-migration-edited")]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_another_spelling_of_a_text_is_the_same(before: str, after: str) -> None:
    assert Severity.ERROR not in edited(before, after)


@pytest.mark.parametrize(("before", "after"), ANOTHER)
def test_another_text_is_another(before: str, after: str) -> None:
    assert edited(before, after) == [Severity.ERROR]


@pytest.mark.parametrize(
    ("made", "bad"),
    [("logger = logging.getLogger(__name__)", False), ("logger = op.get_bind()", True)],
)
def test_a_logger_of_its_own_changes_nothing(made: str, bad: bool) -> None:
    plain = revision("3f9a1c07be52", None, "logging.info('now')\nop.execute('DROP TABLE a')")
    plain = plain.replace("import sqlalchemy", "import logging\nimport sqlalchemy")
    own = plain.replace("logging.info", "logger.info").replace(
        "\n\n\ndef", f"\n\n{made}\n\n\ndef", 1
    )

    head = {"migrations/versions/one.py": own}
    found = findings(compare(files(one=plain), head=head), "committed-migration-edited")
    assert (Severity.ERROR in [f.severity for f in found]) is bad
