"""``/twostep split``: the files of each pull request of the split."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, not_reviewed
from bot.render import summary as parts
from bot.render.escape import code, fence, prose

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
    said = [parts.split(asked.document)]
    for step in plan["steps"]:
        for path, content in step["files"].items():
            title = f"{code(str(step['order']))} {prose(step['title'])}: {code(path)}"
            said.append(f"{title}\n\n{fence(content, 'python')}")
    said.append(
        f"In a checkout, {code('twostep split --write NAME')} makes the branches NAME-1, NAME-2 and so on."
        if len(said) > 1
        else ""
    )
    return Answer(text="\n\n".join(part for part in said if part))
