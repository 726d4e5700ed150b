"""What comes of a split: what branches return, its summary, and the notes of its errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import pytest
from pydantic import AfterValidator
from tests.workflow.books import DONE, LOAD, MERGE, PARSE, Other, Stage, line, raising, returning
from tests.workflow.branches import (
    SUMMARY,
    ScriptedError,
    cancels_itself,
    ending,
    finished,
    join_error,
    never,
    plainly_failing,
    split,
)

from keyrack.errors import BranchCancelledError, StateNotRegisteredError, TypeMismatchError
from keyrack.keys.key import StoreKey
from keyrack.testing import Recorder
from keyrack.workflow import (
    Branch,
    BranchEnded,
    BranchFailure,
    BranchStarted,
    JoinConfig,
    JoinStrategy,
    Retry,
    SplitSummary,
    TaskResult,
    Workflow,
)

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

# --- what branches return -------------------------------------------------------------------------

RIGHT = [None, MERGE, DONE, TaskResult.single(PARSE), TaskResult.split(PARSE, MERGE)]


@pytest.mark.parametrize("value", RIGHT, ids=repr)
def test_what_a_branch_returns_does_not_say_where_the_run_goes_on(value: object) -> None:
    finished(split([returning(value)]))


WRONG = [
    (
        "MERGE",
        "'MERGE' (str), which is no member of Stage; the store keeps what was written; did you mean Stage.MERGE?",
    ),
    ("over", "'over' (str), which is no member of Stage; the store keeps what was written"),
    (Other.ELSE, "Other.ELSE, which is no member of Stage; the store keeps what was written"),
    (0, "0 (int), which is no member of Stage; the store keeps what was written"),
    ([DONE], "[<Stage.DONE: 'done'>] (list), which is no member of Stage; the store keeps what was written"),
]


@pytest.mark.parametrize(("value", "reason"), WRONG, ids=[repr(value) for value, _ in WRONG])
@pytest.mark.parametrize("kind", ["coroutine", "plain"])
def test_a_branch_that_returns_what_is_no_state_has_failed(value: object, reason: str, kind: str) -> None:
    def plain(_store: MemoryStore) -> object:
        return value

    workflow = split([returning(value) if kind == "coroutine" else plain, returning(None)])
    handler = workflow.handlers[LOAD]
    task = "task" if kind == "coroutine" else "plain"

    (error,) = join_error(workflow).exceptions

    assert isinstance(error, StateNotRegisteredError)
    assert str(error) == (
        f"branch 0, '{task}' ({handler.file}:{handler.line}) in state LOAD of workflow 'books' returned {reason}"
    )


async def clean(_store: MemoryStore) -> None:
    """What branches forget to await."""


def test_a_coroutine_that_a_branch_did_not_await_is_a_failure_and_no_warning() -> None:
    async def forgetful(store: MemoryStore) -> Any:
        return clean(store)

    (error,) = join_error(split([forgetful])).exceptions

    assert str(error).endswith("; the store keeps what was written; await it")


def test_a_coroutine_that_has_begun_and_fails_when_it_is_closed_is_a_failure_all_the_same() -> None:
    async def messy() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise ScriptedError

    async def forgetful(_store: MemoryStore) -> Any:
        coroutine = messy()
        coroutine.send(None)
        return coroutine

    (error,) = join_error(split([forgetful])).exceptions

    assert isinstance(error, StateNotRegisteredError)


def test_an_object_that_does_not_tell_its_class_is_a_failure_like_any_other() -> None:
    class Unbound:
        def __getattribute__(self, name: str) -> NoReturn:
            raise RuntimeError("unbound")

    (error,) = join_error(split([returning(Unbound()), returning(None)])).exceptions

    assert isinstance(error, StateNotRegisteredError)


@pytest.mark.parametrize("moment", [BranchStarted, BranchEnded])
@pytest.mark.parametrize("raised", [ValueError("no"), asyncio.CancelledError()], ids=repr)
def test_an_observer_that_raises_at_a_branch_does_not_disturb_the_split(
    moment: type, raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def observer(event: object) -> None:
        if isinstance(event, moment):
            raise raised

    workflow = split([ending(0, 1), ending(1, 2)], concurrency=1, observers=[observer])

    assert finished(workflow) == 3
    assert caplog.messages == [f"an observer raised at {moment.__name__}"] * 2


# --- summaries ------------------------------------------------------------------------------------


def test_a_summary_says_what_became_of_each_branch_when_the_join_fails_too() -> None:
    workflow = split([raising(ValueError("no")), returning(None), never], timeout=1)

    join_error(workflow)

    assert workflow.store.get(SUMMARY) == SplitSummary(
        "all",
        3,
        (Branch(1, "task"),),
        (BranchFailure(Branch(0, "fail"), "ValueError", "no"),),
        (Branch(2, "never"),),
        (),
    )


def test_a_split_without_a_key_for_it_puts_no_summary() -> None:
    workflow = split([returning(None)], summary=None)

    finished(workflow)

    assert workflow.store.keys() == ["count"]


def _good(summary: SplitSummary) -> SplitSummary:
    assert not summary.errors
    return summary


GOOD = StoreKey("summary", Annotated[SplitSummary, AfterValidator(_good)])


def test_a_summary_that_does_not_fit_its_key_is_an_error_that_names_the_split() -> None:
    workflow = split([raising(ScriptedError()), returning(None)], JoinStrategy.any(), summary=GOOD)

    with pytest.raises(TypeMismatchError) as caught:
        finished(workflow)

    assert "'split of 2'" in caught.value.__notes__[0]
    assert "in state LOAD of workflow 'books'" in caught.value.__notes__[0]
    assert not workflow.store.contains_key(GOOD)


def test_a_summary_that_does_not_fit_its_key_does_not_hide_why_the_join_failed() -> None:
    error = join_error(split([raising(ScriptedError())], summary=GOOD))

    assert [type(one) for one in error.exceptions] == [ScriptedError]
    assert error.__notes__[-1].startswith("its summary is not in the store: cannot put 'summary' (SplitSummary)")


class MuteError(Exception):
    """An error that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_error_that_cannot_say_what_it_is_neither_hides_a_summary_nor_a_join_error() -> None:
    workflow = split([raising(MuteError())])

    error = join_error(workflow)

    assert "MuteError" in str(error)
    assert workflow.store.get(SUMMARY).errors[0].error == "MuteError"


