"""The workflow as it is made, filled and validated."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import partial
from math import inf, nan
from typing import Any, Literal

import pytest
from tests.workflow.books import (
    COUNT,
    DONE,
    FAILED,
    LOAD,
    MERGE,
    PARSE,
    TITLE,
    Merge,
    Other,
    Stage,
    books,
    line,
    load,
    parse,
)

from keyrack.errors import ConfigurationError
from keyrack.stores import MemoryStore
from keyrack.testing import Recorder
from keyrack.workflow import Options, Registration, Retry, Workflow

# --- made -----------------------------------------------------------------------------------------


def test_a_workflow_needs_nothing_but_its_states() -> None:
    workflow = Workflow(Stage)

    assert workflow.name == "Stage"
    assert workflow.states is Stage
    assert isinstance(workflow.store, MemoryStore)
    assert workflow.initial is None
    assert (workflow.inputs, workflow.outputs) == ((), ())
    assert workflow.exit_states == ()
    assert not workflow.handlers


def test_a_workflow_keeps_what_it_is_given() -> None:
    store = MemoryStore()

    workflow = Workflow(
        Stage, store, name="books", initial=LOAD, inputs=[TITLE], outputs=iter([COUNT])
    ).add_exit_states(DONE, FAILED)

    assert workflow.name == "books"
    assert workflow.store is store
    assert workflow.initial is LOAD
    assert (workflow.inputs, workflow.outputs) == ((TITLE,), (COUNT,))
    assert workflow.exit_states == (DONE, FAILED)


def test_the_repr_says_which_workflow_it_is() -> None:
    assert repr(books()) == "<Workflow 'books': 3 tasks>"


SECONDS = "timeout is a finite number of seconds above 0, or None for no limit"


class NoStates(Enum):
    pass


@pytest.mark.parametrize(
    ("states", "options", "problem"),
    [
        ("Stage", {}, "the states are the members of an enum, got 'Stage' (str)"),
        (int, {}, "the states are the members of an enum, got <class 'int'> (type)"),
        (NoStates, {}, "the states are the members of an enum, got <enum 'NoStates'> (EnumType)"),
        (Stage, {"name": ""}, "the name is a text, got '' (str)"),
        (Stage, {"name": 3}, "the name is a text, got 3 (int)"),
        (Stage, {"initial": Other.ELSE}, "the initial state Other.ELSE is no member of Stage"),
        (Stage, {"initial": "load"}, "the initial state 'load' (str) is no member of Stage"),
        (Stage, {"store": LOAD}, "the store is a KeyValueStore, got <Stage.LOAD: 'load'> (Stage)"),
        (Stage, {"inputs": ["title"]}, "inputs are keys, got 'title' (str)"),
        (Stage, {"outputs": [int]}, "outputs are keys, got <class 'int'> (type)"),
        (Stage, {"executor": "threads"}, "executor is a concurrent.futures.Executor, got 'threads' (str)"),
        (Stage, {"timeout": 0}, f"{SECONDS}, got 0 (int)"),
        (Stage, {"timeout": inf}, f"{SECONDS}, got inf (float)"),
        (Stage, {"timeout": "5"}, f"{SECONDS}, got '5' (str)"),
        (Stage, {"max_transitions": 0}, "max_transitions is a whole number of at least 1, got 0 (int)"),
        (Stage, {"max_transitions": 9.0}, "max_transitions is a whole number of at least 1, got 9.0 (float)"),
        (Stage, {"observers": ["log"]}, "observers are functions of an event, got 'log' (str)"),
        (Stage, {"observers": 3}, "observers are given in a list or a tuple, got 3 (int)"),
        (Stage, {"observers": "log"}, "observers are given in a list or a tuple, got 'log' (str)"),
        (Stage, {"inputs": 3}, "inputs are given in a list or a tuple, got 3 (int)"),
        (Stage, {"outputs": "count"}, "outputs are given in a list or a tuple, got 'count' (str)"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_refused(states: Any, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Workflow(states, **options)

    assert caught.value.problems == (problem,)


def test_all_wrong_arguments_are_reported_at_once() -> None:
    initial: Any = "load"
    inputs: Any = ["a", "b"]

    with pytest.raises(ConfigurationError) as caught:
        Workflow(Stage, initial=initial, inputs=inputs)

    assert len(caught.value.problems) == 3


def test_an_observer_outside_of_a_list_is_refused_by_the_word_for_it() -> None:
    observers: Any = Recorder()

    with pytest.raises(ConfigurationError, match="observers are given in a list or a tuple, got <Recorder"):
        Workflow(Stage, observers=observers)


@pytest.mark.parametrize("observers", [3, "log", [3], Recorder()])
def test_wrong_observers_of_one_run_are_refused_before_anything_runs(observers: Any) -> None:
    workflow = books()

    with pytest.raises(ConfigurationError, match="workflow 'books': observers are "):
        workflow.run(observers=observers)

    assert workflow.store.is_empty()


# --- registered -----------------------------------------------------------------------------------


def test_a_registration_knows_its_task_and_its_place() -> None:
    workflow = Workflow(Stage).register(LOAD, load)
    here = line() - 1

    registration = workflow.handlers[LOAD]

    assert registration == Registration(LOAD, load, "load", __file__, here)
    with pytest.raises(dataclasses.FrozenInstanceError):
        registration.line = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_each_call_of_a_chain_has_its_own_line() -> None:
    # fmt: off
    before = line()
    workflow = (
        Workflow(Stage)
        .register(LOAD, load)
        .register(PARSE, parse)
    )
    # fmt: on

    assert workflow.handlers[LOAD].line == before + 3
    assert workflow.handlers[PARSE].line == before + 4


def test_the_decorator_registers_a_function_and_returns_it_unchanged() -> None:
    workflow = Workflow(Stage)

    async def task(_store: MemoryStore) -> Stage:
        return DONE

    decorated = workflow.stage(LOAD)(task)
    here = line() - 1

    assert decorated is task
    assert workflow.handlers[LOAD] == Registration(LOAD, task, "task", __file__, here)


def test_the_handlers_can_only_be_read() -> None:
    handlers: Any = books().handlers

    with pytest.raises(TypeError):
        handlers[LOAD] = None


def test_an_exit_state_may_be_named_twice_and_is_known_by_the_first_place() -> None:
    workflow = Workflow(Stage).add_exit_states(DONE)
    first = line() - 1

    workflow.add_exit_states(FAILED, DONE)

    assert workflow.exit_states == (DONE, FAILED)
    assert workflow.graph().exits[DONE] == (__file__, first)


def two(_store: MemoryStore, limit: int) -> Stage:
    raise NotImplementedError(limit)


IS_WORKFLOW = "it is a workflow; register a function that awaits its orchestrate(store=store) and says what follows"
NO_TASK = "it is no function, has no run(store) and is no Node: 3 (int)"


@pytest.mark.parametrize(
    ("state", "task", "names", "reason"),
    [
        (LOAD, parse, "'parse' {here} for Stage.LOAD", "the state has a task, 'load' {there}"),
        (DONE, load, "'load' {here} for Stage.DONE", "the state is an exit state {there}"),
        (Other.LOAD, load, "'load' {here} for Other.LOAD", "the state is no member of Stage"),
        ("load", load, "'load' {here} for 'load' (str)", "the state is no member of Stage"),
        ([], load, "'load' {here} for [] (list)", "the state is no member of Stage"),
        (PARSE, Merge, "'Merge' {here} for Stage.PARSE", "it is a class; register an instance: Merge()"),
        (PARSE, two, "'two' {here} for Stage.PARSE", "two takes (_store, limit) and is called with (store)"),
        (PARSE, 3, "'int' {here} for Stage.PARSE", NO_TASK),
        (PARSE, Workflow(Other), "'Workflow' {here} for Stage.PARSE", IS_WORKFLOW),
        (PARSE, Workflow(Other).run, "'Workflow.run' {here} for Stage.PARSE", IS_WORKFLOW),
        (PARSE, partial(Workflow(Other).orchestrate), "'Workflow.orchestrate' {here} for Stage.PARSE", IS_WORKFLOW),
    ],
)
def test_a_wrong_registration_is_refused_with_its_place_and_changes_nothing(
    state: Any, task: Any, names: str, reason: str
) -> None:
    workflow = Workflow(Stage, name="books").register(LOAD, load).add_exit_states(DONE)
    there = f"({__file__}:{line() - 1})"

    with pytest.raises(ConfigurationError) as caught:
        workflow.register(state, task)
    here = f"({__file__}:{line() - 1})"

    said = f"workflow 'books': cannot register {names}: {reason}"
    assert str(caught.value) == said.format(here=here, there=there)
    assert list(workflow.handlers) == [LOAD]


def test_a_wrong_decoration_is_refused_with_the_place_of_the_decorator() -> None:
    workflow = Workflow(Stage).register(LOAD, load)
    decorate = workflow.stage(LOAD)
    here = line() - 1

    with pytest.raises(ConfigurationError, match=f"'parse' .*test_engine.py:{here}"):
        decorate(parse)


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (LOAD, "Stage.LOAD an exit state {here}: the state has a task, 'load' {there}"),
        ("x", "'x' (str) an exit state {here}: the state is no member of Stage"),
        ([DONE], "[<Stage.DONE: 'done'>] (list) an exit state {here}: the state is no member of Stage"),
    ],
    ids=str,
)
def test_a_wrong_exit_state_is_refused_and_none_of_the_call_is_added(state: Any, problem: str) -> None:
    workflow = Workflow(Stage).register(LOAD, load)
    there = f"({__file__}:{line() - 1})"

    with pytest.raises(ConfigurationError) as caught:
        workflow.add_exit_states(DONE, state)
    here = f"({__file__}:{line() - 1})"

    assert caught.value.problems == (f"cannot make {problem}".format(here=here, there=there),)
    assert workflow.exit_states == ()


RETRY = "retry is a Retry, got "
ATTEMPT = "attempt_timeout is a finite number of seconds above 0, or None for no limit, got "
EXECUTOR = "executor is a concurrent.futures.Executor, got "
WRONG_OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"retry": 3}, f"{RETRY}3 (int)"),
    ({"retry": Retry}, f"{RETRY}<class "),
    ({"retry": Retry.exponential}, f"{RETRY}<bound method "),
    ({"attempt_timeout": 0}, f"{ATTEMPT}0 (int)"),
    ({"attempt_timeout": nan}, f"{ATTEMPT}nan (float)"),
    ({"attempt_timeout": "5"}, f"{ATTEMPT}'5' (str)"),
    ({"executor": 4}, f"{EXECUTOR}4 (int)"),
    ({"executor": ThreadPoolExecutor}, f"{EXECUTOR}<class "),
]


@pytest.mark.parametrize(("options", "reason"), WRONG_OPTIONS, ids=str)
def test_a_wrong_option_of_a_task_is_refused_with_its_place_and_changes_nothing(
    options: dict[str, Any], reason: str
) -> None:
    workflow = Workflow(Stage, name="books")

    with pytest.raises(ConfigurationError) as caught:
        workflow.register(LOAD, load, **options)
    here = line() - 1

    [problem] = caught.value.problems
    assert problem.startswith(f"cannot register 'load' ({__file__}:{here}) for Stage.LOAD: {reason}")
    assert not workflow.handlers


@pytest.mark.parametrize(("options", "reason"), WRONG_OPTIONS, ids=str)
def test_a_wrong_option_of_a_decorator_is_refused_with_its_place_and_changes_nothing(
    options: dict[str, Any], reason: str
) -> None:
    workflow = Workflow(Stage, name="books")
    decorate = workflow.stage(LOAD, **options)
    here = line() - 1

    with pytest.raises(ConfigurationError) as caught:
        decorate(load)

    [problem] = caught.value.problems
    assert problem.startswith(f"cannot register 'load' ({__file__}:{here}) for Stage.LOAD: {reason}")
    assert not workflow.handlers


def test_every_wrong_option_is_reported_at_once_beside_what_is_wrong_with_the_task() -> None:
    retry: Any = 3
    executor: Any = 4
    task: Any = two

    with pytest.raises(ConfigurationError) as caught:
        Workflow(Stage).register(LOAD, task, retry=retry, attempt_timeout=-1, executor=executor)

    assert [problem.partition(" for Stage.LOAD: ")[2].split()[0] for problem in caught.value.problems] == [
        "two",
        "retry",
        "attempt_timeout",
        "executor",
    ]


def test_a_registration_keeps_its_options() -> None:
    retry = Retry.fixed(3)
    with ThreadPoolExecutor() as executor:
        workflow = Workflow(Stage).register(LOAD, load, retry=retry, attempt_timeout=2, executor=executor)
        workflow.stage(PARSE, retry=retry)(parse)

        assert workflow.handlers[LOAD].options == Options(retry, 2, executor)
        assert workflow.handlers[PARSE].options == Options(retry)


# --- validated ------------------------------------------------------------------------------------


def says(*_targets: Stage) -> Any:
    """A task that says where it goes."""

    async def task(_store: MemoryStore) -> Stage:
        raise NotImplementedError

    task.__annotations__["return"] = Literal[_targets]  # pyright: ignore[reportInvalidTypeForm]
    return task


def test_a_sound_workflow_validates() -> None:
    books().validate()


def test_the_graph_is_the_table_of_the_workflow() -> None:
    workflow = books()

    graph = workflow.graph()

    assert list(graph.rows) == [LOAD, PARSE, MERGE]
    assert graph.rows[PARSE].task == "parse"
    assert graph.rows[PARSE].place == (workflow.handlers[PARSE].file, workflow.handlers[PARSE].line)
    assert tuple(graph.exits) == workflow.exit_states
    assert graph.initial is LOAD


def test_every_problem_is_reported_at_once_each_with_its_place() -> None:
    workflow = Workflow(Stage, name="books", initial=LOAD)
    made = line() - 1
    workflow.register(PARSE, says(MERGE))

    with pytest.raises(ConfigurationError) as caught:
        workflow.validate()

    assert caught.value.problems == (
        f"no state is an exit state ({__file__}:{made})",
        f"the initial state LOAD has no task and is no exit state ({__file__}:{made})",
        f"'task' in state PARSE goes to MERGE, which has no task and is no exit state ({__file__}:{made + 2})",
    )


def test_the_initial_state_to_validate_can_be_another_one() -> None:
    workflow = Workflow(Stage).register(LOAD, says(PARSE)).register(PARSE, says(DONE))
    workflow.add_exit_states(DONE).validate_initial_state(LOAD)

    with pytest.raises(ConfigurationError, match="LOAD cannot be reached from PARSE"):
        workflow.validate_initial_state(PARSE)


def test_an_initial_state_of_another_enum_does_not_validate() -> None:
    foreign: Any = Other.LOAD

    with pytest.raises(ConfigurationError, match=r"initial state Other\.LOAD is no member of Stage"):
        books().validate_initial_state(foreign)
