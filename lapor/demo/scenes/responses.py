"""The agency's answer, and its approval by a second person in some agencies."""

from typing import Any

from lapor.demo.data import AgencyPart, phrases
from lapor.demo.life import Life, Scene
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.access import Caller
from lapor.domain.vocabulary import Kind, Outcome, Role


def agency_officer(life: Life) -> Caller:
    """Return the officer who acts for the agency: mostly its liaison; for oversight the inspector."""
    if not life.ordinary:
        return life.inspector
    return life.cast.of(life.agency, Role.HEAD if life.chance(0.15) else Role.LIAISON)


def answer(life: Life, minutes: float) -> Scene[Outcome]:
    """Answer after ``minutes`` of work; return the outcome."""
    pace = life.cast.agencies[life.agency]
    at = life.at_work(minutes)
    text, outcome = _answer(life, pace)
    said = {"text": text, "outcome": outcome}
    if pace.two_persons and life.ordinary:
        yield from life.does("draft-response", at, life.cast.of(life.agency, Role.LIAISON), **said)
        yield from _approved(life, said)
    else:
        yield from life.does("respond", at, agency_officer(life), **said)
    return outcome


def _approved(life: Life, said: dict[str, Any]) -> Scene[None]:
    """Approve the liaison's draft by the head, who returns some for another draft."""
    liaison, head = (life.cast.of(life.agency, role) for role in (Role.LIAISON, Role.HEAD))
    if life.chance(0.2):
        at = life.at_work(some(life.rng, 0.3 * A_WORKING_DAY, 0.7))
        yield from life.does("return-response", at, head, reason=life.writer.say("returned"))
        at = life.at_work(some(life.rng, 0.4 * A_WORKING_DAY, 0.7))
        fuller = {"text": f"{said['text']} {life.writer.say('fuller')}"}
        yield from life.does("draft-response", at, liaison, **(said | fuller))
    yield from life.does("approve-response", life.at_work(some(life.rng, 0.3 * A_WORKING_DAY, 0.7)), head)


def _answer(life: Life, pace: AgencyPart) -> tuple[str, Outcome]:
    if life.kind is Kind.INFORMATION_REQUEST:
        own = (
            life.story.answers.get(Outcome.ANSWERED) if life.story.kind is life.kind else phrases("explained")
        )
        return life.writer.fill(life.rng.choice(own or phrases("answered_question"))), Outcome.ANSWERED
    if life.kind is Kind.ASPIRATION:
        return life.writer.say("answered_wish"), life.rng.choice((Outcome.ANSWERED, Outcome.SCHEDULED))
    answers: dict[Outcome, list[Any]] = life.story.answers or life.category.answers
    if life.kind is Kind.OVERSIGHT and Outcome.NOT_PROVEN not in answers:
        return "Pemeriksaan selesai; petugas terkait dikenai pembinaan dan sanksi.", Outcome.PROVEN_SANCTION
    outcomes = list(answers)
    (outcome,) = life.rng.choices(outcomes, [2 + pace.charm, *[1.0] * (len(outcomes) - 1)])
    return life.writer.fill(life.rng.choice(answers[outcome])), outcome
