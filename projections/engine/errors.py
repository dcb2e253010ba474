"""What goes wrong with projections, said without anything that an event holds."""

from lapor.logs import PlainError, describe


class ProjectionError(PlainError):
    """Our own sentence: it may be shown and stored."""


class OutOfStepError(ProjectionError):
    """The log is not the one that a projection was folded from: it is shorter, or holds another event."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(
            f"'{name}' was folded up to position {position} of another log than this one;"
            " rebuild it when it is certain that this log is the right one."
        )


class UnreadableFactError(ProjectionError):
    """The log holds an event whose bytes do not fit its kind."""

    def __init__(self, position: int, topic: str, error: Exception) -> None:
        super().__init__(
            f"The event at position {position} ({topic}) cannot be read: {type(error).__name__}."
        )


class FoldError(ProjectionError):
    """A fold could not take an event."""

    def __init__(self, position: int, topic: str, error: Exception) -> None:
        super().__init__(f"{describe(error)} with the event at position {position} ({topic})")


class FoldedBeforeError(ProjectionError):
    """Events come a second time: there are rows of streams that only begin with them."""

    def __init__(self, table: str) -> None:
        super().__init__(f"'{table}' holds what is to be folded now: its bookmark was set back.")


class RebuildError(ProjectionError):
    """A rebuild was given up; the live table is what it was."""
