"""Fields whose arguments are settings of the project."""

from __future__ import annotations

import pytest

from analyzers.config import Config, DjangoConfig
from analyzers.read.values import Call, Opaque, Value
from analyzers.relate.django_fields import normal_field
from tests.support.lacking_worlds import INITIAL, MODELS, PROJECT, lacking
from tests.support.written_models import configured


def of_settings(settings: str, call: str, *, named: bool = True) -> dict[str, Value]:
    models = f"from django.conf import settings\n\n\nclass Order(models.Model):\n    a = {call}\n"
    config = Config(django=DjangoConfig(settings="shop.settings" if named else None))
    seen = configured(models, config, {"settings": settings})
    model = seen.models.found["shop", "order"]
    value = model.fields["a"].value
    assert isinstance(value, Call)
    return dict(normal_field(value, seen.context(model)).arguments)


ASKED = "models.CharField(max_length=getattr(settings, 'LENGTH', 7))"


def test_a_setting_counts_where_the_settings_module_is_named() -> None:
    assert of_settings("LENGTH = 5", ASKED) == {"max_length": 5}
    assert of_settings("LENGTH = 5", "models.CharField(max_length=settings.LENGTH)") == {
        "max_length": 5
    }
    assert of_settings("OTHER = 5", ASKED) == {"max_length": 7}
    assert isinstance(of_settings("LENGTH = 5", ASKED, named=False)["max_length"], Call)


def test_a_setting_that_may_be_another_is_not_known() -> None:
    for settings in (
        "from elsewhere import *",
        "import os\nLENGTH = int(os.environ['LENGTH'])",
        "import sys\nLENGTH = 5\nif 'test' in sys.argv:\n    LENGTH = 6",
        "globals().update(LENGTH=9)",
        "from configurations import Configuration\n\n\nclass Base(Configuration):\n    LENGTH = 5",
    ):
        assert isinstance(of_settings(settings, ASKED)["max_length"], Call), settings


def test_a_setting_that_names_a_model_stays_a_name() -> None:
    found = of_settings(
        "TAG_MODEL = 'shop.Tag'", "models.ForeignKey(settings.TAG_MODEL, on_delete=models.CASCADE)"
    )
    assert found["to"] == Opaque("?.tag_model")


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("number = models.CharField(max_length=20, db_index=settings.QUICK)", False),
        ("number = models.CharField(max_length=20, default=settings.FIRST)", True),
        ("number = models.CharField(max_length=20, db_index=True)", True),
    ],
)
def test_a_setting_may_say_what_is_usual(now: str, told: bool) -> None:
    """What a field has without the argument; without a default it has none."""
    models = MODELS.replace("number = models.CharField(max_length=20)", now)
    head = {"shop/models.py": f"from django.conf import settings\n{models}"}

    assert bool(lacking(PROJECT, head)) is told


@pytest.mark.parametrize("default", ["made()", "partial(made, 1)", "[made()]"])
def test_a_default_that_is_not_known_is_one(default: str) -> None:
    """A field without it is another; which value it is makes no difference to that."""
    made = "from functools import partial\nfrom elsewhere import made\n"
    number = "models.CharField(max_length=20"
    models = made + MODELS.replace(number, f"{number}, default={default}")
    initial = made + INITIAL.replace(number, f"{number}, default={default}")

    (finding,) = lacking(PROJECT, {"shop/models.py": models})
    assert "default of the field number changed" in finding.message
    both = {**PROJECT, "shop/models.py": models, "shop/migrations/0001_initial.py": initial}
    (finding,) = lacking(both, {"shop/models.py": made + MODELS})
    assert "default of the field number changed" in finding.message
    assert not lacking({**both, "shop/models.py": made + MODELS}, {"shop/models.py": models})


def test_a_setting_may_say_what_a_new_app_has() -> None:
    """Not only where it is asked for later."""
    models = MODELS.replace("max_length=20)", "max_length=20, unique=settings.ONE)")
    files = {**PROJECT, "shop/models.py": f"from django.conf import settings\n{models}"}

    assert not lacking({}, files)
    assert lacking({}, {**files, "shop/migrations/0001_initial.py": INITIAL.replace("20", "30")})
