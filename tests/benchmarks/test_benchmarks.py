"""The benchmarks run, and their table is whole; how large the numbers are is no matter of a test."""

from __future__ import annotations

import contextlib
import io
import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.benchmarks import harness, report
from tests.benchmarks.__main__ import all_cases, main
from tests.benchmarks.alternatives import IMPORTS, MODULES, installed
from tests.benchmarks.harness import BUDGET_NS, FEWEST, Case, Goal, Loop, Part, Probes, Row, measure
from tests.benchmarks.machines import CHAINS, SPLITS
from tests.benchmarks.report import show

REACH = {
    "put an int": ("ratio", 4),
    "get an int": ("ratio", 1.5),
    "put 10,000 ints": ("ratio", 1.1),
    "get 10,000 ints": ("ratio", 1.05),
    "get a small model": ("ratio", 0.2),
    "get_shared 8 bytes": ("ratio", 4),
    "get_shared 8 MB": ("ratio", 4),
    "get_shared 1 GiB": ("ratio", 4),
    "get_shared an array of 80 MB": ("ratio", 4),
    "get_shared an array of 1 GiB": ("ratio", 4),
    "get_shared a dict of 1,000": ("ratio", 4),
    "get_shared a small model": ("ratio", 4),
    "get_shared a list of 1,000,000": ("ratio", 12),
    "append to 1,000": ("ratio", 12),
    "append to 10,000": ("ratio", 12),
    "append to 100,000": ("ratio", 12),
    "append to 1,000,000": ("ratio", 12),
    "import keyrack": ("excess", 5e6),
    "one transition": ("ratio", 2),
    "one transition, observed and with time limits": ("ratio", 6),
    "one transition, with tracing and no SDK": ("ratio", 1.05),
    "one run of one task, with tracing and no SDK": ("ratio", 1.5),
    "a split of 100 and its join": ("ratio", 1.2),
    "a split of 100 that does not wait": ("ratio", 1.2),
    "one run, in memory": ("value", 4096),
}
"""What the table promises to show, and what is to be reached."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Give what the command prints as JSON, after the fewest rounds there are."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(harness, "LOOP_NS", 1_000)
        main(["--json", "--rounds", "1"])
    found: dict[str, Any] = json.loads(printed.getvalue())
    return found


class Script:
    """A probe that gives the numbers of a script, the last one for ever, and notes when it was asked."""

    def __init__(self, name: str = "", numbers: Sequence[float] = (1.0,), log: list[str] | None = None) -> None:
        self._name = name
        self._numbers = list(numbers)
        self._log = [] if log is None else log

    def sample(self) -> float:
        self._log.append(self._name)
        return self._numbers.pop(0) if len(self._numbers) > 1 else self._numbers[0]


def case(subject: harness.Probe, floor: harness.Probe, goal: Goal | None = None, **others: harness.Probe) -> Case:
    return Case("this", goal, "that", lambda: Probes(subject, floor, others))


def row(value: float, floor: float, goal: Goal | None) -> Row:
    (measured,) = measure([case(Script(numbers=[value]), Script(numbers=[floor]), goal)], rounds=1)
    return measured


# --- the whole table ------------------------------------------------------------------------------


def test_the_table_has_each_number_with_what_is_to_be_reached() -> None:
    goals = {one.what: one.goal and (one.goal.of, one.goal.limit) for one in all_cases()}

    assert {what: goals[what] for what in REACH} == REACH


def test_each_row_that_takes_no_gigabyte_is_measured(document: dict[str, Any]) -> None:
    assert [one["what"] for one in document["rows"]] == [one.what for one in all_cases() if not one.big]


def test_each_number_is_finite_and_above_zero(document: dict[str, Any]) -> None:
    numbers = [(one["value"], one["floor"]["value"], one["ratio"]) for one in document["rows"]]

    assert all(math.isfinite(number) and number > 0 for found in numbers for number in found)


def test_each_row_names_every_alternative(document: dict[str, Any]) -> None:
    assert all(list(one["alternatives"]) == list(MODULES) for one in document["rows"])


@pytest.mark.parametrize(
    ("rows", "names"),
    [("get ", IMPORTS), ("one transition", CHAINS), ("a split of 100 and its join", SPLITS)],
    ids=["stores", "chains", "splits"],
)
def test_a_row_measures_the_alternatives_that_are_installed(
    document: dict[str, Any], rows: str, names: Iterable[str]
) -> None:
    found = [one["alternatives"] for one in document["rows"] if one["what"].startswith(rows)]

    assert {name for one in found for name, amount in one.items() if amount} == set(filter(installed, names))


@pytest.mark.parametrize("is_there", [True, False], ids=["with rich", "without rich"])
def test_the_table_shows_each_row_and_whether_it_is_reached(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    if is_there:
        pytest.importorskip("rich")
    else:
        monkeypatch.setitem(sys.modules, "rich.console", None)

    show([row(3, 2, Goal(1.5)), row(2_000_000, 1_000, Goal(500, "excess"))])
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    assert lines[1] == "this 3 ns that 2 ns 1.5 x ≤ 1.5 x reached"
    assert lines[2] == "this 2 ms that 1 µs 2e+03 x ≤ 500 ns over not reached"


def test_what_else_does_the_job_stands_below_the_row(capsys: pytest.CaptureFixture[str]) -> None:
    others = {"locked dict": 1_500.0, "BaseModel": None}

    show([replace(row(3, 2, None), others=others), row(3, 2, None)])
    lines = capsys.readouterr().out.splitlines()

    assert lines[2] == "    locked dict 1.5 µs  BaseModel -"
    assert lines[3] == lines[1]


@pytest.mark.parametrize("is_there", [True, False], ids=["with what is beside it", "without"])
def test_the_table_takes_no_more_than_120_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    there = [name for name, module in MODULES.items() if is_there or module in {"asyncio", "pydantic"}]
    monkeypatch.setattr(report, "installed", there.__contains__)

    show([Row(one, 123_000, 123_000, 99.99, 0, dict.fromkeys(CHAINS, 123_000)) for one in all_cases()])

    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 120


def test_rows_are_chosen_by_a_pattern(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--json", "--rounds", "1", "--only", "^PUT AN"])

    assert [one["what"] for one in json.loads(capsys.readouterr().out)["rows"]] == ["put an int"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", "nothing"], "no row has a name that holds 'nothing'"),
        (["--only", "("], "--only: missing ), unterminated subpattern"),
        (["--rounds", "0"], "argument --rounds: invalid _positive value: '0'"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)

    assert sentence in capsys.readouterr().err


# --- the harness ----------------------------------------------------------------------------------


def test_every_probe_has_its_turn_in_every_round_and_neither_comes_always_first() -> None:
    log: list[str] = []
    first = case(Script("a", log=log), Script("b", log=log), other=Script("c", log=log))
    second = case(Script("d", log=log), Script("e", log=log))

    measure([first, second], rounds=2)

    assert log == ["a", "b", "c", "d", "e", "b", "a", "c", "e", "d"]


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    subject, floor = Script(numbers=[2, 30, 3]), Script(numbers=[1, 10, 2])

    (measured,) = measure([case(subject, floor)], rounds=3)

    assert measured.ratio == 2
    assert (measured.value, measured.floor, measured.excess) == (3, 2, 1)


def test_a_slow_probe_sits_rounds_out_and_is_asked_until_the_last_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0

    class Slow:
        def sample(self) -> float:
            nonlocal now
            now += 1000 * BUDGET_NS
            asked.append(number)
            return 1

    asked: list[int] = []
    number = 0
    monkeypatch.setattr(harness, "perf_counter_ns", lambda: now)

    def progress(done: int) -> None:
        nonlocal number
        number = done

    measure([case(Slow(), Script())], rounds=100, progress=progress)

    assert len(asked) == FEWEST
    assert asked[-1] >= 100 - 100 / FEWEST


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        (None, None),
        (Goal(3), True),
        (Goal(2.9), False),
        (Goal(4, "excess"), True),
        (Goal(3.9, "excess"), False),
        (Goal(6, "value"), True),
        (Goal(5.9, "value"), False),
    ],
)
def test_a_goal_is_reached_at_its_limit(goal: Goal | None, reached: bool | None) -> None:
    assert row(6, 2, goal).reached is reached


@pytest.mark.parametrize("statement", ["seen.append(number)", "await later(number)"])
def test_a_loop_runs_its_statement_on_local_variables(statement: str) -> None:
    seen: list[int] = []

    async def later(number: int) -> None:
        seen.append(number)

    Loop(statement, seen=seen, later=later, number=7).sample()

    assert set(seen) == {7}


def test_what_comes_before_a_round_runs_once_a_round() -> None:
    seen: list[int] = []
    loop = Loop("number + 1", lambda: seen.append(1), number=1)
    before = len(seen)

    loop.sample()

    assert len(seen) == before + 1


def test_a_part_is_the_whole_without_what_is_taken_off_by_the_number_of_parts() -> None:
    assert Part(Script(numbers=[21]), 4, less=Script(numbers=[1])).sample() == 5
