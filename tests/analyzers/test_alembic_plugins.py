"""Programs with plugins: revisions in several directories, lines with labels, one graph."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from tests.support.alembic_trees import compare, files, findings, revision

OF_PLUGIN = "plugins/bill/migrations"
START = {
    **files(
        one=revision("3f9a1c07be52", None, branch_labels=("core",)),
        two=revision("88d0e2b7a614", "3f9a1c07be52"),
        imports=revision(
            "c07be523f9a1", None, branch_labels=("import",), depends_on="3f9a1c07be52"
        ),
    ),
    f"{OF_PLUGIN}/41b7c9d20e35_first.py": revision(
        "41b7c9d20e35", None, branch_labels=("bill",), depends_on=("3f9a1c07be52",)
    ),
}
GRAPH = ("missing-parent", "conflicting-leaf-nodes", "second-root", "duplicate-revision")


@pytest.mark.parametrize("waits", ["3f9a1c07be52", "88d0e2b7a614", "0d20e3541b7c"])
def test_a_plugin_waits_for_what_the_program_s_revisions_do(waits: str) -> None:
    """Also for one that comes with it, in the program's own directory."""
    head = {
        "migrations/versions/three.py": revision("0d20e3541b7c", "88d0e2b7a614"),
        f"{OF_PLUGIN}/e52c07b3f9a1_second.py": revision(
            "e52c07b3f9a1", "41b7c9d20e35", depends_on=waits
        ),
    }

    assert findings(compare(START, head=head), *GRAPH) == []


def test_a_plugin_may_wait_for_a_label() -> None:
    """Its directory is told to Alembic as it runs, even if a configuration of its own names it: no ``env.py`` is there."""
    name = "41b7c9d20e35_first.py"
    first = revision("41b7c9d20e35", None, branch_labels=("bill",), depends_on="core")
    others = {k: v for k, v in START.items() if not k.startswith(OF_PLUGIN)}
    ini = {"plugins/bill/alembic.ini": "[alembic]\nscript_location = migrations\n"}

    for path, more in ((OF_PLUGIN, {}), ("plugins/bill/migrations/versions", ini)):
        assert findings(compare(others, head={f"{path}/{name}": first} | more), *GRAPH) == []
    two = {**ini, "plugins/bill/migrations/env.py": "from alembic import context\n"}
    head = {f"plugins/bill/migrations/versions/{name}": first}
    (found,) = findings(compare({**others, **two}, head=head), *GRAPH)
    assert found.rule == "missing-parent"


@pytest.mark.parametrize(
    ("table", "after"), [("orders", "c07be523f9a1"), ("bills", "41b7c9d20e35"), ("lines", None)]
)
def test_a_missing_revision_continues_the_line_that_made_its_table(
    table: str, after: str | None
) -> None:
    """Of a table that several lines name, or none, nobody knows."""
    create = 'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True))'
    shared = create.format("lines")
    start = {
        **files(
            one=revision("3f9a1c07be52", None, branch_labels=("core",)),
            two=revision("c07be523f9a1", "3f9a1c07be52", f"{create.format('orders')}\n{shared}"),
        ),
        f"{OF_PLUGIN}/41b7c9d20e35_first.py": revision(
            "41b7c9d20e35",
            None,
            create.format("bills") + "\nop.execute(\"SELECT 1 FROM 'lines'\")",
            branch_labels=("bill",),
            depends_on="core",
        ),
    }
    models = """from sqlalchemy import Column, Integer
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass
"""
    for name in ("orders", "bills", "lines"):
        models += f'\n\nclass {name.title()}(Base):\n    __tablename__ = "{name}"\n'
        models += "    id = Column(Integer, primary_key=True)\n"
    told = models.replace(f'"{table}"', f'"{table}"\n    note = Column(Integer)')
    start["shop/models.py"] = models

    (found,) = findings(compare(start, head={"shop/models.py": told}), "missing-migration")
    said = [f.content.count(f'down_revision = "{after}"') for f in found.new_files]
    assert said == ([1] if after else [])


@pytest.mark.parametrize(
    ("place", "after"),
    [("plugins/bill/models.py", "41b7c9d20e35"), ("plugins/tax/models.py", None), ("shop/models.py", None)],
)  # fmt: skip
def test_a_new_table_s_revision_continues_the_line_beside_its_model(
    place: str, after: str | None
) -> None:
    create = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
    start = {
        **files(
            one=revision("3f9a1c07be52", None, create, branch_labels=("core",)),
            two=revision("88d0e2b7a614", "3f9a1c07be52"),
        ),
        f"{OF_PLUGIN}/41b7c9d20e35_first.py": revision(
            "41b7c9d20e35", None, branch_labels=("bill",), depends_on="core"
        ),
        "shop/base.py": MODELS,
        "shop/__init__.py": "",
    }
    head = {place: f"from sqlalchemy import Column, Integer\nfrom shop.base import Base\n{NEW}"}

    (found,) = findings(compare(start, head=head), "missing-migration")
    said = [f.content.count(f'down_revision = "{after}"') for f in found.new_files]
    assert said == ([1] if after else [])


