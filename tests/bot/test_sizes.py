"""``twostep sizes``: what is written, and that a review reads it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from analyzers.config_text import SIZES, ConfigProblem, config_of
from analyzers.trees import MemoryTree
from bot.doctor.connection import DatabaseUnreachable
from bot.sizes import bucket, write_sizes
from tests.support import postgres


@pytest.mark.parametrize(
    ("rows", "rounded"),
    [(0, 0), (1, 1), (2, 2), (3, 5), (9, 10), (100_000, 100_000), (100_001, 200_000)],
)
def test_rows_are_rounded_up(rows: int, rounded: int) -> None:
    """A table above the threshold stays above it."""
    assert bucket(rows) == rounded


def test_postgresql_is_asked_for_its_estimates(tmp_path: Path) -> None:
    with postgres.fresh_database() as name:
        with psycopg.connect(postgres.uri(name), autocommit=True) as connection:
            connection.execute("CREATE TABLE orders AS SELECT n FROM generate_series(1, 1200) n")
            connection.execute("ANALYZE orders")
        file = tmp_path / "deep" / "sizes.yml"

        assert write_sizes(postgres.uri(name), file) == 0

    config = config_of(MemoryTree({SIZES: file.read_bytes()}), [])
    assert config.large_tables.tables == {"orders": 2000}


def test_sqlite_is_counted(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "db")
    connection.execute('CREATE TABLE "odd name" AS SELECT 1 AS a UNION SELECT 2 UNION SELECT 3')
    connection.commit()
    connection.close()
    file = tmp_path / "sizes.yml"

    write_sizes(f"sqlite:///{tmp_path / 'db'}", file)

    config = config_of(MemoryTree({SIZES: file.read_bytes()}), [])
    assert config.large_tables.tables == {"odd name": 5}


def test_the_configuration_counts_more() -> None:
    tree = MemoryTree(
        {
            SIZES: "tables: {orders: 500000, items: 10}\n",
            ".github/twostep.yml": "version: 1\nlarge_tables: {tables: {orders: 7}}\n",
        }
    )

    assert config_of(tree, []).large_tables.tables == {"orders": 7, "items": 10}


@pytest.mark.parametrize("text", ["tables: [1]", "tables: {a: -1}", "a: {", "tables: {a: yes}"])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(ConfigProblem, match="table sizes"):
        config_of(MemoryTree({SIZES: text}), [])


def test_a_wrong_address_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable):
        write_sizes("nonsense", tmp_path / "x")
