"""Draws what happens next: mostly what could be done, sometimes by the wrong person or at the wrong time."""

import random
from datetime import datetime, timedelta
from typing import Any

from .model import Model
from .promises import Thing
from .script import Step, Who
from .table import KINDS, PRIVACIES, STAGES, VERBS
from .verbs import REOPENED_WITHIN
from .working_days import AGENCIES, LAST

ROLES = ["intake", "coordinator", "arbiter", "inspector", "national", "executive", "dpo", "mall_manager"]
ROLES += ["integrator", "auditor", "administrator"]
CAST = [Who(((role, None),)) for role in ROLES]
CAST += [Who(((role, agency),)) for role in ("liaison", "head") for agency in AGENCIES]
CAST += [Who((("coordinator", None), ("inspector", None))), Who((("intake", None), ("dpo", None)))]
CAST += [Who((("liaison", "BM"), ("liaison", "PASAR"))), Who((("inspector", None), ("liaison", "BM")))]
PUBLIC = [Who(receipt="right"), Who(receipt="wrong"), Who()]
CAST += [*PUBLIC, Who((("intake", None),), "right"), Who((("liaison", "BM"),), "wrong")]
SPANS = [timedelta(), timedelta(seconds=20), timedelta(minutes=7), timedelta(hours=1), timedelta(hours=3)]
SPANS += [timedelta(hours=17), timedelta(days=1), timedelta(days=2), timedelta(days=6), timedelta(days=20)]
WEIGHTS = {"withdraw": 1, "archive": 1, "transfer": 1, "decline": 18}  # what ends it comes seldom
AT_ONCE = 3  # complaints that are under way
OUTCOMES, REASONS = ["fixed", "scheduled", "no_authority"], ["too_general", "spam", "slander"]


def _lively(c: Thing, now: datetime) -> bool:
    """It goes on, or could be reopened."""
    return c["ended"] is None or (c["stage"] != "transferred" and now < c["ended"] + REOPENED_WITHIN)


class Player:
    """The same seed plays the same script."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.keys: list[int] = []
        self.filings = 0
        self.ends_late = seed % 5 == 0

    def beginning(self) -> datetime:
        """Some second of the years that the calendar knows; now and then close to its end."""
        year, month = self.chance.choice([(2024, 11), (2025, 2), (2025, 7), (2026, 2), (2026, 10)])
        if self.ends_late:
            year, month = 2027, self.chance.choice([6, 9])
        minute = timedelta(minutes=self.chance.randrange(60 * 24 * 28), seconds=self.chance.randrange(60))
        return datetime.fromisoformat(f"{year}-{month:02}-01T00:00:00+00:00") + minute

    def step(self, model: Model, now: datetime) -> Step:
        chance = self.chance
        lively = [number for number, c in model.complaints.items() if _lively(c, now)]
        if not model.complaints or (len(lively) < AT_ONCE and chance.random() < 0.3):
            self.filings += 1
            return self._with_key(
                Step("file", self.filings, chance.choice(CAST), self._filing(), self._later())
            )
        number = chance.choice(lively if lively and chance.random() < 0.9 else list(model.complaints))
        c = model.complaints[number]
        if chance.random() < 0.05 and self.keys and now.date() < LAST - timedelta(days=60):
            return Step("again", number, Who(), key=chance.choice(self.keys), changed=chance.random() < 0.3)
        if chance.random() < 0.7:
            verb, who = self._possible(model, c)
        else:
            verb, who = chance.choice(list(VERBS)), chance.choice(CAST)
        number = number if chance.random() < 0.99 else -1
        seen = chance.choices(["*", "right", "stale", None], [80, 14, 3, 3])[0]
        body = {**self._body(verb, c), "reason": "Sebab"}
        return self._with_key(Step(verb, number, who, body, self._until(c, now), seen))

    def _with_key(self, step: Step) -> Step:
        if self.chance.random() > 0.15:
            return step
        self.keys.append(len(self.keys))
        return Step(step.verb, step.complaint, step.who, step.body, step.after, step.seen, self.keys[-1])

    def _possible(self, model: Model, c: Thing) -> tuple[str, Who]:
        """A verb of this stage, more often one that keeps it going, and somebody who may do it."""
        here = [verb for verb in VERBS if c["stage"] in VERBS[verb] and VERBS[verb] != STAGES]
        weights = [WEIGHTS.get(verb, 6) for verb in here]
        verb = self.chance.choices([*here, "note"], [*weights, 1])[0]
        able = [who for who in CAST if model.may(who, verb, c) and model.may(who, "VIEW", c)]
        return verb, self.chance.choice(able or CAST)

    def _later(self) -> timedelta:
        span = self.chance.choice(SPANS) * self.chance.uniform(0.5, 1.5)
        return span if self.chance.random() < 0.95 else -min(span, timedelta(hours=5))

    def _until(self, c: Thing, now: datetime) -> timedelta:
        """How long it takes; now and then exactly to a moment that matters, or a second beside it."""
        moments = [clock["due"] for clock in c["clocks"].values()]
        moments += [c["ended"] + REOPENED_WITHIN] if c["ended"] else []
        later = [moment - now for moment in moments if moment > now]
        if not later or self.chance.random() > 0.12:
            return self._later()
        return self.chance.choice(later) + timedelta(seconds=self.chance.choice([-1, 0, 1]))

    def _some(self, **optional: Any) -> dict[str, Any]:
        """Some of these fields."""
        return {name: value for name, value in optional.items() if self.chance.random() < 0.5}

    def _filing(self) -> dict[str, Any]:
        one = self.chance.choice
        more = self._some(title="Jalan", kind=one(KINDS), category="roads", privacy=one(PRIVACIES))
        return {"text": "Jalan rusak", "consent": True, "reporter": {"name": "Siti"}, **more}

    def _body(self, verb: str, c: Thing) -> dict[str, Any]:
        one = self.chance.choice
        agency = one([*AGENCIES] * 8 + ["NOWHERE"])
        match verb:
            case "decline":
                return {"suggested_agency": agency}
            case "follow-up":
                return {"text": "Sudah dilihat", **self._some(public=True)}
            case "respond":
                return {"text": "Sudah diperbaiki", "outcome": one(OUTCOMES)}
            case "note" | "complete":
                return {"text": "Catatan"}
            case "verify":
                more = self._some(privacy=one(PRIVACIES))
                return {"kind": one(KINDS), "category": one(["roads", "lamps"]), "title": "Judul", **more}
            case "reclassify":
                return {"kind": one(KINDS), **self._some(category=one(["roads", "lamps"]), title="Judul")}
            case "route":
                known = {name: value for name, value in self._classes().items() if not c[name]}
                given = known if self.chance.random() < 0.9 else {}
                return {"agency": agency, **given, **(self._classes() if self.chance.random() < 0.2 else {})}
            case "archive":
                return {"reason_code": one(REASONS), "text": "Maaf"}
            case "transfer":
                return {"receiver": "Pengadilan"}
            case "accept-response":
                return self._some(rating=4, comment="Baik")
            case "rate":
                return {"rating": 5}
            case "ask-reporter":
                return {"questions": ["Di mana?"]}
        return {}

    def _classes(self) -> dict[str, Any]:
        one = self.chance.choice
        return {"kind": one(KINDS), "category": one(["roads", "lamps"]), "title": "Judul"}
