"""Leaf nodes that conflict, and what mends them, on small Django worlds."""

from __future__ import annotations

import pytest

from tests.support.worlds import CREATE, START, add, changed, findings, migration, path, said

NOTE = {path("0003_note"): migration("0002_total", operations=add("note"))}
TAX = {path("0003_tax"): migration("0002_total", operations=add("tax"))}


def test_two_sides_on_one_parent_conflict() -> None:
    found = findings(START, base=TAX, head=NOTE)

    assert said(found) == [("conflicting-leaf-nodes", "error", "0003_note")]
    assert [r.migration for r in found[0].related] == ["0003_tax"]


def test_the_suggested_edit_mends_the_fork() -> None:
    (fork,) = findings(START, base=TAX, head=NOTE)
    edit = fork.suggestion
    assert edit is not None
    lines = NOTE[edit.path].splitlines()
    lines[edit.start_line - 1 : edit.end_line] = [edit.replacement]
    assert edit.rename_to == path("0004_note")

    after = findings(changed(START, dict(TAX)), head={edit.rename_to: "\n".join(lines) + "\n"})

    assert said(after) == []


def test_a_file_that_another_one_names_keeps_its_name() -> None:
    more = {path("0004_more"): migration("0003_note", operations=add("more"))}
    (fork,) = findings(START, base=TAX, head={**NOTE, **more})
    edit = fork.suggestion

    assert edit is not None
    assert (edit.path, edit.rename_to) == (path("0003_note"), None)
    assert not any(command.startswith("git mv") for command in fork.commands)


@pytest.mark.parametrize(
    ("written", "edited"),
    [
        (
            'dependencies = [("auth", "0002_total"), ("orders", "0002_total")]',
            'dependencies = [("auth", "0002_total"), ("orders", "0003_tax")]',
        ),
        (
            'dependencies = [("auth", "0002_total")] + [("orders", "0002_total")]',
            'dependencies = [("auth", "0002_total")] + [("orders", "0003_tax")]',
        ),
        (
            'dependencies = [  # ("orders", "0002_total")\n        ("orders", "0002_total"),  # größe\n    ]',
            '        ("orders", "0003_tax"),  # größe',
        ),
        (
            'dependencies = [\n        (\n            "orders",\n            "0002" "_total",\n        ),\n    ]',
            '            "0003_tax",',
        ),
        (
            "é = 1; dependencies = [['orders', '0002_total']]",
            "é = 1; dependencies = [['orders', '0003_tax']]",
        ),
    ],
)
def test_the_edit_is_of_the_app_s_own_parent(written: str, edited: str) -> None:
    """Other apps have migrations of that name too, in the same line, and comments speak of it."""
    note = NOTE[path("0003_note")]
    before = 'dependencies = [\n        ("orders", "0002_total"),\n    ]'
    assert before in note
    auth = {path("__init__", "auth"): "", path("0002_total", "auth"): migration()}
    head = {path("0003_note"): note.replace(before, written)}
    found = findings({**START, **auth}, base=TAX, head=head)
    (edit,) = (f.suggestion for f in found if f.rule == "conflicting-leaf-nodes")

    assert edit is not None
    assert edit.replacement.strip() == edited.strip()


def test_the_merge_migration_mends_the_fork() -> None:
    (fork,) = findings(START, base=TAX, head=NOTE)
    (joined,) = fork.new_files

    after = findings(START, base=TAX, head={**NOTE, **TAX, joined.path: joined.content})

    assert said(after) == []


def test_three_leaves_are_told_one_by_one() -> None:
    more = {**NOTE, path("0003_code"): migration("0002_total", operations=add("code"))}
    found = findings(START, base=TAX, head=more)

    assert said(found) == [
        ("conflicting-leaf-nodes", "error", "0003_code"),
        ("conflicting-leaf-nodes", "error", "0003_note"),
    ]


