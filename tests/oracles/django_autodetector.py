"""
The cases of Django's own tests of its autodetector, played as projects of source files.

    python -m tests.oracles.django_autodetector [--python PYTHON] [TEST ...]

Django's tests come with its source distribution, of the version that is
installed here, or in the environment of *PYTHON*. Each call that they make of the autodetector becomes a project:
models before and after, and a first migration. The real ``makemigrations``
answers for these files, and Two-Step has to write the same files and ask the
same questions. Where classes say something else than the states of a test,
which nobody's models could make, that is told.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analyzers.config import Config, DjangoConfig
from analyzers.read.cache import MemoryCache
from analyzers.relate.django_writer import Answers, Written, write_missing
from analyzers.relate.facts import Facts
from analyzers.relate.missing import missing
from analyzers.trees import Comparison, MemoryTree

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / ".cache" / "oracle-autodetector"
SECONDS = 3000

SETTINGS = """INSTALLED_APPS = {apps!r}
AUTH_USER_MODEL = {user!r}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""

Case = dict[str, Any]
Files = Mapping[str, Sequence[tuple[str, str]]]
"""By app: names and texts of migrations."""


def version_of(python: str) -> str:
    """The version of Django in the environment of *python*."""
    asked = [python, "-c", "import django; print(django.__version__)"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def tests_of_django(python: str) -> Path:
    """The folder of the tests of the Django of *python*, fetched by it where they are not there."""
    version = version_of(python)
    name = f"django-{version}"
    tests = FOLDER / name / "tests"
    if not tests.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        pip = [python, "-m", "pip", "download", "--quiet", "--no-deps"]
        pip += ["--no-binary", ":all:", "--dest", str(FOLDER), f"django=={version}"]
        subprocess.run(pip, check=True, timeout=SECONDS)
        with tarfile.open(FOLDER / f"{name}.tar.gz") as archive:
            archive.extractall(FOLDER, filter="data")
    return tests


def cases_of(tests: Path, chosen: Iterable[str], python: str = sys.executable) -> list[Case]:
    """What Django's tests (those *chosen*, or all) ask of the autodetector, in the environment of *python*."""
    script = HERE / "_django_autodetector_cases.py"
    done = subprocess.run(
        [python, str(script), str(tests), *chosen],
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    found: list[Case] = json.loads(done.stdout)
    return found


def models_of(case: Case, side: str) -> dict[str, str]:
    """The files of one side but its migrations."""
    apps = apps_of(case)
    settings = SETTINGS.format(
        apps=["django.contrib.auth", "django.contrib.contenttypes", *apps],
        user=user_of(case, side),
    )
    files = {"project/__init__.py": "", "project/settings.py": settings}
    for app in apps:
        files |= {f"{app}/__init__.py": "", f"{app}/models.py": ""}
        files |= {f"{app}/migrations/__init__.py": ""}
    return {**files, **case[side]}


def user_of(case: Case, side: str) -> str:
    """The model of users: the case's where that side has it."""
    app, _, name = case["user"].partition(".")
    there = re.search(rf"^class {name}\(", case[side].get(f"{app}/models.py", ""), re.M | re.I)
    return case["user"] if there else "auth.User"


def apps_of(case: Case) -> list[str]:
    """The labels of the case's apps."""
    paths = [*case["before"], *case["after"]]
    found = {path.partition("/")[0] for path in paths if path.endswith("/models.py")}
    return sorted(found - {"auth", "contenttypes"})


OLD_OPTION = re.compile(r"^        index_together = (.*)\n", re.MULTILINE)
CLASS = re.compile(r"^class (\w+)", re.MULTILINE)


def without_old_options(path: str, text: str, together: dict[str, Any]) -> str:
    """*text* as the installed Django takes it; what had to go is put into *together*."""
    for found in OLD_OPTION.finditer(text):
        name = CLASS.findall(text[: found.start()])[-1]
        groups = ast.literal_eval(found.group(1))
        together[f"{path.partition('/')[0]}.{name}".lower()] = sorted(groups)
    return OLD_OPTION.sub("        abstract = False\n", text)


def real(cases: Iterable[Case], python: str = sys.executable) -> list[dict[str, Any]]:
    """What Django says of each, in the environment of *python*."""
    with tempfile.TemporaryDirectory(prefix="twostep-autodetector-") as scratch:
        asked = []
        for number, case in enumerate(cases):
            folder = Path(scratch) / str(number)
            together: dict[str, Any] = {}
            for side in ("before", "after"):
                for path, text in models_of(case, side).items():
                    file = folder / side / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(without_old_options(path, text, together))
            wanted = {key: case[key] for key in ("renames", "default")}
            wanted["user"] = {side: user_of(case, side) for side in ("before", "after")}
            asked.append(
                {"folder": str(folder), "apps": apps_of(case), "together": together, **wanted}
            )
        done = subprocess.run(
            [python, str(HERE / "_django_autodetector_real.py")],
            input=json.dumps(asked),
            text=True,
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


def ours(case: Case, initial: Mapping[str, str], version: str | None = None) -> Written:
    """
    What Two-Step writes for the same files, *initial* being the migrations of both sides.

    *version* is what the configuration says of Django.
    """
    before, after = (
        MemoryTree({**models_of(case, side), **initial}) for side in ("before", "after")
    )
    facts = Facts(
        Comparison(merge_base=before, base=before, head=after, merged=after),
        Config(django=DjangoConfig(version=version)),
        MemoryCache(),
    )
    django = facts.django_version
    base, merged = facts.views
    default = "None" if case["default"] is None else case["default"] or None
    answers = Answers(rename=case["renames"], default=default)
    gaps = missing(base, merged).gaps
    written = write_missing(merged, gaps, answers=answers, version=django)
    if default is None:
        return written
    # The other side answers so for times of creation as well.
    named = tuple((q.field, default) for q in written.questions if q.field)
    return write_missing(merged, gaps, answers=replace(answers, defaults=named), version=django)


def operations(files: Iterable[str]) -> list[str]:
    """The operations of migrations, in order, in one spelling."""
    found = []
    for text in files:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "operations":
                found += [ast.unparse(each) for each in getattr(node.value, "elts", ())]
    return found


def compared(case: Case, said: Mapping[str, Any], version: str | None = None) -> tuple[str, str]:
    """The verdict of one case, and what differs; *version* is what the configuration says of Django."""
    theirs: Files = said["files"]
    try:
        written = ours(case, said["initial"], version)
    except Exception as error:  # noqa: BLE001  that is a verdict too
        return "fails", f"{type(error).__name__}: {error}"
    mine: dict[str, list[tuple[str, str]]] = {}
    for file in written.files:
        app, _, name = file.path.partition("/migrations/")
        mine.setdefault(app, []).append((name.removesuffix(".py"), file.content))
    for app in sorted({*mine, *theirs}):
        texts = [[text for _, text in side.get(app, ())] for side in (mine, theirs)]
        one, two = (operations(side) for side in texts)
        if one != two:
            return "differs", f"{app}: {one} is {two}"
    if len(written.questions) != len(said["asked"]):
        return "asks", f"{[q.text for q in written.questions]} is {said['asked']}"
    for app in sorted({*mine, *theirs}):
        whole = [[list(map(ast_of, each)) for each in side.get(app, ())] for side in (mine, theirs)]
        if whole[0] != whole[1]:
            return "same operations", f"{app}: {whole[0]} is {whole[1]}"
    return "equal", ""


def ast_of(text: str) -> str:
    """A name as it is, a file as its statements."""
    return text if "\n" not in text else ast.unparse(ast.parse(text))


def as_the_test_has_it(case: Case, files: Files) -> bool:
    """Whether Django says of the files what it said of the test's own states."""
    theirs = [ast.unparse(ast.parse(one)) for app in case["operations"].values() for one in app]
    said = [one for each in files.values() for one in operations(text for _, text in each)]
    # What a class gives its key, the states that the tests make by hand leave out.
    bare = [
        sorted(each.replace(", serialize=False", "") for each in side) for side in (said, theirs)
    ]
    return bare[0] == bare[1]


def main() -> int:
    """Print what differs and the sums; 1 where something does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", help="a Python with another Django than the one of this one")
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    python = options.python or sys.executable
    # Of the Django that this environment has, nothing needs to be said.
    version = version_of(python) if options.python else None
    cases = cases_of(tests_of_django(python), options.tests, python)
    counts: dict[str, int] = {}
    lines = []
    others = []
    playable = [case for case in cases if "why" not in case]
    for case, said in zip(playable, real(playable, python), strict=True):
        if "error" in said:
            case["why"] = f"no project of files: {said['error'].splitlines()[0][:150]}"
            continue
        verdict, what = compared(case, said, version)
        counts[verdict] = counts.get(verdict, 0) + 1
        if what:
            lines.append(f"{verdict:16} {case['test']}: {what}")
        if not as_the_test_has_it(case, said["files"]):
            others.append(case["test"])
    left = [case for case in cases if "why" in case]
    for case in left:
        print(f"  not played: {case['test']}: {case['why']}")
    print("\n".join(lines))
    print(
        f"{len(cases)} cases; {len(left)} not played; {sum(counts.values())} played: {counts}; "
        f"of {len(others)} the classes say something else than the states of the test: {others}"
    )
    return 0 if set(counts) == {"equal"} else 1


if __name__ == "__main__":
    sys.exit(main())
