"""Where observers are called: in which context, in which thread, and between which steps of a run."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Stage, books, single
from tests.workflow.told import everything

from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import Event, JoinConfig, JoinStrategy, Observer, RunFinished, RunStarted, StateEntered, Workflow

if TYPE_CHECKING:
    from keyrack.keys.key import StoreKey
    from keyrack.stores import MemoryStore


WHO = ContextVar("WHO", default="nobody")


def seen(values: list[tuple[str, str]]) -> Observer:
    def observe(event: Event) -> None:
        values.append((type(event).__name__, WHO.get()))

    return observe


def test_an_observer_sees_the_context_of_what_happens() -> None:
    values: list[tuple[str, str]] = []

    async def first(_store: MemoryStore) -> Stage:
        WHO.set("first")
        return PARSE

    async def branch(_store: MemoryStore) -> Stage:
        WHO.set("branch")
        raise ValueError

    workflow = Workflow(Stage, initial=LOAD).register(LOAD, first).add_exit_states(DONE)
    workflow.register_split(PARSE, [branch], JoinConfig(JoinStrategy.partial_timeout(), DONE, timeout=1.0))

    async def run() -> None:
        WHO.set("caller")
        await workflow.orchestrate(observers=[seen(values)])

    run_in_virtual_time(run())

    assert values == [
        ("RunStarted", "caller"),
        ("StateEntered", "caller"),
        ("StateEntered", "first"),
        ("SplitStarted", "first"),
        ("BranchStarted", "first"),
        ("AttemptFailed", "branch"),
        ("BranchEnded", "first"),
        ("Joined", "first"),
        ("RunFinished", "first"),
    ]


def test_a_task_sees_what_an_observer_put_into_the_context() -> None:
    values: list[str] = []

    def trace(event: Event) -> None:
        if isinstance(event, StateEntered):
            WHO.set(event.state.name)

    def in_a_thread(_store: MemoryStore) -> Stage:
        values.append(WHO.get())
        return PARSE

    async def on_the_loop(_store: MemoryStore) -> Stage:
        values.append(WHO.get())
        return DONE

    single(in_a_thread).register(PARSE, on_the_loop).run(observers=[trace])

    assert values == ["LOAD", "PARSE"]


def test_observers_are_called_in_the_thread_of_the_event_loop() -> None:
    threads: list[threading.Thread] = []

    def observe(_: Event) -> None:
        threads.append(threading.current_thread())

    books().run(observers=[observe])

    assert set(threads) == {threading.current_thread()}


def test_what_an_observer_reads_from_the_store_is_what_the_task_before_wrote() -> None:
    counts: list[int] = []
    workflow = everything()
    key: StoreKey[int] = COUNT

    def observe(event: Event) -> None:
        if isinstance(event, (RunStarted, StateEntered, RunFinished)):
            counts.append(workflow.store.get(key, 0))

    run_in_virtual_time(workflow.orchestrate(observers=[observe]))

    assert counts == [0, 0, 1, 2, 4]


def test_an_observer_may_run_a_workflow_of_its_own_store_between_the_steps_of_another() -> None:
    recorder = Recorder()
    pending: list[asyncio.Task[Stage]] = []

    def observe(event: Event) -> None:
        if isinstance(event, StateEntered):
            pending.append(asyncio.ensure_future(books().orchestrate(observers=[recorder])))

    async def run() -> list[Stage]:
        await books().orchestrate(observers=[observe])
        return await asyncio.gather(*pending)

    assert asyncio.run(run()) == [DONE] * 3
    for one in recorder.runs:
        one.assert_path(LOAD, PARSE, MERGE, DONE)
