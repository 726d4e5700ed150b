"""Enums, exceptions, executors and functions of others that do not behave as one expects."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from enum import Enum, Flag
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, Stage, raising, single

from keyrack.errors import ConfigurationError, ExecutorError, KeyrackError, RetryExhaustedError
from keyrack.testing import run_in_virtual_time
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore

# --- enums ----------------------------------------------------------------------------------------


def test_a_state_without_a_name_is_refused() -> None:
    class Mode(Flag):
        READ = 1

    with pytest.raises(ConfigurationError, match="the state has no name"):
        Workflow(Mode).register(Mode(0), raising(AssertionError()))


def test_states_that_cannot_be_hashed_are_refused_with_the_way_out() -> None:
    @dataclass
    class Size:
        width: int

    class Sizes(Size, Enum):
        SMALL = 1

    with pytest.raises(ConfigurationError, match=r"members of Sizes cannot be hashed; .* let it be frozen=True"):
        Workflow(Sizes)


# --- functions ------------------------------------------------------------------------------------


async def later(_error: Exception) -> bool:
    return True


async def someday() -> float:
    return 0.5


@pytest.mark.parametrize("option", [{"on": later}, {"random": someday}], ids=["on", "random"])
def test_a_coroutine_function_decides_no_retries(option: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="is a plain function; nobody would await"):
        Retry(3, **option)


def test_chance_that_raises_is_told_from_the_task_that_failed() -> None:
    def broken() -> float:
        raise ZeroDivisionError

    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, raising(OSError("no")), retry=Retry.exponential(3, random=broken))

    with pytest.raises(ZeroDivisionError) as caught:
        workflow.run()

    assert caught.value.__notes__[0].startswith("while asking how long to wait before trying again 'fail' ")


@pytest.mark.parametrize("progress", [False, True])
@pytest.mark.parametrize("wrong", [5, "ab"])
def test_observers_that_are_none_are_refused_with_progress_or_without(wrong: Any, progress: bool) -> None:
    with pytest.raises(ConfigurationError, match="observers are given in a list or a tuple"):
        single(raising(AssertionError())).run(observers=wrong, progress=progress)


def test_a_policy_is_the_same_after_pickling_and_takes_its_chances_where_it_is() -> None:
    policy = Retry.exponential(5)

    again, other = (pickle.loads(pickle.dumps(policy)) for _ in range(2))

    assert again == policy
    assert [again.delay(failed) for failed in range(1, 20)] != [other.delay(failed) for failed in range(1, 20)]


# --- exceptions -----------------------------------------------------------------------------------


class Undecided(BaseException):
    def __bool__(self) -> NoReturn:
        raise RuntimeError("neither")


def test_a_split_ends_though_what_its_branches_raise_cannot_say_whether_it_is_true() -> None:
    async def first(_store: MemoryStore) -> None:
        await asyncio.sleep(1)
        raise Undecided

    async def second(_store: MemoryStore) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            raise Undecided

    workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE)
    workflow.register_split(LOAD, [first, second, second], JoinConfig(JoinStrategy.all(), DONE))

    with pytest.raises(Undecided):
        run_in_virtual_time(workflow.orchestrate())


def test_errors_that_hold_errors_are_pickled_in_time_that_grows_with_their_number() -> None:
    times = 0

    class CountedError(Exception):
        def __reduce__(self) -> tuple[Any, ...]:
            nonlocal times
            times += 1
            return ValueError, ("inside",)

    error: Exception = CountedError()
    for _ in range(12):
        error = RetryExhaustedError(workflow="books", state="LOAD", task="load", errors=[error])
    pickle.dumps(error)

    assert times < 5
    assert isinstance(error, KeyrackError)


# --- executors ------------------------------------------------------------------------------------


class Early(Executor):
    """Says that a call is over before it has made it."""

    def __init__(self) -> None:
        self.call: Callable[[], object] = lambda: None

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.call = lambda: fn(*args, **kwargs)
        future: Future[Any] = Future()
        future.set_result(None)
        return future


def test_a_call_that_its_executor_gave_up_is_never_made() -> None:
    early = Early()

    def load(store: MemoryStore) -> Stage:
        store.put(COUNT, 1)
        return DONE

    workflow = single(load, executor=early)
    with pytest.raises(ExecutorError, match="did not make the call"):
        workflow.run()

    early.call()

    assert workflow.store.is_empty()
