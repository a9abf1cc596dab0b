"""``/twostep merge``: the migration that joins both sides."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, not_reviewed
from bot.commands._patch import by_hand
from bot.render.wording import counting

command = Command(
    __name__,
    usage="",
    does="gives the merge migration that joins the leaf nodes (Alembic: the heads)",
    who=Who.WRITER,
)


@command
def answer(asked: Asked) -> Answer:
    if asked.document is None:
        return not_reviewed(asked)
    forks = (f for f in counting(asked.document) if f["rule"] == "conflicting-leaf-nodes")
    said = by_hand(forks, files=True)
    if said is not None:
        return said
    return Answer(text="There are no two leaf nodes to join.", done=False)
