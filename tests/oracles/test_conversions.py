"""What is said of changed types, on a real PostgreSQL: which change fails at once, and which at a value."""

from __future__ import annotations

import itertools

import psycopg
import pytest

from analyzers.relate.conversions import conversion
from tests.support import postgres

pytestmark = pytest.mark.xdist_group("measure")

VALUES = {
    "varchar(20)": ["'a'", "'{a}'", "'12'"],
    "text": ["'a'", "'abcdefghijklmnopqrstuvwxyz'"],
    "integer": ["7", "2000000000"],
    "bigint": ["70000000000"],
    "numeric(8,2)": ["1.25"],
    "uuid": ["gen_random_uuid()"],
    "boolean": ["true"],
    "date": ["now()"],
    "timestamptz": ["now()"],
    "time": ["now()"],
    "interval": ["'1 day'"],
    "jsonb": ["'{}'"],
    "varchar(20)[]": ["'{a,b}'"],
    "integer[]": ["'{1}'"],
}


@pytest.mark.parametrize("using", [True, False])
def test_what_is_said_of_a_conversion_is_what_postgresql_does(using: bool) -> None:
    """What is refused fails without a row; what fails at a value is said to stop."""
    wrong = []
    with (
        postgres.fresh_database() as database,
        psycopg.connect(postgres.uri(database), autocommit=True) as connection,
    ):

        def runs(old: str, new: str, value: str | None) -> bool:
            rows = f"INSERT INTO t VALUES ({value})" if value else "SELECT"
            cast = f" USING x::{new}" if using else ""
            connection.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t (x {old}); {rows}")
            try:
                connection.execute(f"ALTER TABLE t ALTER COLUMN x TYPE {new}{cast}")
            except psycopg.Error:
                return False
            return True

        for old, new in itertools.permutations(VALUES, 2):
            said, bare = conversion(old, new, using=using), runs(old, new, None)
            if said.refused and bare:
                wrong.append((old, new, "is not refused"))
            if bare and not said.stops and not all(runs(old, new, v) for v in VALUES[old]):
                wrong.append((old, new, "stops"))

    assert wrong == []
