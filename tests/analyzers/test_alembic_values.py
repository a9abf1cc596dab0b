"""New members of Python enums whose values belong to MySQL's columns, and enums that models import."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from analyzers.relate.alembic_values import values_in
from tests.support.alembic_trees import compare, findings, revision
from tests.support.enum_models import MAPPED, MODELS, start, told, with_member

EACH = MODELS.replace("Enum(Mood))\n    was", "Enum(*(mood.value for mood in Mood)))\n    was")
KINDS = 'import enum\n\n\nclass Mood(enum.Enum):\n    SAD = "sad"\n    GLAD = "glad"\n'
IMPORTED = MAPPED.replace("import enum\n", "from shop.kinds import Mood\n").replace(
    'class Mood(enum.Enum):\n    SAD = "sad"\n    GLAD = "glad"\n', ""
)


def test_a_new_value_is_told_with_the_revision_that_gives_it_to_the_column() -> None:
    base = start(database="mysql")
    (found,) = told(base, {"shop/models.py": with_member(MODELS)})

    assert found.message == (
        "The value `ANGRY` of the enum `mood` of `orders` is new in the models, "
        "and no revision says so."
    )
    assert found.severity is not Severity.WARNING
    assert "MySQL refuses" in found.why
    assert (found.column, found.place.line, found.commands) == ("mood", 18, ())
    (file,) = found.new_files
    assert (
        "existing_type=sa.Enum('SAD', 'GLAD'), "
        "type_=sa.Enum('SAD', 'GLAD', 'ANGRY', name='mood'), existing_nullable=True)"
    ) in file.content
    head = {"shop/models.py": with_member(MODELS), file.path: file.content}
    assert findings(compare(base, head=head), "missing-migration") == []


def test_each_value_of_an_enum_is_a_value_of_the_column() -> None:
    base = start(EACH, "mysql")
    path = next(p for p in base if "versions" in p)
    base[path] = base[path].replace('sa.Enum("SAD", "GLAD"', 'sa.Enum("sad", "glad"')
    (found,) = told(base, {"shop/models.py": with_member(EACH)})

    assert "`angry`" in found.message


def test_members_of_an_imported_enum_are_known_under_an_annotation() -> None:
    base = {**start(IMPORTED), "shop/kinds.py": KINDS}
    path = next(p for p in base if "versions" in p)
    base[path] = base[path].replace("nullable=True", "nullable=False")
    (found,) = told(base, {"shop/kinds.py": with_member(KINDS)})

    assert found.message.startswith("The value `ANGRY` of the enum `mood` is new")


@pytest.mark.parametrize(
    ("said", "told_of"),
    [("Enum(enum.Enum)", True), ("Enum(enum.Enum, native_enum=False, length=9)", False)],
)
def test_what_a_base_says_of_all_enums_holds(said: str, told_of: bool) -> None:
    models = MAPPED.replace("    pass", f"    type_annotation_map = {{enum.Enum: {said}}}")
    models = models.replace("import enum\n", "import enum\n\nfrom sqlalchemy import Enum\n", 1)
    found = told(start(models), {"shop/models.py": with_member(models)})

    assert any("`ANGRY`" in f.message for f in found) is told_of


@pytest.mark.parametrize(
    "added",
    [
        "op.alter_column('orders', 'mood', type_=sa.Enum('SAD', 'GLAD', 'ANGRY'))",
        "op.execute(\"ALTER TABLE orders MODIFY mood ENUM('SAD', 'GLAD', 'ANGRY')\")",
        "widen('mood', 'ANGRY')",
    ],
)
def test_a_revision_that_speaks_of_the_value_is_enough(added: str) -> None:
    head = {
        "shop/models.py": with_member(MODELS),
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", added),
    }
    assert told(start(database="mysql"), head) == []


def test_a_value_that_the_column_has_or_may_have_is_enough() -> None:
    base = start(database="mysql")
    path = next(p for p in base if "versions" in p)
    head = {"shop/models.py": with_member(MODELS)}

    there = base[path].replace('"GLAD"', '"GLAD", "Angry"')
    assert told({**base, path: there}, head) == []
    fewer = base[path].replace('"GLAD"', '"MERRY"')
    assert told({**base, path: fewer}, head) == []
    called = base[path].replace('"SAD", "GLAD"', "*read('ANGRY')")
    assert told({**base, path: called}, head) == []
    beside = {**head, "shop/start.sql": "ALTER TABLE orders MODIFY mood ENUM('ANGRY');"}
    assert told(base, beside) == []


def test_a_revision_that_takes_the_values_from_the_models_has_run_with_those_of_then() -> None:
    base = start(database="mysql")
    path = next(p for p in base if "versions" in p)
    base[path] = (
        base[path]
        .replace('sa.Enum("SAD", "GLAD", name="mood")', "sa.Enum(Mood)")
        .replace("from alembic", "from shop.models import Mood\nfrom alembic")
    )
    (found,) = told(base, {"shop/models.py": with_member(MODELS)})

    assert found.message.startswith("The value `ANGRY` of the enum `mood` of `orders` is new")


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("enum('a','b, c','it''s')", ("a", "b, c", "it's")),
        ("ENUM ('a')", ("a",)),
        ("enum", ()),
        ("enum('a') character set latin1", ()),
        ("varchar(9)", ()),
        (None, ()),
    ],
)
def test_values_are_those_between_quotes(type_: str | None, values: tuple[str, ...]) -> None:
    assert values_in(type_) == values
