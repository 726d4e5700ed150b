"""Observers: who is told and in which order, and that none of them disturbs a run."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import COUNT, DONE, FAILED, LOAD, Merge, Stage, books, load, returning, single
from tests.workflow.told import EVERY_KIND, dozing, everything, napping

from keyrack.errors import ConfigurationError, KeyrackError
from keyrack.testing import Recorder, run_in_virtual_time
from keyrack.workflow import (
    BranchEnded,
    BranchStarted,
    Event,
    JoinConfig,
    Joined,
    JoinStrategy,
    Observer,
    Retry,
    Workflow,
    attempts,
    engine,
    loop,
    split,
)

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


NUMBER = len(EVERY_KIND)


def same(recorder: Recorder) -> list[str]:
    """What a recorder was told, without what differs from run to run."""
    return [repr(event._replace(run=1)) for event in recorder.events]


# --- who is told ----------------------------------------------------------------------------------


def named(name: str, calls: list[str]) -> Observer:
    def observe(event: Event) -> None:
        calls.append(f"{name} {type(event).__name__}")

    return observe


def test_observers_of_the_workflow_are_told_before_those_of_the_run_each_in_order() -> None:
    calls: list[str] = []
    workflow = single(returning(DONE), observers=[named("first", calls), named("second", calls)])

    workflow.run(observers=(named(name, calls) for name in ("third", "fourth")))

    kinds = "RunStarted", "StateEntered", "RunFinished"
    assert calls == [f"{name} {kind}" for kind in kinds for name in ("first", "second", "third", "fourth")]


def test_an_observer_of_one_run_is_not_told_of_the_next() -> None:
    of_workflow, of_run = Recorder(), Recorder()
    workflow = single(returning(DONE), observers=[of_workflow])

    workflow.run(observers=[of_run])
    asyncio.run(workflow.orchestrate(observers=[of_run]))
    workflow.run()

    assert len(of_run.runs) == 2
    assert len(of_workflow.runs) == 3


def test_an_observer_that_is_given_twice_is_told_once() -> None:
    recorder = Recorder()

    single(returning(DONE), observers=[recorder]).run(observers=[recorder])

    assert [type(event).__name__ for event in recorder.events] == ["RunStarted", "StateEntered", "RunFinished"]


def test_observers_are_told_of_every_kind_of_event_alike() -> None:
    one, other = Recorder(), Recorder()

    run_in_virtual_time(everything(observers=[one]).orchestrate(observers=[other]))

    assert {type(event) for event in one.events} == {type(event) for event in EVERY_KIND}
    assert one.events == other.events


def test_a_run_without_observers_makes_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise AssertionError

    makers = [
        (engine, "RunStarted RunFinished"),
        (loop, "StateEntered"),
        (attempts, "AttemptFailed RetryPlanned"),
        (split, "StateEntered SplitStarted BranchStarted BranchEnded Joined"),
    ]
    for module, names in makers:
        for name in names.split():
            monkeypatch.setattr(module, name, explode)

    assert run_in_virtual_time(everything().orchestrate()) is DONE
    with pytest.raises(AssertionError):
        run_in_virtual_time(everything().orchestrate(observers=[Recorder()]))


@pytest.mark.parametrize("wrong", [[3], [Recorder(), None], Recorder()], ids=["number", "none", "no list"])
def test_what_cannot_be_called_is_no_observer(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="observers are"):
        single(load, observers=wrong)
    with pytest.raises(ConfigurationError, match="observers are"):
        single(load).run(observers=wrong)


def test_a_coroutine_function_is_no_observer() -> None:
    async def observe(event: Event) -> None: ...

    with pytest.raises(ConfigurationError, match="is a coroutine function"):
        single(load, observers=[observe])
    with pytest.raises(ConfigurationError, match="is a coroutine function"):
        single(load).run(observers=[observe])


# --- one that raises ------------------------------------------------------------------------------


def raising_at(number: int, error: BaseException) -> Observer:
    """Make an observer that raises at the event of that number, from 0."""
    left = [number]

    def observe(_: Event) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise error

    return observe


def always_raising(event: Event) -> None:
    raise LookupError(type(event).__name__)


def complaints(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Give what was logged of observers."""
    return [record for record in caplog.records if record.name == "keyrack.workflow.observers"]


@pytest.mark.parametrize("several", [False, True], ids=["alone", "among others"])
def test_an_observer_that_raises_is_logged_once_for_each_event(
    caplog: pytest.LogCaptureFixture, *, several: bool
) -> None:
    before, after = Recorder(), Recorder()
    others = [before, after] if several else []

    run_in_virtual_time(everything(observers=others[:1]).orchestrate(observers=[always_raising, *others[1:]]))

    kinds = [type(event).__name__ for event in EVERY_KIND]
    records = complaints(caplog)
    assert [record.levelno for record in records] == [logging.ERROR] * NUMBER
    assert [record.getMessage() for record in records] == [f"an observer raised at {kind}" for kind in kinds]
    assert [str(record.exc_info[1]) for record in records if record.exc_info] == kinds
    assert [same(other) for other in others] == [same(Recorder(EVERY_KIND))] * len(others)


