"""
``twostep``: the same review on a terminal, in any CI, and as the service.

Heavy parts are imported inside the commands, so that the program answers at once.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from bot.render.document import Document

FORMATS = ("text", "json", "markdown", "sarif", "github")
THRESHOLDS = {"info": 1, "warning": 2, "error": 3, "never": 9}
FOUND, FAILED = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 nothing found, 1 something, 2 no review could be made."""
    return _done(_parser().parse_args(arguments))


def run() -> NoReturn:
    """The program. What a review has made need not be taken apart object by object at the end."""
    options = _parser().parse_args()
    code = _done(options)
    if options.run is not _review:
        sys.exit(code)
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _done(options: argparse.Namespace) -> int:
    from bot.errors import TwoStepError

    try:
        code: int = options.run(options)
    except TwoStepError as error:
        print(f"twostep: {' '.join(str(error).split())}", file=sys.stderr)
        return FAILED
    except MemoryError:
        print("twostep: the review needs more memory than this process may use", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever reads us has enough (``| head``).
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twostep",
        description="Reviews the database migrations of a branch against its base, without running the project's code.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_reviews(commands)
    _add_others(commands)
    return parser


def _add_reviews(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = {
        "review": "review a branch (the working tree, without --head)",
        "graph": "the migrations around what is new or wrong",
        "split": "the pull requests that make the change safe, in order",
        "rollback": "the way back, with the new code still deployed",
        "sql": "what each new migration executes, with its locks",
    }
    for name, text in words.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "path", nargs="?", type=Path, default=Path(), help="a repository; here, where left out"
        )
        command.add_argument(
            "--base",
            metavar="REV",
            help="what it goes into; the remote's default branch, where left out",
        )
        command.add_argument(
            "--head",
            metavar="REV",
            help="what is reviewed; uncommitted work included, where left out",
        )
        command.add_argument(
            "--also",
            metavar="REV",
            action="append",
            default=[],
            help="another open branch; NAME=REV gives it a name; may be repeated",
        )
        command.add_argument(
            "--format", choices=FORMATS, default="text", help="how to print it (default: text)"
        )
        command.add_argument(
            "--fail-on",
            choices=tuple(THRESHOLDS),
            default="error",
            help="exit with 1 from this severity on (default: error)",
        )
        command.add_argument("--no-cache", action="store_true", help="read every file anew")
        command.add_argument(
            "--config",
            type=Path,
            metavar="FILE",
            help="a configuration to use instead of the base's",
        )
        if name == "split":
            command.add_argument(
                "--write",
                metavar="PREFIX",
                help="make the branches PREFIX-1, PREFIX-2, ... with the files of each step",
            )
        command.set_defaults(run=_review, part=name)


def _add_others(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    make = commands.add_parser(
        "makemigrations", help="the migration that is missing for changed models"
    )
    make.add_argument("path", nargs="?", type=Path, default=Path())
    make.add_argument("--base", metavar="REV")
    make.add_argument("--head", metavar="REV")
    make.add_argument("--write", action="store_true", help="write the files into the working tree")
    make.add_argument("-n", "--name", help="the migration's name, without its number")
    make.add_argument(
        "--rename",
        action=argparse.BooleanOptionalAction,
        help="whether what vanished and what is new is one thing renamed",
    )
    make.add_argument(
        "--default", metavar="VALUE", help="Python source of the value for existing rows"
    )
    make.set_defaults(run=_makemigrations)

    rules = commands.add_parser("rules", help="the rules, or the page of one")
    rules.add_argument("name", nargs="?")
    rules.set_defaults(run=_rules)

    doctor = commands.add_parser("doctor", help="a database against the migrations (only reads)")
    doctor.add_argument("path", nargs="?", type=Path, default=Path())
    doctor.add_argument(
        "--dsn", required=True, metavar="URL", help="such as postgresql://user@host/name"
    )
    doctor.set_defaults(run=_doctor)

    sizes = commands.add_parser(
        "sizes", help="write the table sizes that reviews read (only reads)"
    )
    sizes.add_argument("--dsn", required=True, metavar="URL")
    sizes.add_argument("--output", type=Path, default=Path(".github/twostep-sizes.yml"))
    sizes.set_defaults(run=_sizes)

    for name, text in {
        "serve": "the service: webhooks, jobs, pages",
        "worker": "a further worker on the service's database",
        "demo": "the service with a local sample and a stand-in for GitHub",
    }.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("--host", default=None)
        command.add_argument("--port", type=int, default=None)
        command.set_defaults(run=_service, service=name)

    config = commands.add_parser("config", help="the configuration of a repository")
    check = config.add_subparsers(metavar="COMMAND", required=True).add_parser(
        "check", help="validate it"
    )
    check.add_argument("path", nargs="?", type=Path, default=Path())
    check.set_defaults(run=_config_check)


def _review(options: argparse.Namespace) -> int:
    # One review and the process ends: looking for cycles meanwhile takes a fifth of the time.
    gc.disable()
    from bot.cache import repository_cache
    from bot.reviewing import review_repository

    config = None
    if options.config:
        from bot.config_file import read_config_file

        config = read_config_file(options.config)
    if options.format == "text":
        # What prints is loaded while git is at work.
        Thread(target=import_module, args=("bot.render.terminal",), daemon=True).start()
    broken: list[str] = []
    with repository_cache(options.path, enabled=not options.no_cache) as cache:
        document = review_repository(
            options.path,
            base=options.base,
            head=options.head,
            also=options.also,
            config=config,
            cache=cache,
            # The text and the annotations show no statements.
            sql=options.part == "sql" or options.format in ("json", "markdown"),
            broken=broken,
        )
    if broken:
        _print(document, options.part, options.format)
        for part in broken:
            print(f"twostep: {part}", file=sys.stderr)
        print(
            "twostep: that is a defect of Two-Step's own, please report it; the rest was judged",
            file=sys.stderr,
        )
        return FAILED
    if getattr(options, "write", None):
        return _write_split(options, document)
    _print(document, options.part, options.format)
    if options.part != "review":
        return 0
    return FOUND if _worst(document) >= THRESHOLDS[options.fail_on] else 0


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
    if form == "text":
        from bot.render.terminal import print_document

        print_document(document, part)
        return
    print(_rendered(document, part, form))


def _rendered(document: Document, part: str, form: str) -> str:
    match form:
        case "json":
            import json

            chosen: object = document if part == "review" else document[part]  # type: ignore[literal-required]
            return json.dumps(chosen, indent=2, ensure_ascii=False)
        case "markdown":
            from bot.render.markdown import render_markdown

            return render_markdown(document, part)
        case "sarif":
            from bot.render.sarif import render_sarif

            return render_sarif(document)
        case _:
            from bot.render.workflow import render_workflow

            return render_workflow(document)


def _write_split(options: argparse.Namespace, document: Document) -> int:
    from git import Repo

    from analyzers.results import SplitStep
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
        print("There is nothing to split: one pull request is fine.")
        return 0
    with Repo(options.path, search_parent_directories=True) as repo:
        base = document["base"]["sha"]
        head = options.head or "HEAD"
        for branch in write_branches(
            repo, steps, prefix=options.write, base=base, head=repo.commit(head).hexsha
        ):
            print(f"{branch.name}  {branch.step.title}")
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
        default=options.default,
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


if __name__ == "__main__":
    run()
