"""
The summary comment: the verdict first, then what is wrong by migration, then the rest, folded.

The parts are made here one by one; the check run and the answers to commands
show some of them as well.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import chain

from analyzers.frozen import dataclass
from bot.render.escape import cell, code, fence, prose
from bot.render.fold import Block, fold
from bot.render.mermaid import legend, mermaid
from bot.render.order import commands_around
from bot.render.repeats import says_the_same
from bot.render.wording import (
    SIGNS,
    STEPS,
    VERDICTS,
    Document,
    Finding,
    accepted,
    by_migration,
    count,
    counting,
    dialect_of,
    file_url,
    headline,
    preexisting,
    sentence,
    tally,
    unwritten,
)

MARKER = "<!-- two-step:summary -->"
STATEMENTS = 40
"""SQL statements of one migration that are shown here; the report has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where things are seen: GitHub's pages, and the whole review."""

    web: str
    """GitHub's address, such as ``https://github.com``; empty where files cannot be seen there."""
    report: str = ""
    answers: bool = True
    """Whether somebody is there to answer slash commands; not where no App runs."""


def summary(document: Document, links: Links) -> str:
    """The whole comment, within GitHub's limit."""
    blocks = [
        Block(f"{MARKER}\n## {VERDICTS[document['verdict']]} {headline(document)}"),
        Block(facts(document, links)),
        *findings(document, links),
        Block(conflicts(document), rank=1),
        Block(split(document), short=_short("The split into pull requests"), rank=3),
        Block(graph(document), rank=5),
        Block(rollback(document), short=_short("The way back"), rank=4),
        Block(locks_and_sql(document), short=_short("SQL and locks"), rank=6),
        Block(unknown(document), short=_short("What could not be read"), rank=4),
        Block(accepted_findings(document), short=_short("What was accepted"), rank=4),
        Block(old_findings(document), short=_short("What the base had before"), rank=6),
        Block(footer(document) if links.answers else ""),
    ]
    return fold(blocks, more(links))


def farewell(document: Document, links: Links) -> str:
    """What a comment says that stands from before, when nothing is left to say."""
    said = f"## ✅ {headline(document)}\n\nThis pull request no longer changes a migration, and none is missing."
    return "\n\n".join(each for each in (f"{MARKER}\n{said}", _report(links)) if each)


def unjudged(problem: str) -> str:
    """What a comment says that stands from before, when the newest commit could not be judged."""
    return (
        f"{MARKER}\n## ❌ The newest commit could not be reviewed\n\n{prose(problem)}\n\n"
        "The check fails until it can be. Comment `/twostep review` to try again."
    )


def facts(document: Document, links: Links) -> str:
    """How much there is of what, against which base."""
    base = document["base"]
    numbers = [
        f"**{tally(counting(document))}**" if counting(document) else "",
        f"{count(len(accepted(document)), 'finding')} accepted" if accepted(document) else "",
    ]
    said = [number for number in numbers if number]
    against = f"{'against' if said else 'Against'} {code(base['ref'])} at {code(base['sha'][:10])}"
    return " · ".join(part for part in (*said, against, _report(links)) if part)


def findings(document: Document, links: Links) -> Iterator[Block]:
    """The findings that count, by migration, the worst first."""
    at = 0
    for (app, migration), group in by_migration(counting(document)).items():
        yield Block(f"### {_of(app, migration)}", rank=1)
        told: set[tuple[str, ...]] = set()
        for each in group:
            at += 1
            again = says_the_same(each)
            # Errors and what comes first stay longest.
            weight = 0 if each["severity"] == "error" and at <= 10 else 2
            line = f"- {SIGNS[each['severity']]} {prose(each['message'], 300)}"
            text = finding(document, each, links, again=again in told)
            yield Block(text, short=line, rank=weight)
            told |= {again} - {()}


