"""Splits as they are registered, shown in the table and validated; how they run is told elsewhere."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from tests.workflow.books import COUNT, DONE, LOAD, MERGE, PARSE, Merge, Other, Stage, line, load, parse, returning

from keyrack.errors import ConfigurationError
from keyrack.stores import MemoryStore
from keyrack.workflow import Join, JoinConfig, JoinStrategy, Options, Retry, SplitRegistration, Workflow

ALL = JoinConfig(JoinStrategy.all(), MERGE)
IMPOSSIBLE = JoinConfig(JoinStrategy.quorum(3), MERGE)
ENDLESS = JoinConfig(JoinStrategy.partial_timeout(), MERGE)


# --- registered -----------------------------------------------------------------------------------


def test_a_registration_knows_its_branches_its_join_and_its_place() -> None:
    node = Merge()
    workflow = Workflow(Stage).register_split(PARSE, [load, parse, node], ALL, retry=Retry.fixed(2))
    here = line() - 1

    registration = workflow.handlers[PARSE]

    assert registration == SplitRegistration(
        PARSE, (load, parse, node), ("load", "parse", "Merge"), ALL, __file__, here, Options(Retry.fixed(2))
    )
    assert str(registration) == f"'split of 3' ({__file__}:{here})"


def test_a_split_takes_its_branches_from_anything_that_gives_them() -> None:
    workflow = Workflow(Stage).register_split(PARSE, (returning(part) for part in range(3)), ALL)

    registration = workflow.handlers[PARSE]

    assert isinstance(registration, SplitRegistration)
    assert registration.names == ("task",) * 3


def test_branches_that_are_given_by_name_are_called_by_it() -> None:
    workflow = Workflow(Stage).register_split(PARSE, {"first": load, "second": load}, ALL)

    registration = workflow.handlers[PARSE]

    assert isinstance(registration, SplitRegistration)
    assert registration.tasks == (load, load)
    assert registration.names == ("first", "second")


def test_a_split_gives_the_workflow_back() -> None:
    workflow = Workflow(Stage)

    assert workflow.register_split(PARSE, [load], ALL) is workflow


def two(_store: MemoryStore, limit: int) -> None:
    raise NotImplementedError(limit)


NO_TASK = "it is no function, has no run(store) and is no Node: "


@pytest.mark.parametrize(
    ("state", "tasks", "join", "reason"),
    [
        (LOAD, [parse], ALL, "the state has a task, 'load' {there}"),
        (DONE, [load], ALL, "the state is an exit state {there}"),
        (Other.LOAD, [load], ALL, "the state is no member of Stage"),
        ("load", [load], ALL, "the state is no member of Stage"),
        (PARSE, [3], ALL, f"branch 0: {NO_TASK}3 (int)"),
        (PARSE, [None], ALL, f"branch 0: {NO_TASK}None (None)"),
        (PARSE, [Merge], ALL, "branch 0: it is a class; register an instance: Merge()"),
        (PARSE, [two], ALL, "branch 0: two takes (_store, limit) and is called with (store)"),
        (PARSE, {"first": 3}, ALL, f"branch 0: {NO_TASK}3 (int)"),
        (PARSE, {1: load}, ALL, "the name of a branch is a text, got 1 (int)"),
        (PARSE, {"": load}, ALL, "the name of a branch is a text, got '' (str)"),
        (PARSE, [load], "all", "a split is joined as a JoinConfig says, got 'all' (str)"),
        (PARSE, [load], None, "a split is joined as a JoinConfig says, got None (None)"),
        (PARSE, [load], JoinStrategy.all(), "a split is joined as a JoinConfig says, got JoinStrategy.all() "),
        (PARSE, [load], JoinConfig, "a split is joined as a JoinConfig says, got <class "),
        (PARSE, [load], JoinConfig(JoinStrategy.all(), Other.ELSE), "the state to join in Other.ELSE is no member of"),
        (PARSE, [load], JoinConfig(JoinStrategy.all(), "done"), "the state to join in 'done' (str) is no member of"),  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
        (PARSE, load, ALL, "the tasks of a split are given in a list or a tuple, got <function"),
        (PARSE, Merge(), ALL, "the tasks of a split are given in a list or a tuple, got <Merge"),
        (PARSE, "load", ALL, "the tasks of a split are given in a list or a tuple, got 'load' (str)"),
        (PARSE, 3, ALL, "the tasks of a split are given in a list or a tuple, got 3 (int)"),
    ],
)
def test_a_wrong_split_is_refused_with_its_place_and_changes_nothing(
    state: Any, tasks: Any, join: Any, reason: str
) -> None:
    workflow = Workflow(Stage, name="books").register(LOAD, load).add_exit_states(DONE)
    there = f"({__file__}:{line() - 1})"

    with pytest.raises(ConfigurationError) as caught:
        workflow.register_split(state, tasks, join)
    here = f"({__file__}:{line() - 1})"

    [problem] = caught.value.problems
    assert problem.startswith("cannot register 'split of ")
    assert f"{here} for " in problem
    assert f": {reason.format(there=there)}" in problem
    assert list(workflow.handlers) == [LOAD]


def test_a_task_for_a_state_with_a_split_is_refused_with_the_place_of_the_split() -> None:
    workflow = Workflow(Stage).register_split(LOAD, [load], ALL)
    there = f"({__file__}:{line() - 1})"

    with pytest.raises(ConfigurationError) as caught:
        workflow.register(LOAD, load)

    assert str(caught.value).endswith(f": the state has a task, 'split of 1' {there}")


def test_an_exit_state_with_a_split_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot make Stage\.LOAD an exit state .* 'split of 1' "):
        Workflow(Stage).register_split(LOAD, [load], ALL).add_exit_states(LOAD)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"retry": 3}, "retry is a Retry, got 3 (int)"),
        ({"attempt_timeout": 0}, "attempt_timeout is a finite number of seconds above 0, or None for no limit, got 0"),
        ({"executor": "threads"}, "executor is a concurrent.futures.Executor, got 'threads' (str)"),
    ],
    ids=str,
)
def test_a_wrong_option_of_a_split_is_refused(options: dict[str, Any], reason: str) -> None:
    workflow = Workflow(Stage)

    with pytest.raises(ConfigurationError) as caught:
        workflow.register_split(LOAD, [load], ALL, **options)

    [problem] = caught.value.problems
    assert f" for Stage.LOAD: {reason}" in problem
    assert not workflow.handlers


def test_everything_that_is_wrong_with_a_split_is_said_at_once() -> None:
    tasks: Any = [load, 3, two]
    retry: Any = 3

    with pytest.raises(ConfigurationError) as caught:
        Workflow(Stage).add_exit_states(DONE).register_split(DONE, tasks, ALL, retry=retry, attempt_timeout=-1)

    assert [problem.partition(" for Stage.DONE: ")[2].partition(" is ")[0] for problem in caught.value.problems] == [
        "the state",
        f"branch 1: {NO_TASK}3 (int)".partition(" is ")[0],
        "branch 2: two takes (_store, limit) and",
        "retry",
        "attempt_timeout",
    ]


def test_a_coroutine_among_the_branches_is_refused_and_not_left_to_warn() -> None:
    with pytest.raises(ConfigurationError, match="branch 1: it was called already; register the function itself"):
        Workflow(Stage).register_split(LOAD, [load, load(MemoryStore())], ALL)  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


# --- in the table ---------------------------------------------------------------------------------


def test_the_graph_shows_a_split_with_its_join_and_where_it_leads() -> None:
    join = JoinConfig(JoinStrategy.quorum(2), MERGE, timeout=5.0)
    workflow = Workflow(Stage, initial=LOAD).register_split(LOAD, [load, partial(load)], join)
    here = line() - 1

    row = workflow.graph().rows[LOAD]

    assert row.task == "split of 2"
    assert row.targets == (MERGE,)
    assert row.place == (__file__, here)
    assert row.join == Join(JoinStrategy.quorum(2), ("load", "load"), 5.0)


def test_the_row_of_a_task_has_no_join() -> None:
    assert Workflow(Stage).register(LOAD, load).graph().rows[LOAD].join is None


# --- validated ------------------------------------------------------------------------------------


def sound() -> Workflow[Stage, MemoryStore]:
    return Workflow(Stage, name="books", initial=LOAD).register(MERGE, Merge()).add_exit_states(DONE)


def test_a_workflow_with_a_sound_split_validates() -> None:
    sound().register_split(LOAD, [load, parse], ALL).validate()


def test_every_problem_of_every_split_is_reported_at_once_each_with_its_place() -> None:
    workflow = sound()
    first = line() + 1
    workflow.register_split(LOAD, [], JoinConfig(JoinStrategy.partial_timeout(), PARSE))
    workflow.register_split(PARSE, [load, parse], IMPOSSIBLE)

    with pytest.raises(ConfigurationError) as caught:
        workflow.validate()

    assert caught.value.problems == (
        f"the split in state LOAD has no branches ({__file__}:{first})",
        f"the split in state LOAD joins by partial_timeout, which needs a timeout ({__file__}:{first})",
        f"the split in state PARSE joins by quorum(3), which 2 branches can never satisfy ({__file__}:{first + 1})",
    )


def test_a_split_that_joins_in_a_state_without_a_task_does_not_validate() -> None:
    join = JoinConfig(JoinStrategy.all(), PARSE)

    with pytest.raises(ConfigurationError, match=r"'split of 1' in state LOAD goes to PARSE, which has no task"):
        sound().register_split(LOAD, [load], join).validate()


# --- refused before anything runs -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("tasks", "join", "reason"),
    [
        ([load, load], IMPOSSIBLE, "joins by quorum(3), which 2 branches can never satisfy"),
        ([load], ENDLESS, "joins by partial_timeout, which needs a timeout"),
        ([], ALL, "has no branches"),
        (
            [load],
            JoinConfig(JoinStrategy.percentage(7), MERGE),
            "joins by percentage(7), which has to be a share above",
        ),
    ],
    ids=["too few", "no deadline", "empty", "no share"],
)
@pytest.mark.parametrize("observed", [False, True])
def test_a_run_through_a_split_that_can_never_be_joined_is_refused_before_its_first_task(
    tasks: Any, join: Any, reason: str, observed: bool
) -> None:
    seen: list[object] = []
    workflow = sound().register(LOAD, load).register_split(PARSE, tasks, join)
    here = line() - 1

    with pytest.raises(ConfigurationError) as caught:
        workflow.run(observers=[seen.append] if observed else [])

    [problem] = caught.value.problems
    assert f"'split of {len(tasks)}' ({__file__}:{here}) in state PARSE {reason}" in problem
    assert problem.endswith("; nothing ran")
    assert workflow.store.is_empty()
    assert seen == []


def test_a_split_that_is_registered_between_two_runs_is_looked_at_too() -> None:
    workflow = sound().register(LOAD, returning(DONE))
    workflow.run()
    workflow.store.remove(COUNT)

    with pytest.raises(ConfigurationError, match=r"can never satisfy; nothing ran"):
        workflow.register_split(PARSE, [load], IMPOSSIBLE).run()

    assert workflow.store.is_empty()
