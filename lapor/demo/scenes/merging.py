"""Merging and splitting: a neighbour's report about the same, and two matters in one report."""

from lapor.demo.data import Category, DemoStory
from lapor.demo.life import Life, Scene
from lapor.demo.timing import A_WORKING_DAY, some
from lapor.domain.complaint.state import ENDED
from lapor.domain.vocabulary import Privacy


def merge(life: Life, earlier: Life) -> Scene[bool]:
    """Merge it into an earlier one that is open and no less private; return whether it was merged."""
    at = life.at_work(some(life.rng, 0.4 * A_WORKING_DAY, 0.8))
    yield from life.waits(at)
    private = Privacy.CONFIDENTIAL in {life.privacy, earlier.privacy}
    if private or life.privacy.tighter_than(earlier.privacy) or earlier.stage in ENDED:
        yield from life.does("note", at, life.coordinator, text=life.writer.say("alike"))
        return False
    reason = life.writer.say("merges")
    yield from life.does("merge", at, life.coordinator, into=earlier.code, reason=reason)
    return True


def split(life: Life, second: tuple[Category, DemoStory]) -> Scene[Life]:
    """Split the second matter off as a complaint of its own; return its life."""
    category, story = second
    part = {
        "text": life.writer.fill(story.text),
        "title": life.writer.fill(story.title),
        "kind": story.kind,
        "category": category.code,
    }
    at = life.at_work(some(life.rng, 0.4 * A_WORKING_DAY, 0.7))
    yield from life.does("split", at, life.coordinator, parts=[part], reason=life.writer.say("splits"))
    child = Life(
        *(life.rng, life.rhythm, life.cast, life.writer, life.at),
        *(category, story, life.channel, life.privacy),
        split_off=True,
        named=life.named,
        id=life.shown["split_into"][0],
        receipt=life.receipt,
    )
    return child
