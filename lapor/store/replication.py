"""What a database's servers are up to: whether one takes writes, and whether others hold what it commits."""

from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo

from lapor.store.database import connection_string

SEEN_BY = "pg_read_all_stats"
"""The role of PostgreSQL's that may see which standbys are attached."""
# FIRST and ANY say how many standbys a commit waits for; a list alone means one.
_LOOK = f"""
    SELECT current_setting('transaction_read_only') = 'off', current_setting('synchronous_commit'),
           CASE names WHEN '' THEN 0 ELSE coalesce(
               substring(names FROM '(?i)^\\s*(?:first\\s|any\\s)?\\s*(\\d+)\\s*\\(')::int, 1) END,
           pg_has_role(current_user, '{SEEN_BY}', 'USAGE'),
           (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))
      FROM current_setting('synchronous_standby_names') AS names
"""  # noqa: S608 - words of our own


@dataclass(frozen=True, slots=True)
class ReplicationState:
    """How a server stands: whether it takes writes, and how its commits wait for standbys."""

    writable: bool
    commit: str
    """``synchronous_commit`` of the service's connections."""
    needed: int
    """How many standbys must hold a commit; 0 where none is named."""
    seen: bool
    """Whether we may see how many are attached."""
    attached: int

    @property
    def held_up(self) -> bool:
        """Whether commits wait for a standby that is not there."""
        return self.seen and self.attached < self.needed and self.commit not in {"off", "local"}

    @property
    def lacks(self) -> str | None:
        """Why what is acknowledged may stand on this server alone, and what to do; None where it does not."""
        if not self.needed:
            return (
                "no standby is synchronous: what is acknowledged would be lost with this server;"
                " attach one and name it in synchronous_standby_names"
            )
        if self.commit not in {"on", "remote_apply"}:
            return f"synchronous_commit is {self.commit}: commits do not wait for a standby's disk; set it on"
        if not self.seen:
            return f"whether a standby is attached cannot be seen: GRANT {SEEN_BY} TO lapor_app"
        if self.attached < self.needed:
            return (
                f"{self.attached} of {self.needed} synchronous standbys are attached, so commits wait:"
                " attach the missing one, or take it out of synchronous_standby_names"
            )
        return None


def standing(connection: psycopg.Connection) -> ReplicationState:
    """How the server at the other end of a connection stands."""
    return ReplicationState(*(connection.execute(_LOOK).fetchone() or (False, "off", 0, False, 0)))


def look(url: str) -> ReplicationState:
    """The same, as the login of ``url``: before the first migration there is no role of ours."""
    with psycopg.connect(connection_string(url, role="none")) as connection:
        return standing(connection)


def only_read(url: str) -> bool:
    """Whether a server answers, and takes no writes: a standby that was not promoted (yet)."""
    try:
        with psycopg.connect(make_conninfo(connection_string(url), target_session_attrs="any")) as connection:
            return not standing(connection).writable
    except psycopg.Error:
        return False
