"""The read models: projections folded from the event log, which can be dropped and rebuilt at any time.

``catalogue`` lists every projection of this release. Each folder next to it answers one question:
``complaints``, ``backlog``, ``sla``, ``flow``, ``quality``; so do ``access_log`` and ``retention``.
``engine`` is the machinery that folds events into tables, ``running`` feeds, rebuilds and checks them. No
projection knows a verb, a rule or a key.
"""
