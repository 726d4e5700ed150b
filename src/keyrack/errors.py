"""Every error that keyrack raises, and the one place where its sentences are written.

::

    KeyrackError
    ├── StoreError
    │   ├── KeyDefinitionError
    │   ├── KeyNotFoundError (also KeyError)
    │   ├── TypeMismatchError (also TypeError)
    │   │   └── AppendTypeMismatchError
    │   ├── ValueCopyError (also TypeError)
    │   ├── LockError (also TimeoutError)
    │   ├── CorruptValueError
    │   ├── BackendError
    │   │   ├── BackendUnavailableError
    │   │   └── BackendFullError
    │   └── StoreClosedError
    ├── WorkflowError
    │   ├── ConfigurationError
    │   ├── StateNotRegisteredError
    │   ├── JoinError (also ExceptionGroup)
    │   ├── WorkflowTimeoutError (also TimeoutError)
    │   ├── RetryExhaustedError
    │   ├── TransitionLimitError
    │   ├── BranchCancelledError
    │   └── ExecutorError
    ├── SchedulerError
    └── MissingExtraError (also ImportError)

Raise sites pass facts; the facts are attributes, and the sentence is built when it is read. Facts that cost
something to gather are passed as functions and gathered on first use, or when the error is pickled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from ._text import counted, did_you_mean, path_text, place, preview, text_of, told

if TYPE_CHECKING:
    from datetime import datetime

NOTHING_WRITTEN = "nothing was written"


class KeyrackError(Exception):
    """The base of all errors of keyrack."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence)

    def __str__(self) -> str:
        return self._sentence()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({text_of(self)!r})"

    def _sentence(self) -> str:
        return str(self.args[0]) if self.args else ""

    def _facts(self) -> dict[str, Any]:
        """Give the state to pickle, with every fact gathered."""
        return self.__dict__

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.args, self._facts(), _picklable(self.__cause__))


def _revive(
    cls: type[KeyrackError], args: tuple[Any, ...], facts: dict[str, Any], cause: BaseException | None
) -> KeyrackError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(facts)
    error.__cause__ = cause
    return error


def _picklable(cause: BaseException | None) -> BaseException | None:
    """Give *cause* if it can be pickled: an error must always be, so it rather loses its cause."""
    from pickle import dumps, loads

    if cause is None or isinstance(cause, KeyrackError):
        return cause
    try:
        again = loads(dumps(cause))  # noqa: S301  # our own: one whose constructor takes more is not made again
    except Exception:  # noqa: BLE001  # an exception is a stranger's class
        return None
    return cause if type(again) is type(cause) else None


def _sendable(error: Exception) -> Exception:
    """Give *error* if it can be pickled, or else what it says."""
    return error if _picklable(error) is not None else KeyrackError(told(error))


def note(error: BaseException, text: str) -> None:
    """Add a note to an error, once; one that takes no note goes on without."""
    with suppress(Exception):
        if text not in getattr(error, "__notes__", ()):
            error.add_note(text)


# --- the store ------------------------------------------------------------------------------------


class StoreError(KeyrackError):
    """Something about keys, values or the place where values live."""


class KeyDefinitionError(StoreError):
    """A key was declared or used in a way that can never work."""

    reason: str
    """What is wrong with the declaration."""
    file: str | None
    """The file that holds the declaration, where known."""
    line: int | None
    """The line of the declaration, where known."""

    def __init__(self, reason: str, *, file: str | None = None, line: int | None = None) -> None:
        super().__init__()
        self.reason = reason
        self.file = file
        self.line = line

    def _sentence(self) -> str:
        return self.reason + place(self.file, self.line)


class KeyNotFoundError(StoreError, KeyError):
    """Nothing is stored under the key, and the key has no default."""

    key: str
    """The name of the key."""
    store: str
    """The store that was asked, as it calls itself."""

    def __init__(self, *, key: str, store: str, known: Iterable[str] | Callable[[], Iterable[str]] = ()) -> None:
        super().__init__()
        self.key = key
        self.store = store
        self._known = known

    @property
    def known(self) -> tuple[str, ...]:
        """The names that the store holds; listed on first use."""
        try:
            known = tuple(self._known() if callable(self._known) else self._known)
        except StoreError:  # closed in the meantime: the miss is still what this error is about
            known = ()
        self._known = known
        return known

    def gather(self) -> None:
        """List the names now, before the store is closed."""
        self._known = self.known

    def _facts(self) -> dict[str, Any]:
        return self.__dict__ | {"_known": self.known}

    def _sentence(self) -> str:
        return f"no value for key {self.key!r} in {self.store}" + did_you_mean(self.key, self.known)


