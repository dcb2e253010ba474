"""Draws the lives: what is reported, when, by which channel, and how private it is."""

from collections.abc import Iterator
from datetime import date, datetime
from random import Random

from lapor.demo.cast import Cast
from lapor.demo.data import Category, categories, outside, unfit
from lapor.demo.intake import AT_THE_COUNTER
from lapor.demo.life import Life
from lapor.demo.rhythm import Rhythm, season_factor
from lapor.demo.writing import Pen
from lapor.domain.terms import Channel, Kind, Privacy

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
_COME_BACK_AS = "roads"  # what those mean who were too general at first


def lives(
    cast: Cast, rhythm: Rhythm, *, seed: int, count: int, start: datetime, until: datetime
) -> list[Life]:
    """So many lives, in the order of their filing. The same seed and times: the same lives."""
    moments = rhythm.filings(Random(f"{seed}/filings"), count, start, until)  # noqa: S311 - a play
    made = (_life(cast, rhythm, Random(f"{seed}/{n}"), at, until) for n, at in enumerate(moments))  # noqa: S311
    return sorted(made, key=lambda life: life.at)


def _life(cast: Cast, rhythm: Rhythm, rng: Random, at: datetime, until: datetime) -> Life:
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
    pen = Pen(rng, day)
    return Life(rng, rhythm, cast, pen, at, category, story, channel, privacy, hopeless, foreign)


def _weights(day: date) -> Iterator[float]:
    return (_weight(each, day) for each in categories())


def _weight(category: Category, day: date) -> float:
    return category.weight * season_factor(category.season, day)


def _share(kind: Kind) -> float:
    """Questions and wishes are fewer than complaints."""
    return {Kind.INFORMATION_REQUEST: 0.9, Kind.ASPIRATION: 0.6}.get(kind, 1.0)
