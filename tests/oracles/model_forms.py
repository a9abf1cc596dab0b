"""
Small apps in which models are written in every way that is read, against Django.

    python -m tests.oracles.model_forms

``plain_forms`` need nothing but Django; ``library_forms`` and ``varying_forms`` take
their bases, fields and managers from libraries whose sources are not in the tree.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

from analyzers.config import Config, DjangoConfig
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.django_projects import (
    Project,
    ask,
    environment_of,
    folder_of,
    install,
    packages_of,
    settings_of,
    write_files,
)
from tests.oracles.leaning_projects import leaning, leaning_before
from tests.oracles.library_forms import WITH_LIBRARIES
from tests.oracles.plain_forms import FORMS
from tests.oracles.varying_forms import VARYING

forms = Project(
    name="forms",
    install=("django>=5.2,<5.3",),
    own=("forms",),
    settings='INSTALLED_APPS = [*DJANGO, "forms.apps.FormsConfig"]\nFORMS_LATE_MODEL = "forms.Late"\n',
    files=FORMS,
)


def left_open(project: Project) -> tuple[int, str]:
    """
    How many models a missing first migration is written for, and what ``makemigrations --check`` still finds.

    Of the forms that are the same in each version of the libraries.
    """
    files = {**project.files, **{k: WITH_LIBRARIES[k] for k in VARYING if k in WITH_LIBRARIES}}
    write_files(replace(project, files=files))
    tree = MemoryTree({**files, "oracle_settings.py": settings_of(project)})
    empty = MemoryTree(dict.fromkeys(files, ""))
    comparison = Comparison(merge_base=empty, base=empty, head=tree, merged=tree)
    config = Config(django=DjangoConfig(settings=project.module))
    written = Facts(comparison, config, MemoryCache()).write_missing()
    made = [packages_of(project) / file.path for file in written.files]
    for path, file in zip(made, written.files, strict=True):
        path.write_text(file.content)
    environment = environment_of(project)
    environment["DJANGO_SETTINGS_MODULE"] = project.module
    environment["PYTHONPATH"] += os.pathsep + str(folder_of(project))
    # Two fields of the forms would be refused by the libraries' own checks.
    check = ["makemigrations", "leaning", "--check", "--dry-run", "--skip-checks"]
    command = [str(folder_of(project) / "bin" / "python"), "-m", "django", *check]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    for path in made:
        path.unlink()
    write_files(project)
    count = sum(file.content.count("migrations.CreateModel(") for file in written.files)
    return count, "" if count and not done.returncode else done.stdout + done.stderr[-500:]


def main() -> int:
    """Print what agrees and what does not; 1 where something is wrong."""
    from tests.oracles.django_states import compare

    wrong = 0
    for project in (forms, leaning, leaning_before):
        install(project)
        verdicts = compare(project, ask(project, "_django_real.py"))
        wrong += len(verdicts.wrong)
        counts = verdicts.counts
        print(
            f"{project.name}: {counts['models models']} models, {counts['models fields']} fields, "
            f"{counts['models fields agree']} agree, {counts['models fields opaque']} opaque, "
            f"{len(verdicts.wrong)} wrong"
        )
        for text in (*verdicts.wrong, *verdicts.opaque):
            print(f"  {text}")
    for project in (leaning, leaning_before):
        count, still = left_open(project)
        wrong += bool(still)
        print(
            f"{project.name}: a migration for {count} models; {still or 'nothing is missing then'}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
