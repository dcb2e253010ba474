"""A report of conformance as JSON, in pieces: as long as it takes to find, and no longer in memory."""

from collections.abc import Iterator
from dataclasses import asdict

import msgspec

from lapor.audit.conformance.findings import LABELS
from lapor.audit.conformance.report import ConformanceReport

_encode = msgspec.json.Encoder().encode


def told(report: ConformanceReport) -> Iterator[bytes]:
    """One object: as of which position, ``findings``, and after them what they come to."""
    head = {
        "position": report.position,
        "checkpoint": report.checkpoint,
        "since": report.since,
        "until": report.until,
        "soon_minutes": report.soon_minutes,
    }
    yield _encode(head)[:-1] + b',"findings":['
    first = True
    for finding in report.findings:
        said = {**asdict(finding), "breach": finding.breach}
        yield (b"" if first else b",\n") + _encode(said)
        first = False
    sums = {
        "facts": report.events,
        "complaints": report.complaints,
        "breaches": report.breaches,
        "imported": report.imported,
        "counts": report.counts,
        "labels": {found: {"id": LABELS[found][0], "en": LABELS[found][1]} for found in report.counts},
    }
    yield b"]," + _encode(sums)[1:]
