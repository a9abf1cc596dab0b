"""Environments of the projects that the oracles ask: one folder each, made once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".cache" / "oracle-environments"
SECONDS = 900
"""For an installation or an answer; the slowest takes about 60."""


def packages_in(folder: Path) -> Path:
    """Where the packages of the environment in *folder* are."""
    return next((folder / "lib").glob("python3*/site-packages"))


def make_environment(
    folder: Path, packages: tuple[str, ...], without: tuple[str, ...] = ()
) -> None:
    """
    Install *packages*, and nothing that is called as in *without*, into *folder*, where that is not done.

    Raises:
        RuntimeError: It cannot be installed here; with the installer's last words.
    """
    if (folder / ".done").exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    overrides = folder.with_name(f"{folder.name}.without.txt")
    overrides.write_text("".join(f"{name} ; sys_platform == 'none'\n" for name in without))
    _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
    # Some still import ``pkg_resources``, which later versions do not bring.
    _run(
        *(uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")),
        *("--override", str(overrides), *packages, "setuptools<81"),
    )
    (folder / ".done").touch()


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])}: {done.stderr[-800:]}")
