"""Disclosure control: public totals reveal nothing about a single complaint."""

from collections.abc import Mapping
from typing import Any

SMALLEST = 10
"""A count below it is not shown."""


def coarse(totals: Mapping[str, Any]) -> dict[str, Any]:
    """Return totals without small counts; if there are steps, only theirs, or sums would reveal the rest."""
    if "by_step" not in totals:
        return {name: _count(value) for name, value in totals.items()}
    by_step = {step: _figures(figures) for step, figures in totals["by_step"].items()}
    return {**dict.fromkeys(totals), "by_step": by_step}


def coarse_quality(totals: Mapping[str, Any]) -> dict[str, Any]:
    """Return totals of quality without small counts, and without shares and means of too few complaints."""
    shown = {name: _count(value) if isinstance(value, int) else None for name, value in totals.items()}
    if totals["ratings"] >= SMALLEST:
        shown["mean_rating"] = round(totals["mean_rating"], 1)
    return shown


def _figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step's figures. A share or a time is shown, rounded, if it is of enough promises.

    Released and lapsed promises stay hidden: they would complete a sum, and so reveal a small count.
    """
    shown = {name: _count(value) if isinstance(value, int) else None for name, value in figures.items()}
    shown |= {"lapsed": None, "released": None}
    if figures["kept"] + figures["missed"] >= SMALLEST:
        shown["compliance"] = round(figures["compliance"], 2)
    if figures["kept"] + figures["late"] >= SMALLEST:
        for name in ("median_working_hours", "p90_working_hours"):
            shown[name] = round(figures[name], 1)
        shown["hours_exact"] = figures["hours_exact"]
    return shown


def _count(value: int) -> int | None:
    return value if value >= SMALLEST else None
