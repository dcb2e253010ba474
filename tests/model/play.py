"""Draws what happens next: mostly what could be done, sometimes by the wrong person or at the wrong time."""

import random
from datetime import datetime, timedelta
from typing import Any

from lapor.domain.complaint import WORKFLOW

from ..bodies import right
from .bodies import BODIES, Draw
from .model import Model
from .promises import Thing
from .reporter import REOPENED_WITHIN
from .script import ScriptStep, Who
from .table import KINDS, STAGES, VERBS
from .working_days import AGENCIES, LAST

ROLES = ["intake", "coordinator", "arbiter", "inspector", "national", "executive", "dpo", "mall_manager"]
ROLES += ["integrator", "auditor", "administrator"]
CAST = [Who(((role, None),)) for role in ROLES]
CAST += [Who(((role, agency),)) for role in ("liaison", "head") for agency in AGENCIES]
CAST += [Who((("inspector", "INSP"),)), Who((("arbiter", None), ("coordinator", None)))]
CAST += [Who((("liaison", agency), ("head", agency))) for agency in ("BM", "DUKCAPIL")]
CAST += [Who((("coordinator", None), ("inspector", None))), Who((("intake", None), ("dpo", None)))]
CAST += [Who((("liaison", "BM"), ("liaison", "PASAR"))), Who((("inspector", None), ("liaison", "BM")))]
PUBLIC = [Who(receipt="right"), Who(receipt="wrong"), Who()]
CAST += [*PUBLIC, Who((("intake", None),), "right"), Who((("liaison", "BM"),), "wrong")]
SPANS = [timedelta(), timedelta(seconds=20), timedelta(minutes=7), timedelta(hours=1), timedelta(hours=3)]
SPANS += [timedelta(hours=17), timedelta(days=1), timedelta(days=2), timedelta(days=6), timedelta(days=20)]
OFTEN = [4] * 8 + [2, 1]  # long ones seldom: most promises would be broken
WEIGHTS = dict.fromkeys(["withdraw", "archive", "transfer", "split"], 1)  # what ends it: seldom
WEIGHTS |= dict.fromkeys(["merge", "redact", "escalate", "refer-to-ombudsman"], 3)
WEIGHTS |= dict.fromkeys(["decline", "respond", "draft-response", "reject-response", "extend"], 18)
WEIGHTS |= dict.fromkeys(["accept", "ask-reporter", "complete", "route", "object"], 12)
WEIGHTS |= {"request-identity": 5}
WAITS_FOR = {"approve-response": "draft", "return-response": "draft", "keep-commitment": "commitments"}
WAITS_FOR |= {
    "decide-objection": "objection",
    "publish": "redacted",
    "grant-identity": "glass_asked",
    "identity": "glass_open",
    "unpublish": "published",
}
WAITS_FOR |= {"excuse": "missed", "set-privacy": "published", "lift-legal-hold": "held"}
ANY_TIME = [verb for verb, at in VERBS.items() if at == STAGES]
AT_ONCE = 3  # complaints that are under way


def _weight(verb: str, c: Thing) -> int:
    """How often a verb comes: rather once what it waits for is there."""
    if verb in WAITS_FOR:
        return 18 if c[WAITS_FOR[verb]] else 1
    return WEIGHTS.get(verb, 1 if verb in ANY_TIME else 6)


def _lively(c: Thing, now: datetime) -> bool:
    """It goes on, or could be reopened."""
    if c["erased"]:
        return False
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

    def step(self, model: Model, now: datetime) -> ScriptStep:
        chance = self.chance
        lively = [number for number, c in model.complaints.items() if _lively(c, now)]
        if not model.complaints or (len(lively) < AT_ONCE and chance.random() < 0.3):
            self.filings += 1
            return self._with_key(
                ScriptStep(
                    "file",
                    self.filings,
                    chance.choice(CAST),
                    self._said("file", {}, now),
                    self._later(),
                )
            )
        number = chance.choice(lively if lively and chance.random() < 0.9 else list(model.complaints))
        c = model.complaints[number]
        if chance.random() < 0.05 and self.keys and now.date() < LAST - timedelta(days=60):
            return ScriptStep(
                "again", number, Who(), key=chance.choice(self.keys), changed=chance.random() < 0.3
            )
        if chance.random() < 0.7:
            verb, who = self._possible(model, c)
        else:
            verb, who = chance.choice(list(VERBS)), chance.choice(CAST)
        number = number if chance.random() < 0.99 else -1
        seen = chance.choices(["*", "right", "stale", None], [80, 14, 3, 3])[0]
        said = self._said(verb, c, now) if verb in BODIES else self._others(verb, number, lively)
        body = {**said, "reason": "Sebab"}
        return self._with_key(ScriptStep(verb, number, who, body, self._until(c, now), seen))

    def _with_key(self, step: ScriptStep) -> ScriptStep:
        if step.verb == "identity" or self.chance.random() > 0.15:  # shown again for a while only
            return step
        self.keys.append(len(self.keys))
        return ScriptStep(
            step.verb, step.complaint, step.who, step.body, step.after, step.seen, self.keys[-1]
        )

    def _possible(self, model: Model, c: Thing) -> tuple[str, Who]:
        """A verb of this stage, more often one that keeps it going, and somebody who may do it."""
        here = [verb for verb in VERBS if c["stage"] in VERBS[verb] and VERBS[verb] != STAGES]
        verbs = [*here, *ANY_TIME]
        verb = self.chance.choices(verbs, [_weight(verb, c) for verb in verbs])[0]
        able = [who for who in CAST if model.may(who, verb, c) and model.may(who, "VIEW", c)]
        return verb, self.chance.choice(able or CAST)

    def _later(self) -> timedelta:
        span = self.chance.choices(SPANS, OFTEN)[0] * self.chance.uniform(0.5, 1.5)
        return span if self.chance.random() < 0.95 else -min(span, timedelta(hours=5))

    def _until(self, c: Thing, now: datetime) -> timedelta:
        """How long it takes; now and then to a moment that matters, or a second before or after it."""
        moments: list[datetime] = [clock["due"] for clock in c["clocks"].values()]
        moments += [c["ended"] + REOPENED_WITHIN] if c["ended"] else []
        later = [moment - now for moment in moments if moment > now]
        if not later or self.chance.random() > 0.12:
            return self._later()
        return self.chance.choice(later) + timedelta(seconds=self.chance.choice([-1, 0, 1]))

    def _said(self, verb: str, c: Thing, now: datetime) -> dict[str, Any]:
        return BODIES[verb](Draw(self.chance, c, now))

    def _others(self, verb: str, number: int, lively: list[int]) -> dict[str, Any]:
        """Other complaints for a merge and a split; for the rest an example of each required field."""
        if verb == "merge":
            others = [each for each in lively if each != number]
            return {"into": self.chance.choice(others * 4 + [number, -1])}
        if verb == "split":
            first, self.filings = self.filings + 1, self.filings + self.chance.choice([1, 1, 2])
            known = {"kind": self.chance.choice(KINDS)} if self.chance.random() < 0.5 else {}
            numbers = range(first, self.filings + 1)
            return {"parts": [{"number": n, "text": "Lampu", "title": "Lampu", **known} for n in numbers]}
        return right(tuple(field for field in WORKFLOW[verb].fields if field.required))
