"""``/twostep explain RULE``: the rule's page."""

from __future__ import annotations

import re

from analyzers.rules._rule import all_rules
from bot.commands._command import Answer, Asked, Command, Who, nearest
from bot.render.escape import code

command = Command(
    __name__,
    usage="RULE",
    does="explains a rule: what it finds, why that hurts, what to do",
    who=Who.READER,
)


@command
def answer(asked: Asked) -> Answer:
    rules = {rule.name: rule for rule in all_rules()}
    if not asked.arguments:
        names = ", ".join(f"`{name}`" for name in rules)
        return Answer(text=f"Which rule? There are: {names}", done=False)
    name = asked.arguments[0].lower()
    rule = rules.get(name)
    if rule is None:
        return Answer(text=f"There is no rule {code(name)}.{nearest(name, [*rules])}", done=False)
    # The page has a title of its own level; here it stands below one.
    page = re.sub(r"^(#+) ", r"##\1 ", rule.page, flags=re.MULTILINE)
    return Answer(text=f"### `{rule.name}` ({rule.severity.word} by default)\n\n{page}")
