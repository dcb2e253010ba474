"""Links beyond the office: the number in SP4N-LAPOR!, escalation, the Ombudsman."""

from lapor.demo.life import Life, Scene
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.complaint.lifecycle.escalation import HIGHEST_LEVEL
from lapor.domain.vocabulary import Role

_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def link(life: Life) -> Scene[None]:
    """Record its number in SP4N-LAPOR!."""
    at = life.at_work(some(life.rng, 50, 0.7))
    yield from life.does("link-sp4n", at, life.coordinator, tracking_id=life.sp4n)


def escalate(life: Life) -> Scene[None]:
    """Escalate a late complaint to the next level; some go one higher, if there is one left."""
    if life.shown["level"] < HIGHEST_LEVEL:
        at = life.at_work(some(life.rng, 2 * A_WORKING_DAY, 0.5))
        yield from life.does("escalate", at, life.coordinator, reason=life.writer.say("escalations"))
    if life.shown["level"] < HIGHEST_LEVEL and life.chance(0.35):
        at = life.at_work(some(life.rng, 4 * A_WORKING_DAY, 0.4))
        arbiter = life.cast.one(life.rng, Role.ARBITER)
        yield from life.does("escalate", at, arbiter, reason=life.writer.say("higher"))


def refer(life: Life, days: float) -> Scene[None]:
    """Refer it to the Ombudsman after ``days`` days, by the reporter; some give the Ombudsman's number."""
    at = life.awake(24 * days)
    body = {"reason": life.writer.say("referrals"), "consent": True}
    if life.chance(0.5):
        year, month = at.year, _MONTHS[at.month - 1]
        body["reference"] = life.writer.fill(f"{life.rng.randint(1, 999):04}/LM/{month}/{year}/JKT")
    yield from life.does("refer-to-ombudsman", at, None, **body)
