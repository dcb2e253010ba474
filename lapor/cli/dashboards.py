"""Dashboards on the command line: sla, quality."""

from datetime import datetime

import click

from lapor.application.queries.dashboards import DashboardPeriod, DashboardQueries
from lapor.cli.shared.common import (
    OPERATOR,
    InstantParam,
    TableColumn,
    answer_json,
    columns,
    json_option,
    open_services,
    percent,
    settings_option,
    show_table,
)
from lapor.cli.shared.log_as_of import log_as_of, position_option
from lapor.settings import Settings

_DAY = click.DateTime(["%Y-%m-%d"])
_SLA = [
    TableColumn("code", "agency"),
    *columns("step", "made", "kept", "late", "missed", "open", "overdue"),
    TableColumn("compliance", write=percent),
    TableColumn("median_working_hours", "median hours", "{:.1f}".format),
    TableColumn("p90_working_hours", "p90 hours", "{:.1f}".format),
]
_QUALITY = [
    TableColumn("code", "agency"),
    *columns("routed", "declined", "closed", "objected", "upheld"),
    TableColumn("mean_rating", "stars"),
    TableColumn("commitments_kept", "kept"),
    TableColumn("commitments_broken", "broken"),
    TableColumn("escalated"),
    TableColumn("reroute_rate", "rerouted", percent),
    TableColumn("reopen_rate", "reopened", percent),
]


@click.command()
@click.option("--from", "first", type=_DAY, help="First local day; without it a year before the last.")
@click.option("--to", "last", type=_DAY, help="Last local day, included; without it today.")
@click.option("--agency", help="Code or id of one agency.")
@click.option("--at", type=InstantParam(), help="As of this instant.")
@position_option
@json_option
@settings_option
def sla(
    settings: Settings,
    first: datetime | None,
    last: datetime | None,
    agency: str | None,
    *,
    at: datetime | None,
    position: int | None,
    as_json: bool,
) -> None:
    """Show how promises were kept in a period, by agency and step."""
    with open_services(settings) as running, log_as_of(running, at, position, "promises") as log:
        period = DashboardPeriod(
            first.date() if first else None, last.date() if last else None, agency, at=log.at
        )
        dashboard = DashboardQueries(running.application, log.database).sla(OPERATOR, period).body
    if as_json:
        answer_json(dashboard)
        return
    totals = [{**row, "code": "all", "step": step} for step, row in dashboard["totals"]["by_step"].items()]
    show_table(_SLA, [*dashboard["rows"], *totals])


@click.command()
@click.option("--from", "first", type=_DAY, help="First local day; without it a year before the last.")
@click.option("--to", "last", type=_DAY, help="Last local day, included; without it today.")
@click.option("--agency", help="Code or id of one agency.")
@click.option("--at", type=InstantParam(), help="As of this instant.")
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
        dashboard = running.services.dashboards.quality(OPERATOR, period).body
    if as_json:
        answer_json(dashboard)
        return
    show_table(_QUALITY, [*dashboard["rows"], {**dashboard["totals"], "code": "all"}])
