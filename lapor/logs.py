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


def fault(error: BaseException) -> dict[str, object]:
    """What may be told of an unexpected error: its kind, and the innermost places it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {
        "kind": type(error).__name__,
        "where": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }
