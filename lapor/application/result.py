"""The result of a command or a query."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """A body, the version it shows (the ETag), and the log's position."""

    body: Any
    version: int
    position: int
