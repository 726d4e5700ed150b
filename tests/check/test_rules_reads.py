from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.check.models import (
    FILE,
    S,
    blurred,
    counts,
    effects,
    found,
    idle,
    info,
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
    unless,
    way,
    write,
)

from keyrack.check.hops import route
from keyrack.check.model import UNKNOWN_STATE, Effects, Remark
from keyrack.check.relation import (
    ANYTHING,
    IF_ABSENT,
    IF_PRESENT,
    LOOP_SKIPPED,
    MAYBE_PUT,
    PUT,
    REMOVE,
    SAME,
    either,
    then,
)
from keyrack.check.report import Hop, Related, WorkflowReport


def test_a_key_that_nobody_writes_is_never_written() -> None:
    one = only(solved(stage(S.A, reading("price", S.DONE, 10))), "KR101")

    assert one.message == "'price' is read in A but is never written on any path from A"
    assert (one.severity, one.key, one.state, one.spot, one.path) == ("error", "price", "A", spot(10, 9), ())
    assert one.target == "orders"


def test_a_key_that_only_a_later_state_writes_is_never_written_and_the_writer_is_named() -> None:
    report = solved(stage(S.A, reading("k", S.B, 10)), stage(S.B, putting("k", S.DONE, 20)))

    assert only(report, "KR101").related == (Related("written only by B", spot(20, 5)),)


def missing_on_the_fast_path() -> WorkflowReport:
    return solved(
        stage(S.A, effects(way(S.C, 20, "random.random() < 0.3"), unless(S.B, 21, "random.random() < 0.3"))),
        stage(S.B, putting("price", S.D, 23)),
        stage(S.C, idle(S.D, 28)),
        stage(S.D, reading("price", S.DONE, 31)),
    )


def test_a_key_missing_on_one_path_comes_with_the_shortest_such_path() -> None:
    one = only(missing_on_the_fast_path(), "KR102")

    assert one.message == "'price' may be missing when D reads it: not written on A -> C -> D"
    assert one.path == (
        Hop("A", spot(20), "A returns C when `random.random() < 0.3`"),
        Hop("C", spot(28), "C returns D without writing 'price'"),
    )
    assert one.related == (Related("written only by B", spot(23, 5)),)
    assert one.help == (
        "write it on this path, guard with contains_key(Keys.price), give the key a default, or declare it as an input"
    )
    assert counts(missing_on_the_fast_path()) == (1, 0, 1, 0)


def test_a_condition_that_does_not_hold_is_told_as_such() -> None:
    report = solved(
        stage(S.A, effects(unless(S.B, 1, "ready"), way(S.B, 2, "ready", **puts("k")), writes=[write("k", 2)])),
        stage(S.B, reading("k", S.DONE, 10)),
    )

    assert only(report, "KR102").path[0].why == "A returns B when not `ready` without writing 'k'"


def test_a_read_under_a_condition_ends_the_path_with_it() -> None:
    guilty = read("k", 10)
    arrival = guilty.arrivals[0].__class__(guilty.arrivals[0].keys, way(None, 9, "late").trail)
    guilty = guilty.__class__("k", guilty.spot, needed=True, verb="get", arrivals=(arrival,))
    report = solved(
        stage(S.A, effects(way(S.B), way(S.B, **puts("k")), writes=[write("k", 1)])),
        stage(S.B, effects(way(S.DONE), reads=[guilty])),
    )

    assert only(report, "KR102").path[-1] == Hop("B", spot(10, 9), "B reads 'k' when `late`")


def test_a_key_written_in_a_loop_alone_is_a_warning() -> None:
    report = solved(
        stage(S.A, effects(way(S.B, k=either(LOOP_SKIPPED, PUT)), writes=[write("k", 7)])),
        stage(S.B, reading("k", S.DONE, 10)),
    )
    one = only(report, "KR103")

    assert one.severity == "warning"
    assert one.message == (
        f"'k' may be missing when B reads it: A writes it only inside a loop that may not run ({FILE}:7)"
    )
    assert one.path[-1].why == "A returns B: the loop that writes 'k' did not run"
    assert counts(report) == (1, 0, 1, 0)