def finding(document: Document, each: Finding, links: Links, *, again: bool) -> str:
    """One finding: what, where, what to do; why and how folded, but where they stand above *again*."""
    where = place(document, each["path"], each["line"], each["end_line"], links)
    if again:
        return (
            f"- {SIGNS[each['severity']]} **{prose(each['message'])}**  \n"
            f"  As above: {code(each['rule'])} in {where}"
        )
    lines = [
        f"- {SIGNS[each['severity']]} **{prose(each['message'])}**  ",
        f"  **Do:** {prose(each['remedy'])}  " if each.get("remedy") else "",
        f"  {code(each['rule'])} in {where}{_related(document, each, links)}",
    ]
    return "\n".join(line for line in [*lines, _how(each)] if line)


def place(document: Document, path: str, line: int, end_line: int, links: Links) -> str:
    """Lines at the head, with a link where they can be seen."""
    shown = f"{path}:{line}"
    if not links.web:
        return code(shown)
    url = file_url(links.web, document["repository"], document["head"]["sha"], path, line, end_line)
    return f"[{code(shown)}]({url})"


def remedy_patch(each: Finding) -> str:
    """The suggestion as a diff, from the excerpt where it holds the lines; empty without one."""
    suggestion, excerpt = each.get("suggestion"), each.get("excerpt")
    if not suggestion:
        return ""
    replacement = suggestion["replacement"].splitlines()
    before: list[str] = []
    if excerpt and suggestion["path"] == each["path"]:
        start = suggestion["start_line"] - excerpt["first_line"]
        before = excerpt["lines"][
            max(start, 0) : suggestion["end_line"] - excerpt["first_line"] + 1
        ]
        if start < 0 or len(before) != suggestion["end_line"] - suggestion["start_line"] + 1:
            before = []
    if not before:
        return "\n".join(f"+{line}" for line in replacement)
    return "\n".join(list(difflib.unified_diff(before, replacement, lineterm="", n=1))[3:])


def conflicts(document: Document) -> str:
    """That the text does not merge, where it does not."""
    paths = document.get("text_conflicts") or []
    if not paths:
        return ""
    named = ", ".join(code(path) for path in paths[:10])
    rest = f" and {len(paths) - 10} more" if len(paths) > 10 else ""
    return (
        f"> [!NOTE]\n> The branch does not merge cleanly ({named}{rest}). "
        "Of these files this pull request's text was judged; merge or rebase, then it is judged again."
    )


def split(document: Document) -> str:
    """The pull requests that make the change safe, in order."""
    plan = document.get("split") or {}
    if not plan.get("needed"):
        return ""
    if not plan.get("steps"):
        return f"### Not safe in one step\n\n{prose(sentence(plan.get('reason', '')))}"
    parts = [
        f"### Split it into {count(len(plan['steps']), 'pull request')}"
        if len(plan["steps"]) > 1
        else "### One pull request, written otherwise",
        prose(sentence(plan["reason"])) if plan.get("reason") else "",
        "\n".join(_step(step) for step in plan["steps"]),
    ]
    if plan.get("alternative"):
        shorter = "\n".join(_step(step) for step in plan["alternative"])
        parts.append(
            details(
                f"A shorter way: {count(len(plan['alternative']), 'pull request')}",
                f"{prose(sentence(plan.get('alternative_reason', '')))}\n\n{shorter}",
            )
        )
    return "\n\n".join(part for part in parts if part)


def rollback(document: Document, *, opened: bool = False) -> str:
    """How to go back: which commands, what is lost."""
    plan = document.get("rollback")
    if not plan:
        return ""
    lines = []
    if plan["commands"]:
        lines.append("Run this **while the new code is still deployed**, then deploy the old code:")
        lines.append(fence("\n".join(plan["commands"]), "sh"))
    if plan["loses_data"]:
        lines.append("⚠️ **Data is lost on the way back.**")
    if not plan["possible"]:
        lines.append("❌ **There is no full way back.**")
    if plan["notes"]:
        lines.append("\n".join(f"- {prose(note)}" for note in plan["notes"]))
    if not lines:
        return ""
    how = "not possible" if not plan["possible"] else "loses data" if plan["loses_data"] else ""
    title = f"Rollback ({how})" if how else "Rollback"
    body = "\n\n".join(lines)
    return f"### {title}\n\n{body}" if opened else details(title, body)


