"""Connections to the databases of reviewed projects: by an URL, without their passwords in any text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import TwoStepError

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


class DatabaseUnreachable(TwoStepError):
    """The database cannot be asked; the text never holds the password."""


@contextmanager
def connected(dsn: str) -> Iterator[Connection]:
    """
    A connection to the database at *dsn* (an URL), for as long as it is read.

    Raises:
        DatabaseUnreachable: it cannot be connected to or read.
    """
    try:
        url = _address(dsn)
        engine = create_engine(url)
    except (SQLAlchemyError, ModuleNotFoundError, ValueError) as error:
        raise DatabaseUnreachable(
            f"The database address cannot be used: {_first_line(error)}. Give an URL such as"
            " postgresql://user@host/name."
        ) from None
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise DatabaseUnreachable(
            f"The database at {url.render_as_string(hide_password=True)} cannot be read:"
            f" {_first_line(error)}."
        ) from None
    finally:
        engine.dispose()


def _address(dsn: str) -> URL:
    """*dsn* with the driver that is installed here."""
    url = make_url(dsn)
    if url.drivername in DRIVERS:
        return url.set(drivername=DRIVERS[url.drivername])
    return url


def _first_line(error: Exception) -> str:
    """What a person needs of a driver's error."""
    cause = error.__cause__ or getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
