"""Commands for data protection: the access report, the breach report, a copy for the person."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from lapor.application.application import CommandRequest
from lapor.audit.data_protection import html as pages
from lapor.audit.data_protection.access_report import AccessQuery
from lapor.audit.data_protection.breach_report import Suspicion
from lapor.cli.shared.common import (
    PROTECTOR,
    InstantParam,
    TableColumn,
    answer_json,
    columns,
    json_option,
    open_services,
    settings_option,
    show_table,
    words,
)
from lapor.settings import Settings

_PAGE = 200
_ACCESSES = [
    TableColumn("complaint", write=lambda complaint: complaint["code"]),
    *columns("at", "what", "by", "role", "reason_code", "recipient"),
    TableColumn("fields", write=words),
]
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("access-report")
@click.option("--from", "since", type=InstantParam(), help="Only accesses from this instant on.")
@click.option("--to", "until", type=InstantParam(), help="Only accesses before this instant.")
@click.option("--officer", type=click.UUID, help="Only those by this officer.")
@click.option("--complaint", help="Only those to this complaint, by its tracking code or id.")
@json_option
@settings_option
def access_report(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    officer: UUID | None,
    complaint: str | None,
    *,
    as_json: bool,
) -> None:
    """List each access to personal data: to whose, by whom, when and why."""
    items: list[dict[str, Any]] = []
    with open_services(settings) as running:
        cursor: int | None = None
        while True:
            query = AccessQuery(since, until, officer, complaint, _PAGE, cursor)
            body = running.services.access_reports.report(PROTECTOR, query).body
            items += body["items"]
            if body["next"] is None:
                break
            cursor = int(body["next"])
    if as_json:
        answer_json({"items": items})
        return
    show_table(_ACCESSES, items)


@click.command("breach-report")
@click.option("--from", "since", type=InstantParam(), required=True, help="When it may have begun.")
@click.option("--to", "until", type=InstantParam(), required=True, help="When it was over.")
@click.option(
    "--officer", "officers", type=click.UUID, multiple=True, help="A suspected account; repeatable."
)
@click.option(
    "--token", "tokens", type=click.UUID, multiple=True, help="The id of a leaked token; repeatable."
)
@click.option("--html", type=_FILE, help="Write it as a page to print, in Indonesian and English.")
@settings_option
def breach_report(
    settings: Settings,
    since: datetime,
    until: datetime,
    officers: tuple[UUID, ...],
    tokens: tuple[UUID, ...],
    *,
    html: Path | None,
) -> None:
    """Report whose data became known, when and how, for the notice within 3 × 24 hours (JSON)."""
    with open_services(settings) as running:
        about = Suspicion(since, until, officers, tokens)
        body = running.services.breach_reports.report(PROTECTOR, about).body
    if html:
        html.write_text(pages.breach(body, settings.timezone))
    else:
        answer_json(body)


@click.command("export-person")
@click.argument("code")
@click.argument("file", type=_FILE)
@settings_option
def export_person(settings: Settings, code: str, file: Path) -> None:
    """Write all data about the reporter of a complaint to FILE: HTML if it is named so, else JSON.

    Each copy is an event. An anonymous reporter is named only in the copy that they take themselves.
    """
    with open_services(settings) as running:
        held = running.services.subject_access.of_reporter(code, CommandRequest(PROTECTOR)).body
    file.touch(mode=0o600)
    if file.suffix.lower() in {".html", ".htm"}:
        file.write_text(pages.copy(held, settings.timezone))
    else:
        file.write_bytes(msgspec.json.encode(held))
