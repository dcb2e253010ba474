"""Commands of a data protection officer: erasure, legal holds, retention."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from lapor.application.application import CommandRequest
from lapor.application.commands.retention import ADOPTING
from lapor.cli.shared.common import (
    OPERATOR,
    PROTECTOR,
    TableColumn,
    answer_json,
    basis_option,
    columns,
    json_option,
    open_services,
    reference_option,
    settings_option,
    show_table,
    words,
)
from lapor.domain.body_check import check
from lapor.domain.complaint import WORKFLOW
from lapor.domain.vocabulary import ErasureBasis
from lapor.settings import Settings

_MANY = 200
_TIED = columns("code", "tie", "stage", "held", "erased")
_DUE = columns("code", "kind", "stage", "ended_on", "due_on", "automatic")
_REQUESTS = columns("code", "kind", "stage", "requested_at", "held")
_RULES = [
    *columns("policy", "when"),
    TableColumn("kinds", "kind", lambda kinds: words(kinds) or "every kind"),
    TableColumn("stages", "ended", lambda stages: words(stages) or "every end"),
    TableColumn("days"),
    TableColumn("automatic", "erased", lambda automatic: "by itself" if automatic else "confirmed"),
    TableColumn("source"),
]
_ANY = CommandRequest(PROTECTOR, any_version=True)


@click.command()
@click.argument("code")
@basis_option
@reference_option
@click.option(
    "--family",
    is_flag=True,
    help="Also the same reporter's complaints that were split from it, or it from them.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
@settings_option
def erase(
    settings: Settings,
    code: str,
    basis: str,
    reference: str | None,
    *,
    family: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase the personal data of the complaint CODE for ever. Shows related complaints, and asks.

    A merged complaint is another reporter's and is erased by its own code.
    """
    verb = WORKFLOW["erase"]
    body = check(verb.fields, {"basis": basis, "reference": reference})
    with open_services(settings) as running:
        tied = running.services.related.of(code, _ANY).body["items"]
        erased = [item for item in tied if item["tie"] == "itself" or (family and item["tie"] == "split")]
        if not as_json:
            show_table(_TIED, tied)
        if not yes:
            codes = ", ".join(item["code"] for item in erased)
            click.confirm(f"Nobody can ever read again what {codes} says. Erase?", abort=True, err=True)
        if not family:
            done = running.services.complaints.act(verb, erased[0]["id"], body, _ANY)
            answers = [{"id": erased[0]["id"], "done": True, "version": done.version}]
        else:
            waiting = [{"id": item["id"]} for item in erased if not item["erased"]]
            answers = running.services.complaints.bulk(verb, waiting, body, _ANY).body["items"]
    _print_answers(answers, {item["id"]: item["code"] for item in tied}, as_json=as_json)


@click.group()
def hold() -> None:
    """Legal holds, which keep personal data from being erased."""


@hold.command("place")
@click.argument("code")
@click.option("--reason", required=True, help="Why; sealed like all that is written about a complaint.")
@reference_option
@settings_option
def place_hold(settings: Settings, code: str, reason: str, reference: str | None) -> None:
    """Keep the personal data of the complaint CODE until further notice."""
    _act(settings, "place-legal-hold", code, {"reason": reason, "reference": reference})


@hold.command("lift")
@click.argument("code")
@click.option("--reason", required=True, help="Why; sealed like all that is written about a complaint.")
@reference_option
@settings_option
def lift_hold(settings: Settings, code: str, reason: str, reference: str | None) -> None:
    """Let the personal data of the complaint CODE be erased again, on request or when they are due."""
    _act(settings, "lift-legal-hold", code, {"reason": reason, "reference": reference})


def _act(settings: Settings, name: str, code: str, said: dict[str, Any]) -> None:
    verb = WORKFLOW[name]
    body = check(verb.fields, said)
    with open_services(settings) as running:
        running.services.complaints.act(verb, running.services.lookup.stream(code), body, _ANY)


@click.group()
def retention() -> None:
    """The policy for how long personal data are kept."""


@retention.command("list")
@json_option
@settings_option
def list_retention(settings: Settings, *, as_json: bool) -> None:
    """List every version of the policy; with --json each can serve as a draft of the next."""
    with open_services(settings) as running:
        versions = running.services.retention_queries.all(OPERATOR)
    if as_json:
        answer_json(versions)
        return
    rows: list[dict[str, Any]] = []
    for version in versions:
        when = "in force" if version["in_force"] else f"from {version['effective_from']}"
        rows += [{**rule, "policy": version["id"], "when": when} for rule in version["rules"]]
    show_table(_RULES, rows)


@retention.command("adopt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@settings_option
def adopt_retention(settings: Settings, file: Path) -> None:
    """Adopt a version of the policy from FILE: effective_from, regulation and rules, as JSON."""
    try:
        declared = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.BadParameter(f"{file} is not JSON of the expected form: {error}.") from error
    body = check(ADOPTING, declared)
    with open_services(settings) as running:
        click.echo(running.services.retention.adopt(body, CommandRequest(PROTECTOR)).body["id"])


@retention.command("due")
@click.option("--limit", type=click.IntRange(1, _MANY), default=_MANY, show_default=True)
@json_option
@settings_option
def show_due(settings: Settings, limit: int, *, as_json: bool) -> None:
    """List complaints whose personal data are due to be erased, the first ended first."""
    with open_services(settings) as running:
        found = running.services.retention_queries.due(PROTECTOR, limit=limit, cursor=None).body
    answer_json(found) if as_json else show_table(_DUE, found["items"])


@retention.command("requests")
@click.option("--limit", type=click.IntRange(1, _MANY), default=_MANY, show_default=True)
@json_option
@settings_option
def show_requests(settings: Settings, limit: int, *, as_json: bool) -> None:
    """List complaints whose reporter has asked for erasure and waits."""
    with open_services(settings) as running:
        found = running.services.retention_queries.requests(PROTECTOR, limit=limit, cursor=None).body
    answer_json(found) if as_json else show_table(_REQUESTS, found["items"])


@retention.command("erase")
@click.option("--limit", type=click.IntRange(1, _MANY), default=_MANY, show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
@settings_option
def erase_due(settings: Settings, limit: int, *, yes: bool, as_json: bool) -> None:
    """Erase the personal data that are due, of the first ended first. Shows the complaints, and asks."""
    with open_services(settings) as running:
        due = running.services.retention_queries.due(PROTECTOR, limit=limit, cursor=None).body
        items = due["items"]
        if not as_json:
            show_table(_DUE, items)
        if not items:
            click.echo("Nothing is due.", err=True)
        elif not yes:
            click.confirm(f"Erase the personal data of these {len(items)}?", abort=True, err=True)
        body = {"basis": ErasureBasis.RETENTION, "reference": due["policy"]}
        wanted = [{"id": item["id"]} for item in items]
        answers = running.services.complaints.bulk(WORKFLOW["erase"], wanted, body, _ANY).body["items"]
    _print_answers(answers, {item["id"]: item["code"] for item in items}, as_json=as_json)


def _print_answers(answers: list[dict[str, Any]], codes: dict[UUID, str], *, as_json: bool) -> None:
    """Print what was done with each complaint; exit with 1 if one was refused."""
    if as_json:
        answer_json(answers)
    else:
        for each in answers:
            click.echo(f"{codes[each['id']]}\t{'erased' if each['done'] else each['refusal']['detail']}")
    if not all(each["done"] for each in answers):
        raise SystemExit(1)
