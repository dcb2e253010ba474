"""Commands about the rules of deadlines: the calendar and the policies."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec

from lapor.application.application import CommandRequest
from lapor.application.commands.calendars import ADDING_A_YEAR, DECREEING
from lapor.application.commands.sla_policies import ADOPTING
from lapor.application.result import Result
from lapor.cli.shared.common import (
    OPERATOR,
    F,
    TableColumn,
    answer_json,
    columns,
    json_option,
    open_services,
    settings_option,
    show_table,
    words,
)
from lapor.domain.body_check import check
from lapor.settings import Settings

_MANY = 10_000
_HOLIDAYS = [TableColumn("day"), TableColumn("name", "holiday")]
_LIMITS = [
    *columns("policy", "when", "step"),
    TableColumn("kinds", "kind", lambda kinds: words(kinds) or "every kind"),
    TableColumn("limit", "at most"),
    *columns("unit", "source"),
]
_MOVES = columns("code", "agency", "step", "from", "to")
_EVENTS = [
    TableColumn("at"),
    TableColumn("type", "what"),
    *columns("by", "role"),
    TableColumn("data", "by what", lambda data: data.get("basis") or data.get("regulation")),
]
_basis = click.option("--basis", required=True, help="The decree or regulation that orders it; public.")
_yes = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


class DayParam(click.ParamType[date]):
    """A date such as 2026-12-24."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no date; write it like 2026-12-24.", param, ctx)


def _named_days(option: str, says: str) -> Callable[[F], F]:
    """Return an option that takes a date and a name, and may be repeated."""
    return click.option(
        option,
        type=click.Tuple([DayParam(), str]),
        metavar="DATE NAME",
        multiple=True,
        help=f"{says}; may be repeated.",
    )


def _holidays(days: tuple[tuple[date, str], ...]) -> list[dict[str, Any]] | None:
    return [{"day": day.isoformat(), "name": name} for day, name in days] or None


@click.group()
def calendar() -> None:
    """The calendar by which working days are counted."""


@calendar.command("show")
@click.option("--year", type=int, help="Only the holidays of this year.")
@json_option
@settings_option
def show_calendar(settings: Settings, year: int | None, *, as_json: bool) -> None:
    """Show the calendar in force: its id, legal basis, provisional years and holidays."""
    with open_services(settings) as running:
        name = running.application.reference_data.rules.calendar.id.rpartition("/")[0]
        shown = running.services.calendars.view(name, OPERATOR).body
    shown["holidays"] = [holiday for holiday in shown["holidays"] if year in {None, holiday["day"].year}]
    if as_json:
        answer_json(shown)
        return
    provisional = ", ".join(map(str, shown["provisional_years"])) or "none"
    click.echo(f"{shown['id']}\t{shown['basis']}\tprovisional years: {provisional}")
    show_table(_HOLIDAYS, shown["holidays"])


