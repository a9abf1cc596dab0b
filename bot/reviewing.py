"""One review of a repository on this machine: compare, read the configuration, judge, document."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from pathlib import Path

from analyzers.config import Config
from analyzers.config_text import ConfigProblem
from analyzers.read.cache import Cache
from analyzers.review import review
from bot.errors import TwoStepError
from bot.git.commit_tree import Fetch
from bot.git.compare import Compared, compared
from bot.render.document import Document, Subject, to_document


def review_repository(
    path: Path,
    *,
    base: str | None = None,
    head: str | None = None,
    also: Sequence[str] = (),
    config: Config | None = None,
    cache: Cache | None = None,
    fetch: Fetch | None = None,
    repository: str | None = None,
    pull_request: int | None = None,
    sql: bool = True,
) -> Document:
    """
    Review *head* against *base* in the repository at *path*.

    Raises:
        TwoStepError: the review cannot be made; its text says why.
    """
    began = time.perf_counter()
    with compared(path, base=base, head=head, also=also, fetch=fetch) as both:
        try:
            result = review(both.comparison, config, cache, today=today(), sql=sql)
        except ConfigProblem as problem:
            raise ConfigurationError(problem) from None
        name = repository or (both.root or both.git_dir).name
        return to_document(
            result,
            subject_of(both, name, pull_request),
            sources=(both.comparison.head, both.comparison.merged, both.comparison.base),
            total_ms=round((time.perf_counter() - began) * 1000),
        )


class ConfigurationError(TwoStepError):
    """The reviewed repository's configuration cannot be used; ``problem`` says where and why."""

    def __init__(self, problem: ConfigProblem) -> None:
        super().__init__(f"{problem} It is read from the base, so mend it there.")
        self.problem = problem


def today() -> str:
    """The date (UTC) for ignore entries that end."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def subject_of(both: Compared, repository: str, pull_request: int | None = None) -> Subject:
    """What *both* compares, by its names."""
    return Subject(
        repository=repository,
        base_ref=both.base.ref,
        base_sha=both.base.sha,
        head_ref=both.head.ref,
        head_sha=both.head.sha,
        merge_base=both.merge_base,
        pull_request=pull_request,
    )
