"""Privacy and publication: the reporter changes the privacy, the coordinating office publishes."""

from lapor.demo.life import Life, Scene
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.access import Caller
from lapor.domain.vocabulary import Privacy, Role, Stage

_ASIDE = frozenset({Stage.WITHDRAWN, Stage.AWAITING_REPORTER})


def change_privacy(life: Life) -> Scene[None]:
    """Tighten or loosen the privacy, by the reporter; or tighten it, by the data protection officer."""
    at = life.awake(some(life.rng, 40, 0.8))
    by: Caller | None = None
    if life.privacy is Privacy.OPEN and life.chance(0.3):
        at, by = life.at_work(some(life.rng, 2 * A_WORKING_DAY, 0.6)), life.cast.one(life.rng, Role.DPO)
    yield from life.waits(at)
    if life.stage in _ASIDE or not life.ordinary:
        return
    if life.privacy is Privacy.OPEN:
        wanted = Privacy.CONFIDENTIAL if by is None and life.chance(0.4) else Privacy.ANONYMOUS
        why = "stepped_in" if by else "tightened"
    elif by is None:
        looser = Privacy.ANONYMOUS if life.privacy is Privacy.CONFIDENTIAL else Privacy.OPEN
        wanted, why = looser, "loosened"
    else:
        return
    yield from life.does("set-privacy", at, by, privacy=wanted, reason=life.writer.say(why))


def publish(life: Life) -> Scene[None]:
    """Redact and publish it; some are unpublished again."""
    yield from life.waits(life.at_work(some(life.rng, 8 * A_WORKING_DAY, 0.7)))
    if not _showable(life):
        return
    body = {"title": life.writer.fill(life.story.title), "text": life.writer.fill(life.story.text)}
    if response := life.shown.get("response"):
        body["response"] = response["text"]
    yield from life.does("redact", life.at, life.coordinator, **body)
    yield from life.waits(life.at_work(some(life.rng, 40, 0.7)))
    if not _showable(life):
        return
    yield from life.does("publish", life.at, life.coordinator)
    if not life.chance(0.1):
        return
    yield from life.waits(life.at_work(some(life.rng, 5 * A_WORKING_DAY, 0.6)))
    if life.shown["published"]:
        reason = life.writer.say("unpublished")
        yield from life.does("unpublish", life.at, life.coordinator, reason=reason)


def _showable(life: Life) -> bool:
    """Return whether it may be published."""
    return life.ordinary and life.privacy is not Privacy.CONFIDENTIAL and life.stage not in _ASIDE
