"""
Django's autodetector as each of its versions has it.

The one that is installed is that of 5.2. What it does otherwise than an older or a
newer one is put on top of it, by the version that a project runs on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.migrations import operations
from django.db.migrations.autodetector import MigrationAutodetector, OperationDependency
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState

from analyzers.relate.django_stand_ins import Member

_MEMBER_GONE = object()
"""A type of dependency that came with 6.0: the indexes and constraints of a model are removed."""
_OF_FIELDS = (operations.RemoveIndex, operations.RemoveConstraint)
_TOGETHER = (operations.AlterUniqueTogether, operations.AlterIndexTogether)


def autodetector(
    before: ProjectState,
    after: ProjectState,
    questioner: MigrationQuestioner,
    version: tuple[int, int] | None = None,
) -> MigrationAutodetector:
    """Django's autodetector between two states, as the *version* has it that a project runs on."""
    made: type[MigrationAutodetector] = _Steady
    if version is None:
        made = _Together
    elif version < (5, 2):
        made = _WithoutRenaming if version < (4, 1) else _WithoutAltering
    elif version >= (6, 0):
        made = _MembersFirst if version < (6, 1) else _AnotherTarget
    return made(before, after, questioner)


class _Steady(MigrationAutodetector):  # type: ignore[misc]
    """Django's, without its sets: which of two it writes first hangs on how a process hashes texts."""

    creating = False

    def generate_created_models(self) -> None:
        self.creating = True
        super().generate_created_models()
        self.creating = False

    def add_operation(
        self,
        app_label: str,
        operation: operations.base.Operation,
        dependencies: Sequence[OperationDependency] | None = None,
        beginning: bool = False,
    ) -> None:
        related = self.creating and isinstance(operation, operations.AddField)
        if related or isinstance(operation, operations.DeleteModel):
            dependencies = sorted(dependencies or (), key=lambda each: [*map(str, each)])
        super().add_operation(app_label, operation, dependencies, beginning)


class _Together(_Steady):
    """Django's, with ``index_together`` as it was before 5.1."""

    def generate_removed_altered_unique_together(self) -> None:
        super().generate_removed_altered_unique_together()
        self._generate_removed_altered_foo_together(operations.AlterIndexTogether)

    def generate_altered_unique_together(self) -> None:
        super().generate_altered_unique_together()
        self._generate_altered_foo_together(operations.AlterIndexTogether)

    def _get_altered_foo_together_operations(
        self, option_name: str
    ) -> Iterator[tuple[set[tuple[str, ...]], set[tuple[str, ...]], str, str, list[object]]]:
        for old, new, app, model, after in super()._get_altered_foo_together_operations(
            option_name
        ):
            if option_name == operations.AlterIndexTogether.option_name:
                # What became an index of another name has gone with that.
                old = old.difference(self.renamed_index_together_values[app, model])
            yield old, new, app, model, after


class _WithoutAltering(_Together):
    """The one before 5.2, which makes a constraint anew for its words: there is no operation for them."""

    def _constraint_should_be_dropped_and_recreated(self, *_: Member) -> bool:
        return True


class _WithoutRenaming(_WithoutAltering):
    """The one before 4.1, which renames no index: there is no operation for it."""

    def create_altered_indexes(self) -> None:
        super().create_altered_indexes()
        self.renamed_index_together_values.clear()
        for (app, name), altered in self.altered_indexes.items():
            called = self.renamed_models.get((app, name), name)
            old = self.from_state.models[app, called].options["indexes"]
            new = self.to_state.models[app, name].options["indexes"]
            altered["added_indexes"] = [index for index in new if index not in old]
            altered["removed_indexes"] = [index for index in old if index not in new]
            altered["renamed_indexes"] = []


