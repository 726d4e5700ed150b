"""The other process: what a program prints, reads, leaves behind or does there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.check.elsewhere import Write, checked, found, problem, reasons, writing

from keyrack.check.cache import FOLDER

posix = pytest.mark.skipif(sys.platform == "win32", reason="as POSIX has it")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write programs below the working directory."""
    monkeypatch.chdir(tmp_path)
    return writing(tmp_path)


def test_of_others_it_has_imported_all_that_it_needs_before_the_program_is() -> None:
    code = """
        import sys
        import keyrack.check.child
        before = {*sys.modules}
        import keyrack.check.api
        print(*(name for name in sys.modules.keys() - before if not name.startswith("keyrack.")))
        """

    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []


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
@pytest.mark.parametrize("some_are_kept", [False, True])
def test_a_program_does_not_come_between_a_report_and_its_reader(
    write: Write, lines: str, *, some_are_kept: bool
) -> None:
    write(first=lines)
    if some_are_kept:  # then the rest of keyrack is imported after the program
        Path(FOLDER).mkdir()

    report = checked("shop", cache=True)

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
