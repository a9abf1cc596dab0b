"""``/twostep help``: the commands, from the commands themselves."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, all_commands

command = Command(__name__, usage="", does="shows this list", who=Who.READER)


@command
def answer(asked: Asked) -> Answer:
    del asked
    return Answer(text=help_text())


def help_text() -> str:
    """All commands, by who may give them."""
    parts = [
        "Write a command at the start of a line of a comment, on its own. "
        "A comment is read when it is posted; edits of it are not."
    ]
    for who in Who:
        rows = [
            f"| `{each.written}` | {each.does}{_also(each)} |"
            for each in all_commands().values()
            if each.who is who
        ]
        if rows:
            parts.append(f"**For {who.value}:**")
            parts.append("\n".join(("| Command | What it does |", "| --- | --- |", *rows)))
    return "\n\n".join(parts)


def _also(each: Command) -> str:
    return f" (also: {', '.join(f'`{alias}`' for alias in each.aliases)})" if each.aliases else ""