class _MembersFirst(_Steady):
    """
    The one of 6.0: what is made of a field goes before the field, and of a model before its fields.

    A constraint of a field that only its attribute is called otherwise is altered, not made anew.
    """

    deleting = False
    emptied: set[tuple[str, str]]
    """The models that go of which the indexes and constraints have been removed."""

    def generate_deleted_models(self) -> None:
        self.deleting, self.emptied = True, set()
        super().generate_deleted_models()
        self.deleting = False

    def add_operation(
        self,
        app_label: str,
        operation: operations.base.Operation,
        dependencies: Sequence[OperationDependency] | None = None,
        beginning: bool = False,
    ) -> None:
        if self.deleting and not isinstance(operation, _TOGETHER):
            name = getattr(operation, "model_name", None) or operation.name
            self._empty(app_label, name.lower())
        if isinstance(operation, operations.RemoveField):
            dependencies = [*(dependencies or ()), *self._leaning(app_label, operation)]
        super().add_operation(app_label, operation, dependencies, beginning)

    def _empty(self, app: str, model: str) -> None:
        """Remove the indexes and constraints of a model that goes, once."""
        if (app, model) in self.emptied:
            return
        self.emptied.add((app, model))
        state = self.from_state.models[app, model]
        for index in state.options.get("indexes") or ():
            self.add_operation(app, operations.RemoveIndex(model_name=model, name=index.name))
        for constraint in state.options.get("constraints") or ():
            gone = operations.RemoveConstraint(model_name=model, name=constraint.name)
            self.add_operation(app, gone)

    def _leaning(
        self, app: str, operation: operations.RemoveField
    ) -> Iterator[OperationDependency]:
        """What has to go before the field that *operation* removes."""
        model, name = operation.model_name, operation.name
        yield OperationDependency(app, model, name, _MEMBER_GONE)
        state = self.from_state.models.get((app, model.lower()))
        for other in state.fields.values() if state is not None and not self.deleting else ():
            if other.generated and any(name == read for read, _ in other.expression.children):
                gone = OperationDependency.Type.REMOVE
                yield OperationDependency(app, model, other.name, gone)

    def check_dependency(
        self, operation: operations.base.Operation, dependency: OperationDependency
    ) -> bool:
        if dependency.type is _MEMBER_GONE:
            return (
                isinstance(operation, _OF_FIELDS)
                and operation.model_name_lower == dependency.model_name_lower
            )
        return bool(super().check_dependency(operation, dependency))

    def _constraint_should_be_dropped_and_recreated(self, old: Member, new: Member) -> bool:
        made_anew = super()._constraint_should_be_dropped_and_recreated
        renamed = {
            now: before
            for _, _, column, before, _, _, field, now in self.renamed_operations
            if field.db_column and field.db_column == column
        }
        as_before = new.clone()
        as_before.kwargs["fields"] = _renamed(new.kwargs.get("fields"), renamed)
        return bool(made_anew(old, as_before if renamed and new.fields else new))


def _renamed(fields: Any, names: dict[str, str]) -> Any:
    """*fields*, a list or a tuple, by other *names*."""
    return type(fields)(names.get(n, n) for n in fields) if fields else fields


class _AnotherTarget(_MembersFirst):
    """The one of 6.1: a relation to many that leads to another model is removed and added."""

    def add_operation(
        self, app_label: str, operation: operations.base.Operation, *more: Any, **named: Any
    ) -> None:
        if isinstance(operation, operations.AlterField) and self._leads_elsewhere(
            app_label, operation
        ):
            self._generate_removed_field(app_label, operation.model_name, operation.name)
            self._generate_added_field(app_label, operation.model_name, operation.name)
        else:
            super().add_operation(app_label, operation, *more, **named)

    def _leads_elsewhere(self, app: str, operation: operations.AlterField) -> bool:
        model, name = operation.model_name_lower, operation.name
        key = app, self.renamed_models.get((app, model), model)
        if not operation.field.many_to_many or name not in self.from_state.models[key].fields:
            return False
        old, new = self.from_state.models[key].fields[name], operation.field
        if not old.many_to_many:
            return False
        # A model that is called otherwise stands in the new one as in the old one by now.
        one, two = (self.deep_deconstruct(field)[2].get("to") for field in (old, new))
        return bool(one != two)
