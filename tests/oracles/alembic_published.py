"""
Published projects with SQLAlchemy models and Alembic revisions, each in an environment of its own.

What they are asked runs in a process of that environment on a real PostgreSQL
(``_alembic_real.py``); nothing of them is imported here. ``own`` names the packages
whose sources a repository of the project would hold: no others are shown to the readers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.oracles.environments import FOLDER, SECONDS, make_environment, packages_in

SCRIPT = Path(__file__).parent / "_alembic_real.py"
SOURCE_BYTES = 1_000_000
SUFFIXES = (".py", ".ini", ".toml", ".cfg", ".mako")


@dataclass(frozen=True, kw_only=True)
class Project:
    """What is installed, how its Alembic is configured, and which of its sources are read."""

    name: str
    install: tuple[str, ...]
    own: tuple[str, ...]
    """Top-level packages: the tree that is read."""
    setup: str
    """Python with ``config(url)``, and ``upgrade(config, target)`` where the project has its own."""
    versions: str = ""
    """The start of the path of the version location that is meant, where there are several."""
    environment: Mapping[str, str] = field(default_factory=dict)


PLAIN = """
from alembic.config import Config
from importlib.resources import files
def config(url):
    found = Config(str(files("{package}") / "{ini}"))
    found.set_main_option("script_location", str(files("{package}") / "{script}"))
    found.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return found
"""


def plain(package: str, script: str, ini: str) -> str:
    """The set-up of a project whose ``env.py`` takes the address from the configuration."""
    return PLAIN.format(package=package, script=script, ini=ini)


FLASK = """
from alembic.config import Config
from importlib.resources import files
def config(url):
{make}
    app.app_context().push()
    found = Config(str(files("{package}") / "{script}" / "alembic.ini"))
    found.set_main_option("script_location", str(files("{package}") / "{script}"))
    return found
"""

MLFLOW = """
from alembic.config import Config
from importlib.resources import files
def config(url):
    import mlflow.store.tracking.dbmodels.models
    import mlflow.store.model_registry.dbmodels.models
    import mlflow.store.workspace.dbmodels.models
    found = Config(str(files("mlflow") / "store/db_migrations/alembic.ini"))
    found.set_main_option("script_location", str(files("mlflow") / "store/db_migrations"))
    found.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return found
def upgrade(config, target):
    # As mlflow's own ``_initialize_tables`` does it.
    import sqlalchemy
    from alembic import command
    from mlflow.store.db.utils import InitialBase
    address = config.get_main_option("sqlalchemy.url")
    InitialBase.metadata.create_all(sqlalchemy.create_engine(address))
    command.upgrade(config, target)
"""
PHOENIX = """
from alembic.config import Config
from importlib.resources import files
def config(url):
    import sqlalchemy
    found = Config(str(files("phoenix.db") / "alembic.ini"))
    found.set_main_option("script_location", str(files("phoenix.db") / "migrations"))
    found.attributes["connection"] = sqlalchemy.create_engine(url).connect()
    return found
"""
IHATEMONEY = """
    import pathlib
    place = pathlib.Path("ihatemoney.cfg").absolute()
    place.write_text(f"SQLALCHEMY_DATABASE_URI = {url!r}\\nSECRET_KEY = 'x'\\n")
    import os
    os.environ["IHATEMONEY_SETTINGS_FILE_PATH"] = str(place)
    import ihatemoney.models, flask, flask_migrate
    app = flask.Flask("oracle")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    ihatemoney.models.db.init_app(app)
    flask_migrate.Migrate(app, ihatemoney.models.db)
"""
AIRFLOW = """
import os
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = os.environ["ORACLE_URL"]
os.environ["AIRFLOW_HOME"] = os.getcwd() + "/airflow"
def config(url):
    from airflow import settings
    settings.configure_orm() if settings.engine is None else None
    from airflow.utils.db import _get_alembic_config
    return _get_alembic_config()
"""
SUPERSET = """
    import os, pathlib
    pathlib.Path("superset_config.py").write_text(
        f"SQLALCHEMY_DATABASE_URI = {url!r}\\nSECRET_KEY = 'not so secret at all, but long'\\n"
        "ALEMBIC_SKIP_LOG_CONFIG = True\\n")
    os.environ["SUPERSET_CONFIG_PATH"] = os.getcwd() + "/superset_config.py"
    from superset.app import create_app
    app = create_app()
"""
KEYSTONE = """
def config(url):
    import importlib
    from importlib.resources import files
    import keystone.conf
    keystone.conf.configure()
    keystone.conf.CONF([], project="keystone", default_config_files=[])
    from keystone.common.sql import upgrades
    from oslo_db import options
    options.set_defaults(keystone.conf.CONF)
    for place in sorted(files("keystone").rglob("sql.py")):
        name = ".".join(place.relative_to(files("keystone").parent).with_suffix("").parts)
        importlib.import_module(name)
    found = upgrades._find_alembic_conf()
    found.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return found
