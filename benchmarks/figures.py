"""Figures, their table, and the file that they are stored in."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path("build/bench.json")


@dataclass
class Figure:
    """One measured value; ``ratio`` is to the figure named ``ratio_to``, ``met`` is against ``goal``."""

    name: str
    value: float
    unit: str
    ratio_to: str | None = None
    ratio: float | None = None
    goal: str | None = None
    met: bool | None = None
    note: str = ""


def machine() -> str:
    """Return a description of the machine."""
    with Path("/proc/cpuinfo").open() as lines:
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"


def show(figures: list[Figure]) -> None:
    """Print the table."""
    print(f"\n{machine()}; PostgreSQL with fsync on a local socket\n")
    print(f"{'figure':44} {'value':>12} {'':14} {'ratio':>6}  goal")
    for each in figures:
        ratio = f"{each.ratio:.2f}" if each.ratio is not None else ""
        verdict = {True: "met", False: "MISSED", None: ""}[each.met]
        print(f"{each.name:44} {each.value:12,.2f} {each.unit:14} {ratio:>6}  {each.goal or ''} {verdict}")
        if each.note:
            print(f"{'':44} {each.note}", flush=True)


def keep(figures: list[Figure]) -> None:
    """Write the figures as JSON."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(each) for each in figures], indent=1) + "\n")
