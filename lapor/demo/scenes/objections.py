"""Objections (keberatan) to an answer or an end, decided by an officer who has not handled the complaint."""

from datetime import timedelta

from lapor.demo.life import Life, Scene
from lapor.demo.scenes.escalation import refer
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.vocabulary import Role

MOST_OBJECTIONS = 2
_TIME = timedelta(days=28)  # thirty are allowed


def contest(life: Life, *, share: float) -> Scene[bool]:
    """Object; return whether it was upheld, as this share of objections is."""
    at = life.awake(min(some(life.rng, 70, 0.7), 300))
    ended = life.shown["closed_at"]
    if life.objected >= MOST_OBJECTIONS or (ended is not None and at > ended + _TIME):
        return False
    life.objected += 1
    yield from life.does("object", at, None, reason=life.writer.say("objections"))
    upheld = life.chance(share)
    judges = () if life.ordinary else (Role.INSPECTOR,)
    judge = life.cast.impartial(life.handled_by, *judges, Role.ARBITER, Role.NATIONAL)
    if judge is None:  # it waits until an officer is appointed
        return False
    at = life.at_work(some(life.rng, 3.5 * A_WORKING_DAY, 0.5))
    text = life.writer.say("upheld" if upheld else "not_upheld")
    yield from life.does("decide-objection", at, judge, upheld=upheld, text=text)
    if not upheld and life.chance(0.3):
        yield from refer(life, some(life.rng, 4, 0.6))
    return upheld
