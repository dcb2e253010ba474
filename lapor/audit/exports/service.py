"""Exports: the permission to take out events, the record of each export, and the events themselves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.queries.complaint_views import sees_instants
from lapor.application.sealing import Opener
from lapor.audit.exports.clear_fields import clear_fields
from lapor.audit.exports.period import ALL_DAYS, Days
from lapor.audit.exports.streams import AttributeChange, ExportedEvent, ExportedStream, attributes
from lapor.domain.access import EXPORT, EXPORT_IDENTITIES, SEE_EXPORTS, Caller, actor_for
from lapor.domain.aggregate import Event
from lapor.domain.command_fields import Text
from lapor.domain.complaint import Complaint
from lapor.domain.complaint.events import Filed
from lapor.domain.errors import InvalidFieldError
from lapor.domain.export import Export, ExportFormat, ExportMade
from lapor.domain.officer import OfficerAppointed
from lapor.domain.vocabulary import Privacy
from lapor.progress import Progress, no_progress
from lapor.store.event_log import RecordedEvent, SideWrites, VaultEntry
from lapor.store.stream_reader import whole_streams

CheckpointAt = Callable[[int], str | None]
"""Returns the newest signed checkpoint (a C2SP signed note) at or below a position; None if there is none."""
_REASON = Text(2_000)


@dataclass(frozen=True)
class ExportSelection:
    """The events that an export selects: those of some local days, or that concern one agency."""

    days: Days = ALL_DAYS
    agency: str | None = None
    identities: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class GrantedExport:
    """A granted export: its event, the event's position, and whether instants may be shown."""

    made: ExportMade
    position: int
    checkpoint: str | None
    instants: bool

    @property
    def about(self) -> dict[str, Any]:
        """A file's description of itself, without absent values."""
        made = self.made
        about = {
            "position": made.position,
            "checkpoint": self.checkpoint,
            "made_at": made.at.isoformat(),
            "export": str(made.originator_id),
            "format": made.format.value,
            "since": made.since.isoformat() if made.since else None,
            "until": made.until.isoformat() if made.until else None,
            "agency": str(made.agency) if made.agency else None,
            "identities": made.identities,
        }
        return {name: value for name, value in about.items() if value is not None}

    @property
    def whole(self) -> bool:
        """Whether the export selects all events up to its position."""
        made = self.made
        return made.since is None and made.until is None and made.agency is None

    @property
    def row(self) -> ExportedEvent:
        """The export's own event, for a file that has no other place to describe itself."""
        made = self.made
        metadata = {"at": made.at.isoformat(), "by": made.by, "role": made.role, "channel": made.channel}
        return ExportedEvent(self.position, made.originator_version, made.TOPIC, {**metadata, **self.about})


