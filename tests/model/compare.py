"""Comparisons of the application with the model, after every step and at the end."""

from typing import Any

from lapor.domain.complaint import Complaint
from lapor.store.codec import encode

from .model import Model
from .promises import Owed, Thing
from .script import Who
from .world import World

WRITTEN = {"filed", "noted", "followed_up", "responded", "response_drafted", "redacted", "archived"}
WRITTEN |= {"completed", "commitment_made", "commitment_kept", "objection_decided"}
ANSWERS = {"responded", "response_drafted"}
GONE = "[dihapus]"
PUBLIC = {"text": "Disunting", "published": True}


class Differs(AssertionError):
    """The application and the model disagree."""


def same(what: str, real: object, expected: object) -> None:
    if real != expected:
        raise Differs(f"{what}: the application says\n  {real}\nthe model says\n  {expected}")


def compare(world: World, model: Model, number: int) -> None:
    """One complaint: its events, stage, privacy, open promises, and how the others ended."""
    c, events = model.complaints[number], world.events(number)
    named = {agency: code for code, agency in world.agencies.items()}
    same("events", [event.TOPIC.rpartition(".")[2] for event in events], c["events"])
    same("roles", [event.role for event in events], c["roles"])
    real: Complaint | None = None
    for event in events:
        real = event.mutate(real)
    assert real is not None
    same("version", real.version, len(c["events"]))
    same("stage", real.stage, c["stage"])
    same("kind", real.kind, c["kind"])
    same("category", real.category, c["category"])
    same("privacy", real.privacy, c["privacy"])
    same("agency", named[real.lead], c["agency"])
    same("agencies", [named[agency] for agency in real.agencies], c["agencies"])
    same("time", events[-1].at, c["last"])
    running = {
        (clock.step, named[clock.agency]): (clock.n, clock.due_at, clock.provisional)
        for clock in (each.clock for each in real.promises.running.values())
    }
    same("clocks", len(running), len(real.promises.running))
    same("open promises", running, open_promises(c))
    stops = [
        (stop.step, stop.n, named[stop.agency], stop.outcome, stop.working_minutes)
        for event in events
        for stop in event.stops  # type: ignore[attr-defined]
    ]
    same("ended promises", sorted(stops), sorted(c["stops"]))


def open_promises(c: Thing) -> dict[Owed, Any]:
    return {owed: (clock["n"], clock["due"], clock["provisional"]) for owed, clock in c["clocks"].items()}


def compare_view(world: World, model: Model, number: int, who: Who) -> None:
    """Compare one complaint as a caller sees it: whether at all, which parts, and the possible verbs."""
    c, seen = model.complaints[number], world.view(who, number)
    if not model.may(who, "VIEW", c):
        public = {name: seen[name] for name in PUBLIC} if isinstance(seen, dict) else seen
        same("view", public, PUBLIC if c["published"] else "not_found")
        return
    if isinstance(seen, str):
        raise Differs(f"view: {who} may see it, and is told {seen}")
    compare_body(world, model, number, who, seen)
    if c["into"] is not None and model.shown(who, c)["content"]:
        followed = model.followed(c)
        same("stage of what is followed", seen["followed"]["stage"], followed["stage"])
        same("told of it", "response" in seen["followed"], followed["privacy"] != "confidential")
    compare_history(world, model, number, who)


def compare_body(
    world: World, model: Model, number: int, who: Who, body: dict[str, Any], *, looked: bool = False
) -> None:
    c = model.complaints[number]
    shown, named = model.shown(who, c), {agency: code for code, agency in world.agencies.items()}
    same("version shown", body["version"], len(c["events"]))
    same("stage shown", body["stage"], c["stage"])
    same("content shown", "text" in body, shown["content"])
    identity = (shown["identity"] or looked) and c["named"]
    same("identity shown", "reporter" in body, identity)
    if identity:
        masked = not (shown["himself"] or looked)
        name = GONE if c["erased"] else "Siti R." if masked else "Siti Rahayu"
        same("name", body["reporter"], {"name": name, **({"masked": True} if masked else {})})
    same("held", body.get("held", c["held"]), c["held"])
    same("erased", bool(body["erasure"] and body["erasure"]["erased_at"]), c["erased"])
    if c["erased"]:
        same("text shown", body.get("text", GONE), GONE)
    same("possible verbs", set(body["possible"]), model.possible(who, c))
    real = [(clock["step"], named[clock["agency"]], clock["due_at"]) for clock in body["deadlines"]]
    expected = [(*owed, clock["due"]) for owed, clock in c["clocks"].items()]
    same("deadlines shown", sorted(real, key=str), sorted(expected, key=str))
    same("earliest first", [due for *_, due in real], sorted(due for *_, due in real))
    cut = body["changed_at"].strftime("%H:%M:%S.%f") == "00:00:00.000000"
    same("instants shown", not cut, shown["instants"])
    compare_side(world, c, body)
    internal = shown["content"] and not shown["as_reporter"]
    same("draft shown", (body.get("draft") or {}).get("by"), c["draft"] if internal else None)
    same("what is to be public shown", bool(body.get("redacted")), internal and c["redacted"])
    if shown["content"]:
        kept = [each["kept_at"] is not None for each in body["commitments"]]
        same("commitments", kept, [n not in c["commitments"] for n in range(1, c["committed"] + 1)])
        waits = bool(body["objection"]) and body["objection"]["upheld"] is None
        same("objection", waits, c["objection"])


def compare_side(world: World, c: Thing, body: dict[str, Any]) -> None:
    """Compare the fields apart from a complaint's stage, as every caller with access sees them."""
    ids = {number: filed.id for number, filed in world.filed.items()}
    for name in ("level", "published", "sp4n", "followers"):
        same(name, body[name], c[name])
    same("merged into", body["merged_into"], ids.get(c["into"]))
    same("split into", body["split_into"], [ids[part] for part in c["parts"]])


def compare_history(world: World, model: Model, number: int, who: Who) -> None:
    c, items = model.complaints[number], world.history(who, number)
    shown = model.shown(who, c)
    secret = c["secret"] if shown["as_reporter"] else set()
    versions = sorted(set(range(1, len(c["events"]) + 1)) - secret)
    same("versions in the history", [item["version"] for item in items], versions)
    for item in items:
        kind, version = item["type"].rpartition(".")[2], item["version"]
        internal = shown["as_reporter"] and version in c["internal"]
        readable = kind in WRITTEN and shown["content"] and not internal
        same(f"text of event {version}", "text" in item["data"], readable)
        same(f"outcome in event {version}", "outcome" in item["data"], kind in ANSWERS and not internal)
        same(
            f"reporter in event {item['version']}",
            "reporter" in item["data"],
            item["version"] == 1 and shown["identity"] and c["named"],
        )


def compare_all(world: World, model: Model) -> None:
    """At the end: every complaint, and the log's bytes, which say it all once more."""
    same("complaints", set(world.filed), set(model.complaints))
    for number in model.complaints:
        compare(world, model, number)
    for row in world.application.log.page(0, world.application.log.head()):
        same(f"bytes at position {row.position}", encode(row.event()), row.state)
