"""A run: where it goes, what it refuses, and what it lets out."""

from __future__ import annotations

import asyncio
import dataclasses
import pickle
from enum import Enum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workflow.books import (
    COUNT,
    DONE,
    FAILED,
    LIMIT,
    LOAD,
    MERGE,
    PARSE,
    TITLE,
    Merge,
    Other,
    Stage,
    books,
    counted,
    load,
    parse,
    raising,
    returning,
    single,
)

from keyrack.errors import ConfigurationError, StateNotRegisteredError
from keyrack.stores import MemoryStore
from keyrack.workflow import TaskResult, Workflow

# --- run ------------------------------------------------------------------------------------------


def test_a_run_goes_from_task_to_task_until_an_exit_state() -> None:
    workflow = books()

    assert workflow.run() is DONE
    assert workflow.store.get(COUNT) == 20


def test_a_run_can_start_anywhere() -> None:
    workflow = books()
    workflow.store.put(COUNT, 5)

    assert workflow.run(MERGE) is DONE
    assert workflow.store.get(COUNT) == 50


def test_a_run_that_starts_in_an_exit_state_is_over() -> None:
    workflow = books()

    assert workflow.run(FAILED) is FAILED
    assert workflow.store.is_empty()


def test_a_run_on_another_store_leaves_the_own_store_alone() -> None:
    workflow = books()
    other = MemoryStore()

    workflow.run(store=other)

    assert other.get(COUNT) == 20
    assert workflow.store.is_empty()


def test_an_empty_store_is_a_store() -> None:
    workflow = books()
    empty = MemoryStore()

    asyncio.run(workflow.orchestrate(LOAD, store=empty))

    assert not empty.is_empty()


def test_a_task_registered_after_a_run_takes_part_in_the_next() -> None:
    workflow = Workflow(Stage, initial=LOAD).register(LOAD, load).add_exit_states(MERGE)
    with pytest.raises(StateNotRegisteredError):
        workflow.run()

    workflow.register(PARSE, parse)

    assert workflow.run() is MERGE


@given(st.lists(st.sampled_from([LOAD, PARSE, MERGE, FAILED]), max_size=40))
def test_a_run_goes_exactly_where_its_tasks_say(way: list[Stage]) -> None:
    seen: list[Stage] = []
    onward = iter([*way, DONE])
    workflow = Workflow(Stage).add_exit_states(DONE)
    for state in LOAD, PARSE, MERGE, FAILED:

        async def task(_store: MemoryStore, state: Stage = state) -> Stage:
            seen.append(state)
            return next(onward)

        workflow.register(state, task)

    assert workflow.run(LOAD) is DONE
    assert seen == [LOAD, *way]


def test_a_plain_task_may_run_another_workflow() -> None:
    inner = books()

    def outer(store: MemoryStore) -> Stage:
        return inner.run(store=store)

    workflow = single(outer)

    assert workflow.run() is DONE
    assert workflow.store.get(COUNT) == 20


def test_run_inside_an_event_loop_says_what_to_call_instead() -> None:
    async def inside() -> None:
        books().run()

    with pytest.raises(ConfigurationError, match=r"use: await ….orchestrate\(\)"):
        asyncio.run(inside())


def test_a_run_without_a_state_to_start_in_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="workflow 'Stage': no state to start in"):
        Workflow(Stage).run()


def test_a_run_on_something_that_is_no_store_is_refused() -> None:
    wrong: Any = {}

    with pytest.raises(ConfigurationError, match=r"the store is a KeyValueStore, got \{\} \(dict\)"):
        books().run(store=wrong)


@pytest.mark.parametrize(
    ("start", "reason", "advice"),
    [
        (
            PARSE,
            "Stage.PARSE, which has no task and is no exit state",
            "register a task for it, or add it to the exit states",
        ),
        ("PARSE", "'PARSE' (str), which is no member of Stage", "did you mean Stage.PARSE?"),
        ("parse", "'parse' (str), which is no member of Stage", "did you mean Stage.PARSE?"),
        (Other.LOAD, "Other.LOAD, which is no member of Stage", "did you mean Stage.LOAD?"),
    ],
    ids=str,
)
def test_a_run_cannot_start_where_there_is_no_task(start: Any, reason: str, advice: str) -> None:
    with pytest.raises(StateNotRegisteredError) as caught:
        single(load).run(start)

    assert str(caught.value) == f"workflow 'books' cannot start in {reason}; nothing ran; {advice}"
    assert caught.value.source is None


