"""A configuration given by hand, and the check of the one that a repository has."""

from __future__ import annotations

import sys
from pathlib import Path

from analyzers.config import Config
from analyzers.config_text import PATHS, PYPROJECT, ConfigProblem, config_of, parse_yaml
from analyzers.rules._rule import all_rules
from analyzers.trees import MemoryTree
from bot.errors import TwoStepError


def read_config_file(path: Path) -> Config:
    """
    The configuration in *path*.

    Raises:
        TwoStepError: it is not there or cannot be used.
    """
    try:
        return parse_yaml(path.read_bytes(), str(path), [rule.name for rule in all_rules()])
    except OSError as error:
        raise TwoStepError(f"{path} cannot be read: {error.strerror}.") from None
    except ConfigProblem as problem:
        raise TwoStepError(str(problem)) from None


def check_repository(root: Path) -> int:
    """
    Say whether the configuration in the working tree at *root* can be used; 0 it can.

    Raises:
        TwoStepError: it cannot; the text names line and key.
    """
    files = {p: (root / p).read_bytes() for p in (*PATHS, PYPROJECT) if (root / p).is_file()}
    try:
        config = config_of(MemoryTree(files), [rule.name for rule in all_rules()])
    except ConfigProblem as problem:
        raise TwoStepError(str(problem)) from None
    words = (
        f"{config.path} is valid."
        if config.path
        else "There is no configuration; the defaults apply."
    )
    sys.stdout.write(f"{words}\n")
    return 0
