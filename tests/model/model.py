"""A complaint service as a dict for each complaint: who may do what, and what becomes of it."""

from copy import deepcopy
from datetime import datetime

from .promises import Thing
from .script import Step, Who
from .table import PRIVACIES, RIGHTS, VERBS, WITHOUT_VERSION
from .verbs import Refused, Verbs
from .working_days import AGENCIES, BeyondCalendar


class Model(Verbs):
    """What ought to happen."""

    def __init__(self) -> None:
        self.complaints: dict[int, Thing] = {}

    # -- who may do what

    def acts_as(self, who: Who, act: str, c: Thing) -> str | None:
        """The first of his roles that has the right; the reporter's comes last, None where there is none."""
        rights = RIGHTS[act]
        for role, agency in who.roles:
            if self.reaches(rights.get(role), agency, c):
                return role
        return "reporter" if who.receipt == "right" and "reporter" in rights else None

    def may(self, who: Who, act: str, c: Thing) -> bool:
        return self.acts_as(who, act, c) is not None

    def reaches(self, scope: str | None, agency: str | None, c: Thing) -> bool:
        own = agency is not None and agency == c["agency"]
        oversight = c["kind"] == "oversight"
        return {
            None: False,
            "all": True,
            "agency": own,
            "oversight": oversight,
            "ordinary": not oversight,
            "own": False,
        }[scope]

    def shown(self, who: Who, c: Thing) -> dict[str, bool]:
        """What somebody who may see a complaint is shown of it."""
        anonymous, confidential = (c["privacy"] == each for each in PRIVACIES[1:])
        own = who.receipt == "right"
        protectors = any(role in {"dpo", "auditor"} for role, _ in who.roles)
        return {
            "identity": own or (not anonymous and self.may(who, "IDENTITY", c)),
            "content": not confidential or self.may(who, "CONFIDENTIAL", c),
            "instants": not anonymous or protectors,
            "as_reporter": own and not who.roles,
        }

    def possible(self, who: Who, c: Thing) -> set[str]:
        return {verb for verb, at in VERBS.items() if c["stage"] in at and self.may(who, verb, c)}

    # -- what is done

    def do(self, step: Step, now: datetime) -> str | None:
        """Play one step. Returns the refusal's code, None where it was done."""
        try:
            if step.verb == "file":
                c = self.filed(step.body, now)
                c["roles"] = [step.who.roles[0][0] if step.who.roles else "reporter"]
                self.complaints[step.complaint] = c
            else:
                self._act(step, now)
        except Refused as refusal:
            return str(refusal)
        except BeyondCalendar:
            return "beyond_calendar"
        return None

    def _act(self, step: Step, now: datetime) -> None:
        if not step.who.roles and step.who.receipt is None:
            raise Refused("not_signed_in")
        if step.complaint not in self.complaints:
            raise Refused("not_found")
        c = deepcopy(self.complaints[step.complaint])
        if not self.may(step.who, "VIEW", c):
            raise Refused("not_found")
        role = self.acts_as(step.who, step.verb, c)
        if role is None:
            raise Refused("not_allowed")
        if step.seen == "stale":
            raise Refused("stale_version")
        if step.seen is None and step.verb not in WITHOUT_VERSION:
            raise Refused("version_required")
        named = {step.body.get("agency"), step.body.get("suggested_agency")} - {None}
        if named - set(AGENCIES):
            raise Refused("invalid_field")
        if c["stage"] not in VERBS[step.verb]:
            raise Refused("stage_forbids")
        at = max(now, c["last"])  # time never falls within a complaint
        getattr(self, step.verb.replace("-", "_"))(c, at, step.body, role)
        c["roles"] += [role] * (len(c["facts"]) - len(c["roles"]))
        self.complaints[step.complaint] = c