def test_the_program_waits_for_a_plugin_s_revision() -> None:
    sample = revision("0d20e3541b7c", None, branch_labels=("samples",), depends_on="41b7c9d20e35")

    head = {"migrations/versions/samples.py": sample}
    assert findings(compare(START, head=head), *GRAPH) == []


def test_what_a_line_waits_for_puts_it_on_no_other_line() -> None:
    """``core`` waits for ``import``, which waits for ``core``: both are continued, nothing forks."""
    base = {
        **START,
        "migrations/versions/three.py": revision(
            "0d20e3541b7c", "88d0e2b7a614", depends_on="c07be523f9a1"
        ),
    }
    head = {"migrations/versions/four.py": revision("e52c07b3f9a1", "0d20e3541b7c")}
    assert findings(compare(base, head=head), *GRAPH) == []

    forked = {"migrations/versions/four.py": revision("e52c07b3f9a1", "88d0e2b7a614")}
    assert [f.rule for f in findings(compare(base, head=forked), *GRAPH)] == [
        "conflicting-leaf-nodes"
    ]


def test_two_ends_of_a_plugin_s_line_are_two() -> None:
    base = {f"{OF_PLUGIN}/e52c07b3f9a1_second.py": revision("e52c07b3f9a1", "41b7c9d20e35")}
    head = {f"{OF_PLUGIN}/b3f9a1e52c07_other.py": revision("b3f9a1e52c07", "41b7c9d20e35")}

    found = findings(compare(START, base=base, head=head), *GRAPH)
    assert [(f.rule, f.migration) for f in found] == [("conflicting-leaf-nodes", "b3f9a1e52c07")]


def test_a_line_begins_where_it_is_its_own() -> None:
    """What its first new revision waits for comes with it, on another line."""
    base = {f"{OF_PLUGIN}/e52c07b3f9a1_second.py": revision("e52c07b3f9a1", "41b7c9d20e35")}
    other = f"{OF_PLUGIN}/b3f9a1e52c07_other.py"
    head = {
        "migrations/versions/three.py": revision("0d20e3541b7c", "88d0e2b7a614"),
        other: revision("b3f9a1e52c07", "41b7c9d20e35", depends_on="0d20e3541b7c"),
    }

    (found,) = findings(compare(START, base=base, head=head), *GRAPH)
    assert (found.place.path, found.migration) == (other, "b3f9a1e52c07")
    assert found.suggestion is not None
    assert '"e52c07b3f9a1"' in found.suggestion.replacement.replace("'", '"')


def test_an_archive_that_repeats_the_ids_is_none_of_the_program_s() -> None:
    old = revision("3f9a1c07be52", None)
    start = {**START, "old/alembic/one.py": old}
    head = {"old/alembic/two.py": revision("b3f9a1e52c07", "88d0e2b7a614")}

    rules = {f.rule for f in findings(compare(start, head=head), *GRAPH)}
    assert "duplicate-revision" not in rules
    assert "conflicting-leaf-nodes" not in rules


def test_a_revision_that_stands_ready_for_a_test_forks_nothing() -> None:
    """It continues the program's last one, whichever that is, in a directory of its own."""
    ready = {"tests/alembic/0d20e3541b7c_more.py": revision("0d20e3541b7c", "88d0e2b7a614")}
    head = {"migrations/versions/three.py": revision("e52c07b3f9a1", "88d0e2b7a614")}

    assert findings(compare({**START, **ready}, head=head), "conflicting-leaf-nodes") == []


