"""Commands about agencies, officers and tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

import click

from lapor.application.application import CommandRequest
from lapor.application.commands.agencies import REGISTERING, RENAMING
from lapor.application.commands.officers import ERASING
from lapor.cli.shared.common import (
    OPERATOR,
    PROTECTOR,
    InstantParam,
    answer_json,
    basis_option,
    json_option,
    open_services,
    reference_option,
    settings_option,
)
from lapor.cli.shared.opening_hours import WEEKDAYS, DayAndHours, hours_body
from lapor.domain.body_check import check
from lapor.domain.vocabulary import OFFICES, OwnerType, Role
from lapor.settings import Settings

_WEEKDAYS = click.Choice(WEEKDAYS)
_ROLES = click.Choice([role.value for role in OFFICES])


@click.group()
def agency() -> None:
    """Agencies."""


@agency.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--owner-type", type=click.Choice([each.value for each in OwnerType]), default="government")
@click.option("--two-persons", is_flag=True, help="Its answers need a second person's approval.")
@json_option
@settings_option
def add_agency(
    settings: Settings, code: str, name: str, owner_type: str, *, two_persons: bool, as_json: bool
) -> None:
    """Register an agency under a CODE that no other has."""
    body = check(
        REGISTERING, {"code": code, "name": name, "owner_type": owner_type, "two_persons": two_persons}
    )
    with open_services(settings) as running:
        made = running.services.agencies.register(body, CommandRequest(OPERATOR)).body
    answer_json({"id": made["id"]}) if as_json else click.echo(made["id"])


@agency.command("hours")
@click.argument("code")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day of these hours.")
@click.option("--zone", help="IANA zone, such as Asia/Makassar.")
@click.option(
    "--open", "week", multiple=True, type=(_WEEKDAYS, str, str), metavar="DAY OPENS CLOSES",
    help="A weekday (mon to sun), its opening and its closing time; give every open weekday.",
)  # fmt: skip
@click.option(
    "--extra", multiple=True, type=(str, str, str), metavar="DATE OPENS CLOSES",
    help="A day with its own hours, which may be a holiday; give every such day.",
)  # fmt: skip
@json_option
@settings_option
def set_hours(
    settings: Settings,
    code: str,
    *,
    since: datetime,
    zone: str | None,
    week: tuple[DayAndHours, ...],
    extra: tuple[DayAndHours, ...],
    as_json: bool,
) -> None:
    """Set an agency's opening hours from a day on; an option that is not given changes nothing."""
    body = hours_body(since.date(), zone, week, extra)
    with open_services(settings) as running:
        made = running.services.agencies.set_hours(code, body, CommandRequest(OPERATOR)).body
    answer_json(made) if as_json else click.echo(made["id"])


@agency.command("rename")
@click.argument("code")
@click.argument("name")
@settings_option
def rename_agency(settings: Settings, code: str, name: str) -> None:
    """Give an agency another name; its code stays."""
    body = check(RENAMING, {"name": name})
    with open_services(settings) as running:
        running.services.agencies.rename(code, body, CommandRequest(OPERATOR))


@agency.command("close")
@click.argument("code")
@settings_option
def close_agency(settings: Settings, code: str) -> None:
    """Close an agency: it takes no more complaints."""
    with open_services(settings) as running:
        running.services.agencies.close(code, CommandRequest(OPERATOR))


@click.group()
def officer() -> None:
    """Officers."""


@officer.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, required=True)
@click.option("--agency", "agency_code", help="Code of the officer's agency.")
@click.option("--token", "with_token", is_flag=True, help="Issue a token too; it is shown only now.")
@json_option
@settings_option
def add_officer(
    settings: Settings, name: str, role: str, agency_code: str | None, *, with_token: bool, as_json: bool
) -> None:
    """Appoint an officer in a first role."""
    body: dict[str, Any] = {"name": name, "role": Role(role), "agency": agency_code}
    with open_services(settings) as running:
        made = running.services.officers.appoint(body, CommandRequest(OPERATOR)).body
        answer = {"id": made["id"]}
        if with_token:
            issued = running.services.officers.issue_token(made["id"], OPERATOR, None)
            answer |= {"token_id": issued["id"], "token": issued["token"]}
    answer_json(answer) if as_json else click.echo("\n".join(str(value) for value in answer.values()))


@officer.command("dismiss")
@click.argument("officer_id", type=click.UUID)
@settings_option
def dismiss_officer(settings: Settings, officer_id: UUID) -> None:
    """Dismiss an officer: every role ends, and no token works any more."""
    with open_services(settings) as running:
        running.services.officers.dismiss(officer_id, CommandRequest(OPERATOR))


@officer.command("erase")
@click.argument("officer_id", type=click.UUID)
@basis_option
@reference_option
@settings_option
def erase_officer(settings: Settings, officer_id: UUID, basis: str, reference: str | None) -> None:
    """Erase the name and contact of a dismissed officer; the id stays in the events."""
    body = check(ERASING, {"basis": basis, "reference": reference})
    with open_services(settings) as running:
        running.services.officers.erase(officer_id, body, CommandRequest(PROTECTOR))


@click.group()
def token() -> None:
    """Tokens."""


@token.command("issue")
@click.argument("officer_id", type=click.UUID)
@click.option("--expires-at", type=InstantParam(), help="When it expires; never, if not given.")
@json_option
@settings_option
def issue_token(settings: Settings, officer_id: UUID, expires_at: datetime | None, *, as_json: bool) -> None:
    """Issue a token to an officer; it is shown only now."""
    with open_services(settings) as running:
        made = running.services.officers.issue_token(officer_id, OPERATOR, expires_at)
    answer_json(made) if as_json else click.echo(f"{made['id']}\n{made['token']}")


@token.command("revoke")
@click.argument("token_id", type=click.UUID)
@settings_option
def revoke_token(settings: Settings, token_id: UUID) -> None:
    """Revoke a token, from the next request on."""
    with open_services(settings) as running:
        running.services.officers.revoke_token(token_id, OPERATOR)
