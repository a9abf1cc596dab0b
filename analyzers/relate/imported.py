"""In which files of a tree stands what a migration names."""

from __future__ import annotations

from analyzers.trees import Tree


def paths_of(tree: Tree, dotted: str) -> list[str]:
    """The files of *tree* that may be the module *dotted*: one below each folder that has it."""
    module = dotted.replace(".", "/")
    whole = (f"{module}.py", f"{module}/__init__.py")
    endings = tuple(f"/{path}" for path in whole)
    return [path for path in tree.paths() if path in whole or path.endswith(endings)]


def run_from(functions: tuple[str, ...], by_module: dict[str, str]) -> dict[str, frozenset[str]]:
    """The helpers that hold *functions*, and the names that are asked of each; none: all of it."""
    found: dict[str, frozenset[str]] = {}
    # The module itself before the packages that it stands in.
    nearest = sorted(by_module.items(), key=lambda item: -len(item[0]))
    for function in functions:
        for module, path in nearest:
            name = name_in(function, module)
            if name is not None:
                whole = name == "" or found.get(path) == frozenset()
                found[path] = frozenset() if whole else found.get(path, frozenset()) | {name}
                break
    return found


def name_in(function: str, module: str) -> str | None:
    """The name that *function* has in *module*; empty where it is the module, None where it is elsewhere."""
    if function.startswith(f"{module}."):
        return function.removeprefix(f"{module}.").partition(".")[0]
    parts = function.split(".")
    # A name alone is that of many files: it is looked for where no more is known.
    shortest = 1 if len(parts) < 3 else 2
    for length in range(len(parts), shortest - 1, -1):
        above = ".".join(parts[:length])
        if module == above or module.endswith(f".{above}"):
            return ".".join(parts[length : length + 1])
    return None