def test_a_key_that_was_removed_names_who_removed_it() -> None:
    report = solved(
        stage(S.A, putting("k", S.B, 1)), stage(S.B, removing("k", S.C, 10)), stage(S.C, reading("k", S.DONE, 20))
    )
    one = only(report, "KR104")

    assert one.message == f"'k' is read in C after B removed it ({FILE}:10): A -> B -> C"
    assert [hop.why for hop in one.path] == ["A writes 'k' and returns B", "B removes 'k' and returns C"]


def test_a_key_that_the_task_itself_removed_is_told_as_removed_by_it() -> None:
    task = effects(
        way(S.DONE, **puts("k")), reads=[read("k", 10, {"k": then(PUT, REMOVE)})], writes=[write("k", 9, "remove")]
    )
    one = only(solved(stage(S.A, task)), "KR104")

    assert one.message == f"'k' is read in A after A removed it ({FILE}:9): A"


def test_a_key_that_something_removes_which_was_left_running_names_who_has_left_it() -> None:
    late = replace(effects(way(S.B), writes=[write("k", 9, "remove")]), left=frozenset({("k", "remove")}))
    report = solved(
        stage(S.A, late),
        stage(S.B, effects(way(S.C, k=then(PUT, either(SAME, REMOVE))), writes=[write("k", 10)])),
        stage(S.C, reading("k", S.DONE, 20)),
    )
    one = only(report, "KR104")

    assert one.message == f"'k' is read in C after A removed it ({FILE}:9): A -> B -> C"
    assert one.path[-1].why == "B returns C, while what A has started removes 'k'"
    assert one.help == "wait for what A has started before it returns, or give the key a default"


def test_a_key_that_goes_while_it_is_read_says_what_removes_it_meanwhile() -> None:
    late = replace(effects(way(S.B), writes=[write("k", 9, "remove")]), left=frozenset({("k", "remove")}))
    reader = effects(
        way(S.DONE), reads=[read("k", 20, {"k": then(PUT, either(SAME, REMOVE))})], writes=[write("k", 19)]
    )
    one = only(solved(stage(S.A, late), stage(S.B, reader)), "KR104")

    assert one.path[-1] == Hop("B", spot(9, 5), "B runs, while what A has started removes 'k'")


def test_a_key_that_a_join_may_miss_says_how_many_branches_it_guarantees() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, putting("k", None, 1, "one"), idle(None, 5, "two"), idle(None, 6, "three"), required=2),
        stage(S.B, reading("k", S.DONE, 10)),
    )
    one = only(report, "KR105")

    assert one.message == (
        "'k' may be missing when B reads it: join quorum(2) at FAN guarantees 2 of 3 branches, and 1 writes it"
    )
    assert one.path[-1].why == "FAN joins by quorum(2) and goes on in B, maybe without the branch that writes 'k'"


def test_a_key_that_something_unknown_may_have_written_is_not_proved() -> None:
    remark = Remark("KR901", spot(3), {"callee": "g", "reason": "whose source cannot be read"})
    report = solved(
        stage(S.A, effects(blurred(S.B, ANYTHING), opaque=True, remarks=[remark])),
        stage(S.B, reading("k", S.DONE, 10)),
    )
    one = only(report, "KR106")

    assert one.message == (
        "cannot prove that 'k' is present when B reads it: "
        f"the store is passed to g, whose source cannot be read ({FILE}:3)"
    )
    assert counts(report) == (1, 0, 0, 1)


def test_a_key_that_is_missing_on_one_path_and_unknown_on_another_is_missing() -> None:
    report = solved(
        stage(S.A, effects(way(S.B), way(S.B, k=MAYBE_PUT), writes=[write("k", 1)])),
        stage(S.B, reading("k", S.DONE, 10)),
    )

    assert found(report, "KR102", "KR106") == [("error", "KR102", "k")]


def test_a_key_of_another_store_cannot_be_proved() -> None:
    report = solved(stage(S.A, reading("k", S.DONE, 10)), keys=[info("k", foreign=True)])

    assert only(report, "KR106").message.endswith("it lies in another store")


