"""The machinery that folds the event log into tables. It knows no question.

In the order in which to read it:

- ``projection``: a projection is a fold over typed rows; ``Rows`` is the mapping that it changes.
- ``tables``, ``columns``: the table of a projection, made from its row class.
- ``row_history``, ``rollups``, ``side_tables``: the two side tables that a projection may have: the versions
  of its rows with their periods (a temporal table), and counts by day and month (a rollup).
- ``bookmarks``, ``batch``, ``engine``: the position of each projection in the log, and how a batch of events
  and the new position are written in one transaction.
- ``as_of``, ``period``: queries as of an instant, and over a period of days.
- ``read_your_writes``: waiting until a projection holds a position.
- ``open_clocks``: the open deadlines of a complaint, shared by several folds.
- ``schema``, ``errors``: making and dropping tables; the errors.
"""