@pytest.mark.parametrize("parent", ["0002_total", "0003_code"])
def test_the_edits_of_several_ends_put_them_into_one_line(parent: str) -> None:
    """Whether both begin on the base, or one where the other has begun."""
    code = {path("0003_code"): migration("0002_total", operations=add("code"))}
    ends = {path(f"0004_{n}"): migration(parent, operations=add(n)) for n in ("note", "text")}
    if parent == "0003_code":
        ends |= code
    found = findings(START, base=TAX, head=ends)

    assert [f.message for f in found] == [
        "orders has three leaf nodes: 0004_note, 0004_text and 0003_tax, which is on the base.",
        "orders has three leaf nodes: 0004_text, 0004_note and 0003_tax, which is on the base.",
    ]
    head: dict[str, str | None] = {**ends}
    for fork in found:
        edit = fork.suggestion
        assert edit is not None
        lines = ends[edit.path].splitlines()
        lines[edit.start_line - 1 : edit.end_line] = [edit.replacement]
        head[edit.path] = None
        head[edit.rename_to or edit.path] = "\n".join(lines) + "\n"
    after = said(findings(changed(START, dict(TAX)), head=head))
    assert {rule for rule, _, _ in after} <= {"duplicate-number"}


def test_a_fork_that_the_base_has_already_is_not_this_author_s() -> None:
    start = changed(START, {**NOTE, **TAX})
    found = findings(start, head={path("0004_more"): migration("0003_tax", operations=add("more"))})

    assert [f for f in found if f.counts] == []
    assert [f.rule for f in found] == ["conflicting-leaf-nodes"]


def test_an_end_of_the_base_s_fork_that_gives_way_forks_nothing_anew() -> None:
    start = changed(START, {**NOTE, **TAX})
    gone: dict[str, str | None] = dict.fromkeys(NOTE)
    deeper = changed(start, {path("0004_more"): migration("0003_note", operations=add("more"))})

    replaced = {**gone, path("0003_code"): migration("0002_total", operations=add("code"))}
    for found in (
        findings(start, head=replaced),
        findings(deeper, head={path("0004_more"): None}),
    ):
        counted = [f.rule for f in found if f.counts]
        assert counted == ["committed-migration-deleted"], [f.message for f in found]

    twice = {**replaced, path("0003_less"): migration("0002_total", operations=add("less"))}
    counted = [f.rule for f in findings(start, head=twice) if f.counts]
    assert "conflicting-leaf-nodes" in counted


def test_a_second_fork_beside_the_base_s_is_this_author_s() -> None:
    """Both new migrations come after one of the two ends that the base has."""
    start = changed(START, {**NOTE, **TAX})
    both = {
        path("0004_more"): migration("0003_tax", operations=add("more")),
        path("0004_less"): migration("0003_tax", operations=add("less")),
    }

    found = [f for f in findings(start, head=both) if f.counts]

    assert "0004_more" in {f.migration for f in found if f.rule == "conflicting-leaf-nodes"}


def test_the_pull_request_that_mends_the_base_passes() -> None:
    start = changed(START, {**NOTE, **TAX})
    found = findings(start, head={path("0004_merge"): migration("0003_note", "0003_tax")})

    assert said(found) == []


def test_two_merge_migrations_of_the_same_leaves_fork_again() -> None:
    start = changed(START, {**NOTE, **TAX})
    found = findings(
        start,
        base={path("0004_merge_a"): migration("0003_note", "0003_tax")},
        head={path("0004_merge_b"): migration("0003_note", "0003_tax")},
    )

    assert said(found) == [("conflicting-leaf-nodes", "error", "0004_merge_b")]


def test_a_conflict_of_text_elsewhere_does_not_hide_the_fork() -> None:
    start = {**START, "README": "one\n"}
    found = findings(start, base={**TAX, "README": "two\n"}, head={**NOTE, "README": "three\n"})

    assert said(found) == [("conflicting-leaf-nodes", "error", "0003_note")]


def test_a_file_that_both_sides_bring_counts_once() -> None:
    assert said(findings(START, base=TAX, head=TAX)) == []


def test_a_file_that_cannot_be_read_makes_no_fork() -> None:
    assert said(findings(START, base=TAX, head={path("0003_note"): "class Migration(:\n"})) == []


def test_a_third_end_beside_two_of_the_base_is_joined_and_not_moved() -> None:
    """Behind one of them the base's own fork would still be there."""
    code = {path("0003_code"): migration("0002_total", operations=add("code"))}
    (fork,) = findings(START, base={**TAX, **code}, head=NOTE)
    assert fork.message == (
        "orders has three leaf nodes: 0003_note, and 0003_code and 0003_tax, which are on the base."
    )
    assert fork.remedy.startswith("Join all of them in a merge migration")
    assert fork.suggestion is None
    assert fork.commands == ()
    (joined,) = fork.new_files
    head = {**NOTE, joined.path: joined.content}
    assert said(findings(START, base={**TAX, **code}, head=head)) == []


