"""TOML as data; what a hostile file could do to its reader is refused."""

from __future__ import annotations

import re
from typing import Any

from analyzers import limits


def toml_of(text: str) -> dict[str, Any]:
    """
    What *text* says.

    Raises:
        ValueError: it is no TOML that can be read.
    """
    # Loaded here: most projects say nothing in such a file that is read.
    import tomllib

    if any(part.count(".") > limits.KEY_PARTS for part in re.split(r"[\n=,{]", text)):
        raise ValueError("a key has too many parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