# --- inputs ---------------------------------------------------------------------------------------


def test_every_input_without_a_value_is_reported_before_anything_runs() -> None:
    workflow = single(load, inputs=[TITLE, COUNT, LIMIT])

    with pytest.raises(ConfigurationError) as caught:
        workflow.run()

    assert caught.value.subject == "workflow 'books'"
    assert caught.value.problems == (
        "input 'title' has no value in MemoryStore, and no default",
        "input 'count' has no value in MemoryStore, and no default",
    )
    assert workflow.store.is_empty()


def test_an_input_with_a_value_in_the_store_of_the_run_is_there() -> None:
    workflow = single(returning(DONE), inputs=[TITLE])
    store = MemoryStore()
    store.put(TITLE, "Emma")

    assert workflow.run(store=store) is DONE


# --- what leads nowhere ---------------------------------------------------------------------------


def same_name() -> Any:
    class Stage(Enum):
        LOAD = "load"

    return Stage.LOAD


NO_MEMBER = "which is no member of Stage"


@pytest.mark.parametrize(
    ("value", "reason", "advice"),
    [
        (None, f"None, {NO_MEMBER}", "a task returns the next state"),
        ("MERGE", f"'MERGE' (str), {NO_MEMBER}", "did you mean Stage.MERGE?"),
        ("merge", f"'merge' (str), {NO_MEMBER}", "did you mean Stage.MERGE?"),
        ("over", f"'over' (str), {NO_MEMBER}", None),
        (Other.LOAD, f"Other.LOAD, {NO_MEMBER}", "did you mean Stage.LOAD?"),
        (Other.ELSE, f"Other.ELSE, {NO_MEMBER}", None),
        (same_name(), f"Stage.LOAD, which is of another enum of that name, in {__name__}", None),
        (
            FAILED,
            "Stage.FAILED, which has no task and is no exit state",
            "register a task for it, or add it to the exit states",
        ),
        ([DONE], f"[<Stage.DONE: 'done'>] (list), {NO_MEMBER}", None),
        (
            TaskResult.split(DONE, FAILED),
            "TaskResult.split(<Stage.DONE: 'done'>, … (TaskResult), which a task of a single state cannot return",
            "use register_split(), and return the state to go on in",
        ),
        (TaskResult.single("MERGE"), f"'MERGE' (str), {NO_MEMBER}", "did you mean Stage.MERGE?"),  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    ],
    ids=str,
)
def test_a_result_that_leads_nowhere_names_state_task_and_place(value: object, reason: str, advice: str | None) -> None:
    workflow = single(returning(value))
    task = str(workflow.handlers[LOAD])

    with pytest.raises(StateNotRegisteredError) as caught:
        workflow.run()

    said = f"{task} in state LOAD of workflow 'books' returned {reason}; the store keeps what was written"
    assert str(caught.value) == (said if advice is None else f"{said}; {advice}")
    assert caught.value.known == ("LOAD", "DONE")
    assert workflow.store.get(COUNT) == 1


@pytest.mark.parametrize("value", [None, "DONE"])
def test_a_plain_function_and_a_node_are_held_to_the_same(value: Any) -> None:
    class Stray(Merge):
        async def post(self, store: MemoryStore, result: int) -> Stage:
            del store, result
            stray: Stage = value
            return stray

    with pytest.raises(StateNotRegisteredError, match=r"'Stray' .* in state LOAD"):
        single(Stray()).run(store=counted(1))
    with pytest.raises(StateNotRegisteredError, match=r"'<lambda>' .* in state LOAD"):
        single(lambda _: value).run()  # pyright: ignore[reportUnknownLambdaType]


