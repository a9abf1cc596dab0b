"""``/twostep split``: the files of each pull request of the split."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, not_reviewed
from bot.commands._patch import written_out
from bot.render import summary as parts
from bot.render.escape import code, prose

command = Command(
    __name__,
    usage="",
    does="gives the files of each pull request of the split, to be opened by hand",
    who=Who.WRITER,
)


@command
def answer(asked: Asked) -> Answer:
    if asked.document is None:
        return not_reviewed(asked)
    plan = asked.document["split"]
    if not plan["needed"]:
        return Answer(text="No split is needed: this can be merged as one pull request.")
    written = tuple(
        f"{code(str(step['order']))} {prose(step['title'])}: {code(path)}\n\n{written_out(content)}"
        for step in plan["steps"]
        for path, content in step["files"].items()
    )
    text = parts.split(asked.document)
    if written:
        text += (
            f"\n\nIn a checkout, {code('twostep split --write NAME')} makes the branches "
            "NAME-1, NAME-2 and so on. These are the files:"
        )
    return Answer(text=text, parts=written)
