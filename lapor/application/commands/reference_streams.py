"""Commands on what stands beside complaints (agencies, calendars, policies), and its history."""

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


def saved_first(
    application: LaporApplication, it: A, view: View[A], command: CommandRequest, name: tuple[str, str]
) -> Result:
    """Save the first decision about the one stream of this kind and ``name``.

    Raises ``ConflictError`` where another caller has just made one, and what an append raises.
    """
    unique_name = UniqueName(*name, it.id)
    try:
        return saved(
            application, it, view, SideWrites(command.request(command.caller.id), unique_names=[unique_name])
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
