"""Logs: one JSON object a line on stderr, without any text that a person wrote.

An exception's message may contain anything, so a fault is logged as its class and where it was raised.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog


def configure() -> None:
    """Format all log lines in this way, those of libraries included."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


class PlainError(Exception):
    """An error of Lapor's own. Its sentence contains no person's text, so it may be shown and stored."""


def fault(error: BaseException) -> dict[str, object]:
    """Return the part of an unexpected error that may be logged: its class and the innermost frames."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {
        "kind": type(error).__name__,
        "where": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


def describe(error: BaseException) -> str:
    """Return an error and where it was raised, in one line.

    Errors of libraries are described by their class alone: their messages may quote a person.
    """
    if isinstance(error, PlainError):
        return str(error)
    kind = type(error).__name__
    sqlstate = getattr(error, "sqlstate", None)  # psycopg's
    if sqlstate:
        kind += f" (SQLSTATE {sqlstate})"
    frames = traceback.extract_tb(error.__traceback__)
    return f"{kind} in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else kind
