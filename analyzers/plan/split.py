"""
The split: the pull requests that bring a change in without a failing statement.

Each operation contributes the parts of its recipe; the parts of one phase make
one pull request, and the phases are merged, migrated and deployed in order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from analyzers.frozen import dataclass
from analyzers.plan.alembic_split import alembic_split
from analyzers.plan.model_source import find_model, segment, with_keyword, with_meta, with_statement
from analyzers.plan.parts import (
    MIGRATED,
    ROLLED_OUT,
    ModelEdit,
    Operation,
    Part,
    Phase,
    Recipe,
    Unit,
)
from analyzers.plan.recipes import recipe
from analyzers.plan.recipes.subject import Subject
from analyzers.plan.source import (
    Written,
    call_text,
    helpers_of,
    import_lines,
    operation_at,
    operations_in,
)
from analyzers.plan.sql import django_sql
from analyzers.relate.facts import Facts, Step
from analyzers.results import Split, SplitStep
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Key, Migration, RunCode, RunStatement

PLACES = 20
"""Places of use that a step lists."""
CODE = (".py", ".html", ".txt", ".jinja", ".graphql")
DEPTH = 6
"""Folders below which files outside of the app's own are not searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A recipe and the operation it was made for."""

    migration: Migration
    recipe: Recipe


def split(facts: Facts) -> Split:
    """How to take the Django changes of *facts* apart; ``needed`` is False where one pull request is fine."""
    made = tuple(_recipes(facts))
    if not made:
        return alembic_split(facts)
    parts = [part for m in made for part in m.recipe.parts]
    reasons = [m.recipe.reason for m in made if m.recipe.needed and m.recipe.reason]
    needed = bool(reasons) and not (
        facts.config.deploy.migrate_first
        and all(_migration_first_is_enough(m.recipe) for m in made if m.recipe.needed)
    )
    writer = _Writer(facts, tuple(m.migration for m in made))
    steps = writer.steps(parts)
    alternative: tuple[SplitStep, ...] = ()
    why = ""
    if any(m.recipe.shorter for m in made):
        shorter = [part for m in made for part in (m.recipe.shorter or m.recipe.parts)]
        alternative = writer.steps(shorter)
        why = "; ".join(dict.fromkeys(m.recipe.shorter_reason for m in made if m.recipe.shorter))
    text = "; ".join(dict.fromkeys(reasons))
    if not needed:
        text = next((m.recipe.reason for m in made if m.recipe.reason), "")
    return Split(
        needed=needed,
        reason=text,
        steps=steps,
        alternative=alternative if len(alternative) < len(steps) else (),
        alternative_reason=why if len(alternative) < len(steps) else "",
    )


def _migration_first_is_enough(made: Recipe) -> bool:
    return bool(made.shorter) and all(part.phase is Phase.EXPAND for part in made.shorter)


def _recipes(facts: Facts) -> Iterable[_Made]:
    steps = [s for s in facts.steps if s.migration.framework is Framework.DJANGO]
    for _, of_migration in groupby(steps, key=lambda s: s.migration.key):
        group = list(of_migration)
        migration = group[0].migration
        try:
            source = facts.head.tree.read(migration.path).decode()
        except (KeyError, UnicodeDecodeError):
            continue
        operations = operations_in(source)
        by_operation: dict[int, tuple[Written, list[Step]]] = {}
        for step in group:
            written = operation_at(operations, step.change.place.line)
            if written is not None:
                by_operation.setdefault(id(written.call), (written, []))[1].append(step)
        for written, own in by_operation.values():
            found = recipe(_subject(facts, written, own)) or _as_it_is(migration, written, own)
            if found is not None:
                yield _Made(migration=migration, recipe=found)


def _as_it_is(migration: Migration, written: Written, steps: Sequence[Step]) -> Recipe | None:
    """An operation that needs no taking apart; data moves get a migration of their own."""
    moves = all(isinstance(step.change, RunCode | RunStatement) for step in steps)
    here = Operation(call=written.call, module=written.module)
    unit = Unit(slug=_slug(written), operations=(here,), atomic=migration.atomic)
    part = Part(
        phase=Phase.FILL if moves else Phase.EXPAND,
        app=migration.key.app,
        what="moves data" if moves else f"runs {written.name} as it is",
        units=(unit,),
        model=not moves,
    )
    return Recipe(parts=(part,), needed=False)


