"""The drawing of complaints: what is reported, when, by which channel, and how private it is."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import takewhile
from random import Random

from lapor.demo.cast import Cast
from lapor.demo.data import Category, DemoStory, categories, outside, unfit
from lapor.demo.life import Life
from lapor.demo.scenes.triage import AT_THE_COUNTER
from lapor.demo.texts import TextWriter
from lapor.demo.timing import WorkingHours, season_factor
from lapor.domain.vocabulary import Channel, Kind, Privacy

_CHANNELS = {
    Channel.WEB: 34,
    Channel.WHATSAPP: 27,
    Channel.SP4N: 13,
    Channel.KIOSK: 9,
    Channel.WALK_IN: 5,
    Channel.PHONE: 4,
    Channel.SMS: 3,
    Channel.SOCIAL: 3,
    Channel.EMAIL: 1,
    Channel.LETTER: 1,
}
_PRIVACY = {Privacy.OPEN: 72, Privacy.ANONYMOUS: 17, Privacy.CONFIDENTIAL: 11}
_UNFIT, _OUTSIDE = 0.05, 0.02
_TWOFOLD, _REPEATED = 0.025, 0.07
_SOON = timedelta(days=6)  # how long neighbours go on reporting the same
_SP4N_FIRST, _SP4N_APART = 9_400_000, 137  # no number that SP4N-LAPOR! has given out is meant
_COME_BACK_AS = "roads"  # the category of reports that were too general at first


def lives(
    cast: Cast, rhythm: WorkingHours, *, seed: int, count: int, start: datetime, until: datetime
) -> list[Life]:
    """Return ``count`` lives in the order of filing: the same ones for the same seed and times."""
    moments = rhythm.filings(Random(f"{seed}/filings"), count, start, until)  # noqa: S311 - a simulation
    made: list[Life] = []
    for n, at in enumerate(moments):
        life = _life(cast, rhythm, Random(f"{seed}/{n}"), at, until)  # noqa: S311
        life.sp4n = str(_SP4N_FIRST + n * _SP4N_APART + life.rng.randrange(_SP4N_APART))
        if _plain(life) and life.chance(_TWOFOLD):
            life.second = _other_matter(life)
        elif _plain(life) and life.chance(_REPEATED):
            _repeat(life, made)
        made.append(life)
    return sorted(made, key=lambda life: life.at)


def _plain(life: Life) -> bool:
    """Return whether it is an ordinary complaint for an agency of the regency."""
    return life.kind is Kind.COMPLAINT and life.unfit is None and life.outside is None


def _other_matter(life: Life) -> tuple[Category, DemoStory]:
    """Draw a second matter, which another agency has to answer."""
    others = [
        (category, story)
        for category in categories()
        for story in category.stories
        if category.agency != life.agency and story.kind is Kind.COMPLAINT and not story.service
    ]
    return life.rng.choice(others)


def _repeat(life: Life, made: list[Life]) -> None:
    """Turn it into a repetition of a recent complaint with a place, if there is one."""
    recent = takewhile(lambda other: other.at > life.at - _SOON, reversed(made))
    alike = [
        other
        for other in recent
        if _plain(other) and other.category.where and other.repeats is None and other.at < life.at
    ]
    if alike:
        life.repeats = other = life.rng.choice(alike)
        life.category, life.story, life.agency = other.category, other.story, other.agency
        life.writer.move_to(other.writer)


def _life(cast: Cast, rhythm: WorkingHours, rng: Random, at: datetime, until: datetime) -> Life:
    (channel,) = rng.choices(list(_CHANNELS), list(_CHANNELS.values()))
    (privacy,) = rng.choices(list(_PRIVACY), list(_PRIVACY.values()))
    if channel in AT_THE_COUNTER:
        opened = rhythm.at_work(rng, at, rng.uniform(1, 150))
        at, channel = (opened, channel) if opened <= until else (at, Channel.WEB)
    day = rhythm.day(at)
    (category,) = rng.choices(categories(), list(_weights(day)))
    aside = rng.random()
    hopeless = rng.choice(unfit()) if aside < _UNFIT else None
    foreign = rng.choice(outside()) if _UNFIT <= aside < _UNFIT + _OUTSIDE else None
    if hopeless or foreign:
        category = next(each for each in categories() if each.code == _COME_BACK_AS)
    story = rng.choices(category.stories, [_share(each.kind) for each in category.stories])[0]
    writer = TextWriter(rng, day)
    return Life(rng, rhythm, cast, writer, at, category, story, channel, privacy, hopeless, foreign)


def _weights(day: date) -> Iterator[float]:
    return (_weight(each, day) for each in categories())


def _weight(category: Category, day: date) -> float:
    return category.weight * season_factor(category.season, day)


def _share(kind: Kind) -> float:
    """Return the weight of a kind: questions and wishes are fewer than complaints."""
    return {Kind.INFORMATION_REQUEST: 0.9, Kind.ASPIRATION: 0.6}.get(kind, 1.0)
