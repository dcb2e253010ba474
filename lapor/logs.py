"""Logs: one JSON object a line on stderr, with what happened and never what somebody wrote.

An exception's message may hold anything, so a fault is told by its kind and by where it arose.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog


def configure() -> None:
    """Let everything that is logged, by us or by a library, come out in this form."""
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
    """An error of our own. Its sentence holds nothing that a person wrote, so it may be shown and stored."""


def fault(error: BaseException) -> dict[str, object]:
    """Return what a log line may tell of an unexpected error: its kind and the innermost frames."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {
        "kind": type(error).__name__,
        "where": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


def describe(error: BaseException) -> str:
    """Return what happened and where, in one line.

    Of foreign errors it names only the class: their sentences may quote a person.
    """
    if isinstance(error, PlainError):
        return str(error)
    kind = type(error).__name__
    sqlstate = getattr(error, "sqlstate", None)  # psycopg's
    if sqlstate:
        kind += f" (SQLSTATE {sqlstate})"
    frames = traceback.extract_tb(error.__traceback__)
    return f"{kind} in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else kind
