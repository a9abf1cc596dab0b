"""
The configuration's text to a ``Config``: YAML or TOML, strict, errors with line and key.

``SCHEMA`` is the same as JSON Schema, for editors; a test holds both together.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analyzers import limits
from analyzers.config import (
    AlembicConfig,
    Config,
    Deploy,
    DjangoConfig,
    Ignore,
    LargeTables,
)
from analyzers.findings import Severity
from analyzers.read.cache import Cache
from analyzers.read.toml_text import toml_of
from analyzers.trees import Tree

if TYPE_CHECKING:
    import yaml

PATHS = (".github/twostep.yml", ".github/twostep.yaml")
PYPROJECT = "pyproject.toml"
SIZES = ".github/twostep-sizes.yml"
CACHE = "config-2"
LARGEST = 200_000
"""Bytes of a configuration that is read."""

SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO}
DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")

_MISFITS = (ValueError, LookupError, AttributeError, OverflowError, TypeError)
"""What the YAML library raises where a value is not of the type that its tag says."""


class ConfigProblem(ValueError):
    """The configuration cannot be used: where, why, what to write instead."""

    def __init__(self, *, path: str, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.path = path
        self.line = line
        self.problem = problem
        self.brought = False
        """Whether the base's can be used, and the change brings one that cannot."""


def _text(**more: object) -> dict[str, object]:
    return {"type": "string", **more}


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Two-Step",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "version": {"const": 1, "description": "The version of this format."},
        "language": {
            "enum": ["en", "ko"],
            "description": "The language of comments; all are in English so far.",
        },
        "database": {
            "enum": list(DATABASES),
            "description": "What the migrations run on; without it, what Django's settings, or Alembic's configuration and revisions, say for certain, else postgresql.",
        },
        "database_version": _text(description="Its version, such as '16'; quote it."),
        "rules": {
            "type": "object",
            "additionalProperties": {"enum": ["error", "warning", "info", "off", False]},
            "description": "Severity by rule; 'off' switches one off.",
        },
        "exclude": {
            "type": "array",
            "items": _text(),
            "description": "Paths whose migrations are not read: folders, or patterns such as 'legacy/**'.",
        },
        "ignore": {
            "type": "array",
            "description": "Findings that do not count, each with its reason.",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["rule", "reason"],
                "properties": {
                    "rule": _text(),
                    "reason": _text(minLength=3),
                    "app": _text(),
                    "migration": _text(),
                    "path": _text(),
                    "table": _text(),
                    "until": _text(format="date", pattern=r"^\d{4}-\d{2}-\d{2}$"),
                },
            },
        },
        "large_tables": {
            "type": "object",
            "additionalProperties": False,
            "description": "From how many rows on a table is large, and what is known of tables.",
            "properties": {
                "rows": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "A table with more rows is large; 100000 where nothing is said.",
                },
                "tables": {
                    "type": "object",
                    "description": "Rows by table; counts more than what `twostep sizes` has written.",
                    "additionalProperties": {"type": "integer", "minimum": 0},
                },
            },
        },
        "split": {
            "type": "object",
            "additionalProperties": False,
            "description": "How a split's migrations are written.",
            "properties": {
                "style": {
                    "enum": ["state", "files"],
                    "description": "state: a migration for the database and a later one for the models' state, so that "
                    "makemigrations finds nothing between two steps (on PostgreSQL); files: one for both, models by themselves.",
                }
            },
        },
        "conflicts": {
            "type": "object",
            "additionalProperties": False,
            "description": "How conflicting leaf nodes are to be mended.",
            "properties": {
                "resolve": {
                    "enum": ["rebase", "merge"],
                    "description": "rebase: suggest the edit that moves the new migration behind the base's; merge: offer the merge migration alone.",
                }
            },
        },
        "deploy": {
            "type": "object",
            "additionalProperties": False,
            "description": "How the team deploys.",
            "properties": {
                "environment": _text(
                    description="Where the team deploys to, as GitHub calls it: what the base has forgotten is dropped only after that was deployed there. The check looks again after each deployment."
                ),
                "migrate": _text(
                    description="The command that runs Django's migrations, for plans and ways back."
                ),
                "migrate_first": {
                    "type": "boolean",
                    "description": "Migrations have run to their end before any new code starts.",
                },
            },
        },
        "django": {
            "type": "object",
            "additionalProperties": False,
            "description": "What is known better than it can be read.",
            "properties": {
                "settings": _text(
                    description="The settings module that Django loads, such as 'shop.settings'; "
                    "what models and migrations ask of the settings is then known."
                ),
                "default_auto_field": _text(
                    description="DEFAULT_AUTO_FIELD, such as 'django.db.models.BigAutoField'."
                ),
                "auth_user_model": _text(description="AUTH_USER_MODEL, such as 'accounts.User'."),
                "version": _text(
                    description="The version that runs the migrations, such as '4.2'; without it, what lock files say."
                ),
                "apps": {
                    "type": "object",
                    "additionalProperties": _text(),
                    "description": "The folder of an app's package by the app's label.",
                },
                "migration_modules": {
                    "type": "object",
                    "additionalProperties": _text(),
                    "description": "The folder of an app's migrations by the app's label, as MIGRATION_MODULES.",
                },
            },
        },
        "alembic": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "config": _text(
                    description="The configuration file that commands of the way back name with -c."
                )
            },
        },
    },
}


