"""A complaint service as a dict for each complaint: who may do what, and what becomes of it."""

from copy import deepcopy
from datetime import datetime

from .common import By, Refused
from .promises import Thing
from .script import ScriptStep, Who
from .table import FEWER, NO_HAND_IN_IT, PRIVACIES, RIGHTS, VERBS, WITHOUT_VERSION
from .verbs import Verbs
from .working_days import AGENCIES, BeyondCalendar


class Model(Verbs):
    """The expected behaviour, in plain Python."""

    def __init__(self, inspectorates: frozenset[str] = frozenset()) -> None:
        self.complaints: dict[int, Thing] = {}
        self.inspectorates = inspectorates

    # -- who may do what

    def acts_as(self, who: Who, act: str, c: Thing) -> tuple[str, str | None] | None:
        """Return the role and agency in which a caller does it; None if they have no right.

        The first of their roles that may at this stage, or at another if none may; the reporter's comes last.
        """
        rights = RIGHTS[act]
        held = [(role, of) for role, of in who.roles if self.reaches(rights.get(role), of, c)]
        if self.recognised(who, c) and "reporter" in rights:
            held.append(("reporter", None))
        now = [(role, of) for role, of in held if act in VERBS and self.at_this_stage(act, role, c)]
        return next(iter([*now, *held]), None)

    def recognised(self, who: Who, c: Thing) -> bool:
        """The receipt that was given out for it opens it, until it is erased."""
        return who.receipt == "right" and not c["erased"]

    def at_this_stage(self, verb: str, role: str, c: Thing) -> bool:
        return c["stage"] in FEWER.get((verb, role), VERBS[verb])

    def may(self, who: Who, act: str, c: Thing) -> bool:
        return self.acts_as(who, act, c) is not None

    def reaches(self, scope: str | None, agency: str | None, c: Thing) -> bool:
        oversight = c["kind"] == "oversight"
        reached: dict[str | None, bool] = {
            None: False,
            "all": True,
            "agency": agency in c["agencies"],
            "lead": agency is not None and agency == c["agency"],
            "oversight": oversight,
            "ordinary": not oversight,
            "own": False,
        }
        return reached[scope]

    def shown(self, who: Who, c: Thing) -> dict[str, bool]:
        """Return the parts of a complaint that a caller with access to it sees."""
        anonymous, confidential = (c["privacy"] == each for each in PRIVACIES[1:])
        own = self.recognised(who, c)
        as_officer = any(self.reaches(RIGHTS["VIEW"].get(role), of, c) for role, of in who.roles)
        protectors = any(role in {"dpo", "auditor"} for role, _ in who.roles)
        return {
            "identity": (own and not who.roles) or (not anonymous and self.may(who, "IDENTITY", c)),
            "content": not confidential or self.may(who, "CONFIDENTIAL", c),
            "instants": not anonymous or protectors,
            "as_reporter": own and not as_officer,
            "himself": own and not who.roles,
        }

    def possible(self, who: Who, c: Thing) -> set[str]:
        if c["erased"]:
            return set()
        acting = {verb: self.acts_as(who, verb, c) for verb in VERBS}
        return {verb for verb, held in acting.items() if held and self.at_this_stage(verb, held[0], c)}

    def followed(self, c: Thing) -> Thing:
        """The complaint that goes on for one that was merged."""
        return self.followed(self.complaints[c["into"]]) if c["into"] is not None else c

    # -- what is done

    def do(self, step: ScriptStep, now: datetime) -> str | None:
        """Play one step. Returns the refusal's code, None where it was done."""
        try:
            if step.verb == "file":
                self._file(step, now)
            else:
                self._act(step, now)
        except Refused as refusal:
            return str(refusal)
        except BeyondCalendar:
            return "beyond_calendar"
        return None

    def _file(self, step: ScriptStep, now: datetime) -> None:
        self._exist(step)
        role, agency = step.who.roles[0] if step.who.roles else ("reporter", None)
        self.complaints[step.complaint] = self.filed(
            step.complaint, step.body, By(role, agency, step.who.id, now), now
        )

    def _exist(self, step: ScriptStep) -> None:
        named = {step.body.get(name) for name in ("agency", "suggested_agency")} - {None}
        if named - set(AGENCIES) or step.body.get("into", 0) not in {0, *self.complaints}:
            raise Refused("invalid_field")

    def _act(self, step: ScriptStep, now: datetime) -> None:
        if not step.who.roles and step.who.receipt is None:
            raise Refused("not_signed_in")
        if step.complaint not in self.complaints:
            raise Refused("not_found")
        mine = {step.complaint, step.body.get("into")}
        changed = {n: deepcopy(each) if n in mine else each for n, each in self.complaints.items()}
        c = changed[step.complaint]
        if not self.may(step.who, "VIEW", c):
            raise Refused("not_found")
        held = self.acts_as(step.who, step.verb, c)
        if held is None:
            raise Refused("not_allowed")
        if step.seen == "stale":
            raise Refused("stale_version")
        if step.seen is None and step.verb not in WITHOUT_VERSION:
            raise Refused("version_required")
        if c["erased"]:
            raise Refused("erased")
        self._exist(step)
        if not self.at_this_stage(step.verb, held[0], c):
            raise Refused("stage_forbids")
        by = By(*held, "citizen" if held[0] == "reporter" else step.who.id, now)
        at = max(now, c["last"])  # time never falls within a complaint
        body = {**step.body, "others": changed}
        getattr(self, step.verb.replace("-", "_"))(c, at, body, by)
        for each in changed.values():
            each["roles"] += [by.role] * (len(each["events"]) - len(each["roles"]))
        if by.role != "reporter" and step.verb not in NO_HAND_IN_IT:
            c["handlers"] |= {by.id}
        self.complaints = changed
