"""What a verification has found."""

from dataclasses import dataclass, field

_MOST_NAMED = 20  # of a kind


@dataclass(frozen=True)
class LedgerFinding:
    """Something that does not fit: a ``event``, ``hash``, ``checkpoint``, ``key``, ``version`` or ``form``.

    ``first`` and ``last`` are positions: the one that is wrong, or between which ones it is.
    """

    what: str
    says: str
    first: int | None = None
    last: int | None = None


@dataclass
class VerificationReport:
    """What was looked at, and what was found."""

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
        """Between which positions the first event is that does not fit; both are one where that is sure."""
        found = [
            (each.first, each.last) for each in self.findings if each.what in {"fact", "version", "form"}
        ]
        return min(((a, b) for a, b in found if a is not None and b is not None), default=None)

    def add(self, what: str, says: str, first: int | None = None, last: int | None = None) -> None:
        self._named[what] = self._named.get(what, 0) + 1
        if self._named[what] > _MOST_NAMED:
            self.unnamed += 1
        else:
            self.findings.append(LedgerFinding(what, says, first, first if last is None else last))
