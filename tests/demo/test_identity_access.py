"""In the demo an anonymous reporter is viewed only while the grant is valid, after long holidays too."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from lapor.demo import generator
from lapor.demo.player import Play
from lapor.demo.scenes import identity_access
from lapor.domain.complaint import events
from lapor.domain.complaint.lifecycle.identity_access import GRANTED_FOR
from lapor.domain.vocabulary import Privacy

from .conftest import MakeService, all_rows

pytestmark = pytest.mark.xdist_group("demo")
AFTER_A_LONG_WEEKEND = datetime.fromisoformat("2026-06-05T14:00:00+07:00")
"""The offices were closed from 30 May to 1 June: a grant of Friday afternoon lapses before they open."""


def test_a_grant_that_lapsed_over_a_long_weekend_is_asked_for_once_more(
    new_running: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "_PRIVACY", {Privacy.ANONYMOUS: 1})
    monkeypatch.setattr(identity_access, "_SHARE", 1)
    running = new_running()
    play = Play(running, 600, 1, AFTER_A_LONG_WEEKEND, past=timedelta(days=14))

    play.perform(*play.begin(), lambda _: None)

    lives: dict[UUID, list[Any]] = defaultdict(list)
    for row in all_rows(running):
        lives[row.stream].append(row.event())
    again = 0
    for life in lives.values():
        granted = [event.at for event in life if isinstance(event, events.IdentityGranted)]
        for look in (
            event for event in life if isinstance(event, events.IdentityViewed) and event.break_glass
        ):
            assert timedelta() < look.at - granted[-1] <= GRANTED_FOR
            again += len(granted) > 1
    assert again > 0
