"""A load generator: copies of the simulated complaints, data of a nation's size in minutes.

A copy has its own id, key, code and word hashes. Its events are the same but for a few seconds, sealed under
its own key, and copied into the log in the order of time. Complaints that name each other (merged, split) are
copied together, and their copies name each other. Only for a log that the demo has made: the rules of an
append are kept because nothing else writes meanwhile.
"""

from random import Random

import psycopg

from lapor.demo.copies.copy_in import copy_claims, copy_events, copy_subjects, without_indexes
from lapor.demo.copies.plan import groups_of, plan
from lapor.demo.copies.source import read_played
from lapor.progress import Progress
from lapor.store.database import connection_string
from lapor.store.migrate import OWNER
from lapor.store.vault.master_keys import MasterKeys

_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.lapor_append', 0))"


def multiply(url: str, master: MasterKeys, complaints: int, *, seed: int, progress: Progress) -> int:
    """Copy the simulated complaints until there are ``complaints``; return how many events were added.

    ``url`` must be allowed to act as ``lapor_owner``.
    """
    with psycopg.connect(connection_string(url, role=OWNER, seconds=None)) as connection:
        connection.execute(_ALONE)
        lives, patterns = read_played(connection, master)
        chance = Random(f"{seed}/copies")  # noqa: S311 - a simulation
        plan(groups_of(lives, patterns), master, complaints - len(lives), chance)
        with without_indexes(connection, ["event", "vault.subject"]):
            copy_subjects(connection, lives)
            copy_claims(connection, lives)
            return copy_events(connection, patterns, progress)
