"""
Published Django packages: their models against their own migrations, read without running.

A released package has no missing migration, or nearly none: whatever differs
between its models and its migrations is an error of the readers (or, seldom, a
migration that the package really lacks). Sources are installed without their
dependencies into a folder that git ignores; nothing of them is imported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from analyzers.config import Config
from analyzers.read.values import Call, known
from analyzers.trees import MemoryTree
from tests.support.views import view_of

FOLDER = Path(__file__).parents[2] / ".cache" / "oracle-packages"
PACKAGES = (
    "wagtail",
    "django-oscar",
    "django-cms",
    "django-allauth",
    "django-oauth-toolkit",
    "django-simple-history",
    "django-guardian",
    "django-filer",
    "django-celery-beat",
    "django-celery-results",
    "django-taggit",
    "django-reversion",
    "django-waffle",
    "django-axes",
    "django-otp",
    "django-two-factor-auth",
    "django-q2",
    "django-push-notifications",
    "django-hijack",
    "django-constance",
    "django-machina",
    "django-modelcluster",
    "django-organizations",
    "django-invitations",
    "djangorestframework",
    "djangorestframework-simplejwt",
    "easy-thumbnails",
    "social-auth-app-django",
    "wger",
    "pretix",
    "hyperkitty",
    "postorius",
    "openedx-learning",
    "edx-organizations",
    "edxval",
    "edx-proctoring",
    "edx-enterprise",
)


def install(package: str) -> Path | None:
    """The folder with the sources of *package* alone; None where it cannot be had."""
    folder = FOLDER / package
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        command = ["install", "--quiet", "--no-deps", "--target", str(folder), package]
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        runner = [uv, "pip"] if Path(uv).exists() else [sys.executable, "-m", "pip"]
        if runner[0] == uv:
            command += ["--python", sys.executable]
        if subprocess.run([*runner, *command], check=False, capture_output=True).returncode:
            return None
    return folder


def measure(folder: Path) -> Counter[str]:
    """Counts: ``migrations``, ``models``, ``fields``, ``opaque``, ``differences``."""
    files = {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*.py"))
        if p.stat().st_size < 1_000_000
    }
    view = view_of(MemoryTree(files), Config())
    counts: Counter[str] = Counter(
        migrations=len(view.reading.migrations), models=len(view.models.found)
    )
    for key, model in view.models.found.items():
        state = view.state.models.get(key)  # type: ignore[call-overload]
        counts["fields"] += len(model.fields)
        for name, definition in model.fields.items():
            held = state.fields.get(name) if state is not None else None
            if not isinstance(definition.value, Call) or (
                not known(definition.value) and definition.value != held
            ):
                counts["opaque"] += 1
    for gap in view.gaps.values():
        place = gap.place.path
        counts["differences"] += 1
        print(
            f"  {gap.app}.{gap.model} {gap.operation} {gap.name or ''} {gap.aspect} "
            f"{gap.said[:80]} | {gap.held[:80]} {place}",
            file=sys.stderr,
        )
    return counts


def main() -> None:
    """Print the table: ``python -m tests.oracles.django_packages``."""
    total: Counter[str] = Counter()
    row = "{:32} {:>10} {:>7} {:>7} {:>7} {:>12}"
    print(row.format("package", "migrations", "models", "fields", "opaque", "differences"))
    for package in PACKAGES:
        folder = install(package)
        if folder is None:
            print(row.format(package, "not installed", "", "", "", ""))
            continue
        print(package, file=sys.stderr)
        counts = measure(folder)
        total += counts
        names = ("migrations", "models", "fields", "opaque", "differences")
        print(row.format(package, *(counts[n] for n in names)), flush=True)
    names = ("migrations", "models", "fields", "opaque", "differences")
    print(row.format("all", *(total[n] for n in names)))


if __name__ == "__main__":
    main()
