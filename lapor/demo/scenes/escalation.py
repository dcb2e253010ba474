"""What leads out of the office: the number in SP4N-LAPOR!, escalation, the Ombudsman."""

from lapor.demo.life import Life, Scene
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.complaint.lifecycle.escalation import HIGHEST_LEVEL
from lapor.domain.vocabulary import Role

_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def link(life: Life) -> Scene[None]:
    """Note the number under which SP4N-LAPOR! knows it."""
    at = life.at_work(some(life.rng, 50, 0.7))
    yield from life.does("link-sp4n", at, life.coordinator, tracking_id=life.sp4n)


def escalate(life: Life) -> Scene[None]:
    """Bring what is late to the next level; now and then to a higher one, if there is one left."""
    if life.shown["level"] < HIGHEST_LEVEL:
        at = life.at_work(some(life.rng, 2 * A_WORKING_DAY, 0.5))
        yield from life.does("escalate", at, life.coordinator, reason=life.pen.say("escalations"))
    if life.shown["level"] < HIGHEST_LEVEL and life.chance(0.35):
        at = life.at_work(some(life.rng, 4 * A_WORKING_DAY, 0.4))
        arbiter = life.cast.one(life.rng, Role.ARBITER)
        yield from life.does("escalate", at, arbiter, reason=life.pen.say("higher"))


def refer(life: Life, days: float) -> Scene[None]:
    """After so many days the reporter takes it to the Ombudsman, who may have given it a number."""
    at = life.awake(24 * days)
    body = {"reason": life.pen.say("referrals"), "consent": True}
    if life.chance(0.5):
        year, month = at.year, _MONTHS[at.month - 1]
        body["reference"] = life.pen.fill(f"{life.rng.randint(1, 999):04}/LM/{month}/{year}/JKT")
    yield from life.does("refer-to-ombudsman", at, None, **body)
