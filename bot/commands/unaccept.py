"""``/twostep unaccept RULE``: what was accepted counts again."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who
from bot.render.escape import code

command = Command(
    __name__,
    usage="RULE",
    does="lets the findings of a rule count again",
    who=Who.WRITER,
)


@command
def answer(asked: Asked) -> Answer:
    if len(asked.arguments) != 1:
        return Answer(text=f"Which rule? `{command.written}`", done=False)
    rule = asked.arguments[0].lower()
    if not asked.services.store.unaccept(asked.repository.id, asked.number, rule):
        # Said a second time after a kill, it finds nothing left, and that is what was wanted.
        return Answer(text=f"Nothing of {code(rule)} is accepted here.", jobs=(asked.review(),))
    text = f"The findings of {code(rule)} count again. The check is made anew."
    return Answer(text=text, jobs=(asked.review(),))
