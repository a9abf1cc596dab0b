"""Which of the base's migrations are edited when the pull request is merged, and how far that reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.read.alembic.meaning import as_written as written
from analyzers.read.alembic.plain_names import with_plain_names
from analyzers.read.alembic.revisions import Revision, revision_meaning
from analyzers.read.alembic.types_in_sql import with_types_in_sql
from analyzers.read.alembic.types_said_later import without_later_types
from analyzers.read.django.migrations import Content
from analyzers.relate.class_methods import without_unnamed
from analyzers.relate.differences import Reach, Squashes, difference
from analyzers.relate.facts import Facts
from analyzers.relate.imported import run_from
from analyzers.relate.meaning import around_operations, as_written
from analyzers.relate.read_files import KINDS, base_name, files_read, with_read_files
from analyzers.relate.same_columns import same_columns
from analyzers.relate.snapshot import counterpart
from analyzers.vocabulary import Framework, Migration, RunCode

SOFT = frozenset(
    {Reach.STATE, Reach.SPELLING, Reach.MOVED, Reach.LIBRARY, Reach.SQUASHED, Reach.ELSEWHERE}
    | {Reach.FAKED}
)
"""What leaves databases as they are, as far as the file itself tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A committed migration with another meaning."""

    before: Migration
    after: Migration
    parts: tuple[str, ...]
    """What differs: ``dependencies``, ``operations``, ``code``, a helper's path ..."""
    reach: Reach
    helper: str | None = None
    """The file in which the code that it runs was changed, where it is another one."""


def edited(facts: Facts) -> Iterator[Edited]:
    """Committed migrations that the merge changes in meaning: by their files, then by the code that they run."""
    helped = {edit.before.path: edit for edit in _helpers(facts, set(facts.changed_paths))}
    for edit in _files(facts):
        other = helped.pop(edit.before.path, edit)
        yield other if edit.reach in SOFT and other.reach is Reach.DATABASE else edit
    yield from helped.values()


def _files(facts: Facts) -> Iterator[Edited]:
    """Committed migrations whose files the merge changes in meaning, sorted by path."""
    base, merged = facts.comparison.base, facts.comparison.merged
    changed = set(facts.changed_paths)
    squashes = _squashes(facts)
    stayed = sorted(changed & facts.base.by_path.keys() & facts.merged.by_path.keys())
    for before, after in (
        *((facts.base.by_path[path], facts.merged.by_path[path]) for path in stayed),
        *_moved_with_their_app(facts),
    ):
        paths = before.path, after.path
        old, new = base.read(before.path), merged.read(after.path)
        own = before.framework is Framework.ALEMBIC
        plain = _plain(old, new) if own else (old, new)
        differs = _revision_parts(facts, after, plain) if own else ()
        if differs and _types_alone_differ(facts, (before, after), plain):
            differs = ()
        same = own and not differs
        found = None if same else difference(base, merged, paths, squashes=squashes, sources=plain)
        if (
            found is not None
            and found[1] is Reach.DATABASE
            and _no_column_differs(facts, before, after)
        ):
            found = found[0], Reach.STATE
        if found == (("imports",), Reach.STATE) and not (
            own or _no_column_differs(facts, before, after)
        ):
            found = found[0], Reach.ELSEWHERE
        if found is not None and found[0] == ("initial",):
            found = found[0], Reach.SPELLING if _same_first(facts, before, after) else Reach.FAKED
        write = written if same else as_written
        if found is None:
            texts = write(old), write(new)
            # Of a file that cannot be read nothing is said but that.
            if None not in texts and texts[0] != texts[1]:
                found = (), Reach.SPELLING
        if found is not None:
            parts, reach = found
            if reach is Reach.DATABASE and _finishes(facts, (before, after), parts, squashes):
                reach = Reach.FINISHED
            if found == (("dependencies",), Reach.DATABASE):
                if _untied(facts, before):
                    reach = Reach.UNTIED
                elif _was_lost(facts, before):
                    reach = Reach.FOUND
                elif led_to_an_end(facts, before):
                    reach = Reach.JOINED
                elif _waits_for_what_stands(facts, before, after):
                    reach = Reach.ORDER
            if reach in {Reach.DATABASE, Reach.BACK} and before.framework is Framework.ALEMBIC:
                parts = differs or parts
                reach = _reach(facts, (before, after), parts, reach)
            yield Edited(before=before, after=after, parts=parts, reach=reach)
    yield from _edited_on_the_way(facts)


