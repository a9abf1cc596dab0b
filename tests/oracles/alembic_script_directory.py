"""
Heads, bases, edges and labels of Alembic roots against Alembic's own ScriptDirectory.

    python -m tests.oracles.alembic_script_directory [TREE...]

A TREE is a wheel, a folder, or the name of a package to fetch; without any,
packages that are known to bring an Alembic root. Its revisions are loaded by Alembic in a
process of their own, with stand-ins for whatever they import that is not
installed; what cannot be run even so is loaded without its other statements.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import json
import subprocess
import sys
import tempfile
import types
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analyzers.read.alembic.roots import Root, at_most_one_root, read_roots
from analyzers.read.cache import MemoryCache
from analyzers.relate.alembic_graph import alembic_graph
from analyzers.relate.alembic_map import revision_map
from analyzers.trees import MemoryTree

Picture = dict[str, Any]
HEADER = {"revision", "down_revision", "branch_labels", "depends_on"}
PACKAGES = (
    *("apache-airflow-core", "arize-phoenix", "barbican", "dagster", "galaxy-data", "ironic"),
    *("keystone", "langflow-base", "manila", "mlflow", "neutron", "octavia", "optuna", "zenml"),
)
"""Chains, labels, several version locations, folders below, dependencies: one of each at least."""
SUFFIXES = (".py", ".ini", ".toml", ".cfg")


def ours(root: Root) -> Picture:
    """What we say of a root."""
    seen = revision_map(root.migrations)
    graph = alembic_graph(root)
    assert tuple(key.name for key in graph.leaf_nodes(root.location.name)) == seen.heads
    return {
        "heads": list(seen.heads),
        "effective_heads": list(seen.effective_heads),
        "bases": list(seen.bases),
        "edges": [list(edge) for edge in seen.edges],
        "labels": {name: sorted(labels) for name, labels in seen.labels.items()},
        "dependencies": {name: sorted(set(d)) for name, d in seen.dependencies.items()},
    }


def alembics(folder: Path, directories: Sequence[Path], *, recursive: bool) -> Picture:
    """What Alembic says of the same directories; ``error`` where it refuses them."""
    module = "tests.oracles.alembic_script_directory"
    mode = "recursive" if recursive else "flat"
    run = subprocess.run(
        [sys.executable, "-m", module, "--load", str(folder), mode, *map(str, directories)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found: Picture = json.loads(run.stdout.splitlines()[-1])
    return found


def compared(
    files: Mapping[str, bytes | str], *, apart: bool = True
) -> list[tuple[Root, Picture, Picture]]:
    """
    Each root of a tree, as we and as Alembic see it.

    *apart* loads it in a process of its own: for revisions that are not ours.
    """
    tree, cache = MemoryTree(files), MemoryCache()
    found = []
    for root in read_roots(tree, cache, alone=at_most_one_root((tree,), cache)):
        paths = [m.path for m in root.migrations] + [u.place.path for u in root.unknown]
        with tempfile.TemporaryDirectory() as folder:
            for path in (*paths, *root.strangers):
                target = Path(folder, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(tree.read(path))
            places = [Path(folder, version) for version in root.location.versions]
            recursive = root.location.recursive
            theirs = (
                alembics(Path(folder), places, recursive=recursive)
                if apart
                else load(recursive, [str(place) for place in places])
            )
        found.append((root, ours(root), theirs))
    return found


def fetched(argument: str) -> dict[str, bytes]:
    """The files of a wheel or a folder, or of the newest wheel of a package of that name."""
    if Path(argument).exists():
        return files_of(Path(argument))
    with tempfile.TemporaryDirectory() as folder:
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder]
        pip = [sys.executable, "-m", "pip", "download", *options, argument]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
        (wheel,) = Path(folder).glob("*.whl")
        return files_of(wheel)


def files_of(path: Path) -> dict[str, bytes]:
    """The Python and configuration files of a wheel or a folder."""
    if path.is_dir():
        return {
            str(file.relative_to(path)): file.read_bytes()
            for file in path.rglob("*")
            if file.suffix in SUFFIXES and file.is_file()
        }
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n) for n in archive.namelist() if n.endswith(SUFFIXES)}


# In a process of its own: Alembic with stand-ins for missing imports.


class _StandIn(types.ModuleType):
    """A module of which every name exists and does nothing."""

    __path__: list[str] = []  # noqa: RUF012 - what makes it a package

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name in {"EXPAND_BRANCH", "CONTRACT_BRANCH"}:
            # Neutron's branch labels stand in a module that imports half of OpenStack.
            return name.partition("_")[0].lower()
        if name == "cli":
            return _StandIn(name)
        kind = type(name, (), {"__init__": lambda *a, **k: None, "__call__": lambda s, *a, **k: s})
        return kind() if name[:1].islower() else kind


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run."""


