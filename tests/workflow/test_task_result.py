"""`TaskResult`: what a task may return instead of the next state."""

from __future__ import annotations

import dataclasses
import pickle
import re
from collections.abc import Iterator
from enum import Enum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from keyrack.errors import StateNotRegisteredError, WorkflowError
from keyrack.testing import Recorder
from keyrack.workflow import JoinConfig, JoinStrategy, Node, Retry, TaskResult, Workflow
from keyrack.workflow.task import name_of

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


class Stage(Enum):
    LOAD = 1
    MERGE = 2
    DONE = 3


class Other(Enum):
    LOAD = 1


NOWHERE: TaskResult[Stage] = TaskResult.split()


class Gives:
    """A task of each kind that returns a value."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def plain(self, _store: MemoryStore) -> Any:
        return self.value

    async def coroutine(self, _store: MemoryStore) -> Any:
        return self.value

    def node(self) -> Node[Stage, None, None]:
        value = self.value

        class Given(Node[Stage, None, None]):
            def prep(self, _store: MemoryStore) -> None: ...
            def exec(self, data: None) -> None: ...
            async def post(self, _store: MemoryStore, result: None) -> Any:
                return value

        return Given()

    def each(self) -> list[Any]:
        return [self.plain, self.coroutine, self.node(), SimpleNamespace(run=self.plain)]


def ran(task: Any, **options: Any) -> tuple[Stage, Recorder]:
    """Run a workflow with the task in LOAD, and give the exit state and what was seen."""
    recorder = Recorder()
    workflow = Workflow(Stage, name="books", initial=Stage.LOAD).register(Stage.LOAD, task, **options)
    end = workflow.add_exit_states(Stage.MERGE, Stage.DONE).run(observers=[recorder])
    return end, recorder


@pytest.mark.parametrize("kind", range(4))
def test_a_result_of_a_single_state_leads_to_that_state(kind: int) -> None:
    task = Gives(TaskResult.single(Stage.DONE)).each()[kind]

    end, recorder = ran(task)

    assert end is Stage.DONE
    recorder.assert_path(Stage.LOAD, Stage.DONE)


def test_a_result_of_a_single_state_leads_on_to_a_task() -> None:
    results = iter([TaskResult.single(Stage.LOAD), TaskResult.single(Stage.LOAD), TaskResult.single(Stage.DONE)])

    def given_next(_store: MemoryStore) -> TaskResult[Stage]:
        return next(results)

    end, recorder = ran(given_next)

    assert end is Stage.DONE
    recorder.assert_path(Stage.LOAD, Stage.LOAD, Stage.LOAD, Stage.DONE)


def test_a_result_of_a_single_state_leads_on_after_another_attempt() -> None:
    answers: Iterator[OSError | TaskResult[Stage]] = iter([OSError("busy"), TaskResult.single(Stage.DONE)])

    def task(_store: MemoryStore) -> TaskResult[Stage]:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    end, _ = ran(task, retry=Retry.fixed(2))

    assert end is Stage.DONE


@pytest.mark.parametrize("kind", range(4))
def test_a_split_from_a_single_task_is_refused_with_state_task_and_place(kind: int) -> None:
    task = Gives(TaskResult.split(Stage.MERGE, Stage.DONE)).each()[kind]

    with pytest.raises(StateNotRegisteredError) as caught:
        ran(task)

    assert caught.value.source == "LOAD"
    assert caught.value.task is not None
    assert name_of(task) in caught.value.task
    assert f"{__file__}:" in caught.value.task
    assert caught.value.state.startswith("TaskResult.split(")
    assert str(caught.value).endswith(
        "which a task of a single state cannot return; the store keeps what was written; "
        "use register_split(), and return the state to go on in"
    )


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (TaskResult.single(Other.LOAD), "returned Other.LOAD, which is no member of Stage"),
        (TaskResult.single(Stage.LOAD), "returned Stage.LOAD, which has no task and is no exit state"),
    ],
)
def test_a_result_of_a_state_that_is_none_is_refused_by_the_name_of_the_state(
    result: TaskResult[Any], said: str
) -> None:
    workflow = Workflow(Stage, name="books", initial=Stage.MERGE).register(Stage.MERGE, Gives(result).coroutine)

    with pytest.raises(StateNotRegisteredError, match=re.escape(said)):
        workflow.run()


def test_a_result_of_text_is_refused_like_the_text() -> None:
    text: Any = "MERGE"

    with pytest.raises(StateNotRegisteredError) as caught:
        ran(Gives(TaskResult.single(text)).coroutine)

    assert caught.value.state == "'MERGE' (str)"
    assert caught.value.advice == "did you mean Stage.MERGE?"


@pytest.mark.parametrize(
    "result",
    [None, Stage.LOAD, TaskResult.single(Stage.LOAD), TaskResult.split(Stage.LOAD, Stage.DONE), NOWHERE],
)
def test_a_branch_may_return_nothing_a_state_or_any_result(result: object) -> None:
    join = JoinConfig(JoinStrategy.all(), Stage.DONE)
    workflow = Workflow(Stage).register_split(Stage.LOAD, Gives(result).each(), join).add_exit_states(Stage.DONE)

    assert workflow.run(Stage.LOAD) is Stage.DONE


def test_results_are_values() -> None:
    result = TaskResult.single(Stage.DONE)

    assert result == TaskResult.single(Stage.DONE) != TaskResult.split(Stage.DONE)
    assert len({result, TaskResult.single(Stage.DONE), TaskResult.single(Stage.LOAD)}) == 2
    assert pickle.loads(pickle.dumps(result)) == result
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.kind = "split"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (TaskResult.single(Stage.DONE), "TaskResult.single(<Stage.DONE: 3>)"),
        (TaskResult.split(Stage.LOAD, Stage.DONE), "TaskResult.split(<Stage.LOAD: 1>, <Stage.DONE: 3>)"),
        (NOWHERE, "TaskResult.split()"),
    ],
)
def test_a_result_shows_how_it_is_made(result: TaskResult[Stage], shown: str) -> None:
    assert shown == repr(result)


@pytest.mark.parametrize("states", [(), (Stage.LOAD, Stage.DONE)])
def test_a_single_result_of_no_state_or_of_several_leads_nowhere_by_a_clear_error(states: tuple[Stage, ...]) -> None:
    def task(_store: MemoryStore) -> TaskResult[Stage]:
        return TaskResult("single", states)

    with pytest.raises(WorkflowError):
        ran(task)
