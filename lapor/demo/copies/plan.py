"""The plan of copies: of which complaints, when, and with which ids, keys and codes."""

import os
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from uuid import UUID

from lapor.application.identifiers import TRACKING_CODE, new_tracking_code
from lapor.demo.copies.source import CopiedComplaint, CopiedEvent, PlayedComplaint
from lapor.store.vault.master_keys import MasterKeys

_FEW_SECONDS = 60.0
_NUMBERS = 20_000_000, 99_999_999  # SP4N-LAPOR! numbers above the simulated ones
_NOBODY: Mapping[UUID, UUID] = {}


def groups_of(lives: list[PlayedComplaint], patterns: list[CopiedEvent]) -> list[list[PlayedComplaint]]:
    """Return the lives in groups that name each other, in the order in which they began."""
    group = {life.stream: [life] for life in lives}
    for pattern in patterns:
        for other in pattern.names:
            one, more = group[pattern.life.stream], group[other]
            if one is not more:
                one += more
                group |= {life.stream: one for life in more}
    return list({id(each): each for each in group.values()}.values())


def plan(groups: list[list[PlayedComplaint]], master: MasterKeys, copies: int, chance: Random) -> None:
    """Plan ``copies`` copies, each up to a minute later than its original."""
    rounds, left = Counter[int](), copies
    taken = {value for group in groups for life in group for _, value in life.unique_names}
    while fitting := [n for n, group in enumerate(groups) if len(group) <= left]:
        for n in fitting:
            if len(groups[n]) <= left:
                rounds[n] += 1
                left -= len(groups[n])
    for n, group in enumerate(groups):
        for seconds in sorted(chance.uniform(0, _FEW_SECONDS) for _ in range(rounds[n])):
            _copy_together(group, master, timedelta(seconds=seconds), chance, taken)


def _copy_together(
    group: list[PlayedComplaint], master: MasterKeys, later: timedelta, chance: Random, taken: set[str]
) -> None:
    streams = {life.stream: UUID(int=chance.getrandbits(128), version=4) for life in group}
    receipts = {life.receipt: os.urandom(32) for life in group}  # one may open several
    for life in group:
        names = tuple(_fresh(kind, chance, taken) for kind, _ in life.unique_names)
        stream = streams[life.stream]
        key, wrapped = master.new_key(stream)
        together = streams if len(group) > 1 else _NOBODY
        life.copies.append(
            CopiedComplaint(stream, key, wrapped, receipts[life.receipt], names, later, together)
        )


def _fresh(kind: str, chance: Random, taken: set[str]) -> str:
    """Return a code or number that is not taken yet."""
    while True:  # two of a million drawn ones may be equal
        drawn = new_tracking_code() if kind == TRACKING_CODE else str(chance.randrange(*_NUMBERS))
        if drawn not in taken:
            taken.add(drawn)
            return drawn
