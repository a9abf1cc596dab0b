"""
The way back: rolling code back does not roll the schema back.

The commands run with the new code still deployed, because only it has the
files of the migrations that are to be taken back; then the old code goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from shlex import quote

from analyzers.config import Deploy
from analyzers.plan.held_rows import deletions_refused
from analyzers.plan.new_labels import unknown_to_old_code
from analyzers.plan.passing import without_passing
from analyzers.plan.together import together
from analyzers.plan.way_back import WayBack, ways_back
from analyzers.relate.drop_order import refused_drops
from analyzers.relate.enum_types import left_behind
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import added_label, catalogue_only, old_code_fails
from analyzers.relate.manage import migrate
from analyzers.results import Rollback
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    DropColumn,
    DropTable,
    Framework,
    Index,
    Key,
    Migration,
    RenameColumn,
    RenameTable,
    RunCode,
    RunStatement,
    SchemaChange,
    StateOnly,
    UnknownChange,
    ValidateConstraint,
)

_GONE = DropColumn | DropTable | RenameColumn | RenameTable
UNSAFE = "Rolling back the code alone is not safe"


def rollback(facts: Facts) -> Rollback | None:
    """How to take back what the pull request's migrations do; None where it brings no migration."""
    new = new_migrations(facts)
    if not new:
        return None
    steps = steps_of(facts)
    unread = [migration for migration in new if not _is_read(migration)]
    commands = () if unread else (*_django_commands(facts, new), *_alembic_commands(facts, new))
    lost_parents = [
        gap for graph in facts.merged.alembic_graphs for gap in graph.missing if gap.child in new
    ]
    backs = undone(facts)
    stuck = [step for step in steps if step.change.reversible is False]
    failing = [back.fails for back in backs if back.fails]
    notes = [_cannot(step) for step in stuck]
    notes += [
        f"How {migration.key} is taken back is not known: {_what_is_unread(migration)}"
        for migration in unread
    ]
    notes += [
        f"{gap.child.key}: no command runs while {gap.parent.name} does not exist, neither forward nor back."
        for gap in lost_parents
    ]
    bare = [m for m in new if _has_no_downgrade(facts, m)]
    told = {step.migration.key for step in stuck}
    notes += [
        f"{migration.key} cannot be taken back: it has no downgrade(), not even an empty one."
        for migration in bare
        if migration.key not in told
    ]
    refused = refused_drops(facts)
    notes += [
        f"{each.migration.key} cannot be taken back as it is written: downgrade() drops {each.dropped.table}"
        f" while {each.by} refers to it. Drop {each.by}, or its foreign key, first."
        for each in refused
    ]
    notes += [f"The way back fails as soon as there are rows: {why}." for why in failing]
    notes += [
        f"{_name(step)}: whether it can be taken back is not known ({_what(step.change)})."
        for step in steps
        if step.change.reversible is None
    ]
    notes += [f"The way back may fail: {rows} stop it." for back in backs for rows in back.stops]
    lost = [loss.what for back in backs for loss in back.loses]
    notes += [f"Going back loses {what}." for what in lost]
    notes += [
        f"Going back does not bring back {loss.what}: {_it_is(loss.what)} gone once {_name(step)} has run."
        for step, back in zip(steps, backs, strict=True)
        for loss in back.gone
    ]
    notes += _left(steps, backs)
    notes += [
        f"Going back leaves the enum type {name} that {_name(step)} makes, and the upgrade that follows stops at it:"
        f" already exists. Let downgrade() drop it: postgresql.ENUM(name={name!r}).drop(op.get_bind())."
        for step, name in left_behind(facts, steps)
    ]
    along = _taken_along(facts, new)
    # Why there is no way comes before what it would lose.
    notes = [*along, *notes]
    notes += [
        f"Going to {ahead.name} takes back {migration.key.name} alone once it stands behind that: until then migrate"
        " stops at the two leaf nodes."
        for migration in _lowest(new)
        if (ahead := _comes_behind(facts, migration)) is not None and commands
    ]
    labels, perhaps = unknown_to_old_code(facts, steps)
    if labels:
        notes.append(_unread_rows(labels))
    breaking = [step for step in steps if breaks_old_code(step)]
    if breaking:
        listed = _by_verb(_what(step.change) for step in breaking)
        sure = any(isinstance(step.change, _GONE | AddColumn) for step in breaking)
        fails = "fails" if sure else "may fail"
        notes.append(f"{UNSAFE}: the old code {fails} on the new schema ({listed}).")
    elif unclear := [step for step in steps if _is_unread(step.change)]:
        listed = ", ".join(dict.fromkeys(_what(step.change) for step in unclear))
        notes.append(f"Whether the old code runs on the new schema is not known ({listed}).")
    elif perhaps and not labels:
        notes.append(
            f"Rolling back the code alone is safe until new code has written {_few(perhaps)}; then only where the"
            " old code's models do not list the values of the type."
        )
    elif not labels and (
        all(m.readable for m in unread)
        and all(step.change.reversible is not None for step in steps)
    ):
        safe = "Rolling back the code alone is safe: the old code runs on the new schema."
        notes.append(deletions_refused(facts, steps) or safe)
    possible = not (stuck or failing or lost_parents or along or bare or refused)
    return Rollback(
        possible=possible,
        loses_data=bool(lost),
        commands=commands if possible else (),
        notes=together(notes, None),
    )


