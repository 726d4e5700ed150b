"""Several schedulers on one store: each due time runs on one of them, and a dead one's run on another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

import pytest
from tests.scheduler.jobs import BEGIN, Diary, People, assert_nothing_runs, scheduler, work, workflow

from keyrack.backends.spi import Wrapping
from keyrack.errors import BackendUnavailableError
from keyrack.keys.key import StoreKey
from keyrack.scheduler import Backoff, JobSkipped, JobStarted, Scheduler
from keyrack.scheduler.book import NAMESPACE, Book
from keyrack.scheduler.record import JobRecord, Step
from keyrack.store import KeyValueStore
from keyrack.stores import MemoryStore, NamespacedStore, SQLiteStore
from keyrack.testing import run_in_virtual_time


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> KeyValueStore:
    return MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "jobs.db", durability="process")


def together(seconds: float, *schedulers: Scheduler) -> None:
    async def main() -> None:
        for one in schedulers:
            await one.start()
        await asyncio.sleep(seconds)
        for one in schedulers:
            await one.stop()
        assert_nothing_runs()

    run_in_virtual_time(main())


def test_each_due_time_runs_once_however_many_schedulers_look(store: KeyValueStore) -> None:
    diary, people = Diary(), People()
    many = [scheduler(diary, people, store=store).every("books", workflow(work(3)), None, 10) for _ in range(5)]
    together(105, *many)

    assert diary.due == [10 * number for number in range(1, 11)]
    assert {one.status("books").runs for one in many} == {10}


def test_a_job_that_another_scheduler_runs_is_skipped_and_counted_once(store: KeyValueStore) -> None:
    diary, people = Diary(), People()
    many = [scheduler(diary, people, store=store).every("books", workflow(work(25)), None, 10) for _ in range(3)]

    async def main() -> None:
        for one in many:
            await one.start()
        await asyncio.sleep(31)
        assert [one.status("books").state for one in many] == ["running"] * 3
        assert not any([await one.trigger("books") for one in many])
        for one in many:
            await one.stop()

    run_in_virtual_time(main())
    assert diary.due == [10]
    assert [event.due is None for event in diary.events if isinstance(event, JobSkipped)] == [False] * 2 + [True] * 3
    assert many[0].status("books").skipped == 5


def test_schedulers_of_different_names_on_one_store_do_not_meet(store: KeyValueStore) -> None:
    diary, people = Diary(), People()
    named = [scheduler(diary, people, store=store, name=name) for name in "ab"]
    together(25, *(one.every("books", workflow(), None, 10) for one in named))

    assert sorted(diary.started) == [10, 10, 20, 20]


def test_a_run_that_lasts_longer_than_the_lease_is_not_taken_over(store: KeyValueStore) -> None:
    diary, people = Diary(), People()
    many = [
        scheduler(diary, people, store=store, lease=3.0).every("books", workflow(work(100)), None, 1000)
        for _ in range(2)
    ]
    together(1200, *many)

    assert diary.told == [(1000, "starts"), (1100, "succeeded")]


def test_a_triggered_run_that_lasts_longer_than_the_lease_is_not_taken_over(store: KeyValueStore) -> None:
    diary, people = Diary(), People()
    one, other = (
        scheduler(diary, people, store=store, lease=3.0, clock_check=10.0).manual("books", workflow(work(100)), None)
        for _ in range(2)
    )

    async def main() -> None:
        async with one, other:
            await asyncio.sleep(15)
            await one.trigger("books")
            await asyncio.sleep(200)

    run_in_virtual_time(main())
    assert diary.told == [(15, "starts"), (115, "succeeded")]


def test_a_run_that_is_waited_for_by_stop_is_not_taken_over(store: KeyValueStore) -> None:
    diary, people = Diary(), People()
    one, other = (
        scheduler(diary, people, store=store, lease=3.0).every("books", workflow(work(100)), None, 1000)
        for _ in range(2)
    )

    async def main() -> None:
        await one.start()
        await asyncio.sleep(1001)
        await other.start()
        await one.stop()
        await other.stop()

    run_in_virtual_time(main())
    assert diary.told == [(1000, "starts"), (1100, "succeeded")]


def test_a_scheduler_that_finds_its_run_taken_over_ends_it_and_leaves_the_record_alone(
    store: KeyValueStore, caplog: pytest.LogCaptureFixture
) -> None:
    diary, people = Diary(), People()
    one = scheduler(diary, people, store=store, lease=30.0).every("books", workflow(work(100)), None, 1000)
    begin = BEGIN.timestamp()
    taken = JobRecord("every 1000 s", begin, begin + 2000, holder="another", claim=2, claimed=begin + 1000, runs=2)

    async def main() -> None:
        async with one:
            await asyncio.sleep(1005)
            await Book(store, "scheduler").change("books", lambda _: Step(taken))
            await asyncio.sleep(20)
            assert Book(store, "scheduler").read("books") == taken
            await one.stop()

    run_in_virtual_time(main())
    assert diary.told == [(1000, "starts"), (1010, "lost")]
    assert Book(store, "scheduler").read("books") == taken
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said.startswith("the run of job 'books' of scheduler 'scheduler' was taken over by another scheduler")


def test_a_run_whose_holder_was_not_heard_of_for_a_lease_is_run_once_more_by_one_scheduler(
    store: KeyValueStore,
) -> None:
    diary, people = Diary(), People()
    begin = BEGIN.timestamp()
    dead = JobRecord("every 100 s", begin, begin + 100, holder="dead", claim=7, claimed=begin, beat=5, runs=7)
    run_in_virtual_time(Book(store, "scheduler").change("books", lambda _: Step(dead)))
    many = [
        scheduler(diary, people, store=store, lease=30.0).every("books", workflow(work(5)), None, 100) for _ in range(3)
    ]
    together(90, *many)

    assert diary.told == [(30, "again"), (35, "succeeded")]
    assert diary.due == [0]


def test_a_job_that_one_scheduler_has_tripped_may_be_reset_by_another(store: KeyValueStore) -> None:
    diary, people = Diary(), People()
    flow, tripping = workflow(work(0, OSError("gone"))), Backoff.none(trip_after=1)
    one, other = (
        scheduler(diary, people, store=store, clock_check=1.0).every("books", flow, None, 10, backoff=tripping)
        for _ in range(2)
    )

    async def main() -> None:
        await one.start()
        await asyncio.sleep(15)
        assert other.status("books").state == "tripped"
        await other.reset("books")
        await asyncio.sleep(14)
        await one.stop()

    run_in_virtual_time(main())
    assert diary.started == [10, 25]


@pytest.mark.parametrize("seconds", [50.0, 500.0])
def test_a_holder_is_not_taken_for_dead_by_one_that_stood_still_as_long(store: KeyValueStore, seconds: float) -> None:
    diary, people = Diary(), People()
    one, other = (
        scheduler(diary, people, store=store, lease=30.0, clock_check=check).manual("books", workflow(work(2000)), None)
        for check in (60.0, 5.0)
    )

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        async with one:
            await one.trigger("books")
            await asyncio.sleep(4)
            async with other:
                await asyncio.sleep(32)
                loop._now += seconds  # the whole process stands still, and the other one is the first to go on
                await asyncio.sleep(100)
            assert diary.told == [(0, "starts")]

    run_in_virtual_time(main())


def test_wait_is_over_where_the_event_loop_has_ended_without_a_stop() -> None:
    one = scheduler().every("books", workflow(), None, 10)

    run_in_virtual_time(one.start())
    run_in_virtual_time(one.wait())

    assert one.status("books").state == "stopped"


# --- a store in trouble ---------------------------------------------------------------------------


class Flaky(Wrapping):
    """A backend that can be out of order, before a verb or after it."""

    def __init__(self, inner: Any, *, blocking: bool) -> None:
        super().__init__(inner, "Flaky")
        self.blocking: bool = blocking
        self.fails: Callable[[str], bool] = lambda _when: False
        self.fails_to_read: bool = False
        self.threads: set[str] = set()

    def _guarded(self, verb: Callable[..., Any], *args: Any) -> Any:
        self.threads.add(threading.current_thread().name)
        if self.fails("before"):
            raise BackendUnavailableError(store=self.label, reason="out of order")
        result = verb(*args)
        if self.fails("after"):
            raise BackendUnavailableError(store=self.label, reason="out of order")
        return result

    def read(self, names: Any, /) -> Any:
        return self._guarded(self._inner.read, names) if self.fails_to_read else self._inner.read(names)

    def write(self, name: str, entry: Any, /) -> None:
        self._guarded(self._inner.write, name, entry)

    def append(self, name: str, start: Any, items: Any, /) -> bool:
        return bool(self._guarded(self._inner.append, name, start, items))

    def commit(self, expected: Any, changes: Any, /) -> bool:
        return bool(self._guarded(self._inner.commit, expected, changes))

    def names(self, prefix: str, /) -> list[str]:
        return self._inner.names(prefix)

    def exclusively(self, run: Callable[[], Any], /) -> Any:
        return self._inner.exclusively(run)

    def close(self) -> None:
        self._inner.close()


@pytest.fixture(params=[False, True], ids=["at once", "in threads"])
def flaky(request: pytest.FixtureRequest) -> Flaky:
    return Flaky(MemoryStore().backend, blocking=request.param)


def store_of(flaky: Flaky) -> KeyValueStore:
    return KeyValueStore(cast("Any", flaky))


def out_of_order(flaky: Flaky, begin: float, end: float, when: str = "before") -> None:
    loop = asyncio.get_running_loop()
    flaky.fails = lambda now: now == when and begin <= loop.time() < end


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_store_that_is_out_of_order_for_a_while_delays_runs_and_doubles_none(
    flaky: Flaky, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary()
    one = scheduler(diary, store=store_of(flaky)).every("books", workflow(work(3)), None, 10)

    async def main() -> None:
        out_of_order(flaky, 9, 11, when)
        async with one:
            await asyncio.sleep(36)
        assert_nothing_runs()

    run_in_virtual_time(main())
    assert diary.due == [10, 20, 30]
    assert diary.outcomes == ["succeeded"] * 3
    assert "job 'books' of scheduler 'scheduler' cannot be looked after; trying again in 0.1 s" in caplog.text
    assert one.status("books").runs == 3


def test_a_scheduler_that_waits_for_the_store_does_not_plan_by_the_time_at_which_it_asked(
    store: KeyValueStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary, people = Diary(), People()
    waits: ContextVar[list[float]] = ContextVar("waits")
    change = Book.change

    async def changed(self: Book, *args: Any, **options: Any) -> Step:
        if left := waits.get([]):
            await asyncio.sleep(left.pop())
        return await change(self, *args, **options)

    monkeypatch.setattr(Book, "change", changed)
    one, other = (scheduler(diary, people, store=store).every("books", workflow(work(1)), None, 10) for _ in range(2))

    async def main() -> None:
        async with one:
            await asyncio.sleep(15)
            waits.set([30])
            async with other:
                await asyncio.sleep(20)

    run_in_virtual_time(main())
    assert diary.due == [10, 20, 30, 40, 50, 60]


def test_what_keeps_a_record_from_being_read_is_logged_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    NamespacedStore(NamespacedStore(store, NAMESPACE), "n" * 60).put(StoreKey("books", int), 3)
    one = Scheduler(store=store, name="n" * 60).every("books", workflow(work(3)), None, 10)

    async def main() -> None:
        async with one:
            pass

    run_in_virtual_time(main())

    assert "books should be an instance of JobRecord, got 3 (int)" in caplog.text


@pytest.mark.parametrize("end", [1053, 1058, 1063, 1183])
def test_a_holder_that_cannot_reach_the_store_is_not_taken_for_dead_by_one_that_cannot_either(
    flaky: Flaky, end: float
) -> None:
    diary, people, store = Diary(), People(), store_of(flaky)
    flow = workflow(work(500))
    one, other = (
        scheduler(diary, people, store=store, lease=30.0, clock_check=check).every("books", flow, None, 1000)
        for check in (60.0, 7.0)
    )

    async def main() -> None:
        flaky.fails_to_read = True
        out_of_order(flaky, 1015, end)
        async with one, other:
            await asyncio.sleep(1600)

    run_in_virtual_time(main())
    assert diary.told == [(1000, "starts"), (1500, "succeeded")]


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_outcome_that_cannot_be_written_down_at_once_is_later(flaky: Flaky, when: str) -> None:
    diary = Diary()
    one = scheduler(diary, store=store_of(flaky)).every("books", workflow(work(3, OSError("gone"))), None, 10)

    async def main() -> None:
        out_of_order(flaky, 12, 15, when)
        async with one:
            await asyncio.sleep(18)
            status = one.status("books")
            assert (status.failures, status.state) == (1, "waiting")
            await asyncio.sleep(8)

    run_in_virtual_time(main())
    assert diary.due == [10, 20]


def test_a_stop_does_not_wait_for_ever_for_a_store_that_is_gone(flaky: Flaky, caplog: pytest.LogCaptureFixture) -> None:
    one = scheduler(store=store_of(flaky)).every("books", workflow(work(3)), None, 10)

    async def main() -> float:
        out_of_order(flaky, 12, 1e9)
        await one.start()
        await asyncio.sleep(11)
        await one.stop()
        assert_nothing_runs()
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) < 30
    assert "could not be written down; it will be run once more" in caplog.text


def test_a_start_does_not_fail_with_a_store_that_is_gone(flaky: Flaky) -> None:
    diary = Diary()
    one = scheduler(diary, store=store_of(flaky)).every("books", workflow(), None, 10)

    async def main() -> None:
        out_of_order(flaky, 0, 5)
        async with one:
            await asyncio.sleep(30)

    run_in_virtual_time(main())
    assert len(diary.started) == 2


def test_a_trigger_tells_that_the_store_is_gone(flaky: Flaky) -> None:
    one = scheduler(store=store_of(flaky)).manual("books", workflow(), None)

    async def main() -> None:
        out_of_order(flaky, 5, 1e9)
        async with one:
            await asyncio.sleep(6)
            with pytest.raises(BackendUnavailableError):
                await one.trigger("books")

    run_in_virtual_time(main())
    assert one.status("books").runs == 0


def test_verbs_that_may_wait_run_in_a_thread_of_the_schedulers_own(flaky: Flaky) -> None:
    together(25, scheduler(store=store_of(flaky)).every("books", workflow(), None, 10))

    assert {name.startswith("keyrack-scheduler") for name in flaky.threads} == {flaky.blocking}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("keyrack-scheduler")]


def test_a_trigger_that_is_cancelled_while_the_store_works_gives_its_claim_back() -> None:
    flaky = Flaky(MemoryStore().backend, blocking=True)
    diary = Diary()
    one = scheduler(diary, store=store_of(flaky)).manual("books", workflow(), None)
    entered, go = threading.Event(), threading.Event()

    def slow(when: str) -> bool:
        if when == "before":
            entered.set()
            assert go.wait(10)
        return False

    async def main() -> None:
        async with one:
            flaky.fails = slow
            trigger = asyncio.create_task(one.trigger("books"))
            await asyncio.to_thread(entered.wait, 10)
            trigger.cancel()
            await asyncio.sleep(0)
            go.set()
            with pytest.raises(asyncio.CancelledError):
                await trigger
            assert (one.status("books").state, one.status("books").runs) == ("waiting", 0)
            assert await one.trigger("books")

    run_in_virtual_time(main())
    assert len([event for event in diary.events if isinstance(event, JobStarted)]) == 1


@pytest.mark.parametrize("is_started", [True, False])
def test_a_reset_that_is_cancelled_while_the_store_works_is_done_and_ends_as_cancelled(is_started: bool) -> None:
    flaky = Flaky(MemoryStore().backend, blocking=True)
    backoff = Backoff(trip_after=1)
    one = scheduler(store=store_of(flaky)).manual("books", workflow(work(0, ValueError())), None, backoff=backoff)

    async def main() -> str:
        await one.start()
        await one.trigger("books")
        await until(lambda: one.status("books").state == "tripped")
        if not is_started:
            await one.stop()
        await cancelled_in_the_store(flaky, one.reset("books"))
        await one.stop()
        return one.status("books").state

    assert run_in_virtual_time(main()) == "stopped"


def test_a_trigger_that_would_begin_nothing_ends_as_cancelled_where_it_is() -> None:
    flaky = Flaky(MemoryStore().backend, blocking=True)
    one = scheduler(store=store_of(flaky)).manual("books", workflow(work(1e6)), None)

    async def main() -> int:
        await one.start()
        await one.trigger("books")
        await cancelled_in_the_store(flaky, one.trigger("books"))
        await one.stop(0)
        return one.status("books").skipped

    assert run_in_virtual_time(main()) == 1


async def cancelled_in_the_store(flaky: Flaky, verb: Coroutine[Any, Any, object]) -> None:
    """Cancel what a scheduler does while a thread is in the store for it."""
    entered, go = threading.Event(), threading.Event()

    def slow(when: str) -> bool:
        if when == "before":
            entered.set()
            assert go.wait(10)
        return False

    flaky.fails = slow
    task = asyncio.create_task(verb)
    await asyncio.to_thread(entered.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    flaky.fails = lambda _when: False


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError
