"""
``twostep``: the same review on a terminal, in any CI, and as the service.

Heavy parts are imported inside the commands, so that the program answers at once.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from bot.arguments import REVIEWS, SERVICES, THRESHOLDS, parser_for

if TYPE_CHECKING:
    from bot.render.document import Document

FOUND, FAILED, INTERRUPTED = 1, 2, 130
DEFECT = "that is a defect of Two-Step's own, please report it"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 nothing found, 1 something, 2 no review could be made."""
    given = sys.argv[1:] if arguments is None else [*arguments]
    if not given:
        return _usage()
    return _done(parser_for(given, COMMANDS).parse_args(given))


def run() -> NoReturn:
    """
    The program. What a review has made need not be taken apart object by object at the end,
    and a service does not wait for threads that it has left: they may wait for GitHub for minutes.
    """
    _see_to_streams()
    try:
        code = main()
    except SystemExit as end:
        # Help, the version, and arguments that are none.
        code = end.code if isinstance(end.code, int) else 0
    except (BrokenPipeError, KeyboardInterrupt) as error:
        code = 0 if isinstance(error, BrokenPipeError) else INTERRUPTED
    except Exception:  # noqa: BLE001  it is shown, and must not end as if something had been found
        import traceback

        traceback.print_exc()
        print(f"twostep: {DEFECT}", file=sys.stderr)
        code = FAILED
    try:
        with suppress(BrokenPipeError):
            sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        code = _failed(error)
    os._exit(code)


