"""The settings that matter, in the ways in which projects write them."""

from __future__ import annotations

import pytest

from analyzers.config import Config, DjangoConfig
from analyzers.findings import Severity
from analyzers.read.django.chosen_settings import ChosenSettings
from analyzers.read.django.settings import Settings, read_settings
from analyzers.read.modules import Sources
from analyzers.read.project import Project
from analyzers.trees import MemoryTree
from tests.support.views import view_of
from tests.support.worlds import findings


def _read(files: dict[str, str], chosen: str | None = None) -> Settings:
    tree = MemoryTree({"site/__init__.py": "", **files})
    return read_settings(Project(tree, Sources(), {}), Config(django=DjangoConfig(settings=chosen)))


APPS = "INSTALLED_APPS = ['django.contrib.auth', 'people']\n"
HEAD = "from django.conf import settings\nfrom django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
LIKE = (
    f"{HEAD}    operations = [\n"
    "        migrations.CreateModel('Member', [], options={'proxy': True}, bases=('auth.user',)),\n"
    "        migrations.CreateModel('Like', [('id', models.BigAutoField(primary_key=True)),\n"
    "            ('who', models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE))]),\n    ]\n"
)
PERSON = (
    f"{HEAD}    dependencies = [('people', '0001_initial')]\n    operations = [\n"
    "        migrations.CreateModel('Person', [('id', models.BigAutoField(primary_key=True)),\n"
    "            ('password', models.TextField()), ('last_login', models.DateTimeField())]),\n    ]\n"
)
POSTGRESQL = "django.db.backends.postgresql"
MYSQL = "django.db.backends.mysql"


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        (f"AUTH_USER_MODEL = 'a.B'\nDATABASES = {{'default': {{'ENGINE': '{MYSQL}'}}}}\n", MYSQL),
        (
            "import os\nAUTH_USER_MODEL = os.getenv('U', 'a.B')\n"
            f"DATABASES = {{'default': {{'ENGINE': os.environ.get('E', '{POSTGRESQL}')}}}}\n",
            POSTGRESQL,
        ),
        (
            "import environ\nenv = environ.Env(DEBUG=(bool, False))\n"
            "AUTH_USER_MODEL = env.str('U', default='a.B')\n"
            "DATABASES = {'default': env.db('URL', default='postgres://shop')}\n",
            POSTGRESQL,
        ),
        (
            "from environ import Env\nenv = Env()\nAUTH_USER_MODEL = env('U', 'a.B')\n"
            "DATABASES = {'default': env.db('URL')}\n",
            None,
        ),
        (
            "import dj_database_url\nAUTH_USER_MODEL = 'a.B'\n"
            "DATABASES = {'default': dj_database_url.config(default='mysql://shop')}\n",
            MYSQL,
        ),
        (
            "from decouple import config\nAUTH_USER_MODEL = config('U', default='a.B')\n"
            "import dj_database_url\nDATABASES = {'default': dj_database_url.parse('postgis://x')}\n",
            POSTGRESQL,
        ),
        (
            "from pydantic_settings import BaseSettings\n\n\nclass Chosen(BaseSettings):\n"
            f"    engine: str = '{MYSQL}'\n    user: str = 'a.B'\n\n\nchosen = Chosen()\n"
            "AUTH_USER_MODEL = chosen.user\nDATABASES = {'default': {'ENGINE': chosen.engine}}\n",
            MYSQL,
        ),
    ],
)
def test_what_the_environment_may_change_is_what_stands_beside_it(
    text: str, engine: str | None
) -> None:
    """The default of the helper; without one it is not known."""
    said = _read({"site/settings.py": text})

    assert said.auth_user_model == "a.B"
    assert said.engine == engine


@pytest.mark.parametrize("chosen", [None, "site.settings"])
def test_settings_that_another_module_holds_are_read_there(chosen: str | None) -> None:
    """``from .base import *``, a module's own value before it."""
    files = {
        "site/base.py": "AUTH_USER_MODEL = 'a.B'\nDEFAULT_AUTO_FIELD = 'x.Y'\n"
        "INSTALLED_APPS = ['shop', *['stock.apps.StockConfig']]\n",
        "site/settings.py": "from .base import *\nDEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n",
    }
    said = _read(files, chosen)

    assert said.auth_user_model == "a.B"
    assert said.default_auto_field == "django.db.models.AutoField"
    assert said.installed == frozenset({"shop", "stock.apps.StockConfig"})


