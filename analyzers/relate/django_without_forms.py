"""
Django's models without its forms, until somebody asks for a form.

``django.db.models`` imports the package of forms for the methods that make one, and with
it come templates, HTML and the cache of pages: a tenth of what Django takes to load. The
writer makes no forms. It is put in Django's place as the documentation of
``importlib.util.LazyLoader`` shows; whoever does use a form has the real package.
"""

from __future__ import annotations

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec

FORMS = "django.forms"


def without_forms() -> None:
    """See that importing Django's models does not load its forms; nothing changes where they are there."""
    import django

    if FORMS in sys.modules:
        return
    spec = find_spec(FORMS)
    if spec is None or spec.loader is None:
        return
    loader = LazyLoader(spec.loader)
    spec.loader = loader
    forms = module_from_spec(spec)
    sys.modules[FORMS] = forms
    # ``from django import forms`` looks here, and does not ask the module for anything.
    django.forms = forms
    loader.exec_module(forms)
