"""Commands on reference data: agencies, officers, calendars, policies."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from lapor.application.application import CommandRequest, LaporApplication, same_request
from lapor.application.result import Result
from lapor.domain.aggregate import Aggregate
from lapor.domain.errors import ConflictError, TakenError
from lapor.store.event_log import AlreadyDone, Done, RecordedEvent, SideWrites, UniqueName

A = TypeVar("A", bound=Aggregate)
View = Callable[[A], dict[str, Any]]


def folded(rows: Iterable[RecordedEvent], version: int | None = None) -> Any:
    """Return the aggregate that these events of one stream make, up to a version."""
    aggregate = None
    for row in rows:
        if version is None or row.version <= version:
            aggregate = row.event().mutate(aggregate)
    return aggregate


def saved(application: LaporApplication, aggregate: A, view: View[A], side_writes: SideWrites) -> Result:
    """Save a decision, or return the result of the same request before.

    Raises ``TakenError`` for a name that is in use, and what an append raises.
    """
    try:
        position = application.save(aggregate, side_writes=side_writes)
    except AlreadyDone as again:
        return _done_before(application, view, same_request(again.done, side_writes.request))
    application.catch_up()
    return Result(view(aggregate), aggregate.version, position)


def saved_first(
    application: LaporApplication,
    aggregate: A,
    view: View[A],
    command: CommandRequest,
    name: tuple[str, str],
) -> Result:
    """Save the first decision about the one stream of this kind and ``name``.

    Raises ``ConflictError`` where another caller has just made one, and what an append raises.
    """
    request = command.request(command.caller.id)
    try:
        return saved(
            application,
            aggregate,
            view,
            SideWrites(request, unique_names=[UniqueName(*name, aggregate.id)]),
        )
    except TakenError:
        raise ConflictError from None


def change(
    application: LaporApplication,
    stream: UUID,
    view: View[A],
    command: CommandRequest,
    decide: Callable[[A], None],
    *,
    erases: bool = False,
) -> Result:
    """Decide about an existing stream, once: a repeated request gets the same answer.

    If the decision changes nothing, nothing is stored. ``erases``: the stream's vault entry is deleted with
    it.

    Raises what ``decide`` raises, and ``KeyReusedError``, ``ConflictError`` and what an append raises.
    """
    request = command.request(command.caller.id)
    stream_read = application.log.read_stream(stream, request)
    if stream_read.done:
        return _done_before(application, view, same_request(stream_read.done, request))
    aggregate = folded(stream_read.rows)
    decide(aggregate)
    if not aggregate.pending_events:
        return Result(view(aggregate), aggregate.version, stream_read.rows[-1].position)
    return saved(application, aggregate, view, SideWrites(request, erased=(stream,) if erases else ()))


def _done_before(application: LaporApplication, view: View[Any], done: Done) -> Result:
    rows = application.log.read_stream(done.stream).rows
    return Result(view(folded(rows, done.version)), done.version, done.position)
