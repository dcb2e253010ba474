"""The figures of quality are those that a walk through all events counts."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.aggregate import Event
from lapor.domain.complaint import events as kinds
from lapor.domain.vocabulary import Outcome, Sealed
from projections.engine.period import PeriodScope
from projections.quality.dashboard import QualityFigures, quality
from projections.quality.handling_events import MEASURES

from .conftest import GivenEvents
from .histories import AGENCIES, BEGINNING, events_of, history
from .scopes import EVER, MANY, SCOPES, local
from .test_folds import BINA_MARGA, on_day, routed

_SIMPLE = {
    kinds.Closed: "closed",
    kinds.Reopened: "reopened",
    kinds.ResponseRejected: "rejected",
    kinds.Objected: "objected",
    kinds.Escalated: "escalated",
}
_OWN = {kinds.Declined: "declined", kinds.DeadlineExtended: "extended"}
Entry = tuple[date, UUID | None, Any, str]


def walk(events: list[Event]) -> list[Entry]:
    """Return every count: its day, its agency, its kind and its measure."""
    known: dict[UUID, Any] = {}
    last_lead: dict[UUID, UUID | None] = {}
    taken_from: dict[UUID, UUID] = {}
    stars: dict[UUID, int] = {}
    commitments: dict[tuple[UUID, int], tuple[Any, ...]] = {}
    found: list[Entry] = []
    for event in events:
        stream, day = event.originator_id, local(event.at)
        it = known[stream] = event.mutate(known.get(stream))
        lead = last_lead.get(stream)
        if isinstance(event, kinds.ComplaintEvent) and type(event) in _SIMPLE:
            found.append((day, lead, it.kind, _SIMPLE[type(event)]))
        match event:
            case kinds.Routed():
                found.append((day, event.agency, it.kind, "routed"))
                if stream in last_lead:
                    found.append((day, taken_from[stream], it.kind, "rerouted"))
                taken_from[stream] = last_lead[stream] = event.agency
            case kinds.Declined() | kinds.DeadlineExtended():
                found.append((day, event.agency, it.kind, _OWN[type(event)]))
            case kinds.Reclassified() if event.stage is not None:
                last_lead[stream] = None
            case kinds.Rated():
                found.append((day, lead, it.kind, f"rated_{event.rating}"))
                if stream in stars:
                    found.append((day, lead, it.kind, f"rated_{stars[stream]}_replaced"))
                stars[stream] = event.rating
            case kinds.ObjectionDecided():
                found.append((day, lead, it.kind, "upheld" if event.upheld else "dismissed"))
            case kinds.CommitmentMade():
                of = event.agency, it.kind
                commitments[stream, event.n] = (event.promised_on, *of)
                found.append((day, *of, "committed"))
                found.append((event.promised_on + timedelta(1), *of, "commitments_due"))
            case kinds.CommitmentKept():
                promised_on, *kept = commitments[stream, event.n]
                found.append((day, *kept, "commitments_kept"))
                if not event.late:
                    found.append((promised_on + timedelta(1), *kept, "commitments_spared"))
    return found


def counted(entries: list[Entry], scope: PeriodScope, last: date) -> dict[UUID | None, Counter[str]]:
    """Return the entries of the scope up to a day, by agency."""
    found: dict[UUID | None, Counter[str]] = {}
    for day, agency, kind, name in entries:
        fits = scope.agencies is None or agency in scope.agencies
        if fits and scope.kind in {None, kind} and scope.first <= day <= min(scope.last, last):
            found.setdefault(agency, Counter())[name] += 1
    return found


@MANY
@given(
    seed=st.integers(0, 2**32),
    scopes=st.lists(SCOPES | st.just(EVER), min_size=3, max_size=3),
    after=st.integers(0, 120 * 24),
)
def test_each_agency_is_counted_as_a_walk_counts_it_at_any_moment(
    given_events: GivenEvents, seed: int, scopes: list[PeriodScope], after: int
) -> None:
    events = history(seed, 20, steps=12)
    now = BEGINNING + timedelta(hours=after)
    known = [event for event in events if event.at <= now]
    database = given_events(known if after % 2 else events)
    for scope in scopes:
        found, total = quality(database, scope, now)
        if after % 2:
            check(*quality(database, scope, now, present=True), known, scope, now)
        check(found, total, known, scope, now)


def check(
    found: list[QualityFigures], total: QualityFigures, known: list[Event], scope: PeriodScope, now: datetime
) -> None:
    expected = counted(walk(known), scope, local(now))
    assert {each.agency: Counter(each.counted) for each in found} == {
        agency: counts for agency, counts in expected.items() if any(counts.values())
    }
    assert Counter(total.counted) == sum(expected.values(), Counter())


def test_the_histories_have_every_measure() -> None:
    names = {name for seed in range(400) for *_, name in walk(history(seed, 20, steps=12))}
    assert {name for name in MEASURES if not name.endswith("_replaced")} <= names
    assert any(name.endswith("_replaced") for name in names)


def test_rates_are_shares_and_a_later_rating_replaces_an_earlier_one() -> None:
    it = QualityFigures(AGENCIES[0], dict.fromkeys(MEASURES, 0) | {"routed": 4, "declined": 1, "rated_5": 2})
    assert it.share("declined", "routed") == 0.25
    assert (it.ratings, it.mean_rating, it.share("reopened", "closed")) == (2, 5.0, None)
    replaced = QualityFigures(None, {**it.counted, "rated_1": 1, "rated_5_replaced": 1})
    assert (replaced.ratings, replaced.mean_rating) == (2, 3.0)


def test_a_commitment_is_broken_from_the_day_after_the_one_that_was_promised(
    given_events: GivenEvents,
) -> None:
    it = routed()
    it.commit(on_day(2, BINA_MARGA), promised_on=date(2025, 3, 10), text=Sealed("s1.text"))
    database = given_events(events_of(it))

    def broken(day: int) -> int:
        return quality(database, EVER, datetime(2025, 3, day, 12, tzinfo=BEGINNING.tzinfo))[
            1
        ].commitments_broken

    assert [broken(9), broken(10), broken(11)] == [0, 0, 1]


def test_the_last_of_three_ratings_counts(given_events: GivenEvents) -> None:
    it = routed()
    it.respond(on_day(2, BINA_MARGA), text=Sealed("s1.text"), outcome=Outcome.FIXED)
    it.accept_response(on_day(3))
    for day, stars in ((4, 3), (5, 1), (6, 5)):
        it.rate(on_day(day), rating=stars)
    database = given_events(events_of(it))

    def rated(day: int) -> tuple[int, float | None]:
        total = quality(database, EVER, BEGINNING + timedelta(days=day, hours=1))[1]
        return total.ratings, total.mean_rating

    assert [rated(day) for day in (3, 4, 5, 6)] == [(0, None), (1, 3.0), (1, 1.0), (1, 5.0)]


def test_a_commitment_that_was_kept_late_stays_broken(given_events: GivenEvents) -> None:
    it = routed()
    it.commit(on_day(2, BINA_MARGA), promised_on=date(2025, 3, 10), text=Sealed("s1.text"))
    it.commit(on_day(3, BINA_MARGA), promised_on=date(2025, 3, 10), text=Sealed("s1.text"))
    it.keep_commitment(on_day(6, BINA_MARGA), n=1, text=Sealed("s1.text"))
    it.keep_commitment(on_day(9, BINA_MARGA), n=2, text=Sealed("s1.text"))  # two days late
    total = quality(given_events(events_of(it)), EVER, BEGINNING + timedelta(days=30))[1]

    assert (total.counted["commitments_kept"], total.commitments_broken) == (2, 1)
