"""
Graphs of published packages as Django's own loader has them.

``pytest -s`` shows the table; ``make oracle`` has the one of larger packages too.
"""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tests.oracles.django_loader import PACKAGES, compare, heading, line

INSTALLED = (
    "django",
    "django-axes",
    "django-constance",
    "django-guardian",
    "django-invitations",
    "django-oauth-toolkit",
    "django-organizations",
    "django-otp",
    "django-push-notifications",
    "django-q2",
    "django-reversion",
    "django-waffle",
    "djangorestframework",
    "djangorestframework-simplejwt",
    "social-auth-app-django",
)
"""Those that the tests' own requirements bring."""


def test_the_graphs_are_the_loader_s(capsys: pytest.CaptureFixture[str]) -> None:
    """The same nodes, edges, leaf nodes and replacements, for every package."""
    packages = [package for package in PACKAGES if package.name in INSTALLED]
    table, wrong = [heading()], []
    for package in packages:
        truth, differences = compare(package)
        assert truth.nodes, package.name
        table.append(line(f"{package.name} {version(package.name)}", truth, differences))
        wrong += [f"{package.name}: {difference}" for difference in differences]
    with capsys.disabled():
        print("", *table, sep="\n")

    assert len(packages) == len(INSTALLED)
    assert wrong == []
