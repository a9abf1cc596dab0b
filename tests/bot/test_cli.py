"""The command line as a person runs it: words, formats, exit codes."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.arguments import parser_for
from bot.cli import COMMANDS
from bot.sample import make_sample


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "shop"
    make_sample(path)
    return path


def twostep(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_conflict_is_told_with_line_reason_and_edit(shop: Path) -> None:
    done = twostep("review", str(shop), "--base", "main", "--head", "order-note", "--no-cache")

    assert done.returncode == 1, done.stderr
    assert "conflicting-leaf-nodes  orders/migrations/0003_order_note.py:5" in done.stdout
    assert 'line 5 becomes: dependencies = [("orders", "0003_order_tax")]' in done.stdout
    assert "the file becomes: orders/migrations/0004_order_note.py" in done.stdout
    source = '        migrations.AddField("order", "note", models.TextField(null=True)),'
    assert f"      8 > {source}\n" in done.stdout, "what is not a window gets whole lines"


@pytest.mark.parametrize(
    ("branch", "rule"),
    [
        ("wider-total", "committed-migration-edited"),
        ("order-status", "not-null-column-added"),
        ("order-code", "missing-migration"),
        ("account-currency", "conflicting-leaf-nodes"),
    ],
)
def test_each_branch_of_the_sample_shows_its_error(shop: Path, branch: str, rule: str) -> None:
    done = twostep(
        "review", str(shop), "--base", "main", "--head", branch, "--format", "json", "--no-cache"
    )
    document = json.loads(done.stdout)

    assert done.returncode == 1
    assert [f["rule"] for f in document["findings"] if f["severity"] == "error"] == [rule]


def test_the_base_itself_has_nothing_to_say(shop: Path) -> None:
    done = twostep("review", str(shop), "--base", "main", "--no-cache")

    assert done.returncode == 0, done.stdout
    assert "PASS" in done.stdout


def test_uncommitted_work_is_reviewed(shop: Path) -> None:
    path = shop / "orders/migrations/0004_status.py"
    path.write_text((shop / "orders/migrations/0003_order_tax.py").read_text())
    try:
        done = twostep("review", str(shop), "--base", "main", "--no-cache")
    finally:
        path.unlink()

    assert done.returncode == 1
    assert "orders has two leaf nodes: 0004_status and 0003_order_tax" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("review", "/nowhere", "--base", "main"), "/nowhere does not exist."),
        (("review", "/", "--base", "main"), "/ is not in a git repository"),
        (("review", "{shop}", "--base", "none"), "there is no commit called 'none'"),
        (("review", "{shop}/orders/models.py"), "is a file. Give the directory"),
        (
            ("review", "{shop}", "--base", "origin/next"),
            "git fetch origin next:refs/remotes/origin/next",
        ),
        (("config", "check", "/nowhere"), "/nowhere is not a directory."),
        (("rules", "missing-migrations"), "Did you mean 'missing-migration'?"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    shop: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = twostep(*(a.format(shop=shop) for a in arguments))

    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_repository_that_git_cannot_read_is_told_in_its_words(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with (tmp_path / ".git/config").open("a") as config:
        config.write("[core\n")

    done = twostep("review", str(tmp_path), "--base", "main")

    assert done.returncode == 2
    assert f"git cannot read the repository of {tmp_path}: bad config line" in done.stderr


def test_a_directory_that_is_gone_is_told_in_one_line(tmp_path: Path) -> None:
    """Of a shell that stands in a worktree which was removed meanwhile."""
    gone = tmp_path / "gone"
    gone.mkdir()
    code = "import os, sys; from bot.cli import main; os.chdir(sys.argv[1]); os.rmdir(sys.argv[1]); sys.exit(main(['review']))"

    done = subprocess.run(
        [sys.executable, "-c", code, gone], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert done.stderr.startswith("twostep: the directory that this shell stands in does not exist")
    assert done.stderr.count("\n") == 1


def test_no_branches_are_made_of_a_plan_without_its_migrations(shop: Path, tmp_path: Path) -> None:
    """The models of the pull request, step by step, without what makes their columns."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "order-status", str(shop), str(clone)], check=True)
    (file,) = clone.glob("orders/migrations/0004_*.py")
    text = file.read_text().rstrip().removesuffix("]").rstrip()
    again = '        migrations.AlterField("order", "status", models.CharField(max_length=20)),'
    file.write_text(f"{text}\n{again}\n    ]\n")
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", *identity, "commit", "-aqm", "x"], cwd=clone, check=True)

    done = twostep("split", str(clone), "--base", "origin/main", "--write", "steps")

    assert done.stdout.startswith("No branches: ")
    assert "no files are written" in done.stdout
    listed = subprocess.run(
        ["git", "branch"], cwd=clone, capture_output=True, text=True, check=True
    )
    assert "steps-1" not in listed.stdout