def test_each_root_has_its_part_of_one_program_s_models() -> None:
    """Another root makes the table: this one lacks no revision. Projects side by side are two."""
    models = """from sqlalchemy import Column, Integer
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""
    create = 'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True))'
    ini = "[alembic]\nscript_location = shop\n[public]\nscript_location = public\n"
    start = {
        "alembic.ini": ini,
        "models.py": models,
        "shop/env.py": files()["migrations/env.py"],
        "public/env.py": files()["migrations/env.py"],
        "shop/versions/one.py": revision("3f9a1c07be52", None, create.format("orders")),
        "public/versions/one.py": revision(
            "88d0e2b7a614", None, 'op.add_column("orders", sa.Column("id", sa.Integer()))'
        ),
    }
    box = models.replace("Order", "Box").replace('"orders"', '"boxes"').partition("\n\n\n")[2]
    head = {"models.py": models + "\n\n" + box.partition("\n\n\n")[2]}
    two = {"shop/versions/two.py": revision("0d20e3541b7c", "3f9a1c07be52", create.format("boxes"))}

    assert findings(compare(start, head={**head, **two}), "missing-migration") == []
    assert findings(compare(start, head=head), "missing-migration") != []


def test_what_stops_is_the_upgrade_of_the_line_that_is_forked() -> None:
    base = {f"{OF_PLUGIN}/e52c07b3f9a1_second.py": revision("e52c07b3f9a1", "41b7c9d20e35")}
    head = {f"{OF_PLUGIN}/b3f9a1e52c07_other.py": revision("b3f9a1e52c07", "41b7c9d20e35")}

    (found,) = findings(compare(START, base=base, head=head), *GRAPH)
    assert '"alembic upgrade bill@head" stops' in found.why


def test_what_stands_in_a_package_is_not_known_to_be_missing() -> None:
    """The base waits for a package's revision already; one that was here and goes is missing."""
    base = {
        "migrations/versions/three.py": revision(
            "0d20e3541b7c", "88d0e2b7a614", depends_on="a94bea44ab56"
        )
    }
    later = {
        "migrations/versions/four.py": revision(
            "e52c07b3f9a1", "0d20e3541b7c", depends_on="c4415009f164"
        )
    }

    (found,) = [
        f for f in findings(compare({**START, **base}, head=later), *GRAPH) if not f.preexisting
    ]
    assert (found.rule, found.severity) == ("missing-parent", Severity.WARNING)
    (found,) = findings(compare(START, head={**base}), *GRAPH)
    assert (found.rule, found.severity) == ("missing-parent", Severity.ERROR)
    gone = {f"{OF_PLUGIN}/41b7c9d20e35_first.py": None}
    waits = {
        "migrations/versions/four.py": revision(
            "e52c07b3f9a1", "0d20e3541b7c", depends_on="41b7c9d20e35"
        )
    }
    lost = findings(compare({**START, **base, **waits}, head=gone), "missing-parent")
    assert [f.severity for f in lost if not f.preexisting] == [Severity.ERROR]


PROGRAM = """from importlib.metadata import entry_points

from flask_migrate import Migrate

migrate = Migrate()


@migrate.configure
def find_migrations(config):
    found = config.get_main_option("version_locations").split()
    found += [str(point.load()) for point in entry_points(group="alembic")]
    {}
    return config
"""


@pytest.mark.parametrize(
    ("says", "severity"),
    [
        ("config.set_main_option('version_locations', ' '.join(found))", Severity.WARNING),
        ('config.set_main_option("version_locations", "%(here)s/versions")', Severity.ERROR),
        ("# config.set_main_option('version_locations', found)", Severity.ERROR),
        ("config.set_main_option('sqlalchemy.url', found)", Severity.ERROR),
    ],
)
def test_a_program_may_find_directories_of_revisions_as_it_runs(
    says: str, severity: Severity
) -> None:
    """The first revision that waits for one of a package; what it continues is in the repository."""
    base = {**files(one=revision("3f9a1c07be52", None)), "shop/app.py": PROGRAM.format(says)}
    waits = revision("88d0e2b7a614", "3f9a1c07be52", depends_on=("a94bea44ab56",))
    behind = revision("88d0e2b7a614", "a94bea44ab56")

    for text, told in ((waits, severity), (behind, Severity.ERROR)):
        trees = compare(base, head={"migrations/versions/two.py": text})
        (found,) = findings(trees, "missing-parent")
        assert found.severity is told


FLASK = """from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class {0}(db.Model):
    __tablename__ = "{1}"
    id = db.Column(db.Integer, primary_key=True)


class User(db.Model):
    __tablename__ = "users"
    id = db.Column(db.Integer, primary_key=True)
"""


@pytest.mark.parametrize("script", ["db/migrations", "postgres/migrations/migrations"])
def test_services_side_by_side_have_their_own_models(script: str) -> None:
    """Also where the script directory lies beside the models, in a folder of its own."""
    create = 'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True))'
    start: dict[str, str] = {}
    for name, table, one, two in (
        ("Order", "orders", "3f9a1c07be52", "88d0e2b7a614"),
        ("Bill", "bills", "c07be523f9a1", "41b7c9d20e35"),
    ):
        start |= {
            f"{table}/shop/models.py": FLASK.format(name, table),
            f"{table}/{script}/alembic.ini": "[alembic]\n",
            f"{table}/{script}/env.py": files()["migrations/env.py"],
            f"{table}/{script}/versions/one.py": revision(one, None, create.format(table)),
            f"{table}/{script}/versions/two.py": revision(two, one, create.format("users")),
        }
    path = "orders/shop/models.py"
    named = start[path] + "    name = db.Column(db.Text)\n"

    (found,) = findings(compare(start, head={path: named}), "missing-migration")
    assert found.message.startswith("Column `name` of `users` is new")
    assert found.new_files[0].path.startswith(f"orders/{script}/")


