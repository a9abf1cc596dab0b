"""
The real ``makemigrations --check --dry-run`` of large projects next to a review of them, in one run.

    python -m tests.benchmarks.projects [NAME ...]

Each project is installed with all that it needs into an environment of its own
(the one of the states oracle). Django's command runs there as a pipeline runs
it, with the system checks, on the project with one added field; the review
reads a repository of the project's own sources and a branch that adds the
field. Both must name the field. The floor is what ``git cat-file --batch`` and
``ast.parse`` take for the files that the cold review reads, in a Python that runs already.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.git.fast_import import Commit, make_repository
from tests.benchmarks.checks import run, with_field
from tests.benchmarks.floor import floor, read_by_review
from tests.benchmarks.timing import forget_reviews, medians
from tests.oracles.django_projects import (
    PROJECTS,
    Project,
    environment_of,
    folder_of,
    install,
    packages_of,
    settings_of,
    sources,
)

MODELS = {
    "pretix": "pretix/base/models/devices.py",
    "mayan": "mayan/apps/documents/models/document_type_models.py",
    "kolibri": "kolibri/core/device/models.py",
    "pretalx": "pretalx/submission/models/review.py",
    "nautobot": "nautobot/circuits/models.py",
    "labelstudio": "label_studio/ml_models/models.py",
}
"""Projects of at least 150 migrations of their own, and a file with models of theirs."""
ROUNDS = 3


def main() -> int:
    """Print the table; 1 where a project cannot be asked."""
    chosen = sys.argv[1:] or [*MODELS]
    bad = 0
    print(
        "| project | migrations | makemigrations --check | floor | review, cold | with the cache | the same again | faster |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for project in PROJECTS:
        if project.name in chosen:
            try:
                install(project)
                with tempfile.TemporaryDirectory(prefix="twostep-check-") as scratch:
                    print(row(project, MODELS[project.name], Path(scratch)), flush=True)
            except RuntimeError as error:
                bad = 1
                print(f"{project.name}: {error}", file=sys.stderr)
    return bad


def row(project: Project, models: str, scratch: Path) -> str:
    """The line of one project: medians in seconds, and how many times faster floor and review are."""
    repository, migrations = repository_of(project, models, scratch / "repository")
    changed = scratch / "changed"
    for name in project.own:
        shutil.copytree(packages_of(project) / name, changed / name)
    (changed / models).write_text(with_field((changed / models).read_text()))
    # A package without an ``__init__.py`` must not stand at two places.
    environment = environment_of(replace(project, roots=()))
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(changed), *(str(changed / root) for root in project.roots), environment["PYTHONPATH"]]
    )
    environment["DJANGO_SETTINGS_MODULE"] = project.module
    environment["PYTHONPATH"] += os.pathsep + str(folder_of(project))
    check = [str(folder_of(project) / "bin" / "python"), "-W", "ignore", "-m", "django"]
    check += ["makemigrations", "--check", "--dry-run"]
    review = [sys.executable, "-m", "bot.cli", "review", str(repository), "--base", "main"]
    review += ["--head", "feature", "--fail-on", "never", "--format", "github"]
    ours = {**os.environ, "XDG_CACHE_HOME": str(scratch / "cache")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)

    def asked() -> str:
        return run(check, environment, fails=True)

    for said in (run(review, ours), asked()):
        if "added_for_the_bench" not in said:
            raise RuntimeError(f"the added field is not found:\n{said[-1500:]}")
    blobs = read_by_review(repository, "main", "feature")
    ways: dict[str, Callable[[], object]] = {
        "check": asked,
        "floor": lambda: floor(repository, blobs),
        "cold": lambda: run([*review, "--no-cache"], ours),
        "warm": lambda: run(review, ours),
        "again": lambda: run(review, ours),
    }
    kept = scratch / "cache"
    median = medians(ways, ROUNDS, before={"warm": lambda: forget_reviews(kept)})
    times = " / ".join(
        f"{median['check'] / median[name]:.1f}" for name in ("floor", "cold", "warm", "again")
    )
    return (
        f"| {project.name} | {migrations} | {median['check']:.2f} s | {median['floor']:.2f} s "
        f"| {median['cold']:.2f} s "
        f"| {median['warm']:.2f} s | {median['again']:.2f} s | {times} |"
    )


def repository_of(project: Project, models: str, path: Path) -> tuple[Path, int]:
    """A repository of the project's own sources with a branch that adds a field; its migrations."""
    files: dict[str, str | bytes | None] = {**sources(project)}
    text = files[models]
    assert isinstance(text, bytes)
    if settings_of(project):
        files[f"{project.module.replace('.', '/')}.py"] = settings_of(project)
    said = {"settings": project.module, **project.config}
    files[".github/twostep.yml"] = json.dumps({"django": said})  # which is YAML too
    field = {models: with_field(text.decode())}
    make_repository(
        path,
        [
            Commit(branch="main", files=files),
            Commit(branch="feature", parent="main", files={**field}),
        ],
    )
    named = [p for p in files if "/migrations/" in p and not p.endswith("__init__.py")]
    return path, len(named)


if __name__ == "__main__":
    sys.exit(main())
