"""One ``Column(...)`` of SQLAlchemy as the vocabulary's column, with what else it makes."""

from __future__ import annotations

from analyzers.read.alembic.actions import actions_of, timing_of
from analyzers.read.alembic.constraints import reference_of, says_more
from analyzers.read.alembic.sql_texts import constant, default_text, expression_text, name_text
from analyzers.read.alembic.types import enum_along, sql_type
from analyzers.read.values import Call, Value
from analyzers.vocabulary import Column, Constraint, ConstraintKind, Generated, Reference


class ColumnReading:
    """A ``Column(...)`` call as a column, with what else it makes."""

    def __init__(self, call: Call, dialect: str, name: str | None = None) -> None:
        args = list(call.args)
        first = args[0] if args else None
        if isinstance(first, str):
            args = args[1:]
        self.name: str | None = first if isinstance(first, str) else call.get("name", name)
        if not isinstance(self.name, str):
            self.name = name
        self.type_value: Value = call.get("type_")
        self.reference: Reference | None = None
        self.foreign_key: Constraint | None = None
        self.checks: list[Constraint] = []
        self.info: Value = call.get("info")
        """What it says to the filters of an ``env.py``; None where that is nothing."""
        self.counted: Value = call.get("autoincrement")
        self.key: str | None = name_text(call.get("key"))
        self.identity = False
        self.identity_said: Value = None
        self.generated: Generated | None = None
        self.computed: tuple[str, bool | None] | None = None
        self._stores = dialect not in {"mysql", "mariadb", "sqlite"}
        """Whether what a generated column gives is stored where nothing is said of that."""
        default = call.get("server_default")
        for arg in args:
            self._take(arg, first_free=self.type_value is None)
        primary = call.get("primary_key") is True
        text, changes = default_text(default)
        if isinstance(default, Call) and default.func.rpartition(".")[2] in {
            "Identity",
            "Computed",
        }:
            self._take(default, first_free=False)
            text, changes = None, None
        null = call.get("nullable", not primary)
        kind = sql_type(self.type_value, dialect) if self.type_value is not None else None
        self.index_flag = call.get("index") is True
        self.unique_flag = call.get("unique") is True
        self.column = Column(
            name=self.name or "?",
            type=kind,
            null=null if isinstance(null, bool) else None,
            server_default=text,
            server_default_volatile=changes,
            client_default=call.get("default") is not None
            or call.get("default_factory") is not None,
            client_value=constant(call.get("default")),
            primary_key=primary,
            unique=self.unique_flag,
            indexed=self.index_flag,
            identity=self.identity,
            generated=self.generated,
            computed=self.computed,
            references=self.reference,
            makes_type=enum_along(self.type_value) if dialect == "postgresql" else None,
            comment=comment if isinstance(comment := call.get("comment"), str) else None,
        )

    def _take(self, arg: Value, *, first_free: bool) -> None:
        short = arg.func.rpartition(".")[2] if isinstance(arg, Call) else ""
        match short:
            case "ForeignKey" if isinstance(arg, Call):
                self.reference = reference_of(arg.args[0] if arg.args else arg.get("column"))
                self.foreign_key = Constraint(
                    kind=ConstraintKind.FOREIGN_KEY,
                    name=name_text(arg.get("name")),
                    columns=(self.name,) if self.name else (),
                    references=self.reference,
                    more=says_more(dict(arg.kwargs)),
                    **timing_of(dict(arg.kwargs)),
                    **actions_of(dict(arg.kwargs)),
                )
            case "CheckConstraint" if isinstance(arg, Call):
                self.checks.append(
                    Constraint(
                        kind=ConstraintKind.CHECK,
                        name=name_text(arg.get("name")),
                        expression=expression_text(arg.args[0]) if arg.args else None,
                    )
                )
            case "Identity":
                self.identity = True
                self.identity_said = arg
            case "Computed" if isinstance(arg, Call):
                said = arg.args[1] if len(arg.args) > 1 else arg.get("persisted")
                text = expression_text(arg.args[0] if arg.args else arg.get("sqltext"))
                if text is not None and "..." not in text and isinstance(said, bool | None):
                    self.computed = text, said
                stored = said is not False if self._stores else said not in {None, False}
                self.generated = Generated.STORED if stored else Generated.VIRTUAL
            case "Sequence" | "FetchedValue":
                pass
            case _:
                if first_free and self.type_value is None:
                    self.type_value = arg
