"""Ids and labels of a revision that stand as constants in another file of the repository."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cached_property

from analyzers import limits
from analyzers.read.alembic.revisions import IMPORTED, Reading, Revision, Unreadable
from analyzers.trees import Tree


class Constants:
    """Module-level texts of a tree's Python files, looked up by dotted path."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._modules: dict[str, dict[str, str]] = {}

    @cached_property
    def _by_end(self) -> dict[str, list[str]]:
        """The Python files by their last name, shortest paths first."""
        found: dict[str, list[str]] = {}
        for path in self._tree.paths():
            if path.endswith(".py"):
                parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
                found.setdefault(parts[-1], []).append(path)
        return {name: sorted(paths, key=len) for name, paths in found.items()}

    def look_up(self, dotted: str, path: str) -> str | None:
        """The text that *dotted* names, as imported by the file *path*; None if that is not known."""
        module, _, name = dotted.rpartition(".")
        level = len(module) - len(module.lstrip("."))
        module = module.lstrip(".")
        if level:
            folder = path.split("/")[:-level]
            wanted = "/".join((*folder, *module.split("."))) if module else "/".join(folder)
            candidates = [f"{wanted}.py", f"{wanted}/__init__.py"]
        else:
            wanted = module.replace(".", "/")
            candidates = [
                file
                for file in self._by_end.get(wanted.rpartition("/")[2], ())
                if f"/{file}".endswith((f"/{wanted}.py", f"/{wanted}/__init__.py"))
            ]
        for candidate in candidates:
            found = self._texts(candidate).get(name)
            if found is not None:
                return found
        return None

    def _texts(self, path: str) -> dict[str, str]:
        if path not in self._modules:
            self._modules[path] = self._read(path)
        return self._modules[path]

    def _read(self, path: str) -> dict[str, str]:
        try:
            content = self._tree.read(path)
            module = ast.parse(content) if len(content) <= limits.SOURCE_BYTES else None
        except (KeyError, SyntaxError, ValueError, RecursionError, MemoryError):
            return {}
        found = {}
        for statement in module.body if module else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                    found[name] = text
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text))):
                    found[name] = text
                case _:
                    pass
        return found


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
