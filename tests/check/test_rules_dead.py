from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.check.models import (
    S,
    blurred,
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
    way,
    write,
)

if TYPE_CHECKING:
    from keyrack.check.model import Write

from keyrack.check.relation import ANYTHING, IF_ABSENT, MAYBE_PUT, PUT, REMOVE, SAME, either, then

DEAD = ("KR301", "KR302", "KR303")


def test_a_value_that_nobody_reads_and_that_is_no_output_is_never_read() -> None:
    one = only(solved(stage(S.A, putting("k", S.DONE, 3)), outputs=[]), "KR301")

    assert one.message == "'k' is written in A but never read and not declared as an output"
    assert (one.severity, one.spot, one.key, one.state) == ("warning", spot(3, 5), "k", "A")


@pytest.mark.parametrize("outputs", [None, ["k"], ["F[*]"]], ids=["not said", "itself", "its family"])
def test_a_value_that_may_be_read_after_the_run_is_not_dead(outputs: list[str] | None) -> None:
    key = "F[2]" if outputs == ["F[*]"] else "k"

    assert found(solved(stage(S.A, putting(key, S.DONE, 3)), outputs=outputs), *DEAD) == []


def test_a_value_that_is_always_overwritten_first_is_dead_whatever_is_read_after_the_run() -> None:
    report = solved(
        stage(S.A, putting("k", S.B, 3)), stage(S.B, putting("k", S.C, 10)), stage(S.C, reading("k", S.DONE, 20))
    )

    assert [(one.code, one.state) for one in report.diagnostics] == [("KR302", "A")]


def test_a_value_that_is_always_removed_first_is_dead() -> None:
    report = solved(stage(S.A, putting("k", S.B, 3)), stage(S.B, removing("k", S.DONE, 10)))

    assert found(report) == [("warning", "KR302", "k")]


def test_a_value_that_is_overwritten_on_one_way_alone_is_not_dead() -> None:
    report = solved(
        stage(S.A, putting("k", S.B, 3)),
        stage(S.B, effects(way(S.C), way(S.C, **puts("k")), writes=[write("k", 10)])),
        stage(S.C, reading("k", S.DONE, 20)),
    )

    assert found(report) == []


@pytest.mark.parametrize(
    "second",
    [write("k", 10, "append"), write("k", 10, "update"), write("k", 10, certain=False)],
    ids=["append", "update", "not certain"],
)
def test_what_adds_to_a_value_or_may_not_happen_does_not_make_it_dead(second: Write) -> None:
    report = solved(
        stage(S.A, putting("k", S.B, 3)),
        stage(S.B, effects(way(S.C, **puts("k")), writes=[second])),
        stage(S.C, reading("k", S.DONE, 20)),
    )

    assert found(report, *DEAD) == []


def test_a_read_that_need_not_find_anything_keeps_a_value_alive() -> None:
    looking = effects(way(S.DONE), reads=[read("k", 10, needed=False)])

    assert found(solved(stage(S.A, putting("k", S.B, 3)), stage(S.B, looking), outputs=[])) == []


def test_a_read_of_the_same_task_keeps_a_value_alive() -> None:
    task = effects(way(S.DONE, **puts("k")), reads=[read("k", 4, puts("k"))], writes=[write("k", 3)])

    assert found(solved(stage(S.A, task), outputs=[])) == []


def test_a_read_after_the_own_put_does_not_keep_what_was_there_before() -> None:
    task = effects(way(S.DONE, **puts("k")), reads=[read("k", 11, puts("k"))], writes=[write("k", 10)])
    report = solved(stage(S.A, putting("k", S.B, 3)), stage(S.B, task))

    assert [(one.code, one.state) for one in report.diagnostics] == [("KR302", "A")]


def test_what_cannot_be_followed_may_read_everything() -> None:
    opaque = effects(blurred(S.DONE, ANYTHING), opaque=True)

    assert found(solved(stage(S.A, putting("k", S.B, 3)), stage(S.B, opaque), outputs=[]), *DEAD) == []


def test_a_value_in_a_cycle_is_read_the_next_time_round() -> None:
    report = solved(
        stage(S.A, effects(way(S.B))),
        stage(S.B, effects(way(S.C), way(S.DONE), reads=[read("k", 5, needed=False)])),
        stage(S.C, putting("k", S.B, 10)),
        outputs=[],
    )

    assert found(report) == []


@pytest.mark.parametrize(
    ("key", "foreign"), [("F[*]", False), ("k", True), ("sum", False)], ids=["any of a family", "foreign", "summary"]
)
def test_what_cannot_be_known_to_be_dead_is_left_alone(key: str, foreign: bool) -> None:
    report = solved(
        stage(S.A, putting(key, S.FAN, 3)),
        split(S.FAN, S.B, idle(None), required=1, summary="sum"),
        stage(S.B, idle(S.DONE)),
        outputs=[],
        keys=[info("k", foreign=foreign)],
    )

    assert found(report, *DEAD) == []


def test_a_read_of_any_key_of_a_family_keeps_all_of_it_alive() -> None:
    written = effects(way(S.B, **{"F[2]": PUT, "F[*]": MAYBE_PUT}), writes=[write("F[2]", 3)])

    assert found(solved(stage(S.A, written), stage(S.B, reading("F[*]", S.DONE, 10)), outputs=[]), *DEAD) == []


def test_a_task_without_a_way_out_leaves_nothing_behind_to_be_called_dead() -> None:
    assert found(solved(stage(S.A, effects(writes=[write("k", 1)])), outputs=[])) == []


def test_what_a_branch_writes_for_nobody_is_dead_too() -> None:
    report = solved(
        stage(S.A, idle(S.FAN)),
        split(S.FAN, S.B, putting("k", None, 1), idle(None), required=2),
        stage(S.B, idle(S.DONE)),
        outputs=[],
    )

    assert found(report) == [("warning", "KR301", "k")]


def test_a_value_that_only_a_cancelled_branch_may_overwrite_is_not_dead() -> None:
    report = solved(
        stage(S.A, putting("k", S.FAN, 1)),
        split(S.FAN, S.B, putting("k", None, 5), idle(None), required=1),
        stage(S.B, reading("k", S.DONE, 10)),
    )

    assert found(report) == []


def test_a_remove_of_what_is_never_there_is_useless() -> None:
    one = only(solved(stage(S.A, removing("k", S.DONE, 3))), "KR303")

    assert (one.message, one.severity) == ("A removes 'k', which is never present here", "note")


@pytest.mark.parametrize("before", [PUT, MAYBE_PUT, either(SAME, PUT)], ids=["there", "unknown", "maybe"])
def test_a_remove_of_what_may_be_there_is_none(before: tuple[int, int, int, int, int, int]) -> None:
    first = effects(way(S.B, k=before), writes=[write("k", 1)])

    assert found(solved(stage(S.A, first), stage(S.B, removing("k", S.DONE, 3))), "KR303") == []


def test_a_remove_of_what_the_task_itself_has_put_is_not_useless() -> None:
    task = effects(way(S.DONE, k=then(PUT, REMOVE)), writes=[write("k", 1), write("k", 2, "remove")])

    assert found(solved(stage(S.A, task)), "KR303") == []


def test_a_guard_does_not_read_away_what_comes_after() -> None:
    fill = effects(
        way(S.C, k=then(IF_ABSENT, PUT)), way(S.C), reads=[read("k", 9, needed=False)], writes=[write("k", 10)]
    )
    report = solved(
        stage(S.A, putting("k", S.B, 3)), stage(S.B, fill), stage(S.C, reading("k", S.DONE, 20)), outputs=[]
    )

    assert found(report) == []
