"""The types of the fixtures that run a command of the command line."""

from typing import Any, Protocol

from click.testing import Result


class Lapor(Protocol):
    """Runs `lapor` with these words."""

    def __call__(self, *words: str) -> Result: ...


class AskingLapor(Protocol):
    """Runs `lapor` with these words; ``more`` goes to Click's runner, such as the input."""

    def __call__(self, *words: str, **more: Any) -> Result: ...
