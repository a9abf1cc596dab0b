"""SQLModel's fields as the columns that they make."""

from __future__ import annotations

import pytest

from tests.support.sqlmodels import SQLMODEL, lacking


@pytest.mark.parametrize(("kind", "said"), [("State", 0), ("Level", 1)])
def test_sqlmodel_s_enum_of_texts_is_a_text_in_its_older_versions(kind: str, said: int) -> None:
    column = 'sa.Column("state", sa.String(), nullable=False)'

    assert len(lacking(SQLMODEL, f"state: {kind}", column)) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("note: str = None", 0),
        ("note: str = Field(default=None)", 0),
        ("note: str = Field(None)", 0),
        ("note: str = Field(default=None, nullable=False)", 1),
        ('note: str = ""', 1),
        ('note: str = Field(default="")', 1),
    ],
)
def test_sqlmodel_s_field_that_is_none_by_default_takes_null_with_pydantic_1(
    line: str, said: int
) -> None:
    assert len(lacking(SQLMODEL, line, 'sa.Column("note", sa.String())')) == said
    assert len(lacking(SQLMODEL, line, 'sa.Column("note", sa.String(), nullable=False)')) == 0


OF_FIELDS = [
    ('code: str = Field(sa_column_kwargs={"name": "note"})', "sa.String(), nullable=False", 0),
    ('note: str = Field(sa_column_kwargs={"nullable": True})', "sa.String()", 0),
    ('note: str = Field(sa_column_kwargs={"nullable": True})', "sa.String(), nullable=False", 1),
    ('note: int = Field(sa_column_args=[ForeignKey("orders.id")])', 'sa.Integer(), sa.ForeignKey("orders.id"), nullable=False', 0),
    ('note: int = Field(sa_column_args=[ForeignKey("orders.id")])', "sa.Integer(), nullable=False", 1),
    ("note: str = Field(sa_column_kwargs=options())", "sa.String()", 0),
    ("note: Decimal = Field(max_digits=9, decimal_places=2)", "sa.Numeric(9, 2), nullable=False", 0),
    ("note: Decimal = Field(max_digits=9, decimal_places=2)", "sa.Numeric(8, 2), nullable=False", 1),
]  # fmt: skip


@pytest.mark.parametrize(("line", "column", "said"), OF_FIELDS)
def test_sqlmodel_hands_arguments_on_to_its_column(line: str, column: str, said: int) -> None:
    models = SQLMODEL.replace("import JSON", "import JSON, ForeignKey").replace(
        "import enum", "import enum\nfrom decimal import Decimal"
    )

    assert len(lacking(models, line, f'sa.Column("note", {column})')) == said


@pytest.mark.parametrize("kind", ["list[str]", "dict[str, str]", "set[str] | None", "Address"])
def test_sqlmodel_makes_a_column_of_any_annotation_whose_type_is_given(kind: str) -> None:
    """A collection without one is a relationship."""
    models = SQLMODEL.replace(
        "class Order(", "class Address(SQLModel):\n    street: str\n\n\nclass Order("
    )
    null = "" if "None" in kind else ", nullable=False"

    line = f"note: {kind} = Field(sa_type=JSON)"
    assert not lacking(models, line, f'sa.Column("note", sa.JSON(){null})')
    assert len(lacking(models, line, 'sa.Column("tags", sa.JSON())')) > 1


@pytest.mark.parametrize(("kind", "said"), [("Text", 0), ("Integer", 1)])
def test_sqlmodel_hands_on_what_is_sqlalchemy_s(kind: str, said: int) -> None:
    models = SQLMODEL.replace("import Field", f"import Column, {kind}, Field, false")
    given = "Field(sa_column=Column({}, nullable=False, server_default=false()))"
    made = 'sa.Column("note", sa.Text(), server_default=sa.false(), nullable=False)'

    assert len(lacking(models, f"note: str = {given.format(kind)}", made)) == said