def _slug(written: Written) -> str:
    name = next(
        (
            value.value
            for value in (*written.call.args, *(k.value for k in written.call.keywords))
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        ),
        "",
    )
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", written.name).lower()
    tail = re.sub(r"\W+", "_", name).strip("_").lower()[:30]
    return f"{words}_{tail}" if tail else words


def _subject(facts: Facts, written: Written, steps: Sequence[Step]) -> Subject:
    first = steps[0]
    app = first.migration.key.app
    own = [s for s in steps if s.change.model]
    label = own[0].change.model if own else None
    model = label.rpartition(".")[2] if label else _model_argument(written)
    # What changes may be no table of a model's own, but one between two: a many-to-many field's.
    known = facts.state.get(app, model) if label is None else None
    model = known.name if known is not None else model
    table = next((s.change.table for s in own if s.change.table), None)
    table = known.table if known is not None else table
    before = next((s.table_before for s in own or steps if s.table_before), None)
    config = facts.config
    name = table or f"{app}_{model.lower()}"
    rows = config.large_tables.tables.get(name, 0)
    return Subject(
        written=written,
        changes=tuple(s.change for s in steps),
        app=app,
        model=model,
        table=name,
        before=before,
        large=rows > config.large_tables.rows,
        style=config.split_style,
        postgresql=facts.database == "postgresql",
        definition=lambda attribute: last_definition(facts, app, model, attribute),
        places=lambda attribute: places_of(facts.base.tree, attribute, first.migration.path),
        statements=lambda: statements_of(facts, first.migration),
    )


def statements_of(facts: Facts, migration: Migration) -> tuple[str, ...]:
    """The SQL that *migration* executes, without comments."""
    return tuple(
        "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
        for preview in django_sql(facts)
        if (preview.app, preview.migration) == migration.key
        for statement in preview.statements
    )


def _model_argument(written: Written) -> str:
    return written.text_argument("model_name", 0) or written.text_argument("name", 0) or ""


def last_definition(
    facts: Facts, app: str, model: str, attribute: str
) -> tuple[ast.Call, ast.Module] | None:
    """The field call that the migrations at the base last gave to *attribute*, with its file."""
    own = [
        m
        for m in facts.base.migrations.values()
        if m.key.app == app and m.framework is Framework.DJANGO
    ]
    for migration in sorted(own, key=lambda m: m.key.name, reverse=True):
        content = facts.base.tree.read(migration.path)
        if attribute.encode() not in content:
            continue
        for written in reversed(operations_in(content.decode(errors="replace"))):
            field = _defined(written, model, attribute)
            if field is not None:
                return field, written.module
    return None


def _defined(written: Written, model: str, attribute: str) -> ast.Call | None:
    if _model_argument(written).lower() != model.lower():
        return None
    if written.name in {"AddField", "AlterField"}:
        return written.field() if written.text_argument("name", 1) == attribute else None
    fields = written.argument("fields", 1) if written.name == "CreateModel" else None
    for item in fields.elts if isinstance(fields, ast.List | ast.Tuple) else ():
        match item:
            case ast.Tuple(elts=[ast.Constant(value=name), ast.Call() as call]) if (
                name == attribute
            ):
                return call
            case _:
                pass
    return None


def places_of(tree: Tree, name: str, migration_path: str) -> tuple[str, ...]:
    """``path:line`` of where the code of *tree* speaks of *name*: a word search, so also things of the same name."""
    if len(name) < 2:
        return ()
    word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?:_id|__\w+)?(?![A-Za-z0-9_])")
    top = migration_path.split("/")[0] if "/" in migration_path else ""
    found: list[str] = []
    candidates = [path for path in tree.paths() if _may_use(path, top)]
    tree.prefetch(candidates)
    for path in candidates:
        try:
            content = tree.read(path)
        except KeyError:
            # A partial copy of the repository may lack it: then it is not searched.
            continue
        if name.encode() not in content or len(content) > 500_000:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
            if word.search(line.partition("#")[0] if path.endswith(".py") else line):
                found.append(f"{path}:{number}")
                if len(found) == PLACES:
                    return tuple(found)
    return tuple(found)


