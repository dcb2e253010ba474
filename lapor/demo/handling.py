"""What the agency does with it: accepts, follows up, answers; in time, late, or never."""

from typing import Any

from lapor.demo.data import AgencyPart, phrases
from lapor.demo.intake import ask
from lapor.demo.life import Life, Scene
from lapor.demo.rhythm import A_WORKING_DAY, some
from lapor.domain.access import Caller
from lapor.domain.terms import Kind, Outcome, Role

_FACTOR = {Kind.INFORMATION_REQUEST: 0.36, Kind.OVERSIGHT: 3.4}  # of the time that a complaint takes
_LIMIT = {Kind.INFORMATION_REQUEST: 5, Kind.OVERSIGHT: 60}  # working days, for reminders only
_USUAL_LIMIT = 14
_INSPECTORATE = "INSPEKTORAT"


def handle(life: Life) -> Scene[bool]:
    """The agency's part after routing; whether it came to an answer."""
    pace = life.cast.agencies[life.agency]
    days = some(life.rng, pace.days * _FACTOR.get(life.kind, 1.0), pace.spread)
    if life.chance(0.6):
        at = life.at_work(some(life.rng, pace.days / 15 * A_WORKING_DAY, 0.6))
        yield from life.does("accept", at, _hand(life), **_perhaps(life, "accepted", 0.3))
        if life.kind is not Kind.OVERSIGHT and life.chance(0.02):
            yield from life.does("withdraw", life.awake(some(life.rng, 40, 0.7)), None)
            return False
        if life.chance(0.05) and not (yield from ask(life, _hand(life), share=0.75)):
            return False
    if life.kind is Kind.COMPLAINT and life.chance(0.025):
        yield from _found_otherwise(life)
    forgotten = life.chance(pace.forgets)
    if forgotten and life.chance(0.6):
        yield from _remind(life, days)
        return False
    return (yield from work(life, days * (3 if forgotten else 1)))


def work(life: Life, days: float) -> Scene[bool]:
    """Steps, and an answer after about so many working days."""
    pace = life.cast.agencies[life.agency]
    minutes = days * A_WORKING_DAY
    count = life.rng.choice((0, 1, 1) if life.kind is Kind.INFORMATION_REQUEST else (0, 1, 1, 2, 2, 3))
    limit = _LIMIT.get(life.kind, _USUAL_LIMIT)
    life.late = days > limit
    share = 0.0
    for n in range(count):
        next_share = life.rng.uniform(share + 0.05, 0.9 * (n + 1) / count)
        yield from _step(life, (next_share - share) * minutes)
        share = next_share
    if life.late and life.chance(0.5):
        yield from _remind(life, limit + 1 - share * days)
        minutes, share = max(minutes, (limit + 1.6) * A_WORKING_DAY), max(share, (limit + 1) / days)
    at = life.at_work((1 - share) * minutes)
    text, outcome = _answer(life, pace)
    yield from life.does("respond", at, _hand(life), text=text, outcome=outcome)
    return True


def _hand(life: Life) -> Caller:
    """Who acts for the agency: mostly its liaison; the inspector for oversight complaints."""
    if life.kind is Kind.OVERSIGHT:
        return life.cast.one(life.rng, Role.INSPECTOR)
    return life.cast.of(life.agency, Role.HEAD if life.chance(0.15) else Role.LIAISON)


def _step(life: Life, minutes: float) -> Scene[None]:
    own = life.category.steps if life.chance(0.6) else []
    fresh = [step for step in own or phrases("steps") if step not in life.steps] or phrases("steps")
    step = life.rng.choice(fresh)
    life.steps.append(step)
    text = life.pen.fill(step)
    public = life.kind is not Kind.OVERSIGHT and life.chance(0.65)
    yield from life.does("follow-up", life.at_work(minutes), _hand(life), text=text, public=public)


def _remind(life: Life, days: float) -> Scene[None]:
    """The coordinating office notices after so many working days."""
    at = life.at_work(max(1.0, days) * A_WORKING_DAY)
    coordinator = life.cast.one(life.rng, Role.COORDINATOR)
    yield from life.does("note", at, coordinator, text=life.pen.say("reminders"))


def _perhaps(life: Life, phrase: str, share: float) -> dict[str, str]:
    return {"reason": life.pen.say(phrase)} if life.chance(share) else {}


def _found_otherwise(life: Life) -> Scene[None]:
    """It is of another kind: mostly a mere question; now and then a case for the inspectorate."""
    coordinator, at = life.cast.one(life.rng, Role.COORDINATOR), life.at_work(some(life.rng, 300, 0.6))
    exposed = life.chance(0.3)
    life.kind = Kind.OVERSIGHT if exposed else Kind.INFORMATION_REQUEST
    why = life.pen.say("exposed" if exposed else "reclassified")
    yield from life.does("reclassify", at, coordinator, kind=life.kind, reason=why)
    if exposed:
        life.agency = _INSPECTORATE
        yield from life.does("route", life.at_work(20), coordinator, agency=life.agency, reason=why)


def _answer(life: Life, pace: AgencyPart) -> tuple[str, Outcome]:
    if life.kind is Kind.INFORMATION_REQUEST:
        own = (
            life.story.answers.get(Outcome.ANSWERED) if life.story.kind is life.kind else phrases("explained")
        )
        return life.pen.fill(life.rng.choice(own or phrases("answered_question"))), Outcome.ANSWERED
    if life.kind is Kind.ASPIRATION:
        return life.pen.say("answered_wish"), life.rng.choice((Outcome.ANSWERED, Outcome.SCHEDULED))
    answers: dict[Outcome, list[Any]] = life.story.answers or life.category.answers
    if life.kind is Kind.OVERSIGHT and Outcome.NOT_PROVEN not in answers:
        return "Pemeriksaan selesai; petugas terkait dikenai pembinaan dan sanksi.", Outcome.PROVEN_SANCTION
    outcomes = list(answers)
    (outcome,) = life.rng.choices(outcomes, [2 + pace.charm, *[1.0] * (len(outcomes) - 1)])
    return life.pen.fill(life.rng.choice(answers[outcome])), outcome
