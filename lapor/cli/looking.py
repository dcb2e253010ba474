"""Commands that look: due, backlog, history."""

from dataclasses import asdict
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import click

from lapor.application.backlogs import Filter
from lapor.application.complaints import Moment
from lapor.application.desk import Ask
from lapor.cli.common import (
    Instant,
    InstantOrDay,
    answer_json,
    json_option,
    open_house,
    settings_option,
    show_table,
)
from lapor.cli.people import OPERATOR
from lapor.domain.calendars import INDONESIA
from lapor.domain.errors import InvalidFieldError
from lapor.domain.working_time import Hours, Unit, working_time
from lapor.settings import Settings

_FEW, _MANY = 50, 10_000


@click.command()
@click.argument("instant", type=InstantOrDay())
@click.argument("days", type=click.IntRange(1, 10_000))
@click.option("--agency", help="Code of the agency whose hours count; without it the coordinating office's.")
@click.option("--unit", type=click.Choice([unit.value for unit in Unit]), default="working_day")
@json_option
@settings_option
def due(
    settings: Settings, instant: datetime | date, days: int, agency: str | None, unit: str, *, as_json: bool
) -> None:
    """Say when it is due, what begins at INSTANT and may take DAYS; and which holidays that passes over."""
    hours = _hours(settings, agency)
    zone = ZoneInfo(hours.zone)
    start = instant if isinstance(instant, datetime) else datetime.combine(instant, time.min, zone)
    found = working_time(INDONESIA, hours).due(start, days, Unit(unit))
    if as_json:
        passed = [{"date": day, "name": name} for day, name in found.passed]
        answer_json({**asdict(found), "at": found.at, "passed": passed, "calendar": INDONESIA.id})
        return
    local = found.at.astimezone(zone)
    click.echo(
        f"{local:%A} {local.isoformat(timespec='minutes')}" + (" (provisional)" if found.provisional else "")
    )
    for day, name in found.passed:
        click.echo(f"  {day} {name}")


def _hours(settings: Settings, agency: str | None) -> Hours:
    from lapor.bootstrap import office_hours  # noqa: PLC0415

    if agency is None:
        return office_hours(settings)
    with open_house(settings) as house:
        known = house.desk.directory.agency(agency)
    if known is None:
        raise InvalidFieldError("agency", f"There is no agency '{agency}'.")
    return known.hours


@click.command()
@click.argument("agency")
@click.option("--limit", type=click.IntRange(1, 200), default=_FEW, show_default=True)
@click.option("--at", type=Instant(), help="As it was then.")
@json_option
@settings_option
def backlog(settings: Settings, agency: str, limit: int, at: datetime | None, *, as_json: bool) -> None:
    """Show what an AGENCY owes, most urgent first."""
    with open_house(settings) as house:
        found = house.services.backlogs.of(agency, OPERATOR, Filter(at=at, limit=limit)).body
    if as_json:
        answer_json(found)
        return
    columns = ["code", "stage", "step", "due at", "days left", "title"]
    names = ["code", "stage", "step", "due_at", "working_days_left", "title"]
    show_table(columns, [[item.get(name) for name in names] for item in found["items"]])


@click.command()
@click.argument("code")
@click.option("--at", type=Instant(), help="As it was then.")
@json_option
@settings_option
def history(settings: Settings, code: str, at: datetime | None, *, as_json: bool) -> None:
    """Show one complaint's facts, and how it stood then. CODE is its tracking code or id."""
    ask, moment = Ask(OPERATOR), Moment(at=at)
    with open_house(settings) as house:
        stood = house.services.complaints.view(code, ask, moment).body
        items, _ = house.services.complaints.history(code, ask, moment, after=0, limit=_MANY)
    if as_json:
        answer_json({"complaint": stood, "items": items})
        return
    show_table(
        ["position", "at", "what", "by", "role"],
        [[item["position"], item["at"], item["type"], item["by"], item["role"]] for item in items],
    )
    click.echo(f"{stood['code']}: {stood['stage']}")


COMMANDS = (due, backlog, history)
