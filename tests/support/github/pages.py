"""What a person sees in a browser, for the demonstration: pull requests, their check and comments."""

from __future__ import annotations

import html

from starlette.responses import HTMLResponse

from tests.support.github.state import Pull, Repo, State

_STYLE = (
    "body{font:16px system-ui;margin:2rem auto;max-width:60rem}"
    "pre{white-space:pre-wrap;background:#f6f8fa;padding:1rem}"
)


def home(state: State) -> HTMLResponse:
    rows = [
        f'<li><a href="/{repo.full_name}/pull/{pull.number}">#{pull.number} '
        f"{html.escape(pull.title)}</a> — {_mark(repo, pull)}</li>"
        for repo in state.repositories.values()
        for pull in repo.pulls.values()
    ]
    return _html("Pull requests", f"<ul>{''.join(rows)}</ul>")


def pull_request(repo: Repo, pull: Pull) -> HTMLResponse:
    parts = [f"<p>Two-Step: {_mark(repo, pull)}</p>"]
    for each in (*repo.comments.values(), *repo.lines.values()):
        if each["number"] == pull.number:
            where = f"{each['path']}:{each.get('line', '')}" if "path" in each else "comment"
            parts.append(
                f"<h3>{html.escape(each['user']['login'])} · {html.escape(where)}</h3>"
                f"<pre>{html.escape(each['body'])}</pre>"
            )
    return _html(f"#{pull.number} {pull.title}", "".join(parts))


def _mark(repo: Repo, pull: Pull) -> str:
    runs = [run for run in repo.checks.values() if run["head_sha"] == pull.head]
    if not runs:
        return "no check yet"
    last = runs[-1]
    words = html.escape(str(last.get("conclusion") or last["status"]))
    if not last.get("details_url"):
        return words
    return f'{words} · <a href="{html.escape(last["details_url"])}">report</a>'


def _html(title: str, body: str) -> HTMLResponse:
    head = f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title>"
    return HTMLResponse(f"{head}<style>{_STYLE}</style><h1>{html.escape(title)}</h1>{body}")
