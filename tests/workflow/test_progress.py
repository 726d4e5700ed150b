"""Progress: what is to be read while a workflow runs, and that nothing about it disturbs the run."""

from __future__ import annotations

import asyncio
import io
import re
import sys
import time
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any

import pytest
from tests.workflow.books import DONE, LOAD, MERGE, PARSE, Stage, raising, returning, single

from keyrack.testing import run_in_virtual_time
from keyrack.workflow import Event, JoinConfig, JoinStrategy, Retry, RunStarted, StateEntered, Workflow
from keyrack.workflow.progress import Progress

if TYPE_CHECKING:
    from keyrack.stores import MemoryStore


async def napping(_store: MemoryStore) -> Stage:
    await asyncio.sleep(1.25)
    return MERGE


async def dozing(_store: MemoryStore) -> Stage:
    await asyncio.sleep(60)
    return MERGE


async def broken(_store: MemoryStore) -> Stage:
    await asyncio.sleep(1)
    raise ValueError("no\n[bold]way[/bold]")


def two_of(*branches: Any) -> Workflow[Stage, MemoryStore]:
    """A workflow that tries twice in LOAD, needs two branches in PARSE, and comes twice through MERGE."""
    errors = [OSError("disk")]
    ends = iter([MERGE, DONE])

    async def load(_store: MemoryStore) -> Stage:
        if errors:
            raise errors.pop()
        return PARSE

    async def merge(_store: MemoryStore) -> Stage:
        return next(ends)

    return (
        Workflow(Stage, name="books", initial=LOAD)
        .register(LOAD, load, retry=Retry.fixed(3, 2.0))
        .register_split(PARSE, branches, JoinConfig(JoinStrategy.quorum(2), MERGE))
        .register(MERGE, merge)
        .add_exit_states(DONE)
    )


def shown(workflow: Workflow[Stage, MemoryStore]) -> tuple[list[str], list[str]]:
    """Run a workflow in virtual time; give the lines that stay, and what was to be seen now after each event."""
    lines: list[str] = []
    nows: list[str] = []
    progress = Progress(lines.append)

    def look(_: Event) -> None:
        nows.append(progress.now())

    async def run() -> None:
        try:
            await workflow.orchestrate(observers=[progress, look])
        except Exception:  # noqa: BLE001  # the lines say what it was
            lines.append("raised")

    run_in_virtual_time(run())
    return lines, nows


# --- the words ------------------------------------------------------------------------------------


def test_each_state_is_a_line_when_it_is_over_for_the_first_time_and_so_are_failures_and_the_end() -> None:
    lines, _ = shown(two_of(napping, broken, napping, dozing))

    assert lines == [
        "LOAD  load, try 1 of 3: OSError: disk",
        "LOAD  2.00 s",
        "PARSE  broken, branch 1: ValueError: no [bold]way[/bold]",
        "PARSE  1.25 s",
        "MERGE  0.00 s",
        "books: ended in DONE after 4 states in 3.25 s",
    ]


def test_a_join_that_fails_says_how_many_succeeded_and_the_end_says_where() -> None:
    lines, _ = shown(two_of(broken, broken, napping))

    assert lines == [
        "LOAD  load, try 1 of 3: OSError: disk",
        "LOAD  2.00 s",
        "PARSE  broken, branch 0: ValueError: no [bold]way[/bold]",
        "PARSE  broken, branch 1: ValueError: no [bold]way[/bold]",
        "PARSE  0 of 3 succeeded, 2 needed",
        "books: JoinError in PARSE after 2 states in 3.00 s",
        "raised",
    ]


def test_what_happens_now_is_the_state_its_task_its_branches_and_what_comes_again() -> None:
    _, nows = shown(two_of(napping, broken, napping, dozing))

    assert [*dict.fromkeys(nows)] == [
        "books",
        "1  LOAD  load",
        "1  LOAD  load again in 2.0 s",
        "2  PARSE  split of 4",
        "2  PARSE  0 of 4 branches",
        "2  PARSE  1 of 4 branches",
        "2  PARSE  2 of 4 branches",
        "2  PARSE  3 of 4 branches",
        "2  PARSE  4 of 4 branches",
        "3  MERGE  merge",
        "4  MERGE  merge",
    ]


