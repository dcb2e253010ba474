"""The model's verbs: what each of them asks for, and what becomes of the complaint."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .promises import CARRIED, Promises, Thing
from .table import ENDED, PRIVACIES, limit
from .working_days import TWO_PERSONS, office

MOST = 2  # questions, refusals, rejections, reopenings, objections
MOST_AGENCIES, MOST_COMMITMENTS, HIGHEST = 10, 20, 3
REOPENED_WITHIN = timedelta(days=30)
Body = dict[str, Any]


class Refused(Exception):
    """Why something is not done, by its code."""


class By(NamedTuple):
    """Who does it, in which role, for which agency, at what moment by his clock."""

    role: str
    agency: str | None
    id: str
    now: datetime


class Verbs(Promises):
    """Each verb changes the complaint that it is given, or raises ``Refused``."""

    inspectorates: frozenset[str]

    def fact(
        self, c: Thing, at: datetime, name: str, stage: str | None = None, *, internal: bool = False
    ) -> None:
        """Write down that something happened."""
        c["facts"].append(name)
        c["last"] = at
        c["internal"] |= {len(c["facts"])} if internal else set()
        if stage:
            c["stage"] = stage
            c["ended"] = at if stage in ENDED else None
            c["waiting"] = {} if stage in ENDED else c["waiting"]

    def filed(self, number: int, body: Body, by: By, at: datetime) -> Thing:
        oversight = body.get("kind") == "oversight"
        c: Thing = {"kind": None, "category": body.get("category"), "title": "title" in body}
        c |= {"privacy": "confidential" if oversight else body.get("privacy", "open")}
        c |= {"number": number, "agency": None, "agencies": [], "addressed": body.get("agency")}
        c |= {"accused": set(), "bound": False, "draft": None, "extended": set(), "objection": False}
        c |= {"committed": 0, "commitments": set(), "level": 0, "redacted": False, "published": False}
        c |= {"sp4n": None, "into": None, "followers": 0, "parts": []}
        c |= dict.fromkeys(("asked", "declined", "rejected", "reopened", "objected"), 0)
        c |= {"missed": {}, "excused": set()}
        c |= {"named": "reporter" in body, "glass_asked": None, "glass_open": None, "secret": set()}
        c |= {"requested": False, "held": False, "erased": False}
        c |= {"clocks": {}, "waiting": {}, "count": {}, "stops": [], "facts": [], "internal": set()}
        c |= {"roles": [by.role], "handlers": set() if by.role == "reporter" else {by.id}}
        self.know_as(c, body.get("kind"))
        self.fact(c, at, "filed", "filed")
        self.promise(c, "verify", None, at)
        return c

    def once_more(self, c: Thing, what: str) -> None:
        """Count something that may happen twice."""
        if c[what] >= MOST:
            raise Refused("limit_reached")
        c[what] += 1

    def know_as(self, c: Thing, kind: str | None) -> None:
        """An oversight complaint is about whom it was addressed to, and who had it when it became one."""
        if kind == "oversight" != c["kind"]:
            c["accused"] |= {*c["agencies"], c["addressed"]} - {None}
        c["kind"] = kind

    def impartial(self, c: Thing, agency: str) -> None:
        """It goes to an inspectorate, if there is one, never to whom it is about."""
        wanted = c["kind"] == "oversight" and agency not in self.inspectorates
        if wanted and (self.inspectorates or agency in c["accused"]):
            raise Refused("invalid_field")

    def speaks_for(self, c: Thing, by: By) -> Any:
        return by.agency if by.agency in c["agencies"] else c["agency"]

    def tighten(self, c: Thing, at: datetime, wanted: str | None = None, role: str = "") -> None:
        """Officers never loosen privacy, and oversight complaints are confidential and not public."""
        looser = wanted and PRIVACIES.index(wanted) < PRIVACIES.index(c["privacy"])
        if looser and role != "reporter":
            raise Refused("invalid_field")
        privacy = "confidential" if c["kind"] == "oversight" else wanted or c["privacy"]
        if privacy != c["privacy"]:
            c["privacy"] = privacy
            self.fact(c, at, "privacy_set")
        if privacy == "confidential":
            self.hide(c, at)

    def hide(self, c: Thing, at: datetime) -> None:
        if c["published"]:
            c["published"] = False
            self.fact(c, at, "unpublished")

    # -- the coordinating office

    def verify(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.know_as(c, body["kind"])
        c |= {"category": body["category"], "title": True}
        self.fact(c, at, "verified", "verified")
        self.tighten(c, at, body.get("privacy"))

    def reclassify(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        kind, category = body["kind"], body.get("category", c["category"])
        if (kind, category) == (c["kind"], c["category"]) and "title" not in body:
            raise Refused("invalid_field")
        self.known_otherwise(c, at, kind, category)
        self.tighten(c, at)

    def known_otherwise(self, c: Thing, at: datetime, kind: str, category: str) -> None:
        """It is of another kind; taken from its agencies if it is about their conduct."""
        away = kind == "oversight" != c["kind"] and bool(set(c["agencies"]) - self.inspectorates)
        if away:
            self.take_away(c, at)
        else:
            self.reckon_anew(c, kind, at)
        self.know_as(c, kind)
        c["category"] = category
        if away:
            c |= {"agency": None, "agencies": [], "draft": None, "bound": False}
        self.fact(c, at, "reclassified", "verified" if away else None)

    def route(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        kind, category = body.get("kind", c["kind"]), body.get("category", c["category"])
        titled, to = c["title"] or "title" in body, body["agency"]
        if to == c["agency"]:
            raise Refused("invalid_field")
        self.arbitrated(c, by)
        if None in {kind, category} or not titled:
            raise Refused("invalid_field")
        if c["stage"] == "filed":
            self.know_as(c, kind)
            self.fact(c, at, "verified", "verified")
        elif (kind, category) != (c["kind"], c["category"]) or "title" in body:
            self.known_otherwise(c, at, kind, category)
        c |= {"category": category, "title": titled}
        self.impartial(c, to)
        self.tighten(c, at)
        self.keep(c, at, "verify")
        self.void(c, at, "accept")
        self.promise(c, "accept", to, at)
        self.hand_over(c, to, at)
        for step in CARRIED:
            if (step, to) not in c["clocks"]:
                self.promise(c, step, to, at)
        c["agencies"] = [to, *(each for each in c["agencies"] if each not in {to, c["agency"]})]
        c |= {"agency": to, "draft": None, "bound": c["bound"] or by.role == "arbiter"}
        self.fact(c, at, "routed", "routed")

    def arbitrated(self, c: Thing, by: By) -> None:
        """What was declined twice is the arbiter's, and what he decided only he decides again."""
        disputed = c["stage"] == "disputed" and c["declined"] >= MOST
        if by.role != "arbiter" and (c["bound"] or disputed):
            raise Refused("limit_reached")

    def involve(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if body["agency"] in c["agencies"]:
            raise Refused("invalid_field")
        if len(c["agencies"]) >= MOST_AGENCIES:
            raise Refused("limit_reached")
        self.impartial(c, body["agency"])
        c["agencies"].append(body["agency"])
        self.promise(c, "follow_up", body["agency"], at)
        self.fact(c, at, "agency_involved")

    def archive(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "verify")
        self.void(c, at, *CARRIED)
        self.fact(c, at, "archived", "archived")

    def transfer(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "verify")
        self.void(c, at, *CARRIED)
        self.fact(c, at, "transferred", "transferred")

    def merge(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        into = body["others"].get(body["into"])
        privacies = {c["privacy"], into["privacy"]}
        looser = PRIVACIES.index(into["privacy"]) < PRIVACIES.index(c["privacy"])
        if into is c or into["stage"] in ENDED or "confidential" in privacies or looser:
            raise Refused("invalid_field")
        self.keep(c, at, "verify")
        self.void(c, at, *CARRIED)
        c["into"] = into["number"]
        self.fact(c, at, "merged", "merged")
        into["followers"] += 1
        into["handlers"] |= {by.id}
        self.fact(into, max(by.now, c["last"], into["last"]), "follower_added")

    def split(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.fact(c, at, "split")
        for part in body["parts"]:
            taken = {"kind": c["kind"], "category": c["category"], "privacy": c["privacy"]}
            known = {name: value for name, value in {**taken, **part}.items() if value is not None}
            known["agency"] = c["addressed"]
            known |= {"reporter": {}} if c["named"] else {}
            body["others"][part["number"]] = self.filed(part["number"], known, by, by.now)
            c["parts"].append(part["number"])

    def extend(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        step, owed = body["step"], (body["step"], body.get("agency", c["agency"]))
        if step not in {"follow_up", "resolve"}:
            raise Refused("invalid_field")
        self.once_only(c, owed)
        if not self.still_to_be_kept(c, owed, at):
            raise Refused("limit_reached")
        if body["working_days"] > (limit(step, c["kind"]) or (0, ""))[0]:
            raise Refused("invalid_field")
        self.put_off(c, owed, body["working_days"], at)
        due = c["clocks"][owed]["due"]
        if any(c["clocks"][legal]["due"] < due for legal in self.owed(c, "legal_limit")):
            raise Refused("limit_reached")
        self.fact(c, at, "deadline_extended")

    def once_only(self, c: Thing, owed: Any) -> None:
        if owed in c["extended"]:
            raise Refused("limit_reached")

    def escalate(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["level"] >= HIGHEST:
            raise Refused("limit_reached")
        c["level"] += 1
        self.fact(c, at, "escalated", internal=True)

    def link_sp4n(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["sp4n"] is not None:
            raise Refused("invalid_field")
        if any(each["sp4n"] == body["tracking_id"] for each in body["others"].values()):
            raise Refused("taken")
        c["sp4n"] = body["tracking_id"]
        self.fact(c, at, "sp4n_linked")

    # -- privacy, and what everybody may read

    def set_privacy(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if body["privacy"] == c["privacy"] or c["kind"] == "oversight":
            raise Refused("invalid_field")
        self.tighten(c, at, body["privacy"], by.role)

    def redact(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["privacy"] == "confidential":
            raise Refused("limit_reached")
        c["redacted"] = True
        self.fact(c, at, "redacted", internal=True)

    def publish(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["privacy"] == "confidential" or not c["redacted"] or c["published"]:
            raise Refused("limit_reached")
        c["published"] = True
        self.fact(c, at, "published")

    def unpublish(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if not c["published"]:
            raise Refused("limit_reached")
        c["published"] = False
        self.fact(c, at, "unpublished")

    # -- questions to the reporter

    def ask_reporter(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.once_more(c, "asked")
        self.pause(c, at)
        self.promise(c, "reporter_completion", None, at)
        c["returns_to"] = c["stage"]
        self.fact(c, at, "completion_asked", "awaiting_reporter")

    def complete(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "reporter_completion")
        self.resume(c, at)
        self.fact(c, at, "completed", c["returns_to"])

    # -- the agencies

    def accept(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "accept")
        self.fact(c, at, "accepted", "in_progress")

    def decline(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if body["suggested_agency"] == c["agency"]:
            raise Refused("invalid_field")
        if c["bound"]:
            raise Refused("limit_reached")
        self.once_more(c, "declined")
        self.keep(c, at, "accept")
        self.hand_over(c, None, at)
        if not self.owed(c, *CARRIED, by=None):
            self.promise(c, "verify", None, at)
        c["agencies"].remove(c["agency"])
        c |= {"agency": None, "draft": None}
        self.fact(c, at, "declined", "disputed")

    def follow_up(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        agency = self.speaks_for(c, by)
        if c["stage"] == "routed" and agency == c["agency"]:
            self.accept(c, at, body, by)
        self.keep(c, at, "follow_up", by=agency)
        self.fact(c, at, "followed_up", internal=not body.get("public"))

    def respond(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["agency"] in TWO_PERSONS:
            raise Refused("approval_required")
        if c["stage"] == "routed":
            self.accept(c, at, body, by)
        self.answer(c, at)

    def answer(self, c: Thing, at: datetime) -> None:
        self.keep(c, at, *CARRIED, by=c["agency"])
        self.void(c, at, *CARRIED)
        self.promise(c, "reporter_reply", None, at)
        c["draft"] = None
        self.fact(c, at, "responded", "responded")

    def draft_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["stage"] == "routed":
            self.accept(c, at, body, by)
        c["draft"] = by.id
        self.fact(c, at, "response_drafted", internal=True)

    def approve_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["draft"] is None:
            raise Refused("limit_reached")
        self.two_persons(c, by)
        self.fact(c, at, "response_approved", internal=True)
        self.answer(c, at)

    def two_persons(self, c: Thing, by: By) -> None:
        if c["draft"] == by.id:
            raise Refused("not_allowed")

    def return_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["draft"] is None:
            raise Refused("limit_reached")
        c["draft"] = None
        self.fact(c, at, "response_returned", internal=True)

    def commit(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        today = at.astimezone(ZoneInfo(office(self.speaks_for(c, by)).zone)).date()
        if body["promised_on"] < today:
            raise Refused("invalid_field")
        if c["committed"] >= MOST_COMMITMENTS:
            raise Refused("limit_reached")
        c["committed"] += 1
        c["commitments"] |= {c["committed"]}
        self.fact(c, at, "commitment_made")

    def keep_commitment(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if not c["commitments"]:
            raise Refused("limit_reached")
        n = body.get("n", min(c["commitments"]))
        if n not in c["commitments"]:
            raise Refused("invalid_field")
        c["commitments"] -= {n}
        self.fact(c, at, "commitment_kept")

    def note(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.fact(c, at, "noted", internal=True)

    # -- who the reporter is

    def identity(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.looked_for_a_reason(c, body, by)
        anonymous = c["privacy"] == "anonymous"
        if anonymous and not self.glass_is_open(c, at, by):
            raise Refused("limit_reached")
        if c["privacy"] == "confidential" and by.role == "national":
            raise Refused("not_allowed")
        if not c["named"]:
            raise Refused("limit_reached")
        self.fact(c, at, "identity_viewed")

    def request_identity(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.looked_for_a_reason(c, body, by)
        if c["privacy"] != "anonymous":
            raise Refused("limit_reached")
        self.fact(c, at, "identity_requested")
        c["glass_asked"] = by.id, body["reason_code"], len(c["facts"])

    def grant_identity(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["glass_asked"] is None:
            raise Refused("limit_reached")
        asker, why, version = c["glass_asked"]
        self.read(version, body)
        self.another(asker, by)
        c |= {"glass_asked": None, "glass_open": (asker, at)}
        self.keep_secret(c, why)
        self.fact(c, at, "identity_granted")

    def read(self, version: int, body: Body) -> None:
        if body["request"] != version:
            raise Refused("invalid_field")

    def another(self, asker: str, by: By) -> None:
        if asker == by.id:
            raise Refused("not_allowed")

    def looked_for_a_reason(self, c: Thing, body: Body, by: By) -> None:
        if body["reason_code"] == "investigation" and by.role not in {"inspector", "dpo"}:
            raise Refused("invalid_field")
        self.keep_secret(c, body["reason_code"])

    def keep_secret(self, c: Thing, why: str) -> None:
        """The reporter is not told of the fact that comes next, where it is for an investigation."""
        c["secret"] |= {len(c["facts"]) + 1} if why == "investigation" else set()

    def glass_is_open(self, c: Thing, at: datetime, by: By) -> bool:
        officer, since = c["glass_open"] or ("", at)
        return officer == by.id and at <= since + timedelta(hours=72)

    def excuse(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        missed = self.missed(c, body["step"], at)
        n = body.get("n", max(missed, default=0))
        if n not in missed:
            raise Refused("invalid_field")
        if missed[n] is None and by.role == "coordinator":
            raise Refused("not_allowed")
        c["excused"].add((body["step"], n))
        self.fact(c, at, "deadline_excused")

    # -- personal data

    def request_erasure(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["requested"]:
            raise Refused("limit_reached")
        c["requested"] = True
        self.fact(c, at, "erasure_requested")

    def erase(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["held"]:
            raise Refused("legal_hold")
        self.hide(c, at)
        self.void(c, at)
        self.fact(c, at, "personal_data_erased", None if c["stage"] in ENDED else "closed")
        c["erased"] = True

    def place_legal_hold(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.hold(c, at, "legal_hold_placed", held=True)

    def lift_legal_hold(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.hold(c, at, "legal_hold_lifted", held=False)

    def hold(self, c: Thing, at: datetime, name: str, *, held: bool) -> None:
        if c["held"] is held:
            raise Refused("limit_reached")
        c["held"] = held
        self.fact(c, at, name, internal=True)

    # -- the reporter, and the end

    def accept_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "reporter_reply")
        self.fact(c, at, "response_accepted")
        if "rating" in body:
            self.fact(c, at, "rated")
        self.void(c, at)
        self.fact(c, at, "closed", "closed")

    def reject_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.once_more(c, "rejected")
        self.keep(c, at, "reporter_reply")
        self.promise(c, "resolve", c["agency"], at)
        self.fact(c, at, "response_rejected", "in_progress")

    def rate(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.fact(c, at, "rated")

    def close(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["objection"]:
            raise Refused("limit_reached")
        self.void(c, at)
        self.fact(c, at, "closed", "closed")

    def in_time(self, c: Thing, at: datetime) -> None:
        """What ended is taken up again within thirty days."""
        if c["ended"] and at > c["ended"] + REOPENED_WITHIN:
            raise Refused("limit_reached")

    def take_up(self, c: Thing, at: datetime, name: str) -> None:
        stage, step = ("in_progress", "resolve") if c["agency"] else ("filed", "verify")
        self.promise(c, step, c["agency"], at)
        c["agencies"] = c["agencies"] if c["agency"] else []
        self.fact(c, at, name, stage)

    def reopen(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.in_time(c, at)
        self.once_more(c, "reopened")
        self.take_up(c, at, "reopened")

    def object(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["objection"]:
            raise Refused("limit_reached")
        self.in_time(c, at)
        self.once_more(c, "objected")
        c["objection"] = True
        self.fact(c, at, "objected")

    def decide_objection(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if not c["objection"]:
            raise Refused("limit_reached")
        self.no_part_in_it(c, by)
        c["objection"] = False
        if body["upheld"]:
            self.keep(c, at, "reporter_reply")
            self.take_up(c, at, "objection_decided")
        else:
            self.fact(c, at, "objection_decided")

    def no_part_in_it(self, c: Thing, by: By) -> None:
        if by.id in c["handlers"]:
            raise Refused("not_allowed")

    def refer_to_ombudsman(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.fact(c, at, "referred_to_ombudsman")

    def withdraw(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["kind"] == "oversight":  # pursued without its reporter
            waited = c["stage"] == "awaiting_reporter"
            self.void(c, at, "reporter_completion")
            self.resume(c, at)
            self.fact(c, at, "withdrawn", c["returns_to"] if waited else None)
        else:
            self.void(c, at)
            self.fact(c, at, "withdrawn", "withdrawn")
            self.hide(c, at)
