"""Logs: set up once by the composition root, the same for every process. What is counted is in `metrics`.

What is logged: what happened to which event, unit, partition or delivery. What never is: the content of a
report, a secret, a token, a whole URL with its query. Values under names that hold such are replaced, whoever
logs them.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from lienthong import logs
from lienthong.settings import Settings

_SECRET_NAMES = frozenset(
    {"password", "secret", "client_secret", "token", "access_token", "authorization", "private_key", "conninfo"}
)
_CONTENT_NAMES = frozenset({"data", "body", "report", "figures", "narrative", "content", "values"})


def configure(settings: Settings) -> None:
    """Send all logs, those of libraries too, to standard error or the file of the settings. Call it once."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
        logs.without_texts,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logs.handler(settings.log_file)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(settings.log_format))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for quiet in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(quiet).setLevel("WARNING")  # a line for each request says nothing the metrics don't
    for quiet in ("psycopg.pool", "uvicorn.error"):
        # Pools report what we report as Transient; the server, everything that a stranger sends and is no HTTP.
        logging.getLogger(quiet).setLevel("ERROR")
    logs.catch_all(settings.log_file)


def _rendering(log_format: str) -> list[Processor]:
    strip: Processor = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if log_format == "json":
        return [strip, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [strip, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def logger(name: str = "lienthong") -> FilteringBoundLogger:
    """A logger: `logger().info("round_opened", round="P119-LS.2026")`."""
    bound: FilteringBoundLogger = structlog.get_logger(name)
    return bound


def without_secrets(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values under names that hold a secret or the content of a report."""
    for name in entry.keys() & (_SECRET_NAMES | _CONTENT_NAMES):
        entry[name] = "[not logged]"
    return entry