class Problem(NamedTuple):
    """One place where a value does not fit."""

    path: tuple[str | int, ...]
    """Where in the value: indices, keys and field names from the outside in."""
    message: str
    """What is wrong there, to be read after the path: ``"should be a valid integer"``."""
    got: str | None
    """What was found there, shortened, with its type; None where there was nothing."""

    def text(self, root: str) -> str:
        """Write the problem as a sentence about *root*."""
        got = "" if self.got is None else f", got {self.got}"
        return f"{path_text(root, self.path)} {self.message}{got}"


class Problems(NamedTuple):
    """The places where a value does not fit."""

    found: tuple[Problem, ...]
    """Those that are described."""
    left_out: int
    """How many there are besides."""


_PREPOSITIONS = {"get": "from", "get_shared": "from", "append": "in"}
_READS = frozenset({"get", "get_shared"})


class TypeMismatchError(StoreError, TypeError):
    """A value does not fit the type of its key."""

    action: str
    """The verb that was refused: ``"put"``, ``"get"``, ``"append"``, ``"update"``."""
    key: str
    """The name of the key."""
    expected: str
    """The type of the key."""
    store: str
    """The store, as it calls itself."""
    stored: str | None
    """The type under which a value that was read had been written, where it is another one."""
    written: datetime | None
    """When it was written, in UTC, where the store keeps that."""
    was_shared: bool
    """Whether what does not fit is a stored value that somebody may have changed."""
    subject: str
    """What the paths of `problems` start from: the key, or the items of an append."""

    def __init__(
        self,
        *,
        action: str,
        key: str,
        expected: str,
        store: str,
        problems: Problems | Callable[[], Problems],
        stored: str | None = None,
        written: datetime | None = None,
        subject: str | None = None,
        was_shared: bool = False,
    ) -> None:
        super().__init__()
        self.was_shared = was_shared
        self.subject = key if subject is None else subject
        self.action = action
        self.key = key
        self.expected = expected
        self.store = store
        self.stored = stored
        self.written = written
        self._problems = problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What does not fit, the first hundred places of it; described on first use."""
        return self._all_problems().found

    @property
    def left_out(self) -> int:
        """How many places there are besides those in `problems`."""
        return self._all_problems().left_out

    def _all_problems(self) -> Problems:
        self._problems = self._problems() if callable(self._problems) else self._problems
        return self._problems

    def _facts(self) -> dict[str, Any]:
        return self.__dict__ | {"_problems": self._all_problems()}

    def _sentence(self) -> str:
        to = " to" if self.action == "append" else ""
        where = f"{_PREPOSITIONS.get(self.action, 'in')} {self.store}"
        first, *others = (problem.text(self.subject) for problem in self.problems)
        others_count = len(others) + self.left_out
        more = f"; and {others_count} more" if others_count else ""
        return f"cannot {self.action}{to} {self.key!r} ({self.expected}) {where}: {first}{more}; {self._state()}"

    def _state(self) -> str:
        reading = self.action in _READS
        if self.stored is not None and self.action != "append":
            when = "" if self.written is None else f" on {self.written:%Y-%m-%d at %H:%M:%S} UTC"
            history = f"it was put as {self.stored}{when}"
            return history if reading else f"{history}; {NOTHING_WRITTEN}"
        if self.was_shared:
            return f"it was changed while it was shared; {'put a value that fits' if reading else NOTHING_WRITTEN}"
        return "that is what was read; put a value that fits" if reading else NOTHING_WRITTEN


class AppendTypeMismatchError(TypeMismatchError):
    """An item, or what is stored under the key, does not fit an append."""


class ValueCopyError(StoreError, TypeError):
    """A value cannot be copied, so a store can neither keep nor give a copy of its own."""

    action: str
    """The verb that needed a copy."""
    key: str
    """The name of the key."""
    store: str
    """The store, as it calls itself."""
    got: str
    """The type of the value."""
    reason: str
    """What the copy failed with."""

    def __init__(self, *, action: str, key: str, store: str, got: str, reason: str) -> None:
        super().__init__()
        self.action = action
        self.key = key
        self.store = store
        self.got = got
        self.reason = reason

    def _sentence(self) -> str:
        reading = self.action in _READS
        instead = "get_shared gives" if reading else "put_shared takes"
        state = "" if reading else f"{NOTHING_WRITTEN}; "
        return (
            f"cannot {self.action} {self.key!r} {_PREPOSITIONS.get(self.action, 'in')} {self.store}: "
            f"a value of type {self.got} cannot be copied ({self.reason}); {state}"
            f"{instead} the object itself, without a copy"
        )


class LockError(StoreError, TimeoutError):
    """Other writers kept a verb from doing its work for longer than it waits."""

    store: str
    """The store, as it calls itself."""
    waited: float
    """How long was waited, in seconds."""
    reason: str
    """What was in the way."""

    def __init__(self, *, store: str, waited: float, reason: str = "another writer holds it") -> None:
        super().__init__()
        self.store = store
        self.waited = waited
        self.reason = reason

    def _sentence(self) -> str:
        return f"gave up on {self.store} after {self.waited:.1f} s: {self.reason}; the verb wrote nothing"


class CorruptValueError(StoreError):
    """What lies under a key is not what keyrack wrote there."""

    key: str
    """The name of the key."""
    store: str
    """The store, as it calls itself."""
    reason: str
    """What is wrong with the bytes."""

    def __init__(self, *, key: str, store: str, reason: str) -> None:
        super().__init__()
        self.key = key
        self.store = store
        self.reason = reason

    def _sentence(self) -> str:
        return f"the value of {self.key!r} in {self.store} is damaged: {self.reason}"


class BackendError(StoreError):
    """The place where values live refused to serve."""

    store: str
    """The store, as it calls itself."""
    reason: str
    """Why, and the state in which things were left."""

    def __init__(self, *, store: str, reason: str) -> None:
        super().__init__()
        self.store = store
        self.reason = reason

    def _sentence(self) -> str:
        return f"{self.store} failed: {self.reason}"


class BackendUnavailableError(BackendError):
    """The place where values live cannot be reached."""

    def _sentence(self) -> str:
        return f"{self.store} is unavailable: {self.reason}"


class BackendFullError(BackendError):
    """There is no room for the value."""

    def _sentence(self) -> str:
        return f"{self.store} is full: {self.reason}"


class StoreClosedError(StoreError):
    """The store was closed."""

    store: str
    """The store, as it calls itself."""

    def __init__(self, *, store: str) -> None:
        super().__init__()
        self.store = store

    def _sentence(self) -> str:
        return f"{self.store} is closed; open a new one"


# --- the workflow ---------------------------------------------------------------------------------


class WorkflowError(KeyrackError):
    """A workflow cannot be built, or cannot go on."""


class ConfigurationError(WorkflowError):
    """A workflow, task or option does not make sense; every problem is listed at once."""

    subject: str
    """What is misconfigured: ``"workflow 'books'"``."""
    problems: tuple[str, ...]
    """Each problem in a sentence, with the place of the registration concerned where there is one."""

    def __init__(self, *, subject: str, problems: Iterable[str]) -> None:
        super().__init__()
        self.subject = subject
        self.problems = tuple(problems)

    def _sentence(self) -> str:
        if len(self.problems) == 1:
            return f"{self.subject}: {self.problems[0]}"
        listed = "".join(f"\n  - {problem}" for problem in self.problems)
        return f"{self.subject} has {counted(len(self.problems), 'problem')}:{listed}"


class StateNotRegisteredError(WorkflowError):
    """A workflow came to something that is none of its states."""

    workflow: str
    """The name of the workflow."""
    state: str
    """What it came to: a state without a task, or what else a task returned."""
    reason: str
    """Why it cannot go on there, to be read after "which"."""
    advice: str | None
    """What to do about it, where that is clear."""
    source: str | None
    """The state whose task led there; None at the start."""
    task: str | None
    """The task that led there, with its place; None at the start."""
    known: tuple[str, ...]
    """The states that the workflow knows."""

    def __init__(
        self,
        *,
        workflow: str,
        state: str,
        reason: str,
        advice: str | None = None,
        source: str | None = None,
        task: str | None = None,
        known: Iterable[str] = (),
    ) -> None:
        super().__init__()
        self.workflow = workflow
        self.state = state
        self.reason = reason
        self.advice = advice
        self.source = source
        self.task = task
        self.known = tuple(known)

    def _sentence(self) -> str:
        if self.source is None:
            came, left = f"workflow {self.workflow!r} cannot start in {self.state}", "nothing ran"
        else:
            came = f"{self.task} in state {self.source} of workflow {self.workflow!r} returned {self.state}"
            left = "the store keeps what was written"
        advice = "" if self.advice is None else f"; {self.advice}"
        return f"{came}, which {self.reason}; {left}{advice}"


class JoinError(WorkflowError, ExceptionGroup[Exception]):
    """A join cannot be satisfied any more; holds what each branch that failed or ran out of time raised."""

    strategy: str
    """The join strategy, in a word."""
    succeeded: int
    """How many branches succeeded."""
    required: int
    """How many would have had to."""
    total: int
    """How many branches there were."""
    cancelled: int
    """How many were cancelled, because they could not change the outcome."""

    def __new__(
        cls, strategy: str, succeeded: int, required: int, total: int, errors: Sequence[Exception], cancelled: int = 0
    ) -> Self:
        """Make the group; what is raised and what is counted go together."""
        branches = counted(total, "branch", "branches")
        sentence = f"{succeeded:,} of {branches} succeeded, {strategy} needs {required:,}"
        error = super().__new__(cls, sentence, errors)
        error.strategy = strategy
        error.succeeded = succeeded
        error.required = required
        error.total = total
        error.cancelled = cancelled
        return error

    def __init__(
        self, strategy: str, succeeded: int, required: int, total: int, errors: Sequence[Exception], cancelled: int = 0
    ) -> None:
        ExceptionGroup.__init__(self, strategy, errors)
        self.args: tuple[Any, ...] = (strategy, succeeded, required, total, tuple(errors), cancelled)

    def __reduce__(self) -> tuple[Any, ...]:
        revive, (cls, (*counts, errors, cancelled), facts, cause) = super().__reduce__()
        return revive, (cls, (*counts, tuple(map(_sendable, errors)), cancelled), facts, cause)

    def derive(self, excs: Sequence[Exception]) -> JoinError:  # type: ignore[override]  # a group of Exceptions stays one
        """Give the same error about other exceptions; ``split`` and ``subgroup`` call it."""
        return JoinError(self.strategy, self.succeeded, self.required, self.total, excs, self.cancelled)

    def _sentence(self) -> str:
        failures = [told(error, _LONG) for error in self.exceptions[:_TOLD]]
        if len(self.exceptions) > _TOLD:
            failures.append(f"and {len(self.exceptions) - _TOLD:,} more")
        cancelled = f"; {self.cancelled:,} cancelled" if self.cancelled else ""
        return f"{self.message}; failures: {'; '.join(failures)}{cancelled}"


_TOLD = 5
"""How many failures of a join its sentence tells; the group holds all of them."""

_LONG = 200
"""About the most characters that it tells of each."""


class WorkflowTimeoutError(WorkflowError, TimeoutError):
    """A time limit of a workflow, of a split or of one attempt at a task ran out."""

    workflow: str
    """The name of the workflow."""
    state: str
    """The state it was in."""
    limit: float
    """The time limit, in seconds."""
    task: str | None
    """The task that ran out of time, with its place; None where the limit is that of the workflow."""

    def __init__(self, *, workflow: str, state: str, limit: float, task: str | None = None) -> None:
        super().__init__()
        self.workflow = workflow
        self.state = state
        self.limit = limit
        self.task = task

    def _sentence(self) -> str:
        limit = f"ran out of time in state {self.state}"
        if self.task is None:
            return f"workflow {self.workflow!r} {limit}: the limit is {self.limit:g} s"
        return f"{self.task} {limit} of workflow {self.workflow!r}: the limit is {self.limit:g} s"


class RetryExhaustedError(WorkflowError):
    """Every attempt at a task failed."""

    workflow: str
    """The name of the workflow."""
    state: str
    """The state whose task failed."""
    task: str
    """The name of the task."""
    errors: tuple[Exception, ...]
    """What each attempt raised, first to last."""

    def __init__(self, *, workflow: str, state: str, task: str, errors: Iterable[Exception]) -> None:
        super().__init__()
        self.workflow = workflow
        self.state = state
        self.task = task
        self.errors = tuple(errors)

    def _facts(self) -> dict[str, Any]:
        return {**super()._facts(), "errors": tuple(map(_sendable, self.errors))}

    def _sentence(self) -> str:
        tries = counted(len(self.errors), "attempt")
        return (
            f"{self.task!r} in state {self.state} of workflow {self.workflow!r} failed after {tries}; "
            f"the last raised {told(self.errors[-1])}"
        )


class TransitionLimitError(WorkflowError):
    """A run made as many transitions as it may, and came to no exit state."""

    workflow: str
    """The name of the workflow."""
    state: str
    """The state that would have followed."""
    limit: int
    """How many transitions a run may make."""
    recent: tuple[str, ...]
    """The states it came through last, the latest at the end."""

    def __init__(self, *, workflow: str, state: str, limit: int, recent: Iterable[str]) -> None:
        super().__init__()
        self.workflow = workflow
        self.state = state
        self.limit = limit
        self.recent = tuple(recent)

    def _sentence(self) -> str:
        way = " -> ".join([*self.recent, self.state])
        return (
            f"workflow {self.workflow!r} came to no exit state in {counted(self.limit, 'transition')}, its limit; "
            f"its last way: {way}; the store keeps what was written"
        )


class BranchCancelledError(WorkflowError):
    """A branch of a split ended as cancelled, though the split did not cancel it."""

    workflow: str
    """The name of the workflow."""
    state: str
    """The state with the split."""
    task: str
    """The task of the branch, with its place."""

    def __init__(self, *, workflow: str, state: str, task: str) -> None:
        super().__init__()
        self.workflow = workflow
        self.state = state
        self.task = task

    def _sentence(self) -> str:
        return f"{self.task} in state {self.state} of workflow {self.workflow!r} was cancelled, but not by its split"


class ExecutorError(WorkflowError):
    """A task could not be run by its executor, or its outcome did not come back."""

    workflow: str
    """The name of the workflow."""
    state: str
    """The state of the task."""
    task: str
    """The task, with its place."""
    executor: str
    """The class of the executor."""
    reason: str
    """Why not."""
    advice: str | None
    """What to do about it, where that is clear."""

    def __init__(
        self, *, workflow: str, state: str, task: str, executor: str, reason: str, advice: str | None = None
    ) -> None:
        super().__init__()
        self.workflow = workflow
        self.state = state
        self.task = task
        self.executor = executor
        self.reason = reason
        self.advice = advice

    def _sentence(self) -> str:
        advice = "" if self.advice is None else f"; {self.advice}"
        return (
            f"{self.task} in state {self.state} of workflow {self.workflow!r} failed in {self.executor}: "
            f"{self.reason}; the store keeps what was written{advice}"
        )


# --- the rest -------------------------------------------------------------------------------------


class SchedulerError(KeyrackError):
    """A scheduler cannot do what was asked, and has done nothing."""

    scheduler: str
    """The name of the scheduler."""
    action: str
    """What was asked of it: ``"start"``, ``"register"``, ``"trigger"``, ``"reset"``, ``"status"``, ``"wait"``."""
    reason: str
    """Why it cannot do it."""
    job: str | None
    """The name of the job that it was asked about, if it was about one."""
    advice: str | None
    """What to do about it, where that is clear."""
    known: tuple[str, ...]
    """The names of its jobs, where it has none of the name that was asked for."""

    def __init__(
        self,
        *,
        scheduler: str,
        action: str,
        reason: str,
        job: str | None = None,
        advice: str | None = None,
        known: Iterable[str] = (),
    ) -> None:
        super().__init__()
        self.scheduler = scheduler
        self.action = action
        self.reason = reason
        self.job = job
        self.advice = advice
        self.known = tuple(known)

    def _sentence(self) -> str:
        asked = f"{self.action}()" if self.job is None else f"{self.action}({preview(self.job)})"
        hint = "" if self.job is None else did_you_mean(self.job, self.known)
        advice = "" if self.advice is None else f"; {self.advice}"
        return f"scheduler {self.scheduler!r} cannot {asked}: {self.reason}{hint}{advice}"


class MissingExtraError(KeyrackError, ImportError):
    """A feature needs a package that is not installed."""

    feature: str
    """What needs the package."""
    package: str
    """The package that is missing."""
    extra: str
    """The extra of keyrack that brings it."""

    def __init__(self, *, feature: str, package: str, extra: str) -> None:
        super().__init__()
        self.feature = feature
        self.package = package
        self.extra = extra

    def _sentence(self) -> str:
        return (
            f"{self.feature} needs the {self.package!r} package; install it with: pip install 'keyrack[{self.extra}]'"
        )
