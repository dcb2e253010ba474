"""What must be alike in the application and in the model, after every step and at the end."""

from typing import Any

from lapor.domain.complaint import Complaint
from lapor.store.codec import encode

from .model import Model
from .promises import Thing
from .script import Who
from .world import World


class Differs(AssertionError):
    """The application and the model disagree."""


def same(what: str, real: object, expected: object) -> None:
    if real != expected:
        raise Differs(f"{what}: the application says\n  {real}\nthe model says\n  {expected}")


def compare(world: World, model: Model, number: int) -> None:
    """One complaint: its facts, stage, privacy, open promises, and how the others ended."""
    c, facts = model.complaints[number], world.facts(number)
    named = {agency: code for code, agency in world.agencies.items()}
    same("facts", [fact.TOPIC.rpartition(".")[2] for fact in facts], c["facts"])
    same("roles", [fact.role for fact in facts], c["roles"])
    real: Complaint | None = None
    for fact in facts:
        real = fact.mutate(real)
    assert real is not None
    same("version", real.version, len(c["facts"]))
    same("stage", real.stage, c["stage"])
    same("kind", real.kind, c["kind"])
    same("category", real.category, c["category"])
    same("privacy", real.privacy, c["privacy"])
    same("agency", named[real.lead], c["agency"])
    same("time", facts[-1].at, c["last"])
    running = {
        clock.step: (clock.n, named[clock.agency], clock.due_at, clock.provisional)
        for clock in (each.clock for each in real.running.values())
    }
    same("open promises", running, open_promises(c))
    stops = [
        (stop.step, stop.n, named[stop.agency], stop.outcome, stop.working_minutes)
        for fact in facts
        for stop in fact.stops  # type: ignore[attr-defined]
    ]
    same("ended promises", sorted(stops), sorted(c["stops"]))


def open_promises(c: Thing) -> dict[str, Any]:
    return {
        step: (clock["n"], clock["agency"], clock["due"], clock["provisional"])
        for step, clock in c["clocks"].items()
    }


def compare_view(world: World, model: Model, number: int, who: Who) -> None:
    """One complaint as somebody sees it: whether at all, which parts, and what he could do next."""
    c, seen = model.complaints[number], world.view(who, number)
    if not model.may(who, "VIEW", c):
        same("view", seen, "not_found")
        return
    if isinstance(seen, str):
        raise Differs(f"view: {who} may see it, and is told {seen}")
    compare_body(world, model, number, who, seen)
    compare_history(world, model, number, who)


def compare_body(world: World, model: Model, number: int, who: Who, body: dict[str, Any]) -> None:
    c = model.complaints[number]
    shown, named = model.shown(who, c), {agency: code for code, agency in world.agencies.items()}
    same("version shown", body["version"], len(c["facts"]))
    same("stage shown", body["stage"], c["stage"])
    same("content shown", "text" in body, shown["content"])
    same("identity shown", "reporter" in body, shown["identity"])
    same("possible verbs", set(body["possible"]), model.possible(who, c))
    real = [(clock["step"], named[clock["agency"]], clock["due_at"]) for clock in body["deadlines"]]
    expected = [(step, clock["agency"], clock["due"]) for step, clock in c["clocks"].items()]
    same("deadlines shown", sorted(real, key=str), sorted(expected, key=str))
    same("earliest first", [due for *_, due in real], sorted(due for *_, due in real))
    cut = body["changed_at"].strftime("%H:%M:%S.%f") == "00:00:00.000000"
    same("instants shown", not cut, shown["instants"])


def compare_history(world: World, model: Model, number: int, who: Who) -> None:
    c, items = model.complaints[number], world.history(who, number)
    shown = model.shown(who, c)
    same("versions in the history", [item["version"] for item in items], list(range(1, len(c["facts"]) + 1)))
    for item in items:
        written = item["type"].rpartition(".")[2] in {"filed", "noted", "followed_up", "responded"}
        internal = shown["as_reporter"] and item["version"] in c["internal"]
        readable = written and shown["content"] and not internal
        same(
            f"text of fact {item['version']}",
            "text" in item["data"],
            readable or ("text" in item["data"] and not written and shown["content"]),
        )
        same(
            f"reporter in fact {item['version']}",
            "reporter" in item["data"],
            item["version"] == 1 and shown["identity"],
        )


def compare_all(world: World, model: Model) -> None:
    """At the end: every complaint, and the log's bytes, which say it all once more."""
    same("complaints", set(world.filed), set(model.complaints))
    for number in model.complaints:
        compare(world, model, number)
    for row in world.desk.log.page(0, world.desk.log.head()):
        same(f"bytes at position {row.position}", encode(row.fact()), row.state)
