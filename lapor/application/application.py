"""The application that commands and queries share: the log, the clock, reference data and keys."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment, EnvType

from lapor.application.cursors import Cursors
from lapor.application.reference_data import ReferenceData
from lapor.application.sealing import Opener
from lapor.application.search_terms import SearchTerms
from lapor.domain.access import Caller
from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.policy import Policy
from lapor.domain.deadlines.timing import Timing
from lapor.domain.errors import KeyReusedError
from lapor.domain.vocabulary import Sealed
from lapor.store.codec import Codec
from lapor.store.event_log import Done, EventLog, Request, SideWrites, StreamRead, VaultEntry
from lapor.store.vault.master_keys import MasterKeys

_FRESH = 1.0  # seconds


class _Store(Application[UUID]):
    """The library's application, with our codec and our log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        return Environment(name, dict(env or {}))  # without the process's environment

    def construct_mapper(self) -> Mapper[UUID]:
        return Codec()

    def construct_recorder(self) -> EventLog:
        return self._log

    def put(self, events: Sequence[Event], side_writes: SideWrites) -> int:
        """Append events like ``Application.save``, and return the last position.

        Its isinstance checks are left out: they take 10 % of a command on Python 3.11.
        """
        return self.events.put(events, side_writes=side_writes)[-1].notification.id


@dataclass(frozen=True)
class CommandRequest:
    """A caller's request for a command: who, which version they have seen, and the Idempotency-Key."""

    caller: Caller
    seen: int | None = None  # None: not given
    any_version: bool = False  # If-Match: *
    key: UUID | None = None
    digest: bytes = b""
    receipt: str | None = None
    stream_read: StreamRead | None = None
    """The complaint's events, if they were read together with the caller's token a moment ago."""

    def request(self, caller: str) -> Request | None:
        """Return what is stored of the Idempotency-Key, under the caller's name; None without a key."""
        return Request(caller, self.key, self.digest) if self.key else None

    @property
    def cause(self) -> str | None:
        """The ``cause`` of the events: the Idempotency-Key."""
        return str(self.key) if self.key else None


class KeylessApplication:
    """The log, the reference data and the clock that decisions share. It opens and seals nothing."""

    def __init__(
        self, log: EventLog, *, clock: Callable[[], datetime], reference_data: ReferenceData
    ) -> None:
        self.log = log
        self.clock = clock
        self.reference_data = reference_data
        self._store = _Store(log)
        self._caught_up = -math.inf

    def catch_up(self) -> None:
        """Bring agencies, officers, calendars and policies up to the log's end."""
        self._caught_up = time.monotonic()
        self.reference_data.catch_up(self.log.reference_update(self.reference_data.last))

    def keep_up(self) -> None:
        """Catch up if that was more than a second ago, for decisions that need only policy and calendar.

        A promise made by a calendar of a second ago is moved like the earlier ones.
        """
        if time.monotonic() - self._caught_up > _FRESH:
            self.catch_up()

    def timing(self, at: datetime) -> Timing:
        """Return the timing of a decision at an instant."""
        return self.reference_data.timing(at)

    def policy(self, policy: str) -> Policy:
        """Return the policy whose id a promise names; catch up if it is new."""
        if policy not in self.reference_data.rules.policies:
            self.catch_up()
        return self.reference_data.rules.policies[policy]

    def context(self, by: Actor, command: CommandRequest, reason: Sealed | None = None) -> CommandContext:
        """Return the circumstances of a decision that is made now."""
        at = self.clock()
        return CommandContext(by, at, self.timing(at), command.cause, reason, self.reference_data.offices)

    def append(self, events: Sequence[Event], side_writes: SideWrites) -> int:
        """Append events in one transaction and return the last position. Raises as ``EventLog.append``."""
        return self._store.put(events, side_writes)

    def save(self, *aggregates: Aggregate, side_writes: SideWrites) -> int:
        """Append the pending events in one transaction and return the last position.

        Raises as ``EventLog.append``.
        """
        return self.append(
            [event for aggregate in aggregates for event in aggregate.take_events()], side_writes
        )


class LaporApplication(KeylessApplication):
    """A ``KeylessApplication`` with the master key and the secret of receipts, for people's decisions."""

    def __init__(
        self,
        log: EventLog,
        master_key: MasterKeys,
        *,
        clock: Callable[[], datetime],
        reference_data: ReferenceData,
        receipt_secret: bytes,
        zone: str,
    ) -> None:
        super().__init__(log, clock=clock, reference_data=reference_data)
        self.master_key = master_key
        self.receipt_secret = receipt_secret
        self.terms = SearchTerms(receipt_secret)
        self.cursors = Cursors(receipt_secret)
        self.zone = zone

    def opener(self, vault_entry: VaultEntry | None) -> Opener:
        """Return the opener of one stream's sealed values; without a vault entry they were erased."""
        return Opener(
            self.master_key.unwrap(vault_entry.stream, vault_entry.wrapped_key) if vault_entry else None
        )

    def openers(self, streams: Sequence[UUID]) -> Callable[[UUID], Opener]:
        """Return the openers of several streams, whose vault entries are read at once."""
        vault_entries = {entry.stream: entry for entry in self.log.vault_entries(streams)}
        return lambda stream: self.opener(vault_entries.get(stream))


def same_request(done: Done, request: Request | None) -> Done:
    """Return the earlier request, if it is the same. Raises ``KeyReusedError``."""
    if request is None or done.digest != request.digest:
        raise KeyReusedError
    return done
