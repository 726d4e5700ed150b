"""Where a task runs, in the words of messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from inspect import currentframe

from .graph import Place


@dataclass(frozen=True, slots=True)
class Site:
    """A task in its state of a workflow."""

    workflow: str
    state: Enum
    task: str
    """The name of the task."""
    place: Place
    """Where it was registered."""
    branch: int | None = None
    """The number of the branch, None outside of splits."""

    @property
    def task_text(self) -> str:
        """The task with its place: ``'parse' (app.py:12)``."""
        branch = "" if self.branch is None else f"branch {self.branch}, "
        return f"{branch}{self.task!r} ({self.place})"

    def __str__(self) -> str:
        return f"{self.task_text} in state {self.state.name} of workflow {self.workflow!r}"

    def note(self, attempt: int = 1, attempts: int = 1) -> str:
        """Give what is noted on what the task raised."""
        branch = "" if self.branch is None else f"branch {self.branch}, "
        tries = "" if attempts == 1 else f", try {attempt} of {attempts}"
        return f"while running {branch}{self.task!r} in state {self.state.name} of workflow {self.workflow!r}{tries}"


def caller(module: str) -> Place:
    """Give the place of the statement outside a module that led to this call."""
    frame = currentframe()
    while frame is not None and frame.f_globals.get("__name__") in (
        module,
        __name__,
        "typing",
    ):  # C[T](…) is called by typing
        frame = frame.f_back
    return Place("?", 0) if frame is None else Place(frame.f_code.co_filename, frame.f_lineno)
