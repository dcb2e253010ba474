"""A conformance report as JSON, in pieces: each finding is written as it is found, in constant memory."""

from collections.abc import Iterator
from dataclasses import asdict

import msgspec

from lapor.audit.conformance.findings import LABELS
from lapor.audit.conformance.report import ConformanceReport

_encode = msgspec.json.Encoder().encode


def write_json(report: ConformanceReport) -> Iterator[bytes]:
    """Yield one object in pieces: the position and period, ``findings``, and then the counts."""
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
        item = {**asdict(finding), "breach": finding.breach}
        yield (b"" if first else b",\n") + _encode(item)
        first = False
    sums = {
        "facts": report.events,
        "complaints": report.complaints,
        "breaches": report.breaches,
        "imported": report.imported,
        "counts": report.counts,
        "labels": {kind: {"id": LABELS[kind][0], "en": LABELS[kind][1]} for kind in report.counts},
    }
    yield b"]," + _encode(sums)[1:]
