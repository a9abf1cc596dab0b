"""``/twostep rollback``: the way back."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, not_reviewed
from bot.render import summary as parts

command = Command(
    __name__,
    usage="",
    does="shows the commands that undo the migrations, and what is lost with them",
    who=Who.READER,
)


@command
def answer(asked: Asked) -> Answer:
    if asked.document is None:
        return not_reviewed(asked)
    said = parts.rollback(asked.document, opened=True)
    return Answer(text=said or "This pull request brings no migration, so nothing is to undo.")
