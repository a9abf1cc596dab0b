"""The machinery of rules: a module of this package that has a ``rule`` is one."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import analyzers.rules
from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts

Check = Callable[[Facts], Iterable[Finding]]


class Rule:
    """
    A rule: its name (from its module's), its default severity, and its check.

    ``judges_merged`` says that the check looks at a state (of ``merged``), not
    at what the pull request does; its findings are then asked for on the base
    alone as well, and those that stand there already are marked preexisting.
    """

    def __init__(self, module: str, severity: Severity, *, judges_merged: bool = False) -> None:
        self.module = module
        self.name = module.rpartition(".")[2].replace("_", "-")
        self.severity = severity
        self.judges_merged = judges_merged
        self._check: Check | None = None

    def __call__(self, check: Check) -> Check:
        """Register *check*; used as a decorator."""
        self._check = check
        return check

    def check(self, facts: Facts) -> Iterator[Finding]:
        """The findings of this rule, without severities."""
        if self._check is None:
            raise LookupError(f"{self.module} registers no check")
        yield from self._check(facts)

    @property
    def page(self) -> str:
        """The documentation page: the module's docstring."""
        return inspect.cleandoc(importlib.import_module(self.module).__doc__ or "")


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, sorted by name."""
    found = []
    for module in pkgutil.iter_modules(analyzers.rules.__path__):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"analyzers.rules.{module.name}")
            found.append(loaded.rule)
    return tuple(sorted(found, key=lambda rule: rule.name))
