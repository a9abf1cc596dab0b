"""Keys that Django makes otherwise since 6.0, or since a setting has gone: what was made before needs a migration."""

from __future__ import annotations

import pytest

from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree

INSTALLED = "INSTALLED_APPS = ['app']\n"
SMALL, BIG = (
    "DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n",
    "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n",
)
WRITTEN = (
    "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    "    initial = True\n    operations = [migrations.CreateModel('A', [('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))])]\n"
)
PROJECT = {
    "manage.py": "",
    "app/__init__.py": "",
    "app/models.py": "from django.db import models\n\n\nclass A(models.Model):\n    pass\n",
    "app/migrations/__init__.py": "",
    "app/migrations/0001_initial.py": WRITTEN,
    "site/settings.py": INSTALLED,
    "requirements.txt": "Django==5.2.4\n",
}


def lacking(changed: dict[str, str], base: dict[str, str] | None = None) -> list[str]:
    before = {**PROJECT, **(base or {})}
    trees = MemoryTree(before), MemoryTree({**before, **changed})
    report = review(Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1]))
    return [f.message + f.remedy for f in report.findings if f.rule == "missing-migration"]


def test_an_upgrade_makes_other_keys_where_no_setting_says_which() -> None:
    (said,) = lacking({"requirements.txt": "Django==6.0.1\n"})

    assert "The key of app.A becomes BigAutoField" in said
    assert "Django 6.0 adds it where no setting says DEFAULT_AUTO_FIELD" in said
    assert 'DEFAULT_AUTO_FIELD = "django.db.models.AutoField" in the settings' in said
    assert lacking({"requirements.txt": "Django==5.2.5\n"}) == []
    assert (
        lacking({"requirements.txt": "Django==6.0.1\n", "site/settings.py": INSTALLED + SMALL})
        == []
    )


@pytest.mark.parametrize(
    "settings",
    [
        INSTALLED + SMALL,
        "from shared.settings import *\n" + INSTALLED,
        "",
        "import os\n" + INSTALLED + SMALL.replace("'d", "os.environ['K'] + 'd"),
    ],
    ids=["said", "from elsewhere", "none", "asked of the environment"],
)
def test_an_upgrade_is_silent_on_keys_that_settings_name_or_may(settings: str) -> None:
    base = {"site/settings.py": settings}

    assert lacking({"requirements.txt": "Django==6.0.1\n"}, base) == []


def test_a_setting_that_goes_leaves_the_key_to_django() -> None:
    base = {
        "site/settings.py": INSTALLED + BIG,
        "app/migrations/0001_initial.py": WRITTEN.replace("AutoField", "BigAutoField"),
    }
    (said,) = lacking({"site/settings.py": INSTALLED}, base)

    assert "The key of app.A becomes AutoField" in said
    assert "no setting says DEFAULT_AUTO_FIELD any more" in said
    assert (
        lacking({"site/settings.py": INSTALLED, "requirements.txt": "Django==6.0.1\n"}, base) == []
    )
    assert lacking({"site/settings.py": INSTALLED, "requirements.txt": "Django\n"}, base) == []
