"""Which of some files the functions that a migration names stand in."""

from __future__ import annotations


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
    if function == module or module.endswith(f".{function}"):
        return ""
    if function.startswith(f"{module}."):
        return function.removeprefix(f"{module}.").partition(".")[0]
    above, _, name = function.rpartition(".")
    return name if module.endswith(f".{above}") else None
