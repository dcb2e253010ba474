"""A verb declares the events that it may record; random histories record neither more nor less."""

from collections import defaultdict
from typing import Any

import pytest

from lapor.domain.complaint import WORKFLOW, Complaint, Verb, perform
from lapor.domain.complaint.events import ComplaintEvent, Unpublished
from lapor.domain.context import Offices
from lapor.domain.vocabulary import Kind, Role

from ..projections import histories
from .story import Story

FEWEST, MOST, STEPS = 150, 3_000, 16
"""Histories: so many at least, then more until every declared event has come, or so many."""
OVERSIGHT = {"kind": Kind.OVERSIGHT, "category": "roads", "title": "s1.title"}
HIDES: list[tuple[Role, str, dict[str, Any]]] = [
    (Role.COORDINATOR, "reclassify", OVERSIGHT),
    (Role.COORDINATOR, "route", {**OVERSIGHT, "agency": Story.other}),
    (Role.REPORTER, "withdraw", {}),
]
"""Verbs that end a publication, which random verbs seldom reach."""


def sought(verb: Verb) -> set[type[ComplaintEvent]]:
    """The events of a verb that random histories have to reach."""
    return set(verb.records) - ({Unpublished} if verb.name in {name for _, name, _ in HIDES} else set())


@pytest.fixture(scope="module")
def recorded() -> dict[str, set[type[ComplaintEvent]]]:
    """The events that each verb recorded, by its name."""
    found: dict[str, set[type[ComplaintEvent]]] = defaultdict(set)

    def noting(it: Complaint, name: str, *given: Any) -> None:
        before = len(it.pending_events)
        perform(it, name, *given)
        new: list[Any] = it.pending_events[before:]
        found[name] |= {type(event) for event in new}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(histories, "perform", noting)
        for seed in range(MOST):
            if seed >= FEWEST and all(found[name] >= sought(verb) for name, verb in WORKFLOW.items()):
                break
            histories.complaint(histories.Chance(seed), steps=STEPS)
    for role, name, body in HIDES:
        story = Story().routed()
        story.offices = Offices(inspectorates=frozenset({Story.other}))
        public = {"title": "s1.title", "text": "s1.text"}
        perform(story.complaint, "redact", story.context(Role.COORDINATOR), public)
        perform(story.complaint, "publish", story.context(Role.COORDINATOR), {})
        noting(story.complaint, name, story.context(role), body)
    return found


@pytest.mark.parametrize("name", WORKFLOW)
def test_a_verb_records_the_events_that_it_declares(
    recorded: dict[str, set[type[ComplaintEvent]]], name: str
) -> None:
    assert recorded[name] == set(WORKFLOW[name].records)