def _few(labels: Sequence[str]) -> str:
    return ", ".join(labels[:6]) + (" ..." if len(labels) > 6 else "")


def _unread_rows(labels: Sequence[str]) -> str:
    return (
        f"{UNSAFE} once new code has written {_few(labels)}: the old code's models do not know the value, and"
        " SQLAlchemy's Enum raises LookupError in every query that meets such a row; so it does while both"
        " run. Let all code know the value before any writes it."
    )


def _is_read(migration: Migration) -> bool:
    """Whether what comes before *migration* is known; it is what the commands name."""
    return migration.readable and migration.parents_known


def _what_is_unread(migration: Migration) -> str:
    if not migration.readable:
        return "the file could not be read."
    return "code that is not run makes what it comes after."


def _it_is(what: str) -> str:
    return "they are" if what.startswith(("the rows", "the values", "the earlier")) else "that is"


def _is_unread(change: SchemaChange) -> bool:
    """Whether *change* may do anything: an operation or SQL that nobody could read."""
    match change:
        case RunStatement(sql=sql, kind=kind, in_state=False):
            return sql is None or kind == "unreadable"
        case RunCode(unread_sql=True):
            return True
        case _:
            return isinstance(change, UnknownChange)


def _by_verb(acts: Iterable[str]) -> str:
    """``adds a.b, adds a.c, drops d`` as ``adds a.b, a.c; drops d``."""
    found: dict[str, dict[str, None]] = {}
    for act in acts:
        verb, _, name = act.partition(" ")
        found.setdefault(verb, {})[name] = None
    return "; ".join(f"{verb} {', '.join(names)}".strip() for verb, names in found.items())


def _has_no_downgrade(facts: Facts, migration: Migration) -> bool:
    """Whether Alembic would look for a function that the file does not even mention."""
    return (
        migration.framework is Framework.ALEMBIC
        and b"downgrade" not in facts.head.tree.read(migration.path)
        and b"upgrade" in facts.head.tree.read(migration.path)
    )


def steps_of(facts: Facts) -> tuple[Step, ...]:
    """The changes that there are to take back, in the order in which they were made."""
    keys = {migration.key for migration in new_migrations(facts)}
    return without_passing(step for step in facts.steps if step.migration.key in keys)


def undone(facts: Facts) -> tuple[WayBack, ...]:
    """The way back of each change, in the same order."""
    return ways_back([(step, _undone_by(facts, step)) for step in steps_of(facts)])


def new_migrations(facts: Facts) -> tuple[Migration, ...]:
    """
    The migrations that the pull request brings, parents before children.

    Not what databases have under other names: taking back a squash, or a migration
    that was only renamed, would take back what ran long ago.
    """
    before = facts.base.migrations
    own = facts.merge_base.migrations
    known = {key for _, key in (*before, *own)}
    new = {
        migration.key: migration
        for (framework, key), migration in facts.head.migrations.items()
        if (framework, key) not in before
        and (framework, key) not in own
        and known.isdisjoint(migration.replaces)
        and migration.path not in facts.named_anew
    }
    return tuple(_ordered(new))


def _ordered(new: dict[Key, Migration]) -> Iterable[Migration]:
    done: set[Key] = set()
    for start in sorted(new):
        # An explicit stack: a hostile chain may be longer than Python's.
        stack = [(start, False)]
        while stack:
            key, parents_done = stack.pop()
            if key in done:
                continue
            if parents_done:
                done.add(key)
                yield new[key]
                continue
            stack.append((key, True))
            parents = (*new[key].parents, *new[key].depends_on)
            waiting = {k for k, p in stack if p}
            stack += [
                (p, False)
                for p in sorted(parents)
                if p in new and p not in done and p not in waiting
            ]


def _django_commands(facts: Facts, new: Sequence[Migration]) -> tuple[str, ...]:
    """One ``migrate`` for each app, the apps that others build on last."""
    mine = [m for m in new if m.framework is Framework.DJANGO]
    keys = {m.key for m in mine}
    targets: dict[str, str] = {}
    for migration in _lowest(mine):
        app = migration.key.app
        ahead = _comes_behind(facts, migration)
        parents = [p.name for p in _in_its_app(facts, migration) if p not in keys]
        targets[app] = ahead.name if ahead else parents[-1] if parents else "zero"
    deploy = Deploy() if "alembic" in facts.config.deploy.migrate else facts.config.deploy
    order = list(dict.fromkeys(m.key.app for m in reversed(mine)))
    return tuple(
        f"{migrate(deploy, facts.manage(app))} {quote(facts.label(app))} {quote(targets[app])}"
        for app in order
    )


