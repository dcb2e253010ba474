"""Promises next to the policy's: extended deadlines, and days to which an agency commits itself."""

from datetime import datetime, timedelta

from lapor.demo.life import Aside, Life, Scene
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.vocabulary import Kind, Role, Stage, Step

_MOST_DAYS = {Kind.INFORMATION_REQUEST: 5}  # the policy's own limit
_USUAL_DAYS = 14
_STILL = frozenset({Stage.ROUTED, Stage.IN_PROGRESS, Stage.RESPONDED, Stage.CLOSED})


def put_off(life: Life) -> Scene[None]:
    """Extend a deadline shortly before it is due: the coordinating office gives the agency more days."""
    due = life.due(Step.RESOLVE)
    if due is None or life.extended:
        return
    at = life.rhythm.at_work(life.rng, due - timedelta(days=life.rng.uniform(1.5, 5)), 60)
    if at <= life.at:
        return
    yield from life.waits(at)
    days = life.rng.randint(3, _MOST_DAYS.get(life.kind, _USUAL_DAYS))
    if life.in_hand and _possible(life, days):
        life.extended = True
        body = {"step": Step.RESOLVE, "working_days": days, "reason": life.writer.say("extensions")}
        yield from life.does("extend", at, life.coordinator, **body)


def _possible(life: Life, days: int) -> bool:
    """Return whether the deadline is still open and its extension stays within the legal limit."""
    due, legal = life.due(Step.RESOLVE), life.due(Step.LEGAL_LIMIT)
    if due is None or due <= life.at:
        return False
    return legal is None or life.rhythm.working_days_after(due, days) <= legal


def commit(life: Life) -> Scene[None]:
    """Commit to a day: the agency's head names it, and most are kept, more or less."""
    at = life.at_work(some(life.rng, 0.5 * A_WORKING_DAY, 0.7))
    promised = at + timedelta(days=round(life.rng.uniform(10, 60)))
    head = life.cast.of(life.agency, Role.HEAD)
    body = {"promised_on": life.rhythm.day(promised), "text": life.writer.say("commitments")}
    yield from life.does("commit", at, head, **body)
    life.committed += 1
    if life.chance(0.75):
        yield Aside(life, _keep(life, life.committed, promised))


def excuse(life: Life) -> Scene[None]:
    """Excuse a missed deadline: the arbiter finds that the agency could not help it."""
    at = life.at_work(some(life.rng, 2 * A_WORKING_DAY, 0.5))
    yield from life.waits(at)
    due = life.due(Step.FOLLOW_UP)
    if life.in_hand and due is not None and due < life.at:
        arbiter = life.cast.one(life.rng, Role.ARBITER)
        body = {"step": Step.FOLLOW_UP, "reason": life.writer.say("excuses")}
        yield from life.does("excuse", at, arbiter, **body)


def _keep(life: Life, n: int, promised: datetime) -> Scene[None]:
    about = max(life.at + timedelta(days=3), promised + timedelta(days=life.rng.gauss(-3, 5)))
    at = life.rhythm.at_work(life.rng, about, 30)
    yield from life.waits(at)
    if life.stage in _STILL:
        liaison = life.cast.of(life.agency, Role.LIAISON)
        yield from life.does("keep-commitment", at, liaison, n=n, text=life.writer.say("kept"))
