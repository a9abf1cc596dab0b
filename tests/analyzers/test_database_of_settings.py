"""Which database a review speaks of, where no configuration names one."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.plan.sql import previews
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree

BASE = {
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\n",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))])]
""",
}
ADDED = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.AddField("Order", "note", models.CharField(max_length=9, null=True))]
"""


def facts(config: Config | None = None, **settings: str) -> Facts:
    files = {**BASE, **{path.replace("__", "/"): text for path, text in settings.items()}}
    base = MemoryTree({f"{k}.py" if "." not in k else k: v for k, v in files.items()})
    head = MemoryTree(
        {path: base.read(path).decode() for path in base.paths()}
        | {"shop/migrations/0002_order_note.py": ADDED}
    )
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    return Facts(comparison, config or Config(), MemoryCache())


def databases(engine: str) -> str:
    return f'DATABASES = {{"default": {{"ENGINE": "{engine}", "NAME": "x"}}}}\n'


POSTGRESQL, MYSQL, SQLITE = (
    databases(f"django.db.backends.{name}") for name in ("postgresql", "mysql", "sqlite3")
)
OPEN = databases("django.db.backends.")
BY_URL = (
    "import dj_database_url\n"
    'DATABASES = {"default": dj_database_url.config(default="mysql://root@localhost/shop")}\n'
)
BY_ENVIRONMENT = (
    'import environ\nenv = environ.Env()\nDATABASES = {"default": env.db(default="sqlite:///x")}\n'
)
NAMED_OUTSIDE = (
    'import environ\nenv = environ.Env()\nDATABASES = {"default": env.db_url("DATABASE_URL")}\n'
)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"project__settings": POSTGRESQL}, "postgresql"),
        ({"project__settings": databases("django.contrib.gis.db.backends.postgis")}, "postgresql"),
        ({"project__settings": MYSQL}, "mysql"),
        ({"project__settings": SQLITE}, "sqlite"),
        # Development and production: SQLite is for the former.
        ({"settings__dev": SQLITE, "settings__prod": MYSQL}, "mysql"),
        ({"settings__one": POSTGRESQL, "settings__two": MYSQL}, None),
        ({"settings__dev": SQLITE, "settings__prod": "DATABASES = made()\n"}, None),
        # A blank that is left to be filled in says nothing.
        ({"settings__base": OPEN, "settings__dev": MYSQL}, "mysql"),
        ({"settings__prod": MYSQL, "settings__dev": "DATABASES = made()\n"}, "mysql"),
        # What the environment, another file or a driver may change is not certain.
        ({"project__settings": BY_ENVIRONMENT}, None),
        ({"project__settings": f"{SQLITE}from .local import *\n"}, None),
        ({"project__settings": f'{SQLITE}DATABASES["default"] = made()\n'}, None),
        ({"project__settings": f"{SQLITE}if made():\n    {MYSQL}"}, None),
        ({"project__settings": SQLITE, "requirements.txt": "psycopg[binary]==3.2\n"}, None),
        ({"project__settings": SQLITE, "requirements.txt": "django\n"}, "sqlite"),
        # Who installs a package chooses the database; the settings are those of its tests.
        (
            {
                "project__settings": SQLITE,
                "setup.py": "setup(name='shop', classifiers=['Framework :: Django'])\n",
            },
            None,
        ),
        # What the environment alone names is what there is a driver for.
        ({"project__settings": NAMED_OUTSIDE}, None),
        ({"project__settings": NAMED_OUTSIDE, "requirements.txt": "mysqlclient==2.2\n"}, "mysql"),
        (
            {
                "project__settings": NAMED_OUTSIDE,
                "requirements.txt": "mysqlclient==2.2\n",
                "requirements_production.txt": "psycopg2-binary==2.9\n",
            },
            None,
        ),
        ({"project__settings": NAMED_OUTSIDE, "requirements.txt": "psycopg==3.2\n"}, None),
        (
            {
                "project__settings": NAMED_OUTSIDE,
                **{f"requirements/{n}.txt": "mysqlclient==2.2\n" for n in range(40)},
            },
            "mysql",
        ),
        # SQLite beside it is for the tests.
        ({"settings__base": NAMED_OUTSIDE, "settings__test": SQLITE}, None),
        (
            {
                "settings__base": NAMED_OUTSIDE,
                "settings__test": SQLITE,
                "requirements.txt": "mysqlclient==2.2\n",
            },
            "mysql",
        ),
        ({"project__settings": BY_ENVIRONMENT, "requirements.txt": "mysqlclient==2.2\n"}, None),
        ({"requirements.txt": "mysqlclient==2.2\n"}, None),
        ({"project__settings": databases("django_cockroachdb")}, None),
        # Nor does a template's half of a name say it, that is for SQLite in development.
        ({"settings__base": OPEN, "settings__local": SQLITE}, None),
        (
            {
                "settings__base": OPEN,
                "settings__local": SQLITE,
                "requirements.txt": "mysqlclient==2.2\n",
            },
            "mysql",
        ),
        (
            {
                "settings__base": OPEN,
                "settings__local": POSTGRESQL,
                "requirements.txt": "mysqlclient==2.2\n",
            },
            "postgresql",
        ),
        # An engine without its driver, and another's driver beside it: nobody runs that.
        ({"project__settings": BY_URL}, "mysql"),
        ({"project__settings": BY_URL, "requirements.txt": "mysqlclient\npsycopg2\n"}, "mysql"),
        ({"project__settings": BY_URL, "requirements.txt": "django\n"}, "mysql"),
        ({"project__settings": BY_URL, "requirements.txt": "psycopg2==2.6\n"}, None),
        ({"project__settings": POSTGRESQL, "requirements.txt": "psycopg2\n"}, "postgresql"),
        ({}, None),
    ],
)
def test_the_settings_say_the_database_where_they_are_certain(
    settings: dict[str, str], said: str | None
) -> None:
    """Else it is PostgreSQL, and marked as assumed."""
    asked = facts(None, **settings)

    assert asked.said_database == said
    assert asked.database == (said or "postgresql")
    (preview,) = previews(asked)
    assert preview.dialect == (said or "postgresql")
    assert preview.assumed == (said is None)
    assert {step.database for step in asked.steps} == {asked.database}


def test_the_configuration_has_the_last_word() -> None:
    """Whatever the settings say; MariaDB has no engine of its own."""
    asked = facts(Config(database="mariadb"), project__settings=MYSQL)

    assert asked.database == "mariadb"
    (preview,) = previews(asked)
    assert (preview.dialect, preview.assumed) == ("mariadb", False)


def test_the_settings_say_what_a_user_is() -> None:
    """A key to ``settings.AUTH_USER_MODEL`` leads to the table that the project's settings choose."""
    made = """
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("Order", "by", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)),
    ]
"""
    user = BASE["shop/migrations/0001_initial.py"].replace("Order", "Person")
    files = {
        **BASE,
        "people/__init__.py": "",
        "people/migrations/__init__.py": "",
        "people/migrations/0001_initial.py": user,
        "site/settings.py": "AUTH_USER_MODEL = 'people.Person'\n",
    }
    base = MemoryTree(files)
    head = MemoryTree({**files, "shop/migrations/0002_by.py": made})
    comparison = Comparison(merge_base=base, base=base, head=head, merged=head)
    (shown,) = previews(Facts(comparison, Config(), MemoryCache()))
    assert any('REFERENCES "people_person"' in s for s in shown.statements), shown.statements