LIST = "INSTALLED_APPS = ['shop']\n"
OWN = "from site.settings.base import *\nfrom site.settings.base import INSTALLED_APPS\n"


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        (f"{LIST}if debug():\n    INSTALLED_APPS.append('stock')\n", "shop stock"),
        (f"{LIST}if debug():\n    INSTALLED_APPS += ['stock']\nelse:\n    x = 1\n", "shop stock"),
        (f"{LIST}try:\n    import x\n    INSTALLED_APPS.insert(0, 'stock')\nexcept ImportError:\n    pass\n", "shop stock"),
        (f"{LIST}INSTALLED_APPS += ('stock',)\n", "shop stock"),
        (f"{LIST}INSTALLED_APPS = INSTALLED_APPS + (['stock'] if debug() else [])\n", "shop stock"),
        (f"{LIST}MORE = ['stock']\nif debug():\n    INSTALLED_APPS = ['bill', *INSTALLED_APPS, *MORE]\n", "bill shop stock"),
        (f"{LIST}if debug():\n    INSTALLED_APPS.remove('shop')\nSHOWN = sorted(INSTALLED_APPS)\n", "shop"),
        (f"{OWN}INSTALLED_APPS += ['stock']\nINSTALLED_APPS += ('bill',)\n", "base bill stock"),
        (f"{OWN.splitlines()[0]}\nif debug():\n    INSTALLED_APPS += ('stock',)\n", "base stock"),
        (f"{LIST}if debug():\n    INSTALLED_APPS.append(chosen())\n", None),
        (f"{LIST}for app in asked():\n    INSTALLED_APPS.append(app)\n", None),
        (f"{LIST}if debug():\n    INSTALLED_APPS.append('stock')\nchange(INSTALLED_APPS)\n", None),
        (f"{LIST}if debug():\n    INSTALLED_APPS.append('stock')\nINSTALLED_APPS[0] = chosen()\n", None),
        ("from elsewhere import *\nif debug():\n    INSTALLED_APPS += ['stock']\n", None),
    ],
)  # fmt: skip
def test_what_may_be_installed_is_known_whatever_it_hangs_on(
    text: str, entries: str | None
) -> None:
    """What is added under a condition counts, what is taken away stays."""
    said = _read(
        {"site/settings/base.py": "INSTALLED_APPS = ['base']\n", "site/settings/own.py": text}
    )

    known = frozenset({"base", *entries.split()}) if entries is not None else None
    assert said.installed == known


CLASSES = (
    "from configurations import Configuration, values\n\n\n"
    "class Common:\n    AUTH_USER_MODEL = 'a.B'\n\n\n"
    "class Base(Common, Configuration):\n    DEFAULT_AUTO_FIELD = 'x.Y'\n"
    "    INSTALLED_APPS = ['shop']\n"
    f"    DATABASES = {{'default': {{'ENGINE': values.Value('{MYSQL}', environ_name='E')}}}}\n\n\n"
)


def test_settings_that_stand_in_classes_are_read_there() -> None:
    """django-configurations: what all classes that may be chosen have, from a mixin or another file too."""
    production = (
        "from site.settings.base import Base\n\n\n"
        "class Production(Base):\n    INSTALLED_APPS = [*Base.INSTALLED_APPS, 'stock']\n"
    )
    said = _read({"site/settings/base.py": CLASSES, "site/settings/production.py": production})

    assert said.auth_user_model == "a.B"
    assert said.default_auto_field == "x.Y"
    assert said.engine == MYSQL
    assert said.installed == frozenset({"shop", "stock"})


@pytest.mark.parametrize(
    ("more", "user", "installed"),
    [
        ("class Other(Base):\n    AUTH_USER_MODEL = 'a.C'\n", None, frozenset({"shop"})),
        (
            "class Other(Base):\n    @property\n    def AUTH_USER_MODEL(self):\n        return who()\n",
            None,
            frozenset({"shop"}),
        ),
        (
            "class Other(Base):\n    @classmethod\n    def post_setup(cls):\n"
            "        cls.INSTALLED_APPS.append('silk')\n",
            "a.B",
            None,
        ),
        ("class Other:\n    AUTH_USER_MODEL = 'a.C'\n", "a.B", frozenset({"shop"})),
    ],
)
def test_classes_that_say_different_things_leave_it_open(
    more: str, user: str | None, installed: frozenset[str] | None
) -> None:
    said = _read({"site/settings.py": CLASSES + more})

    assert said.auth_user_model == user
    assert said.installed == installed


@pytest.mark.parametrize(
    ("one", "other", "engine"),
    [
        ("dj_database_url.config()", f"{{'ENGINE': '{POSTGRESQL}'}}", POSTGRESQL),
        ("{'ENGINE': 'django.db.backends.sqlite3'}", f"{{'ENGINE': '{MYSQL}'}}", MYSQL),
        ("{'ENGINE': 'django.db.backends.sqlite3'}", "dj_database_url.config()", None),
        (f"{{'ENGINE': '{POSTGRESQL}'}}", f"{{'ENGINE': '{MYSQL}'}}", None),
        (f"{{'ENGINE': '{MYSQL}'}}", f"{{'ENGINE': '{MYSQL}'}}", MYSQL),
    ],
)
def test_a_database_that_depends_is_the_one_that_a_branch_names(
    one: str, other: str, engine: str | None
) -> None:
    """Not SQLite, where the other branch is not known, and none where they name two."""
    text = f"import dj_database_url\nDATABASES = {{'default': {one} if asked() else {other}}}\n"

    assert _read({"site/settings.py": text}).engine == engine


