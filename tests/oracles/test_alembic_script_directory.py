"""Trees as Alembic's own tests of its revision map have them, and layouts that projects use."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.trees import MemoryTree
from tests.oracles.alembic_script_directory import compared
from tests.support.alembic_trees import ENV, INI, compare, findings, revision


def chain(*entries: Any) -> dict[str, str]:
    """Revisions ``(id, down_revision)`` or ``(id, down_revision, header)``."""
    found = {}
    for name, down, *more in entries:
        header = more[0] if more else {}
        found[f"migrations/versions/{name}.py"] = revision(name, down, **header)
    return found


LABEL = {"branch_labels": ("l",)}
TREES = {
    "a chain": chain(("a", None), ("b", "a"), ("c", "b")),
    "a fork": chain(("a", None), ("b1", "a"), ("b2", "a"), ("c1", "b1")),
    "a diamond": chain(("a", None), ("b1", "a"), ("b2", "a"), ("m", ("b1", "b2")), ("n", "m")),
    "two bases": chain(("a", None), ("b", "a"), ("x", None), ("y", "x")),
    "two bases that merge": chain(("a", None), ("x", None), ("m", ("a", "x"))),
    "three heads": chain(("a", None), ("b1", "a"), ("b2", "a"), ("b3", "a")),
    "a merge of three": chain(
        ("a", None), ("b1", "a"), ("b2", "a"), ("b3", "a"), ("m", ("b1", "b2", "b3"))
    ),
    "a label on a base": chain(("a", None, LABEL), ("b", "a"), ("c", "b")),
    "a label in the middle": chain(("a", None), ("b", "a", LABEL), ("c", "b")),
    "a label on one side of a fork": chain(
        ("a", None), ("b1", "a", LABEL), ("b2", "a"), ("c1", "b1"), ("c2", "b2")
    ),
    "a label above a fork": chain(("a", None), ("b", "a", LABEL), ("c1", "b"), ("c2", "b")),
    "a label below a merge": chain(
        ("a", None), ("b1", "a"), ("b2", "a"), ("m", ("b1", "b2"), LABEL), ("n", "m")
    ),
    "two labels on one revision": chain(
        ("a", None), ("b", "a", {"branch_labels": ("l", "k")}), ("c", "b")
    ),
    "a dependency across branches": chain(
        ("a", None), ("b", "a"), ("x", None), ("y", "x", {"depends_on": "a"})
    ),
    "a dependency on a label": chain(
        ("a", None, LABEL), ("b", "a"), ("x", None), ("y", "x", {"depends_on": ("l",)})
    ),
    "dependencies on an ancestor's dependency": chain(
        ("a", None),
        ("b", "a"),
        ("x", None, {"depends_on": "a"}),
        ("y", "x", {"depends_on": ("a", "b")}),
    ),
    "a head that another depends on": chain(
        ("a", None), ("x", None), ("y", "x", {"depends_on": ("a",)})
    ),
    "a fork with a label and a dependency": chain(
        ("a", None),
        ("b1", "a", LABEL),
        ("b2", "a", {"branch_labels": ("k",)}),
        ("c2", "b2", {"depends_on": "l"}),
    ),
    "lists, empty texts and annotations": {
        "migrations/versions/a.py": 'revision: str = "a"\ndown_revision: str | None = None\n',
        "migrations/versions/b.py": 'revision = "b"\ndown_revision = ["a"]\nbranch_labels = "l"\n',
        "migrations/versions/c.py": 'BASE = "b"\nrevision = f"{BASE}c"\ndown_revision = (BASE,)\n',
    },
    "files that are no revisions": {
        **chain(("a", None), ("b", "a")),
        "migrations/versions/__init__.py": "",
        "migrations/versions/.#b.py": "not python",
        "migrations/script.py.mako": "revision = ${repr(up_revision)}\n",
    },
    "a file of the first Alembic": {
        "migrations/versions/1a.py": "down_revision = None\n",
        "migrations/versions/b.py": 'revision = "b"\ndown_revision = "1a"\n',
    },
    "one id twice": {
        **chain(("a", None), ("b", "a")),
        "migrations/versions/z.py": revision("b", "a"),
    },
}


@pytest.mark.parametrize("name", sorted(TREES))
def test_a_root_is_seen_as_alembic_sees_it(name: str) -> None:
    files = {"alembic.ini": INI, "migrations/env.py": ENV, **TREES[name]}

    ((_, mine, theirs),) = compared(files, apart=False)

    assert mine == theirs


CIRCLES = {
    "a circle": chain(("a", None), ("b", "d"), ("c", "b"), ("d", "c")),
    "nothing but a circle": chain(("a", "c"), ("b", "a"), ("c", "b")),
}


@pytest.mark.parametrize("name", sorted(CIRCLES))
def test_what_alembic_refuses_is_a_circle_to_us(name: str) -> None:
    files = {"alembic.ini": INI, "migrations/env.py": ENV, **CIRCLES[name]}

    ((_, _, theirs),) = compared(files, apart=False)
    (finding,) = findings(compare({}, head=files), "circular-dependency")

    assert theirs["error"].startswith("CycleDetected")
    assert set(finding.identity) <= {f"alembic.{n}" for n in "abcd"}


def test_a_parent_that_is_not_there_is_alembics_key_error() -> None:
    files = {"alembic.ini": INI, "migrations/env.py": ENV, **chain(("a", None), ("b", "ghost"))}

    ((_, _, theirs),) = compared(files, apart=False)
    (finding,) = findings(compare({}, head=files), "missing-parent")

    assert theirs["error"] == "KeyError: 'ghost'"
    assert theirs["error"] in finding.why


LAYOUTS = {
    "flask-migrate": {
        "migrations/alembic.ini": "[alembic]\n",
        "migrations/env.py": ENV,
        "migrations/versions/a.py": revision("a", None),
    },
    "several version locations": {
        "alembic.ini": (
            "[alembic]\nscript_location = db\npath_separator = space\n"
            "version_locations = %(here)s/db/core %(here)s/db/plugin\n"
        ),
        "db/env.py": ENV,
        "db/core/a.py": revision("a", None),
        "db/plugin/b.py": revision("b", "a"),
    },
    "recursive version locations": {
        "alembic.ini": "[alembic]\nscript_location = db\nrecursive_version_locations = true\n",
        "db/env.py": ENV,
        "db/versions/2025/a.py": revision("a", None),
        "db/versions/2026/b.py": revision("b", "a"),
    },
    "pyproject and a package": {
        "pyproject.toml": '[tool.alembic]\nscript_location = "shop:store"\n',
        "src/shop/store/env.py": ENV,
        "src/shop/store/versions/a.py": revision("a", None),
    },
    "no configuration at all": {"lib/history/versions/a.py": revision("a", None)},
}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_root_is_found_by_what_files_say(name: str) -> None:
    ((root, mine, theirs),) = compared(LAYOUTS[name], apart=False)

    assert root.location.name == "alembic"
    assert len(root.migrations) == sum("versions" in p or "db/" in p for p in LAYOUTS[name]) - (
        1 if "db/env.py" in LAYOUTS[name] else 0
    )
    assert mine == theirs


def test_two_databases_are_two_graphs() -> None:
    """The same ids in two roots are no duplicates, and each root has its own head."""
    files = {
        "alembic.ini": "[orders]\nscript_location = orders\n[users]\nscript_location = users\n",
        **{f"{n}/env.py": ENV for n in ("orders", "users")},
        **{f"{n}/versions/a.py": revision("a", None) for n in ("orders", "users")},
    }

    found = compared(files, apart=False)

    assert [root.location.name for root, _, _ in found] == ["orders", "users"]
    assert all(mine == theirs for _, mine, theirs in found)
    assert findings(compare(files, head={}), "duplicate-revision", "conflicting-leaf-nodes") == []
    assert MemoryTree(files).paths()
