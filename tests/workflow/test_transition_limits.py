"""The transitions that a run may make, and circles without an end."""

from __future__ import annotations

import asyncio

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Stage, Task, raising, single
from tests.workflow.clock import clock, run_by_hand

from keyrack.errors import TransitionLimitError, WorkflowTimeoutError
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, TaskResult, Workflow

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