def test_behind_a_state_whose_next_is_unknown_nothing_missing_is_claimed() -> None:
    report = solved(stage(S.A, effects(way(UNKNOWN_STATE))), stage(S.B, reading("k", S.DONE, 10)))

    assert only(report, "KR106").message.endswith("the next state of A is not known")
    assert found(report, "KR101", "KR102", "KR201", "KR203") == []


def test_which_of_a_family_is_read_may_not_be_known() -> None:
    report = solved(
        stage(S.A, effects(way(S.B), way(S.B, **{"F[1]": PUT, "F[*]": MAYBE_PUT}), writes=[write("F[1]", 1)])),
        stage(S.B, reading("F[*]", S.DONE, 10)),
    )

    assert found(report, "KR101", "KR102", "KR106") == [("note", "KR106", "F[*]")]


def test_a_family_of_which_other_keys_are_written_on_the_only_way_is_not_known_to_be_missing() -> None:
    report = solved(
        stage(S.A, effects(way(S.B, **{"F[1]": PUT}), writes=[write("F[1]", 1)])),
        stage(S.B, reading("F[*]", S.DONE, 10)),
    )

    assert found(report, "KR101", "KR102", "KR106") == [("note", "KR106", "F[*]")]


def test_a_family_that_nobody_writes_is_never_written_whichever_key_is_read() -> None:
    assert found(solved(stage(S.A, reading("F[*]", S.DONE, 10)))) == [("error", "KR101", "F[*]")]


def test_keys_of_one_family_missing_at_one_place_are_one_finding() -> None:
    missing = [read(f"F[{number}]", 10) for number in range(5)]
    report = solved(stage(S.A, effects(way(S.DONE), reads=missing)))

    assert found(report) == [("error", "KR101", "F[0]")]
    assert counts(report) == (5, 0, 5, 0)


def test_one_missing_key_read_twice_in_a_state_is_one_finding() -> None:
    report = solved(stage(S.A, effects(way(S.DONE), reads=[read("k", 10), read("k", 11)])))

    assert [one.spot.line for one in report.diagnostics] == [10]
    assert counts(report) == (2, 0, 2, 0)


def test_after_a_read_that_was_reported_the_key_counts_as_there() -> None:
    report = solved(stage(S.A, reading("k", S.B, 1)), stage(S.B, reading("k", S.DONE, 10)))

    assert [one.state for one in report.diagnostics] == ["A"]
    assert counts(report) == (2, 1, 1, 0)


def test_a_state_that_reads_what_nobody_wrote_again_and_again_reads_what_was_never_written() -> None:
    report = solved(stage(S.A, effects(way(S.A, **puts("k")), way(S.DONE, **puts("k")), reads=[read("k", 1)])))

    assert found(report) == [("error", "KR101", "k")]


def test_states_that_are_reached_apart_are_reported_apart() -> None:
    report = solved(
        stage(S.A, effects(way(S.B), way(S.C))),
        stage(S.B, reading("k", S.DONE, 10)),
        stage(S.C, reading("k", S.DONE, 20)),
    )

    assert [one.state for one in report.diagnostics] == ["B", "C"]


def test_a_read_that_need_not_find_anything_is_no_read_to_prove() -> None:
    report = solved(stage(S.A, effects(way(S.DONE), reads=[read("k", 1, needed=False)])))

    assert counts(report) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("guard", "expected"),
    [(IF_PRESENT, []), (SAME, ["KR102"]), (IF_ABSENT, ["KR102"]), (PUT, [])],
    ids=["present", "none", "absent", "put"],
)
def test_a_read_behind_a_guard_is_judged_by_it(guard: tuple[int, int, int, int, int, int], expected: list[str]) -> None:
    report = solved(
        stage(S.A, effects(way(S.B), way(S.B, **puts("k")), writes=[write("k", 1)])),
        stage(S.B, effects(way(S.DONE), reads=[read("k", 10, {"k": guard})])),
    )

    assert [one.code for one in report.diagnostics] == expected


