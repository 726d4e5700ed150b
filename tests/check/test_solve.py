from __future__ import annotations

from tests.check.models import (
    S,
    blurred,
    counts,
    effects,
    found,
    idle,
    info,
    model,
    only,
    puts,
    putting,
    read,
    reading,
    removing,
    solved,
    split,
    spot,
    stage,
    way,
    write,
)

from keyrack.check.fixpoint import Solution
from keyrack.check.model import UNKNOWN_STATE
from keyrack.check.relation import (
    ANYTHING,
    IF_ABSENT,
    IF_PRESENT,
    LOOP_SKIPPED,
    NEVER,
    PRESENT,
    PUT,
    REMOVE,
    REMOVED,
    SKIPPED,
    UNKNOWN,
    either,
    then,
)
from keyrack.check.report import Assumption, Edge, Flow


def status(solution: Solution, state: S, key: str) -> int:
    return solution.status(solution.nodes[state], key)


def test_a_key_is_what_all_ways_to_a_state_make_of_it() -> None:
    solution = Solution(
        model(
            stage(S.A, effects(way(S.B, **puts("k")), way(S.C))),
            stage(S.B, idle(S.D)),
            stage(S.C, idle(S.D)),
            stage(S.D, idle(S.DONE)),
        )
    )

    assert status(solution, S.A, "k") == NEVER
    assert status(solution, S.B, "k") == PRESENT
    assert status(solution, S.C, "k") == NEVER
    assert status(solution, S.D, "k") == NEVER | PRESENT


def test_outcomes_stay_apart_by_where_they_go() -> None:
    report = solved(
        stage(S.A, effects(way(S.B, **puts("k")), way(S.DONE), writes=[write("k", 1)])),
        stage(S.B, reading("k", S.DONE, 10)),
    )

    assert counts(report) == (1, 1, 0, 0)
    assert found(report) == []


def test_a_guarded_way_is_not_taken_where_the_key_is_never_there() -> None:
    solution = Solution(
        model(
            stage(S.A, effects(way(S.B, k=IF_PRESENT), way(S.C, k=IF_ABSENT))),
            stage(S.B, idle(S.DONE)),
            stage(S.C, idle(S.DONE)),
        )
    )

    assert status(solution, S.B, "k") == 0
    assert status(solution, S.C, "k") == NEVER


def test_a_cycle_is_gone_through_until_nothing_changes() -> None:
    solution = Solution(
        model(
            stage(S.A, putting("k", S.B, 1)),
            stage(S.B, effects(way(S.C), way(S.DONE))),
            stage(S.C, removing("k", S.B, 10)),
        )
    )

    assert status(solution, S.B, "k") == PRESENT | REMOVED


def test_inputs_are_there_and_keys_of_other_stores_are_unknown() -> None:
    solution = Solution(
        model(
            stage(S.A, effects(way(S.DONE), reads=[read("given", 1), read("other", 2), read("none", 3)])),
            inputs=["given"],
            keys=[info("other", foreign=True)],
        )
    )

    assert [status(solution, S.A, key) for key in ("given", "other", "none")] == [PRESENT, UNKNOWN, NEVER]


def test_an_input_family_gives_all_its_keys_and_one_key_leaves_the_others_open() -> None:
    reads = [read("F[3]", 1), read("F[*]", 2), read("G[3]", 3), read("G[4]", 4), read("G[*]", 5)]
    solution = Solution(model(stage(S.A, effects(way(S.DONE), reads=reads)), inputs=["F[*]", "G[3]"]))

    assert [status(solution, S.A, key) for key in ("F[3]", "F[*]")] == [PRESENT, PRESENT]
    assert [status(solution, S.A, key) for key in ("G[3]", "G[4]", "G[*]")] == [PRESENT, NEVER, UNKNOWN]


def test_a_key_of_a_family_that_is_not_listed_goes_the_way_of_its_family() -> None:
    solution = Solution(
        model(
            stage(S.A, effects(way(S.B, **{"F[*]": ANYTHING, "F[1]": PUT}))),
            stage(S.B, effects(way(S.DONE), reads=[read("F[1]", 1), read("F[2]", 2), read("k", 3)])),
        )
    )

    assert [status(solution, S.B, key) for key in ("F[1]", "F[2]", "k")] == [PRESENT, UNKNOWN, NEVER]


