"""Writes a split as branches: one for each pull request, each on top of the one before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from git import Repo
from git.exc import GitCommandError

from analyzers.frozen import dataclass
from analyzers.results import SplitStep
from bot.errors import TwoStepError

_NO_PROGRAMS = ("core.hooksPath=/dev/null", "core.fsmonitor=false")
"""What a repository may have git start when an index or a branch is written."""


class BranchesNotWritten(TwoStepError):
    """The branches of a split cannot be made; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch that was made for one step."""

    name: str
    commit: str
    step: SplitStep


def write_branches(
    repo: Repo, steps: Sequence[SplitStep], *, prefix: str, base: str, head: str
) -> tuple[Branch, ...]:
    """
    Make ``PREFIX-1``, ``PREFIX-2``, ... from *base* (a commit id), each with the files of its step.

    Files that the split does not generate come from *head* (a commit id). Only
    objects and refs are written: the working tree, the index and the hooks of
    the repository are left alone. All branches are made, or none.

    Raises:
        BranchesNotWritten: a branch of that name exists, or git refuses the name.
    """
    repo.git.set_persistent_git_options(c=list(_NO_PROGRAMS))
    names = [f"{prefix}-{step.order}" for step in steps]
    _check_names(repo, names)
    made: list[Branch] = []
    parent = base
    with tempfile.TemporaryDirectory(prefix="twostep-") as scratch:
        environment = {
            **_identity(repo),
            **os.environ,
            "GIT_INDEX_FILE": str(Path(scratch) / "index"),
        }
        with repo.git.custom_environment(**environment):
            for name, step in zip(names, steps, strict=True):
                message = f"{step.title}\n\nStep {step.order} of {len(steps)}. After the merge: {', '.join(step.after[1:])}.\nGo on when {step.ready_when}.\n"
                if not step.paths:
                    message += (
                        "\nNo file of the pull request belongs to it: write the code it needs.\n"
                    )
                try:
                    tree = _tree(repo, parent, head, step)
                    parent = repo.git.commit_tree(tree, "-p", parent, "-m", message)
                except GitCommandError as error:
                    raise _unwritten(error) from None
                made.append(Branch(name=name, commit=parent, step=step))
    commands = "".join(f"create refs/heads/{b.name} {b.commit}\n" for b in made)
    try:
        with _stream(commands) as stream:
            repo.git.update_ref("--stdin", istream=stream)
    except GitCommandError as error:
        raise _unwritten(error) from None
    return tuple(made)


def _unwritten(error: GitCommandError) -> BranchesNotWritten:
    return BranchesNotWritten(f"The branches could not be made: {error.stderr.strip()}")


def _identity(repo: Repo) -> dict[str, str]:
    """Somebody to sign with where git does not know who works here, as in a container."""
    try:
        # git itself is asked: it may read other configurations than GitPython, and needs a name too.
        repo.git.var("GIT_AUTHOR_IDENT")
        repo.git.var("GIT_COMMITTER_IDENT")
    except GitCommandError:
        pass
    else:
        return {}
    return {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Two-Step"), ("EMAIL", "two-step@localhost"))
    }


def _check_names(repo: Repo, names: Sequence[str]) -> None:
    for name in names:
        try:
            repo.git.check_ref_format("--branch", name)
        except GitCommandError:
            raise BranchesNotWritten(
                f"'{name}' is no name for a branch. Choose another prefix."
            ) from None
        if name in {h.name for h in repo.heads}:
            raise BranchesNotWritten(
                f"The branch '{name}' exists already. Delete it or choose another prefix; nothing was changed."
            )


def _tree(repo: Repo, parent: str, head: str, step: SplitStep) -> str:
    repo.git.read_tree(parent)
    for path in step.paths:
        content = step.files.get(path)
        if content is not None:
            with _stream(content) as stream:
                oid = repo.git.hash_object("-w", "--stdin", istream=stream)
            mode = "100644"
        else:
            entry = repo.git.ls_tree(head, "--", path)
            if not entry:
                repo.git.update_index("--force-remove", "--", path)
                continue
            mode, _, oid = entry.split("\t")[0].split()
        repo.git.update_index("--add", "--cacheinfo", f"{mode},{oid},{path}")
    tree: str = repo.git.write_tree()
    return tree


@contextmanager
def _stream(text: str) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as stream:
        stream.write(text.encode())
        stream.seek(0)
        yield stream