def test_one_arrival_that_fails_is_enough() -> None:
    task = effects(way(S.DONE), reads=[read("k", 10, puts("k"), {})], writes=[write("k", 9)])

    assert found(solved(stage(S.A, task))) == [("error", "KR102", "k")]


# --- branches -------------------------------------------------------------------------------------


def test_what_a_branch_misses_is_an_error_where_all_branches_are_needed() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, reading("k", None, 10, "one"), idle(None), required=2),
        stage(S.B, idle(S.DONE)),
    )
    one = only(report, "KR101")

    assert one.severity == "error"
    assert one.message == "'k' is read in branch one of FAN but is never written on any path from A"
    assert (one.state, one.subject) == ("FAN", "one")


def test_what_a_branch_misses_is_a_warning_where_the_join_can_do_without_it() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, reading("k", None, 10), idle(None), required=1),
        stage(S.B, idle(S.DONE)),
    )

    assert found(report) == [("warning", "KR101", "k")]
    assert counts(report) == (1, 0, 1, 0)


def test_two_branches_that_miss_one_key_are_told_apart() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, reading("k", None, 10, "one"), reading("k", None, 20, "two"), required=2),
        stage(S.B, idle(S.DONE)),
    )

    assert [one.subject for one in report.diagnostics] == ["one", "two"]


def test_a_key_that_another_branch_takes_away_is_a_race_and_never_proved() -> None:
    report = solved(
        stage(S.A, putting("k", S.FAN, 1)),
        split(S.FAN, S.B, reading("k", None, 10, "one"), removing("k", None, 20, "two"), required=2),
        stage(S.B, idle(S.DONE)),
    )

    assert found(report, "KR101", "KR102", "KR104", "KR106", "KR402") == [("error", "KR402", "k")]
    assert counts(report) == (1, 0, 1, 0)


def test_a_key_that_a_branch_nobody_can_follow_may_take_away_is_not_proved() -> None:
    opaque = effects(blurred(None, ANYTHING), name="two", rest=either(SAME, ANYTHING), opaque=True)
    report = solved(
        stage(S.A, putting("k", S.FAN, 1)),
        split(S.FAN, S.B, reading("k", None, 10, "one"), opaque, required=2),
        stage(S.B, idle(S.DONE)),
    )

    assert found(report, "KR106") == [("note", "KR106", "k")]
    assert counts(report) == (1, 0, 0, 1)


def test_a_key_that_branches_only_read_is_left_alone_by_them() -> None:
    report = solved(
        stage(S.A, putting("k", S.FAN, 1)),
        split(S.FAN, S.B, reading("k", None, 10), reading("k", None, 20), required=2),
        stage(S.B, reading("k", S.DONE, 30)),
    )

    assert found(report) == []
    assert counts(report) == (3, 3, 0, 0)


@pytest.mark.parametrize(
    ("name", "guard"),
    [("price", "contains_key(Keys.price)"), ("part[3]", "contains_key(Keys.part[3])"), ("v2::a b", "contains_key()")],
)
def test_the_help_names_the_key_where_that_can_be_written(name: str, guard: str) -> None:
    report = solved(stage(S.A, reading("k", S.DONE, 1)), keys=[info("k", name)])

    assert f"guard with {guard}," in only(report, "KR101").help


def test_a_long_path_leaves_out_its_middle() -> None:
    names = [f"S{number}" for number in range(40)]

    assert route(names[:3]) == "S0 -> S1 -> S2"
    assert route(names) == "S0 -> S1 -> S2 -> S3 -> S4 -> S5 -> ... -> S34 -> S35 -> S36 -> S37 -> S38 -> S39"


@pytest.mark.parametrize("make", [reading, putting], ids=["reads", "writes"])
def test_a_thousand_ways_past_a_read_give_one_finding(make: Callable[..., Effects]) -> None:
    many = [way(S.B, line) for line in range(1, 1000)]
    report = solved(
        stage(S.A, effects(*many, way(S.C, 1001))),
        stage(S.C, make("k", S.B, 1002)),
        stage(S.B, reading("k", S.DONE, 1100)),
    )

    assert [one.state for one in report.diagnostics if one.code in {"KR101", "KR102"}][-1] == "B"
