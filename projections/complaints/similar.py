"""Complaints that are alike (serupa): near the same place, and sharing words that few others have.

A shared word counts by how rare it is (inverse document frequency); how often a term stands in all
complaints is what PostgreSQL's own statistics know. A word that they do not name is rare. Of those that
have its rarest words the newest are looked at, however long the log.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from uuid import UUID

from lapor.domain.access import Reach
from lapor.domain.vocabulary import Privacy
from lapor.store.database import Database
from projections.complaints.lists import register_of, within
from projections.complaints.register import REGISTER, RegisterLine

_RARE = 0.05  # a term in more complaints than this share says little
_ASKED_FOR = 8  # of the rarest terms
_FOUND = 800  # complaints, by estimate, that these find together; the rarest is always asked for
_CANDIDATES = 100
_UNNAMED = 0.0005
_SAME_CELL = 0.35
_FREQUENCIES = """
    SELECT most_common_elems::text::bigint[], most_common_elem_freqs,
           (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'vault.subject'::regclass)
      FROM pg_stats WHERE schemaname = 'vault' AND tablename = 'subject' AND attname = 'terms'
"""
_OWN = f"SELECT s.terms, r.cell FROM vault.subject s JOIN {REGISTER.table} r USING (stream) WHERE stream = %s"  # noqa: S608
_ALIKE = f"""
    WITH found AS MATERIALIZED (
        SELECT stream, at, terms FROM vault.subject WHERE terms && %(rare)s::bigint[]
    ), near AS (
        SELECT stream FROM {REGISTER.table} WHERE cell = %(cell)s ORDER BY filed_at DESC LIMIT %(most)s
    ), candidate AS (
        (SELECT stream, terms FROM found ORDER BY at DESC LIMIT %(most)s)
        UNION ALL
        (SELECT stream, terms FROM near JOIN vault.subject USING (stream))
    )
    SELECT stream, terms, cell FROM candidate JOIN {REGISTER.table} USING (stream)
     WHERE stream <> %(stream)s AND {{seen}} AND (privacy <> '{Privacy.CONFIDENTIAL}' OR {{read}})
"""  # noqa: S608 - words of our own


@dataclass(frozen=True)
class SimilarComplaint:
    """A complaint that is like another; ``score`` is 1 where it has all its words and its place."""

    complaint: RegisterLine
    score: float


def alike(
    database: Database, stream: UUID, *, reach: Reach, content: Reach, limit: int
) -> list[SimilarComplaint]:
    """The complaints most like one, within ``reach``; confidential ones within ``content`` only."""
    with database.connection() as connection:
        own = connection.execute(_OWN.encode(), [stream], binary=True).fetchone()
        if own is None or not own[0]:
            return []
        terms, cell = own
        statistics = connection.execute(_FREQUENCIES).fetchone()
        weights = _weights(terms, statistics)
        seen, values = within(reach, "seen")
        read, more = within(content, "read")
        asked = {
            "rare": _asked_for(weights, statistics[2] if statistics else 0),
            "cell": cell,
            "most": _CANDIDATES,
            "stream": stream,
            **values,
            **more,
        }
        found = connection.execute(
            _ALIKE.format(seen=seen, read=read).encode(), asked, binary=True
        ).fetchall()
        scores = {
            other: _score(weights, theirs, near=cell is not None and at == cell)
            for other, theirs, at in found
        }
        best = sorted(scores, key=lambda other: (-scores[other], other.int))[:limit]
    complaints = register_of(database, best)
    return [SimilarComplaint(complaints[other], scores[other]) for other in best]


def _weights(terms: Sequence[int], statistics: Sequence[Any] | None) -> dict[int, float]:
    """How much each term says, by its share of all complaints; the common ones say nothing."""
    named = dict(zip(*(statistics[0], statistics[1]), strict=False)) if statistics and statistics[0] else {}
    shares = {term: named.get(term, _UNNAMED) for term in terms}
    return {term: -math.log(share) for term, share in shares.items() if share < _RARE}


def _asked_for(weights: dict[int, float], complaints: float) -> list[int]:
    """The rarest terms: as many as find few enough complaints."""
    rarest = sorted(weights, key=lambda term: -weights[term])[:_ASKED_FOR]
    found = accumulate(complaints * math.exp(-weights[term]) for term in rarest)
    return [
        term
        for n, (term, sum_so_far) in enumerate(zip(rarest, found, strict=True))
        if n == 0 or sum_so_far < _FOUND
    ]


def _score(weights: dict[int, float], terms: Sequence[int], *, near: bool) -> float:
    shared = sum(weights.get(term, 0.0) for term in terms)
    words = shared / (sum(weights.values()) or 1.0)
    return round((1 - _SAME_CELL) * words + _SAME_CELL * near, 4)