def config_of(tree: Tree, rules: Sequence[str], cache: Cache | None = None) -> Config:
    """
    The configuration that *tree* holds, or the defaults, with the table sizes beside it.

    Raises:
        ConfigProblem: it is there and cannot be used.
    """
    key = _said_by(tree, rules) if cache is not None else None
    kept = cache.get(CACHE, key) if cache is not None and key else None
    if isinstance(kept, Config):
        return kept
    config = _config_alone(tree, rules)
    sizes = sizes_of(tree)
    if sizes:
        known = {**sizes, **config.large_tables.tables}
        config = replace(config, large_tables=replace(config.large_tables, tables=known))
    if cache is not None and key:
        cache.put(CACHE, key, config)
    return config


def _said_by(tree: Tree, rules: Sequence[str]) -> str | None:
    """What the configuration depends on, as a key; None where no file is for it alone."""
    files = []
    for path in (*PATHS, SIZES, PYPROJECT):
        with suppress(KeyError):
            files.append((path, tree.oid(path)))
    if all(path == PYPROJECT for path, _ in files):
        return None
    return ":".join((files[0][1], *(f"{path} {oid}" for path, oid in files), *rules))


def sizes_of(tree: Tree) -> Mapping[str, int]:
    """
    Rows by table, as ``twostep sizes`` has written them into *tree*.

    Raises:
        ConfigProblem: the file is there and is not such a file.
    """
    try:
        content = tree.read(SIZES)
    except KeyError:
        return {}
    tables: object = None
    if len(content) <= LARGEST:
        import yaml

        try:
            document = yaml.safe_load(content)
            tables = document.get("tables") if isinstance(document, dict) else None
        except (yaml.YAMLError, RecursionError, *_MISFITS):
            tables = None
    if not isinstance(tables, dict) or not all(
        isinstance(k, str) and type(v) is int and v >= 0 for k, v in tables.items()
    ):
        raise ConfigProblem(
            path=SIZES,
            line=1,
            problem="it is no table sizes file; write it anew with `twostep sizes`",
        )
    return tables


def _config_alone(tree: Tree, rules: Sequence[str]) -> Config:
    for path in PATHS:
        try:
            content = tree.read(path)
        except KeyError:
            continue
        return parse_yaml(content, path, rules)
    try:
        content = tree.read(PYPROJECT)
    except KeyError:
        return Config()
    return parse_pyproject(content, rules) if b"tool.twostep" in content else Config()


def parse_yaml(content: bytes, path: str, rules: Sequence[str]) -> Config:
    """
    The configuration in a YAML file.

    Raises:
        ConfigProblem: with the line and the key.
    """
    if len(content) > LARGEST:
        raise ConfigProblem(path=path, line=1, problem=f"the file is larger than {LARGEST:,} bytes")
    # Most repositories have no such file, and this takes longer to load than to be used.
    import yaml

    try:
        text = content.decode()
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if getattr(event, "anchor", None) is not None:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise ConfigProblem(
                    path=path,
                    line=line,
                    problem="anchors and aliases are not read; write the value out",
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise ConfigProblem(path=path, line=1, problem="the file is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigProblem(
            path=path, line=line, problem=f"it is not valid YAML: {error.problem}"
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigProblem(
            path=path, line=1, problem=f"it is not valid YAML: {type(error).__name__}"
        ) from None
    if node is None:
        return Config(path=path)
    lines: dict[tuple[object, ...], int] = {}
    try:
        data = _plain(node, (), lines, path)
    except RecursionError:
        raise ConfigProblem(path=path, line=1, problem="it is nested too deeply") from None
    return _built(data, lines, path, rules)


def parse_pyproject(content: bytes, rules: Sequence[str]) -> Config:
    """
    The table ``[tool.twostep]`` of a ``pyproject.toml``.

    Raises:
        ConfigProblem: with the line, as near as a search for the key finds it.
    """
    if len(content) > limits.SOURCE_BYTES:
        said = f"the file is larger than {limits.SOURCE_BYTES:,} bytes"
        raise ConfigProblem(path=PYPROJECT, line=1, problem=said)
    try:
        document = toml_of(content.decode())
    except ValueError as error:
        raise ConfigProblem(
            path=PYPROJECT, line=1, problem=f"it is not valid TOML: {error}"
        ) from None
    tools = document.get("tool")
    data = tools.get("twostep", {}) if isinstance(tools, dict) else {}
    text = content.decode().splitlines()
    start = next((n for n, line in enumerate(text, 1) if "tool.twostep" in line), 1)
    lines: dict[tuple[object, ...], int] = {(): start}
    for number, line in enumerate(text[start:], start + 1):
        if found := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*=", line):
            lines.setdefault((found[1],), number)
    return _built(data, lines, PYPROJECT, rules)


def _plain(
    node: yaml.Node, at: tuple[object, ...], lines: dict[tuple[object, ...], int], path: str
) -> Any:
    """Plain data of a YAML node, noting the line of every key."""
    import yaml

    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        made: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigProblem(path=path, line=line, problem="a key must be text")
            key = str(key_node.value)
            if key in made:
                raise ConfigProblem(path=path, line=line, problem=f"the key '{key}' stands twice")
            made[key] = _plain(value_node, (*at, key), lines, path)
            lines[(*at, key)] = line
        return made
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*at, n), lines, path) for n, item in enumerate(node.value)]
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, *_MISFITS):
        return node.value


