"""SQL that makes what other statements need: it stays ahead of them in a split."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyzers.vocabulary import RunStatement, SchemaChange

_THINGS = (
    r"(?:create\s+(?:or\s+replace\s+)?(?:trusted\s+)?"
    r"(?:type|domain|extension|function|procedure|schema|sequence|collation|aggregate|operator|cast)"
    r"|alter\s+type)\b"
)
_DEFINES = re.compile(rf"\s*{_THINGS}", re.IGNORECASE)
_IN_BLOCK = re.compile(
    rf"\s*do\b(?!.*\b(?:insert\s+into|update|delete\s+from)\s).*\b{_THINGS}",
    re.IGNORECASE | re.DOTALL,
)
_WRITES = frozenset({"insert", "update", "delete", "unreadable"})


def defines(changes: Sequence[SchemaChange]) -> bool:
    """Whether *changes* make a type, an extension, a function or the like, and write no rows."""
    sql = [c for c in changes if isinstance(c, RunStatement) and c.sql is not None]
    return (
        len(sql) == len(changes)
        and any(_DEFINES.match(c.sql or "") or _IN_BLOCK.match(c.sql or "") for c in sql)
        and not any(c.kind in _WRITES for c in sql)
    )


_ENDS = re.compile(r"\s*drop\s+(?:type|domain)\b", re.IGNORECASE)


def ends_type(change: SchemaChange) -> bool:
    """Whether *change* drops a type: columns that are left until the end may be of it."""
    return isinstance(change, RunStatement) and _ENDS.match(change.sql or "") is not None