def test_a_coroutine_that_was_not_awaited_is_an_error_and_no_warning() -> None:
    async def forgetful(store: MemoryStore) -> Any:
        return load(store)

    with pytest.raises(StateNotRegisteredError, match=r"returned the coroutine 'load', which .*; await it$"):
        single(forgetful).run()


@pytest.mark.parametrize("value", ["load", "done"])
def test_a_string_that_equals_a_state_is_no_state(value: str) -> None:
    class Text(StrEnum):
        LOAD = "load"
        DONE = "done"

    async def task(_store: MemoryStore) -> Any:
        return value

    workflow = Workflow(Text).register(Text.LOAD, task).add_exit_states(Text.DONE)

    with pytest.raises(StateNotRegisteredError, match=rf"'{value}' \(str\).*did you mean Text\.{value.upper()}"):
        workflow.run(Text.LOAD)


# --- what a task raises ---------------------------------------------------------------------------

NOTE = "while running 'fail' in state LOAD of workflow 'books'"


def test_an_error_of_a_task_gets_out_as_it_is_with_a_note() -> None:
    error = ValueError("no")
    workflow = single(raising(error))

    with pytest.raises(ValueError, match=r"^no") as caught:
        workflow.run()

    assert caught.value is error
    assert caught.value.__notes__ == [NOTE]
    assert workflow.store.get(COUNT) == 1


def test_an_error_of_a_plain_function_gets_the_same_note() -> None:
    def fail(_store: MemoryStore) -> Stage:
        raise LookupError

    with pytest.raises(LookupError) as caught:
        single(fail).run()

    assert caught.value.__notes__ == [NOTE]


def test_the_note_names_the_state_in_which_it_happened() -> None:
    workflow = books()
    empty = MemoryStore()

    with pytest.raises(KeyError) as caught:
        workflow.run(PARSE, store=empty)

    assert caught.value.__notes__ == ["while running 'parse' in state PARSE of workflow 'books'"]


def test_an_error_raised_again_and_again_keeps_one_note() -> None:
    workflow = single(raising(error := ValueError("again")))

    for _ in range(3):
        with pytest.raises(ValueError, match="again"):
            workflow.run()

    assert error.__notes__ == [NOTE]


def test_an_error_of_a_workflow_within_a_workflow_has_a_note_of_each() -> None:
    inner = single(raising(ValueError("no")))

    async def nested(_store: MemoryStore) -> Stage:
        return await inner.orchestrate()

    with pytest.raises(ValueError, match="no") as caught:
        Workflow(Stage, name="shelf").register(PARSE, nested).run(PARSE)

    assert caught.value.__notes__ == [
        NOTE,
        "while running 'nested' in state PARSE of workflow 'shelf'",
    ]


def test_an_error_that_takes_no_note_gets_out_all_the_same() -> None:
    @dataclasses.dataclass(frozen=True)
    class FrozenError(Exception):
        code: int

    error = FrozenError(3)

    async def run() -> object:
        try:
            return await single(raising(error)).orchestrate()
        except FrozenError as caught:  # asyncio cannot carry it out of its task: it takes no traceback either
            return caught

    assert asyncio.run(run()) is error


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_what_is_no_error_passes_untouched(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        single(raising(error)).run()

    assert caught.value is error
    assert not hasattr(error, "__notes__")


def test_a_stop_iteration_of_a_plain_function_is_an_error() -> None:
    def fail(_store: MemoryStore) -> Stage:
        return next(iter([]))

    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        single(fail).run()

    assert caught.value.__notes__ == [NOTE]


def test_errors_are_the_same_after_pickling() -> None:
    caught: list[Exception] = []
    for attempt in (
        lambda: single(returning(None)).run(),
        lambda: Workflow(Stage).validate(),
        lambda: single(raising(ValueError("no"))).run(),
    ):
        try:
            attempt()
        except Exception as error:  # noqa: BLE001  # each of its own class
            caught.append(error)

    copies = [pickle.loads(pickle.dumps(error)) for error in caught]

    assert list(map(str, copies)) == list(map(str, caught))
    assert [vars(copy) for copy in copies] == [vars(error) for error in caught]
    assert copies[2].__notes__ == [NOTE]