def _may_use(path: str, top: str) -> bool:
    """Whether *path* is a file of code in which a field may be named."""
    if "/migrations/" in path or not path.endswith(CODE):
        return False
    return not top or path.startswith(f"{top}/") or path.count("/") <= DEPTH


class _Writer:
    """Turns parts into steps with files, numbering the migrations of each app onward."""

    def __init__(self, facts: Facts, migrations: Sequence[Migration]) -> None:
        self.facts = facts
        self.new = {m.key: m for m in migrations}
        self.changed = _changed_files(facts)
        new_paths = {m.path for m in self.new.values()}
        self.others = tuple(p for p in self.changed if p not in new_paths)

    def steps(self, parts: Sequence[Part]) -> tuple[SplitStep, ...]:
        parts = [self._with_code(part) for part in parts]
        if any(p.model and not p.code for p in parts) and not any(p.code for p in parts):
            parts += self._rest_of_the_code(parts)
        last: dict[str, str] = {}
        numbers: dict[str, int] = {}
        steps: list[SplitStep] = []
        ordered = sorted(parts, key=lambda part: part.phase)
        edits = [edit for part in parts for edit in part.edits]
        for phase, group in groupby(ordered, key=lambda part: part.phase):
            steps.append(self._step(len(steps) + 1, phase, list(group), edits, last, numbers))
        return tuple(steps)

    def _with_code(self, part: Part) -> Part:
        return replace(part, code=True) if part.model and part.phase is Phase.EXPAND else part

    def _rest_of_the_code(self, parts: Sequence[Part]) -> list[Part]:
        models = set(self._model_paths(parts))
        rest = [path for path in self.others if path not in models]
        if not rest:
            return []
        return [
            Part(
                phase=Phase.CODE,
                app=parts[0].app,
                code=True,
                what="brings in the rest of the code, which may now use what is new",
            )
        ]

    def _step(
        self,
        order: int,
        phase: Phase,
        parts: Sequence[Part],
        edits: Sequence[ModelEdit],
        last: dict[str, str],
        numbers: dict[str, int],
    ) -> SplitStep:
        files: dict[str, str] = {}
        commands: list[str] = []
        migrates = False
        for part in parts:
            for unit in part.units:
                migrates = True
                path, _name, content = self._migration(part.app, unit, last, numbers)
                files[path] = content
        deploys = any(part.model or part.code for part in parts)
        models = self._model_paths(parts) if any(p.model for p in parts) else ()
        if models:
            files |= self._model_files(models, edits, final=phase not in (Phase.ADOPT,))
        code = [p for p in self.others if p not in models] if any(p.code for p in parts) else []
        if migrates:
            commands = [self.facts.config.deploy.migrate]
        order_of_deploy = self._after(phase, migrates=migrates, deploys=deploys)
        places = [place for part in parts for place in part.places]
        what = "; ".join(dict.fromkeys(part.what for part in parts))
        ready = []
        if migrates:
            ready.append(MIGRATED.format(migrate=self.facts.config.deploy.migrate))
        if deploys:
            ready.append(ROLLED_OUT)
        return SplitStep(
            order=order,
            kind=self._kind(phase, migrates=migrates, parts=parts),
            title=what[:1].upper() + what[1:],
            paths=tuple(dict.fromkeys((*files, *models, *code))),
            places=tuple(places),
            after=order_of_deploy,
            commands=tuple(commands),
            ready_when="; ".join(ready),
            files=files,
        )

    def _kind(self, phase: Phase, *, migrates: bool, parts: Sequence[Part]) -> str:
        if phase is Phase.FILL:
            return "data"
        if any(part.model for part in parts) and phase in (Phase.ADOPT, Phase.RETIRE):
            return "model"
        if migrates:
            return "migration"
        return "model" if any(part.model for part in parts) else "code"

    def _after(self, phase: Phase, *, migrates: bool, deploys: bool) -> tuple[str, ...]:
        if migrates and deploys:
            # New columns must be there before the code that selects them; what
            # demands or drops runs when the old code is gone.
            return (
                ("merge", "migrate", "deploy")
                if phase in (Phase.EXPAND, Phase.ADOPT)
                else ("merge", "deploy", "migrate")
            )
        return ("merge", "deploy", "migrate") if migrates else ("merge", "deploy")

    def _migration(
        self, app: str, unit: Unit, last: dict[str, str], numbers: dict[str, int]
    ) -> tuple[str, str, str]:
        first = next(m for m in self.new.values() if m.key.app == app)
        if app not in numbers:
            digits = re.match(r"\d+", first.key.name)
            numbers[app] = int(digits.group()) if digits else 1
        slug = re.sub(r"\W+", "_", unit.slug).strip("_")[:50]
        name = f"{numbers[app]:04d}_{slug}"
        numbers[app] += 1
        if app in last:
            dependencies: tuple[Key, ...] = (Key(app, last[app]),)
            written_as = None
        else:
            dependencies = first.parents
            written_as = self._dependencies_as_written(first)
        content = migration_text(unit, dependencies, written_as)
        last[app] = name
        directory = first.path.rpartition("/")[0]
        return f"{directory}/{name}.py", name, content

    def _dependencies_as_written(self, migration: Migration) -> tuple[ast.List, ast.Module] | None:
        """The list itself, since it may hold ``swappable_dependency`` and the like."""
        try:
            module = ast.parse(self.facts.head.tree.read(migration.path))
        except (KeyError, SyntaxError, ValueError):
            return None
        for node in ast.walk(module):
            match node:
                case ast.Assign(targets=[ast.Name(id="dependencies")], value=ast.List() as value):
                    return value, module
                case _:
                    pass
        return None

    def _model_paths(self, parts: Sequence[Part]) -> tuple[str, ...]:
        """Files of the pull request that define models of the apps in question."""
        apps = {part.app for part in parts}
        found: dict[str, None] = {}
        for migration in self.new.values():
            if migration.key.app not in apps:
                continue
            package = migration.path.rpartition("/")[0].rpartition("/")[0]
            for path in self.others:
                inside = not package or path.startswith(f"{package}/")
                if inside and (path.endswith("models.py") or "/models/" in path):
                    found[path] = None
        return tuple(found)

    def _model_files(
        self, paths: Sequence[str], edits: Sequence[ModelEdit], *, final: bool
    ) -> dict[str, str]:
        files: dict[str, str] = {}
        for path in paths:
            try:
                text = self.facts.head.tree.read(path).decode()
            except (KeyError, UnicodeDecodeError):
                continue
            for edit in edits:
                if edit.final == final:
                    text = self._edited(path, text, edit)
            files[path] = text
        return files

    def _edited(self, path: str, text: str, edit: ModelEdit) -> str:
        from analyzers.trees import MemoryTree

        model = edit.model.rpartition(".")[2]
        here = find_model(MemoryTree({path: text}), "", model)
        if here is None:
            return text
        for name, value in edit.meta:
            text = with_meta(text, here.node, name, value)
            here = find_model(MemoryTree({path: text}), "", model) or here
        if edit.meta:
            return text
        statement = here.field(edit.attribute)
        if edit.statement:
            return text if statement else with_statement(text, here.node, edit.statement)
        if statement is None and edit.keep:
            try:
                before = self.facts.base.tree.read(path)
            except KeyError:
                return text
            there = find_model(MemoryTree({path: before}), "", model)
            kept = there.field(edit.attribute) if there else None
            if there is None or kept is None:
                return text
            text = with_statement(text, here.node, segment(there.source, kept))
            again = find_model(MemoryTree({path: text}), "", model)
            statement = again.field(edit.attribute) if again else None
        elif statement is not None and edit.keep:
            text = self._as_base_has_it(path, text, model, edit.attribute, statement)
            again = find_model(MemoryTree({path: text}), "", model)
            statement = again.field(edit.attribute) if again else None
        for name, value in edit.keywords:
            if statement is not None:
                text = with_keyword(text, statement, name, value) or text
                again = find_model(MemoryTree({path: text}), "", model)
                statement = again.field(edit.attribute) if again else None
        return text

    def _as_base_has_it(
        self, path: str, text: str, model: str, attribute: str, statement: ast.stmt
    ) -> str:
        from analyzers.trees import MemoryTree

        try:
            before = self.facts.base.tree.read(path)
        except KeyError:
            return text
        there = find_model(MemoryTree({path: before}), "", model)
        kept = there.field(attribute) if there else None
        if there is None or kept is None:
            return text
        lines = text.splitlines(keepends=True)
        indent = " " * statement.col_offset
        start, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        return "".join([*lines[:start], f"{indent}{segment(there.source, kept)}\n", *lines[end:]])


