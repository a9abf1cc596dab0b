"""What a person sees in a browser, for the demonstration: pull requests, their check and comments."""

from __future__ import annotations

import html
import re

from markdown_it import MarkdownIt
from starlette.responses import HTMLResponse

from tests.support.github.state import Pull, Repo, State

_STYLE = (
    "body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "pre,code{font:14px/1.45 ui-monospace,monospace;background:#f6f8fa}"
    "pre{white-space:pre-wrap;padding:.75rem 1rem}"
    "article{border:1px solid #d0d7de;border-radius:6px;padding:0 1.25rem .5rem}"
    "article h2{font-size:1.3rem}article h3{font-size:1.1rem}"
    "blockquote{margin:1rem 0;padding:0 1rem;border-left:.25rem solid #d0d7de}"
    "summary{cursor:pointer}td,th{border:1px solid #d0d7de;padding:.25rem .75rem}"
    "table{border-collapse:collapse}"
)
_markdown = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]")


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
                f"<article>{_rendered(each['body'])}</article>"
            )
    return _html(f"#{pull.number} {pull.title}", "".join(parts))


def _rendered(body: str) -> str:
    """*body* as GitHub shows it, more or less; its HTML is the product's own, of a sample."""
    return _ALERT.sub(lambda m: f"<b>{m[1].title()}</b><br>", _markdown.render(body))


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
