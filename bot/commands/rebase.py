"""``/twostep rebase``: the edits that put the pull request's migrations behind the base's."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, not_reviewed
from bot.commands._patch import by_hand
from bot.render.wording import counting

RULES = ("conflicting-leaf-nodes", "duplicate-number", "duplicate-revision", "second-root")

command = Command(
    __name__,
    usage="",
    does="gives the patch that puts the new migrations behind those of the base",
    who=Who.WRITER,
)


@command
def answer(asked: Asked) -> Answer:
    if asked.document is None:
        return not_reviewed(asked)
    said = by_hand((f for f in counting(asked.document) if f["rule"] in RULES), edits=True)
    if said is not None:
        return said
    text = "No single edit is known that would move the migrations: either they stand well, or see the remedies above."
    return Answer(text=text, done=False)
