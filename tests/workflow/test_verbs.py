"""What observers are told of the verbs of the store: by which task, in which branch and attempt, in which order."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Stage

from keyrack.keys.key import StoreKey
from keyrack.stores import MemoryStore, NamespacedStore
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import (
    BranchEnded,
    Event,
    JoinConfig,
    JoinStrategy,
    Retry,
    RunFinished,
    StateEntered,
    StoreUsed,
    Workflow,
)

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore


class Curious(Recorder):
    """A recorder that wants to know about verbs."""

    verbs: bool = True


def short(recorder: Recorder) -> list[tuple[Any, ...]]:
    return [
        (used.state, used.task, used.branch, used.attempt, used.verb, used.keys[0].name)
        for used in recorder.of(StoreUsed)
    ]


def put(store: KeyValueStore) -> Stage:
    store.put(COUNT, 1)
    return DONE


async def put_later(store: KeyValueStore) -> Stage:
    await asyncio.sleep(1)
    return put(store)


class Third:
    """Fails twice, and writes each time."""

    def __init__(self) -> None:
        self.tries = 0

    async def run(self, store: MemoryStore) -> Stage:
        self.tries += 1
        store.put(COUNT, self.tries)
        if self.tries < 3:
            raise OSError
        return DONE


def single(task: Any, **options: Any) -> Workflow[Stage, MemoryStore]:
    return Workflow(Stage, initial=LOAD).register(LOAD, task, **options).add_exit_states(DONE)


def told(workflow: Workflow[Stage, Any], **options: Any) -> Curious:
    recorder = Curious()
    run_in_virtual_time(workflow.orchestrate(observers=[recorder], **options))
    return recorder


@pytest.mark.parametrize("task", [put, put_later], ids=["a thread", "a coroutine"])
def test_a_verb_is_told_with_the_task_that_used_it_before_the_state_is_left(task: Any) -> None:
    recorder = told(single(task))

    assert short(recorder) == [(LOAD, task.__name__, None, 1, "put", "count")]
    assert [type(event) for event in recorder.events[1:]] == [StateEntered, StoreUsed, RunFinished]


def test_observers_are_told_on_the_event_loop_when_a_thread_uses_the_store() -> None:
    threads: set[int] = set()

    class Where:
        verbs = True

        def __call__(self, event: Event) -> None:
            threads.add(threading.get_ident())

    run_in_virtual_time(single(put).orchestrate(observers=[Where()]))

    assert threads == {threading.get_ident()}


def test_who_does_not_ask_for_verbs_is_not_told_of_them() -> None:
    plain, curious = Recorder(), Curious()

    run_in_virtual_time(single(put).orchestrate(observers=[plain, curious]))

    assert [event for event in curious.events if not isinstance(event, StoreUsed)] == plain.events
    assert len(curious.events) == len(plain.events) + 1


def test_a_task_gets_the_very_store_where_nobody_asks_for_verbs() -> None:
    stores: list[MemoryStore] = []

    async def keep(store: MemoryStore) -> Stage:
        stores.append(store)
        return DONE

    workflow = single(keep)
    run_in_virtual_time(workflow.orchestrate(observers=[Recorder()]))

    assert stores == [workflow.store]
    assert type(stores[0]) is MemoryStore


def test_each_attempt_has_its_number() -> None:
    recorder = told(single(Third(), retry=Retry.fixed(3, 1.0)))

    assert [used.attempt for used in recorder.of(StoreUsed)] == [1, 2, 3]


@pytest.mark.parametrize("task", [put, put_later], ids=["threads", "coroutines"])
def test_each_branch_has_its_number(task: Any) -> None:
    workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE)
    workflow.register_split(LOAD, [task] * 4, JoinConfig(JoinStrategy.all(), DONE, concurrency=2))

    recorder = told(workflow)

    assert sorted(used.branch or 0 for used in recorder.of(StoreUsed)) == [0, 1, 2, 3]
    ended: set[int | None] = set()
    for event in recorder.events:
        if isinstance(event, BranchEnded):
            ended.add(event.branch.number)
        elif isinstance(event, StoreUsed):
            assert event.branch not in ended


def test_the_attempts_of_branches_have_both() -> None:
    workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE)
    join = JoinConfig(JoinStrategy.all(), DONE)
    workflow.register_split(LOAD, [Third(), Third()], join, retry=Retry.fixed(3, 1.0))

    recorder = told(workflow)

    assert [(used.branch, used.attempt) for used in recorder.of(StoreUsed)] == [
        *((0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3))
    ]


def test_what_a_task_leaves_to_tasks_of_its_own_counts_as_its() -> None:
    async def gathering(store: MemoryStore) -> Stage:
        await asyncio.gather(put_later(store), asyncio.to_thread(put, store))
        return DONE

    assert short(told(single(gathering))) == [(LOAD, "gathering", None, 1, "put", "count")] * 2


def test_a_run_in_a_task_of_another_one_tells_of_its_own_verbs_alone() -> None:
    inner, outer = Curious(), Curious()

    async def nesting(store: MemoryStore) -> Stage:
        await single(put_later, retry=Retry.fixed(2)).orchestrate(observers=[inner])
        store.put(COUNT, 2)
        return DONE

    run_in_virtual_time(single(nesting).orchestrate(observers=[outer]))

    assert short(inner) == [(LOAD, "put_later", None, 1, "put", "count")]
    assert short(outer) == [(LOAD, "nesting", None, 1, "put", "count")]


def test_the_verbs_of_a_run_on_the_store_of_another_one_are_told_to_both() -> None:
    inner, outer = Curious(), Curious()

    async def nesting(store: MemoryStore) -> Stage:
        return await single(put_later).orchestrate(store=store, observers=[inner])

    run_in_virtual_time(single(nesting).orchestrate(observers=[outer]))

    assert short(inner) == [(LOAD, "put_later", None, 1, "put", "count")]
    assert short(outer) == [(LOAD, "nesting", None, 1, "put", "count")]


def test_an_observer_that_uses_the_store_is_not_told_of_that() -> None:
    stores: list[KeyValueStore] = []

    async def keep(store: MemoryStore) -> Stage:
        stores.append(store)
        return put(store)

    class Counting(Curious):
        def __call__(self, event: Event) -> None:
            super().__call__(event)
            for store in stores:
                store.put(COUNT, len(self.events))

    recorder = Counting()
    run_in_virtual_time(single(keep).orchestrate(observers=[recorder]))

    assert len(recorder.of(StoreUsed)) == 1
    assert stores[0].get(COUNT) == 4


def test_runs_side_by_side_do_not_mix() -> None:
    recorder = Curious()
    workflow = single(put_later)

    async def several() -> None:
        await asyncio.gather(*(workflow.orchestrate(store=MemoryStore(), observers=[recorder]) for _ in range(5)))

    run_in_virtual_time(several())

    assert [short(run) for run in recorder.runs] == [[(LOAD, "put_later", None, 1, "put", "count")]] * 5


def test_the_verbs_of_a_later_state_are_not_taken_for_those_of_a_split_before_it() -> None:
    workflow = (
        Workflow(Stage, initial=PARSE)
        .register_split(PARSE, [put_later, put], JoinConfig(JoinStrategy.all(), MERGE))
        .register(MERGE, put)
        .add_exit_states(DONE)
    )

    assert short(told(workflow))[-1] == (MERGE, "put", None, 1, "put", "count")


def test_the_summary_of_a_split_is_told_as_written_by_the_split() -> None:
    from keyrack.workflow import SplitSummary

    summary = StoreKey("summary", SplitSummary)
    workflow = Workflow(Stage, initial=PARSE).add_exit_states(DONE)
    workflow.register_split(PARSE, [put, put], JoinConfig(JoinStrategy.all(), DONE, summary=summary))

    assert short(told(workflow))[-1] == (PARSE, "split of 2", None, 1, "put", "summary")


def test_a_verb_takes_the_time_of_the_event_loop() -> None:
    async def slow(store: MemoryStore) -> Stage:
        await asyncio.sleep(7)
        return put(store)

    (used,) = told(single(slow)).of(StoreUsed)

    assert (used.time, used.seconds) == (7.0, 0.0)


def test_a_store_that_a_run_is_given_is_told_of_by_its_name() -> None:
    store = NamespacedStore(MemoryStore(), "v2")
    workflow = Workflow(Stage, NamespacedStore(MemoryStore(), "v1"), initial=LOAD).register(LOAD, put)
    recorder = told(workflow.add_exit_states(DONE), store=store)

    (used,) = recorder.of(StoreUsed)
    assert (used.store, used.backend) == ("NamespacedStore('v2') of MemoryStore", "MemoryBackend")


def test_a_verb_that_raises_is_told_with_its_error() -> None:
    class Reading:
        async def run(self, store: MemoryStore) -> Stage:
            return Stage(str(store.get(StoreKey("nobody", str))))

    recorder = Curious()
    with pytest.raises(KeyError) as caught:
        run_in_virtual_time(single(Reading()).orchestrate(observers=[recorder]))

    (used,) = recorder.of(StoreUsed)
    assert used.error is caught.value


class Listless:
    """An observer that says whether it wants to know."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)


def test_an_observer_that_is_not_enabled_when_a_run_starts_is_told_nothing_of_it() -> None:
    off, on = Listless(enabled=False), Listless(enabled=True)
    workflow = Workflow(Stage, initial=LOAD, observers=[off, on]).register(LOAD, put).add_exit_states(DONE)

    run_in_virtual_time(workflow.orchestrate())
    assert (len(off.events), len(on.events)) == (0, 3)

    off.enabled = True
    run_in_virtual_time(workflow.orchestrate())
    assert (len(off.events), len(on.events)) == (3, 6)


def test_an_observer_that_cannot_say_whether_it_is_enabled_is_told_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Recorder):
        @property
        def enabled(self) -> bool:
            raise LookupError

    recorder = Broken()
    run_in_virtual_time(single(put).orchestrate(observers=[recorder]))

    assert len(recorder.events) == 3
    assert caplog.messages == ["an observer raised when it was asked for 'enabled'"]
