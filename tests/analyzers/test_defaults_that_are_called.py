"""A default that is a function where it was a value, and the other way round."""

from __future__ import annotations

import pytest

from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking

NUMBER = "models.CharField(max_length=20)"
WITH = "models.CharField(max_length=20, default={})"
FIRST = """
def first():
    return "1"


class State("""
IN_CLASS = """class Order(models.Model):
    def first():
        return "1"

"""
DECORATED = FIRST.replace("def", "@settled\ndef")


def said(default: str, head: str = "class State(") -> dict[str, str | None]:
    """The models with *default*, and with *head* before them."""
    models = MODELS.replace("class State(", head, 1).replace(NUMBER, WITH.format(default))
    return {"shop/models.py": f"import uuid\nfrom elsewhere import settled\n{models}"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (said("first", FIRST), True),
        (said("uuid.uuid4"), True),
        (
            {
                "shop/models.py": MODELS.replace("class Order(models.Model):\n", IN_CLASS).replace(
                    NUMBER, WITH.format("first")
                )
            },
            True,
        ),
        # What a decorator makes of it, and a name that is not followed, may be the value.
        (said("first", DECORATED), False),
        (said("settled"), False),
        (said("'0'"), False),
    ],
)
def test_a_function_is_another_default_than_a_value(
    changed: dict[str, str | None], told: bool
) -> None:
    held = WITH.format('"0"')
    base = {
        **PROJECT,
        "shop/models.py": MODELS.replace(NUMBER, held),
        "shop/migrations/0001_initial.py": INITIAL.replace(NUMBER, held),
    }
    found = lacking(base, changed)

    assert ["default of the field number changed" in f.message for f in found] == (
        [True] if told else []
    )


@pytest.mark.parametrize("path", ["first", "settled"])
def test_where_files_go_may_be_a_function_as_well(path: str) -> None:
    held, now = (f"models.FileField(upload_to={said})" for said in ("'scans'", path))
    base = {
        **PROJECT,
        "shop/models.py": MODELS.replace(NUMBER, held),
        "shop/migrations/0001_initial.py": INITIAL.replace(NUMBER, held),
    }
    models = MODELS.replace("class State(", FIRST, 1).replace(NUMBER, now)
    found = lacking(base, {"shop/models.py": f"from elsewhere import settled\n{models}"})

    assert ["upload_to of the field number changed" in f.message for f in found] == (
        [True] if path == "first" else []
    )


def test_a_value_is_another_default_than_a_function() -> None:
    base = {
        **PROJECT,
        **{path: text for path, text in said("first", FIRST).items() if text is not None},
        "shop/migrations/0001_initial.py": "import shop.models\n"
        + INITIAL.replace(NUMBER, WITH.format("shop.models.first")),
    }
    assert not lacking({}, base)

    (finding,) = lacking(base, said("'1'", FIRST))

    assert "default of the field number changed" in finding.message


BORROWED = f"from lib.ids import default, other\n{MODELS.replace(NUMBER, WITH.format('default'))}"


def test_a_function_of_a_library_may_be_defined_under_another_name() -> None:
    """The migration names it as it is defined, the model as it is imported; once they agree, another one is another."""

    def held(name: str) -> dict[str, str]:
        defined = INITIAL.replace(NUMBER, WITH.format(name))
        return {**PROJECT, "shop/migrations/0001_initial.py": f"import lib.api, lib.ids\n{defined}"}

    assert not lacking(PROJECT, {**held("lib.api.Api.new"), "shop/models.py": BORROWED})

    agreed = {**held("lib.ids.default"), "shop/models.py": BORROWED}
    changed = {"shop/models.py": BORROWED.replace("default=default", "default=other")}
    (finding,) = lacking(agreed, changed)

    assert "default of the field number changed" in finding.message
