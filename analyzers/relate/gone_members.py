"""Members of the project's enums that committed migrations ask for and that the merged tree does not have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from analyzers.frozen import dataclass
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.last_names import last_name
from analyzers.relate.broken_imports import asked
from analyzers.relate.facts import Facts
from analyzers.relate.scopes import bound_at_top

_ENUMS = frozenset(
    {
        *("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"),
        *("TextChoices", "IntegerChoices", "str", "int"),
    }
)
_SPEAKS_OF_ENUMS = re.compile(rb"^class\b[^\n]*(?:Enum|Flag|Choices)", re.MULTILINE)
_BY_TEXT = frozenset({"locals", "vars", "exec", "globals"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneMember:
    """A member that is asked for, and where."""

    line: int
    member: str
    """``Status.new``."""
    path: str
    """The file that has had it."""


class Members:
    """The enums of the project, as the base and as the merged tree have them."""

    def __init__(self, facts: Facts) -> None:
        self._base = Modules(facts.comparison.base)
        self._merged = Modules(facts.comparison.merged)
        self._tree = facts.comparison.merged
        self._before = facts.comparison.base
        self._changed = frozenset(p for p in facts.changed_paths if p.endswith(".py"))

    def gone(self, path: str) -> GoneMember | None:
        """The first member of an enum that the migration *path*, which stays as it is, finds no more."""
        if not self._losing or path in self._changed or not self._may_ask(path):
            return None
        own = self._base.at(path)
        if own is None:
            return None
        bound = [*bound_at_top(own.tree.body)]
        for statement in own.tree.body:
            if not isinstance(statement, ast.ImportFrom):
                continue
            for dotted, _ in asked(statement, path):
                for alias in statement.names:
                    local = alias.asname or alias.name
                    lost = self._lost(f"{dotted}.{alias.name}", path)
                    if not lost or bound.count(local) != 1:
                        continue
                    for node in _certain(own.tree):
                        match node:
                            case ast.Attribute(value=ast.Name(id=name), attr=member) if (
                                name == local and member in lost
                            ):
                                return GoneMember(
                                    line=node.lineno, member=f"{local}.{member}", path=lost[member]
                                )
                            case _:
                                pass
        return None

    @cached_property
    def _losing(self) -> frozenset[bytes]:
        """The names of the enums that lose a member: for one of them alone the migrations are looked through."""
        found: set[bytes] = set()
        for path in self._changed & {*self._before.paths()} & {*self._tree.paths()}:
            if not _SPEAKS_OF_ENUMS.search(self._before.read(path)):
                continue
            before, after = (_enums(m.at(path)) for m in (self._base, self._merged))
            found.update(
                name.encode() for name in before.keys() & after.keys() if before[name] - after[name]
            )
        return frozenset(found)

    def _may_ask(self, path: str) -> bool:
        content = self._tree.read(path)
        return any(name in content for name in self._losing)

    def _lost(self, dotted: str, path: str) -> dict[str, str]:
        """The members of the enum *dotted* that the base has and the merged tree has not, with their file."""
        before, after = (m.definition(dotted, path) for m in (self._base, self._merged))
        if before is None or after is None or before[1].path not in self._changed:
            return {}
        old, new = before[0], after[0]
        if not isinstance(old, ast.ClassDef) or not isinstance(new, ast.ClassDef):
            return {}
        had, has = _members(old), _members(new)
        return {} if had is None or has is None else dict.fromkeys(had - has, before[1].path)


def _enums(module: Module | None) -> dict[str, set[str]]:
    """What each enum at the top of *module* binds."""
    found = {}
    for node in module.tree.body if module is not None else ():
        if isinstance(node, ast.ClassDef) and (members := _members(node)) is not None:
            found[node.name] = members
    return found


def _members(node: ast.ClassDef) -> set[str] | None:
    """What the body of the enum *node* binds; None where it is none, or may have more."""
    bases = {last_name(base) for base in node.bases}
    decorators = {last_name(each) for each in node.decorator_list}
    if not bases <= _ENUMS or bases <= {"str", "int"}:
        return None
    if node.keywords or decorators - {"unique"}:
        return None
    if any(isinstance(each, ast.Name) and each.id in _BY_TEXT for each in ast.walk(node)):
        return None
    return {*bound_at_top(node.body)}


def _certain(module: ast.Module) -> Iterator[ast.AST]:
    """The nodes of *module*, in the order of the source, without what a ``try`` may catch."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.Try | ast.TryStar):
            todo += reversed([*ast.iter_child_nodes(node)])