def graph(document: Document, *, opened: bool = False) -> str:
    """The neighbourhood of what is new or wrong, as a picture."""
    wrong = wrong_migrations(document)
    picture = mermaid(document["graph"], wrong)
    if not picture:
        return ""
    body = f"{picture}\n\n{legend(document['graph'], wrong, code(document['base']['ref']))}"
    leaves = any(f["rule"] == "conflicting-leaf-nodes" for f in counting(document))
    if opened or leaves:
        return f"### Migration graph\n\n{body}"
    return details("Migration graph", body)


def wrong_migrations(document: Document) -> frozenset[tuple[str, str]]:
    """The migrations (app, name) that have an error or a warning that counts."""
    return frozenset(
        (each["app"], each["migration"])
        for each in counting(document)
        if each["severity"] != "info" and each.get("app") and each.get("migration")
    )


def statements(document: Document, *, only: str | None = None) -> tuple[str, ...]:
    """The statements and locks of each migration, or of the one named *only*."""
    return tuple(
        _sql(each)
        for each in document.get("sql", ())
        if only is None or only in (each["migration"], f"{each['app']}.{each['migration']}")
    )


def locks_and_sql(document: Document, *, opened: bool = False) -> str:
    """The statements and locks of all migrations."""
    parts = statements(document)
    if not parts:
        return ""
    body = "\n\n".join(parts)
    return f"### SQL and locks\n\n{body}" if opened else details("SQL and locks", body)


def unknown(document: Document) -> str:
    """What could not be judged, with the reason."""
    places = document.get("unknown", ())
    if not places:
        return ""
    lines = [f"- {code(_at(each))}: {prose(each['reason'])}" for each in places]
    about = "it" if len(places) == 1 else "them"
    title = f"{count(len(places), 'place')} could not be read, so nothing is said about {about}"
    return details(title, "\n".join(lines))


def accepted_findings(document: Document) -> str:
    """What was accepted, by whom, when and why."""
    lines = []
    for each in accepted(document):
        said = each["accepted"]
        by = f"by {code(said['by'])}" if said.get("by") else "in the repository"
        when = f" on {code(said['at'][:10])}" if said.get("at") else ""
        until = f", until {code(said['until'])}" if said.get("until") else ""
        lines.append(
            f"- {code(each['rule'])} {_in(each)}: accepted {by}{when}{until}, "
            f"because: {prose(said['reason'])}"
        )
    if not lines:
        return ""
    return details(f"{count(len(lines), 'finding')} accepted", "\n".join(lines))


def old_findings(document: Document) -> str:
    """What the base shows already: not this pull request's fault, and not counted."""
    lines = [
        f"- {SIGNS[each['severity']]} {prose(each['message'])} ({code(each['rule'])})"
        for each in preexisting(document)
    ]
    if not lines:
        return ""
    return details(
        f"{count(len(lines), 'finding')} already on the base (not counted)", "\n".join(lines)
    )


def footer(document: Document) -> str:
    """What can be done from here."""
    commands = ["/twostep help", "/twostep review"]
    first = next(iter(counting(document)), None)
    if first is not None:
        commands.append(f"/twostep explain {first['rule']}")
        commands.append(f"/twostep accept {first['rule']} because REASON")
    return "<sub>Comment " + " · ".join(code(each) for each in commands) + "</sub>"


