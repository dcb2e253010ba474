"""The one workflow table: each verb, the stages and roles that may do it, and the stages it leads to.

A verb is declared once, by the decorator on its method. Route, OpenAPI, permissions, the answer to
"which verbs are possible now" and the documentation are read from ``WORKFLOW``.
"""

import functools
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

from lapor.domain.access import Grants
from lapor.domain.command_fields import Field, Text, fields_of
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.context import CommandContext
from lapor.domain.errors import GoneError, StageForbidsError
from lapor.domain.vocabulary import Role, Sealed, Stage

C = TypeVar("C", bound=ComplaintState)
Body = ParamSpec("Body")


@dataclass(frozen=True)
class Verb:
    """One row of the workflow."""

    name: str
    says: str
    stages: frozenset[Stage]
    leads_to: frozenset[Stage]
    records: tuple[type[ComplaintEvent], ...]
    """Every event that it may record."""
    grants: Grants
    needs_version: bool
    needs_reason: bool
    takes_reason: bool
    method: Callable[..., None]
    only: Mapping[Role, frozenset[Stage]]
    """The stages at which a role may do it, where these are fewer than those of the others."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of its body. All verbs but one may carry a reason, which travels in the context."""
        said = fields_of(self.method)
        if not self.takes_reason:
            return said
        return (*said, Field("reason", Sealed, Text(2_000), required=self.needs_reason, default=None))

    def grants_at(self, stage: Stage) -> Grants:
        """Return the roles that may do it at this stage, with their scopes."""
        return {role: scope for role, scope in self.grants.items() if self.possible(stage, role)}

    def possible(self, stage: Stage, role: Role) -> bool:
        return role in self.grants and stage in self.only.get(role, self.stages)


WORKFLOW: dict[str, Verb] = {}


@functools.cache
def grants_by_verb(stage: Stage) -> Mapping[str, Grants]:
    """Return the grants of each verb that is possible at this stage, in the workflow's order."""
    return {name: verb.grants_at(stage) for name, verb in WORKFLOW.items() if stage in verb.stages}


def possible(stage: Stage, role: Role) -> list[str]:
    """Return the names of the verbs that this role can do at this stage."""
    return [verb.name for verb in WORKFLOW.values() if verb.possible(stage, role)]


def verb(
    *,
    stages: Collection[Stage],
    records: tuple[type[ComplaintEvent], ...],
    grants: Grants,
    leads_to: Collection[Stage] = (),
    needs_version: bool = True,
    needs_reason: bool = False,
    takes_reason: bool = True,
    only: Mapping[Role, Collection[Stage]] | None = None,
) -> Callable[
    [Callable[Concatenate[C, CommandContext, Body], None]],
    Callable[Concatenate[C, CommandContext, Body], None],
]:
    """Enter a method into the workflow, under its own name with ``-`` for ``_``.

    ``leads_to`` holds the stages it may end at; empty where the stage stays. ``records`` holds every event
    that it may record: conformance checks logs against it. ``only`` holds, for a role that may do it at fewer
    stages than others, these stages. The method raises ``GoneError`` before its body runs where the
    complaint's personal data were erased, ``StageForbidsError`` where the stage forbids it.
    """

    def declare(
        method: Callable[Concatenate[C, CommandContext, Body], None],
    ) -> Callable[Concatenate[C, CommandContext, Body], None]:
        name = method.__name__.replace("_", "-")
        says = (inspect.getdoc(method) or "").partition("\n")[0]
        row = Verb(
            name,
            says,
            frozenset(stages),
            frozenset(leads_to),
            records,
            grants,
            needs_version,
            needs_reason,
            takes_reason,
            method,
            {role: frozenset(fewer) for role, fewer in (only or {}).items()},
        )
        WORKFLOW[name] = row

        @functools.wraps(method)
        def guarded(complaint: C, context: CommandContext, /, *args: Body.args, **body: Body.kwargs) -> None:
            if complaint.erased:
                raise GoneError
            if complaint.stage not in row.only.get(context.by.role, row.stages):
                raise StageForbidsError(name, complaint.stage, possible(complaint.stage, context.by.role))
            # a clock that jumped back must not make a promise older than the stream it stands in
            now = replace(context, at=max(context.at, complaint.modified_on))
            method(complaint, now, *args, **body)

        return guarded

    return declare


def arrange(parts: Iterable[type]) -> None:
    """Put the workflow into the order in which the parts of a complaint's life declare their verbs."""
    names = [name.replace("_", "-") for part in parts for name in vars(part)]
    rows = {name: WORKFLOW[name] for name in names if name in WORKFLOW}
    WORKFLOW.clear()
    WORKFLOW.update(rows)


def perform(complaint: ComplaintState, name: str, context: CommandContext, body: dict[str, Any]) -> None:
    """Do the verb of this name."""
    getattr(complaint, name.replace("-", "_"))(context, **body)
