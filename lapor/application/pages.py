"""One way to page: read one row more than a page shows; the next page begins after its last row."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")


def read_page(
    read: Callable[[int], Sequence[Row]], limit: int, cursor: Callable[[Row], str]
) -> tuple[Sequence[Row], str | None]:
    """Return at most ``limit`` rows, and the cursor of the page after them; None: there is none.

    ``read`` gives at most so many rows, in order. ``cursor`` names a row that the next page begins after.
    """
    rows = read(limit + 1)
    shown = rows[:limit]
    return shown, cursor(shown[-1]) if len(rows) > limit else None
