"""Edits of committed revisions that do the same: names, sessions, copies of what they import."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
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


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "op.alter_column('a', 'b', nullable=False)",
            "op.alter_column('a', 'b', nullable=False, existing_type=sa.Text())",
            "info",
        ),
        (
            "op.alter_column('a', 'b', nullable=False, existing_type=sa.Text())",
            "op.alter_column('a', 'b', nullable=False)",
            "error",
        ),
        (
            "op.alter_column('a', 'b', nullable=False, existing_type=sa.Text())",
            "op.alter_column('a', 'b', nullable=False, existing_type=sa.Integer())",
            "error",
        ),
        (
            "op.alter_column('a', 'b', type_=sa.Text())",
            "op.alter_column('a', 'b', type_=sa.Text(), existing_type=sa.Boolean())",
            "error",
        ),
        (
            "op.alter_column('a', 'b', new_column_name='c')",
            "op.alter_column('a', 'b', new_column_name='c', existing_type=sa.Boolean())",
            "info",
        ),
        (
            "with op.batch_alter_table('a') as t:\n    t.alter_column('b', new_column_name='c')",
            "with op.batch_alter_table('a') as t:\n    t.alter_column('b', new_column_name='c', existing_type=sa.Boolean(name='d'))",
            "error",
        ),
        (
            "op.drop_constraint('a', 't')",
            "op.drop_constraint('a', 't', type_='foreignkey')",
            "info",
        ),
        ("op.drop_constraint('a', 't')", "op.drop_constraint('a', 't', type_='check')", "error"),
        ("op.drop_constraint('a', 't')", "op.drop_constraint('b', 't', type_='unique')", "error"),
        (
            "op.alter_column('a', 'b', nullable=False)",
            "op.alter_column('a', 'b', nullable=True, existing_type=sa.Text())",
            "error",
        ),
    ],
)
def test_a_type_that_is_said_later_for_a_database_that_asks_for_it(
    before: str, after: str, told: str
) -> None:
    """As MySQL stops without it, and others do not look at it, none has run the revision otherwise."""
    start = {**files(one=run(before)), "alembic.ini": INI.replace("postgresql", "mysql")}
    found = findings(compare(start, head={ONE: run(after)}), "committed-migration-edited")

    assert [f.severity.word for f in found if f.severity is not None] == [told]


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


def column(given: str, more: str = "") -> str:
    return f"op.add_column('a', sa.Column('b', {given}){more})"


def table(*given: str) -> str:
    return f"op.create_table('a', {', '.join(given)})"


KEY = "sa.Column('b', sa.Integer(){})"
REFERS = "sa.ForeignKeyConstraint(['{}'], ['c.b'])"
NAMED = "sa.PrimaryKeyConstraint('b')"
OTHER = "sa.Column('d', sa.Integer())"
ALTER = "op.alter_column('a', 'b', type_=sa.Text(){})"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (column("sa.String(40)"), column("sa.String(length=40)")),
        (column("sa.String(40)"), column("sa.VARCHAR(40)")),
        (column("sa.String(SIZE)"), column("sa.String(length=SIZE)")),
        (column("sa.Numeric(10, 2)"), column("sa.Numeric(scale=2, precision=10)")),
        (column("sa.DateTime(True)"), column("sa.DateTime(timezone=True)")),
        (column("sa.DateTime()"), column("sa.DateTime(timezone=False)")),
        (column("sa.Integer(), nullable=True"), column("sa.Integer, index=False")),
        (column("sa.Integer()"), "op.add_column('a', sa.Column(name='b', type_=sa.Integer()))"),
        (
            column("sa.Integer(), sa.ForeignKey('c.b'), nullable=True"),
            column("sa.Integer(), sa.ForeignKey('c.b')"),
        ),
        (
            table(KEY.format(""), NAMED),
            table(KEY.format(", autoincrement=True"), NAMED),
        ),
        (
            table(KEY.format(", primary_key=True"), REFERS.format("d"), OTHER),
            table(KEY.format(", primary_key=True, autoincrement=True"), REFERS.format("d"), OTHER),
        ),
        (
            table(KEY.format(""), "sa.Column('c', sa.Text(), nullable=True)", NAMED),
            table(KEY.format(""), "sa.Column('c', sa.Text())", NAMED),
        ),
        (ALTER.format(""), ALTER.format(", existing_type=sa.String(9), existing_nullable=False")),
        (ALTER.format(""), ALTER.format(", existing_server_default=sa.text('now()')")),
        (ALTER.format(""), ALTER.format(", existing_type=sa.Enum('x', name='y')")),
        ("op.create_index('i', 'a', ['b'])", "op.create_index('i', 'a', ('b',), unique=False)"),
        (
            "op.create_foreign_key('i', 'a', 'c', ['b'], ['d'])",
            "op.create_foreign_key('i', 'a', 'c', ('b',), ('d',), ondelete=None)",
        ),
        (
            column("sa.Text(), server_default='x'"),
            column("sa.Text(), server_default=sa.text(\"'x'\")"),
        ),
        (
            "op.get_bind().execute(sa.text('DELETE FROM a'))\nop.get_bind().execute(sa.text('DELETE FROM b'))",
            "op.execute('DELETE FROM a')\nop.execute('DELETE FROM b')",
        ),
        (
            "c = op.get_bind()\nc.execute(sa.text('DELETE FROM a'))\nc.execute(sa.text('DELETE FROM b'))",
            "op.execute('DELETE FROM a')\nop.execute('DELETE FROM b')",
        ),
        ("op.get_bind().execute(sa.text('SELECT :a'))", "op.execute('SELECT :a')"),
    ],
)
def test_arguments_that_give_the_database_the_same(before: str, after: str) -> None:
    assert words(run(before), run(after)) == ["info"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (column("sa.String(40)"), column("sa.String(length=41)")),
        (column("sa.String(40)"), column("sa.CHAR(40)")),
        (column("sa.String(40)"), column("sa.String(40, collation=C)")),
        (column("sa.Numeric(10, 2)"), column("sa.Numeric(precision=2, scale=10)")),
        (column("sa.DateTime(True)"), column("sa.DateTime()")),
        (column("sa.Enum('x', name='y')"), column("sa.Enum('x', 'z', name='y')")),
        (column("own.Text(40)"), column("own.Text(length=40)")),
        (column("sa.Integer(), nullable=False"), column("sa.Integer()")),
        (
            column("sa.Integer(), sa.Identity(), nullable=True"),
            column("sa.Integer(), sa.Identity()"),
        ),
        (column("sa.Integer(), **more"), column("sa.Integer(), nullable=True, **more")),
        (column("sa.Integer(), index=True"), column("sa.Integer(), index=False")),
        ("op.alter_column('a', 'b', nullable=True)", "op.alter_column('a', 'b')"),
        ("op.alter_column('a', 'b', server_default=None)", "op.alter_column('a', 'b')"),
        # A key of two columns counts up where it is asked to alone, and one that refers to another table too.
        (
            table(KEY.format(""), OTHER, "sa.PrimaryKeyConstraint('b', 'd')"),
            table(KEY.format(", autoincrement=True"), OTHER, "sa.PrimaryKeyConstraint('b', 'd')"),
        ),
        (
            table(KEY.format(""), REFERS.format("b"), NAMED),
            table(KEY.format(", autoincrement=True"), REFERS.format("b"), NAMED),
        ),
        (
            table(KEY.format(", server_default='1'"), NAMED),
            table(KEY.format(", server_default='1', autoincrement=True"), NAMED),
        ),
        (
            table(KEY.format(""), NAMED),
            table(KEY.format(", autoincrement=False"), NAMED),
        ),
        (
            table(KEY.format(""), NAMED, "*more"),
            table(KEY.format(", autoincrement=True"), NAMED, "*more"),
        ),
        (table(KEY.format(""), NAMED), table(KEY.format(", default=1"), NAMED)),
        (ALTER.format(""), ALTER.format(", existing_type=own.Mood()")),
        (ALTER.format(""), ALTER.format(", existing_type=sa.Enum('x', native_enum=False)")),
        (ALTER.format(""), ALTER.format(", existing_server_default=sa.Identity()")),
        (ALTER.format(""), ALTER.format(", postgresql_using='b::text'")),
        ("op.create_index('i', 'a', ['b'])", "op.create_index('i', 'a', ['b'], unique=True)"),
        ("op.create_index('i', 'a', ['b', 'c'])", "op.create_index('i', 'a', ('c', 'b'))"),
        (column("sa.Text(), server_default='x'"), column("sa.Text(), server_default=sa.text('x')")),
        (
            column("sa.Text(), server_default='a\\\\b'"),
            column("sa.Text(), server_default=sa.text(\"'a\\\\b'\")"),
        ),
        (
            column("sa.Text(), server_default='a:b'"),
            column("sa.Text(), server_default=sa.text(\"'a:b'\")"),
        ),
        ("op.get_bind().execute('SELECT :a')", "op.execute('SELECT :a')"),
        (
            "c = op.get_bind()\nc = other()\nc.execute(sa.text('DELETE FROM a'))",
            "op.execute('DELETE FROM a')",
        ),
        (
            "c = other.get_bind()\nc.execute(sa.text('DELETE FROM a'))",
            "op.execute('DELETE FROM a')",
        ),
    ],
)
def test_arguments_that_give_it_another_thing(before: str, after: str) -> None:
    assert words(run(before), run(after)) == ["error"]


@pytest.mark.parametrize("database", ["mysql", "sqlite", None])
def test_how_a_column_was_matters_where_a_statement_names_all_of_it(database: str | None) -> None:
    """As MySQL's does; where nothing says which database it is, it may be that."""
    before, after = run(ALTER.format("")), run(ALTER.format(", existing_nullable=False"))
    ini = INI.replace("postgresql://", f"{database}://" if database else "")
    start = {**files(one=before), "alembic.ini": ini}
    (found,) = findings(compare(start, head={ONE: after}), "committed-migration-edited")

    assert found.severity is Severity.ERROR


