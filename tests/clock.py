"""The clock of the tests: it begins on the same working day every time, and then runs.

The calendar that is shipped ends, and the suite must not end with it. Services that tests start in processes
of their own get the clock from the environment.
"""

import os
from datetime import UTC, datetime

from lapor.settings import Settings

BEGINS = datetime.fromisoformat("2026-11-25T10:00:00+07:00")
"""A Wednesday morning: long before the calendar ends, and no suite runs until midnight."""
CLOCK = f"{(BEGINS - datetime.now(UTC)).total_seconds():+.3f}s"
"""The value of `LAPOR_CLOCK` while tests run."""
now = Settings(clock=CLOCK).make_clock()

os.environ["LAPOR_CLOCK"] = CLOCK
