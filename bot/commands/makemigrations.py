"""``/twostep makemigrations``: the migration that the models lack."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, not_reviewed
from bot.commands._patch import by_hand
from bot.render.wording import counting

command = Command(
    __name__,
    usage="",
    does="gives the migration that the changed models lack",
    who=Who.WRITER,
)


@command
def answer(asked: Asked) -> Answer:
    if asked.document is None:
        return not_reviewed(asked)
    lacking = (f for f in counting(asked.document) if f["rule"] == "missing-migration")
    said = by_hand(lacking, files=True)
    if said is not None:
        return said
    return Answer(text="No migration is missing, as far as the models could be read.", done=False)
