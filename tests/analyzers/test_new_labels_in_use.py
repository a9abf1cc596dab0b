"""New values of PostgreSQL's enum types that the transaction which adds them uses."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import ENV, compare, files, findings, revision

TABLE = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("mood", sa.Enum("sad", "glad", name="order_mood")),
    sa.Column("note", sa.String(9)),
)"""
START = files(one=revision("3f9a1c07be52", None, TABLE))
ADD = "op.execute(\"ALTER TYPE order_mood ADD VALUE IF NOT EXISTS 'angry'\")"
USE = "op.execute(\"UPDATE orders SET mood = 'angry' WHERE id = 3\")"
RULE = "concurrent-inside-transaction"


def told(*upgrades: str, env: str = ENV) -> list[str]:
    """Where revisions with *upgrades*, one behind the other, are told of a value that is used too early."""
    head, down = {}, "3f9a1c07be52"
    for name, upgrade in zip(("88d0e2b7a614", "5c1d77e0f9aa"), upgrades, strict=False):
        head[f"migrations/versions/{name}.py"] = revision(name, down, upgrade)
        down = name
    found = findings(compare({**START, "migrations/env.py": env}, head=head), RULE)
    return [f"{f.migration}: {f.message}" for f in found]


@pytest.mark.parametrize(
    "use",
    [
        USE,
        "op.execute(\"UPDATE orders SET note = 'x' WHERE mood IN ('sad', 'angry')\")",
        "op.execute(\"DELETE FROM orders WHERE mood <> 'angry'\")",
        "op.execute(\"INSERT INTO orders (id, mood) VALUES (1, 'sad'), (2, 'angry')\")",
        "op.execute(\"UPDATE orders SET note = 'x' WHERE mood = CAST('angry' AS order_mood)\")",
        "op.alter_column('orders', 'mood', server_default='angry')",
        "op.add_column('orders', sa.Column('was', sa.Enum('sad', 'glad', name='order_mood'), server_default='angry'))",
        "op.create_check_constraint('calm', 'orders', \"mood <> 'angry'\")",
        "op.create_index('ix', 'orders', ['id'], postgresql_where=sa.text(\"mood = 'angry'\"))",
        "op.execute(\"CREATE TABLE moods (mood order_mood DEFAULT 'angry')\")",
    ],
)
def test_a_value_is_used_in_the_transaction_that_adds_it(use: str) -> None:
    (found,) = told(f"{ADD}\n{use}")

    assert found.endswith(
        "The enum value `angry` is used in the transaction in which line 13 adds it."
    )


def test_all_pending_revisions_are_one_transaction() -> None:
    (found,) = told(ADD, USE)

    assert found == (
        "5c1d77e0f9aa: The enum value `angry` is used in the transaction in which revision 88d0e2b7a614 adds it."
    )


@pytest.mark.parametrize(
    "said", ["transaction_per_migration=True", "transaction_per_migration=EACH"]
)
def test_revisions_that_may_commit_by_themselves(said: str) -> None:
    env = ENV.replace("literal_binds=True", said)

    assert told(ADD, USE, env=env) == []
    assert len(told(f"{ADD}\n{USE}", env=env)) == 1


@pytest.mark.parametrize(
    "upgrade",
    [
        f"with op.get_context().autocommit_block():\n    {ADD}\n{USE}",
        f"{ADD}\nwith op.get_context().autocommit_block():\n    op.execute('SELECT 1; VACUUM orders')\n{USE}",
        f'{ADD}\nop.execute("COMMIT")\n{USE}',
        f"{ADD}\nop.get_bind().commit()\n{USE}",
        # Another column, another value, another type, no value of the type at all.
        f"{ADD}\nop.execute(\"UPDATE orders SET note = 'angry'\")",
        f"{ADD}\nop.execute(\"UPDATE orders SET mood = 'sad'\")",
        f"{ADD}\nop.execute(\"UPDATE orders SET note = 'x' WHERE mood::text = 'angry'\")",
        f"{ADD}\nop.alter_column('orders', 'note', server_default='angry')",
        f"{ADD}\nop.create_check_constraint('calm', 'orders', \"note <> 'angry'\")",
        # The column may be one of the other table.
        f"{ADD}\nop.execute(\"UPDATE orders SET id = 1 FROM log WHERE mood = 'angry'\")",
        # It is there already.
        ADD.replace("angry", "glad") + "\n" + USE.replace("angry", "glad"),
        USE + "\n" + ADD,
        "op.execute(\"ALTER TYPE order_mood RENAME VALUE 'sad' TO 'angry'\")\n" + USE,
        # The type is made along with it.
        "op.execute(\"CREATE TYPE heat AS ENUM ('low')\")\n"
        "op.execute(\"ALTER TYPE heat ADD VALUE 'high'\")\n"
        "op.execute(\"CREATE TABLE days (heat heat DEFAULT 'high')\")",
    ],
)
def test_what_may_be_used(upgrade: str) -> None:
    assert told(upgrade) == []


def test_connections_that_commit_each_statement() -> None:
    env = ENV + '\nengine = create_engine(url, isolation_level="AUTOCOMMIT")\n'

    assert told(f"{ADD}\n{USE}", env=env) == []


def test_another_database() -> None:
    trees = {**START}
    trees["alembic.ini"] = trees["alembic.ini"].replace("postgresql://", "sqlite://")
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", f"{ADD}\n{USE}")}

    assert findings(compare(trees, head=head), RULE) == []


MODEL = """from django.db import migrations


class Migration(migrations.Migration):
    {header}
    dependencies = [{after}]
    operations = [migrations.RunSQL({sql!r}, migrations.RunSQL.noop)]
"""
MADE = "CREATE TYPE heat AS ENUM ('low'); CREATE TABLE days (heat heat)"


@pytest.mark.parametrize(
    ("header", "second", "speaks"),
    [
        ("", "", True),
        ("atomic = False", "", False),
        ("", "UPDATE days SET heat = 'high'::heat", False),
    ],
)
def test_django_commits_each_migration(header: str, second: str, speaks: bool) -> None:
    base = {
        "shop/__init__.py": "",
        "shop/models.py": "from django.db import models\n",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": MODEL.format(header="", after="", sql=MADE),
    }
    add, use = "ALTER TYPE heat ADD VALUE 'high'", "UPDATE days SET heat = 'high'::heat"
    head = {
        "shop/migrations/0002_high.py": MODEL.format(
            header=header, after='("shop", "0001_initial")', sql=add if second else f"{add}; {use}"
        )
    }
    if second:
        head["shop/migrations/0003_use.py"] = MODEL.format(
            header="", after='("shop", "0002_high")', sql=second
        )
    assert bool(findings(compare(base, head=head), RULE)) is speaks
