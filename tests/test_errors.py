"""Errors: one sentence each, facts as attributes, and the same after a pickle or a copy."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import keyrack
from keyrack import (
    AppendTypeMismatchError,
    BackendError,
    BackendFullError,
    BackendUnavailableError,
    BranchCancelledError,
    ConfigurationError,
    CorruptValueError,
    ExecutorError,
    JoinError,
    KeyDefinitionError,
    KeyNotFoundError,
    KeyrackError,
    LockError,
    MissingExtraError,
    Problem,
    RetryExhaustedError,
    SchedulerError,
    StateNotRegisteredError,
    StoreClosedError,
    StoreError,
    TransitionLimitError,
    TypeMismatchError,
    ValueCopyError,
    WorkflowError,
    WorkflowTimeoutError,
)
from keyrack.errors import Problems

AGE = Problem(("users", 1, "age"), "should be a valid integer", "'abc' (str)")
MISSING = Problem((), "is missing", None)


def mismatch(kind: type[TypeMismatchError] = TypeMismatchError, **changed: Any) -> TypeMismatchError:
    """Give an error about a value, with some facts changed."""
    facts: dict[str, Any] = {"action": "put", "key": "team", "expected": "Team", "store": "MemoryStore"}
    facts["problems"] = Problems((AGE,), 0)
    return kind(**facts | changed)


MAKERS: dict[str, tuple[Callable[[], KeyrackError], str]] = {
    "KeyrackError": (lambda: KeyrackError("it failed"), "it failed"),
    "KeyrackError, empty": (KeyrackError, ""),
    "StoreError": (lambda: StoreError("it failed"), "it failed"),
    "KeyDefinitionError": (lambda: KeyDefinitionError("no type"), "no type"),
    "KeyDefinitionError, placed": (
        lambda: KeyDefinitionError("no type", file="app/keys.py", line=12),
        "no type (app/keys.py:12)",
    ),
    "KeyNotFoundError": (
        lambda: KeyNotFoundError(key="usres", store="MemoryStore"),
        "no value for key 'usres' in MemoryStore",
    ),
    "KeyNotFoundError, near": (
        lambda: KeyNotFoundError(key="usres", store="SQLiteStore('runs.db')", known=["books", "users"]),
        "no value for key 'usres' in SQLiteStore('runs.db'); did you mean 'users'?",
    ),
    "KeyNotFoundError, lazy": (
        lambda: KeyNotFoundError(key="usres", store="MemoryStore", known=lambda: ["users"]),
        "no value for key 'usres' in MemoryStore; did you mean 'users'?",
    ),
    "TypeMismatchError": (
        mismatch,
        (
            "cannot put 'team' (Team) in MemoryStore: team.users[1].age should be a valid integer, got 'abc' (str); "
            "nothing was written"
        ),
    ),
    "TypeMismatchError, several": (
        lambda: mismatch(problems=lambda: Problems((MISSING, AGE), 5)),
        "cannot put 'team' (Team) in MemoryStore: team is missing; and 6 more; nothing was written",
    ),
    "TypeMismatchError, update": (
        lambda: mismatch(action="update"),
        (
            "cannot update 'team' (Team) in MemoryStore: team.users[1].age should be a valid integer, got 'abc' (str); "
            "nothing was written"
        ),
    ),
    "TypeMismatchError, read by a codec": (
        lambda: mismatch(action="get"),
        (
            "cannot get 'team' (Team) from MemoryStore: team.users[1].age should be a valid integer, got 'abc' (str); "
            "that is what was read; put a value that fits"
        ),
    ),
    "TypeMismatchError, shared": (
        lambda: mismatch(action="get", was_shared=True),
        (
            "cannot get 'team' (Team) from MemoryStore: team.users[1].age should be a valid integer, got 'abc' (str); "
            "it was changed while it was shared; put a value that fits"
        ),
    ),
    "TypeMismatchError, of another type": (
        lambda: mismatch(action="get_shared", stored="dict[str, int]"),
        (
            "cannot get_shared 'team' (Team) from MemoryStore: team.users[1].age should be a valid integer, "
            "got 'abc' (str); it was put as dict[str, int]"
        ),
    ),
    "AppendTypeMismatchError": (
        lambda: mismatch(AppendTypeMismatchError, action="append", subject="item"),
        (
            "cannot append to 'team' (Team) in MemoryStore: item.users[1].age should be a valid integer, "
            "got 'abc' (str); nothing was written"
        ),
    ),
    "ValueCopyError": (
        lambda: ValueCopyError(action="put", key="k", store="MemoryStore", got="lock", reason="TypeError: no"),
        (
            "cannot put 'k' in MemoryStore: a value of type lock cannot be copied (TypeError: no); "
            "nothing was written; put_shared takes the object itself, without a copy"
        ),
    ),
    "ValueCopyError, get": (
        lambda: ValueCopyError(action="get", key="k", store="MemoryStore", got="lock", reason="TypeError: no"),
        (
            "cannot get 'k' from MemoryStore: a value of type lock cannot be copied (TypeError: no); "
            "get_shared gives the object itself, without a copy"
        ),
    ),
    "LockError": (
        lambda: LockError(store="MemoryStore", waited=30),
        "gave up on MemoryStore after 30.0 s: another writer holds it; the verb wrote nothing",
    ),
    "CorruptValueError": (
        lambda: CorruptValueError(key="k", store="SQLiteStore('a')", reason="the checksum is wrong"),
        "the value of 'k' in SQLiteStore('a') is damaged: the checksum is wrong",
    ),
    "BackendError": (lambda: BackendError(store="MemoryStore", reason="no"), "MemoryStore failed: no"),
    "BackendUnavailableError": (
        lambda: BackendUnavailableError(store="RedisStore('a')", reason="connection refused"),
        "RedisStore('a') is unavailable: connection refused",
    ),
    "BackendFullError": (
        lambda: BackendFullError(store="SQLiteStore('a')", reason="nothing was written"),
        "SQLiteStore('a') is full: nothing was written",
    ),
    "StoreClosedError": (lambda: StoreClosedError(store="MemoryStore"), "MemoryStore is closed; open a new one"),
    "WorkflowError": (lambda: WorkflowError("it failed"), "it failed"),
    "ConfigurationError": (
        lambda: ConfigurationError(subject="workflow 'books'", problems=["there is no exit state"]),
        "workflow 'books': there is no exit state",
    ),
    "ConfigurationError, several": (
        lambda: ConfigurationError(subject="workflow 'books'", problems=["one", "two"]),
        "workflow 'books' has 2 problems:\n  - one\n  - two",
    ),
    "StateNotRegisteredError": (
        lambda: StateNotRegisteredError(workflow="books", state="DONE", reason="has no task"),
        "workflow 'books' cannot start in DONE, which has no task; nothing ran",
    ),
    "StateNotRegisteredError, later": (
        lambda: StateNotRegisteredError(
            workflow="books", state="DONE", reason="has no task", advice="register it", source="LOAD", task="load"
        ),
        (
            "load in state LOAD of workflow 'books' returned DONE, which has no task; "
            "the store keeps what was written; register it"
        ),
    ),
    "JoinError": (
        lambda: JoinError("quorum(2)", 1, 2, 3, [ValueError("bad"), OSError("gone")]),
        "1 of 3 branches succeeded, quorum(2) needs 2; failures: ValueError: bad; OSError: gone",
    ),
    "JoinError, with cancelled branches": (
        lambda: JoinError("any", 0, 1, 1_200, [ValueError("bad")], cancelled=1_199),
        "0 of 1,200 branches succeeded, any needs 1; failures: ValueError: bad; 1,199 cancelled",
    ),
    "JoinError, of many failures": (
        lambda: JoinError("all", 3, 1_010, 1_010, [OSError(str(number)) for number in range(1_007)]),
        (
            "3 of 1,010 branches succeeded, all needs 1,010; failures: "
            "OSError: 0; OSError: 1; OSError: 2; OSError: 3; OSError: 4; and 1,002 more"
        ),
    ),
    "JoinError, of exactly as many failures as it tells": (
        lambda: JoinError("all", 0, 5, 5, [OSError(str(number)) for number in range(5)]),
        (
            "0 of 5 branches succeeded, all needs 5; failures: "
            "OSError: 0; OSError: 1; OSError: 2; OSError: 3; OSError: 4"
        ),
    ),
    "WorkflowTimeoutError": (
        lambda: WorkflowTimeoutError(workflow="books", state="LOAD", limit=2.5),
        "workflow 'books' ran out of time in state LOAD: the limit is 2.5 s",
    ),
    "WorkflowTimeoutError, of a task": (
        lambda: WorkflowTimeoutError(workflow="books", state="LOAD", limit=0.25, task="branch 3, 'load' (app.py:12)"),
        "branch 3, 'load' (app.py:12) ran out of time in state LOAD of workflow 'books': the limit is 0.25 s",
    ),
    "RetryExhaustedError": (
        lambda: RetryExhaustedError(workflow="books", state="LOAD", task="load", errors=[OSError("a"), OSError("b")]),
        "'load' in state LOAD of workflow 'books' failed after 2 attempts; the last raised OSError: b",
    ),
    "RetryExhaustedError, of many": (
        lambda: RetryExhaustedError(
            workflow="books", state="LOAD", task="load", errors=[OSError(str(number)) for number in range(2_000)]
        ),
        "'load' in state LOAD of workflow 'books' failed after 2,000 attempts; the last raised OSError: 1999",
    ),
    "TransitionLimitError": (
        lambda: TransitionLimitError(workflow="books", state="LOAD", limit=1_000, recent=["LOAD", "PARSE"]),
        (
            "workflow 'books' came to no exit state in 1,000 transitions, its limit; "
            "its last way: LOAD -> PARSE -> LOAD; the store keeps what was written"
        ),
    ),
    "TransitionLimitError, of one": (
        lambda: TransitionLimitError(workflow="books", state="LOAD", limit=1, recent=iter(["LOAD"])),
        (
            "workflow 'books' came to no exit state in 1 transition, its limit; "
            "its last way: LOAD -> LOAD; the store keeps what was written"
        ),
    ),
    "BranchCancelledError": (
        lambda: BranchCancelledError(workflow="books", state="LOAD", task="branch 0, 'load' (app.py:12)"),
        "branch 0, 'load' (app.py:12) in state LOAD of workflow 'books' was cancelled, but not by its split",
    ),
    "ExecutorError": (
        lambda: ExecutorError(
            workflow="books", state="LOAD", task="'load' (app.py:12)", executor="ProcessPool", reason="it broke"
        ),
        (
            "'load' (app.py:12) in state LOAD of workflow 'books' failed in ProcessPool: it broke; "
            "the store keeps what was written"
        ),
    ),
    "ExecutorError, with advice": (
        lambda: ExecutorError(
            workflow="books",
            state="LOAD",
            task="'load' (app.py:12)",
            executor="ProcessPool",
            reason="it broke",
            advice="mend it",
        ),
        (
            "'load' (app.py:12) in state LOAD of workflow 'books' failed in ProcessPool: it broke; "
            "the store keeps what was written; mend it"
        ),
    ),
    "SchedulerError": (
        lambda: SchedulerError(scheduler="night", action="start", reason="it has been started"),
        "scheduler 'night' cannot start(): it has been started",
    ),
    "SchedulerError, of a job": (
        lambda: SchedulerError(scheduler="night", action="trigger", job="boks", reason="no such job", known=["books"]),
        "scheduler 'night' cannot trigger('boks'): no such job; did you mean 'books'?",
    ),
    "SchedulerError, with advice": (
        lambda: SchedulerError(
            scheduler="night", action="trigger", job="books", reason="it has been stopped", advice="start it"
        ),
        "scheduler 'night' cannot trigger('books'): it has been stopped; start it",
    ),
    "MissingExtraError": (
        lambda: MissingExtraError(feature="RedisStore", package="redis", extra="redis"),
        "RedisStore needs the 'redis' package; install it with: pip install 'keyrack[redis]'",
    ),
}
every = pytest.mark.parametrize("case", MAKERS)


@every
def test_an_error_is_one_sentence(case: str) -> None:
    make, sentence = MAKERS[case]
    error = make()

    assert sentence == str(error)
    assert repr(error) == f"{type(error).__name__}({sentence!r})"


def test_every_error_of_keyrack_is_tried_here() -> None:
    errors = {
        value
        for name, value in vars(keyrack.errors).items()
        if inspect.isclass(value) and issubclass(value, BaseException) and not name.startswith("_")
    }

    assert errors == {type(make()) for make, _ in MAKERS.values()} | (errors & {KeyrackError})
    assert all(getattr(keyrack, error.__name__) is error for error in errors)
    assert all(issubclass(error, KeyrackError) and error.__name__.endswith("Error") for error in errors)


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (KeyNotFoundError, KeyError),
        (TypeMismatchError, TypeError),
        (AppendTypeMismatchError, TypeMismatchError),
        (ValueCopyError, TypeError),
        (LockError, TimeoutError),
        (WorkflowTimeoutError, TimeoutError),
        (JoinError, ExceptionGroup),
        (MissingExtraError, ImportError),
        (BackendUnavailableError, BackendError),
        (BackendFullError, BackendError),
        *((kind, StoreError) for kind in (KeyDefinitionError, KeyNotFoundError, TypeMismatchError, LockError)),
        *((kind, StoreError) for kind in (ValueCopyError, CorruptValueError, BackendError, StoreClosedError)),
        *((kind, WorkflowError) for kind in (ConfigurationError, StateNotRegisteredError, JoinError)),
        *((kind, WorkflowError) for kind in (WorkflowTimeoutError, RetryExhaustedError, TransitionLimitError)),
        *((kind, WorkflowError) for kind in (BranchCancelledError, ExecutorError)),
    ],
)
def test_an_error_is_also_what_the_standard_library_calls_it(kind: type, base: type) -> None:
    assert issubclass(kind, base)


def test_facts_are_attributes() -> None:
    error = mismatch(stored="int", problems=lambda: Problems((AGE, MISSING), 3))

    assert (error.action, error.key, error.expected, error.store) == ("put", "team", "Team", "MemoryStore")
    assert (error.stored, error.subject) == ("int", "team")
    assert error.problems == (AGE, MISSING)
    assert error.left_out == 3
    path, message, got = error.problems[0]
    assert (path, message, got) == (("users", 1, "age"), "should be a valid integer", "'abc' (str)")


def test_the_facts_of_a_workflow_error_are_attributes() -> None:
    join = JoinError("quorum", 1, 2, 4, [OSError("a")], cancelled=2)
    late = WorkflowTimeoutError(workflow="books", state="LOAD", limit=2.5, task="'load' (app.py:1)")
    endless = TransitionLimitError(workflow="books", state="LOAD", limit=9, recent=iter(["LOAD", "PARSE"]))
    lost = BranchCancelledError(workflow="books", state="LOAD", task="'load' (app.py:1)")
    broken = ExecutorError(workflow="books", state="LOAD", task="'load' (app.py:1)", executor="Pool", reason="why")

    assert (join.strategy, join.succeeded, join.required, join.total, join.cancelled) == ("quorum", 1, 2, 4, 2)
    assert (late.workflow, late.state, late.limit, late.task) == ("books", "LOAD", 2.5, "'load' (app.py:1)")
    assert (endless.workflow, endless.state, endless.limit) == ("books", "LOAD", 9)
    assert endless.recent == ("LOAD", "PARSE")
    assert (lost.workflow, lost.state, lost.task) == ("books", "LOAD", "'load' (app.py:1)")
    assert (broken.task, broken.executor, broken.reason, broken.advice) == ("'load' (app.py:1)", "Pool", "why", None)


def test_the_facts_of_a_scheduler_error_are_attributes() -> None:
    error = SchedulerError(
        scheduler="night", action="trigger", job="boks", reason="why", advice="what", known=iter(["books"])
    )

    assert (error.scheduler, error.action, error.job) == ("night", "trigger", "boks")
    assert (error.reason, error.advice, error.known) == ("why", "what", ("books",))


def test_a_time_limit_of_a_workflow_names_no_task_and_a_join_cancels_nothing_unless_it_says_so() -> None:
    assert WorkflowTimeoutError(workflow="books", state="LOAD", limit=1).task is None
    assert JoinError("all", 0, 1, 1, [OSError("a")]).cancelled == 0


class SilentError(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise LookupError("no text")


def failed(*errors: Exception) -> list[KeyrackError]:
    """Give each error that tells what tasks raised."""
    return [
        JoinError("all", 0, len(errors), len(errors), errors),
        RetryExhaustedError(workflow="books", state="LOAD", task="load", errors=errors),
    ]


@pytest.mark.parametrize("index", range(2))
def test_a_failure_that_cannot_say_what_it_is_is_told_by_its_class(index: int) -> None:
    error = failed(OSError("gone"), SilentError())[index]

    assert "SilentError" in str(error)
    assert "SilentError" in repr(error)


@pytest.mark.parametrize("index", range(2))
@pytest.mark.parametrize("text", ["one\ntwo\r\nthree", "long " * 10_000, "\x1b[31mred\x07", "lone \udc80 surrogate"])
def test_a_failure_is_told_on_one_line_that_a_terminal_shows_and_shortened(index: int, text: str) -> None:
    told = str(failed(ValueError(text))[index])

    assert told.isprintable()
    assert len(told) < 300
    assert "ValueError: " in told


@pytest.mark.parametrize("index", range(2))
def test_a_failure_without_words_is_told_by_its_class_alone(index: int) -> None:
    assert str(failed(TimeoutError())[index]).endswith(" TimeoutError")