def _plain(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Both versions of a revision without what makes no difference between the two."""
    before = with_plain_names(old)
    return before, without_later_types(before, with_plain_names(new))


def _same_first(facts: Facts, *sides: Migration) -> bool:
    """Whether Django takes both for one of their app's first, or neither: what does not say so has no parent there."""
    first = {
        all(facts.label(parent.app) != facts.label(side.key.app) for parent in side.parents)
        if side.initial is None and side.parents_known
        else side.initial
        for side in sides
    }
    return len(first) == 1


def _moved_with_their_app(facts: Facts) -> Iterator[tuple[Migration, Migration]]:
    """Django's migrations whose app has another directory and its old label, but for those that moved as they were."""
    here, there = facts.merged.by_path, facts.base.by_path
    labels = {a.name: a.label for a in facts.base.django.apps}
    new = {
        (facts.label(m.key.app), m.key.name): m
        for path, m in here.items()
        if path not in there and m.framework is Framework.DJANGO
    }
    for path, before in sorted(there.items()) if new else ():
        label = labels.get(before.key.app, before.key.app)
        after = new.get((label, before.key.name))
        if (
            after is not None
            and before.framework is Framework.DJANGO
            and path not in here
            and path not in facts.renamed
        ):
            yield before, after


def _edited_on_the_way(facts: Facts) -> Iterator[Edited]:
    """Revisions whose files move to another directory, and are changed in meaning as well."""
    for path, after in sorted(facts.twins.items()):
        before = facts.base.by_path[path]
        base, merged = facts.comparison.base, facts.comparison.merged
        texts = base.read(path), merged.read(after.path)
        parts = _revision_parts(facts, after, texts)
        found = difference(base, merged, (path, after.path)) if parts else None
        if found is None:
            continue
        reach = _reach(facts, (before, after), parts, found[1])
        if reach is Reach.DATABASE and _types_alone_differ(facts, (before, after), texts):
            parts, reach = (), Reach.SPELLING
        yield Edited(before=before, after=after, parts=parts, reach=reach)


def _no_column_differs(facts: Facts, before: Migration, after: Migration) -> bool:
    """Whether fields alone differ in the two, and no database can tell which of them it has."""
    old, new = facts.comparison.base.read(before.path), facts.comparison.merged.read(after.path)
    if before.framework is not Framework.DJANGO:
        return False
    beside = around_operations(old, before.path)
    if beside is None or beside != around_operations(new, after.path):
        return False
    views = facts.views
    try:
        return same_columns((views[0], before), (views[1], after))
    except (RecursionError, LookupError, TypeError, ValueError, AttributeError):
        # Hostile or strange source: then it is an edit.
        return False


def _revision_parts(
    facts: Facts, revision: Migration, texts: tuple[bytes, bytes]
) -> tuple[str, ...]:
    """The parts of *revision*'s file that differ in meaning between two *texts*: ``upgrade``, ``down_revision`` ..."""
    if texts[0] == texts[1]:
        return ()
    graph = facts.merged.alembic_graph_of(revision.key)
    dialect = facts.merged.alembic_dialect(graph) if graph is not None else ""
    sure = graph is not None and (
        facts.merged.said_alembic_dialect(graph) is not None
        or facts.merged.asks_for_postgresql_alone
    )
    one, two = (dict(revision_meaning(text, dialect, sure=sure)) for text in texts)
    return tuple(sorted(k for k in {*one, *two} if one.get(k) != two.get(k)))


def _types_alone_differ(
    facts: Facts, sides: tuple[Migration, Migration], texts: tuple[bytes, bytes]
) -> bool:
    """Whether the two *texts* of a revision give their columns the same types by other names."""
    before, after = sides
    graph = facts.merged.alembic_graph_of(after.key)
    said = facts.merged.said_alembic_dialect(graph) if graph is not None else None
    if said is None and facts.merged.asks_for_postgresql_alone:
        said = "postgresql"
    databases = (said,) if said is not None else ("postgresql", "mysql", "sqlite")
    one = with_types_in_sql(texts[0], before.path, facts.comparison.base, databases)
    two = with_types_in_sql(texts[1], after.path, facts.comparison.merged, databases)
    return one is not None and two is not None and not _revision_parts(facts, after, (one, two))


def _reach(
    facts: Facts, sides: tuple[Migration, Migration], parts: tuple[str, ...], reach: Reach
) -> Reach:
    """How far it goes that *parts* of a revision differ, which is *reach* as far as its text tells."""
    before, after = sides
    if reach is not Reach.DATABASE:
        return reach
    if parts == ("branch_labels",):
        gone = set(before.branch_labels) - set(after.branch_labels)
        return Reach.UNLABELLED if gone else Reach.LABELLED
    if parts == ("downgrade",):
        return Reach.BACK
    if parts == ("down_revision",) and _joins_heads(facts, after):
        return Reach.JOINED
    return Reach.DATABASE


def _joins_heads(facts: Facts, revision: Migration) -> bool:
    """Whether the base has more heads in the graph of *revision* than the merged tree."""
    for graph in facts.merged.alembic_graphs:
        base = counterpart(facts.base, graph)
        if revision.key in graph.migrations and base is not None:
            heads = [sum(len(g.leaf_nodes(app)) for app in g.apps) for g in (base, graph)]
            return heads[0] > heads[1] and not graph.cycles
    return False


def _finishes(
    facts: Facts, sides: tuple[Migration, Migration], parts: tuple[str, ...], squashes: Squashes
) -> bool:
    """Whether a squash of the base only ceases to name what it replaced, of which nothing is left."""
    before, after = sides
    left = {(facts.label(m.key.app), m.key.name) for m in facts.merged.migrations.values()}
    one, two = ({(facts.label(p.app), p.name) for p in m.parents} for m in sides)
    return (
        bool(before.replaces)
        and not after.replaces
        and set(parts) <= {"dependencies", "replaces"}
        and two <= one | {squashes.of[name] for name in one & squashes.of.keys()}
        and not any((facts.label(old.app), old.name) in left for old in before.replaces)
    )


def _untied(facts: Facts, before: Migration) -> bool:
    """Whether *before* waits for itself on the base, and nothing does after the merge."""
    base, merged = facts.base.django_graph, facts.merged.django_graph
    circles = base.cycles if before.framework is Framework.DJANGO else ()
    return any(before.key in circle for circle in circles) and not merged.cycles


def _was_lost(facts: Facts, before: Migration) -> bool:
    """Whether a Django migration has a parent that the base lacks, and all of them after the merge."""
    if before.framework is not Framework.DJANGO:
        return False
    lost = [
        any(gap.child.key == before.key for gap in graph.missing)
        for graph in (facts.base.django_graph, facts.merged.django_graph)
    ]
    return lost == [True, False]


def _waits_for_what_stands(facts: Facts, before: Migration, after: Migration) -> bool:
    """
    Whether a Django migration names other parents, in other apps, and none of them is new.

    Of apps that come from elsewhere the migrations are not seen; the deployment that
    brings this one need not bring those.
    """
    if before.framework is not Framework.DJANGO:
        return False
    there = {(facts.label(m.key.app), m.key.name) for m in facts.base.migrations.values()}
    here = {facts.label(m.key.app) for m in facts.merged.migrations.values()}
    one, two = ({(facts.label(p.app), p.name) for p in m.parents} for m in (before, after))
    own = facts.label(before.key.app)
    return all(
        app != own and ((app, name) in there | one or app not in here) for app, name in one ^ two
    )


def led_to_an_end(facts: Facts, before: Migration) -> bool:
    """Whether *before* led to some of several ends of its app on the base, and the merge leaves one end."""
    if before.framework is not Framework.DJANGO:
        return False
    base, merged = facts.base.django_graph, facts.merged.django_graph
    ends = base.leaf_nodes(before.key.app) if not base.cycles else ()
    if len(ends) < 2 or len(merged.leaf_nodes(before.key.app)) != 1 or merged.cycles:
        return False
    return 0 < sum(before.key in base.ancestors(end) for end in ends) < len(ends)


def _squashes(facts: Facts) -> Squashes:
    """The squashes of the base and after the merge."""
    direct: dict[tuple[str, str], tuple[str, str]] = {}
    last: dict[tuple[str, str], tuple[str, str]] = {}
    for graph in (facts.base, facts.merged):
        for m in graph.migrations.values():
            squash = (facts.label(m.key.app), m.key.name)
            for old in m.replaces:
                original = (facts.label(old.app), old.name)
                direct[original] = squash
                last[squash] = original
    of: dict[tuple[str, str], tuple[str, str]] = {}
    for old_name, squash in direct.items():
        seen = {old_name}
        while squash in direct and squash not in seen:
            seen.add(squash)
            squash = direct[squash]
        of[old_name] = squash
    return Squashes(of, last)


def _helpers(facts: Facts, changed: set[str]) -> Iterator[Edited]:
    """Migrations whose imported code changed, of Alembic's those whose file stayed."""
    python = {
        p.removesuffix(".py").removesuffix("/__init__").replace("/", "."): p
        for p in sorted(changed)
        if p.endswith(".py") and p not in facts.base.by_path and p not in facts.merged.by_path
    }
    yield from _readers(facts, changed)
    yield from _revisions_helpers(facts, changed, python)
    # Of Django's, that next to the migrations.
    by_module = {module: path for module, path in python.items() if "migration" in path.lower()}
    if not by_module:
        return
    for path, before in sorted(facts.base.by_path.items()):
        after = facts.merged.by_path.get(path)
        if after is None or before.framework is not Framework.DJANGO:
            continue
        asked = [_functions(side) for side in ((before, after) if path in changed else (before,))]
        run = tuple(name for name in asked[0] if name in asked[-1])
        for helper, names in run_from(run, by_module).items():
            if not _both(facts, helper):
                continue
            trees = facts.comparison.base, facts.comparison.merged
            askers = trees[0].read(path), trees[1].read(path)
            sources = tuple(without_unnamed(t.read(helper), helper, askers) for t in trees)
            found = difference(*trees, (helper, helper), names, sources=sources)
            if found is not None:
                yield Edited(
                    before=before,
                    after=after,
                    parts=("code",),
                    reach=Reach.DATABASE if found[1] is Reach.STATE else found[1],
                    helper=helper,
                )
                break


def _readers(facts: Facts, changed: set[str]) -> Iterator[Edited]:
    """
    Migrations that read a file beside them which changes.

    What a new migration names as well it runs again, as far as can be told.
    """
    files = {p for p in changed if p.endswith(KINDS) and _both(facts, p)}
    base, merged = facts.comparison.base, facts.comparison.merged
    new = (
        [merged.read(p) for p in facts.merged.by_path if p not in facts.base.by_path]
        if files
        else []
    )
    files = {p for p in files if not any(base_name(p) in text for text in new)}
    for path, before in sorted(facts.base.by_path.items()) if files else ():
        above = path.rpartition("/")[0].rpartition("/")[0]
        near = [file for file in files if file.startswith(f"{above}/" if above else "")]
        after = facts.merged.by_path.get(path)
        if not near or after is None:
            continue
        old, now = base.read(path), merged.read(path)
        read = files_read(base, old, path, near) | files_read(merged, now, path, near)
        for file in sorted(read):
            texts = (
                with_read_files(base, old, path, [file]),
                with_read_files(merged, now, path, [file]),
            )
            found = (
                None
                if texts == (old, now)
                else difference(base, merged, (path, path), sources=texts)
            )
            if found is None or found[1] in SOFT:
                continue
            back = found[1] is Reach.BACK or found[0] == ("downgrade",)
            yield Edited(
                before=before,
                after=after,
                parts=("read",),
                reach=Reach.BACK if back else Reach.DATABASE,
                helper=file,
            )
            break


def _functions(migration: Migration) -> tuple[str, ...]:
    content = migration.content
    return content.functions if isinstance(content, Content) else ()


def _revisions_helpers(
    facts: Facts, changed: set[str], by_module: dict[str, str]
) -> Iterator[Edited]:
    """Alembic revisions that call changed code, and do something else with it than before."""
    for graph in facts.merged.alembic_graphs if by_module else ():
        said = facts.merged.said_alembic_dialect(graph)
        # What is done on another database may be what is done here.
        databases = (said,) if said is not None else ("postgresql", "mysql")
        for migration in graph.migrations.values():
            path, content = migration.path, migration.content
            if path in changed or path not in facts.base.by_path:
                continue
            if not isinstance(content, Revision):
                continue
            helpers = [h for h in run_from(content.imports, by_module) if _both(facts, h)]
            if not helpers:
                continue
            before, after = (
                # How a data step is written is no change of the schema.
                [
                    replace(change, function=None) if isinstance(change, RunCode) else change
                    for database in databases
                    for change in side.alembic_bodies.read(path, database).forward
                ]
                for side in (facts.base, facts.merged)
            )
            if before != after:
                yield Edited(
                    before=facts.base.by_path[path],
                    after=migration,
                    parts=("code",),
                    reach=Reach.DATABASE,
                    helper=helpers[0],
                )


def _both(facts: Facts, path: str) -> bool:
    try:
        facts.comparison.base.oid(path)
        facts.comparison.merged.oid(path)
    except KeyError:
        return False
    return True
