"""Operations that run code or SQL, and those that part database and state."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from typing import NamedTuple

from analyzers.read.django.code import read_body
from analyzers.read.django.executed import read_executed
from analyzers.read.sources import Unparsed, parse
from analyzers.read.sql import read_sql
from analyzers.read.values import Call, Ref, Value
from analyzers.relate.django_operations.operation import (
    Operations,
)
from analyzers.relate.django_state import DjangoState, argument
from analyzers.relate.sql_constraints import statements
from analyzers.vocabulary import (
    Place,
    RunCode,
    RunStatement,
    SchemaChange,
    StateOnly,
)


class _Done(NamedTuple):
    """The changes of the SQL that a function executes, and whether it does nothing else."""

    changes: tuple[SchemaChange, ...] = ()
    whole: bool = False


class CodeOperations(Operations):
    """What runs, and what is told to the state alone."""

    __slots__ = ()

    def _run_python(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        code = argument(call, "code", 0)
        reverse = argument(call, "reverse_code", 1)
        name = code.name.rpartition(".")[2] if isinstance(code, Ref) else None
        if name == "noop":
            yield RunCode(
                place=place,
                function="noop",
                reverse="noop" if reverse is not None else None,
                reversible=reverse is not None,
                reads_rows=False,
            )
            return
        body = None
        if self.module is None:
            parsed = parse(self.tree.read(self.migration.path))
            self.module = None if isinstance(parsed, Unparsed) else parsed
        if self.module is not None and name is not None:
            body = read_body(self.module, name, self.migration.path)
        done = self._executed(name)
        # What runs nothing but statements on tables writes no rows.
        schema_alone = done.whole and not any(isinstance(c, RunStatement) for c in done.changes)
        yield RunCode(
            place=place,
            function=name,
            reverse=reverse.name.rpartition(".")[2] if isinstance(reverse, Ref) else None,
            reversible=reverse is not None,
            autocommit=call.get("atomic") is False,
            imports_models=body.imports if body else (),
            writes=("?",) if (body is None or body.writes) and not schema_alone else (),
            loads_all=body.loads_all if body else False,
            batched=body.batched if body else False,
            whole_tables=tuple(
                model.table
                for app, named in (body.whole if body else ())
                if (model := self.state.get(app, named)) is not None
            ),
            place_of_code=(body.loop_place or body.place) if body else None,
            reads_rows=not body.empty if body else True,
            sql_alone=done.whole,
        )
        if done.changes:
            back = self._undone(reverse)
            for change in done.changes:
                # How rows are written, and that there is no way back, is told of the code as a whole.
                if not isinstance(change, RunStatement):
                    yield replace(
                        change,
                        reversible=True if reverse is not None else None,
                        undone_by=back,
                        autocommit=call.get("atomic") is False,
                    )

    def _undone(self, reverse: Value) -> tuple[SchemaChange, ...] | None:
        """What the code *reverse* does; None where not all of it is read."""
        name = reverse.name.rpartition(".")[2] if isinstance(reverse, Ref) else None
        if name == "noop":
            return ()
        done = self._executed(name)
        return done.changes if done.whole else None

    def _executed(self, name: str | None) -> _Done:
        """What the SQL that the file's function *name* executes does."""
        if self.module is None or name is None:
            return _Done()
        done = read_executed(self.module, name, self.migration.path, self.database)
        changes = tuple(
            change
            for one in done.statements
            for change in read_sql(one.text, one.place, self.database, parameters=one.parameters)
        )
        return _Done(changes, done.whole)

    def _run_s_q_l(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        sql = argument(call, "sql", 0)
        reverse = argument(call, "reverse_sql", 1)
        texts = statements(sql)
        back = self._reverse_sql(reverse, place) if reverse is not None else None
        is_noop = isinstance(sql, Ref) and sql.name.endswith("noop")
        if not texts and not is_noop and sql not in ("", [], ()):
            yield RunStatement(
                place=place,
                sql=None,
                reversible=reverse is not None,
                in_state=False,
                undone_by=back,
            )
        changes = [
            change
            for text, parameters in texts
            for change in read_sql(text, place, self.database, parameters=parameters)
        ]
        for change in changes:
            yield replace(change, reversible=reverse is not None, undone_by=back)
        if texts and not changes and reverse is None:
            # A query changes nothing, and migrate refuses to go back over it all the same.
            said = "; ".join(text for text, _ in texts)
            yield RunStatement(place=place, sql=said, reversible=False, in_state=False)

    def _reverse_sql(self, reverse: Value, place: Place) -> tuple[SchemaChange, ...] | None:
        """What *reverse* does; None where it cannot be read."""
        texts = statements(reverse)
        is_noop = isinstance(reverse, Ref) and reverse.name.endswith("noop")
        if not texts and not is_noop and reverse not in ("", [], ()):
            return None
        return tuple(
            change
            for text, parameters in texts
            for change in read_sql(text, place, self.database, parameters=parameters)
        )

    def _separate_database_and_state(self, call: Call, place: Place) -> Iterator[SchemaChange]:
        database = argument(call, "database_operations", 0)
        states = argument(call, "state_operations", 1)
        own = self.state
        self.state = _copied(own)
        try:
            for inner in database if isinstance(database, list | tuple) else ():
                yield from (replace(c, in_state=False) for c in self._changes(inner, place))
                self.state.apply(inner, self.app)
            self.state = _copied(own)
            for inner in states if isinstance(states, list | tuple) else ():
                for change in self._changes(inner, place):
                    yield StateOnly(
                        place=change.place, table=change.table, model=change.model, change=change
                    )
                self.state.apply(inner, self.app)
        finally:
            self.state = own


def _copied(state: DjangoState) -> DjangoState:
    other = DjangoState()
    other.uncertain = state.uncertain
    for key, model in state.models.items():
        twin = copy(model)
        twin.fields, twin.options = dict(model.fields), dict(model.options)
        other.models[key] = twin
    return other
