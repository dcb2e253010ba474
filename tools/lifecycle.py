"""Draws the life-cycle of a complaint from the workflow table: as text, and as a mermaid diagram."""

from collections.abc import Iterator

from lapor.domain.complaint import WORKFLOW, Verb
from lapor.domain.complaint.state import ENDED
from lapor.domain.vocabulary import Stage

OPEN = frozenset(Stage) - ENDED
SILENCE = {Stage.RESPONDED: Stage.CLOSED, Stage.AWAITING_REPORTER: Stage.WITHDRAWN}
"""The stage that a complaint reaches by itself if the reporter says nothing in time."""


def text() -> str:
    """Return a line for each verb that leads somewhere: ``from, from ──verb──> to``."""
    lines = [
        f"{_names(verb.stages)} ──{verb.name}──> {_names(verb.leads_to)}"
        for verb in WORKFLOW.values()
        if verb.leads_to
    ]
    lines += [f"{start} ──(silence)──> {end}" for start, end in SILENCE.items()]
    return "\n".join(lines)


def mermaid() -> str:
    """Return the same as a state diagram: an arrow for each pair of stages, named by its verbs.

    A verb of every open stage is one arrow, from the state ``open`` that surrounds them.
    """
    arrows: dict[tuple[str, Stage], list[str]] = {}
    for verb in WORKFLOW.values():
        for pair in _pairs(verb):
            arrows.setdefault(pair, []).append(verb.name)
    for pair in SILENCE.items():
        arrows.setdefault(pair, []).append("(silence)")
    inside, outside = list[str](), list[str]()
    for start, end in sorted(arrows, key=_order):
        line = f"    {start} --> {end}: {', '.join(arrows[start, end])}"
        (inside if {start, end} <= OPEN else outside).append(line)
    surrounded = ["    state open {", *(f"    {line}" for line in inside), "    }"]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Stage.FILED}: file", *surrounded, *outside])


def _pairs(verb: Verb) -> Iterator[tuple[str, Stage]]:
    if verb.stages >= OPEN:
        yield from (("open", end) for end in verb.leads_to - OPEN)
        return
    for start in verb.stages:
        yield from ((start, end) for end in verb.leads_to if start is not end)


def _order(pair: tuple[str, Stage]) -> tuple[int, int]:
    order = ["open", *Stage]
    return order.index(pair[0]), order.index(pair[1])


def _names(stages: frozenset[Stage]) -> str:
    if stages == frozenset(Stage):
        return "(any)"
    if stages == OPEN:
        return "(open)"
    return ", ".join(stage for stage in Stage if stage in stages)


if __name__ == "__main__":
    print(text(), mermaid(), sep="\n\n")  # noqa: T201 - what it is for
