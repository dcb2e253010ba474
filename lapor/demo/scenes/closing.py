"""A whole life, and its end: the reporter accepts and rates, rejects, objects or is silent."""

from typing import Any

from lapor.demo.life import Aside, Life, Scene
from lapor.demo.scenes.handling import handle, work
from lapor.demo.scenes.identity_access import identify
from lapor.demo.scenes.merging import split
from lapor.demo.scenes.objections import contest
from lapor.demo.scenes.publication import change_privacy, publish
from lapor.demo.scenes.triage import file, take_in
from lapor.demo.timing import some
from lapor.domain.vocabulary import Kind, Role, Stage

_REPLY_DAYS = 10
_MOST_REJECTIONS = _MOST_REOPENINGS = 2
_BEST, _MIDDLE = 5, 3


def live(life: Life) -> Scene[None]:
    """Run a whole life, from the filing on."""
    yield from file(life)
    if life.second:
        part = yield from split(life, life.second)
        yield Aside(part, _go_on(part))
    yield from _go_on(life)


def _go_on(life: Life) -> Scene[None]:
    if not (yield from take_in(life)):
        return
    if life.chance(0.04):
        yield Aside(life, change_privacy(life))
    if life.ordinary and life.chance(0.22):
        yield Aside(life, publish(life))
    yield Aside(life, identify(life))
    if (yield from handle(life)):
        yield from settle(life)


def settle(life: Life) -> Scene[None]:
    """Decide what the reporter does after the answer."""
    charm = life.cast.agencies[life.agency].charm - (0.25 if life.late else 0.0)
    drawn = life.rng.random()
    if drawn < 0.24 + 0.22 * charm:
        yield from _accept(life, charm)
    elif drawn > 0.92 + 0.06 * charm:
        yield from _disagree(life, charm)
    else:
        yield from _silence(life, charm)
        if life.stage is Stage.CLOSED and life.chance(0.07) and (yield from contest(life, share=0.45)):
            yield from _again(life)


def _disagree(life: Life, charm: float) -> Scene[None]:
    if life.rejected < _MOST_REJECTIONS and life.chance(0.75):
        yield from _reject(life)
    elif (yield from contest(life, share=0.45)):
        yield from _again(life)
    elif not life.contested:  # a contested complaint is not closed
        yield from _silence(life, charm)


def _accept(life: Life, charm: float) -> Scene[None]:
    at = life.awake(min(some(life.rng, 30, 1.0), 200))
    yield from life.does("accept-response", at, None, **(_stars(life, charm) if life.chance(0.85) else {}))
    if life.chance(0.03):
        yield from _reopen(life)


def _stars(life: Life, charm: float) -> dict[str, Any]:
    mean = 2.2 + 2.6 * max(charm, 0)
    rating = min(_BEST, max(1, round(life.rng.gauss(mean, 1.0))))
    said: dict[str, Any] = {"rating": rating}
    if life.chance(0.5):
        mood = "happy" if rating > _MIDDLE else "mixed" if rating == _MIDDLE else "sour"
        said["comment"] = life.writer.say(mood)
    return said


def _reject(life: Life) -> Scene[None]:
    life.rejected += 1
    at = life.awake(min(some(life.rng, 24, 0.8), 200))
    yield from life.does("reject-response", at, None, reason=life.writer.say("rejections"))
    yield from _again(life)


def _silence(life: Life, charm: float) -> Scene[None]:
    """Let ten working days pass without a reply: the coordinating office closes it, without a rating."""
    life.at = life.rhythm.working_days_after(life.at, _REPLY_DAYS)
    role = Role.INSPECTOR if life.kind is Kind.OVERSIGHT else Role.COORDINATOR
    closer = life.cast.one(life.rng, role)
    at = life.at_work(some(life.rng, 200, 0.9))
    yield from life.does("close", at, closer, reason=life.writer.say("closures"))
    if life.chance(0.07):
        yield from life.does("rate", life.awake(some(life.rng, 40, 0.8)), None, **_stars(life, charm))
    elif life.chance(0.05):
        yield from _reopen(life)


def _reopen(life: Life) -> Scene[None]:
    """Reopen it within the thirty days allowed."""
    if life.reopened >= _MOST_REOPENINGS:
        return
    life.reopened += 1
    at = life.awake(min(some(life.rng, 120, 0.6), 500))
    yield from life.does("reopen", at, None, reason=life.writer.say("reopenings"))
    yield from _again(life)


def _again(life: Life) -> Scene[None]:
    pace = life.cast.agencies[life.agency]
    yield from work(life, some(life.rng, 0.7 * pace.days, pace.spread))
    yield from settle(life)
