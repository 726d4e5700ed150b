from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.check.models import (
    S,
    effects,
    found,
    idle,
    only,
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

if TYPE_CHECKING:
    from keyrack.check.report import WorkflowReport

from keyrack.check.model import Effects, Read, Write
from keyrack.check.relation import IF_PRESENT, MAYBE_PUT, PUT, REMOVE


def fan(*branches: Effects, required: int | None = None, **options: object) -> WorkflowReport:
    needed = len(branches) if required is None else required
    return solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, *branches, required=needed, **options),  # type: ignore[arg-type]
        stage(S.B, idle(S.DONE)),
        inputs=["k", "F[*]"],
    )


def using(*uses: Read | Write, name: str, threaded: bool = False) -> Effects:
    """Give a branch that does all of *uses*."""
    writes = [use for use in uses if isinstance(use, Write)]
    return effects(
        way(None, **{one.key: REMOVE if one.kind == "remove" else PUT for one in writes}),
        name=name,
        reads=[use for use in uses if isinstance(use, Read)],
        writes=writes,
        threaded=threaded,
    )


def test_two_branches_that_put_one_key_race() -> None:
    one = only(fan(putting("k", None, 1, "left"), putting("k", None, 2, "right")), "KR401")

    assert one.message == "branches left and right of FAN both write 'k'; the result depends on timing"
    assert (one.severity, one.spot, one.state, one.key) == ("error", spot(200), "FAN", "k")
    assert [place.message for place in one.related] == ["left puts it", "right puts it"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("put", "put", ["error"]),
        ("put", "append", ["error"]),
        ("put", "update", ["error"]),
        ("put", "remove", ["error"]),
        ("append", "remove", ["error"]),
        ("update", "remove", ["error"]),
        ("append", "update", ["warning"]),
        ("append", "append", []),
        ("update", "update", []),
        ("remove", "remove", []),
    ],
)
def test_which_writes_race(one: str, other: str, expected: list[str]) -> None:
    for first, second in ((one, other), (other, one)):
        left = using(write("k", 1, first), name="left")  # type: ignore[arg-type]
        right = using(write("k", 2, second), name="right")  # type: ignore[arg-type]

        assert [found_.severity for found_ in fan(left, right).diagnostics if found_.code == "KR401"] == expected


def test_an_update_reads_what_it_replaces_and_that_is_no_race_of_its_own() -> None:
    updating: list[Read | Write] = [read("k", 1, verb="update"), write("k", 1, "update")]

    assert found(fan(using(*updating, name="left"), using(*updating, name="right"))) == []


@pytest.mark.parametrize("verb", ["get", "contains_key"])
def test_a_branch_that_reads_what_another_writes_races(verb: str) -> None:
    report = fan(using(read("k", 1, needed=verb == "get", verb=verb), name="left"), putting("k", None, 2, "right"))
    one = only(report, "KR402")

    assert one.message == "branch left of FAN reads 'k' while branch right writes it"
    assert [place.message for place in one.related] == ["left reads it", "right puts it"]


def test_a_branch_that_reads_what_another_removes_races() -> None:
    report = fan(removing("k", None, 1, "left"), reading("k", None, 2, "right"))

    assert only(report, "KR402").message == "branch right of FAN reads 'k' while branch left writes it"


def test_branches_that_only_read_do_not_race() -> None:
    assert found(fan(reading("k", None, 1), reading("k", None, 2))) == []


def test_branches_that_write_different_keys_do_not_race() -> None:
    report = fan(putting("F[0]", None, 1), putting("F[1]", None, 2), putting("j", None, 3))

    assert found(report, "KR401", "KR402", "KR106") == []


def get_put(name: str, *, awaits: bool = False, threaded: bool = False) -> Effects:
    return using(read("k", 1), write("k", 2, after_read=True, after_await=awaits), name=name, threaded=threaded)


@pytest.mark.parametrize(
    ("left", "right", "severity"),
    [
        (get_put("left", awaits=True), get_put("right"), "error"),
        (get_put("left"), get_put("right", threaded=True), "error"),
        (get_put("left"), get_put("right"), "warning"),
    ],
    ids=["await", "thread", "one loop"],
)
def test_a_get_and_a_put_in_two_branches_may_lose_an_update(left: Effects, right: Effects, severity: str) -> None:
    one = only(fan(left, right), "KR401")

    assert one.message == "branches left and right of FAN both write 'k'; an update can be lost"
    assert (one.severity, one.subject) == (severity, "lost update")


