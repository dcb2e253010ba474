"""Clients that take complaints through their lives, and ask again until they know what became of it."""

import time
from collections.abc import Callable
from threading import Event
from uuid import UUID

from .history import Answered, Command, History
from .slack import slack

PATIENCE = 40.0  # seconds until a client gives up on a command and notes that it does not know
PAUSE = 0.05
LIFE = ("route", "follow-up", "follow-up", "respond", "accept-response")

Send = Callable[[Command, "UUID | None", "str | None"], Answered]
"""Send a command, about a stream and with its receipt, once. Raises ``LostError`` or ``RefusedError``."""


class LostError(Exception):
    """There was no answer, or one that says: not known, try again."""


class RefusedError(Exception):
    """The service said no; nothing may have been stored."""


def carry_out(
    send: Send, history: History, verb: str, filed: Answered | None = None, *, patience: float = PATIENCE
) -> Answered | None:
    """Do one command, with retries under its one key; None where it was refused, or nobody knows."""
    command = history.begin(verb)
    while time.monotonic() < command.began + patience * slack():
        try:
            answered = send(command, filed.stream if filed else None, filed.receipt if filed else None)
        except LostError:
            time.sleep(PAUSE)
        except RefusedError as refused:
            command.refused = str(refused)
            return None
        else:
            command.acknowledge(answered)
            return answered
    return None


def work(
    send: Send, history: History, stop: Event, *, lives: int = 10**9, life: tuple[str, ...] = LIFE
) -> None:
    """Run one client until it is told to stop; the command in progress is brought to its end."""
    for _ in range(lives):
        filed = carry_out(send, history, "file")
        for verb in life:
            if stop.is_set() or filed is None:
                break
            if carry_out(send, history, verb, filed) is None:
                break
        if stop.is_set():
            return
