"""The arguments of the command line. Only those of the command that is asked for are put together."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

FORMATS = ("text", "json", "markdown")
OF_FINDINGS = ("sarif", "github", "gitlab")
"""Formats that can hold nothing but findings."""
THRESHOLDS = {"info": 1, "warning": 2, "error": 3, "never": 9}
REVIEWS = {
    "review": "review a branch (the working tree, without --head)",
    "graph": "the migrations around what is new or wrong",
    "split": "the pull requests that make the change safe, in order",
    "rollback": "the way back, with the new code still deployed",
    "sql": "what each new migration executes, with its locks",
}
SERVICES = {
    "serve": "the service: webhooks, jobs, pages",
    "worker": "a further worker on the service's database",
    "demo": "the service with a local sample and a stand-in for GitHub",
}
WORDS = {
    **REVIEWS,
    "makemigrations": "the migration that is missing for changed models",
    "rules": "the rules, or the page of one",
    "doctor": "a database against the migrations (only reads)",
    "sizes": "write the table sizes that reviews read (only reads)",
    **SERVICES,
    "config": "the configuration of a repository",
}

Run = Callable[[argparse.Namespace], int]


def parser_for(given: Sequence[str], commands: Mapping[str, Run]) -> argparse.ArgumentParser:
    """
    A parser for the arguments *given*, with what each of *commands* runs as ``options.run``.

    Where *given* begins with a command it knows that one alone, which is a third of
    the time that the program needs to answer.
    """
    parser = argparse.ArgumentParser(
        prog="twostep",
        formatter_class=_Formatter,
        description="Reviews the database migrations of a branch against its base, without running the project's code.",
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help="say which version this is, and end"
    )
    added = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, prog=parser.prog
    )
    for name in given[:1] if given[:1] and given[0] in WORDS else WORDS:
        command = added.add_parser(
            name, help=WORDS[name], description=WORDS[name], formatter_class=_Formatter
        )
        command.set_defaults(run=commands[name])
        _ARGUMENTS.get(name, _of_a_part if name in REVIEWS else _of_a_service)(command)
        if name in REVIEWS:
            command.set_defaults(part=name)
        elif name in SERVICES:
            command.set_defaults(service=name)
    return parser


class _Formatter(argparse.HelpFormatter):
    """The usual help. One is made for each argument that is added, and the usual one loads archivers to ask how wide."""

    def __init__(self, prog: str, width: int | None = None) -> None:
        super().__init__(prog, width=_columns() - 2 if width is None else width)


def _columns() -> int:
    """The terminal's width, as ``shutil.get_terminal_size`` finds it."""
    try:
        told = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        told = 0
    if told > 0:
        return told
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


class _Version(argparse.Action):
    """The installed version, looked up when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            known = version("two-step")
        except PackageNotFoundError:
            known = "(not installed: run from its sources)"
        sys.stdout.write(f"twostep {known}\n")
        parser.exit()


def _of_a_review(command: argparse.ArgumentParser) -> None:
    _of_a_part(command, (*FORMATS, *OF_FINDINGS))
    command.add_argument(
        "--fail-on",
        choices=tuple(THRESHOLDS),
        default="error",
        help="exit with 1 from this severity on (default: error)",
    )


def _of_a_part(command: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
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
        "--deployed",
        metavar="REV",
        help="what runs now, where that is older than the base: a tag, a commit",
    )
    command.add_argument(
        "--format", choices=formats, default="text", help="how to print it (default: text)"
    )
    command.add_argument("--no-cache", action="store_true", help="read every file anew")
    command.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="a configuration to use instead of the base's",
    )


def _of_split(command: argparse.ArgumentParser) -> None:
    _of_a_part(command)
    command.add_argument(
        "--write",
        metavar="PREFIX",
        help="make the branches PREFIX-1, PREFIX-2, ... with the files of each step",
    )


def _of_makemigrations(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", nargs="?", type=Path, default=Path())
    command.add_argument("--base", metavar="REV")
    command.add_argument("--head", metavar="REV")
    command.add_argument(
        "--write", action="store_true", help="write the files into the working tree"
    )
    command.add_argument("-n", "--name", help="the migration's name, without its number")
    command.add_argument(
        "--rename",
        action=argparse.BooleanOptionalAction,
        help="whether what vanished and what is new is one thing renamed",
    )
    command.add_argument(
        "--default",
        action="append",
        metavar="[MODEL.FIELD=]VALUE",
        help="Python source of the value for existing rows; for all that need one, or for one field",
    )


def _of_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", nargs="?")


def _of_doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", nargs="?", type=Path, default=Path())
    command.add_argument(
        "--dsn", required=True, metavar="URL", help="such as postgresql://user@host/name"
    )


def _of_sizes(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dsn", required=True, metavar="URL")
    command.add_argument("--output", type=Path, default=Path(".github/twostep-sizes.yml"))


def _of_a_service(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default=None)
    command.add_argument("--port", type=int, default=None)


def _of_config(command: argparse.ArgumentParser) -> None:
    check = command.add_subparsers(metavar="COMMAND", required=True).add_parser(
        "check", help="validate it"
    )
    check.add_argument("path", nargs="?", type=Path, default=Path())


_ARGUMENTS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "review": _of_a_review,
    "split": _of_split,
    "makemigrations": _of_makemigrations,
    "rules": _of_rules,
    "doctor": _of_doctor,
    "sizes": _of_sizes,
    "config": _of_config,
}
