"""What no review can be faster than: reading its files from git and parsing them."""

from __future__ import annotations

import ast
import contextlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.git.commit_tree import BlobReader
from bot.reviewing import review_repository


def read_by_review(repository: Path, base: str, head: str) -> tuple[str, ...]:
    """The blobs that a cold review asks for, each once."""
    asked: dict[str, None] = {}
    answer = BlobReader._answer

    def noted(reader: BlobReader, oid: str) -> bytes:
        asked[oid] = None
        return answer(reader, oid)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BlobReader, "_answer", noted)
        review_repository(repository, base=base, head=head, sql=False)
    return tuple(asked)


def floor(repository: Path, blobs: Sequence[str]) -> None:
    """Read *blobs* and parse those that are Python, and nothing else."""
    out = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "--batch"],
        input="\n".join(blobs).encode() + b"\n",
        capture_output=True,
        check=True,
    ).stdout
    at = 0
    for _ in blobs:
        end = out.index(b"\n", at)
        size = int(out[at:end].split()[2])
        # Ignore files and configurations are among them.
        with contextlib.suppress(SyntaxError, ValueError):
            ast.parse(out[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
