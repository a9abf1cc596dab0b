"""What is kept of one review is of no use to one that asks, or is told, something else."""

from __future__ import annotations

from dataclasses import replace

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

SQLITE = 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}}\n'


def _trees(before: dict[str, str], after: dict[str, str]) -> Comparison:
    base, head = MemoryTree(before), MemoryTree(after)
    return Comparison(merge_base=base, base=base, head=head, merged=head)


def test_another_exclusion_reads_other_models() -> None:
    models = "from django.db import models\n\n\nclass Order(models.Model):\n    total = models.TextField(null=True)\n"
    start = changed(START, {"orders/models.py": models})
    noted = models + "    note = models.TextField(null=True)\n"
    new = migration("0002_total", operations=add("note"))
    head = changed(start, {"orders/models.py": noted, path("0003_note"): new})
    cache, trees = MemoryCache(), _trees(start, head)

    def rules(config: Config) -> list[str]:
        cached = [f.rule for f in review(trees, config, cache).findings]
        assert cached == [f.rule for f in review(trees, config).findings]
        return cached

    assert "missing-migration" not in rules(Config())
    assert "missing-migration" in rules(replace(Config(), exclude=("orders/migrations/0003*",)))


def test_another_driver_in_the_requirements_is_another_answer() -> None:
    start = changed(START, {"shop/settings.py": SQLITE, "requirements.txt": "django\n"})
    driven = changed(start, {"requirements.txt": "django\npsycopg\n"})
    new = {path("0003_note"): migration("0002_total", operations=add("note"))}
    cache = MemoryCache()

    def said(files: dict[str, str]) -> str | None:
        return Facts(_trees(files, changed(files, new)), Config(), cache).said_database

    assert said(start) == "sqlite"
    assert said(driven) is None
