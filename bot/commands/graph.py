"""``/twostep graph``: where the new migrations stand."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, not_reviewed
from bot.render import summary as parts

command = Command(
    __name__,
    usage="",
    does="draws the migrations around those that this pull request brings",
    who=Who.READER,
)


@command
def answer(asked: Asked) -> Answer:
    if asked.document is None:
        return not_reviewed(asked)
    said = parts.graph(asked.document, opened=True)
    return Answer(text=said or "Neither side brings a migration, so there is nothing to draw.")
