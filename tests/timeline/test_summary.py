"""A timeline summed up on the terminal."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from rich.console import Console
from tests.timeline import samples
from tests.timeline.samples import SAMPLES, only
from tests.timeline.test_gather import BEGUN

from keyrack.timeline import StateLine, Timeline, summary
from keyrack.timeline.summary import MOST_LINES, MOST_RUNS
from keyrack.workflow import RunFinished


def printed(timeline: Timeline, width: int = 100) -> list[str]:
    """Print a summary, and give its lines."""
    out = io.StringIO()
    Console(file=out, width=width, markup=False, highlight=False).print(summary(timeline, width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_states_stand_by_time_with_what_failed_and_what_they_wrote() -> None:
    assert printed(samples.small()) == [
        "state   visits    time  share  failed  keys written",
        "────────────────────────────────────────────────────",
        "CHECK        1   1.9 s    41%       2  tries",
        "FETCH        1   1.2 s    26%          url, page",
        "ENRICH       1  900 ms    20%          rows",
        "PARSE        1  400 ms     9%          rows",
        "STORE        1  200 ms     4%          report",
        "nightly report: ended in DONE after 5 states in 4.6 s",
    ]


def test_splits_stand_with_how_their_branches_ended() -> None:
    lines = printed(samples.split(), 140)

    assert "branches" in lines[0]
    assert any("PARSE" in line and "1 failed, 2 succeeded, 1 timed out" in line for line in lines)


def test_a_run_that_failed_ends_with_its_error() -> None:
    lines = printed(samples.failed(), 200)

    assert lines[-2] == "import: failed after 3 states in 6.1 s"
    assert lines[-1].endswith("the last raised ValueError: row 17 has no price")


def test_a_run_that_was_cancelled_says_so() -> None:
    assert printed(samples.cancelled())[-1] == "survey: cancelled after 2 states in 4 s"


def test_a_run_that_has_only_begun_says_so() -> None:
    assert printed(Timeline([BEGUN])) == ["books: running after 0 states in 0 s"]


def test_nothing_told_is_nothing_said() -> None:
    assert printed(Timeline()) == []


def test_of_many_states_those_that_took_longest_have_a_line() -> None:
    timeline = samples.small()
    run = only(timeline)
    for at in range(50):
        run.states[f"S{at}"] = StateLine(f"S{at}", "task", visits=1, seconds=100.0 + at)

    lines = printed(timeline)

    assert [line.split()[0] for line in lines[2 : 2 + MOST_LINES]] == [
        f"S{at}" for at in range(49, 49 - MOST_LINES, -1)
    ]
    assert lines[2 + MOST_LINES] == "and 35 more states that took less"


def test_of_many_runs_the_last_are_summed_up() -> None:
    timeline = Timeline()
    for number in range(30):
        timeline(BEGUN._replace(run=number, workflow=f"run {number}"))
        timeline(RunFinished(number, 101.0, "books", samples.Stage.DONE, None))

    lines = printed(timeline)

    assert lines[0] == "20 runs before these left out"
    assert len(lines) == 1 + MOST_RUNS
    assert lines[-1].startswith("run 29: ")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("name", SAMPLES)
def test_no_line_is_longer_than_the_terminal_and_none_holds_a_control(name: str, width: int) -> None:
    for line in printed(SAMPLES[name](), width):
        assert len(line) <= width
        assert line.isprintable()


def test_the_page_does_without_rich_and_the_summary_says_that_it_is_missing() -> None:
    program = """
import sys
sys.modules["rich"] = sys.modules["rich.console"] = None
from keyrack.timeline import Timeline, render, summary
assert "Nothing ran" in render(Timeline())
try:
    summary(Timeline(), 80)
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "The summary of a timeline" in done.stdout
    assert "keyrack[cli]" in done.stdout
