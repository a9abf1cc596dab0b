"""The four trees on real repositories, those of people who mean harm among them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from bot.cli import main
from bot.git.compare import CannotCompareError, compared
from bot.git.fast_import import Commit, make_repository
from bot.reviewing import review_repository

INITIAL = """from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True))]),
    ]
"""


def following(parent: str, column: str) -> str:
    return f"""from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "{parent}")]
    operations = [
        migrations.AddField("order", "{column}", models.TextField(null=True)),
    ]
"""


PROJECT = {
    "manage.py": "",
    "orders/__init__.py": "",
    "orders/migrations/__init__.py": "",
    "orders/migrations/0001_initial.py": INITIAL,
}
FORK = [
    Commit(branch="main", files=PROJECT),
    Commit(
        branch="note",
        parent="main",
        files={"orders/migrations/0002_note.py": following("0001_initial", "note")},
    ),
    Commit(
        branch="main", files={"orders/migrations/0002_tax.py": following("0001_initial", "tax")}
    ),
]


@pytest.mark.parametrize("bare", [False, True])
def test_the_merged_tree_has_both_sides(tmp_path: Path, bare: bool) -> None:
    make_repository(tmp_path / "shop", FORK, bare=bare)

    with compared(tmp_path / "shop", base="main", head="note") as both:
        merged = set(both.comparison.merged.paths())
        before = set(both.comparison.merge_base.paths())

    both_new = {"orders/migrations/0002_note.py", "orders/migrations/0002_tax.py"}
    assert merged == {*PROJECT, *both_new}
    assert before == set(PROJECT)


def test_nothing_is_written_into_the_repository(tmp_path: Path) -> None:
    make_repository(tmp_path / "shop", FORK)
    (tmp_path / "shop" / "orders" / "new.py").write_text("x = 1\n")

    def content() -> dict[str, bytes]:
        files = (path for path in (tmp_path / "shop").rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}

    before = content()
    for head in ("note", None):
        review_repository(tmp_path / "shop", base="main", head=head)

    assert content() == before


def test_uncommitted_work_is_reviewed_and_ignored_files_are_not(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, [*FORK, Commit(branch="main", files={".gitignore": "*.log\n"})])
    (shop / "orders/migrations/0002_local.py").write_text(following("0001_initial", "local"))
    (shop / "debug.log").write_text("x")

    with compared(shop, base="main") as both:
        head = both.comparison.head.paths()
    document = review_repository(shop, base="main")

    assert "orders/migrations/0002_local.py" in head
    assert "debug.log" not in head
    errors = [f["rule"] for f in document["findings"] if f["severity"] == "error"]
    assert errors == ["conflicting-leaf-nodes"]


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, FORK)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("SECRET = 1\n")
    (shop / "link.py").symlink_to(outside / "secret.py")
    (shop / "linked").symlink_to(outside)

    with compared(shop, base="main") as both:
        paths = both.comparison.head.paths()

    assert "manage.py" in paths
    assert [path for path in paths if path.startswith("link")] == []


def test_histories_that_share_nothing_are_compared(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    make_repository(
        shop,
        [Commit(branch="main", files=PROJECT), Commit(branch="orphan", files={"readme": "new"})],
    )

    with compared(shop, base="main", head="orphan") as both:
        assert both.merge_base is None
        assert set(both.comparison.merged.paths()) == {*PROJECT, "readme"}


def test_a_history_that_is_cut_off_is_not_taken_for_none(tmp_path: Path) -> None:
    """Without the commit where they parted all of the base would look like work of both sides."""
    whole, cut = tmp_path / "shop", tmp_path / "cut"
    make_repository(whole, FORK)
    clone = ("git", "clone", "-q", "--depth", "1", "--no-single-branch", whole.as_uri(), str(cut))
    subprocess.run(clone, check=True)

    with pytest.raises(CannotCompareError, match=r"shallow.*'origin/note'.*--unshallow"):
        review_repository(cut, base="origin/main", head="origin/note")
    with pytest.raises(CannotCompareError, match="shallow"):
        review_repository(cut, base="origin/main", head="origin/main", also=["origin/note"])

    subprocess.run(("git", "-C", str(cut), "fetch", "-q", "--unshallow"), check=True)
    document = review_repository(cut, base="origin/main", head="origin/note")
    assert "conflicting-leaf-nodes" in [f["rule"] for f in document["findings"]]


def test_a_text_conflict_is_named_and_the_rest_is_judged(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    head, base = FORK[1], FORK[2]
    commits = [
        Commit(branch="main", files={**PROJECT, "orders/text.txt": "one\n"}),
        Commit(branch="note", parent="main", files={**head.files, "orders/text.txt": "two\n"}),
        Commit(branch="main", files={**base.files, "orders/text.txt": "three\n"}),
    ]
    make_repository(shop, commits)

    document = review_repository(shop, base="main", head="note")

    assert document["text_conflicts"] == ["orders/text.txt"]
    assert "conflicting-leaf-nodes" in [f["rule"] for f in document["findings"]]


def test_beside_a_text_conflict_files_of_both_sides_are_merged(tmp_path: Path) -> None:
    """A lock file is in conflict in half of the branches; what both changed apart is judged as it will be."""
    shop = tmp_path / "shop"
    lines = [f"line {n}\n" for n in range(20)]
    commits = [
        Commit(branch="main", files={**PROJECT, "a.lock": "one\n", "both.txt": "".join(lines)}),
        Commit(
            branch="note",
            parent="main",
            files={"a.lock": "two\n", "both.txt": "".join(["first\n", *lines])},
        ),
        Commit(
            branch="main",
            files={"a.lock": "three\n", "both.txt": "".join([*lines, "last\n"])},
        ),
    ]
    make_repository(shop, commits)

    with compared(shop, base="main", head="note") as both:
        merged = both.comparison.merged
        assert both.comparison.text_conflicts == ("a.lock",)
        assert merged.read("a.lock") == b"two\n"
        assert merged.read("both.txt").decode() == "".join(["first\n", *lines, "last\n"])


def test_a_file_that_is_a_directory_on_the_other_side(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    commits = [
        Commit(branch="main", files=PROJECT),
        Commit(branch="note", parent="main", files={"orders/thing": "a file\n"}),
        Commit(branch="main", files={"orders/thing/inside.py": "x = 1\n"}),
    ]
    make_repository(shop, commits)

    document = review_repository(shop, base="main", head="note")

    assert document["version"] == 1


@pytest.mark.parametrize(
    "name",
    [
        "0002_a\nb",
        "0002_<img src=x>",
        "0002_::error::x",
        "0002_\x1b[31mred",
        "0002_\udcff",
        '0002_"quoted"\\',
    ],
    ids=["newline", "markup", "command", "escape", "no-utf8", "quotes"],
)
@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "github"])
def test_names_of_files_do_no_harm(
    tmp_path: Path, name: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    files = {f"orders/migrations/{name}.py": following("0001_initial", "note")}
    make_repository(shop, [*FORK, Commit(branch="odd", parent="note", files=files)])

    code = main(
        ["review", str(shop), "--base", "main", "--head", "odd", "--format", form, "--no-cache"]
    )

    out, err = capsys.readouterr()
    assert code == 1
    assert "Traceback" not in out + err
    assert "\x1b[31mred" not in out
    if form == "markdown":
        # A name is shown as code, and nowhere else.
        spoken = re.sub(r"```.*?```", "", out, flags=re.DOTALL)
        assert "<img" not in re.sub(r"`[^`\n]*`", "", spoken)
    if form == "json":
        json.loads(out)
    if form == "github":
        assert [line for line in out.splitlines() if line and not line.startswith("::")] == []


def test_what_is_missing_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    make_repository(shop, FORK)
    for arguments in (
        [str(tmp_path)],
        [str(shop), "--base", "nowhere"],
        [str(shop), "--base", "main", "--head", "gone"],
    ):
        assert main(["review", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("twostep: ")
        assert err.count("\n") == 1


def test_a_revision_that_looks_like_an_option_is_no_option(tmp_path: Path) -> None:
    make_repository(tmp_path / "shop", FORK)

    with (
        pytest.raises(CannotCompareError, match="no commit called"),
        compared(tmp_path / "shop", base="--upload-pack=x", head="note"),
    ):
        pass


def test_a_command_to_paste_runs_nothing_of_a_file_name(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    odd = "orders/migrations/0002_$(touch harmed);x.py"
    files = {odd: following("0001_initial", "note")}
    make_repository(
        shop,
        [
            *FORK,
            Commit(
                branch="odd", parent="note", files={**files, "orders/migrations/0002_note.py": None}
            ),
        ],
    )

    document = review_repository(shop, base="main", head="odd")

    commands = [command for found in document["findings"] for command in found["commands"]]
    (move,) = [command for command in commands if command.startswith("git mv")]
    assert shlex.split(move)[2] == odd
    assert f"'{odd}'" in move


HEAD = following("0001_initial", "note")


@pytest.mark.parametrize(
    "source",
    [
        HEAD + "    x = [\n" + "1,\n" * 600_000 + "]\n",
        HEAD + "x = " + "[" * 10_000 + "]" * 10_000,
        HEAD + "\0",
        HEAD.encode() + b"# \xff\n",
    ],
    ids=["large", "deep", "null", "no-utf8"],
)
def test_a_migration_that_cannot_be_read_is_unknown(tmp_path: Path, source: str | bytes) -> None:
    files = {"orders/migrations/0002_note.py": source}
    make_repository(tmp_path / "shop", [FORK[0], Commit(branch="odd", parent="main", files=files)])

    document = review_repository(tmp_path / "shop", base="main", head="odd")

    assert "orders/migrations/0002_note.py" in [each["path"] for each in document["unknown"]]