def test_whoever_names_no_command_is_shown_all() -> None:
    done = twostep()

    assert done.returncode == 2
    assert "makemigrations" in done.stderr
    assert "error:" not in done.stderr


def test_every_argument_says_what_it_is() -> None:
    for command in COMMANDS:
        parser = parser_for([command], COMMANDS)
        (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
        for action in commands.choices[command]._actions:
            told = action.help or isinstance(action, argparse._SubParsersAction)
            assert told, (command, action.dest)


def test_a_configuration_is_found_from_a_folder_below(shop: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(shop), str(clone)], check=True)
    (clone / ".github").mkdir()
    (clone / ".github/twostep.yml").write_text("databse: mysql\n")

    done = twostep("config", "check", str(clone / "orders"))

    assert done.returncode == 2
    assert "Did you mean 'database'?" in done.stderr


def test_a_broken_configuration_is_told_where_it_is_to_be_mended(
    shop: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(shop), str(clone)], check=True)
    (clone / ".github").mkdir()
    (clone / ".github/twostep.yml").write_text("database: postgres\n")

    done = twostep("review", str(clone), "--base", "main")

    assert done.returncode == 2
    assert done.stderr.strip().endswith(
        "choose one of postgresql, mysql, mariadb, sqlite. It comes with this change: "
        "mend it here, as nobody could be reviewed after the merge."
    )


def test_nothing_is_said_of_slash_commands_where_nobody_answers_them(shop: Path) -> None:
    done = twostep(
        "review", str(shop), "--base", "main", "--head", "order-note", "--format", "markdown"
    )

    assert "conflicting-leaf-nodes" in done.stdout
    assert "/twostep" not in done.stdout


def test_what_could_not_be_read_is_not_said_to_be_fine(shop: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(shop), str(clone)], check=True)
    with (clone / "orders/models.py").open("a") as file:
        file.write("\nLARGEST = (\n")

    done = twostep("review", str(clone), "--base", "main", "--no-cache")

    assert "Not judged, because it could not be read:" in done.stdout
    assert "as far as it could be read" in done.stdout


def test_where_nothing_is_new_nothing_is_to_be_rolled_back(shop: Path) -> None:
    done = twostep("rollback", str(shop), "--base", "main", "--head", "main")

    assert done.stdout == "There is nothing to roll back: no migration is new.\n"


def test_models_that_need_no_migration_are_not_said_to_be_untouched(
    shop: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(shop), str(clone)], check=True)
    with (clone / "orders/models.py").open("a") as file:
        file.write("\nLARGEST = 5\n")

    done = twostep("review", str(clone))

    assert done.returncode == 0
    assert "PASS  It changes no migration, and none is missing." in done.stdout


def test_a_split_of_uncommitted_work_is_shown_and_not_written(shop: Path, tmp_path: Path) -> None:
    """A branch made of the last commit would take the work back."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "order-status", str(shop), str(clone)], check=True)
    with (clone / "orders/models.py").open("a") as file:
        file.write("\n# not committed yet\n")

    shown = twostep("split", str(clone), "--base", "origin/main")
    done = twostep("split", str(clone), "--base", "origin/main", "--write", "status")

    assert "merge, deploy" in shown.stdout
    assert done.returncode == 2
    assert "Commit it first" in done.stderr
    branches = subprocess.run(["git", "-C", str(clone), "branch"], capture_output=True, text=True)
    assert branches.stdout.split() == ["*", "order-status"]


def test_lines_are_linked_where_their_commit_can_be_seen(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a job of GitHub's; elsewhere nobody knows where the repository lies."""
    asked = ("review", str(shop), "--base", "main", "--format", "markdown")
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert "](http" not in twostep(*asked, "--head", "order-note").stdout
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    said = twostep(*asked, "--head", "order-note").stdout
    assert "](https://github.example/acme/shop/blob/" in said
    # Uncommitted work is nowhere but here.
    assert "](http" not in twostep(*asked).stdout


@pytest.mark.parametrize("form", ["json", "markdown", "sarif", "github"])
def test_every_format_is_printed(shop: Path, form: str) -> None:
    done = twostep(
        "review",
        str(shop),
        "--base",
        "main",
        "--head",
        "order-note",
        "--format",
        form,
        "--fail-on",
        "never",
        "--no-cache",
    )

    assert done.returncode == 0, done.stderr
    assert "conflicting-leaf-nodes" in done.stdout