# --- notes ----------------------------------------------------------------------------------------


def test_a_join_error_names_the_split_with_its_place_its_state_and_its_workflow() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register_split(LOAD, [raising(ScriptedError()), never], JoinConfig(JoinStrategy.quorum(2), DONE))
    place = f"{__file__}:{line() - 1}"

    error = join_error(workflow)

    assert error.__notes__ == [f"while joining 'split of 2' ({place}) in state LOAD of workflow 'books'"]
    assert str(error) == "0 of 2 branches succeeded, quorum needs 2; failures: ScriptedError; 1 cancelled"


def test_a_join_error_says_how_many_succeeded_how_many_it_takes_and_what_failed() -> None:
    tasks = [
        returning(None),
        raising(OSError("reset")),
        returning(None),
        raising(ValueError("bad")),
        raising(KeyError(1)),
    ]

    error = join_error(split(tasks, JoinStrategy.quorum(3)))

    assert str(error).startswith(
        "2 of 5 branches succeeded, quorum needs 3; failures: OSError: reset; ValueError: bad; KeyError: 1"
    )


def plainly_wrong(_store: MemoryStore) -> str:
    return "over"


@pytest.mark.parametrize("observed", [False, True], ids=["alone", "observed"])
@pytest.mark.parametrize("retried", [False, True], ids=["once", "retried"])
def test_each_failure_has_one_note_that_names_branch_task_state_and_workflow(observed: bool, retried: bool) -> None:
    tasks = [returning("over"), raising(ScriptedError()), cancels_itself, plainly_wrong, plainly_failing]
    names = ["task", "fail", "cancels_itself", "plainly_wrong", "plainly_failing"]
    retry = Retry.fixed(2, 0, on=LookupError) if retried else None

    error = join_error(split(tasks, retry=retry, observers=[Recorder()] if observed else []))
    notes = sorted(note for one in error.exceptions for note in one.__notes__)

    assert [note.partition(", try")[0] for note in notes] == [
        f"while running branch {number}, '{name}' in state LOAD of workflow 'books'"
        for number, name in enumerate(names)
    ]
    assert {BranchCancelledError, StateNotRegisteredError, ScriptedError} == {type(one) for one in error.exceptions}
