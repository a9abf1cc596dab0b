"""
Django's own schema editors, collecting what they would execute; none of them meets a database.

What an editor would ask a server is answered here: the version that the
configuration names, and of names that only the database knows that they are so.
"""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import Any

from analyzers.frozen import dataclass

VERSIONS = {"postgresql": (15, 0, 0), "mariadb": (10, 11, 0), "mysql": (8, 0, 36)}
"""What is assumed where the configuration names none."""


@dataclass(frozen=True, slots=True)
class Later:
    """A value that is known when the migration runs."""

    text: str


def editor_of(dialect: str, version: str | None) -> Any:
    """The schema editor of *dialect*; what it writes is in its ``collected_sql``."""
    match dialect:
        case "postgresql":
            return _postgresql(_numbers(dialect, version))
        case "mysql" | "mariadb":
            return _mysql(_numbers(dialect, version), mariadb=dialect == "mariadb")
        case _:
            return _sqlite()


def _numbers(dialect: str, version: str | None) -> tuple[int, int, int]:
    found = [int(n) for n in re.findall(r"\d+", version or "")][:3]
    if not found:
        return VERSIONS[dialect]
    major, minor, patch = (*found, *VERSIONS[dialect][len(found) :])
    return major, minor, patch


def _postgresql(version: tuple[int, int, int]) -> Any:
    from django.db.backends.postgresql.base import DatabaseWrapper
    from django.db.backends.postgresql.schema import DatabaseSchemaEditor

    wrapper = DatabaseWrapper(_settings("postgresql"), alias="preview")
    # What would be asked of a server.
    wrapper.__dict__["pg_version"] = version[0] * 10000
    wrapper.__dict__["timezone"] = None
    return _collecting(DatabaseSchemaEditor, wrapper)


def _mysql(version: tuple[int, int, int], *, mariadb: bool) -> Any:
    _with_driver()
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.backends.mysql.base import DatabaseWrapper
    from django.db.backends.mysql.schema import DatabaseSchemaEditor

    wrapper = DatabaseWrapper(_settings("mysql"), alias="preview")
    wrapper.__dict__["mysql_server_data"] = {
        "version": ".".join(map(str, version)) + ("-MariaDB" if mariadb else ""),
        "sql_mode": "STRICT_TRANS_TABLES",
        "default_storage_engine": "InnoDB",
        "lower_case_table_names": 0,
        "has_zoneinfo_database": True,
    }
    wrapper.features.__dict__["_mysql_storage_engine"] = "InnoDB"

    class Collecting(DatabaseSchemaEditor):  # type: ignore[misc]
        def quote_value(self, value: Any) -> str:
            return _quoted(value)

        def _create_missing_fk_index(self, *_: Any, **__: Any) -> None:
            """Whether an index is missing only the database knows."""

        def _field_should_be_indexed(self, model: Any, field: Any) -> bool:
            # As the backend has it for InnoDB, which is what it asks the server for.
            if not BaseDatabaseSchemaEditor._field_should_be_indexed(self, model, field):
                return False
            if field.get_internal_type() == "ForeignKey" and field.db_constraint:
                return False
            return not self._is_limited_data_type(field)

    return _collecting(Collecting, wrapper)


def _sqlite() -> Any:
    from django.db.backends.sqlite3.base import DatabaseWrapper
    from django.db.backends.sqlite3.schema import DatabaseSchemaEditor

    wrapper = DatabaseWrapper({**_settings("sqlite3"), "NAME": ":memory:"}, alias="preview")
    return _collecting(DatabaseSchemaEditor, wrapper)


def _settings(backend: str) -> dict[str, Any]:
    return {
        "ENGINE": f"django.db.backends.{backend}",
        "NAME": "",
        "OPTIONS": {},
        "TIME_ZONE": None,
        "AUTOCOMMIT": True,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "ATOMIC_REQUESTS": False,
        "USER": "",
        "PASSWORD": "",
        "HOST": "",
        "PORT": "",
        "TEST": {},
    }


def _collecting(editor: type[Any], wrapper: Any) -> Any:
    from django.db import connections

    class Collecting(editor):  # type: ignore[misc]
        def effective_default(self, field: Any) -> Any:
            # Copies of a field keep its default, whatever it is.
            if isinstance(field.default, Later):
                return field.default
            timed = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
            if timed and not field.has_default():
                # Django would take the time of this review.
                return Later("the time")
            return super().effective_default(field)

        def execute(self, sql: Any, params: Any = ()) -> None:
            # Django composes parameters with a connection's help; constants need none.
            text = str(sql)
            if params:
                text %= tuple(self.quote_value(p) for p in params)
            self.collected_sql.append(text)

        def quote_value(self, value: Any) -> str:
            if isinstance(value, Later):
                return f"NULL /* {value.text}, asked when it runs */"
            return str(super().quote_value(value))

        def prepare_default(self, value: Any) -> str:
            return self.quote_value(value)

        def _constraint_names(self, _: Any, column_names: Any = None, **about: Any) -> list[str]:
            kinds = {
                "unique": "unique constraint",
                "foreign_key": "foreign key",
                "check": "check",
                "index": "index",
                "primary_key": "primary key",
            }
            what = next((text for key, text in kinds.items() if about.get(key)), "constraint")
            return [f"name of the {what} of {', '.join(column_names or ())}"]

    # Django looks connections up by their alias; this one never connects.
    connections["preview"] = wrapper
    made = Collecting(wrapper, collect_sql=True, atomic=False)
    made.deferred_sql = []
    return made


def _quoted(value: Any) -> str:
    """A constant as MySQL spells it; the backend would ask a connection for it."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(int(value))
        case int() | float():
            return repr(value)
        case bytes():
            return f"x'{value.hex()}'"
        case _:
            text = str(value).replace("\\", "\\\\").replace("'", "''")
            return f"'{text}'"


def _with_driver() -> None:
    """Let Django's backend be imported where its driver is not installed: nothing ever connects."""
    if "django.db.backends.mysql.base" in sys.modules:
        return
    try:
        import MySQLdb  # noqa: F401
    except ImportError:
        pass
    else:
        return
    driver, constants = ModuleType("MySQLdb"), ModuleType("MySQLdb.constants")
    converters = ModuleType("MySQLdb.converters")
    driver.__dict__.update(
        version_info=(2, 2, 0, "final", 0), __version__="2.2.0", __path__=[], constants=constants
    )
    for name in (
        "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError",
        "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError",
    ):  # fmt: skip
        setattr(driver, name, type(name, (Exception,), {}))
    kinds = ("TIME", "BLOB", "CHAR", "DECIMAL", "NEWDECIMAL", "DATE", "DATETIME", "DOUBLE", "FLOAT",
             "INT24", "JSON", "LONG", "LONGLONG", "SHORT", "STRING", "TIMESTAMP", "TINY", "TINY_BLOB",
             "MEDIUM_BLOB", "LONG_BLOB", "VAR_STRING", "VARCHAR", "YEAR")  # fmt: skip
    constants.__dict__.update(
        CLIENT=type("CLIENT", (), {"FOUND_ROWS": 2}),
        FIELD_TYPE=type("FIELD_TYPE", (), {name: number for number, name in enumerate(kinds)}),
    )
    converters.__dict__["conversions"] = {}
    stand_ins = {
        "MySQLdb": driver,
        "MySQLdb.constants": constants,
        "MySQLdb.converters": converters,
    }
    sys.modules.update(stand_ins)
    try:
        import django.db.backends.mysql.base  # noqa: F401
    finally:
        for name in stand_ins:
            del sys.modules[name]
