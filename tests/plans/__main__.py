"""
Every plan of every kind, in both styles, the shorter sequences too, played under load.

    python -m tests.plans [WORDS OF A KIND]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.plans.changes import CHANGES, split_of
from tests.plans.performance import perform


def main() -> int:
    """Play them one after the other; 1 where something went wrong in one of them."""
    wanted = " ".join(sys.argv[1:])
    bad = count = 0
    for kind, change in CHANGES.items():
        if wanted not in kind:
            continue
        for style in ("state", "files"):
            for sequence in ("steps", "alternative"):
                if not getattr(split_of(change, style), sequence):
                    continue
                start = time.monotonic()
                with tempfile.TemporaryDirectory() as folder:
                    wrong = perform(change, style, sequence, Path(folder))
                count += 1
                bad += bool(wrong)
                said = "fails" if wrong else "ok"
                name = f"{kind} ({style}, {sequence})"
                print(f"{name}: {said}, {time.monotonic() - start:.0f} s", flush=True)
                for line in wrong:
                    print("    " + line.replace("\n", "\n    "), flush=True)
    print(f"{count} plans played, {bad} with something wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
