"""What of a dashboard's totals the public may know: nothing that might tell of a single complaint."""

from collections.abc import Mapping
from typing import Any

SMALLEST = 10
"""A count below it is not shown."""


def coarse(totals: Mapping[str, Any]) -> dict[str, Any]:
    """Totals without small counts; where they are of steps, only each step's, or sums would tell the rest."""
    if "by_step" not in totals:
        return {name: _count(value) for name, value in totals.items()}
    by_step = {step: _figures(figures) for step, figures in totals["by_step"].items()}
    return {**dict.fromkeys(totals), "by_step": by_step}


def coarse_quality(totals: Mapping[str, Any]) -> dict[str, Any]:
    """Totals of quality: no small count, and no share or mean of less than enough."""
    shown = {name: _count(value) if isinstance(value, int) else None for name, value in totals.items()}
    if totals["ratings"] >= SMALLEST:
        shown["mean_rating"] = round(totals["mean_rating"], 1)
    return shown


def _figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    """A step's figures. A share or a time is shown where it is one of enough promises, and rounded.

    What was released or has lapsed stays hidden: it would complete a sum, and so tell a small count.
    """
    shown = {name: _count(value) if isinstance(value, int) else None for name, value in figures.items()}
    shown |= {"lapsed": None, "released": None}
    if figures["kept"] + figures["missed"] >= SMALLEST:
        shown["compliance"] = round(figures["compliance"], 2)
    if figures["kept"] + figures["late"] >= SMALLEST:
        for name in ("median_working_hours", "p90_working_hours"):
            shown[name] = round(figures[name], 1)
    return shown


def _count(value: int) -> int | None:
    return value if value >= SMALLEST else None
