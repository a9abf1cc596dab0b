"""Ids and labels of a revision that stand as constants in another file of the repository."""

from __future__ import annotations

from dataclasses import replace

from analyzers.read.alembic.modules import Modules
from analyzers.read.alembic.revisions import IMPORTED, Reading, Revision, Unreadable
from analyzers.trees import Tree


class Constants:
    """Module-level texts of a tree's Python files, looked up by dotted path."""

    def __init__(self, tree: Tree) -> None:
        self._modules = Modules(tree)

    def look_up(self, dotted: str, path: str) -> str | None:
        """The text that *dotted* names, as imported by the file *path*; None if that is not known."""
        bare = dotted.lstrip(".")
        level = len(dotted) - len(bare)
        if level:
            bare = ".".join((*path.split("/")[:-level], bare))
        found = self._modules.value(bare, path)
        return found[0] if found and isinstance(found[0], str) else None


def resolve_imports(reading: Reading, path: str, constants: Constants) -> Reading:
    """*reading* with the ids that it imports looked up; unreadable where one cannot be."""
    if not isinstance(reading, Revision):
        return reading
    values = (reading.revision, *reading.down, *reading.labels, *reading.depends_on)
    wanted = [value for value in values if value.startswith(IMPORTED)]
    if not wanted:
        return reading
    known = {w: constants.look_up(w.removeprefix(IMPORTED), path) for w in wanted}
    lost = next((w for w, text in known.items() if text is None), None)
    if lost is not None:
        name = lost.removeprefix(IMPORTED)
        return Unreadable(line=reading.line, reason=f"`{name}` cannot be looked up")

    def resolved(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(known.get(text) or text for text in texts)

    return replace(
        reading,
        revision=resolved((reading.revision,))[0],
        down=resolved(reading.down),
        labels=resolved(reading.labels),
        depends_on=resolved(reading.depends_on),
    )
