"""
The real ``makemigrations --check --dry-run`` next to a review of the same project, in one run.

    python -m tests.benchmarks.checks

The projects are published packages in the folder of the loader oracle, with
settings that name their apps. A repository is made of the sources of their
apps, and a branch that adds a field to one model; Django's command imports the
project and answers for the branch, the review reads both sides.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.git.fast_import import Commit, make_repository
from tests.benchmarks.timing import forget_reviews, medians
from tests.oracles.django_loader import CONTRIB, FOLDER, PACKAGES, Package, install, real

PROJECTS = {
    "wagtail": "wagtail/images/models.py",
    "django-oscar": "oscar/apps/catalogue/abstract_models.py",
    "django-cms": "cms/models/pagemodel.py",
}
"""Packages of more than 100 migrations each with Django's own, and a file with models of theirs."""
ROUNDS = 3
FIELD = "    added_for_the_bench = models.TextField(null=True)\n"

SETTINGS = """INSTALLED_APPS = {apps!r}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
SECRET_KEY = "not secret"
SITE_ID = 1
STATIC_URL = "/static/"
ROOT_URLCONF = "bench_urls"
LANGUAGES = [("en", "English")]
LANGUAGE_CODE = "en"
CMS_CONFIRM_VERSION4 = True
WAGTAIL_SITE_NAME = "x"
WAGTAILADMIN_BASE_URL = "http://localhost"
TEMPLATES = [
    {{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {{"context_processors": ["django.template.context_processors.request"]}},
    }}
]
SILENCED_SYSTEM_CHECKS = ["admin.E403", "admin.E406", "admin.E408", "admin.E409", "admin.E410"]
"""


def main() -> int:
    """Print the table."""
    install()
    print(
        "| project | migrations | makemigrations --check | review, cold | with the cache | the same again | faster |"
    )
    print("|---|---|---|---|---|---|---|")
    for package in PACKAGES:
        if package.name in PROJECTS:
            with tempfile.TemporaryDirectory(prefix="twostep-check-") as scratch:
                print(row(package, PROJECTS[package.name], Path(scratch)), flush=True)
    return 0


def row(package: Package, models: str, scratch: Path) -> str:
    """The line of one project: seconds, and how many times faster the review is."""
    truth, folders = real(package, FOLDER)
    repository = repository_of(folders, models, scratch / "repository")
    project = project_of(package, folders, models, scratch / "project")
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(scratch / "cache"),
        "PYTHONPATH": os.pathsep.join([str(project), str(Path.cwd()), str(FOLDER)]),
        "DJANGO_SETTINGS_MODULE": "bench_settings",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    check = [sys.executable, "-m", "django", "makemigrations"]
    # Without the system checks, which need more of a project than there is here.
    check += ["--check", "--dry-run", "--skip-checks"]
    review = [sys.executable, "-m", "bot.cli", "review", str(repository), "--base", "main"]
    review += ["--head", "feature", "--fail-on", "never", "--format", "github"]
    ours = {k: v for k, v in environment.items() if k != "PYTHONPATH"}
    for said in (run(review, ours), run(check, environment, fails=True)):
        if "added_for_the_bench" not in said:
            raise RuntimeError(f"{package.name}: the added field is not found:\n{said[-1500:]}")
    ways: dict[str, Callable[[], object]] = {
        "check": lambda: run(check, environment, fails=True),
        "cold": lambda: run([*review, "--no-cache"], ours),
        "warm": lambda: run(review, ours),
        "again": lambda: run(review, ours),
    }
    kept = scratch / "cache"
    median = medians(ways, ROUNDS, before={"warm": lambda: forget_reviews(kept)})
    times = [f"{median['check'] / median[name]:.1f} / " for name in ("cold", "warm", "again")]
    return (
        f"| {package.name} | {len(truth.nodes)} | {median['check']:.2f} s | {median['cold']:.2f} s "
        f"| {median['warm']:.2f} s | {median['again']:.2f} s | {''.join(times).rstrip(' /')} |"
    )


def repository_of(folders: tuple[str, ...], models: str, path: Path) -> Path:
    """A repository of the packages' sources, and the branch that adds a field."""
    files: dict[str, str | bytes | None] = {}
    for name in folders:
        folder = Path(name)
        for file in sorted(folder.rglob("*.py")):
            files[str(file.relative_to(folder.parent))] = file.read_bytes()
    text = files[models]
    assert isinstance(text, bytes)
    changed: Mapping[str, str | bytes | None] = {models: with_field(text.decode())}
    make_repository(
        path,
        [
            Commit(branch="main", files=files),
            Commit(branch="feature", parent="main", files=dict(changed)),
        ],
    )
    return path


def project_of(package: Package, folders: tuple[str, ...], models: str, path: Path) -> Path:
    """A folder to put before the installed packages: settings, and the changed package."""
    path.mkdir()
    top = models.partition("/")[0]
    source = next(Path(f) for f in folders if Path(f).name == top)
    shutil.copytree(source, path / top)
    changed = path / models
    changed.write_text(with_field(changed.read_text()))
    text = f"from {package.defaults} import *\n\n" if package.defaults else ""
    text += SETTINGS.format(apps=[*CONTRIB, *package.apps])
    text += "".join(f"{name} = {value!r}\n" for name, value in package.settings.items())
    (path / "bench_settings.py").write_text(text)
    (path / "bench_urls.py").write_text("urlpatterns = []\n")
    return path


def with_field(source: str) -> str:
    """*source* with a field more in the first class that has fields."""
    lines = source.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith("    ") and "= models." in line)
    return "".join([*lines[:at], FIELD, *lines[at:]])


def run(command: list[str], environment: dict[str, str], *, fails: bool = False) -> str:
    """What *command* printed; with *fails* it may end with 1."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and not (fails and done.returncode == 1):
        raise RuntimeError(f"{command}: {done.stderr[-1500:]}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
