"""A small part of the comparison of models and states; the whole is `python -m tests.oracles.django_states`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import django
import pytest

from tests.oracles import django_projects
from tests.oracles.django_projects import COMMON, Project, ask, write_files
from tests.oracles.django_states import compare
from tests.oracles.model_forms import forms

OWN = """
INSTALLED_APPS = [*DJANGO, "django.contrib.flatpages", "django.contrib.redirects"]
"""


def _python_of_the_tests(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Django itself, as it stands in the environment of these tests."""
    project = Project(name="django", install=(), own=("django",), settings=OWN)
    folder = tmp_path / project.name
    _python_of_the_tests(folder)
    packages = folder / "lib" / "python3" / "site-packages"
    packages.parent.mkdir(parents=True)
    packages.symlink_to(Path(django.__file__).parents[1])
    (folder / "oracle_settings.py").write_text(COMMON + OWN)
    monkeypatch.setattr(django_projects, "FOLDER", tmp_path)
    return project


def test_django_s_own_apps_are_read_as_django_has_them(installed: Project) -> None:
    """Every field of Django's own models and migrations agrees with the real states."""
    verdicts = compare(installed, ask(installed, "_django_real.py"))

    counts = verdicts.counts
    assert verdicts.wrong == []
    assert counts["models fields"] >= 40
    assert counts["models fields agree"] == counts["models fields"], verdicts.opaque
    assert counts["state fields agree"] == counts["state fields"] >= 40


def test_every_way_of_writing_a_model_is_read_as_django_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bases across files, relations, choices, own field classes, constraints in comprehensions and the rest."""
    project = replace(forms, roots=(".",))
    folder = tmp_path / project.name
    _python_of_the_tests(folder)
    (folder / "lib" / "python3" / "site-packages").mkdir(parents=True)
    (folder / "oracle_settings.py").write_text(COMMON + project.settings)
    monkeypatch.setattr(django_projects, "FOLDER", tmp_path)
    write_files(project)

    verdicts = compare(project, ask(project, "_django_real.py"))

    assert verdicts.wrong == []
    assert verdicts.counts["models models"] == 12
    assert verdicts.counts["models fields agree"] >= 44, verdicts.opaque
