"""The state of replication: whether a server takes writes, and whether standbys have its commits."""

from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo

from lapor.store.database import connection_string

SEEN_BY = "pg_read_all_stats"
"""PostgreSQL's role that may see which standbys are attached."""
# FIRST and ANY say how many standbys a commit waits for; a list alone means one.
_STATE = f"""
    SELECT current_setting('transaction_read_only') = 'off', current_setting('synchronous_commit'),
           CASE names WHEN '' THEN 0 ELSE coalesce(
               substring(names FROM '(?i)^\\s*(?:first\\s|any\\s)?\\s*(\\d+)\\s*\\(')::int, 1) END,
           pg_has_role(current_user, '{SEEN_BY}', 'USAGE'),
           (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))
      FROM current_setting('synchronous_standby_names') AS names
"""  # noqa: S608 - constants of this module


@dataclass(frozen=True, slots=True)
class ReplicationState:
    """Whether a server takes writes, and how its commits wait for standbys."""

    writable: bool
    commit: str
    """``synchronous_commit`` of the service's connections."""
    needed: int
    """How many standbys must have a commit; 0 if none is named."""
    visible: bool
    """Whether the service may see how many are attached."""
    attached: int

    @property
    def stalled(self) -> bool:
        """Whether commits wait for a standby that is not attached."""
        return self.visible and self.attached < self.needed and self.commit not in {"off", "local"}

    @property
    def problem(self) -> str | None:
        """Why acknowledged events may be on this server alone, and what to do; None if they are not."""
        if not self.needed:
            return (
                "no standby is synchronous: acknowledged events would be lost with this server;"
                " attach one and name it in synchronous_standby_names"
            )
        if self.commit not in {"on", "remote_apply"}:
            return f"synchronous_commit is {self.commit}: commits do not wait for a standby's disk; set it on"
        if not self.visible:
            return f"whether a standby is attached cannot be seen: GRANT {SEEN_BY} TO lapor_app"
        if self.attached < self.needed:
            return (
                f"{self.attached} of {self.needed} synchronous standbys are attached, so commits wait:"
                " attach the missing one, or take it out of synchronous_standby_names"
            )
        return None


def read_state(connection: psycopg.Connection) -> ReplicationState:
    """Return the replication state of a connection's server."""
    return ReplicationState(*(connection.execute(_STATE).fetchone() or (False, "off", 0, False, 0)))


def read_state_at(url: str) -> ReplicationState:
    """Return the state as the login of ``url`` sees it: before the first migration Lapor has no role."""
    with psycopg.connect(connection_string(url, role="none")) as connection:
        return read_state(connection)


def is_read_only(url: str) -> bool:
    """Whether a server answers but takes no writes: a standby that was not promoted (yet)."""
    try:
        with psycopg.connect(make_conninfo(connection_string(url), target_session_attrs="any")) as connection:
            return not read_state(connection).writable
    except psycopg.Error:
        return False
