"""The test of the model: wrong models, and a wrong application, must be found."""

from pathlib import Path
from typing import Any

import pytest

from lapor.domain.deadlines.clock import Clock, Running
from lapor.domain.deadlines.timing import Timing

from .game import Found, GameRunner
from .model import Model
from .wrong import WRONG

EPISODES, STEPS = 60, 150


def first_found(table: GameRunner) -> Found:
    for seed in range(EPISODES):
        if found := table.episode(seed, STEPS):
            return found
    raise AssertionError(f"{table.model.__name__} was not found out in {EPISODES * STEPS} steps")


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_wrong_model_is_found_out_and_the_script_that_shows_it_is_short(
    tmp_path: Path, wrong: type[Model]
) -> None:
    found = first_found(GameRunner(tmp_path, wrong))

    assert len(found.steps) <= 12, f"{found}"


def test_an_application_that_forgets_what_a_wait_took_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = Timing.resume

    def forgetful(self: Timing, moved: Running, n: int, **rest: Any) -> Clock:
        from dataclasses import replace

        return replace(resume(self, moved, n, **rest), due_at=moved.clock.due_at)

    monkeypatch.setattr(Timing, "resume", forgetful)

    found = first_found(GameRunner(tmp_path))

    assert {"ask-reporter", "complete"} <= {step.verb for step in found.steps}
