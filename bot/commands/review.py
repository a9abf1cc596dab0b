"""``/twostep review``: once more, even where the check run never came to be."""

from __future__ import annotations

from bot.commands._command import Answer, Asked, Command, Who

command = Command(
    __name__,
    usage="",
    does="reviews the newest commit once more, with a new check run",
    who=Who.READER,
    aliases=("recheck", "refresh"),
)


@command
def answer(asked: Asked) -> Answer:
    pull = asked.services.github.pull_request(asked.repository, asked.number)
    if not pull.open:
        text = "This pull request is closed. It is reviewed as soon as it is opened again."
        return Answer(text=text, done=False)
    return Answer(jobs=(asked.review(),))
