"""Which step of a split brings in what the pull request wrote into the models and the rest of the code."""

from __future__ import annotations

from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.alembic_trees import compare, files, revision
from tests.support.worlds import Files, add, migration, path

FIELDS = """from django.db import models


class Order(models.Model):
    id = models.BigAutoField(primary_key=True)
    total = models.TextField(null=True)
"""
START: Files = {
    path("__init__"): "",
    path("0001_initial"): migration(
        operations='migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True)),'
        ' ("total", models.TextField(null=True))])'
    ),
    "orders/models.py": FIELDS,
    "orders/views.py": "def shown(order):\n    return order.total\n",
}


def split_of(before: Files, after: Files) -> Split:
    base, head = MemoryTree(before), MemoryTree({**before, **after})
    return review(Comparison(merge_base=base, base=base, head=head, merged=head)).split


def test_an_index_waits_for_the_model_of_a_new_field_beside_it() -> None:
    """Both stand in one file: with the index alone it would hold a field that no migration adds yet."""
    models = FIELDS.replace("null=True)", "null=True, db_index=True)")
    models += "    note = models.TextField(null=True)\n"
    operations = (
        add("note"),
        'migrations.AlterField("order", "total", models.TextField(null=True, db_index=True))',
    )
    split = split_of(
        START,
        {
            "orders/models.py": models,
            path("0002_note"): migration("0001_initial", operations=",\n        ".join(operations)),
        },
    )

    first, second = split.steps
    assert list(first.files) == [path("0002_add_note")]
    assert "orders/models.py" in second.files
    assert "CONCURRENTLY" in "".join(second.files.values())


def test_what_keeps_a_column_stays_in_the_models_of_all_later_steps() -> None:
    """A name for a column that the database keeps, beside a new field that comes a step later."""
    start = changed_to_unique(START)
    models = start["orders/models.py"].replace("total =", "amount =")
    models += "    note = models.TextField(null=True)\n"
    operations = ('migrations.RenameField("order", "total", "amount")', add("note"))
    split = split_of(
        start,
        {
            "orders/models.py": models,
            path("0002_amount"): migration(
                "0001_initial", operations=",\n        ".join(operations)
            ),
        },
    )

    written = [
        step.files["orders/models.py"] for step in split.steps if "orders/models.py" in step.files
    ]
    assert written
    assert all('db_column="total"' in text for text in written if "amount =" in text)


def changed_to_unique(start: Files) -> Files:
    """A unique column is not copied: its attribute gets the name, and the column keeps its own."""
    return {
        name: text.replace("TextField(null=True)", "TextField(null=True, unique=True)")
        for name, text in start.items()
    }


def test_a_merge_migration_is_no_code_that_a_split_brings_in() -> None:
    """It names the migration that the split writes anew, and what stands behind the base needs none."""
    base = {**START, path("0002_tax"): migration("0001_initial", operations=add("tax"))}
    base["orders/models.py"] += "    tax = models.TextField(null=True)\n"
    head = {
        "orders/models.py": base["orders/models.py"] + "    note = models.TextField(null=True)\n",
        path("0002_note"): migration("0001_initial", operations=add("note")),
        path("0003_merge"): migration("0002_note", "0002_tax"),
    }

    split = split_of(base, head)

    assert split.steps
    assert not any(path("0003_merge") in step.paths for step in split.steps)
    assert not any(step.kind == "code" for step in split.steps)


def test_code_of_a_new_name_comes_when_the_old_one_goes() -> None:
    """What reads the new column alone would find it empty before its rows are copied."""
    split = split_of(
        START,
        {
            "orders/models.py": FIELDS.replace("total =", "amount ="),
            "orders/views.py": "def shown(order):\n    return order.amount\n",
            path("0002_amount"): migration(
                "0001_initial", operations='migrations.RenameField("order", "total", "amount")'
            ),
        },
    )

    by_kind = [(step.kind, "orders/views.py" in step.paths) for step in split.steps]
    assert by_kind == [
        ("migration", False),
        ("model", False),
        ("code", False),
        ("data", False),
        ("code", False),
        ("model", True),
        ("migration", False),
    ]


def test_models_of_a_new_name_in_alembic_come_when_nothing_else_is_read() -> None:
    table = 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("tax", sa.Integer))'
    models = "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\n"
    models += 'class Order(Base):\n    __tablename__ = "orders"\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n    tax: Mapped[int | None]\n'
    start = {**files(one=revision("3f9a1c07be52", None, table)), "shop/models.py": models}
    head = {
        "migrations/versions/two.py": revision(
            "88d0e2b7a614",
            "3f9a1c07be52",
            'op.alter_column("orders", "tax", new_column_name="vat")',
        ),
        "shop/models.py": models.replace("tax", "vat"),
    }

    split = review(compare(start, head=head)).split

    assert [(step.kind, step.paths == ("shop/models.py",)) for step in split.steps] == [
        ("migration", False),
        ("model", False),
        ("data", False),
        ("code", True),
        ("migration", False),
    ]


def test_files_of_one_of_two_projects_name_their_app_as_django_does() -> None:
    """Both have an app of one label, which tells nobody here which of them is meant."""
    both = {f"{name}/{at}": text for name in ("bank", "till") for at, text in START.items()}
    both |= {f"{name}/manage.py": "" for name in ("bank", "till")}
    field = 'models.TextField(default="")'
    for name in ("bank", "till"):
        own = {
            f"{name}/orders/models.py": f"{FIELDS}    note = {field}\n",
            f"{name}/{path('0002_note')}": migration("0001_initial", operations=add("note", field)),
        }
        split = split_of(both, own)
        texts = [text for step in split.steps for text in (step.title, *step.files.values())]
        assert len(texts) > 5
        assert not any("(" in text and f"orders ({name}" in text for text in texts)
        assert all(
            c == f"python {name}/manage.py migrate" for step in split.steps for c in step.commands
        )
