"""The review on a terminal: made for reading, plain where it is no terminal."""

from __future__ import annotations

import os
import sys
from itertools import groupby
from typing import TYPE_CHECKING

from bot.render.order import commands_around
from bot.render.paper import Paper
from bot.render.plain import plain, plain_lines
from bot.render.repeats import says_the_same

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from bot.render.document import Document, FindingDocument, StepDocument

COLOUR = {"error": "bold red", "warning": "yellow", "info": "cyan"}
SIGN = {"error": "✗", "warning": "!", "info": "·"}
VERDICT = {
    "pass": ("green", "Nothing stands in the way of this merge."),
    "warn": ("yellow", "It can be merged; read the warnings first."),
    "fail": ("bold red", "It must not be merged like this."),
}
WIDTH = 100


def print_document(document: Document, part: str = "review", file: TextIO | None = None) -> None:
    """Print *document*, or one part of it (``graph``, ``split``, ``rollback``, ``sql``)."""
    paper = _paper(file or sys.stdout)
    match part:
        case "graph":
            _graph(paper, document)
        case "split":
            _split(paper, document, whole=True)
        case "rollback":
            if document["rollback"] is None:
                paper.say(("There is nothing to roll back: no migration is new.", ""))
            _rollback(paper, document)
        case "sql":
            _sql(paper, document)
        case _:
            _review(paper, document)
    paper.stream.flush()


def is_window(stream: TextIO) -> bool:
    """Whether a window shows *stream*, or the environment says that it is to look as if one did."""
    asked = (os.environ.get(name) for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))
    return stream.isatty() or any(asked)


def _paper(stream: TextIO) -> Paper:
    if not is_window(stream):
        return Paper(stream)
    # Loaded here: it takes longer than a review that is kept.
    from bot.render.window import Window

    return Window(stream)


def _review(paper: Paper, document: Document) -> None:
    head, base = document["head"], document["base"]
    paper.say(
        ("Two-Step  ", "bold"),
        (f"{plain(head['ref'])} into {plain(base['ref'])}", ""),
        (f"  {plain(document['repository'])}", "dim"),
    )
    if document["text_conflicts"]:
        paper.say(
            (
                f"The merge has text conflicts in {_listed(document['text_conflicts'])}: of these this branch's text was judged.",
                "yellow",
            )
        )
    counting = [f for f in document["findings"] if not f["preexisting"] and not f["accepted"]]
    for (_, _), group in groupby(counting, key=lambda f: (f["severity"], f["path"])):
        told: set[tuple[str, ...]] = set()
        for finding in group:
            again = says_the_same(finding)
            _finding(paper, finding, again=again in told)
            told |= {again} - {()}
    _folded(paper, document)
    _unknown(paper, document)
    if document["split"]["needed"]:
        _split(paper, document, whole=False)
    _rollback(paper, document)
    _verdict(paper, document, counting)


def _finding(paper: Paper, finding: FindingDocument, *, again: bool) -> None:
    colour = COLOUR[finding["severity"]]
    paper.say()
    paper.say(
        (f"{SIGN[finding['severity']]} {finding['severity']}  ", colour),
        (finding["rule"], colour),
        (f"  {plain(finding['path'])}:{finding['line']}", "bold"),
    )
    _block(paper, plain(finding["message"]), "")
    if again:
        _block(paper, "Why, and what to do: as above.", "dim")
        return
    _excerpt(paper, finding, colour)
    _block(paper, f"Why: {plain(finding['why'])}", "dim")
    _block(paper, f"Do:  {plain(finding['remedy'])}", "")
    suggestion = finding["suggestion"]
    commands = finding["commands"]
    if suggestion is not None:
        first, commands = commands_around(finding)
        for command in first:
            _block(paper, f"$ {plain(command)}", "green")
        _block(
            paper,
            f"line {suggestion['start_line']} becomes: {plain(suggestion['replacement'].strip())}",
            "green",
        )
        if suggestion.get("rename_to"):
            _block(paper, f"the file becomes: {plain(suggestion['rename_to'] or '')}", "green")
    for command in commands:
        _block(paper, f"$ {plain(command)}", "green")
    if finding["operations"]:
        _block(paper, "Missing:", "dim")
    for operation in finding["operations"]:
        _block(paper, plain_lines(operation), "green")
    for new in finding["new_files"]:
        _block(paper, f"or add {new['title']} {plain(new['path'])}", "dim")