def load_with_stand_ins(recursive: bool, directories: Sequence[str]) -> Picture:
    """``load``, for revisions that import what is not installed."""
    # The real ones, before the stand-ins.
    import sqlalchemy.dialects.mysql
    import sqlalchemy.dialects.postgresql
    import sqlalchemy.orm  # noqa: F401
    from alembic import util

    sys.meta_path.append(_Finder())
    whole = util.load_python_file

    def load_file(folder: Any, name: str) -> types.ModuleType:
        try:
            return whole(folder, name)
        except Exception:  # noqa: BLE001 - whatever a stand-in cannot do
            return _header_alone(Path(folder, name))

    util.load_python_file = load_file  # type: ignore[assignment]
    return load(recursive, directories)


def load(recursive: bool, directories: Sequence[str]) -> Picture:
    """The picture that Alembic's own revision map gives."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(
        directories[0], version_locations=list(directories), recursive_version_locations=recursive
    )
    known = scripts.revision_map
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            entries = known._revision_map
    except Exception as error:  # noqa: BLE001 - what Alembic says is the answer
        return {"error": f"{type(error).__name__}: {error}"}
    nodes = {k: v for k, v in entries.items() if k and k == getattr(v, "revision", None)}
    return {
        "heads": sorted(set(known.heads)),
        "effective_heads": sorted(set(known._real_heads)),
        "bases": sorted(known.bases),
        "edges": sorted([p, r] for r, v in nodes.items() if v for p in v._versioned_down_revisions),
        "labels": {r: sorted(v.branch_labels) for r, v in nodes.items() if v and v.branch_labels},
        "dependencies": {
            r: sorted(v._resolved_dependencies)
            for r, v in nodes.items()
            if v and v._resolved_dependencies
        },
    }


def _header_alone(path: Path) -> types.ModuleType:
    parsed = ast.parse(path.read_bytes())
    parsed.body = [
        statement
        for statement in parsed.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and isinstance(
            target := statement.targets[0]
            if isinstance(statement, ast.Assign)
            else statement.target,
            ast.Name,
        )
        and target.id in HEADER
    ]
    module = types.ModuleType(path.stem)
    exec(compile(parsed, str(path), "exec"), module.__dict__)
    return module


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--load"]:
        print(json.dumps(load_with_stand_ins(arguments[2] == "recursive", arguments[3:])))
        return 0
    right = total = 0
    for argument in arguments or PACKAGES:
        for root, mine, theirs in compared(fetched(argument)):
            total += 1
            right += mine == theirs
            wrong = [key for key in theirs if mine.get(key) != theirs[key]]
            print(
                f"{'same' if mine == theirs else f'DIFFERENT {wrong}'}: {Path(argument).name} "
                f"{root.location.versions[0]}: {len(root.migrations)} revisions, "
                f"{len(mine['heads'])} heads, {len(mine['labels'])} labelled, "
                f"{len(mine['dependencies'])} dependent"
            )
    print(f"{right} of {total} roots are seen as Alembic sees them")
    return 0 if total and right == total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
