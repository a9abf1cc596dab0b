"""Files of the data directory that are for this service alone: written whole or not at all, with mode 0600."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from bot.errors import SettingsError


def write_private(file: Path, content: str) -> None:
    """
    Write *file*, readable for nobody else.

    Raises:
        FileExistsError: it is there already; it stays as it is.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.link(new, file)
    finally:
        new.unlink()


def kept_secret(file: Path) -> str:
    """
    The secret that *file* keeps; made once, so that all processes that share it agree.

    Raises:
        SettingsError: it can be neither written nor read.
    """
    try:
        if not file.exists():
            # Another process may be quicker: then it is that one's.
            with contextlib.suppress(FileExistsError):
                write_private(file, secrets.token_hex(32))
        return file.read_text()
    except OSError as error:
        raise SettingsError(
            f"TWOSTEP_DATA_DIR: {file} cannot be written and read: {error.strerror}"
        ) from None