@pytest.mark.parametrize("error", [ValueError(), StopIteration(), asyncio.CancelledError()], ids=repr)
@pytest.mark.parametrize("number", range(NUMBER))
def test_an_observer_that_raises_at_any_event_does_not_disturb_the_run(
    number: int, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    workflow = everything()
    other = Recorder()

    assert run_in_virtual_time(workflow.orchestrate(observers=[raising_at(number, error), other])) is DONE
    assert same(other) == same(Recorder(EVERY_KIND))
    assert workflow.store.get(COUNT) == 4
    assert len(complaints(caplog)) == 1


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("number", range(NUMBER))
def test_an_observer_that_ends_the_program_does_so_at_any_event(number: int, stop: type[BaseException]) -> None:
    error = stop()

    with pytest.raises(stop) as caught:
        run_in_virtual_time(everything().orchestrate(observers=[raising_at(number, error)]))

    assert caught.value is error


@pytest.mark.parametrize("number", range(NUMBER))
def test_an_observer_that_raises_what_nobody_expects_leaves_nothing_running(number: int) -> None:
    class Stop(BaseException):
        pass

    async def run() -> None:
        try:
            with pytest.raises(Stop):
                await everything().orchestrate(observers=[raising_at(number, Stop())])
        finally:
            left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left

    run_in_virtual_time(run())


# --- observed and not -----------------------------------------------------------------------------


async def failing(store: MemoryStore) -> Stage:
    store.put(COUNT, 7)
    raise ValueError(store.get(COUNT))


def plain_failing(_store: MemoryStore) -> Stage:
    raise LookupError


def cases() -> dict[str, Workflow[Stage, MemoryStore]]:
    """Workflows that end in each way."""
    all_of = JoinConfig(JoinStrategy.all(), DONE)
    late = JoinConfig(JoinStrategy.partial_timeout(), DONE, timeout=1.5)

    def split_of(join: JoinConfig[Stage], *tasks: Any, **options: Any) -> Workflow[Stage, MemoryStore]:
        workflow = Workflow(Stage, name="books", initial=LOAD, **options)
        return workflow.register_split(LOAD, tasks, join).add_exit_states(DONE)

    def tried(task: Any, **options: Any) -> Workflow[Stage, MemoryStore]:
        return Workflow(Stage, name="books", initial=LOAD).register(LOAD, task, **options).add_exit_states(DONE)

    circle = Workflow(Stage, name="books", initial=LOAD, max_transitions=20).add_exit_states(DONE)
    return {
        "each kind of task": books(),
        "everything": everything(),
        "task that raises": single(failing),
        "function that raises": single(plain_failing),
        "node that raises": single(Merge()),
        "nowhere": single(returning(None)),
        "string": single(returning("done")),
        "no task": single(returning(FAILED)),
        "circle": circle.register(LOAD, returning(LOAD)),
        "run out of time": single(dozing, timeout=3.0),
        "attempt out of time": tried(dozing, attempt_timeout=3.0),
        "attempts": tried(failing, retry=Retry.fixed(3, 1.0)),
        "attempts out of time": tried(dozing, retry=Retry.fixed(2), attempt_timeout=3.0),
        "not worth it": tried(failing, retry=Retry.fixed(3, on=OSError)),
        "joined": split_of(all_of, napping, napping, load),
        "not joined": split_of(all_of, napping, failing, plain_failing, returning("done")),
        "late": split_of(late, napping, load, dozing),
        "split out of time": split_of(all_of, napping, dozing, timeout=3.0),
    }


def outcome(workflow: Workflow[Stage, MemoryStore], observers: list[Observer]) -> list[object]:
    """Run the workflow, and give its end or its error with all that is in it, the time, and what it wrote."""

    async def run() -> list[object]:
        try:
            end: object = await workflow.orchestrate(observers=observers)
        except (ValueError, LookupError, KeyrackError) as error:
            end = told(error)
        return [end, asyncio.get_running_loop().time(), workflow.store.get(COUNT, 0)]

    return run_in_virtual_time(run())


def told(error: BaseException) -> object:
    inner = getattr(error, "exceptions", ()) or getattr(error, "errors", ())
    return type(error), str(error), getattr(error, "__notes__", ()), [told(one) for one in inner]


@pytest.mark.parametrize("case", cases())
def test_a_run_does_the_same_observed_and_not(case: str) -> None:
    assert outcome(cases()[case], [Recorder()]) == outcome(cases()[case], [])


def test_every_branch_that_begins_ends_before_the_join() -> None:
    for events in (Recorder(EVERY_KIND).events, *(split_events(case) for case in ("joined", "not joined", "late"))):
        ends: list[int] = []
        begun: list[int] = []
        for event in events:
            if isinstance(event, BranchStarted):
                begun.append(event.branch.number)
            elif isinstance(event, BranchEnded):
                ends.append(event.branch.number)
            elif isinstance(event, Joined):
                break

        assert sorted(ends) == sorted(begun)
        assert ends


def split_events(case: str) -> list[Event]:
    recorder = Recorder()
    outcome(cases()[case], [recorder])
    return recorder.events
