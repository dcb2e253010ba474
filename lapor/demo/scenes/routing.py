"""Verification and routing: some are declined by a wrong agency, a few decided by the arbiter."""

from typing import Any

from lapor.demo.life import Life, Scene
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.access import Caller
from lapor.domain.vocabulary import Privacy, Role

INSPECTORATE = "INSPEKTORAT"


def named(life: Life) -> dict[str, Any]:
    """Return the coordinator's classification."""
    return {"kind": life.kind, "category": life.category.code, "title": life.title}


def route(life: Life) -> Scene[None]:
    """Verify and route, in one act or two; some go to a wrong agency first."""
    body = named(life)
    if life.chance(0.35):
        if life.privacy is Privacy.OPEN and life.ordinary and life.chance(0.12):
            body["privacy"] = Privacy.ANONYMOUS
        at = life.at_work(some(life.rng, 0.5 * A_WORKING_DAY, 0.8))
        yield from life.does("verify", at, life.coordinator, **body)
        body = {}
    wrong = life.category.mistaken
    if wrong and life.chance(0.09):
        yield from _mistaken(life, life.rng.choice(wrong), body)
    else:
        yield from _sent(life, life.agency, life.coordinator, 1.0, **body)


def take_to_the_inspectorate(life: Life, reason: str) -> Scene[None]:
    """Route a complaint that proved to be about an officer's conduct."""
    life.agency = INSPECTORATE
    at = life.at_work(20)
    yield from life.does("route", at, life.coordinator, agency=life.agency, reason=reason)


def _mistaken(life: Life, wrong: str, body: dict[str, Any]) -> Scene[None]:
    """Route it to a wrong agency, which declines; if the right one declines too, the arbiter decides."""
    yield from _sent(life, wrong, life.coordinator, 0.8, **body)
    yield from _declined(life, wrong, instead=life.agency)
    again = {"reason": life.writer.say("reroutes")}
    yield from _sent(life, life.agency, life.coordinator, 1.0, **again)
    if life.chance(0.3):
        yield from _declined(life, life.agency, instead=wrong)
        arbiter = life.cast.one(life.rng, Role.ARBITER)
        agency = life.cast.agencies[life.agency].name
        decided = {"reason": life.writer.say("arbitrations", agency=agency)}
        yield from _sent(life, life.agency, arbiter, 0.8, **decided)


def _sent(life: Life, agency: str, by: Caller, spread: float, **body: Any) -> Scene[None]:
    at = life.at_work(some(life.rng, 0.5 * A_WORKING_DAY, spread))
    yield from life.does("route", at, by, agency=agency, **body)


def _declined(life: Life, agency: str, *, instead: str) -> Scene[None]:
    reason = life.writer.say("declines", agency=life.cast.agencies[instead].name)
    at = life.at_work(some(life.rng, 0.6 * A_WORKING_DAY, 0.7))
    liaison = life.cast.of(agency, Role.LIAISON)
    yield from life.does("decline", at, liaison, reason=reason, suggested_agency=instead)
