"""The migrations that a split writes, one behind the other: their names, their numbers, and what each depends on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

from analyzers.findings import Suggestion
from analyzers.plan.migration_file import migration_text
from analyzers.plan.parts import Unit
from analyzers.relate.facts import Facts
from analyzers.relate.reparent import reparent
from analyzers.vocabulary import Key, Migration


def only_merges(migration: Migration) -> bool:
    """Whether *migration* does nothing but come after two of its app."""
    beside = [parent.app for parent in migration.parents]
    return not migration.operation_count and len(beside) > len(set(beside))


class Chain:
    """
    Numbers the migrations of each app onward, in the order in which they are asked for.

    The files of the pull request's own migrations are not there any more: what depended
    on one of them depends on the last file that was written for its app.
    """

    def __init__(self, facts: Facts, new: Mapping[Key, Migration]) -> None:
        self.facts = facts
        self.first: dict[str, Migration] = {}
        for migration in new.values():
            self.first.setdefault(migration.key.app, migration)
        self.gone = {*new, *(m.key for m in facts.new_migrations if only_merges(m))}
        self.last: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.named: dict[str, set[tuple[str, str]]] = {}
        self._before = cache(self._apps_before)
        self._moved = cache(self._behind_the_base)

    def add(self, app: str, unit: Unit) -> tuple[str, str]:
        """The path and the text of the next migration of *app*."""
        first = self.first[app]
        moved = self._moved(app)
        if app not in self.numbers:
            path = (moved.rename_to if moved else None) or first.path
            digits = re.match(r"\d+", path.rpartition("/")[2])
            self.numbers[app] = int(digits.group()) if digits else 1
        slug = re.sub(r"\W+", "_", unit.slug).strip("_")[:50]
        name = f"{self.numbers[app]:04d}_{slug}"
        self.numbers[app] += 1
        written, module = self._dependencies(app, first, moved)
        self.last[app] = name
        directory = first.path.rpartition("/")[0]
        return f"{directory}/{name}.py", migration_text(unit, written, module)

    def _dependencies(
        self, app: str, first: Migration, moved: Suggestion | None
    ) -> tuple[tuple[ast.expr, ...], ast.Module | None]:
        """The items of ``dependencies``, and the module that explains their names."""
        module = None
        if app in self.last:
            items = [_item((self.facts.label(app), self.last[app]))]
        elif (written := self._as_written(first, moved)) is not None:
            value, module = written
            items = [item for each in value.elts for item in self._standing_items(each)]
        else:
            items = [_item(key) for parent in first.parents for key in self._standing(parent)]
        items += [
            _item((self.facts.label(other), self.last[other]))
            for other in sorted(self._before(app))
            if other in self.last
        ]
        named = self.named.setdefault(app, set())
        kept = []
        for item in items:
            key = _key(item)
            if key is None or key not in named:
                kept.append(item)
            if key is not None:
                named.add(key)
        return tuple(kept), module

    def _standing_items(self, item: ast.expr) -> tuple[ast.expr, ...]:
        """*item*, or what stands in the place of the migration that it names."""
        named = _key(item)
        gone = next((k for k in self.gone if (self.facts.label(k.app), k.name) == named), None)
        return (item,) if gone is None else tuple(_item(key) for key in self._standing(gone))

    def _standing(self, key: Key) -> Iterator[tuple[str, str]]:
        """What to depend on in the place of *key*: itself, where it stays."""
        seen: set[Key] = set()
        todo = [key]
        while todo:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            if at not in self.gone:
                yield self.facts.label(at.app), at.name
            elif at.app in self.last:
                yield self.facts.label(at.app), self.last[at.app]
            else:
                todo += reversed(self._parents(at))

    def _apps_before(self, app: str) -> frozenset[str]:
        """The other apps whose new migrations come before those of *app*."""
        found: set[Key] = set()
        todo = [key for key in self.gone if key.app == app]
        while todo:
            above = {p for p in self._parents(todo.pop()) if p in self.gone} - found
            found |= above
            todo += above
        return frozenset(key.app for key in found if key.app != app)

    def _parents(self, key: Key) -> list[Key]:
        return sorted(self.facts.merged.django_graph.parents.get(key, ()))

    def _behind_the_base(self, app: str) -> Suggestion | None:
        """The edit that puts the first migration of *app* behind the base's leaf node; None where it stands there already."""
        first = self.first[app]
        leaves = self.facts.base.django_graph.leaf_nodes(app)
        label = self.facts.label(app)
        if len(leaves) != 1 or any(
            parent.name == leaves[0].name and parent.app in (app, label) for parent in first.parents
        ):
            return None
        return reparent(self.facts.head.tree, first, onto=leaves[0], app_label=label)

    def _as_written(
        self, migration: Migration, moved: Suggestion | None
    ) -> tuple[ast.List, ast.Module] | None:
        """The list itself, since it may hold ``swappable_dependency`` and the like."""
        try:
            lines = self.facts.head.tree.read(migration.path).decode().splitlines()
            if moved is not None:
                lines[moved.start_line - 1 : moved.end_line] = [moved.replacement]
            module = ast.parse("\n".join(lines))
        except (KeyError, SyntaxError, ValueError):
            return None
        for node in ast.walk(module):
            match node:
                case ast.Assign(targets=[ast.Name(id="dependencies")], value=ast.List() as value):
                    return value, module
                case _:
                    pass
        return None


def _item(key: tuple[str, str]) -> ast.expr:
    """*key* as an item of ``dependencies``."""
    return ast.Tuple(elts=[ast.Constant(part) for part in key], ctx=ast.Load())


def _key(item: ast.expr) -> tuple[str, str] | None:
    """The migration that an item of ``dependencies`` names, where it is written out."""
    match item:
        case ast.Tuple(elts=[ast.Constant(value=str(app)), ast.Constant(value=str(name))]):
            return app, name
        case _:
            return None
