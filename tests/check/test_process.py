"""The check in another process: what comes back, whatever the program does there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from keyrack.check.process import Asked, Terms, check_elsewhere

if TYPE_CHECKING:
    from keyrack.check.report import Diagnostic, Report

posix = pytest.mark.skipif(sys.platform == "win32", reason="as POSIX has it")

SHOP = """
from enum import Enum
from typing import Literal
from keyrack import MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "LOAD BILL DONE")
PRICE = StoreKey("price", float)
TAX = StoreKey("tax", float)

def load(store: MemoryStore) -> Literal[Stage.BILL]:
    store.put(PRICE, 9.5)
    return Stage.BILL

def bill(store: MemoryStore) -> Literal[Stage.DONE]:
    print(store.get(PRICE))
    return Stage.DONE

NAME = globals().get("NAME", "shop")
workflow = Workflow(Stage, name=NAME, initial=Stage.LOAD).add_exit_states(Stage.DONE)
workflow.register(Stage.LOAD, load).register(Stage.BILL, bill)
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a program below the working directory: some lines, and then a shop that is fine."""
    monkeypatch.chdir(tmp_path)

    def write(name: str = "shop.py", first: str = "", *, last: str = "") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(first) + SHOP + dedent(last), encoding="utf-8")
        return file

    return write


def checked(*targets: str, allow_effects: bool = False, cache: bool = False, timeout: float = 100) -> Report:
    return check_elsewhere([Asked(target) for target in targets], Terms(allow_effects, cache, timeout))


def found(report: Report) -> list[str]:
    """The targets of the workflows that were checked."""
    return [workflow.target for workflow in report.workflows]


def reasons(report: Report) -> list[str]:
    assert {one.code for one in report.problems} <= {"KR001"}
    return [one.message.partition(": ")[2] for one in report.problems]


def problem(report: Report) -> Diagnostic:
    [one] = report.problems
    return one


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


# --- what a program prints, reads and leaves behind -----------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        """\
        import os, sys
        print('{}')
        sys.stdout.write('{"schema": 1}')
        sys.stdout.buffer.write(b'\\xff' * 100_000)
        os.write(1, b'x' * 100_000)
        sys.stdout.close()
        """,
        """\
        import os, sys
        sys.stdout = sys.stderr = None
        os.close(0), os.close(1), os.close(2)
        """,
        """\
        import atexit, sys
        atexit.register(print, 'bye')
        sys.argv.clear(), sys.path.clear()
        sys.setrecursionlimit(300)
        """,
        """\
        import builtins, gc, logging, signal, threading, warnings
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        warnings.simplefilter('error')
        logging.disable()
        gc.disable()
        builtins.open = threading.Timer = None
        """,
    ],
    ids=["prints", "closes", "clears", "changes"],
)
def test_a_program_does_not_come_between_a_report_and_its_reader(write: Write, lines: str) -> None:
    write(first=lines)

    report = checked("shop")

    assert (report.verdict, reasons(report)) == ("proved", [])


def test_what_a_program_prints_goes_where_errors_go(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    write(first="print('hello')\n")

    checked("shop")

    assert (capfd.readouterr()) == ("", "hello\n")


def test_what_is_printed_before_the_program_is_no_report(write: Write, tmp_path: Path) -> None:
    write()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("print('welcome')\n")
    path = os.pathsep.join([str(tmp_path / "site"), *sys.path])
    script = "from keyrack.check.process import *; print(check_elsewhere([Asked('shop')]).verdict)"

    told = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "proved\n"


def test_there_is_nothing_for_a_program_to_read(write: Write) -> None:
    write(first="import sys\nassert sys.argv == ['']\nword = input('word? ')\n")

    assert reasons(checked("shop")) == ["EOFError: EOF when reading a line"]


@posix
@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_closed_outputs_are_no_reason_to_fail(write: Write, tmp_path: Path, closed: str) -> None:
    write(first="import os\nprint('hello')\nos.close(2)\n")
    script = "from keyrack.check.process import *; open('told', 'w').write(check_elsewhere([Asked('shop')]).verdict)"

    subprocess.run(["/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", script], check=True)

    assert (tmp_path / "told").read_text() == "proved"


def test_threads_that_a_program_leaves_running_do_not_hold_the_report_up(write: Write) -> None:
    write(first="import threading\nthreading.Thread(target=threading.Event().wait).start()\n")

    assert checked("shop").verdict == "proved"


@posix
def test_processes_that_a_program_leaves_running_do_not_hold_the_report_up(write: Write, tmp_path: Path) -> None:
    write(
        first="""\
        import pathlib, subprocess, sys
        left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(90)"])
        pathlib.Path("pid").write_text(str(left.pid))
        """
    )
    start = time.monotonic()
    try:
        report = checked("shop", allow_effects=True)
    finally:
        with suppress(OSError):
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    assert report.verdict == "proved"
    assert time.monotonic() - start < 80


def test_what_a_program_wants_to_do_at_its_end_is_not_done(write: Write, tmp_path: Path) -> None:
    write(first="import atexit, pathlib\natexit.register(pathlib.Path('end').touch)\n")

    checked("shop", allow_effects=True)

    assert not (tmp_path / "end").exists()


# --- effects --------------------------------------------------------------------------------------


def test_an_effect_is_one_finding_with_the_line_and_what_to_do(write: Write, tmp_path: Path) -> None:
    file = write(first="import logging\nlogging.basicConfig(filename='app.log')\n")

    one = problem(checked("shop"))

    assert one.message.startswith("cannot load shop: importing it would write '")
    assert (one.spot.file, one.spot.line) == (str(file), 2)
    assert "--allow-import-effects" in one.help
    assert not (tmp_path / "app.log").exists()


def test_an_effect_that_the_program_survives_is_told_beside_what_is_found(write: Write) -> None:
    write(first="try:\n    open('app.log', 'w')\nexcept Exception:\n    pass\n")

    report = checked("shop")

    assert reasons(report) == ["importing it would write 'app.log'"]
    assert (found(report), report.verdict) == (["shop:workflow"], "refuted")


def test_an_effect_does_not_hide_another_mistake(write: Write) -> None:
    write(first="try:\n    open('app.log', 'w')\nexcept Exception:\n    pass\nprint(prcie)\n")

    assert reasons(checked("shop")) == [
        "NameError: name 'prcie' is not defined",
        "importing it would write 'app.log'",
    ]


def test_an_effect_of_a_factory_is_prevented_too(write: Write, tmp_path: Path) -> None:
    write(last="def make():\n    open('app.log', 'w').close()\n    return workflow\n")

    assert reasons(checked("shop:make")) == ["importing it would write 'app.log'"]
    assert not (tmp_path / "app.log").exists()


def test_a_module_that_a_task_imports_may_act_when_it_runs_but_not_when_it_is_checked(
    write: Write, tmp_path: Path
) -> None:
    (tmp_path / "later.py").write_text("open('later.log', 'w').close()\n\ndef tell(store): ...\n")
    write(
        last="""\
        def tell(store: MemoryStore) -> Literal[Stage.DONE]:
            from later import tell
            tell(store)
            return Stage.DONE

        teller = Workflow(Stage, initial=Stage.LOAD).register(Stage.LOAD, tell).add_exit_states(Stage.DONE)
        """
    )

    report = checked("shop:teller", cache=True)

    assert (found(report), reasons(report)) == (["shop:teller"], [])
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "__pycache__") == [
        ".keyrack_cache",
        "later.py",
        "shop.py",
    ]


def test_effects_happen_where_they_are_allowed(write: Write, tmp_path: Path) -> None:
    write(first="import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'open(\"app.log\", \"w\")'])\n")

    assert checked("shop", allow_effects=True).verdict == "proved"
    assert (tmp_path / "app.log").exists()


def test_the_effects_of_one_target_are_not_those_of_the_next(write: Write) -> None:
    write("bad.py", "open('app.log', 'w')\n")
    write("good.py")

    report = checked("bad", "good")

    assert (found(report), problem(report).subject) == (["good:workflow"], "bad")


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
    write("first.py", "import keyrack.check.child as child\nchild.check_workflows = None\n")

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