"""
MWDB = """
    import os
    os.environ["MWDB_POSTGRES_URI"] = url
    os.environ["MWDB_SECRET_KEY"] = "x"
    os.environ["MWDB_ENABLE_SSDEEP"] = "0"
    from mwdb.app import app
    app.config["SQLALCHEMY_DATABASE_URI"] = url
"""
LANGFLOW = """
import os
from alembic.config import Config
from importlib.resources import files
def config(url):
    found = Config(str(files("langflow") / "alembic.ini"))
    found.set_main_option("script_location", str(files("langflow") / "alembic"))
    found.set_main_option("sqlalchemy.url", url.replace("psycopg2", "psycopg").replace("%", "%%"))
    return found
"""

PROJECTS: tuple[Project, ...] = (
    Project(
        name="optuna",
        install=("optuna",),
        own=("optuna",),
        setup=plain("optuna.storages._rdb", "alembic", "alembic.ini"),
    ),
    Project(
        name="ihatemoney",
        install=("ihatemoney",),
        own=("ihatemoney",),
        setup=FLASK.format(package="ihatemoney", script="migrations", make=IHATEMONEY),
    ),
    Project(
        name="mlflow",
        install=("mlflow-skinny", "sqlalchemy", "alembic", "flask"),
        own=("mlflow",),
        setup=MLFLOW,
        versions="mlflow/store",
    ),
    Project(name="phoenix", install=("arize-phoenix",), own=("phoenix",), setup=PHOENIX),
    Project(
        name="zou",
        install=("zou",),
        own=("zou",),
        setup=FLASK.format(
            package="zou",
            script="migrations",
            make="    from zou.app import app\n    app.config['SQLALCHEMY_DATABASE_URI'] = url\n",
        ),
        environment={"SECRET_KEY": "not so secret at all, but long enough"},
    ),
    Project(
        name="airflow", install=("apache-airflow-core", "asyncpg"), own=("airflow",), setup=AIRFLOW
    ),
    Project(
        name="superset",
        install=("apache-superset", "flask-caching<2.4"),
        own=("superset", "superset_core"),
        setup=FLASK.format(package="superset", script="migrations", make=SUPERSET),
    ),
    Project(name="keystone", install=("keystone",), own=("keystone",), setup=KEYSTONE),
    Project(
        name="ckan",
        install=("ckan[requirements]",),
        own=("ckan",),
        setup=plain("ckan", "migration", "migration/alembic.ini"),
        versions="ckan/migration",
    ),
    Project(
        name="mwdb",
        install=("mwdb-core",),
        own=("mwdb",),
        setup=FLASK.format(package="mwdb", script="model/migrations", make=MWDB),
    ),
    Project(name="langflow", install=("langflow-base",), own=("langflow",), setup=LANGFLOW),
)


def folder_of(project: Project) -> Path:
    """Where its environment is."""
    return FOLDER / f"al-{project.name}"


def packages_of(project: Project) -> Path:
    """Where its packages are."""
    return packages_in(folder_of(project))


def install(project: Project) -> None:
    """
    Make the environment of *project*, where it is not there.

    Raises:
        RuntimeError: It cannot be installed here; with the installer's last words.
    """
    folder = folder_of(project)
    make_environment(folder, (*project.install, "psycopg2-binary", "psycopg[binary]"))
    (folder / "oracle_alembic.py").write_text(project.setup)


def ask(project: Project, action: str, url: str, overlay: Path | None = None) -> Any:
    """
    The JSON that ``_alembic_real.py`` prints in the environment, *overlay* before its packages.

    Raises:
        RuntimeError: The project does not load or upgrade; with what it printed.
    """
    folder = folder_of(project)
    shutil.copy(SCRIPT, folder / SCRIPT.name)
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL", "FLASK_"))
    }
    done = subprocess.run(
        [
            *(str(folder / "bin" / "python"), "-W", "ignore", str(folder / SCRIPT.name)),
            *(action, url, *project.own),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            **kept,
            "HOME": str(folder),
            "PYTHONPATH": str(overlay) if overlay else "",
            "PYTHONHASHSEED": "0",
            "ORACLE_URL": url,
            **project.environment,
        },
        timeout=SECONDS,
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"{project.name} does not {action}: {done.stderr[-3000:]}")
    return json.loads(done.stdout)


def sources(project: Project) -> dict[str, bytes]:
    """The Python and configuration files of its own packages, as a repository would hold them."""
    root = packages_of(project)
    found: dict[str, bytes] = {}
    for name in project.own:
        for path in sorted((root / name).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size < SOURCE_BYTES:
                found[str(path.relative_to(root))] = path.read_bytes()
    return found
