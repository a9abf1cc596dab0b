"""
Rule cases in Markdown: a heading is a case, a fence is a file of a tree, the last fence what is said.

Fences are called ``py base/shop/models.py``; what only ``merge_base/`` has is in
all trees, what ``base/`` or ``head/`` has replaces it there; ``merged`` is base
with head's files over it. Files before the first heading belong to every case.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

from analyzers.config import Config
from analyzers.config_text import config_of
from analyzers.findings import Finding, Severity
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.review import judge
from analyzers.rules._rule import all_rules
from analyzers.trees import Comparison, MemoryTree

SIDES = ("merge_base", "base", "head")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One heading of a file of cases."""

    path: Path
    title: str
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    """Content by path by side."""
    expected: str | None = None

    @property
    def rule(self) -> str:
        return self.path.stem

    def comparison(self) -> Comparison:
        """The four trees of the case."""
        root = self.files.get("merge_base", {})
        base = {**root, **self.files.get("base", {})}
        head = {**base, **root, **self.files.get("head", {})}
        if "base" in self.files and "merge_base" not in self.files:
            root = base
        merged = {**base, **self.files.get("head", {})}
        return Comparison(
            merge_base=MemoryTree(root),
            base=MemoryTree(base),
            head=MemoryTree(head),
            merged=MemoryTree(merged),
        )

    def said(self) -> str:
        """What the rule says, as the last fence has it."""
        comparison = self.comparison()
        config: Config = config_of(comparison.base, [rule.name for rule in all_rules()])
        found = judge(Facts(comparison, config, MemoryCache()))
        return "".join(f"{line(f)}\n" for f in found if f.rule == self.rule)


def line(finding: Finding) -> str:
    """One finding in a line: severity, place, message."""
    word = (finding.severity or Severity.ERROR).word
    return f"{word} {finding.place.path}:{finding.place.line} {finding.message}"


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a file."""
    common: dict[str, dict[str, str]] = {}
    case: Case | None = None
    tokens = MarkdownIt().parse(path.read_text())
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            if case is not None:
                yield case
            files = {side: dict(own) for side, own in common.items()}
            case = Case(path=path, title=tokens[number + 1].content, files=files)
        elif token.type == "fence":
            language, _, name = token.info.partition(" ")
            if language == "findings" and case is not None:
                case = Case(path=path, title=case.title, files=case.files, expected=token.content)
            else:
                side, _, file = name.partition("/")
                if side not in SIDES:
                    raise ValueError(f"{path}: a fence must name a side: {token.info!r}")
                (common if case is None else case.files).setdefault(side, {})[file] = token.content
    if case is not None:
        yield case


def update(path: Path) -> None:
    """Write what is said now into the ``findings`` fences of *path*; the difference is to be read."""
    text = path.read_text()
    for case in read_cases(path):
        said = case.said()
        if case.expected is not None and case.expected != said:
            head, found, rest = text.partition(f"## {case.title}\n")
            rest = rest.replace(f"```findings\n{case.expected}```", f"```findings\n{said}```", 1)
            text = head + found + rest
    path.write_text(text)


if __name__ == "__main__":
    for file in sys.argv[1:]:
        update(Path(file))
