"""A configuration given by hand, and the check of the one that a repository has."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from analyzers.config import Config
from analyzers.config_text import PATHS, PYPROJECT, ConfigProblem, config_of, parse_yaml
from analyzers.rules._rule import all_rules
from analyzers.trees import MemoryTree
from bot.errors import TwoStepError
from bot.git.command import environment
from bot.git.revisions import CannotCompareError, find_repository


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
        TwoStepError: it cannot, or *root* is no directory; the text names line and key.
    """
    if not root.is_dir():
        raise TwoStepError(f"{root} is not a directory.")
    with suppress(CannotCompareError):
        # From a folder below it is the repository's all the same.
        found, _ = find_repository(root, None, "HEAD", environment())
        root = found.root or root
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