@calendar.command()
@_named_days("--add", "A day that becomes a holiday, and its name")
@click.option(
    "--remove", type=DayParam(), multiple=True, help="A day that is no longer a holiday; may be repeated."
)
@_basis
@_yes
@json_option
@settings_option
def decree(
    settings: Settings,
    add: tuple[tuple[date, str], ...],
    remove: tuple[date, ...],
    basis: str,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Change holidays. Shows which open deadlines this moves, and asks first.

    With --json and without --yes it only shows them. The worker moves the deadlines afterwards.
    """
    removed = [day.isoformat() for day in remove] or None
    body = check(DECREEING, {"basis": basis, "added": _holidays(add), "removed": removed})
    with open_services(settings) as running:
        name = running.application.reference_data.rules.calendar.id.rpartition("/")[0]

        def ask(more: dict[str, Any]) -> Result:
            return running.services.calendars.decree(name, {**body, **more}, CommandRequest(OPERATOR))

        _show_then_do(ask, yes=yes, as_json=as_json)


@calendar.command("add-year")
@click.argument("year", type=int)
@_named_days("--holiday", "A holiday of that year")
@_basis
@json_option
@settings_option
def add_year(
    settings: Settings, year: int, holiday: tuple[tuple[date, str], ...], basis: str, *, as_json: bool
) -> None:
    """Add the YEAR after the last, so that deadlines reach into it. It is provisional until confirmed."""
    body = check(ADDING_A_YEAR, {"year": year, "basis": basis, "holidays": _holidays(holiday)})
    with open_services(settings) as running:
        _print_id(running.services.calendars.add_year(body, CommandRequest(OPERATOR)).body, as_json=as_json)


@calendar.command("confirm-year")
@click.argument("year", type=int)
@_basis
@json_option
@settings_option
def confirm_year(settings: Settings, year: int, basis: str, *, as_json: bool) -> None:
    """Confirm that the holidays of YEAR are those of its decree."""
    with open_services(settings) as running:
        name = running.application.reference_data.rules.calendar.id.rpartition("/")[0]
        body = {"year": year, "basis": basis}
        _print_id(
            running.services.calendars.confirm_year(name, body, CommandRequest(OPERATOR)).body,
            as_json=as_json,
        )


@calendar.command("history")
@json_option
@settings_option
def calendar_history(settings: Settings, *, as_json: bool) -> None:
    """Show the events of the calendar: its decrees, added and confirmed years."""
    with open_services(settings) as running:
        name = running.application.reference_data.rules.calendar.id.rpartition("/")[0]
        items, _ = running.services.calendars.history(name, OPERATOR, after=0, limit=_MANY)
    _show_events(items, as_json=as_json)


@click.group()
def policy() -> None:
    """The policies that set deadlines."""


@policy.command("list")
@json_option
@settings_option
def list_policies(settings: Settings, *, as_json: bool) -> None:
    """List every policy with its limits; with --json each can serve as a draft of the next."""
    with open_services(settings) as running:
        policies = running.services.sla_policies.all(OPERATOR)
    if as_json:
        answer_json(policies)
        return
    rows: list[dict[str, Any]] = []
    for version in policies:
        when = "in force" if version["in_force"] else f"from {version['effective_from'] or 'the beginning'}"
        rows += [{**limit, "policy": version["id"], "when": when} for limit in version["limits"]]
    show_table(_LIMITS, rows)


@policy.command("adopt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@settings_option
def adopt_policy(settings: Settings, file: Path, *, as_json: bool) -> None:
    """Adopt a policy from FILE: name, effective_from, regulation and limits, as JSON.

    Promises made from that day on follow it; earlier ones stay.
    """
    try:
        declared = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.BadParameter(f"{file} is not JSON of the expected form: {error}.") from error
    body = check(ADOPTING, declared)
    with open_services(settings) as running:
        _print_id(running.services.sla_policies.adopt(body, CommandRequest(OPERATOR)).body, as_json=as_json)


@policy.command("apply")
@click.argument("name")
@_basis
@_yes
@json_option
@settings_option
def apply_policy(settings: Settings, name: str, basis: str, *, yes: bool, as_json: bool) -> None:
    """Apply the policy NAME, which must be in force, to open promises too. Shows which move, and asks.

    With --json and without --yes it only shows them. The worker moves the deadlines afterwards.
    """
    with open_services(settings) as running:

        def ask(more: dict[str, Any]) -> Result:
            return running.services.sla_policies.apply(
                name, {"basis": basis, **more}, CommandRequest(OPERATOR)
            )

        _show_then_do(ask, yes=yes, as_json=as_json)


@policy.command("history")
@click.argument("name")
@json_option
@settings_option
def policy_history(settings: Settings, name: str, *, as_json: bool) -> None:
    """Show the events of the policy NAME."""
    with open_services(settings) as running:
        items, _ = running.services.sla_policies.history(name, OPERATOR, after=0, limit=_MANY)
    _show_events(items, as_json=as_json)


def _show_then_do(ask: Callable[[dict[str, Any]], Result], *, yes: bool, as_json: bool) -> None:
    """Show which deadlines would move; move them once that is confirmed."""
    shown = ask({}).body
    if as_json and not yes:
        answer_json(shown)
        return
    if not as_json:
        show_table(_MOVES, shown["items"])
    if not yes:
        more = "" if shown["complete"] else " at least"
        question = f"{shown['becomes']} moves{more} {shown['moves']} open deadlines. Do it?"
        click.confirm(question, abort=True, err=True)
    _print_id(ask({"confirm": shown["confirm"]}).body, as_json=as_json)


def _print_id(made: dict[str, Any], *, as_json: bool) -> None:
    answer_json(made) if as_json else click.echo(made["id"])


def _show_events(items: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        answer_json(items)
        return
    show_table(_EVENTS, items)
