"""The reference, written from the code: `make docs` writes it, and a test holds it against the code."""

import dataclasses
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path

import click

from lapor.cli import main
from lapor.domain.access import ACTS, Grants
from lapor.domain.command_fields import Field, MustBeTrue, Number, Pattern, Reference, Text
from lapor.domain.complaint import WORKFLOW, Verb
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.vocabulary import OFFICES, Role, Stage
from lapor.settings import Settings

FILE = Path(__file__).parents[1] / "docs" / "reference.md"


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""


def _codes(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _stages(stages: Iterable[Stage]) -> str:
    known = set(stages)
    return "every" if known == set(Stage) else _codes(stage for stage in Stage if stage in known)


def _field(field: Field) -> str:
    match field.rule:
        case Text(most=most):
            kind = f"text, at most {most:,}"
        case Pattern(says=says):
            kind = says
        case Number(least=least, most=most):
            kind = f"{least:g} to {most:g}"
        case Reference(what=what):
            kind = f"id or code of an existing {what}"
        case MustBeTrue():
            kind = "`true`"
        case _:
            kind = _plain(field)
    if field.many:
        kind = f"1 to {field.many.most} × {kind}"
    return f"`{field.name}`{'' if field.required else '?'} ({kind})"


def _plain(field: Field) -> str:
    if field.nested:
        return "an object of " + ", ".join(map(_field, field.nested))
    if issubclass(field.type, Enum):
        return _codes(str(code) for code in field.type)
    return "`true` or `false`" if field.type is bool else str(field.type.__name__)


def _verbs() -> Iterator[str]:
    yield "## What can be done with a complaint?"
    yield ""
    yield "Each verb is `POST /api/v1/complaints/{id}/{verb}`. A `?` marks an optional field."
    yield "A role that may do it at fewer stages than others is listed last, with its own stages. A verb"
    yield "leads to one of the stages named, or leaves the stage as it is."
    yield ""
    rows = (
        (f"`{verb.name}`", verb.says, _when(verb), _stages(verb.leads_to) or "stays", _body(verb))
        for verb in WORKFLOW.values()
    )
    yield from _table(("verb", "what it does", "at", "leads to", "body"), rows)


def _when(verb: Verb) -> str:
    """At which stages; after a semicolon the roles that may do it at fewer of them."""
    fewer = (f"{role}: {_stages(stages)}" for role, stages in verb.only.items())
    return "; ".join([_stages(verb.stages), *fewer])


def _body(verb: Verb) -> str:
    return ", ".join(_field(field) for field in verb.fields)


_ROLES = (Role.REPORTER, *OFFICES)


def _scopes(grants: Grants) -> list[str]:
    return [grants[role].value if role in grants else "" for role in _ROLES]


def _permissions() -> Iterator[str]:
    yield "## Who may do what?"
    yield ""
    yield "`all`: every complaint · `agency`: those in which the officer's agency has a part ·"
    yield "`lead`: those for which it answers · `oversight`: oversight complaints · `ordinary`: every one but"
    yield "those · `own`: the one whose receipt is shown. An officer who may not see a complaint gets the"
    yield "same answer as for one that does not exist."
    yield ""
    rows = [(f"`{verb.name}`", *_scopes(verb.grants)) for verb in WORKFLOW.values()]
    rows += [(f"{act.name} ({act.says})", *_scopes(act.grants)) for act in ACTS]
    yield from _table(("", *(role.value for role in _ROLES)), rows)


def _deadlines() -> Iterator[str]:
    yield f"## Deadlines by the policy `{SP4N_2018.id}`"
    yield ""
    rows = (
        (
            f"`{rule.step}`",
            _codes(sorted(rule.kinds)) if rule.kinds else "every kind",
            rule.limit,
            rule.unit,
            rule.source,
        )
        for rule in SP4N_2018.rules
    )
    yield from _table(("step", "kind", "at most", "unit", "source"), rows)


def _settings() -> Iterator[str]:
    yield "## Settings"
    yield ""
    rows = (
        (
            f"`{each.metadata['variable']}`",
            each.metadata["says"],
            "" if each.default is None else f"`{each.default}`",
        )
        for each in dataclasses.fields(Settings)
    )
    yield from _table(("variable", "meaning", "default"), rows)


def _commands() -> Iterator[str]:
    yield "## Command line"
    yield ""
    yield from _table(("command", "what it does"), sorted(_each_command(main, "lapor")))


def _each_command(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=path)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None  # noqa: S101 - the group has just named it
            yield from _each_command(child, f"{path} {name}")
        return
    usage = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS] ", "").replace("[OPTIONS]", "")
    options = [param.opts[0] for param in command.params if isinstance(param, click.Option)]
    flags = " ".join(f"[{option}]" for option in options if option not in {"--data", "--json"})
    yield f"`{' '.join(f'{path} {usage} {flags}'.split())}`", (command.help or "").partition("\n")[0]


def render() -> str:
    """The whole reference as Markdown."""
    parts = (_commands(), _verbs(), _permissions(), _deadlines(), _settings())
    head = [
        "# Reference",
        "",
        "Written from the code by `make docs`; the API is described by `/docs` of a running service.",
        "",
    ]
    return "\n".join([*head, *(line for part in parts for line in part)])


if __name__ == "__main__":
    FILE.write_text(render())
