"""A history hides every text from viewers who may not read it, under any field's name."""

from pathlib import Path
from uuid import UUID

import pytest

from lapor.application.queries.complaint_views import Viewer, history_view
from lapor.application.sealing import Opener
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.complaint import Complaint
from lapor.domain.vocabulary import Privacy, Role
from lapor.store.codec import event_class_of
from lapor.store.event_log import RecordedEvent
from lapor.store.vault.seal import ERASED

from ..domain.story import Story

FOSSILS = sorted((Path(__file__).parents[1] / "fossils").glob("lapor.complaint.*.json"))
ZONE = "Asia/Jakarta"


def recorded(fossil: Path) -> RecordedEvent:
    topic = fossil.name.rsplit(".", 2)[0]
    return RecordedEvent(1, UUID(int=1), 1, topic, fossil.read_bytes())


def shown_to(viewer: Viewer, fossil: Path) -> str:
    """Return the data of the event as this viewer sees them; every text reads as an erased one."""
    return str([item["data"] for item in history_view(viewer, [recorded(fossil)], Opener(None))])


def confidential() -> Complaint:
    return Story().filed(privacy=Privacy.CONFIDENTIAL).complaint


@pytest.mark.parametrize("fossil", FOSSILS, ids=lambda path: path.stem)
def test_no_text_of_a_confidential_complaint_is_shown_to_an_auditor(fossil: Path) -> None:
    auditor = Caller("auditor", (RoleAssignment(Role.AUDITOR),))

    assert ERASED not in shown_to(Viewer.of(auditor, confidential(), ZONE), fossil)


@pytest.mark.parametrize("fossil", FOSSILS, ids=lambda path: path.stem)
def test_the_reporter_reads_no_text_of_an_internal_event(fossil: Path) -> None:
    complaint = confidential()
    reporter = Viewer.of(Caller(receipt_for=complaint.id), complaint, ZONE)
    event, text = recorded(fossil).event(), fossil.read_text()
    internal = getattr(event, "internal", False)

    assert event_class_of(event.TOPIC) is type(event)
    told = shown_to(reporter, fossil)
    if internal:
        assert ERASED not in told
        assert not any(word in told for word in ("outcome", "reference"))
    elif '"s1.' in text:
        assert ERASED in told
