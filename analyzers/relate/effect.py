"""What one change does to one table that stands already, and the databases' words for its locks."""

from __future__ import annotations

from analyzers.frozen import dataclass

ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
SHARE = "SHARE"
SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
ROW_EXCLUSIVE = "ROW EXCLUSIVE"
ROW_SHARE = "ROW SHARE"

# InnoDB's: a statement that has no need to copy the table takes its lock for two moments only.
INSTANT = "ALGORITHM=INSTANT"
NOCOPY = "ALGORITHM=NOCOPY, LOCK=NONE"
INPLACE = "ALGORITHM=INPLACE, LOCK=NONE"
INPLACE_SHARED = "ALGORITHM=INPLACE, LOCK=SHARED"
COPY = "ALGORITHM=COPY, LOCK=SHARED"
METADATA = "EXCLUSIVE METADATA LOCK"
PARENT = "SHARED METADATA LOCK"
"""Of the table that a new foreign key points to, while the other one is copied."""

BLOCKS_READS = frozenset({ACCESS_EXCLUSIVE})
BLOCKS_WRITES = frozenset(
    {
        ACCESS_EXCLUSIVE,
        "EXCLUSIVE",
        SHARE_ROW_EXCLUSIVE,
        SHARE,
        INPLACE_SHARED,
        COPY,
        PARENT,
    }
)
QUEUES = frozenset({INSTANT, NOCOPY, INPLACE, INPLACE_SHARED, COPY, METADATA})


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one change does to one table that stands already."""

    table: str
    mode: str
    """The database's own word for the lock."""
    rewrites: bool = False
    """Every row is written anew."""
    scans: bool = False
    """Every row is read while the lock is held."""

    @property
    def blocks_reads(self) -> bool:
        """Whether queries wait."""
        return self.mode in BLOCKS_READS

    @property
    def blocks_writes(self) -> bool:
        """Whether inserts, updates and deletes wait."""
        return self.mode in BLOCKS_WRITES

    @property
    def queues(self) -> bool:
        """Whether it waits for open transactions that have read the table, and all else waits behind it."""
        return self.mode in BLOCKS_READS or self.mode in QUEUES
