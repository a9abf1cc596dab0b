"""The service with a clock of its own, off by what the file ``CLOCK`` says: ``-m tests.service.adrift serve``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_true = time.time
_file = Path(os.environ["CLOCK"])


def _adrift() -> float:
    return _true() + float(_file.read_text() or 0)


if __name__ == "__main__":
    time.time = _adrift
    from bot.wiring import run_service

    sys.exit(run_service(sys.argv[1]))