def _see_to_streams() -> None:
    """
    Let no sign that a stream cannot hold end the program: it is written by its number.

    A stream that was closed by whoever started the program leads nowhere.
    """
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  until the program ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the same
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _failed(error: OSError) -> int:
    """What the system refused, in one line."""
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    print(f"twostep: {where}{error.strerror or error}", file=sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:
        # What is left of it would be refused again at the end, and told once more.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  until the program ends
    return FAILED


def _usage() -> int:
    """All commands, for whoever named none."""
    parser_for((), COMMANDS).print_help(sys.stderr)
    return FAILED


def _done(options: argparse.Namespace) -> int:
    from bot.errors import TwoStepError

    try:
        # Asked here once: a shell may stand in a directory that is gone, and all else looks from there.
        os.getcwd()
    except FileNotFoundError:
        print(
            "twostep: the directory that this shell stands in does not exist any more; go to one that does (cd)",
            file=sys.stderr,
        )
        return FAILED
    try:
        code: int = options.run(options)
    except TwoStepError as error:
        print(f"twostep: {' '.join(str(error).split())}", file=sys.stderr)
        return FAILED
    except MemoryError:
        print("twostep: the review needs more memory than this process may use", file=sys.stderr)
        return FAILED
    except OSError as error:
        # Whoever reads us has enough (``| head``); a review looks to that where it prints.
        enough = isinstance(error, BrokenPipeError) and options.run is not _review
        return 0 if enough else _failed(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _review(options: argparse.Namespace) -> int:
    # One review and the process ends: looking for cycles meanwhile takes a fifth of the time.
    gc.disable()
    from bot.cache import repository_cache
    from bot.git.compare import Running
    from bot.reviewing import review_repository

    config = None
    if options.config:
        from bot.config_file import read_config_file

        config = read_config_file(options.config)
    if options.format == "text":
        _load_ahead()
    broken: list[str] = []
    with repository_cache(options.path, enabled=not options.no_cache) as cache:
        document = review_repository(
            options.path,
            base=options.base,
            head=options.head,
            also=options.also,
            config=config,
            cache=cache,
            running=Running(options.deployed, options.deployed) if options.deployed else None,
            repository=_on_github()[1] or None,
            # The text and the annotations show no statements.
            sql=options.part == "sql" or options.format in ("json", "markdown"),
            broken=broken,
        )
    if broken:
        _print(document, options.part, options.format)
        for part in broken:
            print(f"twostep: {part}", file=sys.stderr)
        print(f"twostep: {DEFECT}; the rest was judged", file=sys.stderr)
        return FAILED
    if getattr(options, "write", None):
        return _write_split(options, document)
    _print(document, options.part, options.format)
    if options.part != "review":
        return 0
    return FOUND if _worst(document) >= THRESHOLDS[options.fail_on] else 0


def _load_ahead() -> None:
    """Load what a window takes to print while git is at work."""
    from bot.render.terminal import is_window

    if is_window(sys.stdout):
        from importlib import import_module
        from threading import Thread

        Thread(target=import_module, args=("bot.render.window",), daemon=True).start()


def _on_github() -> tuple[str, str]:
    """The server and the repository that a job of GitHub's runs for; empty anywhere else."""
    server, repository = (os.environ.get(f"GITHUB_{it}", "") for it in ("SERVER_URL", "REPOSITORY"))
    return (server, repository) if server.startswith("https://") and repository else ("", "")


def _worst(document: Document) -> int:
    return max(
        (
            THRESHOLDS[f["severity"]]
            for f in document["findings"]
            if not f["preexisting"] and f["accepted"] is None
        ),
        default=0,
    )


def _print(document: Document, part: str, form: str) -> None:
    # What was found stays found where whoever reads it has enough (``| head``).
    with suppress(BrokenPipeError):
        if form == "text":
            from bot.render.terminal import print_document

            print_document(document, part)
            return
        if isinstance(sys.stdout, TextIOWrapper):
            # Programs read these, whatever a terminal here could show.
            sys.stdout.reconfigure(encoding="utf-8")
        print(_rendered(document, part, form))


def _rendered(document: Document, part: str, form: str) -> str:
    match form:
        case "json":
            import json

            chosen: object = document if part == "review" else document[part]  # type: ignore[literal-required]
            return json.dumps(chosen, indent=2, ensure_ascii=False)
        case "markdown":
            from bot.git.compare import WORKING_TREE
            from bot.render.markdown import render_markdown

            server, _ = _on_github()
            committed = document["head"]["ref"] != WORKING_TREE
            return render_markdown(document, part, server if committed else "")
        case "sarif":
            from bot.render.sarif import render_sarif

            return render_sarif(document)
        case "gitlab":
            from bot.render.code_quality import render_code_quality

            return render_code_quality(document)
        case _:
            from bot.render.workflow import render_workflow

            return render_workflow(document)


def _write_split(options: argparse.Namespace, document: Document) -> int:
    import shlex

    from git import Repo
    from git.exc import GitCommandError

    from analyzers.results import SplitStep
    from bot.errors import TwoStepError
    from bot.render.wording import unwritten
    from bot.split import write_branches

    steps = [
        SplitStep(
            order=step["order"],
            kind=step["kind"],
            title=step["title"],
            paths=tuple(step["paths"]),
            after=tuple(step["after"]),
            commands=tuple(step["commands"]),
            ready_when=step["ready_when"],
            files=step["files"],
            places=tuple(step["places"]),
        )
        for step in document["split"]["steps"]
    ]
    if not steps:
        print(
            f"No branches: it is not safe in one step, and no plan is made: {document['split']['reason']}."
            if document["split"]["needed"]
            else "There is nothing to split: one pull request is fine."
        )
        return 0
    if any(step.commands and not step.files for step in steps):
        # What the models say in the end is there, and what brings the tables to it is not.
        print(
            f"No branches: the files of the steps are for you to write; {document['split']['reason']}."
        )
        return 0
    with Repo(options.path, search_parent_directories=True) as repo:
        base = document["base"]["sha"]
        try:
            # git itself is asked: GitPython knows neither SHA-256 nor all names that git knows.
            tip = f"{options.head or 'HEAD'}^{{commit}}"
            head = repo.git.rev_parse("--verify", "--end-of-options", tip)
        except GitCommandError:
            # The review has found it: whoever does not own a repository may read there, and no more.
            raise TwoStepError(
                "No branches were made: git refuses to work in a repository of another user. Let it:"
                f" git config --global --add safe.directory {shlex.quote(str(repo.working_dir))}"
            ) from None
        if head != document["head"]["sha"]:
            raise TwoStepError(
                "There is uncommitted work, and a branch takes its files from commits. Commit it first,"
                " or name a branch with --head; nothing was changed."
            )
        for branch in write_branches(repo, steps, prefix=options.write, base=base, head=head):
            print(f"{branch.name}  {branch.step.title}")
            if not branch.step.paths:
                print(f"    {unwritten(document['split']['steps'][branch.step.order - 1])}")
    return 0


def _makemigrations(options: argparse.Namespace) -> int:
    from bot.makemigrations import makemigrations

    return makemigrations(
        options.path,
        base=options.base,
        head=options.head,
        write=options.write,
        name=options.name,
        rename=options.rename,
        defaults=options.default or (),
    )


def _rules(options: argparse.Namespace) -> int:
    from analyzers.rules._rule import all_rules
    from bot.errors import TwoStepError

    rules = {rule.name: rule for rule in all_rules()}
    if options.name is None:
        width = max(map(len, rules))
        for name, rule in rules.items():
            print(f"{name:<{width}}  {rule.severity.word:<7}  {rule.page.splitlines()[0]}")
        return 0
    if options.name not in rules:
        import difflib

        near = difflib.get_close_matches(options.name, rules, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else " 'twostep rules' lists them."
        raise TwoStepError(f"There is no rule called '{options.name}'.{hint}")
    print(f"# {options.name} ({rules[options.name].severity.word})\n\n{rules[options.name].page}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor.run import doctor

    return doctor(options.path, options.dsn)


def _sizes(options: argparse.Namespace) -> int:
    from bot.sizes import write_sizes

    return write_sizes(options.dsn, options.output)


def _service(options: argparse.Namespace) -> int:
    from bot.wiring import run_service

    return run_service(options.service, host=options.host, port=options.port)


def _config_check(options: argparse.Namespace) -> int:
    from bot.config_file import check_repository

    return check_repository(options.path)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    **dict.fromkeys(REVIEWS, _review),
    "makemigrations": _makemigrations,
    "rules": _rules,
    "doctor": _doctor,
    "sizes": _sizes,
    **dict.fromkeys(SERVICES, _service),
    "config": _config_check,
}


if __name__ == "__main__":
    run()
