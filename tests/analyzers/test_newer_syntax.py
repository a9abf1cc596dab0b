"""Source of Pythons newer than the one that runs here: read as what it says of tables, or not at all."""

from __future__ import annotations

import ast

import pytest

from analyzers.read.newer_syntax import older
from analyzers.read.sources import Unparsed, parse

NEWER = [
    # 3.12
    ("type Code = str\nx = 1\n", "Code = str\nx = 1\n"),
    (
        "type Pair[T: (int, str)] = tuple[T, T]\nclass A:\n    type B = int\n",
        "Pair = tuple[T, T]\nclass A:\n    B = int\n",
    ),
    ("class Box[T](Base):\n    item: T\n", "class Box(Base):\n    item: T\n"),
    ("class Box[\n    T = int,  # of ]\n](Base):\n    pass\n", "class Box(Base):\n    pass\n"),
    (
        "async def one[**P, *Ts](f: F[P]) -> None: pass\n",
        "async def one(f: F[P]) -> None: pass\n",
    ),
    (
        "def one[T](a: T = f'{1}') -> T:\n    return a[0]\n",
        "def one(a: T = f'{1}') -> T:\n    return a[0]\n",
    ),
    # 3.14 and later
    (
        "try:\n    pass\nexcept A, b.C:\n    pass\n",
        "try:\n    pass\nexcept (A, b.C):\n    pass\n",
    ),
    ("try:\n    pass\nexcept* A, B:\n    pass\n", "try:\n    pass\nexcept* (A, B):\n    pass\n"),
    ("x = t'{a} {b!r:>{c}}'\n", "x = f'{a} {b!r:>{c}}'\n"),
    ("lazy import json\nlazy from a import b\n", "import json\nfrom a import b\n"),
]


@pytest.mark.parametrize(("newer", "plain"), NEWER)
def test_what_is_newer_is_read_the_older_way(newer: str, plain: str) -> None:
    put = older(newer)

    assert put is not None
    assert ast.dump(ast.parse(put)) == ast.dump(ast.parse(plain))
    assert put.count("\n") == newer.count("\n")


STRINGS = [
    """x = f"{row["name"]} of {len("a" "b")}"; y = 1\n""",
    """x = f'{"\\n".join(lines)}'; y = 1\n""",
    """x = f"{f"{f"{1}"}"} {{}} {a!r:>{w["n"]}} {a == b} {a=} {d["k"]=!s}"; y = 1\n""",
    '''x = f"""{\n    a["b"]  # of }\n}{f"""{1}"""}"""; y = 1\n''',
    """x = f"{\n    a\n}"; \\\ny = 1\n""",
    """x = rf"\\{a["b"]}\\d"; y = 1\n""",
]


@pytest.mark.parametrize("newer", STRINGS)
def test_expressions_in_strings_stay_expressions(newer: str) -> None:
    put = older(newer)

    assert put is not None
    first, second = ast.parse(put).body
    assert isinstance(first, ast.Assign)
    assert isinstance(first.value, ast.JoinedStr)
    assert second.lineno == newer.count("\n")
    fields = [v for v in first.value.values if isinstance(v, ast.FormattedValue)]
    assert fields
    assert isinstance(second, ast.Assign)


def test_other_expressions_stay_others() -> None:
    one, two = (parse(f'x = f"{{row["{key}"]}}"\n'.encode()) for key in ("name", "code"))

    assert isinstance(one, ast.Module)
    assert isinstance(two, ast.Module)
    assert ast.dump(one) != ast.dump(two)


@pytest.mark.parametrize(
    "text",
    [
        "type = 3\n",
        "type: str = 'type X = 1'\n",
        "x = 'class A[T]: pass'  # def f[T]()\n",
        "if(x[0]):\n    type (a)[0] = 1\n",
        'x = "{" + f"{a}" + rb"\\"["\n',
    ],
)
def test_what_is_not_newer_stays_as_it_is(text: str) -> None:
    assert older(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "class A[T:\n",
        'x = f"{a["\n',
        "x = (\n",
        "what ever this is\n",
        'f"{' * 60,
        "t'{a:{b:{c:" * 30,
    ],
)
def test_what_is_no_python_is_not_read(text: str) -> None:
    assert isinstance(parse(text.encode()), Unparsed)