@pytest.mark.parametrize(
    ("package", "installed"),
    [("shop", True), ("src/shop", True), ("stock", True), ("src/stock", True), ("other", False)],
)
def test_an_app_is_installed_by_its_package_or_its_configuration(
    package: str, installed: bool
) -> None:
    said = Settings(installed=frozenset({"shop", "stock.apps.StockConfig"}))

    assert said.installs(package) is installed
    assert Settings().installs(package)


def test_two_modules_that_say_different_things_leave_it_open() -> None:
    files = {
        "site/settings/one.py": "AUTH_USER_MODEL = 'a.B'\n",
        "site/settings/two.py": "AUTH_USER_MODEL = 'a.C'\n",
    }
    assert _read(files).auth_user_model is None
    assert _read(files, "site.settings.two").auth_user_model == "a.C"


@pytest.mark.parametrize(
    ("settings", "user"),
    [
        ({"site/settings.py": APPS}, "auth.User"),
        ({"site/settings.py": f"{APPS}INSTALLED_APPS += more()\n"}, "auth.User"),
        ({"site/settings.py": f"{APPS}AUTH_USER_MODEL = who()\n"}, None),
        (
            {
                "site/settings.py": f"from .base import *\n{APPS}",
                "site/base.py": "AUTH_USER_MODEL = who()\n",
            },
            None,
        ),
        ({"site/settings.py": APPS, "people/migrations/0002_person.py": PERSON}, None),
        ({"site/settings.py": "INSTALLED_APPS = ['people']\n"}, None),
        ({}, None),
    ],
)
def test_who_names_no_user_model_keeps_djangos_own(
    settings: dict[str, str], user: str | None
) -> None:
    """Unless something may name another, or there is a model that may be it."""
    tree = MemoryTree(
        {"people/__init__.py": "", "people/migrations/0001_initial.py": LIKE, **settings}
    )

    assert view_of(tree, Config()).user_model == user


def test_a_key_to_the_user_that_goes_to_a_proxy_is_made_again() -> None:
    """The table stays: Django takes the constraint off and puts it on again, and checks no other."""
    start = {
        "site/settings.py": APPS,
        "people/__init__.py": "",
        "people/migrations/__init__.py": "",
        "people/migrations/0001_initial.py": LIKE,
    }
    change = (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        "    dependencies = [('people', '0001_initial')]\n    operations = [\n"
        "        migrations.AlterField('like', 'who', models.ForeignKey('people.member', models.CASCADE)),\n"
        "    ]\n"
    )

    found = findings(
        start,
        head={"people/migrations/0002_member.py": change},
        rules=frozenset({"constraint-scans-under-lock"}),
    )

    assert [(f.severity, "again" in f.message, "`auth_user`" in f.why) for f in found] == [
        (Severity.WARNING, True, True)
    ]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("site/conf/base.py", True),
        ("site/conf/includes/base.py", True),
        ("config/common.py", True),
        ("site/conf/test.py", False),
        ("site/tests/conf/base.py", False),
        ("site/parts/base.py", False),
    ],
)
def test_settings_may_lie_in_a_folder_for_configuration(path: str, found: bool) -> None:
    """What gives them no value there, such as an app's models, are none."""
    files = {
        path: "AUTH_USER_MODEL = 'people.Person'\nINSTALLED_APPS = ['people']\n",
        "site/config/models.py": "KEY = settings.AUTH_USER_MODEL\nAUTH_USER_MODEL_FIELD = 'a.B'\n",
    }

    assert _read(files).auth_user_model == ("people.Person" if found else None)
    assert _read(files).installed == (frozenset({"people"}) if found else None)


def test_settings_that_take_over_from_one_another_for_ever_are_not_known() -> None:
    """Each adds to the list of the one before it, as deep as nobody's stack is."""
    first = f"INSTALLED_APPS = ['people']\nDATABASES = {{'default': {{'ENGINE': '{MYSQL}'}}}}\n"
    others = {
        f"site/s{n + 1}.py": f"from site.s{n} import *\nINSTALLED_APPS += ['a{n}']\n"
        for n in range(300)
    }

    said = _read({"site/s0.py": first, **others}, "site.s300")

    assert said.installed is None


def test_settings_that_are_reached_in_many_ways_are_looked_at_once() -> None:
    others = {
        f"site/s{n + 2}.py": f"from site.s{n} import *\nfrom site.s{n + 1} import *\n"
        for n in range(60)
    }
    tree = {
        "site/s0.py": "X = 1\n",
        "site/s1.py": "X = 1\n",
        **others,
        "site/settings.py": "from site.s61 import *\nINSTALLED_APPS = ['people']\n",
    }
    project = Project(MemoryTree({"site/__init__.py": "", **tree}), Sources(), {})

    assert _read(tree, "site.settings").installed == frozenset({"people"})
    paths = [module.path for module in ChosenSettings(project, "site.settings").modules]
    assert 20 < len(paths) == len(set(paths))
