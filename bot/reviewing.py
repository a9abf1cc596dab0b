"""One review of a repository on this machine: compare, read the configuration, judge, document."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING

from bot.cache import DiskCache
from bot.errors import TwoStepError
from bot.git.compare import compared
from bot.kept import key_of, packed, unpacked
from bot.render.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analyzers.config import Config
    from analyzers.config_text import ConfigProblem
    from analyzers.read.cache import Cache
    from analyzers.review import Failed
    from bot.git.commit_tree import Fetch
    from bot.git.compare import Compared, Running
    from bot.render.document import Document


def review_repository(
    path: Path,
    *,
    base: str | None = None,
    head: str | None = None,
    also: Sequence[str] = (),
    config: Config | None = None,
    cache: Cache | None = None,
    fetch: Fetch | None = None,
    running: Running | None = None,
    repository: str | None = None,
    pull_request: int | None = None,
    sql: bool = True,
    broken: list[str] | None = None,
) -> Document:
    """
    Review *head* against *base* in the repository at *path*; *running* is what is deployed of it.

    With *broken*, a part of the review in which Two-Step itself fails is told there,
    and the others are judged; without, the error is raised: whoever gives a verdict
    must not take a part for the whole.

    Raises:
        TwoStepError: the review cannot be made; its text says why.
    """
    began = time.perf_counter()
    with compared(path, base=base, head=head, also=also, fetch=fetch, running=running) as both:
        subject = subject_of(both, repository or (both.root or both.git_dir).name, pull_request)
        # A configuration given by hand has no name to keep a review under.
        key = key_of(both, subject, today=today(), sql=sql) if config is None else None
        kept = cache.document(key) if isinstance(cache, DiskCache) and key else None
        again = unpacked(kept, total_ms=_since(began)) if kept else None
        if again is not None:
            return again
        document = _reviewed(both, subject, config, cache, broken, sql=sql)
        document["timing"]["total_ms"] = _since(began)
        if isinstance(cache, DiskCache):
            if both.reader.lacked or broken:
                cache.forget()
            elif key:
                cache.keep_document(key, packed(document))
        return document


def _reviewed(
    both: Compared,
    subject: Subject,
    config: Config | None,
    cache: Cache | None,
    broken: list[str] | None,
    *,
    sql: bool,
) -> Document:
    # Loaded here: a review that is kept needs none of it.
    from analyzers.config_text import ConfigProblem
    from analyzers.review import review
    from bot.render.to_document import to_document

    trees = both.comparison
    try:
        result = review(trees, config, cache, today=today(), sql=sql, failed=_teller(broken))
    except ConfigProblem as problem:
        raise ConfigurationError(problem) from None
    read = both.reader.asked
    files = {tree.oid(path) for tree in (trees.merged, trees.base) for path in tree.paths()}
    known = cache.known & files if isinstance(cache, DiskCache) else set()
    return to_document(
        result,
        subject,
        sources=(trees.head, trees.merged, trees.base),
        parsed_files=len(read),
        cached_files=len(known - read),
    )


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _teller(broken: list[str] | None) -> Failed | None:
    """What puts into *broken* which part failed, and where."""
    if broken is None:
        return None

    def tell(part: str, error: Exception) -> None:
        if isinstance(error, TwoStepError | OSError):
            raise error
        import os.path
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(last.filename)}:{last.lineno}"
        broken.append(f"{part} could not be judged: {error!r} at {where}")

    return tell


class ConfigurationError(TwoStepError):
    """The reviewed repository's configuration cannot be used; ``problem`` says where and why."""

    def __init__(self, problem: ConfigProblem) -> None:
        from bot.render.wording import sentence

        said = (
            "It comes with this change: mend it here, as nobody could be reviewed after the merge."
            if problem.brought
            else "It is read from the base: mend it there, or here."
        )
        super().__init__(f"{sentence(str(problem))} {said}")
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
        deployed=both.running.name if both.running else None,
        deployed_sha=both.running.commit if both.running else None,
    )
