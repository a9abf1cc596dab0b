"""Edits of committed revisions that do the same: names, sessions, copies of what they import."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import INI, compare, files, findings, revision

DELETED = "committed-migration-deleted"
ONE = "migrations/versions/one.py"


def words(before: str, after: str, **beside: str) -> list[str]:
    """How bad it is that the committed revision *before* becomes *after*; *beside* are modules of ``shop``."""
    modules = {f"shop/{name}.py": text for name, text in beside.items()}
    start = {**files(one=before), **modules}
    found = findings(compare(start, head={ONE: after}), "committed-migration-edited")
    return [f.severity.word if f.severity is not None else "" for f in found]


def run(upgrade: str, top: str = "") -> str:
    """A revision with *upgrade*, and with *top* above it."""
    made = revision("3f9a1c07be52", None, upgrade)
    return made.replace("\n\n\ndef upgrade", f"\n{top}\n\n\ndef upgrade", 1)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("op.drop_index(op.f('a'), 't')", "op.drop_index('a', 't')", "info"),
        ("op.drop_index(op.f('a'), 't')", "op.drop_index('b', 't')", "error"),
        ("op.drop_index(op.f(made()), 't')", "op.drop_index(made(), 't')", "error"),
        (
            "op.create_check_constraint(op.f('a'), 't', 'b > 1')",
            "op.create_check_constraint('a', 't', 'b > 1')",
            "error",
        ),
        (
            "op.drop_constraint(op.f('a'), 't', type_='check')",
            "op.drop_constraint('a', 't', type_='check')",
            "error",
        ),
    ],
)
def test_a_name_that_is_kept_from_a_convention(before: str, after: str, told: str) -> None:
    assert words(run(before), run(after)) == [told]


def test_a_name_that_is_kept_so_at_the_top() -> None:
    before = run("op.drop_constraint(name, 't', type_='foreignkey')", "name = op.f('a')")
    after = run("op.drop_constraint(NAME, 't', type_='foreignkey')", "NAME = 'a'")

    assert words(before, after) == ["info"]


OPENED = """session = sa.orm.Session(bind=op.get_bind())
rows = session.query(orders)
with session.begin(subtransactions=True):
    session.execute(orders.update().values(note=''))
session.commit()"""
CLOSED = """with sa.orm.Session(bind=op.get_bind()) as session:
    rows = session.query(orders)
    session.execute(orders.update().values(note=''))
    session.commit()"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (OPENED, CLOSED, "info"),
        (OPENED, CLOSED.replace("=''", "='x'"), "error"),
        (OPENED, CLOSED.replace("\n    session.commit()", ""), "error"),
        (OPENED, CLOSED.replace("sa.orm.Session", "Opened"), "error"),
        (OPENED.replace("session.commit()", "keep(session)"), CLOSED, "error"),
        (OPENED.replace("subtransactions=True", "nested=True"), CLOSED, "error"),
    ],
)
def test_a_session_as_sqlalchemy_2_has_it(before: str, after: str, told: str) -> None:
    assert words(run(before), run(after)) == [told]


ENUM = "op.add_column('a', sa.Column('b', sa.Enum('x', name='b'{})))"


@pytest.mark.parametrize(
    ("more", "database", "told"),
    [
        (", create_constraint=True", "postgresql", "info"),
        (", create_constraint=True", "mysql", "info"),
        (", create_constraint=True", "sqlite", "error"),
        (", create_constraint=True, native_enum=False", "postgresql", "error"),
        (", create_type=False", "postgresql", "error"),
    ],
)
def test_an_enum_that_the_database_has_gets_no_check(more: str, database: str, told: str) -> None:
    """What SQLAlchemy 1.4 asks for to go on as before, where an enum is a text."""
    before, after = run(ENUM.format("")), run(ENUM.format(more))
    start = {**files(one=before), "alembic.ini": INI.replace("postgresql", database)}
    (found,) = findings(compare(start, head={ONE: after}), "committed-migration-edited")

    assert (found.severity.word if found.severity is not None else "") == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("'a', 'b'", "info"),
        ("'a', 'b', existing_type=sa.Integer(), existing_nullable=False", "info"),
        ("'a', 'b', nullable=False", "error"),
        ("'a', 'b', True", "error"),
        ("'a', 'b', **more", "error"),
    ],
)
def test_a_column_that_is_altered_in_nothing_is_as_it_was(given: str, told: str) -> None:
    before = f"op.alter_column({given})\nop.drop_table('c')"

    assert words(run(before), run("op.drop_table('c')")) == [told]


HELPERS = """from shop.texts import plain


def checked(row):
    return plain(row.note)


def fill(connection: object, rows: list) -> None:
    for row in rows:
        connection.execute("...", checked(row))
"""
ASKS = "from shop.helpers import fill"
COPY = """from shop.helpers import checked
from shop.texts import plain


def fill(connection, rows):
    for row in rows:
        connection.execute("...", checked(row))
"""


@pytest.mark.parametrize(
    ("copy", "told"),
    [
        (COPY, "info"),
        (COPY.replace("checked(row))", "checked(row.note))"), "error"),
        (COPY.replace("shop.helpers", "shop.others"), "error"),
    ],
)
def test_a_copy_of_what_it_imports_may_import_the_rest(copy: str, told: str) -> None:
    rows = "fill(op.get_bind(), [])"
    found = words(run(rows, ASKS), run(rows, copy), helpers=HELPERS, others="checked = str\n")

    assert found == [told]


@pytest.mark.parametrize(("member", "told"), [("revoked = 2", "info"), ("gone = 2", "error")])
def test_a_copy_of_an_enum_may_stand_below_what_alembic_reads(member: str, told: str) -> None:
    asked = "op.add_column('invites', sa.Column('status', sa.Enum(Status)))"
    kinds = "import enum\n\n\nclass Status(enum.Enum):\n    active = 1\n    revoked = 2\n"
    before = run(asked, "from shop.kinds import Status")
    after = run(asked, kinds.replace("revoked = 2", member))

    assert words(before, after, kinds=kinds) == [told]


def databases(mysql: str | None, sqlite: str | None) -> dict[str, str]:
    """A repository with a root for each of two databases, in these folders; one id stands in both."""
    found: dict[str, str] = {}
    for folder, own, column in ((mysql, "88d0e2b7a614", "tax"), (sqlite, "41b7c9d20e35", "fee")):
        first = revision(own, None, f"op.add_column('a', sa.Column('{column}', sa.Integer()))")
        both = revision("3f9a1c07be52", own, f"op.drop_column('a', '{column}')")
        more = files(first=first, both=both) if folder is not None else {}
        found |= {f"{folder}/{path}": text for path, text in more.items()}
    return found


@pytest.mark.parametrize("to", ["server/sqlite", None])
def test_of_two_revisions_with_one_id_each_goes_where_its_folder_went(to: str | None) -> None:
    start = databases("api/mysql", "api/sqlite")
    head = {**dict.fromkeys(start), **databases("server/mysql", to)}
    found = findings(compare(start, head=head))

    told = {f.place.path.removesuffix(".py").rpartition("/")[2] for f in found if f.rule == DELETED}
    assert told == ({"first", "both"} if to is None else set())
    assert not any(f.rule == "committed-migration-edited" for f in found)
