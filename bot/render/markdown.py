"""The review as Markdown: what the summary comment on the pull request will be."""

from __future__ import annotations

from bot.render import summary
from bot.render.document import Document
from bot.render.summary import Links


def render_markdown(document: Document, part: str = "review", web: str = "") -> str:
    """*document*, or one part of it, as GitHub shows it; *web* is the address of the server that has its commits."""
    match part:
        case "graph":
            return summary.graph(document, opened=True)
        case "split":
            return summary.split(document)
        case "rollback":
            return summary.rollback(document, opened=True)
        case "sql":
            return summary.locks_and_sql(document, opened=True)
        case _:
            return summary.summary(document, Links(web=web, answers=False))
