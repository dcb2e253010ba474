"""The day on which the benchmarks play and measure, so that every run finds the same data and deadlines."""

from datetime import UTC, datetime

UNTIL = datetime.fromisoformat("2026-11-24T14:00:00+07:00")
"""When the last things of the demo happen; services under measurement go on from here."""
CLOCK = f"{(UNTIL - datetime.now(UTC)).total_seconds():+.3f}s"
"""Their `LAPOR_CLOCK`."""
