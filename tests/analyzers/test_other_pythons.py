"""Source of other Pythons than the one that runs here: read as what it says of tables, or not at all."""

from __future__ import annotations

import ast
import contextlib
import time

import pytest

from analyzers.read.other_pythons import as_read_here
from analyzers.read.sources import Unparsed, parse
from analyzers.review import review
from tests.support.alembic_trees import compare, files, findings, revision


def older(source: str) -> str | None:
    """The first way to read *source* that is one."""
    for put in as_read_here(source):
        with contextlib.suppress(SyntaxError):
            ast.parse(put)
            return put
    return None


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


TWO = [
    ("print 'a', b\nx = 1\n", "print('a', b)\nx = 1\n"),
    ("if a: print >>f, 'a'; x = 1  # more\n", "if a: print(f, 'a'); x = 1\n"),
    ("print 'a' % (\n    b,\n)\nprint\nprint ('c')\n", "print('a' % (\n    b,\n))\nprint\nprint('c')\n"),
    ("print 'a', \\\n    b\n", "print('a', b)\n"),
    ("raise E, 'no'\n", "raise (E, 'no')\n"),
    ("try:\n    pass\nexcept A, (e):\n    pass\n", "try:\n    pass\nexcept (A, (e)):\n    pass\n"),
    ("try:\n    pass\nexcept (A, B), e:\n    print e\n", "try:\n    pass\nexcept ((A, B), e):\n    print(e)\n"),
    ("exec code in names\n", "exec(code in names)\n"),
    ("x = [0777, 10L, 0xFFL, 0, 1.5e3]; y = a <> `b`\n", "x = [777, 10, 0xFF, 0, 1.5e3]; y = a != (b)\n"),
    ("x = ur'a'; y = u'b'\n", "x = r'a'; y = u'b'\n"),
    # before 3.7
    ("def save(self, async=False, *args):\n    run(async=async); self.async = 1\n",
     "def save(self, asyn_=False, *args):\n    run(asyn_=asyn_); self.asyn_ = 1\n"),
    ("from a import async\nawait = async.b\nasync def c(async_):\n    await d(await)\n",
     "from a import asyn_\nawai_ = asyn_.b\nasync def c(async_):\n    await d(awai_)\n"),
]  # fmt: skip


@pytest.mark.parametrize(("two", "plain"), TWO)
def test_statements_of_python_2_are_read_as_calls(two: str, plain: str) -> None:
    put = older(two)

    assert put is not None
    assert ast.dump(ast.parse(put)) == ast.dump(ast.parse(plain))
    assert put.count("\n") == two.count("\n")


def test_endless_blanks_take_no_time() -> None:
    """Each attempt to part them would take the square of their number."""
    text = "switch x:\n" + ("print" + " " * 9_000 + "\n") * 20 + "except" + " " * 90_000
    began = time.process_time()

    assert isinstance(parse(text.encode()), Unparsed)
    assert time.process_time() - began < 5


# -- syntax that nobody knows yet: silence and a note -----------------------------------

LATER = "switch x:\n"


def store(name: str, parent: str, before: str = "") -> dict[str, str]:
    text = f"dependencies = [('store', '{parent}')]\n    operations = []"
    head = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    "
    return {f"shop/migrations/{name}.py": f"{before}{head}{text}\n"}


START = {
    "shop/__init__.py": "",
    "shop/apps.py": f"{LATER}class Shop(AppConfig):\n    name = 'shop'\n    label = 'store'\n",
    "shop/migrations/__init__.py": "",
    **store("0002_total", "0001_initial"),
    "shop/migrations/0001_initial.py": "from django.db import migrations\n\n\n"
    "class Migration(migrations.Migration):\n    initial = True\n    operations = []\n",
}


def test_the_label_of_a_configuration_that_cannot_be_read_is_what_migrations_say() -> None:
    assert findings(compare(START, head=store("0003_note", "0002_total"))) == []
    fork = compare(
        START, base=store("0003_tax", "0002_total"), head=store("0003_note", "0002_total")
    )
    assert [f.rule for f in findings(fork)][:1] == ["conflicting-leaf-nodes"]
    # Django's apps have migrations of such names too: this one is no sibling.
    foreign = {k: v.replace("store", "auth") for k, v in store("0002_x", "0001_initial").items()}
    alone = {k: v for k, v in START.items() if "0002" not in k}
    (note,) = findings(compare({**alone, **foreign}, head=store("0003_note", "0002_x")))[:1]
    assert note.app == "shop"


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


def test_a_file_that_git_lfs_keeps_is_a_migration_all_the_same() -> None:
    kept = {**START, "shop/migrations/0002_total.py": POINTER}
    assert findings(compare(kept, head=store("0003_note", "0002_total"))) == []

    one, two, three = "3f9a1c07be52", "88d0e2b7a614", "c04d5e81a9b7"
    start = {**files(one=revision(one, None)), "migrations/versions/two.py": POINTER}
    head = {"migrations/versions/three.py": revision(three, two)}
    assert findings(compare(start, head=head)) == []


def test_a_migration_that_cannot_be_read_is_unknown_and_nothing_else() -> None:
    unread = store("0002_total", "0001_initial", LATER)
    for start, head in (
        (START, unread),
        ({**START, **unread}, store("0002_total", "0001_initial")),
    ):
        assert findings(compare(start, head=head)) == []
    assert [u.place.path for u in review(compare(START, head=unread)).unknown] == list(unread)
    behind = {**START, **unread}
    assert findings(compare(behind, head=store("0003_note", "0002_total"))) == []
