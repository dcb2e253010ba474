"""Draws the life-cycle of a complaint from the workflow table: as text, and as a mermaid diagram."""

from collections.abc import Iterator

from lapor.domain.complaint import WORKFLOW, Verb
from lapor.domain.complaint.state import ENDED
from lapor.domain.vocabulary import Stage

SILENCE = {Stage.RESPONDED: Stage.CLOSED, Stage.AWAITING_REPORTER: Stage.WITHDRAWN}
"""Where a complaint goes by itself, when the reporter says nothing in time."""


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
    """Return the same as a state diagram, an arrow for each pair of stages."""
    arrows: dict[tuple[Stage, Stage], list[str]] = {}
    for verb in WORKFLOW.values():
        for pair in _pairs(verb):
            arrows.setdefault(pair, []).append(verb.name)
    for pair in SILENCE.items():
        arrows.setdefault(pair, []).append("(silence)")
    ordered = sorted(arrows.items(), key=lambda arrow: tuple(map(list(Stage).index, arrow[0])))
    lines = [f"    {start} --> {end}: {', '.join(names)}" for (start, end), names in ordered]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Stage.FILED}: file", *lines])


def _pairs(verb: Verb) -> Iterator[tuple[Stage, Stage]]:
    for start in verb.stages:
        for end in verb.leads_to:
            if start is not end:
                yield start, end


def _names(stages: frozenset[Stage]) -> str:
    if stages == frozenset(Stage):
        return "(any)"
    if stages == frozenset(Stage) - ENDED:
        return "(open)"
    return ", ".join(stage for stage in Stage if stage in stages)


if __name__ == "__main__":
    print(text(), mermaid(), sep="\n\n")  # noqa: T201 - what it is for
