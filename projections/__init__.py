"""What can be thrown away: answers to questions, folded from the log, one question in one file.

``projection`` says what a projection is, ``catalogue`` names all of them. ``engine`` feeds the log to
their folds, ``feeder`` runs it, ``rebuild`` folds everything anew, ``waiting`` lets a reader see what
he wrote. Nothing here knows a verb, a rule or a key.
"""
