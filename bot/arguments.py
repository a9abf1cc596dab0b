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
SIZES = ".github/twostep-sizes.yml"
THRESHOLDS = {"info": 1, "warning": 2, "error": 3, "never": 9}
REVIEWS = {
    "review": "review a branch (the working tree, without --head)",
    "graph": "show the migrations around what is new or wrong",
    "split": "show the pull requests that make the change safe, in order",
    "rollback": "show how to roll back, while the new code is still deployed",
    "sql": "show what each new migration executes, with its locks",
}
SERVICES = {
    "serve": "run the service: webhooks, jobs, pages",
    "worker": "run a further worker on the service's database",
    "demo": "run the service with a local sample and a stand-in for GitHub",
}
WORDS = {
    **REVIEWS,
    "makemigrations": "show or write the migration that is missing for changed models",
    "rules": "list the rules, or show the page of one",
    "doctor": "compare a database with the migrations (only reads the database)",
    "sizes": "write down a database's table sizes for reviews (only reads the database)",
    **SERVICES,
    "config": "check the configuration of a repository",
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


def _path(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "path",
        nargs="?",
        type=Path,
        default=Path(),
        help="a repository, or a folder in it (default: the current one)",
    )


def _sides(command: argparse.ArgumentParser) -> None:
    _path(command)
    command.add_argument(
        "--base",
        metavar="REV",
        help="what it is merged into (default: the remote's default branch)",
    )
    command.add_argument(
        "--head",
        metavar="REV",
        help="what is reviewed (default: the working tree, with uncommitted work)",
    )


def _of_a_part(command: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    _sides(command)
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
    _sides(command)
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
    command.add_argument("name", nargs="?", help="such as column-removed (default: list all)")


def _of_doctor(command: argparse.ArgumentParser) -> None:
    _path(command)
    _dsn(command)


def _of_sizes(command: argparse.ArgumentParser) -> None:
    _dsn(command)
    command.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        default=Path(SIZES),
        help=f"where to write them (default: {SIZES}, where reviews look for them)",
    )


def _dsn(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--dsn", required=True, metavar="URL", help="such as postgresql://user@host/name"
    )


def _of_a_service(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--host", help="the address to listen on (default: TWOSTEP_HOST, else 127.0.0.1)"
    )
    command.add_argument(
        "--port", type=int, help="the port to listen on (default: TWOSTEP_PORT, else 8000)"
    )


def _of_a_worker(command: argparse.ArgumentParser) -> None:
    """A worker listens nowhere; without a public address, links to reports lead to the service's."""
    command.add_argument("--host", help=argparse.SUPPRESS)
    command.add_argument("--port", type=int, help=argparse.SUPPRESS)


def _of_config(command: argparse.ArgumentParser) -> None:
    words = "say whether the configuration can be used, and what is wrong with it"
    check = command.add_subparsers(metavar="COMMAND", required=True).add_parser(
        "check", help=words, description=words
    )
    _path(check)


_ARGUMENTS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "review": _of_a_review,
    "split": _of_split,
    "makemigrations": _of_makemigrations,
    "rules": _of_rules,
    "doctor": _of_doctor,
    "sizes": _of_sizes,
    "worker": _of_a_worker,
    "config": _of_config,
}