def test_the_split_becomes_branches(shop: Path) -> None:
    done = twostep(
        "split", str(shop), "--base", "main", "--head", "order-status", "--write", "status"
    )

    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names[:2] == ["status-1", "status-2"]
    review = twostep("review", str(shop), "--base", "main", "--head", "status-1", "--no-cache")
    assert review.returncode == 0, review.stdout


@pytest.mark.parametrize("head", ["order-status", "order-status^{/status}"])
def test_branches_are_made_of_whatever_git_knows(shop: Path, tmp_path: Path, head: str) -> None:
    """A repository with ids of SHA-256, and a head by one of the names that only git itself reads."""
    other = tmp_path / "other.git"
    git = ("git", "-C", str(other))
    subprocess.run(["git", "init", "-q", "--bare", "--object-format=sha256", other], check=True)
    history = subprocess.run(
        ["git", "-C", shop, "fast-export", "--all"], capture_output=True, check=True
    )
    subprocess.run([*git, "fast-import", "--quiet"], input=history.stdout, check=True)

    done = twostep("split", str(other), "--base", "main", "--head", head, "--write", "fresh")

    assert done.returncode == 0, done.stderr
    made = subprocess.run([*git, "rev-parse", "fresh-1"], capture_output=True, check=True)
    assert len(made.stdout.strip()) == 64


def test_branches_are_signed_where_git_itself_knows_nobody(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of a file that git is told not to read is no address for git."""
    (tmp_path / ".gitconfig").write_text("[user]\n\temail = a@b.c\n\tuseConfigOnly = true\n")
    (tmp_path / "read").write_text("[user]\n\tuseConfigOnly = true\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "read"))
    done = twostep(
        "split", str(shop), "--base", "main", "--head", "order-status", "--write", "signed"
    )

    assert done.returncode == 0, done.stderr
    assert "signed-1" in done.stdout


def test_branches_that_git_may_not_make_are_told_in_one_line(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository of another user, as one is in a container that mounts it."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    done = twostep("split", str(shop), "--base", "main", "--head", "order-status", "--write", "no")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"git config --global --add safe.directory {shop}" in done.stderr


def test_the_program_starts_without_its_heavy_parts() -> None:
    code = "import sys, bot.cli; print(sorted({'django', 'fastapi', 'github', 'git', 'httpx', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("columns", "widest"), [("60", 58), ("0", 78), ("many", 78)])
def test_help_is_as_wide_as_the_terminal(
    columns: str, widest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "__stdout__", None)
    for given in ([], ["review"]):
        lines = parser_for(given, COMMANDS).format_help().splitlines()
        assert widest - 10 < max(map(len, lines)) <= widest


def test_a_review_that_is_kept_loads_little_and_asks_git_once(shop: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    real = shutil.which("git")
    watched = tmp_path / "bin" / "git"
    watched.parent.mkdir()
    watched.write_text(f'#!/bin/sh\necho x >> {asked}\nexec {real} "$@"\n')
    watched.chmod(0o755)
    code = (
        "import json, sys, bot.cli; bot.cli.main(sys.argv[1:]); print(json.dumps([*sys.modules]))"
    )
    review = ["review", str(shop), "--base", "main", "--head", "order-note"]
    environment = {
        **os.environ,
        "PATH": f"{watched.parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }

    def run() -> tuple[str, set[str]]:
        done = subprocess.run(
            [sys.executable, "-c", code, *review],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        text, _, modules = done.stdout.rpartition("\n[")
        return text, set(json.loads(f"[{modules}"))

    first, _ = run()
    asked.unlink()
    again, modules = run()

    assert first == again
    assert "conflicting-leaf-nodes" in again
    assert asked.read_text().split() == ["x"]
    reading = {"ast", "analyzers.review", "bot.git.trees", "dataclasses", "inspect"}
    writing = {"rich", "html", "django", "bot.render.document"}
    seldom = {"platformdirs", "tempfile", "traceback", "difflib", "tomllib", "yaml", "lzma"}
    assert modules & (reading | writing | seldom) == set()


@pytest.mark.parametrize("part", ["graph", "split", "rollback", "sql"])
def test_a_part_is_offered_in_no_format_that_holds_findings_alone(shop: Path, part: str) -> None:
    asked = (part, str(shop), "--base", "main", "--head", "order-status")
    done = twostep(*asked, "--format", "sarif")
    assert done.returncode == 2
    assert "choose from" in done.stderr
    assert twostep(*asked, "--format", "markdown").stdout.startswith("### ")


def test_it_says_its_version() -> None:
    done = twostep("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("twostep ")
    assert done.stdout.strip() != "twostep"