def _changed_files(facts: Facts) -> tuple[str, ...]:
    """Paths that the pull request adds or changes (not those it deletes), sorted."""
    before, after = facts.merge_base.tree, facts.head.tree
    known = set(before.paths())
    return tuple(
        path for path in after.paths() if path not in known or before.oid(path) != after.oid(path)
    )


def migration_text(
    unit: Unit,
    dependencies: Sequence[Key],
    written_as: tuple[ast.List, ast.Module] | None,
) -> str:
    """The file of *unit*, as Django would lay it out."""
    sources: list[tuple[Sequence[ast.AST], ast.Module]] = []
    helpers: dict[str, ast.stmt] = {}
    for operation in unit.operations:
        if operation.module is None:
            continue
        below = helpers_of([operation.call], operation.module)
        helpers |= {ast.unparse(statement): statement for statement in below}
        sources.append(([operation.call, *below], operation.module))
    listed = "".join(f'        ("{key.app}", "{key.name}"),\n' for key in dependencies)
    if written_as is not None:
        value, module = written_as
        sources.append(([value], module))
        listed = "".join(f"        {ast.unparse(item)},\n" for item in value.elts)
    imports = [
        line
        for line in import_lines(sources)
        if line not in ("from django.db import migrations", "from django.db import models")
    ]
    body = "".join(call_text(operation.call, 2) + "\n" for operation in unit.operations)
    uses_models = re.search(r"\bmodels\.", body + listed + "".join(helpers)) is not None
    contrib = [
        name
        for name in (
            "AddConstraintNotValid",
            "AddIndexConcurrently",
            "RemoveIndexConcurrently",
            "ValidateConstraint",
        )
        if re.search(rf"^\s+{name}\(", body, re.MULTILINE)
    ]
    lines = [
        *(
            [f"from django.contrib.postgres.operations import {', '.join(contrib)}"]
            if contrib
            else []
        ),
        "from django.db import migrations, models"
        if uses_models
        else "from django.db import migrations",
        *imports,
    ]
    code_imports, _, code = (
        unit.code.partition("\n\n\n")
        if unit.code.startswith(("from ", "import "))
        else ("", "", unit.code)
    )
    if code_imports:
        lines.append(code_imports)
    head = "\n".join(sorted(dict.fromkeys(lines)))
    below_text = "".join(f"\n\n{text}\n" for text in helpers)
    code_text = f"\n\n{code.rstrip()}\n" if code else ""
    atomic = "" if unit.atomic else "    atomic = False\n\n"
    return (
        f"{head}\n{below_text}{code_text}\n\nclass Migration(migrations.Migration):\n{atomic}"
        f"    dependencies = [\n{listed}    ]\n\n    operations = [\n{body}    ]\n"
    )


def generated_migrations(steps: Iterable[SplitStep]) -> Mapping[str, str]:
    """All migration files of *steps* by path."""
    return {p: c for s in steps for p, c in s.files.items() if "class Migration(" in c}
