"""Functions of a committed migration that get other names."""

from __future__ import annotations

import pytest

from analyzers.relate.meaning import meaning
from tests.support.worlds import START, changed, findings, migration, path, said

CODE = """def fill(apps, schema_editor):
    write(apps, "1")


def write(apps, value):
    apps.get_model("orders", "Order").objects.update(total=value)


def clear(apps, schema_editor):
    write(apps, "0")


"""
RUN = "migrations.RunPython(fill), migrations.RunPython(clear)"


def edited(
    renamed: dict[str, str], code: str = CODE, run: str = RUN, runs: str = ""
) -> list[tuple[str, str, str | None]]:
    """What is said where names in the migration become others, and its operations *runs*."""
    source = migration("0002_total", operations=run, before=code)
    after = source.replace(run, runs) if runs else source
    for old, new in renamed.items():
        after = after.replace(old, new)
    assert after != source
    start = changed(START, {path("0003_fill"): source})
    found = said(findings(start, head={path("0003_fill"): after}))
    return [f for f in found if f[0].startswith("committed")]


def rule(severity: str) -> list[tuple[str, str, str | None]]:
    return [("committed-migration-edited", severity, "0003_fill")]


@pytest.mark.parametrize(
    ("renamed", "severity"),
    [
        ({"fill": "forwards"}, "info"),
        ({"fill": "zzz", "write": "aaa", "clear": "mmm"}, "info"),
        ({"fill": "swap", "clear": "fill", "swap": "clear"}, "info"),
        ({"RunPython(fill)": "RunPython(clear)"}, "error"),
        ({"RunPython(fill)": "RunPython(X)", "RunPython(clear)": "RunPython(fill)", "X": "clear"}, "error"),
        ({"fill": "forwards", '"1"': '"2"'}, "error"),
        ({"def fill": "def forwards"}, "error"),
    ],
)  # fmt: skip
def test_another_name_for_a_function_is_a_remark(renamed: dict[str, str], severity: str) -> None:
    """As long as the same is run in the same order."""
    assert edited(renamed) == rule(severity)


def test_a_way_back_that_comes_with_another_name_is_only_that() -> None:
    back = "migrations.RunPython(fill, clear), migrations.RunPython(clear)"

    assert edited({"fill": "forwards"}, runs=back) == rule("warning")


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace('write(apps, "1")', 'globals()["write"](apps, "1")'),
        CODE + "NAMES = ['fill']\nsetup(NAMES)\n\n\n",
        CODE + "def fill(apps, schema_editor):\n    write(apps, 3)\n\n\n",
    ],
)
def test_a_name_that_may_be_looked_up_counts(code: str) -> None:
    """By a text, or as the second of its name."""
    assert edited({"def fill": "def forwards", "RunPython(fill": "RunPython(forwards"}, code) == (
        rule("error")
    )


def test_functions_may_change_places_with_those_that_alembic_asks_for() -> None:
    """Both ask for the same two, in another order."""
    head = "revision = 'a'\ndown_revision = None\n\n"
    there = "def upgrade():\n    one()\n    two()\n\n"
    back = "def downgrade():\n    two()\n    one()\n\n"
    rest = "def one():\n    op.a()\n\ndef two():\n    op.b()\n"
    texts = [head + there + back + rest, head + rest + back + there]
    texts += [text.replace("two", "second") for text in texts]

    assert len({str(meaning(text.encode())) for text in texts}) == 1
    assert meaning(texts[0].replace("op.a", "op.c").encode()) != meaning(texts[0].encode())