class Exports:
    """Exports of events into files."""

    def __init__(self, application: LaporApplication, checkpoint_at: CheckpointAt) -> None:
        self._application = application
        self._checkpoint_at = checkpoint_at

    def begin(self, form: ExportFormat, wanted: ExportSelection, command: CommandRequest) -> GrantedExport:
        """Grant an export up to the log's present end, and record it.

        Raises ``NotSignedInError``, ``NotAllowedError`` and ``InvalidFieldError``.
        """
        application = self._application
        actor = actor_for(command.caller, EXPORT_IDENTITIES if wanted.identities else EXPORT)
        agency = (
            application.reference_data.known("agency", "agency", wanted.agency).id if wanted.agency else None
        )
        since, until = wanted.days.instants(application.zone)
        reason = (wanted.reason or "").strip()
        if wanted.identities and not reason:
            raise InvalidFieldError("reason", "Give a reason: names are exported only with one.")
        if len(reason) > _REASON.most:
            raise InvalidFieldError("reason", f"Shorten it to {_REASON.most} characters at most.")
        stream, position = uuid4(), application.log.head()
        key, wrapped = application.master_key.new_key(stream)
        export = Export.make(
            application.context(actor, command, key.seal("reason", reason) if reason else None),
            stream=stream,
            form=form,
            position=position,
            since=since,
            until=until,
            agency=agency,
            identities=wanted.identities,
        )
        (made,) = export.pending_events
        assert isinstance(made, ExportMade)  # noqa: S101 - its one event
        at = application.save(
            export, side_writes=SideWrites(vault_entries=[VaultEntry(stream, wrapped)] if reason else [])
        )
        return GrantedExport(made, at, self._checkpoint_at(position), sees_instants(command.caller))

    def made(self, caller: Caller, *, before: int, limit: int) -> list[dict[str, Any]]:
        """Return the exports that were recorded before a position, the latest first, each with its reason.

        Raises ``NotSignedInError`` and ``NotAllowedError``.
        """
        actor_for(caller, SEE_EXPORTS)
        rows = self._application.log.newest(ExportMade.TOPIC, before, limit)
        openers = self._application.openers([row.stream for row in rows])
        return [
            {
                "id": row.stream,
                "recorded_at": row.position,
                "at": event.at,
                "by": event.by,
                "role": event.role,
                "channel": event.channel,
                **openers(row.stream).event(event),
            }
            for row in rows
            for event in [row.event()]
        ]

    def read_streams(
        self, granted: GrantedExport, progress: Progress = no_progress
    ) -> Iterator[ExportedStream]:
        """Yield the streams of an export, each with its selected events, a few streams in memory at a time.

        An agency's export contains the complaints in which it had a part, the agency itself, and all agencies
        and officers without their events, because the complaints' events name them.
        """
        head, read = granted.made.position, 0
        for streams in whole_streams(self._application.log, head):
            openers = (
                self._application.openers([rows[0].stream for rows in streams])
                if granted.made.identities
                else None
            )
            for rows in streams:
                if (exported := self._exported(granted, rows, openers)) is not None:
                    yield exported
            read += sum(map(len, streams))
            progress(read, head)

    def _exported(
        self, granted: GrantedExport, rows: Sequence[RecordedEvent], openers: Callable[[UUID], Opener] | None
    ) -> ExportedStream | None:
        made = granted.made
        stream, sort = rows[0].stream, rows[0].topic.split(".")[1]
        events = [row.event() for row in rows]
        wanted = _concerns(made.agency, stream, sort, events)
        if not wanted and sort == "complaint":
            return None
        exported, aggregate = ExportedStream(stream, sort), None
        as_shown = None if granted.instants or not _anonymous(events) else self._day
        current: dict[str, Any] = {}
        for row, event in zip(rows, events, strict=True):
            within = made.until is None or event.at < made.until
            if not within and sort == "complaint":
                break  # an agency goes on: older events of an imported history may name a newer one
            aggregate = event.mutate(aggregate)
            data = clear_fields(row, as_shown)
            for name, value in attributes(aggregate).items():
                if value is not None and current.get(name) != value:
                    exported.changes.append(AttributeChange(name, value, data["at"], row.version))
                    current[name] = value
            if wanted and within and not (made.since and event.at < made.since):
                if as_shown:
                    data.pop("cause", None)
                exported.events.append(
                    ExportedEvent(None if as_shown else row.position, row.version, row.topic, data)
                )
        if openers and aggregate is not None:
            exported.identity = _identity(events[0], aggregate, openers(stream))
        return exported if exported.events or (exported.changes and sort != "complaint") else None

    def _day(self, instant: datetime) -> datetime:
        """Return the beginning of an instant's local day."""
        zone = ZoneInfo(self._application.zone)
        return datetime.combine(instant.astimezone(zone).date(), time.min, zone)


def _concerns(agency: UUID | None, stream: UUID, sort: str, events: Sequence[Event]) -> bool:
    """Whether a stream is that agency's, or a complaint in which it had a part.

    A complaint that was only addressed to the agency when it was filed does not count.
    """
    if agency is None or stream == agency:
        return True
    had_part = (getattr(event, "agency", None) == agency for event in events if not isinstance(event, Filed))
    return sort == "complaint" and any(had_part)


def _anonymous(events: Sequence[Event]) -> bool:
    """Whether a complaint's reporter is anonymous now, by the last event that sets the privacy."""
    privacies = [event.privacy for event in events if hasattr(event, "privacy")]
    return bool(privacies) and privacies[-1] is Privacy.ANONYMOUS


def _identity(first: Event, aggregate: object, opened: Opener) -> dict[str, str]:
    """Return the name of an officer, or a reporter's name and contact data unless they are anonymous."""
    if isinstance(first, OfficerAppointed):
        return {"name": opened("name", first.name)}
    named = isinstance(aggregate, Complaint) and aggregate.privacy is not Privacy.ANONYMOUS
    if isinstance(first, Filed) and named:
        reporter = opened.nested("reporter", first.reporter) if first.reporter else {}
        return {f"reporter_{name}": str(value) for name, value in reporter.items()}
    return {}
