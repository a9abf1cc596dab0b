"""The review on a terminal: made for reading, plain where it is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import groupby
from typing import TextIO

from rich.console import Console
from rich.text import Text

from bot.render.document import Document, FindingDocument, StepDocument
from bot.render.plain import plain, plain_lines
from bot.render.wording import dialect_of

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
    stream = file or sys.stdout
    console = Console(file=stream, highlight=False, soft_wrap=not stream.isatty())
    match part:
        case "graph":
            _graph(console, document)
        case "split":
            _split(console, document, whole=True)
        case "rollback":
            _rollback(console, document)
        case "sql":
            _sql(console, document)
        case _:
            _review(console, document)


def _review(console: Console, document: Document) -> None:
    head, base = document["head"], document["base"]
    console.print(
        _line(
            ("Two-Step  ", "bold"),
            (f"{plain(head['ref'])} into {plain(base['ref'])}", ""),
            (f"  {plain(document['repository'])}", "dim"),
        )
    )
    if document["text_conflicts"]:
        console.print(
            Text(
                f"The merge has text conflicts in {_listed(document['text_conflicts'])}: judged as the base with this branch's files.",
                "yellow",
            )
        )
    counting = [f for f in document["findings"] if not f["preexisting"] and not f["accepted"]]
    for (_, _), group in groupby(counting, key=lambda f: (f["severity"], f["path"])):
        for finding in group:
            _finding(console, finding)
    _folded(console, document)
    _unknown(console, document)
    if document["split"]["needed"]:
        _split(console, document, whole=False)
    _rollback(console, document)
    _verdict(console, document, counting)


def _finding(console: Console, finding: FindingDocument) -> None:
    colour = COLOUR[finding["severity"]]
    console.print()
    console.print(
        _line(
            (f"{SIGN[finding['severity']]} {finding['severity']}  ", colour),
            (finding["rule"], colour),
            (f"  {plain(finding['path'])}:{finding['line']}", "bold"),
        )
    )
    console.print(_block(plain(finding["message"]), ""))
    _excerpt(console, finding, colour)
    console.print(_block(f"Why: {plain(finding['why'])}", "dim"))
    console.print(_block(f"Do:  {plain(finding['remedy'])}", ""))
    suggestion = finding["suggestion"]
    if suggestion is not None:
        console.print(
            _block(
                f"line {suggestion['start_line']} becomes: {plain(suggestion['replacement'].strip())}",
                "green",
            )
        )
        if suggestion.get("rename_to"):
            console.print(
                _block(f"the file becomes: {plain(suggestion['rename_to'] or '')}", "green")
            )
    for command in finding["commands"]:
        console.print(_block(f"$ {plain(command)}", "green"))
    for operation in finding["operations"]:
        console.print(_block(plain_lines(operation), "green"))
    for new in finding["new_files"]:
        console.print(_block(f"or add {new['title']} {plain(new['path'])}", "dim"))


def _excerpt(console: Console, finding: FindingDocument, colour: str) -> None:
    excerpt = finding["excerpt"]
    if excerpt is None:
        return
    for offset, line in enumerate(excerpt["lines"]):
        number = excerpt["first_line"] + offset
        marked = finding["line"] <= number <= finding["end_line"]
        console.print(
            _line(
                (f"  {number:>5} ", "dim"),
                ("> " if marked else "  ", colour),
                (plain_lines(line).expandtabs(4), "" if marked else "dim"),
            ),
            # A file, or the next program, gets the whole line; a window what fits.
            overflow="ellipsis" if console.is_terminal else "ignore",
            no_wrap=True,
        )


OLD = 5
"""Findings of the base that are named one by one."""


def _folded(console: Console, document: Document) -> None:
    old = [f for f in document["findings"] if f["preexisting"]]
    if old:
        console.print()
        stand = (
            "stands on the base already and is"
            if len(old) == 1
            else "stand on the base already and are"
        )
        console.print(Text(f"{len(old)} more {stand} not this branch's: {_counted(old)}", "dim"))
        for finding in old[:OLD]:
            where = f"{plain(finding['path'])}:{finding['line']}"
            console.print(Text(f"  {finding['rule']}  {where}", "dim"))
        if len(old) > OLD:
            console.print(Text(f"  and {len(old) - OLD} more", "dim"))
    for finding in document["findings"]:
        accepted = finding["accepted"]
        if accepted is not None and not finding["preexisting"]:
            who = f" by {plain(accepted['by'])}" if accepted["by"] else ""
            console.print(
                Text(
                    f"accepted{who}: {finding['rule']} at {plain(finding['path'])}:{finding['line']}: {plain(accepted['reason'])}",
                    "dim",
                )
            )


def _unknown(console: Console, document: Document) -> None:
    if not document["unknown"]:
        return
    console.print()
    console.print(Text("Not judged, because it cannot be read without running it:", "magenta"))
    for unknown in document["unknown"]:
        console.print(
            Text(
                f"  {plain(unknown['path'])}:{unknown['line']}  {plain(unknown['reason'])}",
                "magenta",
            )
        )


def _split(console: Console, document: Document, *, whole: bool) -> None:
    split = document["split"]
    console.print()
    if split["needed"] and not split["steps"]:
        said = plain(split["reason"])
        console.print(_line(("Not safe in one step, and no plan is made: ", "bold"), (said, "")))
        return
    if not split["steps"]:
        console.print(Text("No split is needed: one pull request is fine."))
        return
    one = len(split["steps"]) == 1
    title = "One pull request is fine. "
    if split["needed"]:
        title = "One pull request, written otherwise: " if one else "Split it: "
    reason = plain(split["reason"])
    if not split["needed"]:
        reason = reason[:1].upper() + reason[1:]
    console.print(_line((title, "bold"), (reason, "")))
    if not split["needed"] and not one:
        console.print(Text("In more than one, where they do not:"))
    _steps(console, split["steps"], whole=whole)
    if split["alternative"]:
        console.print(_line(("Shorter: ", "bold"), (plain(split["alternative_reason"]), "")))
        _steps(console, split["alternative"], whole=whole)
    if not whole:
        console.print(
            Text("  twostep split shows the files, --write PREFIX makes the branches.", "dim")
        )


def _steps(console: Console, steps: Iterable[StepDocument], *, whole: bool) -> None:
    for step in steps:
        console.print(
            _line(
                (f"  {step['order']}. ", "bold"),
                (f"{step['kind']:<9} ", "cyan"),
                (plain(step["title"]), ""),
                (f"  → {', '.join(step['after'])}", "dim"),
            )
        )
        if not whole:
            continue
        if step["places"]:
            console.print(_block(f"used at {_listed(step['places'])}", "yellow"))
        for path in step["paths"]:
            console.print(_block(plain(path), "dim"))
        for command in step["commands"]:
            console.print(_block(f"$ {plain(command)}", "green"))
        console.print(_block(f"next, when {plain(step['ready_when'])}", "dim"))
        for path, content in step["files"].items():
            if "/migrations/" in path or "versions/" in path:
                console.print(_block(f"--- {plain(path)}", "bold"))
                console.print(_block(plain_lines(content.rstrip()), ""))


def _rollback(console: Console, document: Document) -> None:
    rollback = document["rollback"]
    if rollback is None:
        return
    console.print()
    how = (
        "Way back, with the new code still deployed:"
        if rollback["possible"]
        else "There is no way back as it is:"
    )
    console.print(Text(how, "bold"))
    for command in rollback["commands"]:
        console.print(_block(f"$ {plain(command)}", "green"))
    for note in rollback["notes"]:
        console.print(_block(plain(note), "dim"))


def _sql(console: Console, document: Document) -> None:
    if not document["sql"]:
        console.print("No migration of this branch executes SQL that is known.")
    for preview in document["sql"]:
        console.print(
            Text(
                f"{plain(preview['app'])}.{plain(preview['migration'])} ({dialect_of(preview)})",
                "bold",
            )
        )
        for statement in preview["statements"]:
            console.print(_block(plain_lines(statement), ""))
        for lock in preview["locks"]:
            stops = " and ".join(
                word
                for word, yes in (
                    ("reads", lock["blocks_reads"]),
                    ("writes", lock["blocks_writes"]),
                )
                if yes
            )
            console.print(
                _block(
                    f"{lock['mode']} on {plain(lock['table'])}"
                    + (f", stops {stops}" if stops else ""),
                    "yellow",
                )
            )


def _graph(console: Console, document: Document) -> None:
    parents: dict[str, list[str]] = {}
    for edge in document["graph"]["edges"]:
        parents.setdefault(edge["child"], []).append(edge["parent"])
    if not document["graph"]["nodes"]:
        console.print("Nothing is new and nothing is wrong in the graph.")
    for node in document["graph"]["nodes"]:
        name = f"{node['app']}.{node['name']}"
        after = ", ".join(p.rpartition(".")[2] for p in parents.get(name, []))
        side = {"head": "new", "base": "base", "both": ""}[node["side"]]
        console.print(
            _line(
                ("* " if node["leaf"] else "| ", "bold"),
                (plain(name), "green" if side == "new" else ""),
                (f"  after {plain(after)}" if after else "", "dim"),
                (f"  {side}" if side else "", "cyan"),
            )
        )


def _verdict(console: Console, document: Document, counting: list[FindingDocument]) -> None:
    colour, words = VERDICT[document["verdict"]]
    console.print()
    if not document["touches"] and not counting:
        words = "It changes no migration, and none is missing."
    console.print(
        _line(
            (document["verdict"].upper(), colour),
            (f"  {words}", ""),
            (f"  {_counted(counting)}" if counting else "", "dim"),
        )
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


def _line(*parts: tuple[str, str]) -> Text:
    return Text.assemble(*((text, style) for text, style in parts))


def _block(text: str, style: str) -> Text:
    return Text("\n".join(f"    {line}" for line in text.splitlines()), style)
