"""The findings of a conformance check."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class FindingKind(StrEnum):
    """The kind of a finding; each has a label for people in Indonesian and English (``LABELS``)."""

    OFF_THE_WAY = "off_the_way"
    SAME_PERSON = "same_person"
    WITHOUT_ROLE = "without_role"
    CLOSED_WITHOUT_ANSWER = "closed_without_answer"
    CLOSED_SOON = "closed_soon"
    DEADLINE_EXTENDED = "deadline_extended"
    DEADLINE_MOVED = "deadline_moved"
    DEADLINE_EXCUSED = "deadline_excused"

    @property
    def breach(self) -> bool:
        """Whether no rule allows it. The other kinds are allowed, but worth checking."""
        return self in _BREACHES


_BREACHES = frozenset(
    {
        FindingKind.OFF_THE_WAY,
        FindingKind.SAME_PERSON,
        FindingKind.WITHOUT_ROLE,
        FindingKind.CLOSED_WITHOUT_ANSWER,
    }
)
LABELS = {
    FindingKind.OFF_THE_WAY: ("keluar dari alur", "left the prescribed way"),
    FindingKind.SAME_PERSON: ("pembuat sekaligus pemeriksa", "checked their own work"),
    FindingKind.WITHOUT_ROLE: ("bertindak tanpa peran", "acted without the role"),
    FindingKind.CLOSED_WITHOUT_ANSWER: ("ditutup tanpa tanggapan", "closed without an answer"),
    FindingKind.CLOSED_SOON: ("ditutup terlalu cepat", "closed soon after"),
    FindingKind.DEADLINE_EXTENDED: ("tenggat diperpanjang", "deadline put off"),
    FindingKind.DEADLINE_MOVED: ("tenggat dipindahkan", "deadline moved"),
    FindingKind.DEADLINE_EXCUSED: ("keterlambatan dimaafkan", "missed deadline excused"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, at the event of ``position``.

    ``code`` is the complaint's tracking code, None if the event is about no complaint. ``says`` is a sentence
    without personal data. ``imported``: the event belongs to an imported history, which had other rules.
    """

    found: FindingKind
    position: int
    stream: UUID
    code: str | None
    type: str
    at: datetime
    by: str
    role: str
    says: str
    imported: bool

    @property
    def breach(self) -> bool:
        return self.found.breach and not self.imported
