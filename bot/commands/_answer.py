"""
What somebody said, from the eyes that say "seen" to the rocket that says "done".

Doing it twice is doing it once: reactions are kept once by GitHub, the answer
is found again by its mark, and the jobs that follow are harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from bot.commands._command import Answer, Asked, Who, all_commands, named, nearest, parse
from bot.commands.help import help_text
from bot.errors import GitHubRefused
from bot.jobs.model import ButtonPressed, CommandSaid, Job, Repository
from bot.render.escape import code
from bot.render.fold import Block, fold
from bot.render.summary import Links, more
from bot.services import Services

log = structlog.get_logger(__name__)

MAY_WRITE = frozenset({"write", "admin"})
MAY_READ = MAY_WRITE | {"read"}
BUTTONS = ("review", "plan", "rollback")
"""The commands that a check run has buttons for."""


def answer(job: CommandSaid | ButtonPressed, services: Services) -> Sequence[Job]:
    """Answer what was said where it was said; the jobs that follow from it."""
    match job:
        case CommandSaid():
            return _said(job, services)
        case ButtonPressed():
            return _pressed(job, services)


def _said(job: CommandSaid, services: Services) -> Sequence[Job]:
    _react(job, "eyes", services)
    may = _permissions(job.repository, job.number, job.author, services)
    answers = [_one(job, line, may, services) for line in job.lines]
    if any(each.text for each in answers):
        _reply(job, _folded(answers, _links(job.repository, job.number, services)), services)
    _react(job, "rocket" if all(each.done for each in answers) else "confused", services)
    return tuple(dict.fromkeys(follows for each in answers for follows in each.jobs))


def _one(job: CommandSaid, line: str, may: frozenset[Who], services: Services) -> Answer:
    name, arguments = parse(line)
    command = named(name)
    if command is None:
        return _unknown(job, name, services)
    if command.who not in may:
        text = f"Sorry, {code(command.written)} is for {command.who.value}."
        return Answer(text=text, done=False)
    return command.answer(_asked(job.repository, job.number, job.author, arguments, services))


def _unknown(job: CommandSaid, name: str, services: Services) -> Answer:
    """Help, once for a pull request; after that only the reaction."""
    key = f"help shown {job.repository.id} {job.number}"
    shown = services.store.note(key)
    if shown not in (None, str(job.comment)):
        return Answer(done=False)
    services.store.remember(key, str(job.comment))
    known = [*all_commands()]
    text = f"There is no command {code(name)}.{nearest(name, known)}\n\n{help_text()}"
    return Answer(text=text, done=False)


def _pressed(job: ButtonPressed, services: Services) -> Sequence[Job]:
    """A button does what the command of its name does, for each pull request of the commit."""
    command = named(job.identifier) if job.identifier in BUTTONS else None
    if command is None:
        log.warning("unknown button", identifier=job.identifier)
        return ()
    numbers = job.numbers or services.github.pull_requests_of(job.repository, job.head_sha)
    following: list[Job] = []
    for number in numbers:
        if command.who not in _permissions(job.repository, number, job.sender, services):
            log.info("button refused", identifier=job.identifier, number=number)
            continue
        said = command.answer(_asked(job.repository, number, job.sender, (), services))
        if said.text:
            body = _folded([said], _links(job.repository, number, services))
            _say(job, number, f"button-{job.check_run}-{command.name}", body, services)
        following += said.jobs
    return tuple(following)


def _permissions(
    repository: Repository, number: int, login: str, services: Services
) -> frozenset[Who]:
    """What *login* may ask for, as GitHub's API says; its association proves nothing."""
    permission = services.github.permission(repository, login)
    if permission in MAY_WRITE:
        return frozenset(Who)
    if permission in MAY_READ:
        return frozenset({Who.READER})
    author = services.github.pull_request(repository, number).author
    return frozenset({Who.READER}) if author.lower() == login.lower() else frozenset()


def _asked(
    repository: Repository,
    number: int,
    author: str,
    arguments: tuple[str, ...],
    services: Services,
) -> Asked:
    report = services.store.latest_report(repository.id, number)
    return Asked(
        repository=repository,
        number=number,
        author=author,
        arguments=arguments,
        services=services,
        document=None if report is None else report.document,
        links=_links(repository, number, services),
    )


def _links(repository: Repository, number: int, services: Services) -> Links:
    report = services.store.latest_report(repository.id, number)
    return Links(
        web=services.settings.github_url,
        report=services.report_url(report.key) if report is not None else "",
    )


def _folded(answers: Iterable[Answer], links: Links) -> str:
    """*answers* as one comment that GitHub takes; what two of them say is said once."""
    blocks = (
        Block(text, rank=rank)
        for each in answers
        for rank, texts in enumerate(((each.text,), each.parts))
        for text in texts
        if text
    )
    return fold(list(dict.fromkeys(blocks)), more(links))


def _react(job: CommandSaid, reaction: str, services: Services) -> None:
    try:
        services.github.react(job.repository, job.comment, reaction, on_review=job.on_review)
    except GitHubRefused as error:
        # A locked conversation takes none; what was asked for is done all the same.
        log.warning("reaction refused", error=str(error))


def _reply(job: CommandSaid, body: str, services: Services) -> None:
    try:
        services.github.reply(
            job.repository, job.number, job.comment, body, on_review=job.on_review
        )
    except GitHubRefused as error:
        log.warning("answer refused", error=str(error))


def _say(job: ButtonPressed, number: int, mark: str, body: str, services: Services) -> None:
    try:
        services.github.say(job.repository, number, mark, body)
    except GitHubRefused as error:
        log.warning("answer refused", error=str(error))