@pytest.mark.parametrize(("sure", "told"), [(True, "info"), (False, "error")])
def test_types_that_one_database_alone_is_told_alike(sure: bool, told: str) -> None:
    before, after = run(column("sa.DateTime()")), run(column("sa.TIMESTAMP()"))
    ini = INI if sure else INI.replace("postgresql://", "")
    start = {**files(one=before), "alembic.ini": ini}
    (found,) = findings(compare(start, head={ONE: after}), "committed-migration-edited")

    assert (found.severity.word if found.severity is not None else "") == told


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


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, ("shop",), "info"),
        ("shop", ("shop", "stock"), "info"),
        ("shop", None, "warning"),
        ("shop", "stock", "warning"),
    ],
)
def test_a_label_reaches_no_database(before: object, after: object, told: str) -> None:
    """But commands may call it."""
    sides = [revision("3f9a1c07be52", None, branch_labels=label) for label in (before, after)]

    assert words(*sides) == [told]


def test_a_label_beside_another_edit_is_told_with_it() -> None:
    one = revision("3f9a1c07be52", None, "op.drop_table('a')")
    two = revision("3f9a1c07be52", None, "op.drop_table('b')", branch_labels="shop")

    assert words(one, two) == ["error"]


def test_no_label_is_no_label() -> None:
    one = revision("3f9a1c07be52", None)

    assert words(one, one.replace("branch_labels = None\n", "")) == []
