"""Queries about deadlines and complaints: due, backlog, history."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import click

from lapor.application.application import CommandRequest
from lapor.application.queries.backlog import BacklogFilter, BacklogQueries
from lapor.application.reference_data import ReferenceData
from lapor.cli.shared.common import (
    OPERATOR,
    InstantOrDayParam,
    InstantParam,
    TableColumn,
    answer_json,
    columns,
    json_option,
    open_services,
    settings_option,
    show_table,
)
from lapor.cli.shared.log_as_of import log_as_of, position_option
from lapor.domain.deadlines.policy import Rule
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import Due, Unit
from lapor.domain.errors import InvalidFieldError
from lapor.domain.vocabulary import Kind, Step
from lapor.settings import Settings
from projections.engine.as_of import AsOf

_FEW, _MANY = 50, 10_000
_BACKLOG = [
    *columns("code", "stage", "step"),
    TableColumn("due_at", "due at"),
    TableColumn("working_days_left", "days left"),
    TableColumn("title"),
]
_HISTORY = [*columns("position", "at"), TableColumn("type", "what"), *columns("by", "role")]


@click.command()
@click.argument("instant", type=InstantOrDayParam())
@click.argument("days", type=click.IntRange(1, 10_000), required=False)
@click.option("--agency", help="Code of the agency whose hours count; without it the coordinating office's.")
@click.option("--unit", type=click.Choice([unit.value for unit in Unit]), default="working_day")
@click.option(
    "--step", type=click.Choice([step.value for step in Step]), help="Take this step's limit from the policy."
)
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="With --step: which kind.")
@json_option
@settings_option
def due(
    settings: Settings,
    instant: datetime | date,
    days: int | None,
    *,
    agency: str | None,
    unit: str,
    step: str | None,
    kind: str | None,
    as_json: bool,
) -> None:
    """Compute when something is due that begins at INSTANT and may take DAYS, or the limit of a --step.

    Prints the calendar and the policy of that instant with their legal bases, and the holidays passed over.
    """
    if (days is None) == (step is None):
        raise click.UsageError("Give either DAYS or --step.")
    with _rules(settings) as reference_data:
        agency_id = reference_data.known("agency", "agency", agency).id if agency else None
        zone = ZoneInfo(reference_data.hours(agency_id, datetime.now(UTC)).zone)
        start = instant if isinstance(instant, datetime) else datetime.combine(instant, time.min, zone)
        timing = reference_data.timing(start)
    rule = Rule(Step.RESOLVE, days, Unit(unit), None, timing.policy.regulation) if days else None
    rule = rule or timing.policy.rule(Step(str(step)), Kind(kind) if kind else None)
    if rule is None:
        raise InvalidFieldError(
            "step", f"{timing.policy.id} sets no limit for {step}; give a --kind that it has."
        )
    worked = timing.working_time(agency_id)
    _print_due(worked.due(start, rule.limit, rule.unit), timing, rule, worked.hours.zone, as_json=as_json)


def _print_due(deadline: Due, timing: Timing, rule: Rule, zone: str, *, as_json: bool) -> None:
    calendar = timing.calendar
    if as_json:
        answer_json(
            {
                "at": deadline.at,
                "provisional": deadline.provisional,
                "passed": [{"date": day, "name": name} for day, name in deadline.passed],
                "limit": rule.limit,
                "unit": rule.unit,
                "calendar": calendar.id,
                "calendar_basis": calendar.basis,
                "provisional_years": calendar.provisional_years,
                "policy": timing.policy.id,
                "regulation": rule.source,
            }
        )
        return
    local = deadline.at.astimezone(ZoneInfo(zone))
    click.echo(
        f"{local:%A} {local.isoformat(timespec='minutes')}"
        + (" (provisional)" if deadline.provisional else "")
    )
    for day, name in deadline.passed:
        click.echo(f"  {day} {name}")
    years = ", ".join(map(str, calendar.provisional_years))
    click.echo(f"calendar {calendar.id}: {calendar.basis}" + (f"; {years} provisional" if years else ""))
    click.echo(f"policy {timing.policy.id}: {rule.source}")


@contextlib.contextmanager
def _rules(settings: Settings) -> Iterator[ReferenceData]:
    """Yield the reference data of the database, or those that are shipped if there is none yet."""
    from lapor import bootstrap  # noqa: PLC0415 - see open_database

    if settings.database_url is None and not (settings.data / "postgres").exists():
        yield ReferenceData(bootstrap.office_hours(settings))
        return
    with open_services(settings) as running:
        yield running.application.reference_data


@click.command()
@click.argument("agency")
@click.option("--limit", type=click.IntRange(1, 200), default=_FEW, show_default=True)
@click.option("--at", type=InstantParam(), help="As of this instant.")
@position_option
@json_option
@settings_option
def backlog(
    settings: Settings, agency: str, limit: int, at: datetime | None, position: int | None, *, as_json: bool
) -> None:
    """Show the backlog of an AGENCY, most urgent first."""
    with open_services(settings) as running, log_as_of(running, at, position, "backlog", "register") as log:
        queries = BacklogQueries(running.application, log.database)
        page = queries.of(agency, OPERATOR, BacklogFilter(at=log.at, limit=limit)).body
    if as_json:
        answer_json(page)
        return
    show_table(_BACKLOG, page["items"])


@click.command()
@click.argument("code")
@click.option("--at", type=InstantParam(), help="As of this instant.")
@json_option
@settings_option
def history(settings: Settings, code: str, at: datetime | None, *, as_json: bool) -> None:
    """Show a complaint's events and its stage. CODE is its tracking code or id."""
    command, moment = CommandRequest(OPERATOR), AsOf(at=at)
    with open_services(settings) as running:
        complaint = running.services.complaint_queries.view(code, command, moment).body
        items, _ = running.services.complaint_queries.history(code, command, moment, after=0, limit=_MANY)
    if as_json:
        answer_json({"complaint": complaint, "items": items})
        return
    show_table(_HISTORY, items)
    click.echo(f"{complaint['code']}: {complaint['stage']}")
