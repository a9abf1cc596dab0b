"""
The machinery of slash commands: a module of this package that has a ``command`` is one.

A command says who may give it, how it is written and what it does; help and
documentation are made of that. Its function takes what was asked and returns
the answer; what it changes, it changes through the services that it is given.
"""

from __future__ import annotations

import difflib
import enum
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache

import bot.commands
from analyzers.frozen import dataclass
from bot.jobs.model import Job, Repository, ReviewWanted
from bot.render.escape import code
from bot.render.summary import Links
from bot.render.wording import Document
from bot.services import Services


class Who(enum.Enum):
    """Who may give a command."""

    READER = "the author, and whoever may read the repository"
    WRITER = "whoever may write to the repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One command, with what is needed to answer it."""

    repository: Repository
    number: int
    author: str
    arguments: tuple[str, ...]
    services: Services
    document: Document | None
    """The newest review of the pull request; None where there is none yet."""
    links: Links

    def review(self, *, again: bool = True) -> ReviewWanted:
        """The job that reviews the pull request (again)."""
        return ReviewWanted(
            repository=self.repository, number=self.number, why="command", again=again
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said, and what follows."""

    text: str = ""
    """Markdown; empty where the reaction says it all."""
    parts: tuple[str, ...] = ()
    """What follows it; the last are left out first where it is too much for one comment."""
    done: bool = True
    """False: it could not be done as it was said."""
    jobs: tuple[Job, ...] = ()


Function = Callable[[Asked], Answer]


class Command:
    """A slash command; its name is its module's."""

    def __init__(
        self, module: str, *, usage: str, does: str, who: Who, aliases: tuple[str, ...] = ()
    ) -> None:
        self.name = module.rpartition(".")[2]
        self.usage = usage
        """The arguments, such as ``RULE [MIGRATION] because REASON``."""
        self.does = does
        """One sentence without a full stop."""
        self.who = who
        self.aliases = aliases
        self._function: Function | None = None

    def __call__(self, function: Function) -> Function:
        """Register *function*; used as a decorator."""
        self._function = function
        return function

    def answer(self, asked: Asked) -> Answer:
        if self._function is None:
            raise LookupError(f"the command {self.name} has no function")
        return self._function(asked)

    @property
    def written(self) -> str:
        """How it is written."""
        return f"/twostep {self.name} {self.usage}".strip()


@cache
def all_commands() -> Mapping[str, Command]:
    """Every command by its name, in the order of help: those for readers first."""
    found: list[Command] = []
    for module in pkgutil.iter_modules(bot.commands.__path__):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"bot.commands.{module.name}")
            found.append(loaded.command)
    found.sort(key=lambda each: (each.who is Who.WRITER, each.name != "help", each.name))
    return {each.name: each for each in found}


def named(word: str) -> Command | None:
    """The command of that name or alias, whatever its case."""
    known = all_commands()
    lower = word.lower()
    return known.get(lower) or next(
        (each for each in known.values() if lower in each.aliases), None
    )


def parse(line: str) -> tuple[str, tuple[str, ...]]:
    """
    The command's name and its arguments, of a line that starts with ``/twostep``.

    A line without a name asks for help. Arguments may stand in backticks.
    """
    words = [word.strip("`") for word in line.split()[1:]]
    words = [word for word in words if word]
    return (words[0], tuple(words[1:])) if words else ("help", ())


def nearest(word: str, known: list[str]) -> str:
    """`` Did you mean `x`?``, where one of *known* is near."""
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f" Did you mean {code(close[0])}?" if close else ""


NOT_YET = (
    "This pull request has not been reviewed yet. The review starts now; ask again when the "
    "check is there."
)


def not_reviewed(asked: Asked) -> Answer:
    """The answer where there is no review to speak of: one is made."""
    return Answer(text=NOT_YET, done=False, jobs=(asked.review(again=False),))
