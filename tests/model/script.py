"""Scripts of a game: plain data, so that a failing script can be shortened and read."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Who:
    """Roles as ``(role, agency)``, none for the public; ``receipt``: None, right or wrong."""

    roles: tuple[tuple[str, str | None], ...] = ()
    receipt: str | None = None

    @property
    def id(self) -> str:
        return "+".join(f"{role}@{agency}" if agency else role for role, agency in self.roles) or "citizen"


@dataclass(frozen=True)
class ScriptStep:
    """Somebody does a verb on a complaint, some time after the step before.

    ``complaint`` is its number, given by the step that files it; -1: one that does not exist. ``seen``:
    ``*``, ``right``, ``stale`` or None. ``key`` names the request; ``again`` sends an earlier one once more,
    ``changed`` with another body.
    """

    verb: str
    complaint: int
    who: Who
    body: dict[str, Any] = field(default_factory=dict)
    after: timedelta = timedelta()
    seen: str | None = "*"
    key: int | None = None
    changed: bool = False

    def __str__(self) -> str:
        showing = f", receipt={self.who.receipt}" if self.who.receipt else ""
        said = " ".join(f"{name}={value}" for name, value in self.body.items())
        later = f"+{self.after}" if self.after >= timedelta() else f"-{-self.after}"
        return f"{later}: {self.who.id}{showing} {self.verb} #{self.complaint} {said} seen={self.seen}"
