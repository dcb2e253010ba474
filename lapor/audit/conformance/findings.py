"""What a check of the log can find."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Found(StrEnum):
    """What was found; each has a label for people in Indonesian and English (``LABELS``)."""

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
        """Whether no rule allows it. All else is allowed, and worth a look."""
        return self in _BREACHES


_BREACHES = frozenset({Found.OFF_THE_WAY, Found.SAME_PERSON, Found.WITHOUT_ROLE, Found.CLOSED_WITHOUT_ANSWER})
LABELS = {
    Found.OFF_THE_WAY: ("keluar dari alur", "left the prescribed way"),
    Found.SAME_PERSON: ("pembuat sekaligus pemeriksa", "judged his own work"),
    Found.WITHOUT_ROLE: ("bertindak tanpa peran", "acted without the role"),
    Found.CLOSED_WITHOUT_ANSWER: ("ditutup tanpa tanggapan", "closed without an answer"),
    Found.CLOSED_SOON: ("ditutup terlalu cepat", "closed soon after"),
    Found.DEADLINE_EXTENDED: ("tenggat diperpanjang", "deadline put off"),
    Found.DEADLINE_MOVED: ("tenggat dipindahkan", "deadline moved"),
    Found.DEADLINE_EXCUSED: ("keterlambatan dimaafkan", "missed deadline excused"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, at the fact of ``position``.

    ``code`` is the complaint's tracking code, None where the fact is about none. ``says`` is a sentence
    without anything personal. ``imported``: the fact came in with a past, whose rules were others'.
    """

    found: Found
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