def _lowest(new: Sequence[Migration]) -> list[Migration]:
    """The first of Django's migrations among *new* in each app: all others of it come after that."""
    found: dict[str, Migration] = {}
    for migration in new:
        if migration.framework is Framework.DJANGO:
            found.setdefault(migration.key.app, migration)
    return list(found.values())


def _in_its_app(facts: Facts, migration: Migration) -> tuple[Key, ...]:
    """The parents of *migration* in its own app, which another project of the repository may name alike."""
    app = migration.key.app
    names = (app, facts.label(app))
    return tuple(Key(app, parent.name) for parent in migration.parents if parent.app in names)


def _comes_behind(facts: Facts, migration: Migration) -> Key | None:
    """
    The base's leaf node that *migration* has to be put behind before anything runs.

    None where it stands behind it, and where a merge migration joins the two: then both
    are taken back together, or none.
    """
    app = migration.key.app
    leaves = facts.base.django_graph.leaf_nodes(app)
    graph = facts.merged.django_graph
    if len(leaves) != 1 or len(graph.leaf_nodes(app)) < 2 or migration.key not in graph.parents:
        return None
    behind = leaves[0] in graph.ancestors(migration.key)
    return None if behind or leaves[0] not in graph.parents else leaves[0]


def _taken_along(facts: Facts, new: Sequence[Migration]) -> list[str]:
    """
    What Django would take back besides, because a merge migration joins it to what is new.

    ``migrate`` is told where to stop, and takes back all that came after that; one
    of two lines alone it cannot take back.
    """
    mine = {m.key for m in new if m.framework is Framework.DJANGO}
    of_the_base: dict[Key, set[str]] = {}
    for (framework, key), other in facts.merged.migrations.items():
        if (
            framework is Framework.DJANGO
            and key not in mine
            and (framework, key) in facts.base.migrations
        ):
            for parent in _in_its_app(facts, other):
                of_the_base.setdefault(parent, set()).add(key.name)
    joined = _joined(facts, mine)
    notes = []
    for migration in new:
        app = migration.key.app
        parents = _in_its_app(facts, migration)
        if migration.framework is not Framework.DJANGO or mine.intersection(parents):
            continue
        for parent in parents:
            others = sorted(of_the_base.get(parent, ()))
            if any(Key(app, name) in joined for name in others):
                notes.append(
                    f"Django takes {migration.key} back by going to {parent.name}, and {', '.join(others)} of the base"
                    f" with it. Put {migration.key.name} behind {others[-1]} instead of merging the two."
                )
    return notes


def _joined(facts: Facts, new: Set[Key]) -> frozenset[Key]:
    """All that stands behind the *new* migrations that have another new one behind them."""
    graph = facts.merged.django_graph
    after = (child for key in new if key in graph.parents for child in graph.children[key])
    return graph.ancestors(*(new & graph.descendants(*after)))


def _alembic_commands(facts: Facts, new: Sequence[Migration]) -> tuple[str, ...]:
    mine = [m for m in new if m.framework is Framework.ALEMBIC]
    keys = {m.key for m in mine}
    several = len({key.app for _, key in facts.head.migrations if _ is Framework.ALEMBIC}) > 1
    commands: list[str] = []
    for app in dict.fromkeys(m.key.app for m in mine):
        config = facts.config.alembic.config
        program = f"alembic -c {config}" if config else facts.merged.alembic_program(app)
        comment = f"  # in {app}" if several else ""
        lowest = [
            m
            for m in mine
            if m.key.app == app and not keys.intersection((*m.parents, *m.depends_on))
        ]
        targets = [_alembic_target(facts, m, keys) for m in lowest]
        commands += [
            f"{program} downgrade {quote(target)}{comment}"
            for target in dict.fromkeys(reversed(targets))
        ]
    return tuple(commands)


def _alembic_target(facts: Facts, lowest: Migration, new: Set[Key]) -> str:
    """
    What ``alembic downgrade`` is given to undo *lowest*, all that came after it, and nothing else.

    Going down to a revision undoes all its children. Where one of them is not new (the
    pull request branches off below the base's head, and a merge revision joins the two)
    the branch is named: ``revision@parent``.
    """
    app, name = lowest.key.app, lowest.key.name
    known = {
        migration.key: migration
        for side in (facts.merged, facts.head)
        for (framework, key), migration in side.migrations.items()
        if framework is Framework.ALEMBIC and key.app == app
    }
    if not lowest.parents:
        bases = {key for key, migration in known.items() if not migration.parents}
        return "base" if bases <= new else f"{name}@base"
    for parent in lowest.parents:
        children = {key for key, migration in known.items() if parent in migration.parents}
        if children <= new:
            return parent.name
    return f"{name}@{lowest.parents[0].name}"


