"""``twostep makemigrations``: the missing migration shown, or written into the working tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analyzers.config_text import ConfigProblem, config_of
from analyzers.findings import NewFile
from analyzers.read.cache import MemoryCache
from analyzers.relate.alembic_lacking import alembic_lacking
from analyzers.relate.django_writer import Answers, Question, Written
from analyzers.relate.facts import Facts
from analyzers.rules._rule import all_rules
from bot.errors import TwoStepError
from bot.git.compare import compared
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
    default: str | None = None,
) -> int:
    """
    Show the missing migrations, or write them; 0 done, 1 a question is open and nothing was written.

    *rename* answers whether a field or model was renamed, *default* is the
    Python source of the value for existing rows.

    Raises:
        TwoStepError: there is nothing to compare, or nowhere to write.
    """
    answers = Answers(rename=bool(rename), default=default)
    with compared(path, base=base, head=head) as both:
        try:
            config = config_of(both.comparison.base, [rule.name for rule in all_rules()])
        except ConfigProblem as problem:
            raise ConfigurationError(problem) from None
        facts = Facts(both.comparison, config, MemoryCache())
        written = facts.write_missing(name=name, answers=answers)
        other = (
            facts.write_missing(name=name, answers=Answers(rename=True, default=default))
            if rename is None and any(q.kind == "rename" for q in written.questions)
            else None
        )
        written = _with_revisions(written, facts, name)
        root = both.root
    for problem_text in written.problems:
        print(f"Cannot be written: {problem_text}")
    if not written.files:
        print("No migration is missing." if not written.problems else "Nothing was written.")
        return OPEN if written.problems else DONE
    open_questions = tuple(q for q in written.questions if not _answered(q, rename, default))
    if not write:
        _show(written, other, open_questions)
        return OPEN if open_questions else DONE
    if open_questions:
        _show(written, other, open_questions)
        print("Nothing was written. Answer with --rename or --no-rename, and --default VALUE.")
        return OPEN
    if root is None:
        raise TwoStepError("A bare repository has no working tree to write to.")
    for file in written.files:
        _write(root, file)
        print(f"written: {file.path}")
    return DONE


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


def _answered(question: Question, rename: bool | None, default: str | None) -> bool:
    return (rename if question.kind == "rename" else default) is not None


def _show(written: Written, other: Written | None, questions: tuple[Question, ...]) -> None:
    for question in questions:
        print(f"{question.text} Either {' or '.join(question.answers)}.")
    if other is not None:
        print("\nIf it was renamed (--rename):")
        _print(other.files)
        print("\nIf it was removed and added (--no-rename):")
    _print(written.files)


def _print(files: tuple[NewFile, ...]) -> None:
    for file in files:
        print(f"\n# {file.path}\n{file.content}")


def _write(root: Path, file: NewFile) -> None:
    target = root / file.path
    inside = target.parent.resolve().is_relative_to(root.resolve())
    if not inside or target.exists() or target.is_symlink():
        raise TwoStepError(f"{file.path} cannot be written: it exists or leads out of the tree.")
    target.write_text(file.content)
