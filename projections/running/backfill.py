"""Whether this release's tables can be read yet, and how they are filled before it says that it is ready.

A raised version begins with an empty table of its own. The feeder would fill it by a few thousand events a
second; a rebuild folds a long log many times faster. Meanwhile readers of the older release have their
table, which its own worker feeds.
"""

from collections.abc import Iterable, Sequence

from lapor.store.database import Connection, connection_string
from projections.catalogue import PROJECTIONS, Status
from projections.engine.bookmarks import look
from projections.engine.engine import BATCH
from projections.engine.projection import Projection
from projections.running.rebuild import Progress, rebuild


def behind(projections: Iterable[Status]) -> list[str]:
    """Those that lack a batch or more: the next one would not yet bring them to the head of the log."""
    return [each.name for each in projections if each.lag >= BATCH]


def build_lacking(
    url: str,
    *,
    progress: Progress = lambda _done, _of: None,
    projections: Sequence[Projection] = PROJECTIONS,
) -> list[str]:
    """Fold the log into those tables that hold less of it than they lack; which.

    Their tables must have been made. What lacks less is left to the feeder, who is there sooner. ``url``
    must be allowed to act as ``lapor_owner``. Raises ``RebuildError`` and ``FoldError``.
    """
    with Connection.connect(connection_string(url)) as connection:
        marks, head = look(connection, projections)
    lacking = [
        projection.name
        for projection, mark in marks.items()
        if head - mark.position >= max(mark.position, BATCH)
    ]
    if lacking:
        rebuild(url, lacking, progress=progress, projections=projections)
    return lacking
