"""``/twostep accept RULE [MIGRATION] because REASON``: somebody takes it upon themselves."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.commands._command import Answer, Asked, Command, Who, nearest, not_reviewed
from bot.render.escape import code, prose
from bot.render.wording import count
from bot.services import Acceptance

REASON = 500
"""Characters of a reason."""

command = Command(
    __name__,
    usage="RULE [MIGRATION] because REASON",
    does="lets the findings of a rule that stand here now no longer count",
    who=Who.WRITER,
)


@command
def answer(asked: Asked) -> Answer:
    words = [word.lower().rstrip(":") for word in asked.arguments]
    at = words.index("because") if "because" in words else len(words)
    named, reason = asked.arguments[:at], " ".join(asked.arguments[at + 1 :])[:REASON]
    if not 1 <= len(named) <= 2 or not reason:
        text = f"A rule and a reason are needed: `{command.written}`"
        return Answer(text=text, done=False)
    if asked.document is None:
        return not_reviewed(asked)
    rule, migration = named[0].lower(), named[1] if len(named) == 2 else None
    standing = [each for each in asked.document["findings"] if not each["preexisting"]]
    meant = [
        each
        for each in standing
        if each["rule"] == rule
        and migration in (None, each["migration"], f"{each['app']}.{each['migration']}")
    ]
    if not meant:
        where = f" in {code(migration)}" if migration else ""
        of_rule = {str(each["migration"]) for each in standing if each["rule"] == rule} - {"None"}
        # Of a rule that stands here the migration was not meant; else the rule.
        near = (
            f" It has in {' and '.join(map(code, sorted(of_rule)))}."
            if of_rule
            else nearest(rule, sorted({each["rule"] for each in standing}))
        )
        text = f"The newest review has no finding of {code(rule)}{where}.{near}"
        return Answer(text=text, done=False)
    asked.services.store.accept(
        asked.repository.id,
        asked.number,
        Acceptance(
            rule=rule,
            migration=migration,
            fingerprints=tuple(sorted({each["fingerprint"] for each in meant})),
            reason=reason,
            by=asked.author,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
    )
    text = (
        f"Accepted: {count(len(meant), 'finding')} of {code(rule)}, because: {prose(reason)}\n\n"
        "The check is made anew. Findings that come later are not covered. "
        f"Take it back with {code(f'/twostep unaccept {rule}')}."
    )
    return Answer(text=text, jobs=(asked.review(),))
