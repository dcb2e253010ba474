"""Events of complaints that turned out to be one, or several."""

from __future__ import annotations

from uuid import UUID

from lapor.domain.complaint.events.base import ComplaintEvent
from lapor.domain.vocabulary import Stage


class Merged(ComplaintEvent):
    """It is about the same as ``into``, which goes on for both; its number stays (digabung)."""

    TOPIC = "lapor.complaint.merged"
    STAGE = Stage.MERGED

    into: UUID


class FollowerAdded(ComplaintEvent):
    """Another complaint about the same was merged into this one: ``follower``, whose reporter follows it."""

    TOPIC = "lapor.complaint.follower_added"

    follower: UUID


class Split(ComplaintEvent):
    """It held several matters; the others go on as complaints of their own (dipecah)."""

    TOPIC = "lapor.complaint.split"

    children: tuple[UUID, ...]
