"""The option ``--position``: what a command shows as of the log's first events."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from lapor.cli.shared.common import progress_bar
from projections.catalogue import named
from projections.running.log_prefix import LogPrefix, log_prefix

if TYPE_CHECKING:
    from lapor.bootstrap import RunningServices

position_option = click.option(
    "--position",
    type=click.IntRange(1),
    help="As of the log's first so many events. They are folded again, which may take minutes.",
)


@contextlib.contextmanager
def log_as_of(
    running: "RunningServices", at: datetime | None, position: int | None, *names: str
) -> Iterator[LogPrefix]:
    """Yield the database and the instant to ask it about, for queries of the named projections."""
    if position is None:
        yield LogPrefix(running.database, at)
        return
    if at is not None:
        raise click.UsageError("Give either --at or --position.")
    projections = [named(name) for name in names]
    with (
        progress_bar("fold the log's first events") as progress,
        log_prefix(running.database.url, position, projections, progress=progress) as prefix,
    ):
        yield prefix
