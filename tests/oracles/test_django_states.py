"""A small part of the comparison of models and states; the whole is `python -m tests.oracles.django_states`."""

from __future__ import annotations

from tests.oracles.django_loader import PACKAGES
from tests.oracles.django_states import measure


def test_django_s_own_apps_are_read_as_django_has_them() -> None:
    """Every field of Django's own models and migrations agrees with the real states."""
    (django,) = (package for package in PACKAGES if package.name == "django")

    counts, wrong = measure(django, None)

    assert wrong == []
    assert counts["models fields"] >= 40
    assert counts["models agree"] == counts["models fields"]
    assert counts["state agree"] == counts["state fields"] >= 40
