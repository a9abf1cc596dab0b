"""Django's side of ``django_loader.py``: what its loader builds of some apps, as JSON. Imports them."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

wanted = json.loads(sys.argv[1])
# Some packages bring a module of defaults that a project's settings take over.
defaults = vars(importlib.import_module(wanted["defaults"])) if wanted["defaults"] else {}
settings.configure(
    INSTALLED_APPS=wanted["apps"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    SECRET_KEY="not secret",
    SITE_ID=1,
    STATIC_URL="/static/",
    ROOT_URLCONF="none",
    LANGUAGES=[("en", "English")],
    LANGUAGE_CODE="en",
    CMS_CONFIRM_VERSION4=True,
    WAGTAIL_SITE_NAME="x",
    WAGTAILADMIN_BASE_URL="http://localhost",
    MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "cms.context_processors.cms_settings",
                    "sekizai.context_processors.sekizai",
                ]
            },
        }
    ],
    **{name: value for name, value in defaults.items() if name.isupper()},
    **wanted["settings"],
)
django.setup()

# Run by its path, so that the other module lies beside it; models need the settings.
from _django_encoded import both_states  # type: ignore[import-not-found]  # noqa: E402

loader = MigrationLoader(None)
nodes = loader.graph.node_map
# The outermost folder of each app's package: what a repository would have.
folders = {
    str(Path(config.path).parents[config.name.count(".") - 1])
    if "." in config.name
    else str(config.path)
    for config in apps.get_app_configs()
}
print(
    json.dumps(
        {
            "nodes": sorted(nodes),
            "edges": sorted(
                (key, parent.key) for key, node in nodes.items() for parent in node.parents
            ),
            "leaf_nodes": sorted(loader.graph.leaf_nodes()),
            "replacements": sorted(
                (key, old)
                for key, migration in loader.disk_migrations.items()
                for old in migration.replaces
            ),
            "folders": sorted(folders),
            **(both_states() if wanted.get("states") else {}),
        }
    )
)
