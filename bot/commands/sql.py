"""``/twostep sql``: the statements, and who waits for them."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who, nearest, not_reviewed
from bot.render import summary as parts
from bot.render.escape import code

command = Command(
    __name__,
    usage="[MIGRATION]",
    does="shows the SQL of the migrations, and the locks that they take",
    who=Who.READER,
)


@command
def answer(asked: Asked) -> Answer:
    if asked.document is None:
        return not_reviewed(asked)
    only = asked.arguments[0] if asked.arguments else None
    said = parts.statements(asked.document, only=only)
    if said:
        return Answer(text="### SQL and locks", parts=said)
    known = [each["migration"] for each in asked.document["sql"]]
    if only is None or not known:
        return Answer(text="This pull request has no migration whose SQL is known.")
    text = f"This pull request has no migration {code(only)}.{nearest(only, known)}"
    return Answer(text=text, done=False)
