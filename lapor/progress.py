"""The callback that long tasks report their progress to.

It imports nothing, so that each layer may use it: the store, the ledger and the projections report, and the
command line shows.
"""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called now and then with how much is done, and of how much."""


def no_progress(_done: int, _of: int) -> None:
    """Report to nobody."""
