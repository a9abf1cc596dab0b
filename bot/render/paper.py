"""What a review in words is printed on: a file or the next program, which get the words alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    Part = tuple[str, str]
    """Words, and how they look in a window: ``bold``, ``red``, as rich calls it; empty: as they are."""


class Paper:
    """Lines as they come, however long. A window shows more, and is another module: it takes long to load."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def say(self, *parts: Part) -> None:
        """One line of *parts*; a part may hold line breaks of its own."""
        text = "".join(words for words, _ in parts)
        self.stream.write(f"{_expanded(text)}\n")

    def quote(self, *parts: Part) -> None:
        """A line of a file, which is never wrapped."""
        self.say(*parts)


def _expanded(text: str) -> str:
    """*text* with its tabs as spaces, so that columns stand where a window has them."""
    if "\t" not in text or text.isascii():
        return text.expandtabs(8)
    # Some characters are two columns wide, others none.
    from rich.text import Text

    seen = Text(text)
    seen.expand_tabs(8)
    return seen.plain