def test_no_edit_takes_the_last_child_away_from_what_would_be_an_end_then() -> None:
    """Behind the base's squash alone the second of two would leave its own parent as an end."""
    squash = {
        path("0001_squashed_0002_total"): migration(
            operations=CREATE,
            extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
        )
    }
    head: dict[str, str | None] = {
        **squash,
        path("0001_initial"): None,
        path("0002_total"): None,
        path("0003_note"): migration("0001_squashed_0002_total", operations=add("note")),
        path("0004_more"): migration("0003_note", operations=add("more")),
    }
    forks = findings(START, base=TAX, head=head)
    fork = next(f for f in forks if f.rule == "conflicting-leaf-nodes")

    assert fork.suggestion is not None
    assert fork.suggestion.path == path("0003_note")


def test_what_begins_anew_is_no_end_to_move_others_behind() -> None:
    anew = {path("0001_again"): migration(operations='migrations.RunSQL("SELECT 1")')}
    forks = findings(START, head={**anew, **NOTE})
    told = {f.rule: f for f in forks}

    assert "second-root" in told
    assert told["conflicting-leaf-nodes"].migration == "0001_again"
    assert told["conflicting-leaf-nodes"].suggestion is None


def test_a_line_that_left_another_parent_is_joined_and_not_moved() -> None:
    """0002_total lost its child on this side; to move the end from 0003_note would leave that one as an end."""
    start = {**START, **NOTE, path("0004_tax"): migration("0003_note", operations=add("tax"))}
    head: dict[str, str | None] = {
        path("0003_note"): migration("0001_initial", operations=add("note")),
        path("0004_tax"): None,
        path("0005_tax"): migration("0003_note", operations=add("tax")),
    }
    fork = next(f for f in findings(start, head=head) if f.rule == "conflicting-leaf-nodes")

    assert fork.suggestion is None
    assert fork.new_files


_TWO = {
    path("0003_a"): migration("0002_total", operations=add("a")),
    path("0004_b"): migration("0003_a", operations=add("b")),
}
_MERGED = {
    path("0003_a"): migration("0002_total", operations=add("a")),
    path("0003_b"): migration("0002_total", operations=add("b")),
    path("0004_merge"): migration("0003_a", "0003_b"),
}
_SQUASHED = migration(
    operations=f"{CREATE}, {add('total')}",
    extra='    replaces = [("orders", "0001_initial"), ("orders", "0002_total")]\n',
)


@pytest.mark.parametrize(
    ("base", "head", "remedy"),
    [
        (
            _TWO,
            {path("0004_b"): migration("0002_total", operations=add("b"))},
            "Take back what makes 0003_a an end",
        ),
        (_MERGED, {path("0004_merge"): None}, "Take back what makes 0003_a and 0003_b an end"),
        ({p: t for p, t in _MERGED.items() if "merge" not in p}, {}, "Add a merge migration"),
        (
            {path("0001_squashed_0002_total"): _SQUASHED},
            {path("0001_squashed_0002_total"): migration(operations=f"{CREATE}, {add('total')}")},
            "Let 0001_squashed_0002_total say again what it replaces",
        ),
    ],
)
def test_ends_that_are_all_on_the_base_are_not_moved(
    base: dict[str, str], head: dict[str, str | None], remedy: str
) -> None:
    """Nobody may be told that no database has what the base has."""
    found = findings(changed(START, base), head=head)
    (fork,) = (f for f in found if f.rule == "conflicting-leaf-nodes")

    assert fork.remedy.startswith(remedy)
    assert "which are on the base." in fork.message
    assert "not on the base" not in fork.remedy
    assert fork.suggestion is None
    assert not fork.commands
    # What a squash has made cannot be made again behind it.
    assert bool(fork.new_files) is not remedy.startswith("Let")


def test_a_squash_whose_originals_go_forks_nothing() -> None:
    squash = path("0001_squashed_0002_total")
    head = {
        squash: migration(operations=f"{CREATE}, {add('total')}"),
        path("0001_initial"): None,
        path("0002_total"): None,
    }
    found = findings(changed(START, {squash: _SQUASHED}), head=head)

    assert "conflicting-leaf-nodes" not in {f.rule for f in found}
