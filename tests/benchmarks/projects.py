"""
The real ``makemigrations --check --dry-run`` of large projects next to a review of them, in one run.

    python -m tests.benchmarks.projects [NAME ...]

Each project is installed with all that it needs into an environment of its own
(the one of the states oracle). Django's command runs there as a pipeline runs
it, with the system checks, on the project with one added field; the review
reads a repository of the project's own sources and a branch that adds the
field. Both must name the field. The floor is what ``git cat-file --batch`` and
``ast.parse`` take for the files that the cold review reads, in a Python that runs already.

How long Django's command takes depends on what is compiled. It is asked with
nothing compiled but Python's own library (the first run after ``uv``, or each
run where ``PYTHONDONTWRITEBYTECODE`` is set as well), in a fresh checkout (the
packages compiled, as ``pip`` does, the project not: each run of a pipeline),
and with all compiled (the second run at one place). The review is Two-Step as
``pip`` installs it: compiled.
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
        "| project | migrations | --check, nothing compiled | fresh checkout | all compiled "
        "| floor | review, cold | with the cache | the same again |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
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
    fresh = own_sources(project, models, scratch / "fresh")
    compiled = Path(shutil.copytree(fresh, scratch / "compiled"))
    bare = without_bytecode(folder_of(project), scratch / "bare")
    review = [sys.executable, "-m", "bot.cli", "review", str(repository), "--base", "main"]
    review += ["--head", "feature", "--fail-on", "never", "--format", "github"]
    ours = {**os.environ, "XDG_CACHE_HOME": str(scratch / "cache")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    blobs = read_by_review(repository, "main", "feature")
    ways: dict[str, Callable[[], object]] = {
        "nothing compiled": lambda: check(project, bare, fresh, keep=False),
        "fresh checkout": lambda: check(project, folder_of(project), fresh, keep=False),
        "all compiled": lambda: check(project, folder_of(project), compiled, keep=True),
        "floor": lambda: floor(repository, blobs),
        "cold": lambda: run([*review, "--no-cache"], ours),
        "warm": lambda: run(review, ours),
        "again": lambda: run(review, ours),
    }
    for way in ("all compiled", "fresh checkout", "nothing compiled", "warm"):
        if "added_for_the_bench" not in (said := str(ways[way]())):
            raise RuntimeError(f"{way}: the added field is not found:\n{said[-1500:]}")
    kept = scratch / "cache"
    median = medians(ways, ROUNDS, before={"warm": lambda: forget_reviews(kept)})
    times = " | ".join(f"{seconds:.2f} s" for seconds in median.values())
    return f"| {project.name} | {migrations} | {times} |"


def own_sources(project: Project, models: str, path: Path) -> Path:
    """A folder with the project's own modules, one field added, and nothing compiled."""
    for name in project.own:
        shutil.copytree(
            packages_of(project) / name, path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    (path / models).write_text(with_field((path / models).read_text()))
    return path


def without_bytecode(environment: Path, path: Path) -> Path:
    """The files of *environment* at another place, where none of its packages is compiled."""

    def linked(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:  # another file system
            shutil.copy2(source, target)

    shutil.copytree(
        environment,
        path,
        symlinks=True,
        ignore=shutil.ignore_patterns("__pycache__"),
        copy_function=linked,
    )
    return path


def check(project: Project, folder: Path, own: Path, *, keep: bool) -> str:
    """What Django's command says of the modules in *own*, in *folder*; *keep* what Python compiles."""
    # A package without an ``__init__.py`` must not stand at two places.
    environment = environment_of(replace(project, roots=()))
    environment["PYTHONPATH"] = os.pathsep.join(
        [
            str(own),
            *(str(own / root) for root in project.roots),
            environment["PYTHONPATH"],
            str(folder),
        ]
    )
    environment["DJANGO_SETTINGS_MODULE"] = project.module
    if not keep:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [str(folder / "bin" / "python"), "-W", "ignore", "-m", "django"]
    return run([*command, "makemigrations", "--check", "--dry-run"], environment, fails=True)


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
