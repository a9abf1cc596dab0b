"""Repositories and pull requests, as they are answered; diffs and hunks are git's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.support.github.installations import the_repository
from tests.support.github.state import Asked, Pull, Refused, Repo, State, on_git


def repository(state: State, asked: Asked, name: str) -> tuple[int, Any]:
    return 200, shown_repository(the_repository(state, asked, name))


def branch(state: State, asked: Asked, name: str, branch: str) -> tuple[int, Any]:
    git = the_repository(state, asked, name).git
    tip = on_git(git, "rev-parse", "--verify", f"refs/heads/{branch}", check=False)
    if not tip:
        raise Refused(404, "Branch not found")
    return 200, {"name": branch, "commit": {"sha": tip}, "protected": False}


def installed(state: State, asked: Asked) -> tuple[int, Any]:
    """The repositories that the token is for."""
    ids, _ends = state.tokens.get(asked.credential, (set(), 0.0))
    found = [shown_repository(r) for r in state.repositories.values() if r.id in ids]
    return 200, {"total_count": len(found), "repositories": found}


def pulls(state: State, asked: Asked, name: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    found = [p for p in repo.pulls.values() if p.state == "open"]
    if asked.query.get("direction") == "desc":
        found.reverse()
    into = asked.query.get("base")
    return 200, [_listed(shown_pull(repo, p)) for p in found if into in (None, p.base)]


def pull(state: State, asked: Asked, name: str, number: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    return 200, shown_pull(repo, numbered(repo, number))


def pulls_of(state: State, asked: Asked, name: str, sha: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    return 200, [_listed(shown_pull(repo, p)) for p in repo.pulls.values() if p.head == sha]


def files(state: State, asked: Asked, name: str, number: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    changed = patches(repo, numbered(repo, number))
    return 200, [{"filename": path, "patch": patch} for path, patch in changed.items()]


def permission(state: State, asked: Asked, name: str, login: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    level = "write" if login in repo.writers else "read"
    return 200, {"permission": level, "role_name": level, "user": None}


def collaborator(state: State, asked: Asked, name: str, login: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    if login not in repo.writers | repo.readers:
        raise Refused(404, "Not Found")
    return 204, None


def numbered(repo: Repo, number: str | int) -> Pull:
    if int(number) not in repo.pulls:
        raise Refused(404, "Not Found")
    return repo.pulls[int(number)]


def patches(repo: Repo, pull: Pull) -> dict[str, str]:
    """The diff of *pull* by file, as git makes it."""
    text = on_git(repo.git, "diff", "--no-color", f"{pull.base_sha}...{pull.head}")
    found: dict[str, str] = {}
    for part in re.split(r"^diff --git .*\n", text, flags=re.MULTILINE)[1:]:
        path = re.search(r"^\+\+\+ b/(.*)$", part, re.MULTILINE)
        at = part.find("@@")
        if path and at >= 0:
            found[path[1]] = part[at:].rstrip("\n")
    return found


def shown_repository(repo: Repo) -> dict[str, Any]:
    owner, _, name = repo.full_name.partition("/")
    return {
        "id": repo.id,
        "name": name,
        "full_name": repo.full_name,
        "owner": {"login": owner, "id": 2, "type": "Organization"},
        "private": True,
        "default_branch": repo.default_branch,
    }


def shown_pull(repo: Repo, pull: Pull) -> dict[str, Any]:
    own = {"id": repo.id, "full_name": repo.full_name}
    # What it was stays where the branch is gone.
    tip = on_git(repo.git, "rev-parse", "--verify", f"refs/heads/{pull.base}", check=False)
    pull.base_sha = tip or pull.base_sha
    return {
        "id": 10_000 + pull.number,
        "number": pull.number,
        "state": pull.state,
        "draft": pull.draft,
        "title": pull.title,
        "merged": False,
        "merged_at": None,
        "user": {"login": pull.author, "id": 1, "type": "User"},
        "head": {"sha": pull.head, "ref": pull.branch, "repo": own},
        "base": {"sha": pull.base_sha, "ref": pull.base, "repo": own},
    }


def _listed(pull: Mapping[str, Any]) -> dict[str, Any]:
    """A pull request as it is listed."""
    return {key: value for key, value in pull.items() if key != "merged"}
