"""Text from a repository made harmless for a terminal or a log: shown, never obeyed."""

from __future__ import annotations


def plain(text: str) -> str:
    """*text* on one line, its control and direction characters written out."""
    return text if text.isprintable() else "".join(map(_shown, text))


def plain_lines(text: str) -> str:
    """The same, line breaks and tabs kept."""
    if text.isprintable():
        return text
    return "".join(c if c in "\n\t" else _shown(c) for c in text)


def _shown(character: str) -> str:
    if character == " " or character.isprintable():
        return character
    import unicodedata  # Loaded here: it is needed for nearly no text.

    if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"}:
        return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
    return character
