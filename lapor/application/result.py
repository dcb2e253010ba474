"""What a caller gets."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """What a caller gets: a body, the version it shows (the ETag), and the log's position."""

    body: Any
    version: int
    position: int
