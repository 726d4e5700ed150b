"""The current span: what tasks see, wherever they run, and that nothing of it is left behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import baggage, context, trace
from tests.tracing.exporting import Telemetry, id_of, short
from tests.workflow.books import DONE, LOAD, MERGE, PARSE, Stage, books, single
from tests.workflow.told import WRONG, everything, split, work

from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Event, JoinConfig, JoinStrategy, Node, Retry, Workflow

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyrack.stores import MemoryStore


def parents(telemetry: Telemetry, name: str = "user") -> list[str]:
    """The names of what the spans of tasks are children of, in the order in which they began."""
    return [parent.name for span in telemetry.named(name) if (parent := telemetry.parent(span)) is not None]


@pytest.fixture
def user(telemetry: Telemetry) -> Callable[[], None]:
    """Make a span as the code of a task does."""

    def make() -> None:
        with telemetry.tracer.start_as_current_span("user"):
            pass

    return make


# --- what a task sees -----------------------------------------------------------------------------


def test_a_span_that_a_task_makes_is_a_child_of_its_attempt(telemetry: Telemetry, user: Callable[[], None]) -> None:
    class Shelve(Node[Stage, None, None]):
        def prep(self, store: MemoryStore) -> None:
            user()

        async def exec(self, data: None) -> None:
            await asyncio.sleep(1)
            user()

        def post(self, store: MemoryStore, result: None) -> Stage:
            user()
            return DONE

    async def coroutine(_store: MemoryStore) -> Stage:
        await asyncio.sleep(1)
        user()
        return PARSE

    def function(_store: MemoryStore) -> Stage:
        assert threading.current_thread() is not threading.main_thread()
        user()
        return MERGE

    workflow = single(coroutine).register(PARSE, function).register(MERGE, Shelve())
    run_in_virtual_time(workflow.orchestrate(observers=[telemetry.tracing]))

    assert parents(telemetry) == ["attempt coroutine", "attempt function", *["attempt Shelve"] * 3]


def test_tasks_and_threads_that_a_task_starts_see_its_attempt(telemetry: Telemetry, user: Callable[[], None]) -> None:
    async def inner() -> None:
        await asyncio.sleep(1)
        user()

    async def load(_store: MemoryStore) -> Stage:
        await asyncio.gather(inner(), asyncio.to_thread(user))
        return DONE

    run_in_virtual_time(single(load).orchestrate(observers=[telemetry.tracing]))

    assert parents(telemetry) == ["attempt load"] * 2


def test_each_attempt_is_the_current_span_of_its_own_try(telemetry: Telemetry) -> None:
    seen: list[int] = []
    errors = [WRONG, WRONG]

    def at(_store: MemoryStore) -> Stage:
        seen.append(trace.get_current_span().get_span_context().span_id)
        if errors:
            raise errors.pop()
        return DONE

    workflow = Workflow(Stage, initial=LOAD).add_exit_states(DONE).register(LOAD, at, retry=Retry.fixed(3, 1.0))
    run_in_virtual_time(workflow.orchestrate(observers=[telemetry.tracing]))

    assert seen == [id_of(span) for span in telemetry.named("attempt at")]


@pytest.mark.parametrize("concurrency", [None, 1, 2])
def test_each_branch_sees_its_own_attempts(telemetry: Telemetry, concurrency: int | None) -> None:
    def branch(number: int) -> Any:
        failed: list[int] = []

        async def task(_store: MemoryStore) -> None:
            for _ in range(3):
                await asyncio.sleep(1 / (number + 1))
                with telemetry.tracer.start_as_current_span(f"of {number}"):
                    await asyncio.sleep(1)
            if not failed:
                failed.append(1)
                raise WRONG

        task.__qualname__ = task.__name__ = f"task {number}"
        return task

    tasks = [branch(number) for number in range(4)]
    workflow = split(*tasks, join=JoinStrategy.all(), retry=Retry.fixed(2, 1.0), concurrency=concurrency)
    run_in_virtual_time(workflow.orchestrate(observers=[telemetry.tracing]))

    for number in range(4):
        first, second = telemetry.named(f"attempt task {number}")
        made = [telemetry.parent(span) for span in telemetry.named(f"of {number}")]
        assert made == [first] * 3 + [second] * 3


def test_threads_of_branches_see_their_own_attempts(telemetry: Telemetry) -> None:
    barrier = threading.Barrier(2, timeout=30)

    def branch(number: int) -> Any:
        def task(_store: MemoryStore) -> None:
            barrier.wait()
            with telemetry.tracer.start_as_current_span(f"of {number}"):
                barrier.wait()

        task.__qualname__ = task.__name__ = f"task {number}"
        return task

    split(branch(0), branch(1), join=JoinStrategy.all()).run(observers=[telemetry.tracing])

    for number in range(2):
        assert parents(telemetry, f"of {number}") == [f"attempt task {number}"]


def test_between_attempts_the_current_span_is_that_of_the_state_or_the_branch(telemetry: Telemetry) -> None:
    seen: list[tuple[str, str]] = []

    def observe(event: Event) -> None:
        span: Any = trace.get_current_span()
        seen.append((type(event).__name__, getattr(span, "name", "none")))

    workflow = Workflow(Stage, name="books", initial=LOAD).add_exit_states(DONE)
    workflow.register(LOAD, work(1, WRONG, then=PARSE), retry=Retry.fixed(2, 1.0))
    workflow.register_split(PARSE, [work(1, WRONG)], JoinConfig(JoinStrategy.all(), DONE), retry=Retry.fixed(2, 1.0))
    run_in_virtual_time(workflow.orchestrate(observers=[telemetry.tracing, observe]))

    assert [one for one in seen if one[0] != "BranchEnded"] == [
        ("RunStarted", "run books"),
        ("StateEntered", "attempt task"),
        ("AttemptFailed", "state LOAD"),
        ("RetryPlanned", "state LOAD"),
        ("RetryStarted", "attempt task"),
        ("StateEntered", "state PARSE"),
        ("SplitStarted", "state PARSE"),
        ("BranchStarted", "attempt task"),
        ("AttemptFailed", "branch task"),
        ("RetryPlanned", "branch task"),
        ("RetryStarted", "attempt task"),
        ("Joined", "state PARSE"),
        ("RunFinished", "none"),
    ]


# --- runs within runs -----------------------------------------------------------------------------


def test_a_run_within_a_task_of_another_is_a_child_of_its_attempt(telemetry: Telemetry) -> None:
    inner = books()

    async def on_the_loop(_store: MemoryStore) -> Stage:
        await inner.orchestrate(observers=[telemetry.tracing])
        return PARSE

    def in_a_thread(_store: MemoryStore) -> Stage:
        inner.run(observers=[telemetry.tracing])
        return DONE

    workflow = Workflow(Stage, name="outer", initial=LOAD).add_exit_states(DONE).register(LOAD, on_the_loop)
    workflow.register(PARSE, in_a_thread).run(observers=[telemetry.tracing])

    assert parents(telemetry, "run books") == ["attempt on_the_loop", "attempt in_a_thread"]
    assert len({span.context.trace_id for span in telemetry.spans if span.context}) == 1


def test_a_task_sees_its_attempt_again_when_a_run_within_it_is_over(
    telemetry: Telemetry, user: Callable[[], None]
) -> None:
    async def failing(_store: MemoryStore) -> Stage:
        raise WRONG

    async def outer(_store: MemoryStore) -> Stage:
        for task in failing, everything:
            inner = single(task) if task is failing else everything()
            await asyncio.gather(inner.orchestrate(observers=[telemetry.tracing]), return_exceptions=True)
            with pytest.raises(ValueError, match="wrong"):
                await single(failing).orchestrate(observers=[telemetry.tracing])
            user()
        return DONE

    run_in_virtual_time(single(outer).orchestrate(observers=[telemetry.tracing]))

    assert parents(telemetry) == ["attempt outer"] * 2


# --- what is left ---------------------------------------------------------------------------------


def test_a_run_is_a_child_of_the_span_around_it_and_leaves_it_the_current_one(
    telemetry: Telemetry, user: Callable[[], None]
) -> None:
    async def request() -> None:
        with telemetry.tracer.start_as_current_span("request"):
            before = context.get_current()
            await everything().orchestrate(observers=[telemetry.tracing])
            assert context.get_current() is before
            user()

    run_in_virtual_time(request())

    assert parents(telemetry, "run books") == ["request"]
    assert parents(telemetry) == ["request"]


def test_a_run_that_fails_or_is_cancelled_leaves_the_context_as_it_was(telemetry: Telemetry) -> None:
    async def load(_store: MemoryStore) -> Stage:
        context.attach(baggage.set_baggage("left", "behind"))
        raise WRONG

    async def slow(_store: MemoryStore) -> Stage:
        await asyncio.sleep(60)
        return DONE

    async def request() -> None:
        before = context.get_current()
        with pytest.raises(ValueError, match="wrong"):
            await single(load).orchestrate(observers=[telemetry.tracing])
        assert context.get_current() is before
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await single(slow).orchestrate(observers=[telemetry.tracing])
        assert context.get_current() is before

    run_in_virtual_time(request())


def test_what_else_the_context_holds_is_there_in_every_task(telemetry: Telemetry) -> None:
    seen: list[object] = []

    async def load(_store: MemoryStore) -> Stage:
        seen.append(baggage.get_baggage("customer"))
        return PARSE

    def branch(_store: MemoryStore) -> None:
        seen.append(baggage.get_baggage("customer"))

    workflow = single(load).register_split(PARSE, [branch, branch], JoinConfig(JoinStrategy.all(), DONE))

    async def request() -> None:
        token = context.attach(baggage.set_baggage("customer", "7"))
        await workflow.orchestrate(observers=[telemetry.tracing])
        context.detach(token)

    asyncio.run(request())

    assert seen == ["7"] * 3


def test_what_a_task_left_running_does_not_keep_what_was_raised(telemetry: Telemetry) -> None:
    contexts: list[Context] = []

    class LargeError(Exception):
        """One that nobody can afford to keep."""

    async def load(_store: MemoryStore) -> Stage:
        contexts.append(copy_context())
        raise LargeError

    with pytest.raises(LargeError):
        single(load).run(observers=[telemetry.tracing])
    gc.collect()

    assert len(contexts) == 1
    assert not [one for one in gc.get_objects() if type(one) is LargeError]


def test_two_observers_of_one_run_make_a_trace_each_and_leave_the_context_as_it_was(telemetry: Telemetry) -> None:
    other = Telemetry()

    async def request() -> None:
        before = context.get_current()
        await everything().orchestrate(observers=[telemetry.tracing, other.tracing])
        assert context.get_current() is before

    run_in_virtual_time(request())

    assert sorted(map(short, other.spans)) == sorted(map(short, telemetry.spans))
    assert len(telemetry.tree()) == len(telemetry.spans)
    assert other.open == []


def test_one_observer_serves_loops_in_many_threads(telemetry: Telemetry) -> None:
    def loops() -> None:
        for _ in range(5):
            run_in_virtual_time(everything().orchestrate(observers=[telemetry.tracing]))

    threads = [threading.Thread(target=loops) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = Telemetry()
    run_in_virtual_time(everything().orchestrate(observers=[alone.tracing]))

    assert telemetry.tree() == alone.tree() * 30
