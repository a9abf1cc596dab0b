"""One analysis is one process: it can be stopped, it is bounded, and what it lacks is brought."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from bot.errors import CannotJudge, Superseded
from bot.git.mirror import Mirrors
from bot.jobs.analysis import Analysis
from bot.jobs.model import PullRequest
from bot.services import Analysed
from tests.service.world import World, migration


def analysed(
    world: World,
    analysis: Analysis,
    files: dict[str, str] | None = None,
    *,
    stop: bool = False,
) -> Analysed:
    """What an analysis finds in a pull request with *files*."""
    shop = world.repository(1, "acme/shop")
    head = world.pull_request(shop, 1, files or migration("0002_note", "note"))
    world.commit(shop, "refs/heads/main", migration("0002_tax", "tax"))
    mirrors = Mirrors(
        directory=world.directory / "mirrors",
        github_url=world.url,
        token=lambda _: "ghs_x",
        seconds=60,
        megabytes=100,
        all_megabytes=100,
    )
    pull = PullRequest(
        repository=shop,
        number=1,
        head_sha=head,
        head_ref="feature",
        base_ref="main",
        base_sha="0" * 40,
        author="eve",
    )
    with mirrors.open(shop) as mirror:
        tips = mirror.fetch({"base": "refs/heads/main", "head": "refs/pull/1/head"})
        return analysis(
            mirror,
            subject=pull,
            base=str(tips["base"]),
            head=head,
            others={},
            running=lambda _: (None, ""),
            stop=lambda: stop,
        )


ANALYSIS = Analysis(seconds=60, megabytes=1024)


def test_it_answers_with_the_document_of_the_review(world: World) -> None:
    found = analysed(world, ANALYSIS)

    assert found.document["base"]["ref"] == "main"
    assert found.document["head"]["ref"] == "feature"
    assert found.document["pull_request"] == 1
    assert found.touches
    rules = {finding["rule"] for finding in found.document["findings"]}
    assert "conflicting-leaf-nodes" in rules


def test_too_much_time_ends_as_timed_out(world: World) -> None:
    began = time.monotonic()
    with pytest.raises(CannotJudge, match="TWOSTEP_ANALYSIS_SECONDS") as error:
        analysed(world, dataclasses.replace(ANALYSIS, seconds=0.05))

    assert error.value.conclusion == "timed_out"
    assert time.monotonic() - began < ANALYSIS.seconds


def test_too_much_memory_ends_as_a_failure(world: World) -> None:
    """More than the bound allows, whoever needs it: no neighbour is harmed."""
    with pytest.raises(CannotJudge, match="TWOSTEP_ANALYSIS_MEMORY_MB") as error:
        analysed(world, dataclasses.replace(ANALYSIS, megabytes=30))

    assert error.value.conclusion == "failure"


def test_it_stops_when_nobody_wants_it_any_more(world: World) -> None:
    with pytest.raises(Superseded):
        analysed(world, ANALYSIS, stop=True)


def test_it_ends_with_a_process_that_leaves_its_jobs(world: World) -> None:
    def leave() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        analysed(world, dataclasses.replace(ANALYSIS, stay=leave))


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.system('touch {trap}')\n",
        "x = " + "(" * 5000 + ")" * 5000,
        "x = 9 ** 9 ** 9\n",
        "a = 'x' * 10 ** 9\n",
        "\0",
        "def (:\n",
    ],
    ids=["runs", "nested", "power", "repeats", "zero", "broken"],
)
def test_hostile_files_neither_run_nor_break_it(world: World, source: str) -> None:
    trap = Path(world.directory / "trap")
    source = source.replace("{trap}", str(trap))
    files = {**migration("0002_note", "note"), "shop/migrations/0003_evil.py": source}

    found = analysed(world, ANALYSIS, files)

    assert not trap.exists()
    assert found.document["version"] == 1


def test_a_second_analysis_reads_what_has_changed_only(world: World) -> None:
    first = analysed(world, ANALYSIS)
    [kept] = (world.directory / "mirrors").glob("*.git/twostep-cache.sqlite")
    again = analysed(world, ANALYSIS)

    assert kept.stat().st_size > 1000
    assert again.document["findings"] == first.document["findings"]


def test_many_complaints_do_not_stop_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libraries warn on standard error; more than a pipe holds must go somewhere."""
    talk = "import sys\nsys.stderr.write('a warning of a library\\n' * 20_000)\n"
    (tmp_path / "sitecustomize.py").write_text(talk)
    monkeypatch.syspath_prepend(str(tmp_path))

    found = analysed(world, ANALYSIS)

    assert found.document["version"] == 1
