"""Check runs, with GitHub's limits: 50 annotations a request that only append, 65,535 characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.github.installations import the_repository
from tests.support.github.state import APP, Asked, Refused, State, on_git


def check_runs(state: State, asked: Asked, name: str, sha: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    found = [run for run in repo.checks.values() if run["head_sha"] == sha]
    return 200, {"total_count": len(found), "check_runs": [_shown(run) for run in found]}


def create(state: State, asked: Asked, name: str) -> tuple[int, Any]:
    repo = the_repository(state, asked, name)
    known = on_git(repo.git, "cat-file", "-t", asked.body["head_sha"], check=False)
    if known != "commit":
        raise Refused(422, f"No commit found for SHA: {asked.body['head_sha']}")
    run: dict[str, Any] = {"id": next(state.ids), "annotations": [], "output": {}}
    _change(run, asked.body)
    repo.checks[run["id"]] = run
    return 201, _shown(run)


def edit(state: State, asked: Asked, name: str, id_: str) -> tuple[int, Any]:
    runs = the_repository(state, asked, name).checks
    if int(id_) not in runs:
        raise Refused(404, "Not Found")
    _change(runs[int(id_)], asked.body)
    return 200, _shown(runs[int(id_)])


def _change(run: dict[str, Any], body: dict[str, Any]) -> None:
    output = body.get("output") or {}
    new = output.get("annotations") or []
    if len(new) > 50:
        raise Refused(422, "No more than 50 annotations")
    if any(len(output.get(key) or "") > 65_535 for key in ("summary", "text")):
        raise Refused(422, "Only 65535 characters are allowed")
    if body.get("status") == "completed" and not body.get("conclusion"):
        raise Refused(422, "A completed check run needs a conclusion")
    run["annotations"] += new
    run["output"] |= {k: v for k, v in output.items() if k != "annotations"}
    run |= {k: v for k, v in body.items() if k != "output"}
    if run.get("conclusion"):
        run["status"] = "completed"
    run.setdefault("status", "queued")


def _shown(run: Mapping[str, Any]) -> dict[str, Any]:
    """A check run as it is listed: the annotations are counted, not shown."""
    output = {**run["output"], "annotations_count": len(run["annotations"])}
    rest = {k: v for k, v in run.items() if k not in ("annotations", "output", "actions")}
    return {"conclusion": None, **rest, "output": output, "app": APP, "pull_requests": []}
