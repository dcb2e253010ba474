"""Errors of projections. Their sentences quote nothing from an event's content."""

from lapor.logs import PlainError, describe


class ProjectionError(PlainError):
    """An error whose sentence may be shown and stored."""


class OutOfStepError(ProjectionError):
    """The log is not the one that a projection was folded from: it is shorter, or has another event there."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(
            f"'{name}' was folded up to position {position} of another log than this one;"
            " rebuild it once you are certain that this log is the right one."
        )


class UnreadableFactError(ProjectionError):
    """The stored bytes of an event do not fit its class."""

    def __init__(self, position: int, topic: str, error: Exception) -> None:
        super().__init__(
            f"The event at position {position} ({topic}) cannot be read: {type(error).__name__}."
        )


class FoldError(ProjectionError):
    """A fold raised an error for an event."""

    def __init__(self, position: int, topic: str, error: Exception) -> None:
        super().__init__(f"{describe(error)} with the event at position {position} ({topic})")


class FoldedBeforeError(ProjectionError):
    """Events were folded before: there are already rows of streams that begin in this batch."""

    def __init__(self, table: str) -> None:
        super().__init__(f"'{table}' already has the rows of these events: its bookmark was set back.")


class HeavyBatchError(ProjectionError):
    """A batch is too much work for one statement: it must be smaller."""

    def __init__(self) -> None:
        super().__init__("These events write too many rows for one statement.")


class HeavyEventError(ProjectionError):
    """A single event is more work than a statement may take."""

    def __init__(self, position: int, topic: str) -> None:
        super().__init__(f"The event at position {position} ({topic}) took longer than a statement may.")


class RebuildError(ProjectionError):
    """A rebuild was given up; the live tables are unchanged."""
