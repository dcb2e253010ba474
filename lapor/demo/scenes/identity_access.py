"""Who has to know who the reporter is: he is called back; an anonymous one only by two persons.

It is drawn apart from the life beside which it happens, and takes none of its time.
"""

from datetime import datetime
from random import Random

from lapor.demo.data import phrases
from lapor.demo.life import Life, Scene, SceneAct, Until
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.vocabulary import IdentityReason, Privacy, Role

_SHARE = 0.3  # of the lives that come to an agency
_LETTER = "{seq}/KOM/2026"


def look(life: Life) -> Scene[None]:
    """After some time with the agency somebody may have to reach the reporter, or the police asks for him."""
    rng = Random(f"{life.at}/{life.title}")  # noqa: S311 - a play
    if rng.random() > _SHARE or not life.named:
        return
    at = life.rhythm.at_work(rng, life.at, some(rng, A_WORKING_DAY, 0.6))
    yield Until(at)
    if not life.in_hand:
        return
    if life.privacy is Privacy.ANONYMOUS:
        yield from _break_the_glass(life, rng, at)
    else:
        leads = life.ordinary and life.shown["agency"] == life.cast.id_of(life.agency)
        by = life.cast.of(life.agency, Role.LIAISON) if leads else life.coordinator
        yield SceneAct(at, "identity", by, _why(life, rng, IdentityReason.CONTACT, "callbacks"))


def _break_the_glass(life: Life, rng: Random, at: datetime) -> Scene[None]:
    """The coordinator asks, the data protection officer grants, the coordinator looks."""
    why = _why(life, rng, IdentityReason.LEGAL_ORDER, "orders")
    notification = {"reference": life.pen.fill(_LETTER)}
    yield SceneAct(at, "request-identity", life.coordinator, why | notification)
    at = life.rhythm.at_work(rng, at, some(rng, 0.5 * A_WORKING_DAY, 0.5))
    yield SceneAct(at, "grant-identity", life.cast.one(rng, Role.DPO), {"request": life.version})
    at = life.rhythm.at_work(rng, at, some(rng, 30, 0.5))
    yield SceneAct(at, "identity", life.coordinator, why)


def _why(life: Life, rng: Random, code: IdentityReason, kind: str) -> dict[str, str]:
    return {"reason_code": code, "reason": life.pen.fill(rng.choice(phrases(kind)))}
