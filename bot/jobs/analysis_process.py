"""
The process of one analysis: a request on standard input, a document on standard output.

Started by ``bot/jobs/analysis.py``; both speak JSON, a line a message. What a
partial mirror lacks is asked for (``need``) and waited for.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from bot.errors import CannotJudge, TwoStepError
from bot.git.command import GitError, environment
from bot.git.commit_tree import entries_of
from bot.git.compare import Running, compared
from bot.git.revisions import merge_base

if TYPE_CHECKING:
    from analyzers.read.cache import Cache

READ = (".py", ".ini", ".toml", ".cfg", ".sql", ".yml", ".yaml", ".gitignore", ".mako")
"""Endings of what a review reads: their blobs are asked for in one batch, before it begins."""

MANY = 30_000
"""Files with such an ending above which only those are asked for that look like migrations or models."""

TELLING = ("migration", "model", "alembic", "versions/", "settings", "apps.py", ".ini", ".toml")


class Pipe:
    """The other side: what is asked of it and told to it."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._had: set[str] = set()

    def receive(self) -> dict[str, Any]:
        line = self._incoming.readline()
        if not line:
            raise SystemExit(0)  # nobody wants the answer any more
        message: dict[str, Any] = json.loads(line)
        return message

    def send(self, **message: Any) -> None:
        self._outgoing.write(json.dumps(message).encode() + b"\n")
        self._outgoing.flush()

    def running(self, environment: str) -> Running:
        """What runs in *environment*."""
        self.send(environment=environment)
        told = self.receive()
        commit = told["commit"]
        name = f"{environment}, {commit[:7]}" if commit else environment
        return Running(name, commit, told["why"])

    def fetch(self, ids: Iterable[str]) -> None:
        """Have the blobs *ids* brought into the mirror; what was asked for before is there."""
        needed = sorted(set(ids) - self._had)
        if needed:
            self._had.update(needed)
            self.send(need=needed)
            self.receive()


def bounded(seconds: float, megabytes: int) -> None:
    """Bounds that hold even where no line of Python runs any more."""
    memory, work = megabytes * 1_000_000, int(seconds) + 5
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (work, work + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def readable(entries: Mapping[str, str]) -> set[str]:
    """The blobs among *entries* that a review is going to read."""
    paths = [path for path in entries if path.endswith(READ)]
    if len(paths) > MANY:
        paths = [path for path in paths if any(word in path for word in TELLING)]
    return {entries[path] for path in paths}


def what_runs(request: dict[str, Any], pipe: Pipe, cache: Cache) -> Running | None:
    """What is deployed of the repository, where its configuration on the base names an environment."""
    from analyzers.config_text import ConfigProblem, config_of
    from analyzers.rules._rule import all_rules

    mirror, base = Path(request["mirror"]), request["base"]
    with compared(mirror, base=base, head=base, fetch=pipe.fetch) as alone:
        try:
            names = [rule.name for rule in all_rules()]
            config = config_of(alone.comparison.base, names, cache)
        except ConfigProblem:
            return None  # the review says what is wrong with it
    if not config.deploy.environment:
        return None
    running = pipe.running(config.deploy.environment)
    if running.commit is not None:
        pipe.fetch(readable(entries_of(running.commit, mirror, environment())))
    return running


def before_merging(request: dict[str, Any], pipe: Pipe) -> None:
    """Ask for what the review and the merge are going to read, in one batch."""
    mirror, env = Path(request["mirror"]), environment()
    base, head = request["base"], request["head"]
    tips = [base, head, *request["others"].values()]
    ancestors = {tip: merge_base(base, tip, mirror, env) for tip in tips[1:]}
    trees = {
        commit: entries_of(commit, mirror, env)
        for commit in {*tips, *filter(None, ancestors.values())}
    }
    needed: set[str] = set()
    for entries in trees.values():
        needed.update(readable(entries))
    ancestor = trees.get(ancestors[head] or "", {})
    for path, oid in trees[head].items():
        theirs, before = trees[base].get(path), ancestor.get(path)
        if theirs is not None and len({oid, theirs, before}) == 3:
            needed.update(filter(None, (oid, theirs, before)))
    pipe.fetch(needed)


def answer(request: dict[str, Any], pipe: Pipe) -> dict[str, Any]:
    """The document that *request* asks for, or the problem that there is."""
    # Imported under the bounds, and not by who only starts this process.
    from bot.cache import DiskCache
    from bot.reviewing import review_repository

    before_merging(request, pipe)
    mirror = Path(request["mirror"])
    # In the mirror: it goes with it, and no two repositories share what was read.
    cache = DiskCache(mirror / "twostep-cache.sqlite")
    document = review_repository(
        mirror,
        base=request["base"],
        head=request["head"],
        also=[f"{name}={sha}" for name, sha in sorted(request["others"].items())],
        cache=cache,
        fetch=pipe.fetch,
        running=what_runs(request, pipe, cache),
        repository=request["repository"],
        pull_request=request["number"],
    )
    cache.save()
    document["base"]["ref"] = request["base_ref"]
    document["head"]["ref"] = request["head_ref"]
    return {"document": document}


def main() -> None:
    """Answer one request, and end."""
    # Whatever prints (a library's warning) must not get between the messages.
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pipe = Pipe(sys.stdin.buffer, outgoing)
    request = pipe.receive()
    bounded(request["seconds"], request["megabytes"])
    try:
        pipe.send(**answer(request, pipe))
    except CannotJudge as error:
        pipe.send(problem=str(error), conclusion=error.conclusion)
    except GitError as error:
        if "allocate memory" in str(error):
            raise MemoryError from error
        pipe.send(broken=str(error))
    except TwoStepError as error:
        pipe.send(problem=str(error), conclusion="action_required")


if __name__ == "__main__":
    main()
