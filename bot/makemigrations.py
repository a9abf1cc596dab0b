"""``twostep makemigrations``: the missing migration shown, or written into the working tree."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from analyzers.config_in_force import config_in_force
from analyzers.config_text import ConfigProblem
from analyzers.findings import NewFile
from analyzers.read.cache import MemoryCache
from analyzers.relate.alembic_lacking import alembic_lacking
from analyzers.relate.facts import Facts
from analyzers.relate.written import ONE_OFF_MODULES, Answers, Question, Written
from analyzers.review import not_judged
from analyzers.rules._rule import all_rules
from analyzers.trees import Comparison
from bot.errors import TwoStepError
from bot.git.command import environment
from bot.git.compare import Compared, compared
from bot.git.revisions import resolve
from bot.reviewing import ConfigurationError

DONE, OPEN = 0, 1


def makemigrations(
    path: Path,
    *,
    base: str | None = None,
    head: str | None = None,
    write: bool = False,
    name: str | None = None,
    rename: bool | None = None,
    defaults: Sequence[str] = (),
) -> int:
    """
    Show the missing migrations, or write them; 0 done, 1 a question is open and nothing was written.

    *rename* answers whether a field or model was renamed; *defaults* are Python
    sources of values for existing rows, as they stand or after ``model.field=``.

    Raises:
        TwoStepError: there is nothing to compare, or nowhere to write; or an answer is no value.
    """
    answers = _answers(rename, defaults)
    with compared(path, base=base, head=head) as both:
        if write and head is not None:
            _see_checked_out(both, head)
        try:
            config = config_in_force(both.comparison, [rule.name for rule in all_rules()])
        except ConfigProblem as problem:
            raise ConfigurationError(problem) from None
        facts = Facts(both.comparison, config, MemoryCache())
        written = facts.write_missing(name=name, answers=answers)
        if name is not None and written.files and not re.fullmatch(r"\w+", name):
            raise TwoStepError(
                f"--name {name}: it becomes a part of the file's name; use letters, digits and underscores."
            )
        other = (
            facts.write_missing(name=name, answers=replace(answers, rename=True))
            if rename is None and any(q.kind == "rename" for q in written.questions)
            else None
        )
        written = _with_revisions(written, facts, name)
        unjudged = tuple(not_judged(facts))
        root = both.root
        lacking = _not_here(written.files, both.comparison)
        base_ref = both.base.ref
    for each in unjudged:
        print(f"Not written, {each.place.path}:{each.place.line}: {each.reason}")
    for problem_text in written.problems:
        print(f"Cannot be written: {problem_text}")
    if not written.files:
        nothing = "No migration is missing for what differs from the base."
        print("Nothing was written." if written.problems else nothing)
        return OPEN if written.problems else DONE
    asked = (*written.questions, *(other.questions if other is not None else ()))
    _are_asked(answers, asked)
    open_questions = tuple(
        q
        for q in written.questions
        if (rename if q.kind == "rename" else answers.default_of(q.field)) is None
    )
    if not write:
        _show(written, other, open_questions)
        return OPEN if open_questions else DONE
    if open_questions:
        _show(written, other, open_questions)
        print("Nothing was written: the questions above are open.")
        return OPEN
    if root is None:
        raise TwoStepError("A bare repository has no working tree to write to.")
    for file in written.files:
        _write(root, file)
        print(f"written: {file.path}")
        if (told := _name_as_last(root, file)) is not None:
            print(f"changed: {told}")
    if lacking:
        print(
            f"It comes after what {base_ref} has and this branch has not yet: {', '.join(lacking)}."
            f" Merge or rebase before you run it: git merge {shlex.quote(base_ref)}"
        )
    return DONE


def _see_checked_out(both: Compared, head: str) -> None:
    """
    See that the files of *head* are those that lie in the working tree.

    Raises:
        TwoStepError: another commit is checked out, whose models say something else.
    """
    if both.root is not None and resolve("HEAD", both.git_dir, environment()) != both.head.sha:
        raise TwoStepError(
            f"--write: '{head}' is not what is checked out, and its migration would be written beside"
            f" other models. Check it out first (git checkout {shlex.quote(head)}), or leave --head out."
        )


def _not_here(files: Sequence[NewFile], trees: Comparison) -> list[str]:
    """The migrations beside *files* that only the base has."""
    folders = {file.path.rpartition("/")[0] for file in files}
    here = frozenset(trees.head.paths())
    return [
        path
        for path in trees.merged.paths()
        if path not in here and path.endswith(".py") and path.rpartition("/")[0] in folders
    ]


def _with_revisions(written: Written, facts: Facts, name: str | None) -> Written:
    """*written*, and what the Alembic roots of the repository lack."""
    found = tuple(alembic_lacking("missing-migration", facts, name))
    return replace(
        written,
        files=(*written.files, *dict.fromkeys(file for f in found for file in f.new_files)),
        problems=(
            *written.problems,
            *(f"{f.message} {f.remedy}" for f in found if not f.new_files),
        ),
    )


def _answers(rename: bool | None, defaults: Sequence[str]) -> Answers:
    general: str | None = None
    single: list[tuple[str, str]] = []
    for text in defaults:
        match = re.fullmatch(r"(?:\w+\.)?(\w+\.\w+)=(.+)", text, re.DOTALL)
        if match is None:
            general = _value(text)
        else:
            single.append((match[1].lower(), _value(match[2])))
    return Answers(rename=bool(rename), default=general, defaults=tuple(single))


def _value(text: str) -> str:
    """*text*, where it is the source of a value that a migration can hold."""
    try:
        names = {n.id for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Name)}
    except (SyntaxError, ValueError, RecursionError):
        names = {text}
    unknown = sorted(names - ONE_OFF_MODULES)
    if unknown:
        raise TwoStepError(
            f"--default {text}: {unknown[0]} is not a value. Write Python: \"'new'\" for a text, 0 for a "
            f"number; {', '.join(sorted(ONE_OFF_MODULES))} may be named."
        )
    return text


def _are_asked(answers: Answers, questions: Iterable[Question]) -> None:
    asked = sorted({question.field for question in questions if question.field})
    for field, _ in answers.defaults:
        if field not in asked:
            known = f"Asked for: {', '.join(asked)}." if asked else "None is asked for."
            raise TwoStepError(f"--default {field}=...: no value is asked for {field}. {known}")


def _show(written: Written, other: Written | None, questions: tuple[Question, ...]) -> None:
    """*written* with its open *questions*, and beside it the *other* answer to a rename."""
    if other is None:
        _ask(questions)
        _print(written.files)
        return
    both = set(other.questions)
    _ask(q for q in questions if q in both)
    print("\nIf it was renamed (--rename):")
    _print(other.files)
    print("\nIf it was removed and added (--no-rename):")
    _ask(q for q in questions if q not in both)
    _print(written.files)


def _ask(questions: Iterable[Question]) -> None:
    for question in questions:
        print(f"? {question.text}")
        ways = (
            ("--rename", "--no-rename")
            if question.kind == "rename"
            else (f"--default {question.field}=VALUE", "in the model:")
        )
        width = max(map(len, ways))
        for way, words in zip(ways, question.answers, strict=True):
            print(f"    {way:{width}}  {words}")


def _print(files: tuple[NewFile, ...]) -> None:
    for file in files:
        print(f"\n# {file.path}\n{file.content}")


def _write(root: Path, file: NewFile) -> None:
    target = root / file.path
    inside = target.parent.resolve().is_relative_to(root.resolve())
    if not inside or target.exists() or target.is_symlink():
        raise TwoStepError(f"{file.path} cannot be written: it exists or leads out of the tree.")
    target.write_text(file.content, encoding="utf-8")


def _name_as_last(root: Path, file: NewFile) -> str | None:
    """
    Name *file* in the ``max_migration.txt`` beside it, where there is one; the path of that.

    django-linear-migrations keeps it, and its system check stops where it names another.
    """
    path = f"{file.path.rpartition('/')[0]}/max_migration.txt"
    target = root / path
    if target.is_symlink() or not target.is_file():
        return None
    target.write_text(f"{Path(file.path).stem}\n", encoding="utf-8")
    return path
