"""
Which findings do not count, because somebody said so with a reason.

Three ways: a comment on the operation's line, an entry of the configuration,
and (kept by the service) an accepted finding. A way that ignores nothing is a
finding itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from analyzers.config import Config, Ignore, fits
from analyzers.findings import Accepted, Finding
from analyzers.frozen import dataclass
from analyzers.relate.facts import Facts
from analyzers.vocabulary import Framework, Place

COMMENT = re.compile(r"#\s*twostep:\s*ignore\[(?P<rules>[\w\s,-]+)\](?P<said>.*)$")
_UNTIL = re.compile(r"until:\s*(\d{4}-\d{2}-\d{2})$")
"""What the reason may end with. It is looked for by itself: one pattern for both takes the cube of the blanks between."""
NO_RULE = re.compile(r"#\s*twostep:\s*ignore\b")
"""A comment that is meant to ignore something and does not say what in brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One way of ignoring, with the place where it stands."""

    place: Place
    ignore: Ignore
    lines: tuple[int, int] | None = None
    """For a comment: the lines whose findings it is about."""

    def stands_at(self, finding: Finding) -> bool:
        """Whether it is a comment on a line of *finding*."""
        first, last = self.lines or (0, 0)
        return finding.place.path == self.place.path and (
            first <= finding.place.end_line and finding.place.line <= last
        )

    def fits(self, finding: Finding) -> bool:
        """Whether it speaks of *finding*."""
        ignore = self.ignore
        if ignore.rule != finding.rule:
            return False
        if self.lines is not None:
            return self.stands_at(finding)
        return (
            (ignore.app is None or ignore.app == finding.app)
            and ignore.migration in (None, finding.migration, f"{finding.app}.{finding.migration}")
            and (ignore.table is None or ignore.table == finding.table)
            and (ignore.path is None or fits(finding.place.path, ignore.path))
        )


def entries(facts: Facts, findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """
    Every entry of the configuration, every comment in a new migration, and those elsewhere that stand at *findings*.

    Elsewhere a comment may be about what another pull request did: it is not asked whether it is of use.
    """
    config: Config = facts.config
    path = config.path or ""
    found = [
        Entry(place=Place(path, ignore.line, ignore.line), ignore=ignore)
        for ignore in config.ignore
    ]
    new = {migration.path for migration in facts.new_migrations}
    for path in sorted(new):
        found += _comments_at(facts, path)
    named: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.place.path not in new:
            named.setdefault(finding.place.path, []).append(finding)
    for path, here in sorted(named.items()):
        found += [
            entry
            for entry in _comments_at(facts, path)
            if any(entry.stands_at(each) and entry.ignore.rule in ("", each.rule) for each in here)
        ]
    return tuple(found)


def _comments_at(facts: Facts, path: str) -> Iterable[Entry]:
    try:
        content = facts.merged.tree.read(path)
    except KeyError:
        return ()
    return _comments(path, content.decode(errors="replace")) if b"twostep:" in content else ()


def _comments(path: str, source: str) -> Iterable[Entry]:
    lines = source.splitlines()
    for number, line in enumerate(lines, start=1):
        said = COMMENT.search(line)
        if said is None:
            if NO_RULE.search(line):
                yield Entry(
                    place=Place(path, number, number),
                    ignore=Ignore(rule="", reason="", until=None, line=number),
                    lines=(number, number),
                )
            continue
        reason = said["said"].strip()
        until = _UNTIL.search(reason)
        reason = reason[: until.start()].rstrip() if until else reason
        # Alone on its line it speaks of the next one.
        alone = line.lstrip().startswith("#")
        about = number + 1 if alone else number
        for rule in said["rules"].split(","):
            yield Entry(
                place=Place(path, number, number),
                ignore=Ignore(
                    rule=rule.strip(),
                    reason=reason,
                    until=until[1] if until else None,
                    line=number,
                ),
                lines=(about, about),
            )


def apply(
    findings: Sequence[Finding], ways: Sequence[Entry], today: str | None
) -> tuple[tuple[Finding, ...], tuple[Entry, ...]]:
    """
    *findings* with those marked that an entry accepts, and the entries that accept nothing.

    An entry without a reason, or past its date (*today* is an ISO date; None: no
    date is ever past), does not count and is among the unused.
    """
    used: set[int] = set()
    marked: list[Finding] = []
    for finding in findings:
        way = next(
            (
                (number, entry)
                for number, entry in enumerate(ways)
                if entry.fits(finding) and _stands(entry.ignore, today)
            ),
            None,
        )
        if way is None:
            marked.append(finding)
            continue
        used.add(way[0])
        ignore = way[1].ignore
        marked.append(replace(finding, accepted=Accepted(reason=ignore.reason, until=ignore.until)))
    return tuple(marked), tuple(e for n, e in enumerate(ways) if n not in used)


def _stands(ignore: Ignore, today: str | None) -> bool:
    if len(ignore.reason) < 3:
        return False
    return not past(ignore, today)


def past(ignore: Ignore, today: str | None) -> str:
    """The date until which *ignore* counted, where that is past; else empty."""
    return ignore.until if ignore.until and today is not None and today > ignore.until else ""


def framework_at(facts: Facts, path: str) -> Framework:
    """Whose migration stands at *path*; Django's where there is none."""
    migration = facts.merged.by_path.get(path)
    return migration.framework if migration is not None else Framework.DJANGO
