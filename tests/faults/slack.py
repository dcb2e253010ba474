"""How much longer things may take because others keep this machine busy."""

import os


def load() -> float:
    """The machine's load average of the last minute, for each core."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def slack(busiest: float = 0.0) -> float:
    """Return the factor for a limit of seconds. ``busiest``: a load that was seen meanwhile."""
    return max(1.0, busiest, load())
