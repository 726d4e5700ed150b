from __future__ import annotations

from itertools import product

import pytest
from tests.check.models import S, effects, found, idle, only, solved, split, spot, stage, way

from keyrack.check.model import UNKNOWN_STATE, Effects
from keyrack.check.relation import IF_PRESENT


def test_a_state_that_nothing_leads_to_is_unreachable() -> None:
    one = only(solved(stage(S.A, idle(S.DONE)), stage(S.B, idle(S.DONE, 5))), "KR201")

    assert (one.message, one.spot) == ("state B is registered but cannot be reached from A", spot(105))


def test_a_state_behind_a_guard_that_never_opens_is_reached_by_the_code() -> None:
    assert found(solved(stage(S.A, effects(way(S.B, k=IF_PRESENT), way(S.DONE))), stage(S.B, idle(S.DONE)))) == []


def test_a_state_without_a_handler_is_told_once_for_each_state_that_goes_there() -> None:
    report = solved(
        stage(S.A, effects(way(S.GONE, 3), way(S.GONE, 4), way(S.B))), stage(S.B, effects(way(S.GONE, 9), way(S.DONE)))
    )

    assert [(one.state, one.subject, one.spot.line) for one in report.diagnostics] == [
        ("A", "GONE", 3),
        ("B", "GONE", 9),
    ]
    assert report.diagnostics[0].message == "A goes to GONE, which has no handler and is not an exit state"


def test_what_an_unreachable_state_goes_to_is_not_told_besides() -> None:
    report = solved(stage(S.A, idle(S.DONE)), stage(S.B, idle(S.GONE)))

    assert [one.code for one in report.diagnostics] == ["KR201"]


def test_a_join_that_goes_to_a_state_without_a_handler_is_told() -> None:
    report = solved(stage(S.A, idle(S.FAN)), split(S.FAN, S.GONE, idle(None), required=1))

    assert found(report) == [("error", "KR202", "FAN")]


def test_states_that_go_round_in_circles_are_one_finding() -> None:
    report = solved(
        stage(S.A, effects(way(S.B), way(S.DONE))),
        stage(S.B, idle(S.C, 5)),
        stage(S.C, idle(S.B, 6)),
        stage(S.D, idle(S.D)),
    )
    one = only(report, "KR203")

    assert (one.message, one.state) == ("no exit state can be reached from B and C", "B")


@pytest.mark.parametrize(
    "ending",
    [effects(), effects(way(None), way(S.B)), effects(way(UNKNOWN_STATE)), effects(way(S.GONE), way(S.B))],
    ids=["raises", "ends", "unknown", "no handler"],
)
def test_a_run_that_may_end_by_an_error_is_not_trapped(ending: Effects) -> None:
    assert found(solved(stage(S.A, idle(S.B)), stage(S.B, ending)), "KR203") == []


def test_without_exit_states_whoever_goes_on_is_trapped() -> None:
    assert only(solved(stage(S.A, idle(S.A)), exits=()), "KR203").message == "no exit state can be reached from A"


def test_the_handler_of_an_exit_state_never_runs() -> None:
    report = solved(stage(S.A, idle(S.DONE)), stage(S.DONE, idle(S.GONE, 7)))

    assert [(one.code, one.state, one.spot.line) for one in report.diagnostics] == [("KR204", "DONE", 107)]
    assert [(state.name, state.kind) for state in report.states] == [("A", "task"), ("DONE", "exit")]


def test_a_next_state_that_is_unknown_is_told_once_a_state_and_nothing_is_unreachable() -> None:
    report = solved(
        stage(S.A, effects(way(UNKNOWN_STATE, 3), way(UNKNOWN_STATE, 4), name="choose")), stage(S.B, idle(S.DONE))
    )
    [one] = report.diagnostics

    assert one.message == "cannot determine the next state of A; annotate choose with -> Literal[...]"
    assert (one.code, one.severity, one.spot.line) == ("KR206", "warning", 3)


def test_branches_need_not_say_where_they_go() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, effects(way(UNKNOWN_STATE)), effects(way(None)), required=2),
        stage(S.B, idle(S.DONE)),
    )

    assert found(report) == []


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        (S.GONE, "initial state GONE is neither registered nor an exit state"),
        (None, "the workflow has no initial state; name one with initial="),
    ],
    ids=["not registered", "none"],
)
def test_a_bad_initial_state_is_told_and_nothing_else_follows_from_it(initial: S | None, message: str) -> None:
    report = solved(stage(S.A, idle(S.B)), stage(S.B, idle(S.DONE)), initial=initial)

    assert [("KR207", message)] == [(one.code, one.message) for one in report.diagnostics]
    assert report.initial == ("" if initial is None else initial.name)


@pytest.mark.parametrize(
    ("strategy", "required", "branches", "reason"),
    [
        ("quorum(3)", 3, 2, "it needs 3 branches and there are 2"),
        ("quorum(2)", 2, 1, "it needs 2 branches and there is 1"),
        ("quorum(0)", 0, 2, "it has to ask for at least 1 branch"),
        ("partial_results(-1)", -1, 2, "it has to ask for at least 1 branch"),
        ("percentage(0)", 1, 2, "a share is above 0 and up to 1"),
        ("percentage(1.5)", 3, 2, "a share is above 0 and up to 1"),
        ("all", 0, 0, "the split has no branches"),
    ],
)
def test_a_join_that_can_never_be_satisfied_is_told_with_its_reason(
    strategy: str, required: int, branches: int, reason: str
) -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, *[idle(None)] * branches, required=required, strategy=strategy),
        stage(S.B, idle(S.DONE)),
    )

    assert [f"join {strategy} at FAN can never be satisfied: {reason}"] == [one.message for one in report.diagnostics]
    assert report.diagnostics[0].code == "KR403"


@pytest.mark.parametrize(
    ("strategy", "required"),
    [("all", 2), ("any", 1), ("percentage(0.5)", 1), ("percentage(1/3)", 1), ("partial_timeout", 0)],
)
def test_a_join_that_can_be_satisfied_is_left_alone(strategy: str, required: int) -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, idle(None), idle(None), required=required, strategy=strategy),
        stage(S.B, idle(S.DONE)),
    )

    assert found(report) == []


def test_a_join_whose_branches_always_raise_can_never_be_satisfied() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, effects(name="one"), effects(name="two"), idle(None, name="three"), required=2),
        stage(S.B, idle(S.DONE)),
    )

    assert only(report, "KR403").message.endswith("one and two never end well")


def test_a_thousand_states_with_unknown_next_are_walked_once() -> None:
    states = [S.A, S.B, S.C, S.D, S.E]
    report = solved(*(stage(state, effects(way(UNKNOWN_STATE))) for state in states))

    assert len([*product(states, states)]) + len(states) == len(report.edges)
    assert {"KR206"} == {one.code for one in report.diagnostics}