def breaks_old_code(step: Step) -> bool:
    """Whether the code at the base fails, or may fail, on the schema after *step*."""
    if step.created_by is not None or step.eased_by is not None:
        return False
    if old_code_fails(
        step.change,
        step.table_before,
        writes_defaults=step.writes_defaults,
        makes_times=step.makes_times,
    ):
        return True
    match step.change:
        case AlterColumn(before=before, after=after):
            # Old code may write what the new type does not take.
            return (
                step.change.sets_type
                and before is not None
                and before.type != after.type
                and not _takes_all(before.type, after.type)
            )
        case AddConstraint() | AddIndex(index=Index(unique=True)):
            return True
        case _:
            return False


_NUMBERS = ("smallint", "integer", "bigint")


def _takes_all(before: str | None, after: str | None) -> bool:
    """Whether every value of the one type is one of the other."""
    if before is None or after is None:
        return False
    if before in _NUMBERS and after in _NUMBERS:
        return _NUMBERS.index(before) <= _NUMBERS.index(after)
    return catalogue_only(before, after)


def _name(step: Step) -> str:
    return str(step.migration.key)


def _cannot(step: Step) -> str:
    name, change = _name(step), step.change
    if added_label(change) is not None:
        return (
            f"{name} cannot be taken back: PostgreSQL takes no value out of an enum type. One that nobody writes"
            " does no harm; say so in the way back."
        )
    if step.migration.framework is Framework.ALEMBIC:
        return (
            f"{name} cannot be taken back: its downgrade() is missing or empty, raises, or drops something"
            " without a name. Let it undo what upgrade() does."
        )
    match change:
        case RunCode(function=function):
            return (
                f"{name} cannot be taken back: RunPython({function or '...'}) has no reverse code."
                " Give it reverse_code, migrations.RunPython.noop where nothing has to be undone."
            )
        case RunStatement():
            return f"{name} cannot be taken back: its SQL has no reverse_sql. Give it one, migrations.RunSQL.noop where nothing has to be undone."
        case _:
            return f"{name} cannot be taken back: {_what(change)}."


def _undone_by(facts: Facts, step: Step) -> Sequence[SchemaChange] | None:
    """What is written to undo *step*; None where the framework does it by itself."""
    if step.migration.framework is Framework.DJANGO:
        return step.change.undone_by
    return facts.merged.alembic_bodies.read(step.migration.path, step.database).back or ()


def _left(steps: Sequence[Step], backs: Sequence[WayBack]) -> Iterator[str]:
    """What the way back leaves as it is, and whether that is of harm."""
    for step, back in zip(steps, backs, strict=True):
        if not back.stays or step.change.reversible is not True:
            continue
        if isinstance(step.change, DropColumn) and step.change.undone_by != ():
            column = f"{step.change.table}.{step.change.column}"
            yield f"Going back brings {column} without its NOT NULL."
        elif breaks_old_code(step):
            yield (
                f"Even after going back the old code may fail: {_name(step)} {_what(step.change)},"
                " and its way back does nothing. Write the SQL that undoes it."
            )
        elif isinstance(step.change, ValidateConstraint):
            yield f"Going back leaves {step.change.name} validated."
        else:
            yield f"Going back leaves what {_name(step)} does to {step.change.table or 'the schema'}: its way back does nothing."


def _what(change: SchemaChange) -> str:
    match change:
        case RunCode(unread_sql=True):
            return "runs SQL that is not known"
        case RunCode():
            return "runs Python"
        case RunStatement():
            return "runs SQL"
        case UnknownChange(text=text):
            return f"does what cannot be read: `{text}`" if text else "does what cannot be read"
        case _:
            pass
    words = {
        "AddColumn": "adds",
        "DropColumn": "drops",
        "DropTable": "drops",
        "RenameColumn": "renames",
        "RenameTable": "renames",
        "AlterColumn": "alters",
        "AddConstraint": "constrains",
        "DropConstraint": "lets go a constraint of",
        "AddIndex": "indexes",
        "CreateTable": "creates",
    }
    kind = type(change).__name__
    column = getattr(change, "column", None) or getattr(
        getattr(change, "after", None), "name", None
    )
    column = getattr(column, "name", column)
    name = ".".join(
        part for part in (change.table, column if isinstance(column, str) else None) if part
    )
    if isinstance(change, StateOnly) or not name:
        return "changes the schema"
    return f"{words.get(kind, 'changes')} {name}"
