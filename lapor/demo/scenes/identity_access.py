"""Access to the reporter's identity: for a call back; of an anonymous reporter only with a second person.

It has its own random numbers and takes none of the life's time.
"""

from datetime import datetime
from random import Random

from lapor.demo.data import phrases
from lapor.demo.life import Life, Scene, SceneAct, Until
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.complaint.lifecycle.identity_access import GRANTED_FOR
from lapor.domain.vocabulary import IdentityReason, Privacy, Role

_SHARE = 0.3  # of the lives that reach an agency
_ORDER_NUMBER = "{seq}/KOM/2026"


def identify(life: Life) -> Scene[None]:
    """View the reporter's identity some time after routing: to call back, or for a legal order."""
    rng = Random(f"{life.at}/{life.title}")  # noqa: S311 - a simulation
    if rng.random() > _SHARE or not life.named:
        return
    at = life.rhythm.at_work(rng, life.at, some(rng, A_WORKING_DAY, 0.6))
    yield Until(at)
    if not life.in_hand:
        return
    if life.privacy is Privacy.ANONYMOUS:
        yield from _identify_anonymous(life, rng, at)
    else:
        leads = life.ordinary and life.shown["agency"] == life.cast.id_of(life.agency)
        by = life.cast.of(life.agency, Role.LIAISON) if leads else life.coordinator
        yield SceneAct(at, "identity", by, _why(life, rng, IdentityReason.CONTACT, "callbacks"))


def _identify_anonymous(life: Life, rng: Random, at: datetime) -> Scene[None]:
    """View an anonymous identity: the coordinator asks, the data protection officer grants.

    A grant may lapse while the office is closed for some days: then the coordinator asks once more.
    """
    why = _why(life, rng, IdentityReason.LEGAL_ORDER, "orders")
    order = {"reference": life.writer.fill(_ORDER_NUMBER)}
    while life.privacy is Privacy.ANONYMOUS:
        yield SceneAct(at, "request-identity", life.coordinator, why | order)
        granted = life.rhythm.at_work(rng, at, some(rng, 0.5 * A_WORKING_DAY, 0.5))
        yield SceneAct(granted, "grant-identity", life.cast.one(rng, Role.DPO), {"request": life.version})
        at = life.rhythm.at_work(rng, granted, some(rng, 30, 0.5))
        if at <= granted + GRANTED_FOR:
            break
        yield Until(at)
    yield SceneAct(at, "identity", life.coordinator, why)


def _why(life: Life, rng: Random, code: IdentityReason, kind: str) -> dict[str, str]:
    return {"reason_code": code, "reason": life.writer.fill(rng.choice(phrases(kind)))}
