"""Conditions of constraints that get a term more or less, and options that hold fields."""

from __future__ import annotations

import pytest

from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking

META = '        ordering = ["number"]\n'
CHECK = 'models.CheckConstraint(condition={}, name="known")'


def base(held: str, said: str) -> dict[str, str]:
    """A project whose model has the check *said*, and whose migration *held*."""
    added = f'        migrations.AddConstraint("Order", {CHECK.format(held)}),\n    ]\n'
    return {
        **PROJECT,
        "shop/models.py": models(said),
        "shop/migrations/0001_initial.py": INITIAL.replace("    ]\n", added)
        if INITIAL.endswith("    ]\n")
        else "",
    }


def models(said: str, more: str = "") -> str:
    checks = f"        constraints = [{CHECK.format(said)}]\n"
    return f"from django.db.models import F, Q\n{more}{MODELS.replace(META, META + checks)}"


TWO = "Q(state='new') | Q(state='paid', number='1')"
HELD = "models.Q(('state', 'new'), models.Q(('number', '1'), ('state', 'paid')), _connector='OR')"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (TWO, False),
        ("Q(Q(state='new') | Q(number='1', state='paid'))", False),
        (f"{TWO} | Q(number='2')", True),
        ("Q(state='new')", True),
        # A term in the place of two.
        ("Q(state='new') | Q(state='paid')", True),
        ("Q(state='new') | Q(state='paid', number='1') | MORE", False),
        ("Q(Q(state='new') | Q(state='paid', number='1'), more())", False),
        ("Q(*TERMS, state='new')", False),
        ("Q(models.Exists(Order.objects.all()), models.Exists(Order.objects.none()))", True),
    ],
)
def test_another_number_of_terms_is_another_condition(said: str, told: bool) -> None:
    """Where each term is seen."""
    project = base(HELD, TWO)
    assert not lacking({}, project)

    found = lacking(
        project, {"shop/models.py": models(said, "from elsewhere import MORE, TERMS, more\n")}
    )

    assert ["constraint known" in f.message for f in found] == ([True] if told else [])
    for finding in found:
        (file,) = finding.new_files
        assert "RemoveConstraint" in file.content
        assert "AddConstraint" in file.content


@pytest.mark.parametrize(
    ("said", "held"),
    [
        (f"~({TWO})", f"models.Q({HELD}, _negated=True)"),
        (
            "Q(Q(state='new') | Q(state='paid')) | Q(number='1')",
            "models.Q(models.Q(('state', 'new'), ('state', 'paid'), _connector='OR'), ('number', '1'), _connector='OR')",
        ),
        ("~(~Q(number='1'))", "models.Q(models.Q(('number', '1'), _negated=True), _negated=True)"),
    ],
)
def test_brackets_that_say_nothing_are_no_terms(said: str, held: str) -> None:
    """Which of them are written hangs on the version of Django."""
    assert not lacking({}, base(held, said))


SORTED = (
    "[models.Case(models.When(state='new', then=1), default=0, output_field=models.IntegerField())]"
)


def test_an_order_that_names_a_field_stays_as_it_is_where_a_model_goes() -> None:
    """Two fields are never equal to Django, and were taken for a change of the other model."""
    held = INITIAL.replace('["number"]', SORTED)
    said = MODELS.replace('["number"]', SORTED)
    item = 'migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True))]),\n    ]'
    before = {
        **PROJECT,
        "shop/models.py": f"{said}\n\nclass Item(models.Model):\n    pass\n",
        "shop/migrations/0001_initial.py": held.replace("\n    ]\n", f"\n        {item}\n"),
    }
    assert not lacking({}, before)

    (finding,) = lacking(before, {"shop/models.py": said})
    (file,) = finding.new_files

    assert "DeleteModel" in file.content
    assert "AlterModelOptions" not in file.content
