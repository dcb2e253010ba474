"""The application and a plain model of it never disagree, at thousands of random steps."""

import os
from collections import Counter
from pathlib import Path

import pytest

from .game import GameRunner
from .table import VERBS

ENOUGH = 10_000  # steps, for the rare refusals to happen too: `make model`
STEPS = int(os.environ.get("LAPOR_MODEL_STEPS", "3000"))
PARTS, EPISODE = 2, 150
REFUSALS = {"not_signed_in", "not_found", "not_allowed", "version_required", "stale_version"}
REFUSALS |= {"stage_forbids", "limit_reached", "invalid_field", "beyond_calendar", "idempotency_key_reused"}
REFUSALS |= {"approval_required", "taken", "legal_hold", "erased"}
LIMITED = [
    "decline",
    "reject-response",
    "route",
    "extend",
    "object",
    "decide-objection",
    "escalate",
    "publish",
]


def played(folder: Path, part: int) -> Counter[tuple[str, str | None]]:
    """Count what happened in one part of the games; fail with the script that shows a difference."""
    table = GameRunner(folder)
    for seed in range(part, max(STEPS // EPISODE, PARTS), PARTS):
        found = table.episode(seed, EPISODE)
        assert found is None, f"the application and the model differ.\n{found}"
    return table.happened


@pytest.mark.parametrize("part", range(PARTS))
def test_the_application_does_what_a_plain_model_does(tmp_path: Path, part: int) -> None:
    happened = played(tmp_path, part)

    if STEPS >= ENOUGH:  # a play in which something never happens proves nothing about it
        assert {verb for verb, code in happened if code is None} == {*VERBS, "file", "again"}
        assert {code for _, code in happened} == {*REFUSALS, None}
        assert [verb for verb in LIMITED if not happened[verb, "limit_reached"]] == []
