"""Nothing that a repository holds is markup, a mention, a reference or a link where it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.render import escape
from bot.render.check_run import check_run, problem_run
from bot.render.inline import inline_comments
from bot.render.mermaid import mermaid
from bot.render.summary import Links, summary, unjudged
from tests.support.documents import EVIL, evil, sample

LINKS = Links(web="https://github.com", report="https://twostep.example/reviews/k/s")
MARKDOWN = MarkdownIt("commonmark").enable("table").enable("strikethrough")

PIECES = st.lists(
    st.sampled_from(
        [
            *"@#`*_~[]()<>!|\\$&:;/.-+=\"' \n\t",
            "``",
            "```",
            "alice",
            "12",
            "http://x.y",
            "www.x.yz",
            "&lt;",
            "<!--",
            "-->",
            "](",
            "![",
            "1. ",
            "GH-1",
            "0031_note",
            "\u202e",
            "한국",
            "deadbeef",
        ]
    ),
    max_size=25,
).map("".join)


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def live(text: str) -> str:
    """All that is read as text, where GitHub looks for mentions, references and addresses."""
    return "\n".join(t.content for t in flat(MARKDOWN.parse(text)) if t.type == "text")


DEAD = re.compile(r"[@#<>\[\]*_~`|$]|://|www\.|GH-\d|\u202e")


@given(PIECES | st.text(max_size=80))
@example("`a`_b_")
@example("1. - x")
@example("`` ` `@x` ``")
@settings(max_examples=400, deadline=None)
def test_prose_is_words_and_code_and_nothing_else(text: str) -> None:
    tokens = list(flat(MARKDOWN.parse(escape.prose(text))))

    kinds = {token.type for token in tokens}
    assert kinds <= {
        "paragraph_open",
        "paragraph_close",
        "inline",
        "text",
        "code_inline",
        "text_special",
    }
    for token in tokens:
        if token.type == "text":
            # A comparison may stay; it is an entity in the source.
            assert not DEAD.search(token.content.replace("<", "").replace(">", "")), token.content


@given(PIECES | st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_a_code_span_holds_whatever_it_is_given(text: str) -> None:
    (paragraph,) = [t for t in MARKDOWN.parse(f"x {escape.code(text)} y") if t.type == "inline"]

    assert [t.type for t in paragraph.children or ()] == ["text", "code_inline", "text"]


@given(PIECES | st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_a_sentence_in_html_has_no_tags_but_code(text: str) -> None:
    left = re.sub(r"</?code>", "", escape.html_prose(text))

    assert not re.search(r"[<>\"']", left)
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", left)


def test_the_quote_that_ends_a_value_is_part_of_its_code() -> None:
    said = "Adds it with db_default=\"new\", db_column='note' in the model."

    assert escape.prose(said) == (
        "Adds it with `db_default=\"new\"`, `db_column='note'` in the model."
    )


def test_what_stands_in_backticks_is_code() -> None:
    assert escape.html_prose("`a_b` is <b>") == "<code>a_b</code> is &lt;b&gt;"


def test_names_in_a_sentence_are_code() -> None:
    said = "It loses orders_order.note (and 0003_note), not the rest of it: <a_b>."

    assert escape.html_prose(said) == (
        "It loses <code>orders_order.note</code> (and <code>0003_note</code>), "
        "not the rest of it: &lt;a_b&gt;."
    )
    assert escape.html_prose("Move 81c4e6d0f3b5 of shop.Order, i.e. 12 rows.") == (
        "Move <code>81c4e6d0f3b5</code> of <code>shop.Order</code>, i.e. 12 rows."
    )


@given(st.lists(PIECES, max_size=5).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_a_fence_holds_whatever_it_is_given(text: str) -> None:
    tokens = MARKDOWN.parse(f"{escape.fence(text)}\n\nafter")

    assert [t.type for t in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


def test_plain_words_stay_as_they_are() -> None:
    said = "Both migrations end the app, which Django refuses; let one depend on the other (12%)."

    assert escape.prose(said) == said


def shown_markdown() -> Iterator[tuple[str, str]]:
    document = evil()
    yield "summary", summary(document, LINKS)
    run = check_run(document, head_sha="2" * 40, attempt="1", links=LINKS, again=False)
    yield "check summary", run.summary
    yield "check text", run.text
    yield "unjudged", unjudged(EVIL)
    problem = problem_run(
        EVIL, conclusion="failure", head_sha="2" * 40, attempt="1", links=LINKS, again=False
    )
    yield "problem", problem.summary
    path = document["findings"][0]["path"]
    (comment,) = inline_comments(document, {path: [(1, 1)]})
    yield "inline", comment.body


@pytest.mark.parametrize(("name", "text"), [*shown_markdown()])
def test_hostile_text_is_dead_wherever_it_is_shown(name: str, text: str) -> None:
    tokens = list(flat(MARKDOWN.parse(text)))

    addresses = {str(t.attrs["href"]) for t in tokens if t.type == "link_open"}
    assert all(a.startswith((LINKS.web + "/acme/shop/", LINKS.report)) for a in addresses)
    assert not [t for t in tokens if t.type == "image"]
    markup = "".join(t.content for t in tokens if t.type in {"html_block", "html_inline"})
    left = re.sub(r"</?(?:details|summary|sub)>|<!-- two-step:[\w:-]+ -->", "", markup)
    assert not re.search(r"[<@#]|alice|evil", left), left
    words = live(text)
    assert not re.search(r"@|#\d|evil\.example|a@b\.co|GH-\d|<script|\u202e", words)
    assert not re.search(r"(?m)^/twostep accept all", words)
    assert "alice" in text, "the name itself is shown"


def test_a_mermaid_label_cannot_leave_its_quotes() -> None:
    picture = mermaid(evil()["graph"])

    assert picture.startswith("```mermaid\n")
    lines = picture.splitlines()[1:-1]
    assert len(lines) > 5
    shape = re.compile(
        r'graph LR|  subgraph a\d+\["[^"<>#;&\[\]{}()|`@:\']+"\]|  end|  classDef \w+ [\w#:,-]+'
        r'|    n\d+\["[^"<>#;&\[\]{}()|`@:\']+"\]:::\w+|  n\d+ --> n\d+'
    )
    assert [line for line in lines if not shape.fullmatch(line)] == []


def test_every_block_of_the_sample_is_closed() -> None:
    body = summary(sample(), LINKS)

    assert body.count("<details>") == body.count("</details>") > 3
    assert len(re.findall(r"(?m)^\s*```", body)) % 2 == 0


def test_words_and_pictures_in_a_fence_are_what_they_were() -> None:
    persian, family = "\u0645\u06cc\u200c\u0634\u0648\u062f", "\U0001f468\u200d\U0001f467"

    assert escape.fence(f"{persian} {family}") == f"```\n{persian} {family}\n```"


@pytest.mark.parametrize(
    "text", ["pa\u200dss", "é\u200d\u200dé", "é\u200d", "\u200dé", "é\u202eé", "é\u200bé"]
)
def test_what_hides_in_a_fence_is_shown(text: str) -> None:
    assert "\ufffd" in escape.fence(text)
