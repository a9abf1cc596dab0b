"""Members of the project's enums that committed migrations ask for and that the merged tree does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from analyzers.frozen import dataclass
from analyzers.read.alembic.modules import Modules
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
        self._changed = frozenset(p for p in facts.changed_paths if p.endswith(".py"))

    def gone(self, path: str) -> GoneMember | None:
        """The first member of an enum that the migration *path*, which stays as it is, finds no more."""
        if path in self._changed or not self._may_ask(path):
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
    def _stems(self) -> frozenset[bytes]:
        names = (p.removesuffix(".py").removesuffix("/__init__") for p in self._changed)
        return frozenset(name.rpartition("/")[2].encode() for name in names)

    def _may_ask(self, path: str) -> bool:
        content = self._tree.read(path)
        return b"." in content and any(stem in content for stem in self._stems)

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
