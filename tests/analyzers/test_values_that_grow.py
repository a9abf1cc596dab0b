"""Names that are made of themselves, line by line, and are soon larger than any memory."""

from __future__ import annotations

import ast
import tracemalloc

import pytest

from analyzers.limits import TEXT_CHARACTERS
from analyzers.read.alembic.module_names import module_scope
from analyzers.read.values import Call, Opaque, characters
from tests.analyzers.test_time_and_room import read


@pytest.mark.parametrize(
    ("first", "each"),
    [
        ("'a'", "'%s%s' % ({0}, {0})"),
        ("'a'", "'%(a)s%(a)s' % {{'a': {0}}}"),
        ("'a'", "{0}.join([{0}, {0}])"),
        ("'{{0}}{{0}}'", "{0}.format({0})"),
        ("'a'", "f'{{{0}}}{{{0}}}'"),
        ("(1,)", "({0}, {0})"),
        ("(1,)", "[{0}]"),
        ("{}", "{{'a': {0}, 'b': {0}}}"),
        ("(1,)", "{{({0}, 1), ({0}, 2)}}"),
        ("[1]", "[x for x in [{0}, {0}]]"),
        ("unknown()", "call({0}, {0})"),
        ("unknown()", "{0}.call({0})"),
        ("[1]", "{0}.longer"),
        ("unknown", "{0}.longer"),
        ("sa.unknown", "{0}.longer"),
    ],
)
def test_names_that_grow_line_by_line_are_values_of_a_bounded_size(first: str, each: str) -> None:
    """So does Django's reader, whose names are evaluated when they are asked for."""
    lines = [f"x0 = {first}", *(f"x{n + 1} = {each.format(f'x{n}')}" for n in range(1_000))]
    text = "import sqlalchemy as sa\n" + "\n".join(lines)

    for name in ("x100", "x1000"):
        value = module_scope(ast.parse(text)).names[name]
        assert characters(value) <= 10 * TEXT_CHARACTERS
        assert characters(read(f"{text}\nX = {name}\n")) <= TEXT_CHARACTERS


@pytest.mark.parametrize(
    "lines",
    [
        "X = []\n" + "X.append(A)\n" * 900,
        "X = {}\n" + "".join(f"X[{n}] = A\n" for n in range(900)),
        "X = []\n" + f"for a in {[*range(190)]}:\n    X.append((a, A))\n" * 4,
    ],
)
def test_what_a_container_holds_several_times_is_counted_at_each_of_them(lines: str) -> None:
    text = f"A = {[*range(2_000)]}\n{lines}"

    assert isinstance(module_scope(ast.parse(text)).names["X"], Opaque)


def test_a_list_that_grows_by_short_values_is_known() -> None:
    text = f"X = []\nfor a in {[*range(190)]}:\n    X.append((a, 'a', 'b'))\n"

    assert module_scope(ast.parse(text)).names["X"] == [(n, "a", "b") for n in range(190)]


def test_texts_that_are_long_only_where_they_are_joined_are_not_joined() -> None:
    """A pair of braces is three characters long, and each brings in what may be a hundred thousand."""
    long = f"A = {'a' * 100_000!r}\n"
    texts = [
        "f'" + "{A}" * 30_000 + "'",
        "'" + "%s" * 4_000 + "' % (" + "A, " * 4_000 + ")",
        "[" + "A, " * 4_000 + "].longer",
        "str([" + "A, " * 4_000 + "])",
    ]

    tracemalloc.start()
    try:
        for text in texts:
            assert isinstance(read(f"{long}X = {text}\n"), Call | Opaque)
            assert isinstance(
                module_scope(ast.parse(f"{long}X = {text}\n")).names["X"], Call | Opaque
            )
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