def _excerpt(paper: Paper, finding: FindingDocument, colour: str) -> None:
    excerpt = finding["excerpt"]
    if excerpt is None:
        return
    for offset, line in enumerate(excerpt["lines"]):
        number = excerpt["first_line"] + offset
        marked = finding["line"] <= number <= finding["end_line"]
        paper.quote(
            (f"  {number:>5} ", "dim"),
            ("> " if marked else "  ", colour),
            (plain_lines(line).expandtabs(4), "" if marked else "dim"),
        )


OLD = 5
"""Findings of the base that are named one by one."""


def _folded(paper: Paper, document: Document) -> None:
    old = [f for f in document["findings"] if f["preexisting"]]
    if old:
        paper.say()
        stand = (
            "stands on the base already and is"
            if len(old) == 1
            else "stand on the base already and are"
        )
        paper.say((f"{len(old)} more {stand} not this branch's: {_counted(old)}", "dim"))
        for finding in old[:OLD]:
            where = f"{plain(finding['path'])}:{finding['line']}"
            paper.say((f"  {finding['rule']}  {where}", "dim"))
        if len(old) > OLD:
            paper.say((f"  and {len(old) - OLD} more", "dim"))
    for finding in document["findings"]:
        accepted = finding["accepted"]
        if accepted is not None and not finding["preexisting"]:
            who = f" by {plain(accepted['by'])}" if accepted["by"] else ""
            paper.say(
                (
                    f"accepted{who}: {finding['rule']} at {plain(finding['path'])}:{finding['line']}: {plain(accepted['reason'])}",
                    "dim",
                )
            )


def _unknown(paper: Paper, document: Document) -> None:
    if not document["unknown"]:
        return
    paper.say()
    paper.say(("Not judged, because it could not be read:", "magenta"))
    for unknown in document["unknown"]:
        paper.say(
            (f"  {plain(unknown['path'])}:{unknown['line']}  {plain(unknown['reason'])}", "magenta")
        )


def _split(paper: Paper, document: Document, *, whole: bool) -> None:
    split = document["split"]
    if not whole:
        paper.say()
    if split["needed"] and not split["steps"]:
        said = plain(split["reason"])
        paper.say(("Not safe in one step, and no plan is made: ", "bold"), (said, ""))
        return
    if not split["steps"]:
        paper.say(("No split is needed: one pull request is fine.", ""))
        return
    one = len(split["steps"]) == 1
    title = "One pull request is fine. "
    if split["needed"]:
        title = "One pull request, written otherwise: " if one else "Split it: "
    reason = plain(split["reason"])
    if not split["needed"]:
        reason = reason[:1].upper() + reason[1:]
    paper.say((title, "bold"), (reason, ""))
    if not split["needed"] and not one:
        paper.say(("In more than one, where they do not:", ""))
    _steps(paper, split["steps"], whole=whole)
    if split["alternative"]:
        paper.say(("Shorter: ", "bold"), (plain(split["alternative_reason"]), ""))
        _steps(paper, split["alternative"], whole=whole)
    if not whole:
        paper.say(("  twostep split shows the files, --write PREFIX makes the branches.", "dim"))


