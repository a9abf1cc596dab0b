"""Names that a module binds again, and lists and dictionaries that it changes after it has made them."""

from __future__ import annotations

import ast

import pytest

from analyzers.read.alembic.module_names import module_scope
from analyzers.read.evaluator import Evaluator
from analyzers.read.names import Names
from analyzers.read.project import Project
from analyzers.read.values import Opaque, Value
from analyzers.trees import MemoryTree


def read(text: str) -> Value:
    """What the reader takes ``KINDS`` for at the end of a module."""
    return Evaluator(Names(ast.parse(text), name="shop.kinds")).name("KINDS")


@pytest.mark.parametrize(
    "text",
    [
        'KINDS = []\nKINDS.append(("a", "A"))\nKINDS.append(("b", "B"))\n',
        'KINDS = ["a"]\nKINDS.extend(["b", "c"])\n',
        'KINDS = ["a"]\nKINDS.insert(0, "b")\n',
        'KINDS = {}\nKINDS["a"] = "A"\nKINDS["b"] = "B"\n',
        'KINDS = {"a": "A"}\nKINDS.update({"a": "B", "c": "C"})\n',
        'KINDS = {"a": "A"}\nKINDS.update(b="B")\n',
        'KINDS = []\nfor kind in ["a", "b"]:\n    KINDS.append((kind, kind.upper()))\n',
        'KINDS = {}\nfor kind in ["a", "b"]:\n    if kind != "a":\n        KINDS[kind] = kind.upper()\n',
        'KINDS = ["z"]\nfor kind in ["a", "b"]:\n    KINDS.append(kind)\nKINDS += ["c"]\n',
        'KINDS = [k for k in ["a"]]\nKINDS.append("b")\n',
        'NAMES = ["a", "bcd"]\nKINDS = [max(len(n) for n in NAMES), min(3, 2), sum([1, 2]), int("7")]\n',
        'NAMES = ["a", ""]\nKINDS = [bool(NAMES), any(NAMES), all(NAMES)]\n',
        'MORE = ["b"]\nKINDS = ["a"] + MORE\nKINDS.append("c")\n',
    ],
)
def test_what_statements_add_is_there(text: str) -> None:
    """The same as Python leaves."""
    names: dict[str, object] = {}
    exec(text, names)

    assert read(text) == names["KINDS"]


@pytest.mark.parametrize(
    "text",
    [
        'KINDS = ["b", "a"]\nKINDS.sort()\n',
        'KINDS = ["b", "a"]\nKINDS.remove("a")\n',
        'KINDS = ["b", "a"]\nKINDS[0] = "c"\n',
        'KINDS = ["b", "a"]\ndel KINDS[0]\n',
        'KINDS = {"a"}\nKINDS.add("b")\n',
        'KINDS = ()\nfor kind in ["a", "b"]:\n    KINDS += (kind,)\n',
        'KINDS = []\nfor kind in ["a", "b"]:\n    KINDS.append(kind)\n    KINDS.append(kind)\n',
        'KINDS = []\nwhile len(KINDS) < 2:\n    KINDS.append("a")\n',
        'KINDS = "a"\nfor KINDS in ["b", "c"]:\n    pass\n',
        "KINDS = []\ndef kind(cls):\n    KINDS.append(cls.name)\n    return cls\n",
        "KINDS = {}\ndef kind(cls):\n    KINDS[cls.name] = cls\n    return cls\n",
        "KINDS = []\ndef fill():\n    global KINDS\n    KINDS = found()\n",
        "KINDS = dict()\nclass Kind:\n    def __init_subclass__(cls):\n        KINDS.update({cls: 1})\n",
        'KINDS = {"a": "A"}\nOTHER = 1\nKINDS["b"], OTHER = "B", 2\n',
        'OTHER = ["a"]\nKINDS = OTHER\nOTHER.append("b")\n',
        'KINDS = ["a"]\nOTHER = KINDS\nOTHER.append("b")\n',
        'KINDS = OTHER = ["a"]\nOTHER.append("b")\n',
        'KINDS = ["a"]\nFIRST, *KINDS = "x", "y", "z"\n',
        'KINDS = "%s-%s" % ("a", [unknown()][0])\n',
        'KINDS = "a" in [unknown()]\n',
    ],
)
def test_what_cannot_be_followed_is_not_known(text: str) -> None:
    """It is not what it was at first."""
    assert isinstance(read(text), Opaque)


@pytest.mark.parametrize(
    "text",
    [
        'KINDS = ["a"]\ndef other():\n    KINDS = []\n    KINDS.append("b")\n    return KINDS\n',
        'KINDS = []\ndef other(KINDS):\n    KINDS.append("b")\n',
        "KINDS = []\nOTHER = []\ndef kind(cls):\n    OTHER.append(cls)\n",
        "KINDS = []\nprint(KINDS)\n",
        "KINDS = []\nfor kind in KINDS:\n    print(kind)\n",
    ],
)
def test_what_others_change_leaves_it(text: str) -> None:
    """A name of a function's own is another one."""
    names: dict[str, object] = {}
    exec(text, names)

    assert read(text) == names["KINDS"]


