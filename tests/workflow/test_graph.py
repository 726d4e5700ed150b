"""The pure transition table: what is found wrong with it, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyrack.workflow.graph import Graph, Join, JoinStrategy, Place, Row, problems, reachable


class Stage(Enum):
    LOAD = 1
    PARSE = 2
    MERGE = 3
    DONE = 4
    FAILED = 5


LOAD, PARSE, MERGE, DONE, FAILED = Stage


def at(state: Stage) -> Place:
    """The place where *state* was registered: a line for each."""
    return Place("books.py", state.value)


def graph(
    edges: dict[Stage, tuple[Stage, ...] | None],
    exits: tuple[Stage, ...] = (DONE,),
    initial: Stage | None = LOAD,
) -> Graph[Stage]:
    rows = {state: Row(state, state.name.lower(), targets, at(state)) for state, targets in edges.items()}
    return Graph(rows, {state: at(state) for state in exits}, initial, Place("books.py", 99))


def split(state: Stage, target: Stage, join: Join) -> Row[Stage]:
    return Row(state, f"split of {len(join.branches)}", (target,), at(state), join)


def with_splits(*rows: Row[Stage], **others: tuple[Stage, ...]) -> Graph[Stage]:
    """A graph of splits, and of tasks by the name of their state."""
    tasks = graph({Stage[name]: targets for name, targets in others.items()})
    return replace(tasks, rows={row.state: row for row in rows} | dict(tasks.rows))


def found(checked: Graph[Stage]) -> list[str]:
    return [str(problem) for problem in problems(checked)]


def test_a_sound_graph_has_no_problems() -> None:
    sound = graph({LOAD: (PARSE, DONE), PARSE: (LOAD, MERGE), MERGE: (DONE,)})

    assert problems(sound) == []


def test_a_graph_of_tasks_that_do_not_say_where_they_go_has_no_problems() -> None:
    assert problems(graph({LOAD: None, PARSE: None, MERGE: None})) == []


def test_an_empty_graph_lacks_tasks_and_exit_states() -> None:
    empty = graph({}, exits=(), initial=None)

    assert found(empty) == [
        "no state has a task (books.py:99)",
        "no state is an exit state (books.py:99)",
    ]


def test_an_initial_state_without_a_task_is_a_problem() -> None:
    assert found(graph({PARSE: (DONE,)})) == ["the initial state LOAD has no task and is no exit state (books.py:99)"]


def test_an_exit_state_may_be_the_initial_state() -> None:
    assert problems(graph({LOAD: None}, initial=DONE)) == []


def test_an_exit_state_with_a_task_is_a_problem() -> None:
    assert found(graph({LOAD: (DONE,)}, exits=(LOAD, DONE))) == [
        "LOAD is an exit state; its task 'load' never runs (books.py:1)"
    ]


def test_a_target_without_a_task_is_a_problem_of_the_task_that_goes_there() -> None:
    [problem] = problems(graph({LOAD: (MERGE, DONE)}))

    assert problem.kind == "no-handler"
    assert problem.states == (LOAD, MERGE)
    assert str(problem) == ("'load' in state LOAD goes to MERGE, which has no task and is no exit state (books.py:1)")


def test_a_state_that_no_way_leads_to_is_unreachable() -> None:
    lonely = graph({LOAD: (DONE,), PARSE: (MERGE,), MERGE: (DONE,)})

    assert found(lonely) == [
        "PARSE cannot be reached from LOAD (books.py:2)",
        "MERGE cannot be reached from LOAD (books.py:3)",
    ]


def test_nothing_is_unreachable_behind_a_task_that_does_not_say_where_it_goes() -> None:
    assert problems(graph({LOAD: (PARSE,), PARSE: None, MERGE: (DONE,)})) == []


def test_a_silent_task_that_is_not_reached_hides_nothing() -> None:
    assert found(graph({LOAD: (DONE,), PARSE: None})) == ["PARSE cannot be reached from LOAD (books.py:2)"]


def test_an_exit_state_may_be_unreachable() -> None:
    assert problems(graph({LOAD: (DONE,)}, exits=(DONE, FAILED))) == []


def test_a_circle_without_a_way_out_is_one_problem() -> None:
    circle = graph({LOAD: (PARSE, DONE), PARSE: (MERGE,), MERGE: (PARSE,)})

    assert found(circle) == ["no exit state can be reached from PARSE, MERGE (books.py:2)"]


def test_a_circle_is_found_without_an_initial_state() -> None:
    circle = graph({LOAD: None, PARSE: (MERGE,), MERGE: (PARSE,)}, initial=None)

    assert found(circle) == ["no exit state can be reached from PARSE, MERGE (books.py:2)"]


def test_an_unreachable_circle_is_reported_as_unreachable_only() -> None:
    assert found(graph({LOAD: (DONE,), PARSE: (PARSE,)})) == ["PARSE cannot be reached from LOAD (books.py:2)"]


def test_a_way_to_a_missing_task_is_not_reported_as_endless_too() -> None:
    assert [problem.kind for problem in problems(graph({LOAD: (MERGE,)}))] == ["no-handler"]


def test_without_exit_states_nothing_more_is_said_about_ways_out() -> None:
    assert [problem.kind for problem in problems(graph({LOAD: (LOAD,)}, exits=()))] == ["no-exit-state"]


def test_a_task_that_always_raises_is_a_way_out() -> None:
    assert problems(graph({LOAD: (PARSE,), PARSE: ()})) == []


def test_reachable_gives_the_rows_nearest_first() -> None:
    rows = reachable(graph({MERGE: (DONE,), PARSE: (LOAD, MERGE), LOAD: (LOAD, PARSE)}))

    assert rows is not None
    assert list(rows) == [LOAD, PARSE, MERGE]


def test_reachable_is_not_known_without_an_initial_state() -> None:
    assert reachable(graph({LOAD: (DONE,)}, initial=None)) is None


# --- splits ---------------------------------------------------------------------------------------

ALL = JoinStrategy.all()
TWO = ("load", "load")


def test_a_graph_with_a_split_that_can_be_joined_has_no_problems() -> None:
    sound = with_splits(split(LOAD, MERGE, Join(JoinStrategy.quorum(2), TWO, None)), MERGE=(DONE,))

    assert problems(sound) == []


def test_a_split_leads_to_the_state_of_its_join_and_nowhere_else() -> None:
    rows = reachable(with_splits(split(LOAD, PARSE, Join(ALL, TWO, None)), PARSE=(DONE,), MERGE=(DONE,)))

    assert rows is not None
    assert list(rows) == [LOAD, PARSE]


def test_a_split_that_joins_in_a_state_without_a_task_is_a_problem() -> None:
    assert found(with_splits(split(LOAD, MERGE, Join(ALL, TWO, None)))) == [
        "'split of 2' in state LOAD goes to MERGE, which has no task and is no exit state (books.py:1)"
    ]


def test_a_split_that_joins_in_its_own_state_never_ends() -> None:
    assert found(with_splits(split(LOAD, LOAD, Join(ALL, TWO, None)))) == [
        "no exit state can be reached from LOAD (books.py:1)"
    ]


def test_a_split_that_cannot_be_reached_is_a_problem() -> None:
    lonely = with_splits(split(PARSE, DONE, Join(ALL, TWO, None)), LOAD=(DONE,))

    assert found(lonely) == ["PARSE cannot be reached from LOAD (books.py:2)"]


def test_a_split_in_an_exit_state_is_a_problem() -> None:
    assert found(with_splits(split(DONE, DONE, Join(ALL, TWO, None)), LOAD=(DONE,))) == [
        "DONE is an exit state; its task 'split of 2' never runs (books.py:4)"
    ]


@pytest.mark.parametrize(
    ("join", "kind", "message"),
    [
        (Join(ALL, (), None), "empty-split", "has no branches"),
        (
            Join(JoinStrategy.quorum(3), TWO, None),
            "impossible-join",
            "joins by quorum(3), which 2 branches can never satisfy",
        ),
        (
            Join(JoinStrategy.percentage(7), TWO, None),
            "impossible-join",
            "joins by percentage(7), which has to be a share above 0 and up to 1",
        ),
        (
            Join(JoinStrategy.partial_timeout(), TWO, None),
            "no-deadline",
            "joins by partial_timeout, which needs a timeout",
        ),
    ],
    ids=["empty", "too many", "no share", "no deadline"],
)
def test_a_join_that_cannot_work_is_a_problem_of_its_state_and_place(join: Join, kind: str, message: str) -> None:
    [problem] = problems(with_splits(split(PARSE, DONE, join), LOAD=(PARSE,)))

    assert problem.kind == kind
    assert problem.states == (PARSE,)
    assert str(problem) == f"the split in state PARSE {message} (books.py:2)"


def test_every_problem_of_every_split_is_found_at_once() -> None:
    wrong = with_splits(
        split(LOAD, PARSE, Join(JoinStrategy.partial_timeout(), (), None)),
        split(PARSE, MERGE, Join(JoinStrategy.quorum(9), TWO, None)),
        split(FAILED, DONE, Join(JoinStrategy.percentage(0), TWO, None)),
    )

    assert [(problem.kind, problem.place.line) for problem in problems(wrong)] == [
        ("empty-split", 1),
        ("no-deadline", 1),
        ("impossible-join", 2),
        ("impossible-join", 5),
        ("no-handler", 2),
        ("unreachable", 5),
    ]


# --- any graph ------------------------------------------------------------------------------------

targets = st.none() | st.lists(st.sampled_from(Stage), max_size=3).map(tuple)


@given(
    st.dictionaries(st.sampled_from(Stage), targets),
    st.sets(st.sampled_from(Stage)).map(tuple),
    st.none() | st.sampled_from(Stage),
)
def test_a_graph_without_problems_leads_only_to_states_with_a_task_and_exit_states(
    edges: dict[Stage, Any], exits: tuple[Stage, ...], initial: Stage | None
) -> None:
    checked = graph(edges, exits, initial)

    sound = not problems(checked)

    walked = {initial} if initial else set(edges)
    while sound:
        assert walked <= edges.keys() | set(exits)
        onward = {target for state in walked for target in edges.get(state) or ()}
        if onward <= walked:
            break
        walked |= onward


@given(
    st.dictionaries(st.sampled_from(Stage), st.lists(st.sampled_from(Stage), max_size=3).map(tuple)),
    st.sets(st.sampled_from(Stage), min_size=1).map(tuple),
)
def test_exactly_the_states_with_no_walk_to_an_end_are_without_a_way_out(
    edges: dict[Stage, Any], exits: tuple[Stage, ...]
) -> None:
    def ends(state: Stage, seen: frozenset[Stage]) -> bool:
        if state in exits or not edges.get(state):
            return True
        return any(ends(target, seen | {state}) for target in edges[state] if target not in seen)

    endless = {state for state in edges if not ends(state, frozenset())}

    reported = [p.states for p in problems(graph(edges, exits, None)) if p.kind == "no-exit"]

    assert endless == {state for states in reported for state in states}
