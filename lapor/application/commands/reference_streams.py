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
    """The thing that these facts of one stream have made, up to a version."""
    it = None
    for row in rows:
        if version is None or row.version <= version:
            it = row.fact().mutate(it)
    return it


def saved(desk: LaporApplication, it: A, view: View[A], beside: SideWrites) -> Result:
    """Save what was decided, or find what the same request did before.

    Raises ``TakenError`` for a name that another has, and what an append raises.
    """
    try:
        position = desk.save(it, beside=beside)
    except AlreadyDone as again:
        return _done_before(desk, view, same_request(again.done, beside.request))
    desk.catch_up()
    return Result(view(it), it.version, position)


def change(
    desk: LaporApplication,
    stream: UUID,
    view: View[A],
    ask: CommandRequest,
    decide: Callable[[A], None],
    *,
    erases: bool = False,
) -> Result:
    """Let somebody decide about a thing that there is, once: a repeat is answered as it was.

    A decision that changes nothing is answered alike, and nothing is stored.
    ``erases``: with the decision its row in the vault goes.

    Raises what ``decide`` raises, and ``KeyReusedError``, ``ConflictError`` and what an append raises.
    """
    request = ask.request(ask.caller.id)
    situation = desk.log.situation(stream, request)
    if situation.done:
        return _done_before(desk, view, same_request(situation.done, request))
    it = folded(situation.rows)
    decide(it)
    if not it.pending_events:  # it is so already
        return Result(view(it), it.version, situation.rows[-1].position)
    return saved(desk, it, view, SideWrites(request, erased=(stream,) if erases else ()))


def _done_before(desk: LaporApplication, view: View[Any], done: Done) -> Result:
    rows = desk.log.situation(done.stream).rows
    return Result(view(folded(rows, done.version)), done.version, done.position)


def done_before(
    desk: LaporApplication, view: View[Any], request: Request | None, stream: UUID | None
) -> Result | None:
    """What the request got when it was done; None where it was not."""
    if request is None or stream is None:
        return None
    done = desk.log.situation(stream, request).done
    return _done_before(desk, view, same_request(done, request)) if done else None


def history(
    desk: LaporApplication, stream: UUID | None, *, after: int, limit: int = _MANY
) -> tuple[list[Any], bool]:
    """The facts of a stream of versions above ``after``, and whether there are more. All of it is public."""
    rows = [row for row in desk.log.situation(stream).rows if row.version > after] if stream else []
    return [_item(row) for row in rows[:limit]], len(rows) > limit


def _item(row: RecordedEvent) -> dict[str, Any]:
    fact = row.fact()
    return {
        "position": row.position,
        "version": row.version,
        "type": row.topic,
        "at": fact.at,
        "by": fact.by,
        "role": fact.role,
        "channel": fact.channel,
        "data": Opener(None).fact(fact),
    }
