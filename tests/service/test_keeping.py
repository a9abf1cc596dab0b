"""What goes on by the clock: open pull requests without a check, and what is old."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.service.running import Service
from tests.service.world import World, about, migration, pull_request_event


@pytest.mark.xdist_group("keeping")
def test_a_pull_request_that_nobody_told_of_gets_its_check_and_old_jobs_go(tmp_path: Path) -> None:
    world = World(tmp_path)
    shop = world.repository(1, "acme/shop")
    service = Service(
        world,
        sweep_every_seconds=2,
        prune_every_seconds=1,
        keep_jobs_days=5 / 86_400,
        metrics_token="m",
    )
    head = world.pull_request(shop, 1, migration("0002_note", "note"))
    service.start()

    def verdicts() -> list[str]:
        rows = world.github.rows("SELECT head_sha FROM checks WHERE status='completed'")
        return [row["head_sha"] for row in rows]

    service.until(lambda: verdicts() == [head], "the sweep")
    pushed = world.pull_request(shop, 1, migration("0002_word", "word"))
    service.deliver("pull_request", pull_request_event(shop, 1, pushed), "told-1")
    service.until(lambda: verdicts() == [head, pushed], "the push")
    time.sleep(3)
    assert verdicts() == [head, pushed], "a sweep finds nothing to do where all is said"

    engine = sa.create_engine(f"sqlite:///{service.data}/jobs.sqlite", poolclass=sa.NullPool)

    def forgotten() -> bool:
        with engine.connect() as connection:
            query = "SELECT count(*) FROM workflow_status WHERE workflow_uuid = 'gh:told-1'"
            return connection.execute(sa.text(query)).scalar() == 0

    service.until(forgotten, "old jobs to be forgotten")
    assert (service.data / "mirrors/1.git").exists()
    gone = {"action": "deleted", "installation": {"id": shop.installation}}
    service.deliver("installation", gone, "gone-1")
    service.until(lambda: not (service.data / "mirrors/1.git").exists(), "the mirror to go")
    numbers = service.client.get("/metrics", headers={"authorization": "Bearer m"}).text
    assert service.client.get("/metrics").status_code == 401
    service.stop()

    assert 'twostep_deliveries_total{answer="202",event="pull_request"} 1.0' in numbers
    assert "twostep_review_seconds_count 2.0" in numbers
    assert 'twostep_queue_depth{queue="reviews"}' in numbers
    assert 'route="/webhooks/github"' in numbers
    assert "acme" not in numbers, "no repository's name is a label"


def test_an_installation_brings_its_open_pull_requests(world: World, service: Service) -> None:
    shop = world.repository(1, "acme/shop", installation=4)
    heads = {
        number: world.pull_request(shop, number, migration("0002_note", f"n{number}"))
        for number in (1, 2)
    }
    repositories = [{"id": shop.id, "full_name": shop.full_name}]
    event = about(shop, action="created", repositories=repositories)
    service.deliver("installation", event, "new-1")
    service.until(lambda: bool(world.github.rows("SELECT 1 FROM checks")), "the first check")
    service.settle()

    rows = world.github.rows("SELECT head_sha FROM checks WHERE status='completed'")
    assert {row["head_sha"] for row in rows} == set(heads.values())