def details(title: str, body: str) -> str:
    """A folded part. *title* is plain text of ours, *body* Markdown."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def more(links: Links) -> str:
    """What stands at the end of a text that had to be shortened."""
    if not links.answers:
        return "*Parts were left out here: `twostep review` prints them all.*"
    where = f"[the full report]({links.report})" if links.report else "the full report"
    return f"*Parts were left out here: see {where}.*"


def _report(links: Links) -> str:
    return f"[Full report]({links.report})" if links.report else ""


def _short(what: str) -> str:
    return f"*{what}: see the full report.*"


def _of(app: str, migration: str) -> str:
    names = [code(name) for name in (app, migration) if name]
    return " · ".join(names) or "Elsewhere"


def _in(each: Finding) -> str:
    return f"in {_of(each.get('app') or '', each.get('migration') or '')}"


def _at(each: Finding) -> str:
    return f"{each['path']}:{each['line']}"


def _related(document: Document, each: Finding, links: Links) -> str:
    named = []
    for other in each.get("related", ())[:5]:
        name = other.get("migration") or _at(other)
        if other["side"] == "head":
            named.append(place(document, other["path"], other["line"], other["line"], links))
        elif other["side"] == "base":
            named.append(f"{code(name)} on {code(document['base']['ref'])}")
        else:
            # Not as a reference: that would leave a mark on the other pull request each time.
            named.append(f"{code(name)} in pull request {code(other['side'])}")
    return f" · with {', '.join(named)}" if named else ""


def _how(each: Finding) -> str:
    """Why it hurts, and the edit, the files and the commands that mend it; folded."""
    parts = [prose(each["why"])] if each.get("why") else []
    patch = remedy_patch(each)
    first, then = commands_around(each)
    if first:
        parts.append(fence("\n".join(first), "sh"))
    if patch:
        suggestion = each["suggestion"]
        parts.append(f"In {code(suggestion['path'])}:\n\n{fence(patch, 'diff')}")
        if suggestion.get("rename_to"):
            parts.append(f"Then rename the file to {code(suggestion['rename_to'])}.")
    if then:
        parts.append(fence("\n".join(then), "sh"))
    if each.get("operations"):
        parts.append(f"Missing:\n\n{fence(chr(10).join(each['operations']), 'python')}")
    add = "Or, instead, add" if patch else "Add"
    parts += [
        f"{add} {code(new['path'])} ({prose(new['title'])}):\n\n{fence(new['content'], 'python')}"
        for new in each.get("new_files", ())
    ]
    if not parts:
        return ""
    body = "\n\n".join(parts)
    title = "Why, and how to fix it" if len(parts) > 1 or not each.get("why") else "Why"
    return _indent(details(title, body))


def _indent(text: str) -> str:
    """*text* as part of a list item."""
    return "\n" + "\n".join(f"  {line}" if line else "" for line in text.split("\n"))


def _step(step: Finding) -> str:
    then = ", ".join(STEPS.get(each, each) for each in step["after"])
    lines = [f"{step['order']}. **{prose(step['title'])}**" + (f": {then}" if then else "")]
    if step.get("ready_when"):
        lines.append(f"Go on when {prose(step['ready_when'])}.")
    if step["paths"]:
        shown = ", ".join(code(path) for path in step["paths"][:8])
        rest = f" and {len(step['paths']) - 8} more" if len(step["paths"]) > 8 else ""
        lines.append(f"Files: {shown}{rest}")
    else:
        lines.append(f"{unwritten(step)}.")
    text = "  \n   ".join(lines)
    if step["commands"]:
        block = fence("\n".join(step["commands"]), "sh")
        text += "\n\n" + "\n".join(f"   {line}" for line in block.split("\n"))
    return text


def _sql(each: Finding) -> str:
    statements: Sequence[str] = each["statements"]
    parts = [f"**{_of(each['app'], each['migration'])}** ({prose(dialect_of(each))})"]
    if each["locks"]:
        rows = [
            f"| {cell(lock['table'])} | {cell(lock['mode'])} | {_what_waits(lock)} |"
            for lock in each["locks"]
        ]
        parts.append(
            "\n".join(chain(("| Table | Lock | Meanwhile |", "| --- | --- | --- |"), rows))
        )
    if statements:
        shown = [statement.rstrip().rstrip(";") + ";" for statement in statements[:STATEMENTS]]
        if len(statements) > STATEMENTS:
            shown.append(f"-- and {count(len(statements) - STATEMENTS, 'statement')} more")
        parts.append(fence("\n".join(shown), "sql"))
    return "\n\n".join(parts)


def _what_waits(lock: Finding) -> str:
    if lock["blocks_reads"]:
        waits = "reads and writes wait"
    elif lock["blocks_writes"]:
        waits = "writes wait"
    else:
        waits = "nobody waits"
    work = [
        w
        for w, on in (("table is rewritten", lock["rewrites"]), ("table is scanned", lock["scans"]))
        if on
    ]
    return "; ".join([waits, *work])
