"""What a migration holds of ``int_list_validator``, as Django itself deconstructs it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.validators import int_list_validator

from analyzers.read.values import Call, Opaque
from analyzers.relate.django_fields import same, simplified
from analyzers.relate.list_validators import FUNCTION


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((";",), {}),
        ((), {"sep": "", "message": "Digits only"}),
        ((".", "No list"), {"code": "list", "allow_negative": True}),
    ],
)
def test_it_is_the_validator_that_django_makes(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Pattern, message and code are Django's own."""
    path, (pattern,), said = int_list_validator(*args, **kwargs).deconstruct()

    made = simplified(Call(FUNCTION, args, tuple(kwargs.items())))

    assert made.func == path
    assert made.args == (Call("re.compile", (pattern.pattern,)),)
    assert dict(made.kwargs) == said


def test_a_separator_that_is_not_known_stays_the_call() -> None:
    """It may be any pattern: whether two are the same is not known."""
    call = Call(FUNCTION, (Opaque("settings.SEPARATOR"),))

    assert simplified(call) == call
    assert same(call, simplified(Call(FUNCTION, (",",)))) is None
