"""`keyrack schedule`, run as a program, with the signals that end it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.demo.running import KEYRACK, environment, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX does")

JOBS = """
import asyncio
from enum import Enum

from keyrack import MemoryStore, Scheduler, Workflow


class Stage(Enum):
    WORK = "work"
    DONE = "done"


class Work:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def run(self, store: MemoryStore) -> Stage:
        print("begun", flush=True)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            print("cancelled", flush=True)
            raise
        print("done", flush=True)
        return Stage.DONE


async def fail(store: MemoryStore) -> Stage:
    print("begun", flush=True)
    raise OSError("no answer")


def of(task: object) -> Workflow[Stage, MemoryStore]:
    return Workflow(Stage, initial=Stage.WORK).register(Stage.WORK, task).add_exit_states(Stage.DONE)


def short() -> Scheduler:
    return Scheduler().every("short", of(Work(1.0)), None, 3600, immediately=True)


def endless() -> Scheduler:
    return Scheduler().every("endless", of(Work(600.0)), None, 3600, immediately=True)


def failing() -> Scheduler:
    return Scheduler().every("failing", of(fail), None, 3600, immediately=True).cron(
        "nightly", of(fail), None, "0 0 2 * * *"
    )


nothing = 1
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with schedulers."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs.py").write_text(JOBS)
    return tmp_path


@contextmanager
def begun(*arguments: str) -> Generator[subprocess.Popen[str]]:
    """Run a scheduler until its first job has begun."""
    command = [*KEYRACK, "schedule", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "begun\n"
        yield program
        if program.poll() is None:
            program.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_what_runs_finish(number: signal.Signals) -> None:
    with begun("jobs:short") as program:
        program.send_signal(number)
        output, errors = program.communicate(timeout=60)

    assert (program.returncode, output) == (0, "done\n")
    assert "no run begins any more" in errors


def test_a_second_signal_cancels_it() -> None:
    with begun("jobs:endless") as program:
        assert program.stderr is not None
        program.send_signal(signal.SIGTERM)
        while "no run begins any more" not in program.stderr.readline():
            pass
        program.send_signal(signal.SIGTERM)
        output, errors = program.communicate(timeout=60)

    assert (program.returncode, output) == (1, "cancelled\n")
    assert errors.splitlines()[-1] == "cancelled: endless"


def test_what_does_not_finish_in_time_is_cancelled() -> None:
    with begun("jobs:endless", "--stop-timeout", "0.1") as program:
        program.send_signal(signal.SIGTERM)
        output, errors = program.communicate(timeout=60)

    assert (program.returncode, output) == (1, "cancelled\n")
    assert errors.splitlines()[-1] == "cancelled: endless"


def test_a_time_limit_below_zero_is_refused() -> None:
    done = run("schedule", "jobs:endless", "--stop-timeout", "-1")

    assert done.returncode == 2
    assert "--stop-timeout" in done.stderr


def test_away_from_a_terminal_the_log_says_what_happens() -> None:
    with begun("jobs:failing") as program:
        assert program.stderr is not None
        while "no answer" not in (line := program.stderr.readline()):
            assert line
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=60)

    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING keyrack\.scheduler", line)
    assert "failing" in line


def test_on_a_terminal_a_table_shows_the_jobs() -> None:
    import pty

    leader, follower = pty.openpty()
    env = environment(COLUMNS="120", LINES="40")
    with subprocess.Popen(
        [*KEYRACK, "schedule", "jobs:failing"], stdout=subprocess.PIPE, stderr=follower, env=env
    ) as program:
        os.close(follower)
        seen = ""
        while "failing: OSError: no answer" not in seen:
            seen += os.read(leader, 4096).decode()
        program.send_signal(signal.SIGINT)
        with open(leader, "rb", closefd=False) as rest:
            try:
                while rest.read(1):
                    pass
            except OSError:  # what Linux says when the other side is closed
                pass
        program.wait(timeout=60)
    os.close(leader)

    assert program.returncode == 0
    assert {
        word for word in ("job", "every 3600 s", "cron '0 0 2 * * *'", "nightly", "waiting") if word not in seen
    } == (set())


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("jobs", "it holds no scheduler; if a function makes one, name the function: jobs:make"),
        ("jobs:nothing", "it is no scheduler, and no function that makes one: 1 (int)"),
        ("jobs:of", "it needs arguments"),
        ("job", "there is no module 'job'; did you mean 'jobs'?"),
    ],
)
def test_a_target_that_is_no_scheduler_is_refused_in_a_line(target: str, said: str) -> None:
    done = run("schedule", target)

    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
