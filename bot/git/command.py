"""
The one way in which git is started: no hooks, no prompts, no foreign configuration.

Arguments never hold a credential (everybody on a machine can read them): the
token goes through the environment, as a header for one origin only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.errors import TwoStepError

OUTPUT_BYTES = 512_000_000
"""Of one command; the list of all paths of the largest repositories has some 20 MB."""

_CREDENTIAL = r"(gh[a-z]_[0-9A-Za-z._-]{10,}|(?<=//)[^/@\s]+(?=@)|Basic [0-9A-Za-z+/=]+)"

_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.askPass": "",
    "core.alternateRefsCommand": "true",
    "core.packedGitLimit": "256m",
    "core.packedGitWindowSize": "16m",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "gc.autoDetach": "false",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "maintenance.auto": "false",
    "protocol.version": "2",
    "safe.directory": "*",
    "submodule.recurse": "false",
    "transfer.bundleURI": "false",
    "uploadpack.packObjectsHook": "",
}

_INHERITED = (
    "PATH",
    "TMPDIR",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
)
"""Of our own environment: where programs are, and how the network is reached."""


class GitError(TwoStepError):
    """git failed. The text has its last words, without credentials; *output* is what it had written."""

    def __init__(self, message: str, code: int, output: bytes = b"") -> None:
        super().__init__(message)
        self.code = code
        self.output = output


class GitMissingError(TwoStepError):
    """There is no git to start."""


class GitTimeoutError(GitError):
    """git was killed, with all that it had started, because it took too long."""


def environment(
    settings: Mapping[str, str] | None = None,
    *,
    protocols: Sequence[str] = (),
    origin: str | None = None,
    token: str | None = None,
) -> dict[str, str]:
    """
    The environment for git: our *settings* and no others.

    Without *protocols* it cannot leave the machine, nor read another
    repository; *token* is sent to *origin* (scheme, host and port) and to
    nobody else.
    """
    configuration = {**_SETTINGS, **(settings or {})}
    if token is not None:
        assert origin is not None, "a token is for one origin"
        # Loaded here: reviews of what is on this machine need no address.
        import base64
        from urllib.parse import urlsplit

        parts = urlsplit(origin)
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        key = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
        configuration[key] = f"Authorization: Basic {basic}"
    variables = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    if "SSL_CERT_FILE" in variables:
        # Where git is linked against GnuTLS it does not look there.
        variables.setdefault("GIT_SSL_CAINFO", variables["SSL_CERT_FILE"])
    variables |= {
        "GIT_ALLOW_PROTOCOL": ":".join(protocols) or "none",
        "GIT_ASKPASS": "true",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        # A file that is there, even an empty one, is advised against.
        "GIT_GRAFT_FILE": "/nonexistent/grafts",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_SSH_COMMAND": "false",
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": "/nonexistent",
        "LC_ALL": "C",
    }
    return with_settings(variables, configuration)


def with_settings(env: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """*env* with *settings* behind those that it has: they win over the repository's own."""
    variables, known = dict(env), int(env.get("GIT_CONFIG_COUNT", "0"))
    for index, (key, value) in enumerate(settings.items(), known):
        variables[f"GIT_CONFIG_KEY_{index}"] = key
        variables[f"GIT_CONFIG_VALUE_{index}"] = value
    variables["GIT_CONFIG_COUNT"] = str(known + len(settings))
    return variables


def git(
    directory: Path | None,
    *arguments: str,
    env: Mapping[str, str],
    seconds: float,
    input_: bytes = b"",
) -> bytes:
    """
    What ``git ARGUMENTS`` writes, asked of the repository whose git directory is *directory*.

    None leaves it to git to find one.

    Whatever comes from outside stands behind ``--end-of-options`` or on
    standard input: that is the caller's duty.

    Raises:
        GitError: it failed; ``GitTimeoutError`` where it had to be killed.
        GitMissingError: there is none.
    """
    where = () if directory is None else ("--git-dir", str(directory))
    try:
        process = subprocess.Popen(  # noqa: S603  a list, no shell; see the docstring
            ["git", *where, *arguments],  # noqa: S607  wherever PATH has it
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            start_new_session=True,
        )
    except FileNotFoundError:
        raise GitMissingError("There is no git on PATH. Install git 2.38 or newer.") from None
    try:
        output, complaint = process.communicate(input_, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise GitTimeoutError(
            f"git {_named(arguments)} took more than {seconds:.0f} seconds", -signal.SIGKILL
        ) from None
    finally:
        if process.returncode is None:
            _kill(process)
    if process.returncode != 0:
        raise GitError(
            f"git {_named(arguments)}: {clean(complaint.decode(errors='replace'))}",
            process.returncode,
            output,
        )
    if len(output) > OUTPUT_BYTES:
        raise GitError(f"git {_named(arguments)} wrote more than can be read", 0)
    return output


def _named(arguments: Sequence[str]) -> str:
    """Which of git's commands that is: options of git itself, each with its value, may come first."""
    at = 0
    while arguments[at : at + 1] and arguments[at].startswith("-"):
        at += 2
    return arguments[at] if at < len(arguments) else arguments[0]


def clean(text: str, characters: int = 500) -> str:
    """The last words of *text*, on one line, without anything that looks like a credential."""
    import re  # Loaded here, as is what it makes of the pattern: most reviews hear no complaint.

    return re.sub(_CREDENTIAL, "***", " ".join(text.split()))[-characters:]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End *process* and the helpers that it started (``git-remote-https``, ``index-pack``)."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.communicate()
