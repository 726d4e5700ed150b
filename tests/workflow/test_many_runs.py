"""A thousand runs of one definition at once, each on a store of its own, do not see each other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

import pytest
from tests.workflow.books import COUNT, DONE, FAILED, LOAD, MERGE, PARSE, Stage

from keyrack.errors import RetryExhaustedError
from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import JoinConfig, JoinStrategy, Retry, Workflow, events

T = TypeVar("T")

RUNS = 1000
NUMBER = StoreKey("number", int)
TRIES = StoreKey[int]("tries", default=0)
SEEN = StoreKey[list[str]]("seen", default_factory=list)
number_here: ContextVar[int] = ContextVar("number_here")


def definition() -> Workflow[Stage, MemoryStore]:
    """A workflow whose way, retries and branches depend on the number in its store."""
    workflow = Workflow(Stage, initial=LOAD, inputs=[NUMBER], timeout=3600.0).add_exit_states(DONE, FAILED)
    retry = Retry.exponential(4, base=0.001, ceiling=0.002)
    workflow.register(LOAD, fail_as_often_as_told, retry=retry, attempt_timeout=600.0)
    join = JoinConfig(JoinStrategy.quorum(2), MERGE, timeout=600.0, concurrency=2)
    workflow.register_split(PARSE, [named("first"), named("second"), named("third")], join)
    return workflow.register(MERGE, finish)


async def fail_as_often_as_told(store: MemoryStore) -> Stage:
    store.put(TRIES, store.get(TRIES) + 1)
    await asyncio.sleep(0)
    if store.get(TRIES) <= store.get(NUMBER) % 4:
        raise ValueError
    return PARSE


def named(name: str) -> Callable[[MemoryStore], Coroutine[Any, Any, None]]:
    async def branch(store: MemoryStore) -> None:
        await asyncio.sleep(0)
        store.append(SEEN, f"{name} {store.get(NUMBER)}")
        if name == "first" and store.get(NUMBER) % 3 == 0:
            raise ValueError

    return branch


async def finish(store: MemoryStore) -> Stage:
    if store.get(NUMBER) % 10 == 0:  # a part of them in threads
        await asyncio.to_thread(store.put, COUNT, number_here.get())
    else:
        store.put(COUNT, number_here.get())
    return FAILED if store.get(NUMBER) % 7 == 0 else DONE


def numbered(number: int) -> MemoryStore:
    store = MemoryStore()
    store.put(NUMBER, number)
    return store


async def all_at_once(*observers: Recorder) -> tuple[list[Stage], list[MemoryStore], list[Recorder]]:
    workflow = definition()
    stores = [numbered(number) for number in range(RUNS)]
    own = [Recorder() for _ in range(RUNS)]

    async def one(number: int) -> Stage:
        number_here.set(number)
        watching = [*observers, own[number]] if number % 2 else observers
        return await workflow.orchestrate(store=stores[number], observers=watching)

    ends = await asyncio.gather(*map(one, range(RUNS)))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert workflow.store.is_empty()
    return ends, stores, own


def real_time(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


on_both_clocks = pytest.mark.parametrize("run", [real_time, run_in_virtual_time], ids=["real", "virtual"])


@on_both_clocks
def test_a_thousand_runs_with_splits_retries_and_threads_do_not_see_each_other(run: Callable[..., Any]) -> None:
    ends, stores, _ = run(all_at_once())

    assert ends == [DONE if number % 7 else FAILED for number in range(RUNS)]
    for number, store in enumerate(stores):
        lines = store.get(SEEN)
        succeeded = 2 if number % 3 else 3
        assert store.get(COUNT) == store.get(NUMBER) == number
        assert store.get(TRIES) == number % 4 + 1
        assert {f"first {number}", f"second {number}"} <= set(lines)
        assert {line.split()[1] for line in lines} == {str(number)}
        assert len(lines) == len(set(lines)) >= succeeded


@on_both_clocks
def test_an_observer_of_a_thousand_runs_can_tell_them_apart(run: Callable[..., Any]) -> None:
    together = Recorder()

    _, _, own = run(all_at_once(together))

    runs: dict[int, list[events.Event]] = {}
    for event in together.events:
        runs.setdefault(event.run, []).append(event)
    assert len(runs) == RUNS
    assert [recorder.events for recorder in own if not recorder.events] == [[]] * (RUNS // 2)
    for recorder in own[1::2]:
        assert runs[recorder.events[0].run] == recorder.events
    for told in runs.values():
        assert isinstance(told[0], events.RunStarted)
        assert isinstance(told[-1], events.RunFinished)


@on_both_clocks
def test_what_is_told_of_each_of_a_thousand_runs_is_what_it_did(run: Callable[..., Any]) -> None:
    _, _, own = run(all_at_once())

    for number in range(1, RUNS, 2):
        own[number].assert_path(LOAD, PARSE, MERGE, DONE if number % 7 else FAILED)
        own[number].assert_failed_attempts(LOAD, number % 4)
    counts = Counter(len(recorder.delays) for recorder in own[1::2])
    assert counts == {1: RUNS // 4, 3: RUNS // 4}


def test_runs_that_fail_or_are_cancelled_among_a_thousand_do_not_touch_the_others() -> None:
    workflow = definition()
    stores = [numbered(number) for number in range(RUNS)]
    stores[500].put(TRIES, -10)  # so that no attempt succeeds

    async def one(number: int) -> Stage:
        number_here.set(number)
        return await workflow.orchestrate(store=stores[number])

    async def main() -> list[Stage | BaseException]:
        runs = [asyncio.create_task(one(number)) for number in range(RUNS)]
        await asyncio.sleep(0)
        runs[501].cancel()
        return await asyncio.gather(*runs, return_exceptions=True)

    ends = run_in_virtual_time(main())

    failed = {number: type(end) for number, end in enumerate(ends) if isinstance(end, BaseException)}
    assert failed == {500: RetryExhaustedError, 501: asyncio.CancelledError}
    assert [store.get(COUNT, -1) for store in stores] == [-1 if n in failed else n for n in range(RUNS)]


@on_both_clocks
def test_a_hundred_runs_with_plain_functions_in_threads_do_not_see_each_other(run: Callable[..., Any]) -> None:
    def plain(store: MemoryStore) -> Stage:
        store.put(COUNT, store.get(NUMBER) + number_here.get())
        return DONE

    workflow = Workflow(Stage, initial=LOAD).register(LOAD, plain).add_exit_states(DONE)
    stores = [numbered(number) for number in range(100)]

    async def one(number: int) -> Stage:
        number_here.set(number)
        return await workflow.orchestrate(store=stores[number])

    async def main() -> list[Stage]:
        return await asyncio.gather(*map(one, range(100)))

    assert run(main()) == [DONE] * 100

    assert [store.get(COUNT) for store in stores] == [number * 2 for number in range(100)]
