"""``/twostep plan``: the pull requests that make the change safe, in order."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, not_reviewed
from bot.render import summary as parts

command = Command(
    __name__,
    usage="",
    does="shows how to split the change into pull requests, and in which order they are deployed",
    who=Who.READER,
)


@command
def answer(asked: Asked) -> Answer:
    if asked.document is None:
        return not_reviewed(asked)
    said = parts.split(asked.document)
    return Answer(text=said or "No split is needed: this can be merged as one pull request.")
