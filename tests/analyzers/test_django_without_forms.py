"""Django's models are loaded without its forms, and whoever asks for a form gets the real one."""

from __future__ import annotations

import json
import subprocess
import sys

LOADED = """
import json, sys
from analyzers.relate.django_without_forms import without_forms
{before}
without_forms()
import django.conf
from django.db import models
from django.db.migrations import autodetector, writer
loaded = "django.forms.fields" in sys.modules
django.conf.settings.configure()
from django import forms
made = models.CharField(max_length=3).formfield()
import django.forms.models
same = sys.modules["django.forms"] is forms is django.forms
print(json.dumps([loaded, isinstance(made, forms.CharField), same]))
"""


def loaded(before: str = "") -> list[bool]:
    code = LOADED.format(before=before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: list[bool] = json.loads(done.stdout)
    return found


def test_models_are_loaded_without_forms_which_come_when_they_are_asked_for() -> None:
    assert loaded() == [False, True, True]


def test_forms_that_are_there_stay() -> None:
    assert loaded("import django.forms") == [True, True, True]
