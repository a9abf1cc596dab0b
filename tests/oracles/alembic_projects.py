"""
Generated SQLAlchemy projects, described once for all styles.

A project is a list of tables; ``alembic_project_mutations`` changes one thing in
it, and ``alembic_styles`` writes its files.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Col:
    name: str
    type: str
    """``str``, ``str50``, ``text``, ``int``, ``bigint``, ``bool``, ``float``, ``numeric``,
    ``datetime``, ``datetimetz``, ``date``, ``uuid``, ``json``, ``enum``, ``bytes``."""
    null: bool = False
    index: bool = False
    unique: bool = False
    fk: str | None = None
    """``table.column``"""
    on_delete: str | None = None
    attribute: str | None = None
    default: bool = False
    comment: str = ""


@dataclass
class Tab:
    name: str
    cls: str
    cols: list[Col]
    stamped: bool = False
    """Takes ``created`` and ``updated`` from a mixin."""
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    indexes: list[tuple[str, tuple[str, ...], bool]] = field(default_factory=list)
    methods: int = 0
    doc: str = ""

    def col(self, name: str) -> Col:
        return next(c for c in self.cols if c.name == name)


@dataclass
class Project:
    tabs: list[Tab]
    links: list[tuple[str, str, str]] = field(default_factory=list)
    """Association tables: name, and the two tables."""


TYPES = (
    *("str", "str50", "str100", "text", "int", "bigint", "bool", "float", "numeric", "datetime"),
    *("datetimetz", "date", "uuid", "json", "bytes", "enum", "smallint", "numeric12", "interval"),
)


def project(seed: int) -> Project:
    """A project of 6 to 9 tables, always the same for one seed."""
    rng = random.Random(seed)
    tabs: list[Tab] = []
    for number in range(rng.randint(6, 9)):
        name = f"{rng.choice(['user', 'order', 'item', 'page', 'team', 'event'])}_{number}"
        cols = [
            Col(f"c{i}_{rng.choice(TYPES)}", rng.choice(TYPES)) for i in range(rng.randint(3, 8))
        ]
        for col in cols:
            col.null = rng.random() < 0.4
            col.default = rng.random() < 0.2
            if col.type not in {"json", "text", "bytes"}:
                col.index = rng.random() < 0.2
                col.unique = rng.random() < 0.15
            if rng.random() < 0.15:
                col.attribute = f"a_{col.name}"
        tab = Tab(name, name.title().replace("_", ""), cols, stamped=rng.random() < 0.5)
        for other in rng.sample(tabs, min(len(tabs), rng.randint(0, 2))):
            tab.cols.append(
                Col(
                    f"{other.name}_id",
                    "int",
                    null=rng.random() < 0.5,
                    index=rng.random() < 0.5,
                    fk=f"{other.name}.id",
                )
            )
        plain = [c.name for c in cols if c.type not in {"json", "text", "bytes"}]
        if len(plain) >= 2 and rng.random() < 0.6:
            tab.uniques.append(tuple(plain[:2]))
        if len(plain) >= 3 and rng.random() < 0.6:
            tab.indexes.append((f"by_{name}", tuple(plain[1:3]), rng.random() < 0.3))
        for number, col in enumerate(c for c in tab.cols if c.fk):
            # By position, so that all else stays as the seed had it.
            col.on_delete = (None, "CASCADE", "SET NULL" if col.null else None)[number % 3]
        tabs.append(tab)
    links = [(f"{tabs[0].name}_{tabs[1].name}", tabs[0].name, tabs[1].name)]
    return Project(tabs, links)