def test_a_lost_update_is_told_once_and_not_as_a_read_as_well() -> None:
    assert found(fan(*(get_put(f"n{at}", awaits=True) for at in range(5)))) == [("error", "KR401", "k")]


def test_an_append_may_get_lost_between_a_get_and_a_put() -> None:
    appending = using(write("k", 5, "append"), name="right")

    assert only(fan(get_put("left", awaits=True), appending), "KR401").message.endswith("an update can be lost")
    assert only(fan(get_put("left"), appending), "KR401").severity == "warning"


def test_where_the_first_success_wins_branches_that_all_put_one_key_are_a_hedge() -> None:
    hedge = [putting("k", None, at, f"n{at}") for at in range(1, 4)]

    assert found(fan(*hedge, required=1)) == [("warning", "KR401", "k")]
    assert found(fan(*hedge, required=2), "KR401") == [("error", "KR401", "k")]
    assert found(fan(*hedge, idle(None), required=1), "KR401") == [("error", "KR401", "k")]


def test_a_get_before_compare_and_set_is_part_of_it() -> None:
    careful: list[Read | Write] = [
        read("k", 1),
        read("k", 2, needed=False, verb="compare_and_set"),
        write("k", 2, "update"),
    ]

    assert found(fan(using(*careful, name="left"), using(*careful, name="right"))) == []


def test_branches_that_may_write_the_same_key_of_a_family_are_not_proved_apart() -> None:
    def unsure(name: str) -> Effects:
        return effects(way(None, **{"F[*]": MAYBE_PUT}), name=name, writes=[write("F[*]", 3, certain=False)])

    assert found(fan(unsure("left"), unsure("right"))) == [("note", "KR106", "F[*]")]
    assert found(fan(unsure("left"), putting("F[3]", None, 5, "right"))) == [("note", "KR106", "F[*]")]
    assert found(fan(unsure("left"), idle(None))) == []
    assert only(fan(unsure("left"), unsure("right")), "KR106").message == (
        "cannot prove that branches left and right of FAN do not touch the same 'F[*]': "
        "which of the family it is, is only known at run time"
    )


def test_branches_of_one_task_are_numbered() -> None:
    same = putting("k", None, 1, "work")

    assert only(fan(same, same), "KR401").message.startswith("branches work (1) and work (2) of FAN")


def test_a_split_that_nobody_comes_to_has_no_races() -> None:
    report = solved(
        stage(S.A, idle(S.DONE)),
        split(S.FAN, S.DONE, putting("k", None, 1), putting("k", None, 2), required=2),
    )

    assert found(report) == [("warning", "KR201", "FAN")]


def test_a_race_that_is_a_warning_does_not_hide_that_the_key_was_never_there() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, get_put("left"), get_put("right"), required=2),
        stage(S.B, idle(S.DONE)),
    )

    assert ("warning", "KR401", "k") in found(report)
    assert [one.severity for one in report.diagnostics if one.code in {"KR101", "KR102"}] == ["error", "error"]


def test_the_state_that_a_branch_returns_is_ignored_and_told_once() -> None:
    stray = effects(way(S.C, 4), way(S.C, 5), way(S.B), way(None), name="stray")
    report = fan(stray, idle(S.B))
    [one] = report.diagnostics

    assert (one.code, one.severity, one.spot, one.related[0].spot) == ("KR405", "note", spot(200), spot(4))
    assert one.message == "branch stray returns C, but the join goes to B"


def test_a_late_write_of_a_thread_is_counted_by_the_join_and_is_no_finding() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(
            S.FAN,
            S.B,
            effects(way(None, k=PUT), name="slow", threaded=True, writes=[write("k", 1)]),
            idle(None),
            required=1,
        ),
        stage(S.B, effects(way(S.DONE), reads=[read("k", 9, {"k": IF_PRESENT})])),
    )

    assert found(report) == []
