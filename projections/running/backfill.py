"""Backfill: whether this release's tables can be read yet, and filling the ones that cannot.

A projection with a new version begins with an empty table. The feeder would fill it at a few thousand events
a second; a rebuild folds a long log many times faster. Meanwhile the older release reads its own table, which
its own worker feeds.
"""

from collections.abc import Iterable, Sequence

from lapor.progress import Progress, no_progress
from lapor.store.database import Connection, connection_string
from projections.catalogue import PROJECTIONS, Status
from projections.engine.bookmarks import read_bookmarks
from projections.engine.engine import BATCH
from projections.engine.projection import Projection
from projections.running.rebuild import rebuild


def behind(projections: Iterable[Status]) -> list[str]:
    """Return the names of the projections that lack a batch or more: they are not one step from the head."""
    return [each.name for each in projections if each.lag >= BATCH]


def build_lacking(
    url: str,
    *,
    progress: Progress = no_progress,
    indexing: Progress = no_progress,
    projections: Sequence[Projection] = PROJECTIONS,
) -> list[str]:
    """Rebuild the projections that lack more of the log than they hold; return their names.

    ``progress`` and ``indexing`` report as in ``rebuild``. Their tables must exist. The feeder is faster
    for the others. The user of ``url`` must be allowed to act as ``lapor_owner``. Raises ``RebuildError``
    and ``FoldError``.
    """
    with Connection.connect(connection_string(url)) as connection:
        bookmarks, head = read_bookmarks(connection, projections)
    lacking = [
        projection.name
        for projection, bookmark in bookmarks.items()
        if head - bookmark.position >= max(bookmark.position, BATCH)
    ]
    if lacking:
        rebuild(url, lacking, progress=progress, indexing=indexing, projections=projections)
    return lacking
