"""Complaints as they were at an instant, from the stored JSON of their events: an oracle of its own.

Every rule is written down again here, from ``docs/events.md``.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

STAGE_OF = {
    "filed": "filed",
    "verified": "verified",
    "completion_asked": "awaiting_reporter",
    "routed": "routed",
    "accepted": "in_progress",
    "declined": "disputed",
    "responded": "responded",
    "response_rejected": "in_progress",
    "closed": "closed",
    "archived": "archived",
    "transferred": "transferred",
    "merged": "merged",
}
"""The stage that an event always leads to. Some of the others say a stage."""
Plain = dict[str, Any]


def complaints_at(stored: Iterable[tuple[str, str, bytes]], at: datetime) -> dict[str, Plain]:
    """Return each complaint as it was at an instant, by id. ``stored``: id, topic and state, in order."""
    complaints: dict[str, Plain] = {}
    for stream, topic, state in stored:
        body = json.loads(state)
        if datetime.fromisoformat(body["at"]) <= at:
            _happen(complaints.setdefault(stream, {}), topic.rpartition(".")[2], body)
    return complaints


def _happen(c: Plain, what: str, body: Mapping[str, Any]) -> None:
    stage = STAGE_OF.get(what) or body.get("stage")
    if what == "filed":
        c |= {"lead": None, "involved": set(), "clocks": {}, "filed_at": datetime.fromisoformat(body["at"])}
        c |= {name: body.get(name) for name in ("kind", "category", "service", "privacy")}
    elif what in {"verified", "reclassified"}:
        c |= {"kind": body["kind"], "category": body["category"]}
        if what == "reclassified" and stage:  # it proved to be about its agency
            c |= {"lead": None, "involved": set()}
    elif what == "privacy_set":
        c["privacy"] = body["privacy"]
    elif what == "routed":
        c["lead"] = body["agency"]
        c["involved"].discard(body["agency"])
    elif what == "agency_involved":
        c["involved"].add(body["agency"])
    elif what == "declined":
        c["lead"] = None
    elif what == "reopened" and body.get("agency") is None:
        c["involved"] = set()
    c["stage"] = stage or c["stage"]
    for stop in body.get("stops") or ():
        c["clocks"].pop((stop["step"], stop["n"]), None)
    for clock in body.get("starts") or ():
        due = datetime.fromisoformat(clock["due_at"])
        c["clocks"][clock["step"], clock["n"]] = (due, clock["step"], clock["n"], clock.get("agency"))


def earliest(c: Plain, *agency: str) -> tuple[datetime | None, str | None]:
    """Return deadline and step of the complaint's earliest open promise, or of the agency's own."""
    own = [clock for clock in c["clocks"].values() if not agency or clock[3] in agency]
    due, step, *_ = min(own, default=(None, None))
    return due, step


def backlog_of(complaints: Mapping[str, Plain], agency: str) -> dict[str, tuple[str, datetime | None]]:
    """Return what an agency owed: the complaints by id, each with its stage and the agency's deadline."""
    return {
        stream: (c["stage"], earliest(c, agency)[0])
        for stream, c in complaints.items()
        if (c["lead"] == agency and c["stage"] in {"routed", "in_progress"})
        or (
            agency in c["involved"]
            and c["stage"] in {"routed", "in_progress", "disputed"}
            and earliest(c, agency)[0] is not None
        )
    }
