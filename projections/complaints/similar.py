"""Similar complaints (serupa): those near the same place, and those that share rare words.

A shared word is weighted by its inverse document frequency. The frequency of a term is read from PostgreSQL's
column statistics; a term that is not among their most common ones is rare. Only the newest complaints with
the rarest words are scored, so the cost does not grow with the log.
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
from projections.complaints.lists import reach_condition, register_lines
from projections.complaints.register import REGISTER, RegisterLine

_RARE = 0.05  # a term in a larger share of complaints has no weight
_MAX_TERMS = 8  # of the rarest terms are searched for
_MAX_MATCHES = 800  # complaints, estimated, that these match together; the rarest is always searched for
_CANDIDATES = 100
_DEFAULT_SHARE = 0.0005  # of a term that the statistics do not name
_SAME_CELL = 0.35  # share of the score for the same place
_FREQUENCIES = """
    SELECT most_common_elems::text::bigint[], most_common_elem_freqs,
           (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'vault.subject'::regclass)
      FROM pg_stats WHERE schemaname = 'vault' AND tablename = 'subject' AND attname = 'terms'
"""
_OWN = f"SELECT s.terms, r.cell FROM vault.subject s JOIN {REGISTER.table} r USING (stream) WHERE stream = %s"  # noqa: S608
_SIMILAR = f"""
    WITH matching AS MATERIALIZED (
        SELECT stream, at, terms FROM vault.subject WHERE terms && %(rare)s::bigint[]
    ), near AS (
        SELECT stream FROM {REGISTER.table} WHERE cell = %(cell)s ORDER BY filed_at DESC LIMIT %(most)s
    ), candidate AS (
        (SELECT stream, terms FROM matching ORDER BY at DESC LIMIT %(most)s)
        UNION ALL
        (SELECT stream, terms FROM near JOIN vault.subject USING (stream))
    )
    SELECT stream, terms, cell FROM candidate JOIN {REGISTER.table} USING (stream)
     WHERE stream <> %(stream)s AND {{seen}} AND (privacy <> '{Privacy.CONFIDENTIAL}' OR {{read}})
"""  # noqa: S608 - constants only


@dataclass(frozen=True)
class SimilarComplaint:
    """A complaint that is similar to another. ``score`` is 1 if it has the same words and the same place."""

    complaint: RegisterLine
    score: float


def similar_to(
    database: Database, stream: UUID, *, reach: Reach, content: Reach, limit: int
) -> list[SimilarComplaint]:
    """Return complaints most similar to this, within ``reach``; confidential ones within ``content`` only."""
    with database.connection() as connection:
        own = connection.execute(_OWN.encode(), [stream], binary=True).fetchone()
        if own is None or not own[0]:
            return []
        terms, cell = own
        statistics = connection.execute(_FREQUENCIES).fetchone()
        weights = _weights(terms, statistics)
        seen, values = reach_condition(reach, "seen")
        read, more = reach_condition(content, "read")
        parameters = {
            "rare": _rarest(weights, statistics[2] if statistics else 0),
            "cell": cell,
            "most": _CANDIDATES,
            "stream": stream,
            **values,
            **more,
        }
        rows = connection.execute(
            _SIMILAR.format(seen=seen, read=read).encode(), parameters, binary=True
        ).fetchall()
        scores = {
            other: _score(weights, theirs, near=cell is not None and at == cell) for other, theirs, at in rows
        }
        best = sorted(scores, key=lambda other: (-scores[other], other.int))[:limit]
    complaints = register_lines(database, best)
    return [SimilarComplaint(complaints[other], scores[other]) for other in best]


def _weights(terms: Sequence[int], statistics: Sequence[Any] | None) -> dict[int, float]:
    """Return the weight of each term, by its share of all complaints. Common terms have none."""
    named = dict(zip(*(statistics[0], statistics[1]), strict=False)) if statistics and statistics[0] else {}
    shares = {term: named.get(term, _DEFAULT_SHARE) for term in terms}
    return {term: -math.log(share) for term, share in shares.items() if share < _RARE}


def _rarest(weights: dict[int, float], complaints: float) -> list[int]:
    """Return the rarest terms: as many as match few enough complaints."""
    rarest = sorted(weights, key=lambda term: -weights[term])[:_MAX_TERMS]
    matches = accumulate(complaints * math.exp(-weights[term]) for term in rarest)
    return [
        term
        for n, (term, sum_so_far) in enumerate(zip(rarest, matches, strict=True))
        if n == 0 or sum_so_far < _MAX_MATCHES
    ]


def _score(weights: dict[int, float], terms: Sequence[int], *, near: bool) -> float:
    shared = sum(weights.get(term, 0.0) for term in terms)
    words = shared / (sum(weights.values()) or 1.0)
    return round((1 - _SAME_CELL) * words + _SAME_CELL * near, 4)