def _steps(paper: Paper, steps: Iterable[StepDocument], *, whole: bool) -> None:
    for step in steps:
        paper.say(
            (f"  {step['order']}. ", "bold"),
            (f"{step['kind']:<9} ", "cyan"),
            (plain(step["title"]), ""),
            (f"  → {', '.join(step['after'])}", "dim"),
        )
        if not whole:
            continue
        if step["places"]:
            _block(paper, f"used at {_listed(step['places'])}", "yellow")
        for path in step["paths"]:
            _block(paper, plain(path), "dim")
        if not step["paths"]:
            # Loaded here: a review that is printed shows no whole steps.
            from bot.render.wording import unwritten

            _block(paper, unwritten(step), "dim")
        for command in step["commands"]:
            _block(paper, f"$ {plain(command)}", "green")
        _block(paper, f"go on when {plain(step['ready_when'])}", "dim")
        for path, content in step["files"].items():
            if "/migrations/" in path or "versions/" in path:
                _block(paper, f"--- {plain(path)}", "bold")
                _block(paper, plain_lines(content.rstrip()), "")


def _rollback(paper: Paper, document: Document) -> None:
    rollback = document["rollback"]
    if rollback is None:
        return
    paper.say()
    how = "To roll back, while the new code is still deployed:"
    if not rollback["possible"]:
        how = "It cannot be rolled back as it is:"
    elif not rollback["commands"]:
        how = "To roll back:"
    paper.say((how, "bold"))
    for command in rollback["commands"]:
        _block(paper, f"$ {plain(command)}", "green")
    for note in rollback["notes"]:
        _block(paper, plain(note), "dim")


def _sql(paper: Paper, document: Document) -> None:
    if not document["sql"]:
        paper.say(("No new migration executes SQL that is known.", ""))
        return
    # Loaded here: most that is printed shows no SQL.
    from bot.render.wording import dialect_of

    for preview in document["sql"]:
        paper.say(
            (
                f"{plain(preview['app'])}.{plain(preview['migration'])} ({dialect_of(preview)})",
                "bold",
            )
        )
        for statement in preview["statements"]:
            _block(paper, plain_lines(statement), "")
        for lock in preview["locks"]:
            stops = " and ".join(
                word
                for word, yes in (
                    ("reads", lock["blocks_reads"]),
                    ("writes", lock["blocks_writes"]),
                )
                if yes
            )
            _block(
                paper,
                f"{lock['mode']} on {plain(lock['table'])}" + (f", stops {stops}" if stops else ""),
                "yellow",
            )


def _graph(paper: Paper, document: Document) -> None:
    parents: dict[str, list[str]] = {}
    for edge in document["graph"]["edges"]:
        parents.setdefault(edge["child"], []).append(edge["parent"])
    if not document["graph"]["nodes"]:
        paper.say(("Nothing is new and nothing is wrong in the graph.", ""))
    for node in document["graph"]["nodes"]:
        name = f"{node['app']}.{node['name']}"
        after = ", ".join(p.rpartition(".")[2] for p in parents.get(name, []))
        side = {"head": "new", "base": "base", "both": ""}[node["side"]]
        paper.say(
            ("* " if node["leaf"] else "| ", "bold"),
            (plain(name), "green" if side == "new" else ""),
            (f"  after {plain(after)}" if after else "", "dim"),
            (f"  {side}" if side else "", "cyan"),
        )


def _verdict(paper: Paper, document: Document, counting: list[FindingDocument]) -> None:
    colour, words = VERDICT[document["verdict"]]
    paper.say()
    if not document["touches"] and not counting and not document["unknown"]:
        words = "It changes no migration, and none is missing."
    elif document["unknown"] and document["verdict"] == "pass":
        words = "Nothing stands in the way of this merge, as far as it could be read."
    paper.say(
        (document["verdict"].upper(), colour),
        (f"  {words}", ""),
        (f"  {_counted(counting)}" if counting else "", "dim"),
    )


def _counted(findings: Iterable[FindingDocument]) -> str:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding["severity"]] = counts.get(finding["severity"], 0) + 1
    return ", ".join(
        f"{n} {word}{'s' if n > 1 and word != 'info' else ''}" for word, n in counts.items()
    )


def _listed(names: Iterable[str], most: int = 8) -> str:
    shown = [plain(name) for name in names]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more


def _block(paper: Paper, text: str, style: str) -> None:
    paper.say(("\n".join(f"    {line}" for line in text.splitlines()), style))