def test_what_cannot_be_followed_does_it_to_every_key_that_is_not_listed() -> None:
    solution = Solution(
        model(
            stage(S.A, effects(blurred(S.B, ANYTHING, own=PUT), rest=ANYTHING, opaque=True)),
            stage(S.B, effects(way(S.DONE), reads=[read("own", 1), read("k", 2)])),
        )
    )

    assert [status(solution, S.B, key) for key in ("own", "k")] == [PRESENT, UNKNOWN]


def test_from_a_state_whose_next_is_unknown_every_state_is_reached_and_nothing_is_lost() -> None:
    solution = Solution(
        model(
            stage(S.A, effects(way(UNKNOWN_STATE, **puts("k")))),
            stage(S.B, effects(way(S.DONE), reads=[read("k", 1), read("j", 2)])),
        )
    )

    assert [status(solution, S.B, key) for key in ("k", "j")] == [PRESENT, UNKNOWN]


def test_a_task_that_is_tried_again_finds_what_its_first_try_left() -> None:
    task = effects(
        way(S.DONE, k=then(PUT, REMOVE)), reads=[read("k", 1)], writes=[write("k", 2, "remove")], anytime={"k": REMOVE}
    )

    assert counts(solved(stage(S.A, task, retried=True), inputs=["k"])) == (1, 0, 1, 0)
    assert counts(solved(stage(S.A, task), inputs=["k"])) == (1, 1, 0, 0)


def test_keys_that_depend_on_each_other_are_followed_together() -> None:
    """Both keys are written or neither: where the one is there, so is the other."""
    report = solved(
        stage(S.A, effects(way(S.B, flag=PUT, k=PUT), way(S.B), writes=[write("flag", 1), write("k", 2)])),
        stage(
            S.B,
            effects(
                way(S.DONE, flag=IF_PRESENT, k=PUT),
                way(S.DONE, flag=IF_ABSENT),
                reads=[read("k", 10, {"flag": IF_PRESENT})],
            ),
        ),
    )

    assert found(report) == []
    assert counts(report) == (1, 1, 0, 0)


def test_a_guard_by_the_wrong_key_is_no_guard() -> None:
    report = solved(
        stage(S.A, effects(way(S.B, flag=PUT), way(S.B, k=PUT), writes=[write("flag", 1), write("k", 2)])),
        stage(S.B, effects(way(S.DONE), reads=[read("k", 10, {"flag": IF_PRESENT})])),
    )

    assert found(report) == [("error", "KR102", "k")]


def test_a_guard_between_two_states_is_followed_too() -> None:
    report = solved(
        stage(S.A, effects(way(S.B, flag=PUT, k=PUT), way(S.B), writes=[write("flag", 1), write("k", 2)])),
        stage(S.B, effects(way(S.C, flag=IF_PRESENT), way(S.DONE, flag=IF_ABSENT))),
        stage(S.C, reading("k", S.DONE, 10)),
    )

    assert found(report) == []


def test_more_guards_than_can_be_followed_keep_the_finding() -> None:
    flags = [f"flag{number}" for number in range(20)]
    both = {**puts(*flags), "k": PUT}
    report = solved(
        stage(S.A, effects(way(S.B, **both), way(S.B), *(way(S.B, **puts(flag)) for flag in flags[:15]))),
        stage(S.B, effects(way(S.DONE), reads=[read("k", 10, dict.fromkeys(flags, IF_PRESENT))])),
    )

    assert counts(report) in {(1, 1, 0, 0), (1, 0, 1, 0)}
    assert found(report, "KR106") == []


def test_a_hostile_number_of_independent_guards_comes_to_an_end() -> None:
    flags = [f"flag{number}" for number in range(30)]
    maybe = dict.fromkeys(flags, either(PUT, REMOVE))
    report = solved(
        stage(S.A, effects(way(S.B, **maybe), way(S.B, k=PUT, **maybe), writes=[write("k", 1)])),
        stage(
            S.B,
            effects(
                way(S.A, **maybe),
                *(way(S.B, **{flag: IF_PRESENT}) for flag in flags),
                way(S.DONE, k=PUT),
                reads=[read("k", 10, {flag: IF_PRESENT}) for flag in flags],
            ),
        ),
    )

    assert ("error", "KR102", "k") in found(report)