def _built(
    data: Any, lines: Mapping[tuple[object, ...], int], path: str, rules: Sequence[str]
) -> Config:
    _check(data, SCHEMA, (), lines, path)
    chosen: dict[str, Severity | None] = {}
    for name, word in data.get("rules", {}).items():
        if name not in rules:
            raise ConfigProblem(
                path=path,
                line=_line(lines, ("rules", name)),
                problem=f"unknown rule '{name}'.{_near(name, rules, RULES)}",
            )
        chosen[name] = None if word in ("off", False) else SEVERITIES[word]
    ignores = []
    for number, entry in enumerate(data.get("ignore", [])):
        line = _line(lines, ("ignore", number))
        if entry["rule"] not in rules:
            raise ConfigProblem(
                path=path,
                line=line,
                problem=f"unknown rule '{entry['rule']}'.{_near(entry['rule'], rules, RULES)}",
            )
        ignores.append(Ignore(**entry, line=line))
    django, large, deploy = (
        data.get("django", {}),
        data.get("large_tables", {}),
        data.get("deploy", {}),
    )
    return Config(
        language=data.get("language", "en"),
        database=data.get("database"),
        database_version=data.get("database_version"),
        rules=chosen,
        exclude=tuple(data.get("exclude", ())),
        ignore=tuple(ignores),
        large_tables=LargeTables(**large),
        split_style=data.get("split", {}).get("style", "state"),
        conflicts_resolve=data.get("conflicts", {}).get("resolve", "rebase"),
        deploy=Deploy(**deploy),
        django=DjangoConfig(**django),
        alembic=AlembicConfig(**data.get("alembic", {})),
        path=path,
    )


def _check(
    value: Any,
    schema: Mapping[str, Any],
    at: tuple[object, ...],
    lines: Mapping[tuple[object, ...], int],
    path: str,
) -> None:
    """See that *value* fits *schema*: the few keywords that ``SCHEMA`` uses."""
    line, name = _line(lines, at), ".".join(map(str, at)) or "the configuration"

    def wrong(problem: str, line: int = line) -> ConfigProblem:
        return ConfigProblem(path=path, line=line, problem=problem)

    if "const" in schema and value != schema["const"]:
        raise wrong(f"'{name}' must be {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        choices = [str(choice) for choice in schema["enum"] if choice is not False]
        raise wrong(f"'{name}' cannot be '{value}'; choose one of {', '.join(choices)}")
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        raise wrong(f"'{name}' must be {_WORDS[kind]}")
    if kind == "integer" and value < schema.get("minimum", value):
        raise wrong(f"'{name}' must be at least {schema['minimum']}")
    if kind == "string":
        if len(value) < schema.get("minLength", 0):
            raise wrong(f"'{name}' is too short to say anything")
        if "format" in schema and not _is_date(value):
            raise wrong(f"'{name}' must be a date such as 2027-01-31")
    if kind == "array":
        for number, item in enumerate(value):
            _check(item, schema["items"], (*at, number), lines, path)
    if kind == "object":
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        for key in schema.get("required", ()):
            if key not in value:
                raise wrong(f"'{name}' needs '{key}'")
        for key, item in value.items():
            if key in known:
                _check(item, known[key], (*at, key), lines, path)
            elif isinstance(other, dict):
                _check(item, other, (*at, key), lines, path)
            else:
                keys = f"Known keys: {', '.join(sorted(known))}"
                raise wrong(
                    f"unknown key '{key}'.{_near(key, list(known), keys)}",
                    _line(lines, (*at, key)),
                )


RULES = "'twostep rules' lists them all."
_WORDS = {
    "object": "keys and values",
    "array": "a list",
    "string": "text (put it in quotes)",
    "integer": "a whole number",
    "boolean": "true or false",
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}


def _is(value: Any, kind: str) -> bool:
    if kind == "integer" and isinstance(value, bool):
        return False
    return isinstance(value, _TYPES[kind])


def _is_date(text: str) -> bool:
    """Whether *text* is a day that there is, as 2027-01-31."""
    with suppress(ValueError):
        return datetime.date.fromisoformat(text).isoformat() == text
    return False


def _line(lines: Mapping[tuple[object, ...], int], at: tuple[object, ...]) -> int:
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


def _near(name: str, known: Sequence[str], otherwise: str) -> str:
    """What *name* may have been meant to be, or *otherwise* what there is."""
    import difflib

    found = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean '{found[0]}'?" if found else f" {otherwise}"
