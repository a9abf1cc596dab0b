"""The line of an index or a constraint that no migration has is one of the file in which it stands."""

from __future__ import annotations

import pytest

from tests.support.lacking_worlds import MODELS, PROJECT, lacking

_ABOVE = "from django.db import models\n\n\n"
_UNIQUE = 'models.UniqueConstraint(fields=["number"], name="%(class)s_once")'
_ABSTRACT = """class Once(models.Model):
    class Meta:
        abstract = True
        constraints = [
            CONSTRAINT
        ]
"""


def place(once: str, models: str) -> tuple[str, int]:
    """Where the missing constraint of ``Order`` is shown; *once* is ``core/once.py``."""
    base = {**PROJECT, "core/__init__.py": "", "core/once.py": once.replace("CONSTRAINT", "")}
    after = {"core/once.py": once.replace("CONSTRAINT", _UNIQUE), "shop/models.py": models}
    (found,) = lacking(base, after)
    return found.place.path, found.place.line


@pytest.mark.parametrize(
    "meta", ["    class Meta(Once.Meta):\n        ordering = ['number']\n", ""]
)
def test_a_constraint_of_an_abstract_model_in_another_file(meta: str) -> None:
    """Inherited with the class, or by a ``Meta`` of the model's own."""
    models = MODELS.replace("class Order(models.Model)", "class Order(Once)").replace(
        '    class Meta:\n        ordering = ["number"]\n', meta
    )
    models = f"from core.once import Once\n{models}"

    assert place(_ABOVE + _ABSTRACT, models) == ("core/once.py", 8)


def test_a_constraint_of_the_model_s_own() -> None:
    models = MODELS + f"        constraints = [\n            {_UNIQUE},\n        ]\n"
    line = 1 + models.splitlines().index(f"            {_UNIQUE},")

    assert place("", models) == ("shop/models.py", line)


def test_a_constraint_that_a_constant_elsewhere_holds_is_shown_at_the_model() -> None:
    constants = f"{_ABOVE}\n\n\n\n\n\nONCE = {_UNIQUE}\n"
    models = f"from core.once import ONCE\n{MODELS}        constraints = [ONCE]\n"
    line = 1 + models.splitlines().index("class Order(models.Model):")

    assert place(constants, models) == ("shop/models.py", line)
