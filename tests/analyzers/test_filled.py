"""Names that a module binds again, and lists and dictionaries that it changes after it has made them."""

from __future__ import annotations

import ast

import pytest

from analyzers.read.evaluator import Evaluator
from analyzers.read.names import Names
from analyzers.read.values import Opaque, Value


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
