"""How long each step may take, as rows of data; ``timing`` reckons deadlines from them.

The rows are those of the SP4N practice since PermenPANRB 62/2018, which agencies still print; the
legal limit is Perpres 76/2013 ("60 days", not working days). The agency's clocks start when the
complaint is routed to it: verification is the check of completeness (UU 25/2009), and a promise
that began earlier could be broken from the start by another office's delay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from lapor.domain.deadlines.working_time import Unit
from lapor.domain.vocabulary import Kind, Step


@dataclass(frozen=True)
class Rule:
    """One row: ``step`` takes at most ``limit`` of ``unit`` for these kinds (None: for all)."""

    step: Step
    limit: int
    unit: Unit
    kinds: frozenset[Kind] | None
    source: str


@dataclass(frozen=True)
class Policy:
    """A named set of rules (kebijakan batas waktu), by a regulation and from a local date on.

    An id names the same rules for ever: other limits are another policy with another id.
    """

    id: str
    rules: tuple[Rule, ...]
    regulation: str = ""
    effective_from: date = date.min

    def rule(self, step: Step, kind: Kind | None) -> Rule | None:
        """Return the row for this step and kind; None: the policy sets no limit."""
        return next(iter(self.fitting(step, kind)), None)

    def fitting(self, step: Step, kind: Kind | None) -> list[Rule]:
        """Return the rows for this step and kind: one at most, in a policy that was adopted."""
        return [
            rule for rule in self.rules if rule.step is step and (rule.kinds is None or kind in rule.kinds)
        ]

    def in_dates(self, step: Step) -> bool:
        """Return whether every limit of the step is counted in calendar days: no holiday moves it."""
        units = {rule.unit for rule in self.rules if rule.step is step}
        return units == {Unit.CALENDAR_DAY}

    def source(self, step: Step, kind: Kind | None) -> str:
        """Return the regulation that a deadline of this step and kind follows."""
        rule = self.rule(step, kind)
        return rule.source if rule else self.regulation


def _row(step: Step, limit: int, unit: Unit, source: str, *kinds: Kind) -> Rule:
    return Rule(step, limit, unit, frozenset(kinds) or None, source)


_SP4N, _DAY = "SP4N-LAPOR! practice after PermenPANRB 62/2018", Unit.WORKING_DAY

SP4N_2018 = Policy(
    id="sp4n-2018/1",
    regulation="PermenPANRB 62/2018 as practised, Perpres 76/2013, UU 25/2009",
    rules=(
        _row(Step.VERIFY, 3, _DAY, _SP4N),
        _row(Step.ACCEPT, 1, _DAY, "Lapor: an agency says within a day whether it is competent"),
        _row(Step.FOLLOW_UP, 5, _DAY, _SP4N),
        _row(Step.RESOLVE, 5, _DAY, _SP4N, Kind.INFORMATION_REQUEST),
        _row(Step.RESOLVE, 14, _DAY, _SP4N, Kind.COMPLAINT, Kind.ASPIRATION),
        _row(Step.RESOLVE, 60, _DAY, _SP4N, Kind.OVERSIGHT),
        _row(Step.LEGAL_LIMIT, 60, Unit.CALENDAR_DAY, "Perpres 76/2013", Kind.COMPLAINT, Kind.OVERSIGHT),
        _row(Step.REPORTER_REPLY, 10, _DAY, _SP4N),
        _row(Step.REPORTER_COMPLETION, 30, Unit.CALENDAR_DAY, "UU 25/2009 Ps 44"),
    ),
)
NO_LIMITS = Policy(id="none/1", rules=())
"""For imported histories without promises: it starts no clock."""
POLICIES: Mapping[str, Policy] = MappingProxyType({policy.id: policy for policy in (SP4N_2018, NO_LIMITS)})
