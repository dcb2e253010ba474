"""Commands that count: sla, quality."""

from datetime import datetime
from typing import Any

import click

from lapor.application.queries.dashboards import DashboardPeriod
from lapor.cli.common import (
    OPERATOR,
    InstantParam,
    answer_json,
    json_option,
    open_services,
    settings_option,
    show_table,
)
from lapor.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])
_COUNTS = ["made", "kept", "late", "missed", "open", "overdue"]
_COLUMNS = ["agency", "step", *_COUNTS, "compliance", "median hours", "p90 hours"]

_QUALITIES = {
    "routed": "routed",
    "declined": "declined",
    "closed": "closed",
    "objected": "objected",
    "upheld": "upheld",
    "stars": "mean_rating",
    "kept": "commitments_kept",
    "broken": "commitments_broken",
    "escalated": "escalated",
}
_RATES = {"rerouted": "reroute_rate", "reopened": "reopen_rate"}


@click.command()
@click.option("--from", "first", type=_DAY, help="First local day; without it a year before the last.")
@click.option("--to", "last", type=_DAY, help="Last local day, included; without it today.")
@click.option("--agency", help="Code or id of one agency.")
@click.option("--at", type=InstantParam(), help="As it was then.")
@click.option("--position", type=click.IntRange(1), help="As the log's first events tell it, so many.")
@json_option
@settings_option
def sla(
    settings: Settings, first: datetime | None, last: datetime | None, *, as_json: bool, **asked: Any
) -> None:
    """Show how promises were kept in a period, by agency and step."""
    period = DashboardPeriod(first.date() if first else None, last.date() if last else None, **asked)
    with open_services(settings) as running:
        found = running.services.dashboards.sla(OPERATOR, period).body
    if as_json:
        answer_json(found)
        return
    lines = [_line(row["code"], row["step"], row) for row in found["rows"]]
    lines += [_line("all", step, row) for step, row in found["totals"]["by_step"].items()]
    show_table(_COLUMNS, lines)


def _line(agency: str | None, step: str, row: dict[str, Any]) -> list[object]:
    share, median, p90 = (row[name] for name in ("compliance", "median_working_hours", "p90_working_hours"))
    return [
        agency,
        step,
        *(row[name] for name in _COUNTS),
        None if share is None else f"{share:.1%}",
        None if median is None else f"{median:.1f}",
        None if p90 is None else f"{p90:.1f}",
    ]


@click.command()
@click.option("--from", "first", type=_DAY, help="First local day; without it a year before the last.")
@click.option("--to", "last", type=_DAY, help="Last local day, included; without it today.")
@click.option("--agency", help="Code or id of one agency.")
@click.option("--at", type=InstantParam(), help="As it was then.")
@json_option
@settings_option
def quality(
    settings: Settings,
    first: datetime | None,
    last: datetime | None,
    agency: str | None,
    at: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Show how well complaints were handled in a period, by agency."""
    period = DashboardPeriod(first.date() if first else None, last.date() if last else None, agency, at=at)
    with open_services(settings) as running:
        found = running.services.dashboards.quality(OPERATOR, period).body
    if as_json:
        answer_json(found)
        return
    lines = [_quality_line(row["code"], row) for row in found["rows"]]
    show_table(["agency", *_QUALITIES, *_RATES], [*lines, _quality_line("all", found["totals"])])


def _quality_line(agency: str | None, row: dict[str, Any]) -> list[object]:
    rates = [None if row[name] is None else f"{row[name]:.1%}" for name in _RATES.values()]
    return [agency, *(row[name] for name in _QUALITIES.values()), *rates]
