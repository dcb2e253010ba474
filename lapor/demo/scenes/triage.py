"""Filing and triage: filed, then routed; or asked about, archived, transferred, withdrawn."""

from datetime import timedelta
from typing import Any

from lapor.demo.data import OutsideMatter, UnfitReport
from lapor.demo.life import Life, Scene, SceneAct
from lapor.demo.scenes.escalation import link
from lapor.demo.scenes.merging import merge
from lapor.demo.scenes.objections import contest
from lapor.demo.scenes.routing import named, route
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.access import Caller
from lapor.domain.vocabulary import ArchiveReason, Channel, Kind, Role

AT_THE_COUNTER = frozenset({Channel.KIOSK, Channel.WALK_IN, Channel.PHONE, Channel.LETTER, Channel.SOCIAL})
"""Channels in which an officer files on behalf of the reporter."""
RELAYED = frozenset({Channel.SP4N, Channel.WHATSAPP})


def file(life: Life) -> Scene[None]:
    """File it, by the reporter or at a counter."""
    story, writer = life.story, life.writer
    source = life.unfit or life.outside
    text = writer.fill(source.text) if source else writer.report(story, life.category.details)
    if life.second:
        text += f" {writer.say('besides')} {writer.fill(life.second[1].text)}"
    body: dict[str, Any] = {"text": text, "consent": True, "privacy": life.privacy}
    if life.chance(0.5):
        body["title"] = life.title
    if not source:
        body |= _classified(life)
    if life.category.where and not source:
        body["place"] = writer.place()
    if reporter := writer.reporter(life.privacy):
        body["reporter"], life.named = reporter, True
    if life.chance(0.3):
        body["happened_on"] = writer.today - timedelta(days=life.rng.randint(0, 20))
    by = None
    if life.channel in AT_THE_COUNTER:
        by, body["on_behalf"] = life.cast.one(life.rng, Role.INTAKE), True
    elif life.channel in RELAYED:
        by = life.cast.one(life.rng, Role.INTEGRATOR)
    yield SceneAct(life.at, "file", by, body)


def _classified(life: Life) -> dict[str, Any]:
    story, said = life.story, dict[str, Any]()
    if life.chance(0.6) or (story.kind is Kind.OVERSIGHT and life.chance(0.5)):
        said["kind"] = story.kind
    if life.chance(0.4):
        said["category"] = life.category.code
    if story.service:
        said["service"] = story.service
    if story.number and life.chance(0.7):
        said["application_no"] = life.writer.fill(story.number)
    if life.chance(0.15) and story.kind is not Kind.OVERSIGHT:
        said["agency"] = life.category.agency
    return said


def take_in(life: Life) -> Scene[bool]:
    """Do the coordinating office's part; return whether an agency became answerable."""
    if life.chance(0.02):
        yield from life.does("withdraw", life.awake(some(life.rng, 3, 0.6)), None, **_why(life))
        return False
    if life.channel is Channel.SP4N and not life.split_off:
        yield from link(life)
    if life.unfit is not None:
        return (yield from _archive(life, life.unfit))
    if life.outside is not None:
        return (yield from _hand_over(life, life.outside))
    if life.repeats is not None and (yield from merge(life, life.repeats)):
        return False
    if life.chance(0.08) and not (yield from ask_reporter(life, life.coordinator, share=0.7)):
        return False
    yield from route(life)
    return True


def ask_reporter(life: Life, by: Caller, *, share: float) -> Scene[bool]:
    """Ask the reporter; return whether they answered, as this share of them does."""
    seen = life.at_work(some(life.rng, 0.5 * A_WORKING_DAY, 0.7))
    yield from life.does("ask-reporter", seen, by, questions=life.writer.questions())
    if not life.chance(share):
        if life.chance(0.2):
            at = life.awake(some(life.rng, 200, 0.5))
            yield from life.does("withdraw", at, None, **_why(life))
        return False
    at = life.awake(some(life.rng, 26, 1.0))
    yield from life.does("complete", at, None, text=life.writer.say("completions"))
    return True


def _why(life: Life) -> dict[str, str]:
    return {"reason": life.writer.say("withdrawals")} if life.chance(0.7) else {}


def _hand_over(life: Life, outside: OutsideMatter) -> Scene[bool]:
    """Transfer it to an institution outside."""
    at = life.at_work(some(life.rng, 0.7 * A_WORKING_DAY, 0.8))
    yield from life.does("verify", at, life.coordinator, **named(life))
    at = life.at_work(some(life.rng, 200, 0.7))
    to = {"receiver": outside.receiver, "reference": life.writer.fill("{number}"), "reason": outside.reason}
    yield from life.does("transfer", at, life.coordinator, **to)
    return False


def _archive(life: Life, unfit: UnfitReport) -> Scene[bool]:
    """Archive it. Some reports that were too general are reopened with a place, or by an objection."""
    at = life.at_work(some(life.rng, 0.8 * A_WORKING_DAY, 0.7))
    yield from life.does("archive", at, life.coordinator, reason_code=unfit.reason, text=unfit.answer)
    too_general = unfit.reason is ArchiveReason.TOO_GENERAL
    if too_general and life.chance(0.4):
        life.reopened += 1
        at = life.awake(some(life.rng, 30, 0.6))
        yield from life.does("reopen", at, None, reason=life.writer.say("clearer"))
    elif not (life.chance(0.15) and (yield from contest(life, share=0.7 if too_general else 0.0))):
        return False
    life.unfit = None
    yield from route(life)
    return True
