"""Commands on what stands beside complaints (agencies, calendars, policies), and its history."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from lapor.application.application import CommandRequest, LaporApplication, same_request
from lapor.application.result import Result
from lapor.application.sealing import Opener
from lapor.domain.aggregate import Aggregate
from lapor.store.event_log import AlreadyDone, Done, RecordedEvent, Request, SideWrites

A = TypeVar("A", bound=Aggregate)
View = Callable[[A], dict[str, Any]]
_MANY = 200


def folded(rows: Iterable[RecordedEvent], version: int | None = None) -> Any:
    """The thing that these events of one stream have made, up to a version."""
    it = None
    for row in rows:
        if version is None or row.version <= version:
            it = row.event().mutate(it)
    return it


def saved(application: LaporApplication, it: A, view: View[A], side_writes: SideWrites) -> Result:
    """Save what was decided, or find what the same request did before.

    Raises ``TakenError`` for a name that another has, and what an append raises.
    """
    try:
        position = application.save(it, side_writes=side_writes)
    except AlreadyDone as again:
        return _done_before(application, view, same_request(again.done, side_writes.request))
    application.catch_up()
    return Result(view(it), it.version, position)


def change(
    application: LaporApplication,
    stream: UUID,
    view: View[A],
    command: CommandRequest,
    decide: Callable[[A], None],
    *,
    erases: bool = False,
) -> Result:
    """Let somebody decide about a thing that there is, once: a repeat is answered as it was.

    A decision that changes nothing is answered alike, and nothing is stored.
    ``erases``: with the decision its row in the vault goes.

    Raises what ``decide`` raises, and ``KeyReusedError``, ``ConflictError`` and what an append raises.
    """
    request = command.request(command.caller.id)
    stream_read = application.log.read_stream(stream, request)
    if stream_read.done:
        return _done_before(application, view, same_request(stream_read.done, request))
    it = folded(stream_read.rows)
    decide(it)
    if not it.pending_events:  # it is so already
        return Result(view(it), it.version, stream_read.rows[-1].position)
    return saved(application, it, view, SideWrites(request, erased=(stream,) if erases else ()))


def _done_before(application: LaporApplication, view: View[Any], done: Done) -> Result:
    rows = application.log.read_stream(done.stream).rows
    return Result(view(folded(rows, done.version)), done.version, done.position)


def done_before(
    application: LaporApplication, view: View[Any], request: Request | None, stream: UUID | None
) -> Result | None:
    """What the request got when it was done; None where it was not."""
    if request is None or stream is None:
        return None
    done = application.log.read_stream(stream, request).done
    return _done_before(application, view, same_request(done, request)) if done else None


def history(
    application: LaporApplication, stream: UUID | None, *, after: int, limit: int = _MANY
) -> tuple[list[Any], bool]:
    """The events of a stream of versions above ``after``, and whether there are more. All of it is public."""
    rows = [row for row in application.log.read_stream(stream).rows if row.version > after] if stream else []
    return [_item(row) for row in rows[:limit]], len(rows) > limit


def _item(row: RecordedEvent) -> dict[str, Any]:
    event = row.event()
    return {
        "position": row.position,
        "version": row.version,
        "type": row.topic,
        "at": event.at,
        "by": event.by,
        "role": event.role,
        "channel": event.channel,
        "data": Opener(None).event(event),
    }
