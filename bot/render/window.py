"""The same in a terminal's window: in colours, and wrapped where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

from bot.render.paper import Paper

if TYPE_CHECKING:
    from bot.render.paper import Part


class Window(Paper):
    """
    What rich makes of a stream.

    Where no window is behind it, and colours are asked for all the same, lines stay whole.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._console = Console(file=stream, highlight=False, soft_wrap=not stream.isatty())

    def say(self, *parts: Part) -> None:
        self._console.print(_text(parts))

    def quote(self, *parts: Part) -> None:
        # A file, or the next program, gets the whole line; a window what fits.
        self._console.print(
            _text(parts),
            overflow="ellipsis" if self._console.is_terminal else "ignore",
            no_wrap=True,
        )


def _text(parts: tuple[Part, ...]) -> Text:
    return Text(*parts[0]) if len(parts) == 1 else Text.assemble(*parts)
