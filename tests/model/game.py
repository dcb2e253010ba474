"""Plays scripts on the application and on the model, and shortens those that find a difference."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from .compare import Differs, compare, compare_all, compare_body, compare_view, same
from .laws import BrokenLaw, check_complaint, check_conformance
from .model import Model
from .play import CAST, Player
from .script import ScriptStep
from .working_days import INSPECTORATES, office
from .world import World

Failure = Differs | BrokenLaw


@dataclass
class Found:
    """A difference, and the shortest script that was found to show it."""

    seed: int
    beginning: datetime
    steps: list[ScriptStep]
    failure: Failure

    def __str__(self) -> str:
        script = "\n".join(f"  {step}" for step in self.steps)
        return f"seed {self.seed}, from {self.beginning}:\n{script}\n{self.failure}"


class Game:
    """One application and one model, at the same clock."""

    def __init__(self, folder: Path, model: Model, beginning: datetime, seed: int) -> None:
        self.world, self.model = World(folder, inspected=seed % 2 == 0), model
        model.inspectorates = frozenset(INSPECTORATES if seed % 2 == 0 else ())
        self.world.now = beginning
        self.onlooker = random.Random(seed)
        self.offices = {agency: office(code) for code, agency in self.world.agencies.items()}

    def play(self, step: ScriptStep) -> str | None:
        """One step in both; the code of the refusal, if it was one. Raises ``Differs`` or ``BrokenLaw``."""
        world, model = self.world, self.model
        if step.verb == "again":
            return self._again(step)
        world.now += step.after
        head, expected = world.application.log.head(), model.do(step, world.now)
        answer = world.do(step)
        same("answer", answer if isinstance(answer, str) else None, expected)
        number = step.complaint
        if isinstance(answer, str):
            same("log after a refusal", world.application.log.head(), head)
            return answer
        for each in {number, step.body.get("into", number), *model.complaints[number]["parts"]}:
            compare(world, model, each)
            check_complaint(world.events(each), self.offices)  # type: ignore[arg-type]
        if step.verb != "file":
            compare_body(world, model, number, step.who, answer.body, looked=step.verb == "identity")
        compare_view(world, model, number, self.onlooker.choice(CAST))
        return None

    def _again(self, step: ScriptStep) -> str | None:
        head, code = self.world.application.log.head(), None
        if step.key in self.world.keyed and not self._erased(step.key):
            answer = self.world.do(step)
            code = answer if isinstance(answer, str) else None
            same("repeated request", code, "idempotency_key_reused" if step.changed else None)
        same("log after a repetition", self.world.application.log.head(), head)
        return code

    def _erased(self, key: int) -> bool:
        """Whether that request was about what can be shown to nobody as it was."""
        return bool(self.model.complaints[self.world.keyed[key][0].complaint]["erased"])

    def finish(self) -> None:
        compare_all(self.world, self.model)
        check_conformance(self.world.application)


class GameRunner:
    """A folder for keys, and the model to play games with."""

    def __init__(self, folder: Path, model: Callable[[], Model] = Model) -> None:
        self.folder, self.model = folder, model
        self.happened: Counter[tuple[str, str | None]] = Counter()

    def episode(self, seed: int, steps: int) -> Found | None:
        """One game of so many random steps; what it found, as short as it could be made."""
        player, script = Player(seed), []
        beginning = player.beginning()
        game = Game(self.folder, self.model(), beginning, seed)
        try:
            for _ in range(steps):
                script.append(player.step(game.model, game.world.now))
                self.happened[script[-1].verb, game.play(script[-1])] += 1
            game.finish()
        except (Differs, BrokenLaw) as failure:
            return self.shorten(Found(seed, beginning, script, failure))
        return None

    def replay(self, found: Found, steps: Sequence[ScriptStep]) -> Failure | None:
        game = Game(self.folder, self.model(), found.beginning, found.seed)
        try:
            for step in steps:
                game.play(step)
            game.finish()
        except (Differs, BrokenLaw) as failure:
            return failure
        return None

    def shorten(self, found: Found) -> Found:
        """Leave out steps, ever smaller runs of them, as long as something still differs."""
        size = len(found.steps)
        while size:
            first = 0
            while first < len(found.steps):
                shorter = self._without(found, first, size)
                found, first = (shorter, first) if shorter else (found, first + size)
            size //= 2
        return found

    def _without(self, found: Found, first: int, size: int) -> Found | None:
        """The same without some steps, their time left out or spent all the same; None if all agree."""
        before, left_out, rest = (found.steps[part] for part in _cut(first, first + size))
        waits = sum((step.after for step in left_out), timedelta())
        waiting = [replace(step, after=step.after + waits) for step in rest[:1]] + rest[1:]
        for steps in ([*before, *rest], [*before, *waiting]):
            if failure := self.replay(found, steps):
                return Found(found.seed, found.beginning, steps, failure)
        return None


def _cut(first: int, last: int) -> tuple[slice, slice, slice]:
    return slice(first), slice(first, last), slice(last, None)
