"""
The settings of the service: read once, from the environment, a file, or both.

Every name is an environment variable with the prefix ``TWOSTEP_``. A secret may
also be given as a file (``TWOSTEP_SECRETS_DIR``, one file per name, the way of
Docker and Kubernetes), and the App's credentials that the setup page received
lie in ``credentials.json`` of the data directory.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

CREDENTIALS = ("app_id", "app_slug", "private_key", "webhook_secret", "client_id", "client_secret")
"""What the setup page stores, by the names of the settings."""


class Settings(BaseSettings):
    """
    Everything that an operator can set. Times are seconds, sizes are megabytes.

    Values of the environment win over stored credentials, so that a mistake in
    the file can be mended from outside.
    """

    model_config = SettingsConfigDict(
        env_prefix="TWOSTEP_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    # Where things are
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("twostep")))
    """Database (SQLite), mirrors, credentials, cache. The mirrors may be deleted at any time."""
    database_url: SecretStr | None = None
    """``postgresql://...`` to share the work among machines; a SQLite file otherwise."""
    public_url: str | None = None
    """Where browsers and GitHub reach this service, such as ``https://twostep.example.org``."""
    github_url: str = "https://github.com"
    """GitHub, one with data residency, or a GitHub Enterprise Server; the API's addresses follow from it."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)

    # The App
    app_id: int | None = None
    app_slug: str | None = None
    private_key: SecretStr | None = None
    """PEM as it is, with ``\\n`` for the line ends, or in base64."""
    webhook_secret: SecretStr | None = None
    webhook_secret_previous: SecretStr | None = None
    """Accepted as well while the secret is being changed."""
    client_id: str | None = None
    client_secret: SecretStr | None = None
    report_secret: SecretStr | None = None
    """Signs the links of reports; made and kept in the data directory where it is not given."""

    # How much at once
    serve_jobs: bool = True
    """Whether ``twostep serve`` does jobs as well; off where workers do them."""
    reviews_at_once: int = Field(default=2, ge=1)
    """Analyses of one process at a time; about the number of cores."""
    reviews_everywhere: int = Field(default=16, ge=1)
    """Reviews of all processes together."""
    reviews_per_installation: int = Field(default=4, ge=1)
    debounce_seconds: float = Field(default=2.0, ge=0)
    """Pushes within this time are reviewed once."""
    analysis_seconds: float = Field(default=120.0, gt=0)
    analysis_memory_mb: int = Field(default=1024, ge=256)
    git_seconds: float = Field(default=300.0, gt=0)
    mirror_mb: int = Field(default=2048, ge=1)
    """A mirror above this size is thrown away and made anew."""
    mirrors_mb: int = Field(default=20_480, ge=1)
    """All mirrors together; those unused for longest go first."""
    poll_seconds: float = Field(default=0.25, gt=0)
    """How often each process looks into the queues."""
    attempts: int = Field(default=8, ge=1)
    """How often a job is tried before it is a dead letter."""
    retry_seconds: float = Field(default=4.0, gt=0)
    """Before the second try; three times as long before each further one, up to 15 minutes."""
    github_seconds: float = Field(default=30.0, gt=0)
    """How long one request to GitHub may take."""
    github_pause_seconds: float = Field(default=1.0, ge=0)
    """Between writes of one job: what GitHub asks of Apps."""
    github_late_seconds: float = Field(default=3.0, ge=0)
    """By how much GitHub's lists may be behind its writes: so long after one, nothing is said there."""

    # How long things are kept
    keep_jobs_days: float = Field(default=14, gt=0)
    keep_reports_days: float = Field(default=90, gt=0)

    # Keeping alive
    heartbeat_seconds: float = Field(default=10.0, gt=0)
    stop_seconds: float = Field(default=10.0, ge=0)
    """How long jobs get to end when the process is told to stop; what is left goes on elsewhere."""
    dead_after_seconds: float = Field(default=60.0, gt=0)
    redeliver_every_seconds: int = Field(default=600, ge=1)
    sweep_every_seconds: int = Field(default=1800, ge=1)
    prune_every_seconds: int = Field(default=3600, ge=1)

    # What is seen
    log_format: str = Field(default="json", pattern="^(json|text)$")
    log_level: str = "INFO"
    metrics_token: SecretStr | None = None
    """Asked of readers of ``/metrics`` as a bearer token where it is set."""

    _stored: dict[str, Any] = PrivateAttr(default_factory=dict)

    @field_validator("private_key")
    @classmethod
    def _one_form_of_pem(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else SecretStr(pem(value.get_secret_value()))

    @field_validator("database_url")
    @classmethod
    def _a_database(cls, value: SecretStr | None) -> SecretStr | None:
        known = ("postgres://", "postgresql://", "postgresql+psycopg://", "sqlite:///")
        if value is not None and not value.get_secret_value().startswith(known):
            raise ValueError("an address such as postgresql://user:password@host/name is needed")
        return value

    @field_validator("github_url", "public_url")
    @classmethod
    def _an_origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme == "file":
            return value  # a directory of repositories, for tests
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError("an address such as https://twostep.example.org is needed")
        return value.rstrip("/")

    @property
    def api_url(self) -> str:
        """The root of the REST API."""
        host = self._api_host
        return f"https://{host}" if host else f"{self.github_url}/api/v3"

    @property
    def graphql_url(self) -> str:
        host = self._api_host
        return f"https://{host}/graphql" if host else f"{self.github_url}/api/graphql"

    @property
    def _api_host(self) -> str:
        """The API's own host; empty for a GitHub Enterprise Server, which has none."""
        host = urlsplit(self.github_url).hostname or ""
        return f"api.{host}" if host == "github.com" or host.endswith(".ghe.com") else ""

    @property
    def database(self) -> str:
        """The database as an SQLAlchemy URL; contains the password."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir / 'twostep.sqlite'}"
        url = self.database_url.get_secret_value()
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @property
    def mirrors_dir(self) -> Path:
        return self.data_dir / "mirrors"

    @property
    def credentials_file(self) -> Path:
        return self.data_dir / "credentials.json"

    @property
    def setup_token_file(self) -> Path:
        """What the link to the setup page is known by, as long as there are no credentials."""
        return self.data_dir / "setup-token"

    @property
    def configured(self) -> bool:
        """Whether the App's credentials are there; without them only the setup page is served."""
        return None not in (self.app_id, self.private_key, self.webhook_secret)

    @property
    def webhook_secrets(self) -> tuple[bytes, ...]:
        """The secrets that sign deliveries, the current one first."""
        given = (self.webhook_secret, self.webhook_secret_previous)
        return tuple(secret.get_secret_value().encode() for secret in given if secret)


def load_settings(**overrides: Any) -> Settings:
    """
    The settings from the environment, secret files and stored credentials.

    *overrides* win over everything; None among them counts as not given.

    Raises:
        SettingsError: a value cannot be used; the text names it, without its content.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    missing: dict[str, Any] = {}
    settings = None
    try:
        settings = Settings(**_secrets(), **given)
        stored = _stored(settings.credentials_file)
        missing = {k: v for k, v in stored.items() if getattr(settings, k) in (None, "")}
        return Settings(**_secrets(), **{**missing, **given}) if missing else settings
    except ValidationError as error:
        # Pydantic's own text quotes the value, which may be a secret.
        problems = []
        for each in error.errors():
            name = "_".join(map(str, each["loc"]))
            where = f"TWOSTEP_{name.upper()}"
            if settings is not None and name in missing:
                where = f"{settings.credentials_file}: {name}"
            problems.append(f"{where}: {_said(each)}")
        raise SettingsError("; ".join(problems)) from None


def half_given(settings: Settings) -> str:
    """What to say where some of the App's credentials are there and others are not; else empty."""
    parts = ("app_id", "private_key", "webhook_secret")
    lacking = [f"TWOSTEP_{name.upper()}" for name in parts if getattr(settings, name) is None]
    if len(lacking) in (0, len(parts)):
        return ""
    return f"a part of the App's credentials is not set: {', '.join(lacking)}"


def unknown_names() -> list[str]:
    """Variables of the environment that look like settings and are none: misspelt, or of another version."""
    known = {f"TWOSTEP_{name.upper()}" for name in Settings.model_fields} | {"TWOSTEP_SECRETS_DIR"}
    asked = (name for name in os.environ if name.upper().startswith("TWOSTEP_"))
    return sorted(name for name in asked if name.upper() not in known)


def _said(error: Mapping[str, Any]) -> str:
    """What is wrong with a setting, in words that say what it should be."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            return "it must be a whole number"
        case "float_parsing" | "float_type":
            return "it must be a number"
        case "bool_parsing" | "bool_type":
            return "it must be true or false"
        case "greater_than_equal":
            return f"it must be at least {limits['ge']}"
        case "greater_than":
            return f"it must be more than {limits['gt']}"
        case "less_than_equal":
            return f"it must be at most {limits['le']}"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")


def pem(text: str) -> str:
    """*text* as PEM: its line ends may be written as backslash and n, or it is base64 of all."""
    text = text.strip()
    if not text.startswith("-----"):
        try:
            text = base64.b64decode("".join(text.split()), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise ValueError(
                "it is neither PEM nor base64 of PEM; what is needed is the content of the key's"
                " file, not its name (TWOSTEP_SECRETS_DIR takes files)"
            ) from None
    text = text.replace("\\n", "\n").strip() + "\n"
    if "PRIVATE KEY-----" not in text:
        raise ValueError("it is PEM, but no private key")
    return text


def _secrets() -> dict[str, Any]:
    """Where pydantic finds secrets that are given as files; read at every start."""
    directory = os.environ.get("TWOSTEP_SECRETS_DIR")
    if directory and not Path(directory).is_dir():
        raise SettingsError("TWOSTEP_SECRETS_DIR: there is no such directory")
    return {"_secrets_dir": directory} if directory else {}


def _stored(file: Path) -> dict[str, Any]:
    """What the setup page stored; empty without it."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise SettingsError(f"{file} cannot be read: {why}") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{file} cannot be read: it is not a JSON object")
    return {name: content[name] for name in CREDENTIALS if content.get(name)}
