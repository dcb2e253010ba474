"""What goes wrong with projections, said without anything that a fact holds."""

import psycopg

from lapor.store.codec import UnknownTopicError


class ProjectionError(Exception):
    """Our own sentence: it may be shown and stored."""


class OutOfStepError(ProjectionError):
    """The log is not the one that a projection was folded from: it is shorter, or holds another fact."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(
            f"'{name}' was folded up to position {position} of another log than this one;"
            " rebuild it when it is certain that this log is the right one."
        )


class UnreadableFactError(ProjectionError):
    """The log holds a fact whose bytes do not fit its kind."""

    def __init__(self, position: int, topic: str, error: Exception) -> None:
        super().__init__(f"The fact at position {position} ({topic}) cannot be read: {type(error).__name__}.")


class FoldError(ProjectionError):
    """A fold could not take a fact."""

    def __init__(self, position: int, topic: str, error: Exception) -> None:
        super().__init__(f"{describe(error)} with the fact at position {position} ({topic})")


class FoldedBeforeError(ProjectionError):
    """Facts come a second time: there are rows of streams that only begin with them."""

    def __init__(self, table: str) -> None:
        super().__init__(f"'{table}' holds what is to be folded now: its bookmark was set back.")


class RebuildError(ProjectionError):
    """A rebuild was given up; the live table is what it was."""


def describe(error: BaseException) -> str:
    """What happened and where. Of foreign errors only the class: their sentences may quote a person."""
    if isinstance(error, ProjectionError | UnknownTopicError):
        return str(error)
    said = type(error).__name__
    if isinstance(error, psycopg.Error) and error.sqlstate:
        said += f" (SQLSTATE {error.sqlstate})"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return said
    return f"{said} in {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