MODELS = """from sqlalchemy import Column, Integer
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""

NEW = """

class Tag(Base):
    __tablename__ = "tags"
    id = Column(Integer, primary_key=True)
"""


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (True, "`alembic revision --autogenerate --head BRANCH@head` with the branch it belongs to (core, import)"),
        (False, "Join the heads (`alembic merge heads`), run `alembic revision --autogenerate`"),
    ],
)  # fmt: skip
def test_of_several_heads_one_is_named_to_the_command(labels: bool, said: str) -> None:
    create = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
    one, two = (("core",), ("import",)) if labels else (None, None)
    start = {
        **files(
            one=revision("3f9a1c07be52", None, create, branch_labels=one),
            two=revision("88d0e2b7a614", None, branch_labels=two),
        ),
        "models.py": MODELS,
    }
    head = {"models.py": MODELS + NEW}

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert said in found.remedy
    assert found.commands == ()


def test_lines_that_stand_apart_by_their_labels_do_not_hide_a_fork() -> None:
    """Each of the base's two heads has a line of its own: one of the lines has two ends once a side joins both."""
    start = files(
        one=revision("3f9a1c07be52", None),
        blue=revision("c07be523f9a1", None, branch_labels=("blue",)),
    )
    base = {"migrations/versions/more.py": revision("0d20e3541b7c", "c07be523f9a1")}
    joined = revision("e52c07b3f9a1", ("3f9a1c07be52", "c07be523f9a1"))
    (fork,) = findings(
        compare(start, base=base, head={"migrations/versions/joined.py": joined}),
        "conflicting-leaf-nodes",
    )

    assert {fork.migration, *(r.migration for r in fork.related)} == {
        "e52c07b3f9a1",
        "0d20e3541b7c",
    }


def test_of_a_line_without_a_label_its_own_end_is_named() -> None:
    """A labelled head beside it makes it no forked base, whose continued ends would be left as they are."""
    start = files(
        one=revision("3f9a1c07be52", None),
        blue=revision("c07be523f9a1", None, branch_labels=("blue",)),
    )
    head = {
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52"),
        "migrations/versions/other.py": revision("0d20e3541b7c", "3f9a1c07be52"),
    }
    (fork,) = findings(compare(start, head=head), "conflicting-leaf-nodes")

    assert {fork.migration, *(r.migration for r in fork.related)} == {
        "88d0e2b7a614",
        "0d20e3541b7c",
    }


def test_a_history_may_go_on_behind_a_revision_of_another_package() -> None:
    """What it does there it does to the tables that its first part made, whatever its ids are."""
    create = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
    start = {
        **files(
            one=revision("88d0e2b7a614", None, create, branch_labels=("shop",), depends_on="0f0f"),
            two=revision("3f9a1c07be52", "f9843093f686", 'op.add_column("orders", sa.Column("tax", sa.Integer()))'),
        ),
        "models.py": f"{MODELS}    tax = Column(Integer)\n",
    }  # fmt: skip
    note = 'op.add_column("orders", sa.Column("note", sa.Integer()))'
    head = {
        "migrations/versions/three.py": revision("41b7c9d20e35", "3f9a1c07be52", note),
        "models.py": f"{MODELS}    tax = Column(Integer)\n    note = Column(Integer)\n",
    }

    assert findings(compare(start, head=head), "missing-migration") == []
    without = {"models.py": head["models.py"]}
    (found,) = findings(compare(start, head=without), "missing-migration")
    assert found.column == "note"


@pytest.mark.parametrize(
    ("folders", "told"),
    [
        (("plug", "plug"), "plug has two heads"),
        (("migrations/versions", "migrations/versions"), "migrations/versions has two heads"),
        (("plug", "migrations/versions"), "migrations/versions and plug have two heads"),
    ],
)
def test_the_folder_is_named_in_which_the_heads_stand(folders: tuple[str, str], told: str) -> None:
    start = files(one=revision("3f9a1c07be52", None), two=revision("88d0e2b7a614", "3f9a1c07be52"))
    start["alembic.ini"] += "version_locations = migrations/versions plug\n"
    start["plug/start.py"] = revision("c5417be2f093", None, branch_labels=("plug",))
    parents = {"plug": "c5417be2f093", "migrations/versions": "88d0e2b7a614"}
    if len(set(folders)) == 2:
        # Without labels both are ends of one history.
        start["plug/start.py"] = revision("c5417be2f093", "88d0e2b7a614")
        parents = dict.fromkeys(parents, "c5417be2f093")
    head = {
        f"{folder}/{name}.py": revision(name * 12, parents[folder])
        for folder, name in zip(folders, "ab", strict=True)
    }
    (fork,) = findings(compare(start, head=head), "conflicting-leaf-nodes")

    assert fork.message.startswith(told)
