"""The conformance report: who may request it, which events it covers, and its counts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lapor.application.application import LaporApplication
from lapor.audit.conformance.checker import check
from lapor.audit.conformance.findings import Finding, FindingKind
from lapor.audit.exports.period import Days
from lapor.audit.exports.service import CheckpointAt
from lapor.domain.access import CHECK_CONFORMANCE, Caller, actor_for
from lapor.progress import Progress, no_progress
from lapor.store.stream_reader import whole_streams

SOON = 5
"""Default of the minutes within which a closing counts as too soon."""


@dataclass
class ConformanceReport:
    """A check of the log's first ``position`` events. Its counts are complete once ``findings`` has ended."""

    position: int
    checkpoint: str | None
    since: datetime | None
    until: datetime | None
    soon_minutes: int
    findings: Iterator[Finding] = field(default_factory=lambda: iter(()))
    events: int = 0
    complaints: int = 0
    counts: Counter[FindingKind] = field(default_factory=Counter)
    breaches: int = 0
    imported: int = 0
    """Findings in imported histories, which are listed but count as no breaches."""


class Conformance:
    """Conformance checks of the whole log, a few streams at a time."""

    def __init__(self, application: LaporApplication, checkpoint_at: CheckpointAt) -> None:
        self._application = application
        self._checkpoint_at = checkpoint_at

    def check(
        self,
        caller: Caller,
        days: Days,
        soon_minutes: int = SOON,
        progress: Progress = no_progress,
    ) -> ConformanceReport:
        """Return a report up to the log's present end; it is made while its findings are read.

        Every event is judged by all events before it, but only findings on these days are listed. Raises
        ``NotSignedInError``, ``NotAllowedError`` and ``InvalidFieldError``.
        """
        actor_for(caller, CHECK_CONFORMANCE)
        since, until = days.instants(self._application.zone)
        position = self._application.log.head()
        self._application.catch_up()
        report = ConformanceReport(position, self._checkpoint_at(position), since, until, soon_minutes)
        report.findings = self._findings(report, progress)
        return report

    def _findings(self, report: ConformanceReport, progress: Progress) -> Iterator[Finding]:
        soon = timedelta(minutes=report.soon_minutes)
        for streams in whole_streams(self._application.log, report.position):
            for rows in streams:
                report.events += len(rows)
                report.complaints += rows[0].topic.startswith("lapor.complaint.")
                for finding in check(rows, self._application.reference_data, soon):
                    if _within(finding.at, report):
                        report.counts[finding.found] += 1
                        report.breaches += finding.breach
                        report.imported += finding.imported
                        yield finding
            progress(report.events, report.position)


def _within(at: datetime, report: ConformanceReport) -> bool:
    return (report.since is None or at >= report.since) and (report.until is None or at < report.until)
