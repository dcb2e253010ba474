"""The result of a verification."""

from dataclasses import dataclass, field

_MOST_NAMED = 20  # of a kind


@dataclass(frozen=True)
class LedgerFinding:
    """A contradiction, in a sentence.

    ``what`` is ``fact`` (an event), ``hash``, ``checkpoint``, ``key``, ``version`` or ``form``. The wrong
    position is between ``first`` and ``last``, which are equal if it is known exactly.
    """

    what: str
    says: str
    first: int | None = None
    last: int | None = None


@dataclass
class VerificationReport:
    """How much was verified, and the findings."""

    events: int = 0
    sealed: int = 0
    checkpoints: int = 0
    findings: list[LedgerFinding] = field(default_factory=list)
    unnamed: int = 0
    """Findings beyond the first 20 of a kind."""
    _named: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def sound(self) -> bool:
        return not self.findings

    @property
    def first_bad(self) -> tuple[int, int] | None:
        """The positions between which the first wrong event is; both are equal if it is known exactly."""
        ranges = [
            (finding.first, finding.last)
            for finding in self.findings
            if finding.what in {"fact", "version", "form"}
        ]
        return min(((a, b) for a, b in ranges if a is not None and b is not None), default=None)

    def add(self, what: str, says: str, first: int | None = None, last: int | None = None) -> None:
        self._named[what] = self._named.get(what, 0) + 1
        if self._named[what] > _MOST_NAMED:
            self.unnamed += 1
        else:
            self.findings.append(LedgerFinding(what, says, first, first if last is None else last))
