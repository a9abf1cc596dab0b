"""
A git directory that has the objects of a repository, and nothing that its owner configured.

A configuration names programs: to merge a file, to clean it before it is compared, to go
for what is missing. Whoever wrote it may mean harm, so what merges and reads objects
does it from here.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bot.git.revisions import Repository


def fill(folder: Path, repository: Repository) -> None:
    """Make the empty *folder* a git directory; what is written into it stays there."""
    (folder / "refs").mkdir()
    (folder / "objects" / "info").mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    (folder / "config").write_text(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
        f"[extensions]\n\tobjectformat = {repository.object_format}\n"
    )
    (folder / "objects" / "info" / "alternates").write_bytes(
        _quoted(repository.common / "objects") + b"\n"
    )
    shallow = repository.common / "shallow"
    if shallow.is_file():
        # Without it the commits behind the oldest ones would be missed.
        shutil.copyfile(shallow, folder / "shallow")


def _quoted(path: Path) -> bytes:
    """*path* as git reads it in a list of directories, whatever characters it has."""
    text = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + text.replace(b"\n", b"\\n") + b'"'
