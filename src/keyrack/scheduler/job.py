"""A job as it was registered, and what may be wrong with that."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from .._text import described
from ..errors import ConfigurationError
from ..keys.declaration import check_name
from ..store import KeyValueStore
from ..workflow import Workflow
from .backoff import Backoff
from .record import Rules

if TYPE_CHECKING:
    from .schedule import Schedule


@dataclass(frozen=True, slots=True)
class Job:
    """A workflow, and when it runs."""

    name: str
    workflow: Workflow[Any, Any]
    start: Enum
    store: KeyValueStore | None
    """Where its tasks read and write, instead of the workflow's store."""
    rules: Rules


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job as it was asked for, whatever was given."""

    name: Any
    workflow: Any
    start: Any
    store: Any
    backoff: Any
    immediately: Any
    schedule: Callable[[], Schedule]

    def job(self, subject: str, taken: Container[str]) -> Job:
        """Give the job, if nothing is wrong with it.

        Args:
            subject: who registers it, in messages.
            taken: the names that other jobs have.

        Raises:
            ConfigurationError: with every problem.
        """
        problems = [*_wrong_name(self.name, taken)]
        schedule = _made(self.schedule, problems)
        start = _start(self.workflow, self.start, problems)
        problems.extend(self._wrong_options())
        if schedule is None or problems:
            raise ConfigurationError(subject=subject, problems=problems)
        rules = Rules(schedule, self.backoff, immediately=self.immediately)
        return Job(self.name, self.workflow, start, self.store, rules)

    def _wrong_options(self) -> Iterator[str]:
        if self.store is not None and not isinstance(self.store, KeyValueStore):
            yield f"the store is a KeyValueStore, got {described(self.store)}"
        if not isinstance(self.backoff, Backoff):
            yield f"backoff is a Backoff, got {described(self.backoff)}"
        if not isinstance(self.immediately, bool):
            yield f"immediately is True or False, got {described(self.immediately)}"


def wrong_name(what: str, name: object) -> Iterator[str]:
    """Refuse what cannot be a part of the name of a key."""
    try:
        check_name(name)
    except ValueError as error:
        yield f"{what} cannot be named so: {error}"


def _wrong_name(name: Any, taken: Container[str]) -> Iterator[str]:
    wrong = [*wrong_name("a job", name)]
    yield from wrong
    if not wrong and name in taken:
        yield f"there is a job {name!r} already"


def _made(schedule: Callable[[], Schedule], problems: list[str]) -> Schedule | None:
    try:
        return schedule()
    except ConfigurationError as error:
        problems.extend(error.problems)
        return None


def _start(workflow: object, start: Any, problems: list[str]) -> Any:
    if not isinstance(workflow, Workflow):
        problems.append(f"what a job runs is a Workflow, got {described(workflow)}")
        return None
    known: Workflow[Any, Any] = cast("Any", workflow)
    state = known.initial if start is None else start
    if state is None:
        problems.append(f"no state to start in: name one, or as Workflow(…, initial=…) of {known.name!r}")
        return None
    try:
        known.validate_initial_state(state)
    except ConfigurationError as error:
        problems.extend(f"workflow {known.name!r}: {problem}" for problem in error.problems)
    return state
