"""What may change in a generated SQLAlchemy project: one thing at a time."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator

from tests.oracles.alembic_projects import TYPES, Col, Project, Tab

Mutation = Callable[[Project, random.Random], str | None]
"""Changes the project and says in what; None where it does not apply."""


def add_column(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    col = Col(f"new_{rng.randint(0, 999)}", rng.choice(TYPES), null=rng.random() < 0.7)
    if col.type not in {"json", "text", "bytes"}:
        col.index, col.unique = rng.random() < 0.2, rng.random() < 0.2
    tab.cols.insert(rng.randint(0, len(tab.cols)), col)
    return f"add {tab.name}.{col.name} {col.type}"


def add_reference(p: Project, rng: random.Random) -> str | None:
    tab, other = rng.choice(p.tabs), rng.choice(p.tabs)
    col = Col(f"ref_{rng.randint(0, 999)}", "int", null=True, fk=f"{other.name}.id")
    tab.cols.append(col)
    return f"add {tab.name}.{col.name} -> {other.name}"


def _free(p: Project) -> list[tuple[Tab, Col]]:
    """Columns that no composite index or constraint names."""
    return [
        (t, c)
        for t in p.tabs
        for c in t.cols
        if not any(c.name in u for u in t.uniques) and not any(c.name in i[1] for i in t.indexes)
    ]


def remove_column(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice(_free(p))
    if len(tab.cols) < 3:
        return None
    tab.cols.remove(col)
    return f"remove {tab.name}.{col.name}"


def rename_column(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice(_free(p))
    col.name, old = f"{col.name}_renamed", col.name
    return f"rename {tab.name}.{old}"


def toggle_null(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    col = rng.choice(tab.cols)
    col.null = not col.null
    return f"null {tab.name}.{col.name} {col.null}"


def change_type(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice([pair for pair in _free(p) if pair[1].fk is None])
    if col.index or col.unique:
        return None
    old, col.type = col.type, rng.choice([t for t in TYPES if t != col.type])
    return f"type {tab.name}.{col.name} {old} {col.type}"


def toggle_index(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice(_free(p))
    if col.type in {"json", "text", "bytes"} or col.unique:
        return None
    col.index = not col.index
    return f"index {tab.name}.{col.name} {col.index}"


def toggle_unique(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice(_free(p))
    if col.type in {"json", "text", "bytes"}:
        return None
    col.unique = not col.unique
    return f"unique {tab.name}.{col.name} {col.unique} index={col.index}"


def toggle_reference(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    refs = [c for c in tab.cols if c.fk]
    if refs and rng.random() < 0.5:
        refs[0].fk = None
        return f"drop fk {tab.name}.{refs[0].name}"
    ints = [c for c in tab.cols if c.type == "int" and not c.fk]
    if not ints:
        return None
    ints[0].fk = f"{p.tabs[0].name}.id"
    return f"add fk {tab.name}.{ints[0].name}"


def change_action(p: Project, rng: random.Random) -> str | None:
    refs = [(t, c) for t in p.tabs for c in t.cols if c.fk]
    if not refs:
        return None
    tab, col = rng.choice(refs)
    ways = [None, "CASCADE", *(["SET NULL"] if col.null else [])]
    col.on_delete = rng.choice([way for way in ways if way != col.on_delete])
    return f"on delete {tab.name}.{col.name} {col.on_delete}"


def add_table(p: Project, rng: random.Random) -> str | None:
    name = f"fresh_{rng.randint(0, 999)}"
    cols = [Col("title", "str50", index=True), Col("owner_id", "int", fk=f"{p.tabs[0].name}.id")]
    p.tabs.append(Tab(name, name.title().replace("_", ""), cols, stamped=rng.random() < 0.5))
    return f"add table {name}"


def remove_table(p: Project, rng: random.Random) -> str | None:
    used = {c.fk.partition(".")[0] for t in p.tabs for c in t.cols if c.fk}
    used |= {n for link in p.links for n in link[1:]}
    free = [t for t in p.tabs if t.name not in used]
    if not free:
        return None
    tab = rng.choice(free)
    p.tabs.remove(tab)
    return f"remove table {tab.name}"


def composite_unique(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    if tab.uniques and rng.random() < 0.5:
        return f"drop unique {tab.name} {tab.uniques.pop()}"
    plain = tuple(c.name for c in tab.cols if c.type not in {"json", "text", "bytes"})[-2:]
    if len(plain) < 2 or plain in tab.uniques:
        return None
    tab.uniques.append(plain)
    return f"unique {tab.name} {plain}"


def composite_index(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    if tab.indexes and rng.random() < 0.5:
        return f"drop index {tab.name} {tab.indexes.pop()}"
    plain = tuple(c.name for c in tab.cols if c.type not in {"json", "text", "bytes"})[-2:]
    if len(plain) < 2:
        return None
    tab.indexes.append((f"fresh_{tab.name}", plain, rng.random() < 0.3))
    return f"index {tab.name} {plain}"


def toggle_link(p: Project, rng: random.Random) -> str | None:
    if rng.random() < 0.4 and p.links:
        return f"drop link {p.links.pop()}"
    one, two = rng.sample(p.tabs, 2)
    p.links.append((f"{one.name}_{two.name}_link", one.name, two.name))
    return f"link {one.name} {two.name}"


def toggle_mixin(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    tab.stamped = not tab.stamped
    return f"mixin {tab.name} {tab.stamped}"


def nothing(p: Project, rng: random.Random) -> str | None:
    """Edits that no database sees."""
    tab = rng.choice(p.tabs)
    match rng.randint(0, 5):
        case 0:
            tab.methods += 1
            return f"method {tab.name}"
        case 1:
            tab.doc = "What it is for."
            return f"doc {tab.name}"
        case 2:
            col = rng.choice(tab.cols)
            col.default = not col.default
            return f"python default {tab.name}.{col.name}"
        case 3:
            rng.shuffle(tab.cols)
            return f"order {tab.name}"
        case 4:
            col = rng.choice(tab.cols)
            used = any(col.name in names for _, names, _ in tab.indexes)
            col.attribute = None if col.attribute else f"a_{col.name}"
            return None if used else f"attribute {tab.name}.{col.name}"
        case _:
            col = rng.choice(tab.cols)
            col.comment = "why it is there"
            return f"comment {tab.name}.{col.name}"


MUTATIONS: tuple[Mutation, ...] = (
    *(add_column, add_reference, remove_column, rename_column, toggle_null, change_type),
    *(toggle_index, toggle_unique, toggle_reference, add_table, remove_table, composite_unique),
    *(composite_index, toggle_link, toggle_mixin, nothing, nothing, change_action),
)


def mutants(base: Project, seed: int, count: int) -> Iterator[tuple[str, Project]]:
    """*count* projects that differ from *base* in one thing, with what that is."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        changed = copy.deepcopy(base)
        said = MUTATIONS[made % len(MUTATIONS)](changed, rng)
        if said is None:
            changed = copy.deepcopy(base)
            said = rng.choice(MUTATIONS)(changed, rng)
        if said is not None:
            made += 1
            yield said, changed
