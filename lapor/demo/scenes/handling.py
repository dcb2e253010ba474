"""The agency's handling: it accepts, follows up and answers; in time, late, or never."""

from collections.abc import Callable

from lapor.demo.data import phrases
from lapor.demo.life import Aside, Life, Scene
from lapor.demo.scenes.commitments import commit, excuse, put_off
from lapor.demo.scenes.escalation import escalate, refer
from lapor.demo.scenes.responses import agency_officer, answer
from lapor.demo.scenes.routing import take_to_the_inspectorate
from lapor.demo.scenes.triage import ask_reporter
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.vocabulary import Kind, Outcome, Role

_FACTOR = {Kind.INFORMATION_REQUEST: 0.36, Kind.OVERSIGHT: 3.4}  # of a complaint's handling time
_LIMIT = {Kind.INFORMATION_REQUEST: 5, Kind.OVERSIGHT: 60}  # working days, for reminders only
_USUAL_LIMIT = 14


def handle(life: Life) -> Scene[bool]:
    """Handle it after routing; return whether the agency answered."""
    pace = life.cast.agencies[life.agency]
    days = some(life.rng, pace.days * _FACTOR.get(life.kind, 1.0), pace.spread)
    if life.chance(0.6):
        at = life.at_work(some(life.rng, pace.days / 15 * A_WORKING_DAY, 0.6))
        yield from life.does("accept", at, agency_officer(life), **_perhaps(life, "accepted", 0.3))
        if life.ordinary and life.chance(0.02):
            yield from life.does("withdraw", life.awake(some(life.rng, 40, 0.7)), None)
            return False
        if life.chance(0.05) and not (yield from ask_reporter(life, agency_officer(life), share=0.75)):
            return False
    if life.kind is Kind.COMPLAINT and life.chance(0.025):
        yield from _found_otherwise(life)
    forgotten = life.chance(pace.forgets)
    if forgotten and life.chance(0.6):
        yield from _forgotten(life, days)
        return False
    yield from work(life, days * (3 if forgotten else 1))
    return True


def work(life: Life, days: float) -> Scene[None]:
    """Do steps, then answer after about ``days`` working days."""
    minutes = days * A_WORKING_DAY
    steps = _steps(life)
    limit = _LIMIT.get(life.kind, _USUAL_LIMIT)
    life.late = days > limit
    if life.late and life.ordinary and life.chance(0.35):
        yield Aside(life, put_off(life))
    share = 0.0
    for n, step in enumerate(steps):
        next_share = life.rng.uniform(share + 0.05, 0.9 * (n + 1) / len(steps))
        yield from step(life, (next_share - share) * minutes)
        share = next_share
    if life.late and life.chance(0.5):
        yield from _remind(life, limit + 1 - share * days)
        minutes, share = max(minutes, (limit + 1.6) * A_WORKING_DAY), max(share, (limit + 1) / days)
    outcome = yield from answer(life, (1 - share) * minutes)
    if outcome is Outcome.SCHEDULED and life.ordinary and life.chance(0.35):
        yield from commit(life)


def _steps(life: Life) -> list[Callable[[Life, float], Scene[None]]]:
    """Draw the steps before the answer."""
    count = life.rng.choice((0, 1, 1) if life.kind is Kind.INFORMATION_REQUEST else (0, 1, 1, 2, 2, 3))
    steps: list[Callable[[Life, float], Scene[None]]] = [_step] * count
    if life.kind is Kind.COMPLAINT and life.chance(0.07):
        steps.insert(life.rng.randint(0, count), _involve)
    return steps


def _step(life: Life, minutes: float) -> Scene[None]:
    own = life.category.steps if life.chance(0.6) else []
    fresh = [step for step in own or phrases("steps") if step not in life.steps] or phrases("steps")
    step = life.rng.choice(fresh)
    life.steps.append(step)
    text = life.writer.fill(step)
    public = life.ordinary and life.chance(0.65)
    yield from life.does("follow-up", life.at_work(minutes), agency_officer(life), text=text, public=public)


def _involve(life: Life, minutes: float) -> Scene[None]:
    """Involve another agency."""
    at = life.at_work(minutes)
    with_it = {life.cast.id_of(code): code for code in life.category.mistaken}
    others = [code for agency, code in with_it.items() if agency not in life.shown["agencies"]]
    if not others:
        return
    other = life.rng.choice(others)
    reason = life.writer.say("involvements", agency=life.cast.agencies[other].name)
    yield from life.does("involve", at, life.coordinator, agency=other, reason=reason)
    yield Aside(life, _take_part(life, other))


def _take_part(life: Life, agency: str) -> Scene[None]:
    """Let the other agency follow up, if it does so before the answer."""
    pace = life.cast.agencies[agency]
    yield from life.waits(life.at_work(some(life.rng, 0.3 * pace.days * A_WORKING_DAY, 0.6)))
    if life.in_hand:
        liaison = life.cast.of(agency, Role.LIAISON)
        text = life.writer.say("parts")
        yield from life.does("follow-up", life.at, liaison, text=text, public=life.chance(0.5))


def _remind(life: Life, days: float) -> Scene[None]:
    """Remind the agency after ``days`` working days; some agencies then commit to a day."""
    at = life.at_work(max(1.0, days) * A_WORKING_DAY)
    coordinator = life.cast.one(life.rng, Role.COORDINATOR)
    yield from life.does("note", at, coordinator, text=life.writer.say("reminders"))
    if life.chance(0.25):
        yield from escalate(life)
    if life.ordinary and life.chance(0.15):
        yield from commit(life)
    if life.chance(0.1):
        yield from excuse(life)


def _forgotten(life: Life, days: float) -> Scene[None]:
    """Remind the agency; no answer ever comes."""
    yield from _remind(life, days)
    if life.chance(0.3):
        yield from refer(life, some(life.rng, 20, 0.4))


def _perhaps(life: Life, phrase: str, share: float) -> dict[str, str]:
    return {"reason": life.writer.say(phrase)} if life.chance(share) else {}


def _found_otherwise(life: Life) -> Scene[None]:
    """Reclassify it: most as an information request, some as a case for the inspectorate."""
    at = life.at_work(some(life.rng, 300, 0.6))
    exposed = life.chance(0.3)
    life.kind = Kind.OVERSIGHT if exposed else Kind.INFORMATION_REQUEST
    why = life.writer.say("exposed" if exposed else "reclassified")
    yield from life.does("reclassify", at, life.coordinator, kind=life.kind, reason=why)
    if exposed:
        yield from take_to_the_inspectorate(life, why)
