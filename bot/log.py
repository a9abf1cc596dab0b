"""
The service's log: one line an event, JSON or text, on standard error, without secrets.

Libraries' lines go the same way. What looks like a credential is blotted out
wherever it stands, because texts of errors come from elsewhere.
"""

from __future__ import annotations

import logging
import logging.config
import re
import sys
from typing import Any

import structlog

from bot.settings import Settings

_SECRETS = re.compile(
    r"gh[a-z]_[0-9A-Za-z._-]{10,}"  # tokens of GitHub, the long ones with dots as well
    r"|github_pat_\w{20,}"
    r"|eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+"  # JSON Web Tokens
    r"|(?<=://)[^/@\s'\"]+:[^/@\s'\"]+(?=@)"  # user and password of an address
    r"|(?i:(?<=basic )|(?<=bearer ))[0-9A-Za-z+/=._-]{12,}"
    r"|-----BEGIN[^-]*PRIVATE KEY-----.*?(?:-----END[^-]*-----|$)",
    re.DOTALL,
)


def redacted(text: str) -> str:
    """*text* without what looks like a credential."""
    return _SECRETS.sub("[secret]", text)


def set_up_logging(settings: Settings) -> None:
    """Send all lines of this process through one pair of hands."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_secrets,
    ]
    last: Any = (
        structlog.processors.JSONRenderer(default=str)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *shared],
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        last,
                    ],
                }
            },
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
            },
            "root": {"handlers": ["stderr"], "level": settings.log_level},
            "loggers": {
                # Each request has its line from us; these would say it again, with the address.
                "uvicorn.access": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
                "alembic": {"level": "WARNING"},
                **{
                    name: {"handlers": [], "propagate": True}
                    for name in ("uvicorn", "uvicorn.error")
                },
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _without_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {
        key: redacted(value) if isinstance(value, str) else value
        for key, value in event.items()
        if key != "color_message"  # uvicorn's own line again, for terminals
    }
