"""The check in another process: what comes back, and how the process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.check.elsewhere import Write, checked, found, problem, reasons, writing

from keyrack.check.process import Asked, Standby, Terms, check_elsewhere

posix = pytest.mark.skipif(sys.platform == "win32", reason="as POSIX has it")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write programs below the working directory."""
    monkeypatch.chdir(tmp_path)
    return writing(tmp_path)


# --- a process that was started before ------------------------------------------------------------


def test_a_process_that_was_started_before_does_the_first_check_alone(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(first="import os\nNAME = os.environ['STARTED']\n")
    monkeypatch.setenv("STARTED", "before")

    with Standby() as standby:
        monkeypatch.setenv("STARTED", "later")
        reports = [check_elsewhere([Asked("shop:workflow")], Terms(cache=False), standby) for _ in range(2)]

    assert [workflow.name for report in reports for workflow in report.workflows] == ["before", "later"]


def test_targets_of_another_folder_do_not_go_to_the_process_that_was_started_before(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [write(f"{name}/shop.py", first="import os\nNAME = os.environ['STARTED']\n") for name in ("day", "night")]
    monkeypatch.setenv("STARTED", "before")

    with Standby() as standby:
        monkeypatch.setenv("STARTED", "later")
        report = check_elsewhere([Asked(f"{place}:workflow") for place in places], Terms(cache=False), standby)

    assert [workflow.name for workflow in report.workflows] == ["before", "later"]


@pytest.mark.parametrize(("optimized", "proved"), [("", 1), ("1", 0)])
def test_an_assert_says_nothing_where_python_leaves_it_out(
    write: Write, monkeypatch: pytest.MonkeyPatch, optimized: str, proved: int
) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", optimized)
    file = write()
    file.write_text(
        file.read_text().replace("    store.put(PRICE, 9.5)\n", "    assert store.put(PRICE, 9.5) is None\n")
    )

    [workflow] = checked("shop:workflow").workflows

    assert (workflow.reads, workflow.proved) == (1, proved)


@posix
def test_a_process_that_nobody_has_used_is_ended() -> None:
    script = "import os; from keyrack.check.process import Standby\nwith Standby(): pass\nos.waitpid(-1, os.WNOHANG)"
    done = subprocess.run([sys.executable, "-X", "dev", "-c", script], capture_output=True, text=True, check=False)

    assert "ChildProcessError" in done.stderr
    assert "ResourceWarning" not in done.stderr


@posix
def test_an_interrupt_that_comes_while_a_process_starts_ends_it_in_silence() -> None:
    script = """
import os, signal
from keyrack.check.process import Standby

with Standby() as standby:
    child = standby.taken()
    os.kill(child.pid, signal.SIGINT)
    print(child.wait(), signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == (f"{-signal.SIGINT} set()\n", "")


def test_a_process_that_cannot_be_started_before_is_no_matter(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", None)
        standby = Standby()

    with standby:
        report = check_elsewhere([Asked("shop:workflow")], Terms(cache=False), standby)

    assert report.verdict == "proved"


# --- a program that behaves -----------------------------------------------------------------------


def test_a_target_is_checked_in_another_process(write: Write) -> None:
    file = write(first='import os\nNAME = f"shop of {os.getpid()}"\n')

    report = checked("shop:workflow")

    [workflow] = report.workflows
    assert (report.verdict, report.problems, workflow.target) == ("proved", (), "shop:workflow")
    assert workflow.spot.file == str(file)
    assert workflow.name != f"shop of {os.getpid()}"
    assert report.seconds > 0
    assert "shop" not in sys.modules


def test_what_is_asked_of_a_target_is_what_is_checked(write: Write) -> None:
    write()
    asked = [
        Asked("shop:workflow", initial="BILL"),
        Asked("shop:workflow", initial="BILL", inputs=("price",)),
        Asked("shop:workflow", outputs=()),
    ]

    report = check_elsewhere(asked, Terms(cache=False))

    codes = [{one.code for one in workflow.diagnostics} for workflow in report.workflows]
    assert [workflow.initial for workflow in report.workflows] == ["BILL", "BILL", "LOAD"]
    assert ["KR101" in each for each in codes] == [True, False, False]


def test_an_initial_state_that_is_none_is_a_bad_configuration(write: Write) -> None:
    write()

    report = check_elsewhere([Asked("shop:workflow", initial="LAOD")], Terms())

    assert (problem(report).code, report.workflows) == ("KR002", ())
    assert "'LAOD' is no state; the states are LOAD, BILL, DONE" in problem(report).message


def test_a_workflow_that_two_modules_hold_is_checked_once(write: Write) -> None:
    write("day.py")
    write("night.py", "from day import workflow as other\n")

    assert found(checked("day", "night", "day:workflow")) == ["day:workflow", "night:workflow"]


def test_the_working_directory_comes_first_where_modules_are_looked_for(write: Write) -> None:
    write("sybil.py")  # there is an installed package of this name

    assert found(checked("sybil")) == ["sybil:workflow"]


def test_files_that_are_called_like_what_keyrack_imports_do_no_harm(write: Write, tmp_path: Path) -> None:
    write()
    for name in ("json", "typing", "enum", "keyrack", "asyncio", "signal", "subprocess", "threading"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken for another module')\n")

    assert checked("shop").verdict == "proved"


def test_files_of_one_name_in_two_folders_are_told_apart(write: Write, tmp_path: Path) -> None:
    for name in ("day", "night"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "prices.py").write_text(f'NAME = "{name}"\n')
        write(f"{name}/shop.py", "from prices import NAME\n")

    report = checked("day/shop.py", "night/shop.py")

    assert [(one.target, one.name) for one in report.workflows] == [
        ("day/shop.py:workflow", "day"),
        ("night/shop.py:workflow", "night"),
    ]


def test_reports_are_kept_in_the_working_directory_wherever_the_program_goes(write: Write, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    write(first="import os\nos.chdir('elsewhere')\n")
    write("other.py")

    report = checked("shop.py", "other.py", cache=True)

    assert found(report) == ["shop.py:workflow", "other.py:workflow"]
    assert len([*(tmp_path / ".keyrack_cache").glob("*.json")]) == 2
    assert [*(tmp_path / "elsewhere").iterdir()] == []


def test_nothing_is_kept_without_a_cache(write: Write, tmp_path: Path) -> None:
    write()

    checked("shop", cache=False)

    assert not (tmp_path / ".keyrack_cache").exists()


# --- a program that ends its process --------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os._exit(7)", "exit code 7"),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL", marks=posix),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGINT)", "SIGINT", marks=posix),
        pytest.param("import faulthandler; faulthandler._sigsegv()", "SIGSEGV", marks=posix),
    ],
)
def test_a_process_that_ends_before_its_report_is_a_finding(
    write: Write, capfd: pytest.CaptureFixture[str], line: str, expected: str
) -> None:
    file = write(first=line + "\n")

    report = checked("shop:workflow", allow_effects=True)

    assert reasons(report) == [f"the process that imports it ended with {expected}"]
    assert (problem(report).severity, problem(report).spot.file, report.workflows) == ("error", str(file), ())
    assert "keyrack" not in capfd.readouterr().err


def test_the_other_targets_are_checked_however_one_ends(write: Write) -> None:
    write("first.py")
    write("bad.py", "import os; os._exit(3)\n")
    write("last.py")

    report = checked("first", "bad", "no_such", "last")

    assert found(report) == ["first:workflow", "last:workflow"]
    assert [(one.subject, one.code) for one in report.problems] == [("bad", "KR001"), ("no_such", "KR001")]


def test_a_program_that_takes_too_long_is_given_up_and_the_others_are_checked(write: Write) -> None:
    write("bad.py", "while True:\n    pass\n")
    write("last.py")

    report = checked("bad", "last", timeout=8)

    assert found(report) == ["last:workflow"]
    assert reasons(report) == ["it took more than 8 s; --timeout allows more"]


@posix
def test_a_program_that_holds_the_way_of_the_report_open_is_given_up(write: Write, tmp_path: Path) -> None:
    write(
        first="""\
        import os, time
        left = os.fork()
        if not left:
            time.sleep(60)
            os._exit(0)
        open("pid", "w").write(str(left))
        """
    )

    try:
        report = checked("shop", allow_effects=True, timeout=8)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    assert (report.verdict, reasons(report)) == ("proved", [])


@pytest.mark.parametrize("timeout", [1e300, float("inf")])
def test_any_number_of_seconds_can_be_waited_for(write: Write, timeout: float) -> None:
    write()

    assert checked("shop", timeout=timeout).verdict == "proved"


def test_a_mistake_of_the_check_itself_is_a_finding_and_never_a_proof(write: Write) -> None:
    write("first.py", "import keyrack.check.api as api\napi.check_workflows = None\n")

    report = checked("first")

    assert report.workflows == ()
    assert reasons(report)[0].startswith("keyrack itself failed, TypeError: 'NoneType' object is not callable (")


# --- the process and its parent -------------------------------------------------------------------


@posix
def test_an_interrupt_ends_both_in_silence(write: Write, tmp_path: Path) -> None:
    write(
        first="""\
        import os, sys, time
        while True:
            try:
                open("pid", "w").write(str(os.getpid()))
                time.sleep(60)
            except BaseException:
                print("still here", flush=True)
        """
    )
    script = """\
from keyrack.check.process import *
try:
    check_elsewhere([Asked("shop")], Terms(allow_effects=True))
except KeyboardInterrupt:
    print("interrupted")
"""

    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        pid = tmp_path / "pid"
        while not (pid.exists() and pid.read_text()):
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=60)

    assert (out, err) == ("interrupted\n", "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_the_process_that_waits_does_not_load_what_checks(write: Write) -> None:
    write()
    script = "from keyrack.check.process import *; check_elsewhere([Asked('shop')]); import sys; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert {"keyrack.workflow", "asyncio", "keyrack.check.api", "pydantic", "typer", "rich"}.isdisjoint(loaded)


def test_the_process_that_checks_loads_neither_typer_nor_rich(write: Write) -> None:
    write(first="import sys\nassert {'typer', 'rich'}.isdisjoint(sys.modules)\n")

    assert checked("shop").verdict == "proved"