def test_a_read_that_nobody_comes_to_is_not_counted() -> None:
    report = solved(stage(S.A, idle(S.DONE)), stage(S.B, reading("k", S.DONE, 1)))

    assert counts(report) == (0, 0, 0, 0)


def test_one_place_read_through_two_calls_counts_once() -> None:
    twice = [read("k", 1), read("k", 1), read("j", 1)]

    assert counts(solved(stage(S.A, effects(way(S.DONE), reads=twice)), inputs=["k", "j"])) == (2, 2, 0, 0)


def test_the_report_shows_states_edges_and_where_values_go() -> None:
    report = solved(
        stage(S.A, putting("k", S.FAN, 1)),
        split(S.FAN, S.B, reading("k", None, 10), idle(None), required=2),
        stage(S.B, effects(way(S.DONE), way(S.GONE))),
        inputs=["start"],
    )

    assert [(state.name, state.kind, state.initial) for state in report.states[:4]] == [
        ("A", "task", True),
        ("FAN", "split", False),
        ("B", "task", False),
        ("DONE", "exit", False),
    ]
    assert [(state.name, state.kind) for state in report.states[4:]] == [("GONE", "missing")]
    assert report.edges == (Edge("A", "FAN"), Edge("FAN", "B"), Edge("B", "DONE"), Edge("B", "GONE"))
    assert report.flows == (Flow("k", "A", "FAN"),)


def test_an_edge_that_is_not_certain_says_so() -> None:
    report = solved(stage(S.A, effects(way(UNKNOWN_STATE), way(S.DONE))))

    assert report.edges == (Edge("A", "DONE"), Edge("A", "A", certain=False))


def test_a_value_flows_past_states_that_leave_it_and_ends_where_it_is_overwritten() -> None:
    report = solved(
        stage(S.A, putting("k", S.B, 1)),
        stage(S.B, reading("k", S.C, 10)),
        stage(S.C, putting("k", S.D, 20)),
        stage(S.D, reading("k", S.DONE, 30)),
        inputs=["k"],
    )

    assert {*report.flows} == {Flow("k", "A", "B"), Flow("k", "C", "D")}


def test_an_input_flows_from_nowhere() -> None:
    assert solved(stage(S.A, reading("k", S.DONE, 1)), inputs=["k"]).flows == (Flow("k", "", "A"),)


def test_assumptions_are_listed_once() -> None:
    same = (("HOOKS stays as it is", spot(3)),)
    report = solved(stage(S.A, effects(way(S.B), assumptions=same)), stage(S.B, effects(way(S.DONE), assumptions=same)))

    assert report.assumptions == (Assumption("HOOKS stays as it is", spot(3)),)


def test_findings_are_sorted_by_place_and_a_task_of_two_states_has_its_faults_once() -> None:
    guilty = reading("k", S.DONE, 5)
    report = solved(
        stage(S.A, effects(way(S.B), reads=[read("z", 9), read("a", 2)])), stage(S.B, guilty), stage(S.C, guilty)
    )

    assert [one.spot.line for one in report.diagnostics] == [2, 5, 9, 105]


def test_a_workflow_without_states_is_reported_and_nothing_breaks() -> None:
    report = solved(initial=None)

    assert found(report) == [("error", "KR207", "")]
    assert report.initial == ""


def test_a_run_that_begins_in_an_exit_state_has_nothing_to_prove() -> None:
    assert found(solved(initial=S.DONE)) == []


def test_a_join_that_summarises_leaves_the_summary_behind() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, idle(None), required=1, summary="sum"),
        stage(S.B, reading("sum", S.DONE, 10)),
        outputs=[],
    )

    assert found(report) == []
    assert only(solved(stage(S.A, reading("sum", S.DONE, 10))), "KR101").key == "sum"


def test_a_key_that_a_loop_may_skip_stays_apart_from_one_that_nobody_wrote() -> None:
    solution = Solution(model(stage(S.A, effects(way(S.B, k=LOOP_SKIPPED))), stage(S.B, idle(S.DONE))))

    assert status(solution, S.B, "k") == SKIPPED