def test_an_error_without_words_is_its_class_and_a_long_one_is_cut() -> None:
    lines, _ = shown(single(raising(ValueError())))
    long, _ = shown(single(raising(ValueError("x" * 1000))))

    assert lines[0] == "LOAD  fail: ValueError"
    assert long[0] == f"LOAD  fail: ValueError: {'x' * 87}…"


def test_a_run_that_starts_in_an_exit_state_has_its_end_alone_to_show() -> None:
    lines, nows = shown(Workflow(Stage, name="books", initial=DONE).add_exit_states(DONE))

    assert lines == ["books: ended in DONE after 0 states in 0.00 s"]
    assert nows == ["books", ""]


def test_a_run_that_was_cancelled_is_called_so() -> None:
    lines: list[str] = []

    async def run() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(single(dozing).orchestrate(observers=[Progress(lines.append)]), 2)

    run_in_virtual_time(run())

    assert lines == ["books: cancelled in LOAD after 1 state in 2.00 s"]


def test_many_quick_states_leave_few_lines_and_are_put_into_words_only_where_they_are_drawn() -> None:
    lines: list[str] = []
    progress = Progress(lines.append)
    progress(RunStarted(1, 0.0, "books", LOAD, "MemoryStore"))
    for number in range(10_000):
        progress(StateEntered(1, number / 1000, (LOAD, PARSE)[number % 2], "task"))

    assert lines == ["LOAD  0.00 s", "PARSE  0.00 s"]
    assert progress.now() == "10,000  PARSE  task"


# --- where there is no terminal -------------------------------------------------------------------

LINES = r"LOAD  0\.\d\d s\nbooks: ended in DONE after 1 state in 0\.\d\d s\n"


def test_lines_go_to_stderr_and_nothing_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert single(returning(DONE)).run(progress=True) is DONE

    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(LINES, err)


def test_without_progress_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    single(returning(DONE)).run()

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE"])
def test_an_environment_that_wants_colours_in_files_gets_no_animation(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "1")
    single(returning(DONE)).run(progress=True)

    assert re.fullmatch(LINES, capsys.readouterr().err)


class Broken(io.StringIO):
    """A stream that cannot be used."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error

    def flush(self) -> None:
        raise self.error

    def isatty(self) -> bool:
        raise self.error


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize(
    "make",
    [lambda: None, closed, lambda: Broken(BrokenPipeError()), lambda: Broken(OSError(28, "full"))],
    ids=["missing", "closed", "broken pipe", "full"],
)
def test_a_stderr_that_cannot_be_written_to_does_not_disturb_the_run(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stderr", make())

    assert single(returning(DONE)).run(progress=True) is DONE
    assert caplog.records == []


def test_progress_does_not_slow_quick_states_badly(capsys: pytest.CaptureFixture[str]) -> None:
    def seconds(**options: Any) -> float:
        began = time.thread_time()
        circle(20_000).run(**options)
        return time.thread_time() - began

    bare = min(seconds(observers=[print_nothing]) for _ in range(3))
    drawn = min(seconds(progress=True) for _ in range(3))

    assert drawn < bare * 6
    assert len(capsys.readouterr().err.splitlines()) == 9


def print_nothing(_: Event) -> None: ...


def circle(number: int) -> Workflow[Any, MemoryStore]:
    """A workflow that goes back and forth a number of times."""
    states = Enum("states", "A B END")
    a, b, end = states
    left = [number]

    async def forth(_store: MemoryStore) -> Enum:
        left[0] -= 1
        return b if left[0] else end

    async def back(_store: MemoryStore) -> Enum:
        return a

    workflow: Workflow[Any, MemoryStore] = Workflow(states, initial=a)
    return workflow.register(a, forth).register(b, back).add_exit_states(end)