@pytest.mark.parametrize(
    "text",
    [
        'NAME = "a"\nKINDS = [NAME]\nNAME = "b"\n',
        'NAME = ["a"]\nKINDS = NAME + ["c"]\nNAME = ["b"]\n',
        'NAME = "a"\nNAME = NAME + "b"\nKINDS = NAME\nNAME = NAME + "c"\n',
        'ONE, OTHER = "a", "b"\nONE, OTHER = OTHER, ONE\nKINDS = [ONE, OTHER]\n',
        'NAME = "a"\nKINDS = [NAME]\nif KINDS:\n    NAME = "b"\n',
        'KINDS = ("a",)\nKINDS = (*KINDS, "b")\n',
    ],
)
def test_a_name_that_is_bound_again_is_what_it_was_where_it_is_asked_for(text: str) -> None:
    """Not what it is at the end of the module."""
    names: dict[str, object] = {}
    exec(text, names)

    assert read(text) == names["KINDS"]


def test_what_a_condition_binds_is_not_known_within_it() -> None:
    """Nor behind it, where the condition is not known."""
    text = 'NAME = "a"\nif found():\n    NAME = "b"\n    INNER = [NAME]\nKINDS = [NAME]\n'
    (value,) = Evaluator(Names(ast.parse(text), name="m")).name("KINDS")

    assert isinstance(value, Opaque)


CLASS = """
class Order:
    KIND = ["a"]
    one = [KIND, 1]
    KIND = ["b"]
    two = [KIND, 2]
    SEEN = []
    SEEN.append("x")
    three = [SEEN, 3]
    MORE = ["y"]
    MORE += ["z"]
    four = [MORE, 4]
"""


@pytest.mark.parametrize(("name", "value"), [("one", [["a"], 1]), ("two", [["b"], 2])])
def test_a_name_that_a_class_binds_again_is_what_it_was_there(name: str, value: Value) -> None:
    """As in a module."""
    project = Project(MemoryTree({"shop.py": CLASS}))

    assert project.resolve(f"shop.Order.{name}") == value


@pytest.mark.parametrize("name", ["three", "four"])
def test_what_a_class_changes_after_it_is_made_is_not_known(name: str) -> None:
    """It is not what it was at first."""
    value = Project(MemoryTree({"shop.py": CLASS})).resolve(f"shop.Order.{name}")

    assert isinstance(value, list)
    assert isinstance(value[0], Opaque)


def test_a_function_asks_for_what_a_name_is_when_it_is_called() -> None:
    """Which is not known where the name is bound again below."""
    text = "SIZE = 3\ndef size():\n    return SIZE\nSIZE = 4\nKINDS = 1\n"
    module = ast.parse(text)
    (node,) = (n.value for n in ast.walk(module) if isinstance(n, ast.Return))

    assert node is not None
    assert isinstance(Evaluator(Names(module, name="m")).evaluate(node), Opaque)


SETTINGS = {
    "site/__init__.py": "",
    "site/base.py": 'APPS = ["a"]\nSIZE = 1\nNAMES = ("q",)\n_OWN = 1\n',
    "site/local.py": '__all__ = ["SIZE"]\nSIZE = 3\nNAMES = "hidden"\n',
    "site/dev.py": """
from .base import *
FIRST = [SIZE]
APPS += ["b"]
APPS.append("c")
SIZE = SIZE + 1
NAMES += ("r",)
def size():
    return SIZE
""",
    "site/late.py": "SIZE = 2\nfrom .base import *\nfrom .local import *\n",
    "site/named.py": 'from site.base import APPS\nAPPS.insert(0, "z")\n',
    "site/one.py": "from site.two import *\nfrom site.base import *\nfrom site.three import *\n",
    "site/two.py": "KIND = 1\n",
    "site/three.py": "from site.one import KIND\n",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dev.APPS", ["a", "b", "c"]),
        ("dev.SIZE", 2),
        ("dev.FIRST", [1]),
        ("dev.NAMES", ("q", "r")),
        ("late.SIZE", 3),
        ("late.NAMES", ("q",)),
        ("named.APPS", ["z", "a"]),
        ("one.KIND", 1),
        ("one._OWN", None),
    ],
)
def test_all_names_of_a_module_come_in_the_order_of_the_imports(name: str, value: Value) -> None:
    """The last one that brings a name wins, unless it is bound below; a module's own list tells which it brings."""
    assert Project(MemoryTree(SETTINGS)).resolve(f"site.{name}") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('KINDS = []\nKINDS.append("a")\nKINDS.extend(["b"])\n', ["a", "b"]),
        ('KINDS = {}\nKINDS["a"] = 1\n', {"a": 1}),
        ('KINDS = []\nfor kind in ("a", "b"):\n    KINDS.append(kind)\n', ["a", "b"]),
        ("KINDS = 1\nwith found():\n    KINDS = 2\n", 2),
        ('KINDS = ["b", "a"]\nKINDS.sort()\n', Opaque("KINDS")),
        ('KINDS = ["b"]\nKINDS[0] = "c"\n', Opaque("KINDS")),
        ('KINDS = ["b"]\ndel KINDS[0]\n', Opaque("KINDS")),
        ('KINDS = "a"\nwhile found():\n    KINDS = "b"\n', Opaque("KINDS")),
        ("KINDS = []\nfor kind in found():\n    KINDS.append(kind)\n", Opaque("KINDS")),
        ('first, *KINDS = "a", "b", "c"\n', Opaque("KINDS")),
    ],
)
def test_modules_of_tables_and_revisions_change_lists_as_well(text: str, value: Value) -> None:
    """What a statement adds is there; what it changes otherwise is not known."""
    assert module_scope(ast.parse(text)).names["KINDS"] == value
