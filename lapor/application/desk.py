"""The library's application, with our bytes and our log: what every service of this layer stands on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment, EnvType

from lapor.application.cursors import Cursors
from lapor.application.directory import Directory
from lapor.application.sealing import Opener
from lapor.application.words import Terms
from lapor.domain.access import Caller
from lapor.domain.aggregate import Actor, Aggregate, Occasion
from lapor.domain.errors import KeyReusedError
from lapor.domain.policy import Timing
from lapor.domain.terms import Sealed
from lapor.store.codec import Codec
from lapor.store.log import Beside, Done, Log, Request, Subject
from lapor.store.seal import MasterKey


class _Store(Application[UUID]):
    """Saves aggregates' new facts through the codec into the given log."""

    def __init__(self, log: Log) -> None:
        self._log = log
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        return Environment(name, dict(env or {}))  # nothing from the process's environment

    def construct_mapper(self) -> Mapper[UUID]:
        return Codec()

    def construct_recorder(self) -> Log:
        return self._log

    def put(self, *aggregates: Aggregate, beside: Beside) -> int:
        """What ``save`` does with aggregates, less its look at what each thing is.

        Those protocol checks cost a tenth of a command on Python 3.11.
        """
        facts = [fact for aggregate in aggregates for fact in aggregate.collect_events()]
        return self.events.put(facts, beside=beside)[-1].notification.id


@dataclass(frozen=True)
class Ask:
    """A command as its caller put it: by whom, having seen which version, named how."""

    caller: Caller
    seen: int | None = None  # None: nothing said
    any_version: bool = False  # If-Match: *
    key: UUID | None = None
    digest: bytes = b""
    receipt: str | None = None

    def request(self, caller: str) -> Request | None:
        return Request(caller, self.key, self.digest) if self.key else None

    @property
    def cause(self) -> str | None:
        return str(self.key) if self.key else None


class Desk:
    """The log, the directory, the master key, the clock and the timing that decisions share."""

    def __init__(
        self,
        log: Log,
        master_key: MasterKey,
        *,
        clock: Callable[[], datetime],
        directory: Directory,
        timing: Timing,
        receipt_secret: bytes,
        zone: str,
    ) -> None:
        self.log = log
        self.master_key = master_key
        self.clock = clock
        self.directory = directory
        self.timing = timing
        self.receipt_secret = receipt_secret
        self.terms = Terms(receipt_secret)
        self.cursors = Cursors(receipt_secret)
        self.zone = zone
        self._store = _Store(log)

    def catch_up(self) -> None:
        """Know every agency and officer that the log knows."""
        self.directory.catch_up(self.log.news(self.directory.last))

    def opener(self, subject: Subject | None) -> Opener:
        """Opens what is sealed under a subject's key; without a subject it was erased."""
        return Opener(self.master_key.unwrap(subject.stream, subject.wrapped_key) if subject else None)

    def openers(self, streams: Sequence[UUID]) -> Callable[[UUID], Opener]:
        """The same for several streams, asked for at once."""
        subjects = {subject.stream: subject for subject in self.log.subjects(streams)}
        return lambda stream: self.opener(subjects.get(stream))

    def occasion(self, by: Actor, ask: Ask, reason: Sealed | None = None) -> Occasion:
        offices = self.directory.offices
        return Occasion(by, self.clock(), self.timing, ask.cause, reason, offices)

    def save(self, *aggregates: Aggregate, beside: Beside) -> int:
        """Append what is pending, in one transaction; the last position. Raises as ``Log.append``."""
        return self._store.put(*aggregates, beside=beside)


def same_request(done: Done, request: Request | None) -> Done:
    """The earlier request, if it is the same. Raises ``KeyReusedError``."""
    if request is None or done.digest != request.digest:
        raise KeyReusedError
    return done
