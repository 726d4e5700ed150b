"""Limits of a run: the seconds that it may take, and the transitions that it may make."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Stage, raising, single
from tests.workflow.clock import Clock, CountingClock, clock, let_others_run, run_by_hand

from keyrack.errors import JoinError, TransitionLimitError, WorkflowTimeoutError
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, TaskResult, Workflow
from keyrack.workflow.site import current_task

Task = Callable[[MemoryStore], Coroutine[Any, Any, Any]]


def time() -> float:
    return asyncio.get_running_loop().time()


def timers() -> int:
    """How many timers are set."""
    loop: Any = asyncio.get_running_loop()
    return sum(not handle.cancelled() for handle in loop._scheduled)


async def slow(_store: MemoryStore) -> Stage:
    await asyncio.sleep(100)
    return DONE


# --- seconds --------------------------------------------------------------------------------------


def ran_out(workflow: Workflow[Stage, MemoryStore]) -> tuple[WorkflowTimeoutError, float]:
    """Run until time is up, and give the error and when that was; nothing of the run is left."""

    async def run() -> tuple[WorkflowTimeoutError, float]:
        with pytest.raises(WorkflowTimeoutError) as caught:
            await workflow.orchestrate()
        assert current_task().cancelling() == 0
        assert asyncio.all_tasks() == {current_task()}
        assert timers() == 0
        return caught.value, time()

    return run_in_virtual_time(run())


def test_a_run_out_of_time_names_workflow_state_and_limit() -> None:
    error, moment = ran_out(single(slow, timeout=10))

    assert moment == 10
    assert str(error) == "workflow 'books' ran out of time in state LOAD: the limit is 10 s"
    assert (error.workflow, error.state, error.limit, error.task) == ("books", "LOAD", 10, None)
    assert isinstance(error.__cause__, asyncio.CancelledError)


async def first_a_little(store: MemoryStore) -> Stage:
    store.put(COUNT, 1)
    await asyncio.sleep(3)
    return PARSE


async def failing(_store: MemoryStore) -> Stage:
    raise OSError("no")


def then_slow(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    return workflow.register(PARSE, slow)


def then_slow_with_a_policy(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    return workflow.register(PARSE, slow, attempt_timeout=60, retry=Retry.fixed(2))


def then_a_delay(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    return workflow.register(PARSE, failing, retry=Retry.fixed(3, 60))


def then_a_split(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    return workflow.register_split(PARSE, [slow, slow], JoinConfig(JoinStrategy.all(), DONE, concurrency=1))


def then_a_split_with_a_policy(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    join = JoinConfig(JoinStrategy.any(), DONE, timeout=60)
    return workflow.register_split(PARSE, [slow, failing], join, attempt_timeout=60, retry=Retry.fixed(5, 60))


def then_another_workflow(workflow: Workflow[Stage, MemoryStore]) -> Workflow[Stage, MemoryStore]:
    inner = single(slow, timeout=60)

    async def nested(store: MemoryStore) -> Stage:
        return await inner.orchestrate(store=store)

    return workflow.register(PARSE, nested)


@pytest.mark.parametrize("observed", [False, True], ids=["unobserved", "observed"])
@pytest.mark.parametrize(
    "then",
    [
        then_slow,
        then_slow_with_a_policy,
        then_a_delay,
        then_a_split,
        then_a_split_with_a_policy,
        then_another_workflow,
    ],
)
def test_a_run_out_of_time_ends_wherever_it_is(
    then: Callable[[Workflow[Stage, MemoryStore]], Workflow[Stage, MemoryStore]], observed: bool
) -> None:
    recorder = Recorder()
    workflow = then(single(first_a_little, timeout=10, observers=[recorder] if observed else []))

    error, moment = ran_out(workflow)

    assert moment == 10
    assert str(error) == "workflow 'books' ran out of time in state PARSE: the limit is 10 s"
    assert workflow.store.get(COUNT) == 1
    if observed:
        recorder.assert_failed(WorkflowTimeoutError)


def test_a_run_in_time_is_not_cancelled_later_and_leaves_no_timer() -> None:
    async def run() -> None:
        assert await single(slow, timeout=101).orchestrate() is DONE
        assert timers() == 0
        await asyncio.sleep(1000)

    run_in_virtual_time(run())


def test_a_run_that_fails_in_time_leaves_no_timer() -> None:
    async def run() -> None:
        workflow = single(raising(OSError("no")), timeout=100).register(PARSE, slow, attempt_timeout=5)
        with pytest.raises(OSError, match="no"):
            await workflow.orchestrate()
        assert timers() == 0

    run_in_virtual_time(run())


def test_each_run_has_the_whole_time() -> None:
    workflow = single(slow, timeout=150)

    async def run() -> None:
        for _ in range(3):
            assert await workflow.orchestrate() is DONE

    run_in_virtual_time(run())


def test_runs_side_by_side_have_their_own_time() -> None:
    workflow = single(slow, timeout=50)

    async def begun_at(moment: float) -> float:
        await asyncio.sleep(moment)
        with pytest.raises(WorkflowTimeoutError):
            await workflow.orchestrate(store=MemoryStore())
        return time()

    async def run() -> list[float]:
        return [*await asyncio.gather(begun_at(0), begun_at(7), begun_at(30))]

    assert run_in_virtual_time(run()) == [50, 57, 80]


def test_a_task_that_goes_on_in_spite_of_the_limit_ends_the_run_after_it(caplog: pytest.LogCaptureFixture) -> None:
    async def stubborn(store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            await asyncio.sleep(5)
        store.put(COUNT, 1)
        return PARSE

    workflow = single(stubborn, timeout=10).register(PARSE, slow)
    task = workflow.handlers[LOAD]

    error, moment = ran_out(workflow)

    assert moment == 15
    assert error.state == "LOAD"
    assert workflow.store.get(COUNT) == 1
    assert caplog.messages == [
        f"{task} in state LOAD of workflow 'books' was cancelled and went on; the run ends after it"
    ]


async def slow_to_close(_store: MemoryStore) -> Stage:
    try:
        await asyncio.sleep(100)
    finally:
        await asyncio.sleep(2)
    return DONE


@pytest.mark.parametrize(("limit", "attempt_limit", "end"), [(10, 10, 12), (10, 11, 12), (11, 10, 12)])
def test_a_run_and_an_attempt_that_are_out_of_time_together_end_once_and_by_the_run(
    limit: float, attempt_limit: float, end: float
) -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD, timeout=limit).add_exit_states(DONE)
    workflow.register(LOAD, slow_to_close, attempt_timeout=attempt_limit, retry=Retry.fixed(9, 60))

    error, moment = ran_out(workflow)

    assert error.task is None
    assert error.limit == limit
    assert moment == end


def test_an_error_with_which_a_task_answers_the_limit_does_not_hide_it() -> None:
    async def untidy(_store: MemoryStore) -> Stage:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            raise OSError("could not close") from None
        return DONE

    error, moment = ran_out(single(untidy, timeout=10))

    assert moment == 10
    assert repr(error.__cause__) == "OSError('could not close')"


def test_a_split_that_fails_when_the_run_is_out_of_time_is_not_waited_for_twice() -> None:
    join = JoinConfig(JoinStrategy.all(), DONE, timeout=10)
    workflow = Workflow(Stage, initial=LOAD, timeout=10).add_exit_states(DONE)
    workflow.register_split(LOAD, [slow_to_close, slow_to_close], join)

    async def run() -> float:
        with pytest.raises((JoinError, WorkflowTimeoutError)):
            await workflow.orchestrate()
        assert asyncio.all_tasks() == {current_task()}
        assert current_task().cancelling() == 0
        return time()

    assert run_in_virtual_time(run()) == 12


@pytest.mark.parametrize("outer", [9, 10, 11])
@pytest.mark.parametrize("task", [slow, slow_to_close])
def test_a_timeout_around_a_run_does_not_disturb_its_limit(outer: float, task: Task) -> None:
    async def run() -> type[BaseException]:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(outer):
                await single(task, timeout=10).orchestrate()
        assert current_task().cancelling() == 0
        return caught.type

    own = outer == 11 and task is slow

    assert run_in_virtual_time(run()) is (WorkflowTimeoutError if own else TimeoutError)


def test_a_run_that_is_cancelled_before_its_time_is_up_ends_as_cancelled() -> None:
    async def run() -> None:
        running = asyncio.create_task(single(slow_to_close, timeout=10).orchestrate())
        await asyncio.sleep(9)
        running.cancel("enough")
        with pytest.raises(asyncio.CancelledError, match="enough"):
            await running
        assert time() == 11
        assert timers() == 0

    run_in_virtual_time(run())


def test_a_plain_function_is_waited_for_when_the_run_is_out_of_time() -> None:
    go = threading.Event()
    loops: list[Clock] = []

    def task(store: MemoryStore) -> Stage:
        loops[0].call_soon_threadsafe(loops[0].forward, 60)
        go.wait()
        store.put(COUNT, 1)
        return DONE

    workflow = single(task, timeout=10)

    async def run() -> None:
        loops.append(clock())
        running = asyncio.create_task(workflow.orchestrate())
        while clock().now < 60:  # noqa: ASYNC110  # the thread puts the clock forward
            await asyncio.sleep(0)
        await let_others_run()
        assert not running.done()
        go.set()
        with pytest.raises(WorkflowTimeoutError):
            await running

    run_by_hand(run())

    assert workflow.store.get(COUNT) == 1


def test_a_run_of_thousands_of_timed_attempts_sets_a_timer_for_the_run_and_one_for_the_attempts() -> None:
    async def count(store: MemoryStore) -> Stage:
        store.put(COUNT, store.get(COUNT, 0) + 1)
        return DONE if store.get(COUNT) == 5000 else LOAD

    workflow = Workflow(Stage, initial=LOAD, timeout=100).register(LOAD, count, attempt_timeout=5)
    loop = CountingClock()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(workflow.add_exit_states(DONE).orchestrate()) is DONE

    assert loop.timers == 2


# --- transitions ----------------------------------------------------------------------------------


def way_of(number: int, kind: str) -> Task:
    """A task that goes in a circle and ends with its *number*-th transition."""
    left = number

    async def task(_store: MemoryStore) -> Stage | TaskResult[Stage]:
        nonlocal left
        left -= 1
        state = LOAD if left else DONE
        return TaskResult.single(state) if kind == "results" else state

    return task


def circle(number: int, kind: str, limit: int | None) -> Workflow[Stage, MemoryStore]:
    """A workflow that ends with its *number*-th transition."""
    observers = [Recorder()] if kind == "observed" else []
    workflow: Workflow[Stage, MemoryStore] = Workflow(
        Stage, name="books", initial=LOAD, max_transitions=limit, observers=observers
    )
    workflow.add_exit_states(DONE)
    if kind == "with a policy":
        return workflow.register(LOAD, way_of(number, kind), retry=Retry.fixed(2), attempt_timeout=60)
    return workflow.register(LOAD, way_of(number, kind))


KINDS = ["plain", "observed", "results", "with a policy"]
NUMBERS = [1, 2, 7, 8, 9, 10, 17, 1023, 1024, 1025, 1032, 1033, 2048, 3000]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_run_may_make_as_many_transitions_as_its_limit_and_not_one_more(number: int, kind: str) -> None:
    assert circle(number, kind, number).run() is DONE

    with pytest.raises(TransitionLimitError) as caught:
        circle(number + 1, kind, number).run()

    way = " -> ".join(["LOAD"] * (min(number, 8) + 1))
    assert caught.value.limit == number
    assert str(caught.value) == (
        f"workflow 'books' came to no exit state in {number:,} transition{'s' if number > 1 else ''}, its limit; "
        f"its last way: {way}; the store keeps what was written"
    )


def round_trip(kind: str, limit: int | None) -> Workflow[Stage, MemoryStore]:
    """A workflow of three states in a circle, each of another kind."""

    def to(state: Stage) -> Task:
        async def task(store: MemoryStore) -> Stage:
            store.put(COUNT, store.get(COUNT, 0) + 1)
            return state

        return task

    observers = [Recorder()] if kind == "observed" else []
    workflow = Workflow(Stage, name="books", initial=LOAD, max_transitions=limit, observers=observers)
    return (
        workflow.register(LOAD, to(PARSE))
        .register(PARSE, to(MERGE), attempt_timeout=60)
        .register_split(MERGE, [to(DONE)], JoinConfig(JoinStrategy.all(), LOAD))
        .add_exit_states(DONE)
    )


@pytest.mark.parametrize("kind", ["plain", "observed"])
@pytest.mark.parametrize("limit", [*range(1, 13), 30, 31, 32])
def test_states_of_every_kind_count_and_the_error_tells_the_way_through_them(limit: int, kind: str) -> None:
    workflow = round_trip(kind, limit)

    with pytest.raises(TransitionLimitError) as caught:
        workflow.run()

    names = [["LOAD", "PARSE", "MERGE"][number % 3] for number in range(limit + 1)]
    assert (*caught.value.recent, caught.value.state) == tuple(names[-9:])
    assert workflow.store.get(COUNT) == limit


def test_a_run_at_its_limit_is_told_to_observers() -> None:
    recorder = Recorder()

    with pytest.raises(TransitionLimitError):
        round_trip("plain", 4).run(observers=[recorder])

    recorder.assert_path(LOAD, PARSE, MERGE, LOAD)
    recorder.assert_failed(TransitionLimitError)


def test_attempts_at_a_task_are_no_transitions() -> None:
    errors = iter([OSError(), OSError(), OSError()])

    async def flaky(_store: MemoryStore) -> Stage:
        if (error := next(errors, None)) is not None:
            raise error
        return DONE

    workflow = Workflow(Stage, initial=LOAD, max_transitions=1).register(LOAD, flaky, retry=Retry.fixed(4))

    assert workflow.add_exit_states(DONE).run() is DONE


def test_each_run_has_all_of_its_transitions() -> None:
    workflow = round_trip("plain", 5)

    for _ in range(3):
        store = MemoryStore()
        with pytest.raises(TransitionLimitError):
            workflow.run(store=store)
        assert store.get(COUNT) == 5


def test_a_workflow_within_a_workflow_counts_for_itself() -> None:
    inner = circle(50, "plain", 50)

    async def nested(store: MemoryStore) -> Stage:
        return await inner.orchestrate(store=store)

    assert single(nested, max_transitions=1).run() is DONE


def test_a_run_that_starts_in_an_exit_state_makes_no_transition() -> None:
    assert single(raising(AssertionError()), max_transitions=1).run(DONE) is DONE


# --- circles without an end -----------------------------------------------------------------------

PATIENCE = 20_000
"""The transitions after which a run that lets nobody else run is given up."""


def endless(kind: str, seen: list[Stage]) -> Workflow[Stage, MemoryStore]:
    """A workflow that never ends and whose tasks never wait."""

    def to(state: Stage) -> Task:
        async def task(_store: MemoryStore) -> Stage | TaskResult[Stage]:
            seen.append(state)
            assert len(seen) < PATIENCE, "it lets nobody else run"
            return TaskResult.single(state) if kind == "results" else state

        return task

    limit = 60 if kind == "with a policy" else None
    workflow = Workflow(Stage, initial=LOAD, timeout=10, observers=[Recorder()] if kind == "observed" else [])
    workflow.register(LOAD, to(PARSE), attempt_timeout=limit)
    return workflow.register(PARSE, to(LOAD), attempt_timeout=60 if kind == "in turn" else limit)


ENDLESS = [*KINDS, "in turn"]


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_circle_without_an_end_can_be_cancelled(kind: str) -> None:
    seen: list[Stage] = []

    async def run() -> None:
        running = asyncio.create_task(endless(kind, seen).orchestrate())
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    run_by_hand(run())

    assert len(seen) > 100


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_circle_without_an_end_runs_out_of_time(kind: str) -> None:
    async def run() -> None:
        running = asyncio.create_task(endless(kind, []).orchestrate())
        await asyncio.sleep(0)
        clock().forward(60)
        with pytest.raises(WorkflowTimeoutError):
            await running

    run_by_hand(run())
