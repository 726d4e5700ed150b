"""The commands `keyrack check` and `keyrack graph`, run as programs: what they print where, and how they end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.check.shops import BROKEN, SHOP, shop
from tests.demo.running import KEYRACK, LATER, environment, run

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes as POSIX has them")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # Where the tests run from the source tree, that is named as seen from its root.
    places = [str(Path(place).absolute()) for place in sys.path if Path(place, "keyrack").is_dir()]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(places))
    shop(tmp_path)
    shop(tmp_path, BROKEN, "broken")


def test_a_check_prints_what_is_found_and_nothing_to_errors() -> None:
    result = run("check", "pipeline:workflow", "broken.py")

    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (1, "")
    assert lines[0].startswith("broken.py:20:27: error KR101: ")
    assert re.fullmatch(r"refuted: 2 reads, 1 proved, 1 refuted, .*  \[\d+\.\d\d s]", lines[-1])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["broken", "--input", "shop.price", "--input", "shop.total"], 0),
        (["pipeline", "--no-outputs", "--fail-on", "warning"], 1),
        (["pipeline", "--output", "shop.total", "--fail-on", "warning"], 0),
        (["pipeline", "--initial", "BILL", "--no-cache"], 1),
        (["pipeline", "--initial", "NO"], 2),
        (["pipeline", "--strict", "--show-assumptions", "--timeout", "60", "--allow-import-effects"], 0),
        (["broken", "--baseline", "known.json", "--write-baseline"], 0),
        (["broken", "--write-baseline"], 2),
        (["absent"], 2),
        ([], 2),
    ],
)
def test_options_reach_the_check(arguments: list[str], code: int) -> None:
    result = run("check", *arguments)

    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--fast"], "No such option: --fast"),
        (["check", "pipeline", "--timeout", "long"], "Invalid value for '--timeout'"),
        (["graph"], "Missing argument 'target'"),
        (["check", "pipeline", "--format", "xml"], "keyrack: --format is text, json, "),
        (["graph", "pipeline", "-o", "x.gif"], "keyrack: a picture is .svg, .png, "),
    ],
)
def test_wrong_usage_is_said_where_errors_go_and_ends_with_2(arguments: list[str], said: str) -> None:
    result = run(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr


def test_help_lists_every_option_of_a_check() -> None:
    result = run("check", "--help", COLUMNS="200")

    options = {"--initial", "--input", "--output", "--no-outputs", "--format", "--output-file", "--fail-on", "--strict"}
    more = {"--baseline", "--write-baseline", "--explain", "--show-assumptions", "--no-cache", "--timeout"}
    assert result.returncode == 0
    assert options | more | {"--allow-import-effects"} <= {*re.findall(r"--[\w-]+", result.stdout)}


def test_a_code_is_explained_whatever_else_is_said() -> None:
    result = run("check", "absent", "--explain", "kr102")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("KR102 missing-on-path (error, reads)\n")


def test_an_unknown_code_ends_with_2() -> None:
    result = run("check", "--explain", "KR0")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("keyrack: unknown code 'KR0'; ")


def test_a_report_goes_to_a_file() -> None:
    result = run("check", "broken", "--format", "sarif", "-o", "report.sarif")

    assert (result.returncode, result.stdout) == (1, "")
    assert '"2.1.0"' in Path("report.sarif").read_text()
    assert result.stderr.startswith("report.sarif: refuted: 1 read")


def test_a_graph_goes_to_the_output_or_to_a_file() -> None:
    shown = run("graph", "pipeline")
    written = run("graph", "pipeline", "-o", "shop.html")

    assert shown.stdout.startswith("%% workflow Stage (pipeline:workflow)\nflowchart")
    assert (shown.returncode, written.returncode, written.stdout) == (0, 0, "")
    assert "<svg" in Path("shop.html").read_text()


@pytest.mark.parametrize("command", ["check", "graph"])
@pytest.mark.parametrize("package", ["typer", "rich"])
def test_without_the_extra_a_check_could_not_be_done_and_says_how_to_install_it(command: str, package: str) -> None:
    blocked = f"import sys; sys.modules[{package!r}] = None; from keyrack.cli import main; main()"

    result = run(command, "pipeline", program=[sys.executable, "-c", blocked])

    sentence = f"keyrack {command} needs the '{package}' package; install it with: pip install 'keyrack[cli]'\n"
    assert (result.returncode, result.stdout, result.stderr) == (2, "", sentence)


def test_a_picture_without_its_extra_says_how_to_install_it() -> None:
    nothing = Path("nothing")
    nothing.mkdir()
    alone = "import sysconfig; sysconfig.get_path = lambda *a, **k: 'nothing'; from keyrack.cli import main; main()"

    result = run("graph", "pipeline", "-o", "x.png", program=[sys.executable, "-c", alone], PATH=str(nothing))

    assert result.returncode == 2
    assert result.stderr.endswith("install it with: pip install 'keyrack[graph]'\n")
    assert not Path("x.png").exists()


# --- the program that is checked ------------------------------------------------------------------


def test_what_a_program_prints_is_no_part_of_the_report() -> None:
    noise = "import os\nprint('x' * 200_000)\nos.write(1, b'{' * 70_000)\nprint(input.__name__)\n"
    shop(Path(), noise + SHOP)

    result = run("check", "pipeline", "--format", "json")

    assert result.returncode == 0
    assert result.stdout.startswith('{\n  "schema": 1,')
    assert result.stderr.count("x") >= 200_000


def test_a_program_that_reads_its_input_gets_none() -> None:
    shop(Path(), "import sys\nassert sys.stdin.read() == ''\n" + SHOP)

    assert run("check", "pipeline").returncode == 0


def test_a_report_that_is_larger_than_a_pipe_arrives_whole() -> None:
    long = "\n".join(f"    store.get(Keys.k{number})" for number in range(300))
    keys = "\n".join(f"    k{number}: StoreKey[int]" for number in range(300))
    source = SHOP.replace("    total: StoreKey[int]", f"    total: StoreKey[int]\n{keys}")
    shop(Path(), source.replace("    store.put(Keys.total,", f"{long}\n    store.put(Keys.total,"))

    result = run("check", "pipeline", "--format", "json")

    assert result.returncode == 1
    assert result.stdout.count('"code": "KR101"') == 300
    assert len(result.stdout) > 150_000


def test_letters_that_the_terminal_does_not_have_are_escaped() -> None:
    shop(Path(), BROKEN.replace("shop", "läden"), "broken")

    result = run("check", "broken", PYTHONIOENCODING="ascii")

    assert result.returncode == 1
    assert "'l\\xe4den.price' is read in BILL" in result.stdout


# --- how it ends ----------------------------------------------------------------------------------

ENDLESS = "import sys\nprint('at work', file=sys.stderr, flush=True)\nwhile True: pass\n"


@posix
@pytest.mark.parametrize("command", ["check", "graph"])
def test_ctrl_c_ends_a_check_with_130_and_a_word(command: str) -> None:
    """The terminal sends it to all processes, and so does the test."""
    shop(Path(), ENDLESS, "endless")
    with subprocess.Popen(
        [*KEYRACK, command, "endless"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "at work\n"
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=LATER)

    assert (process.returncode, out, err) == (130, "", "interrupted\n")


@posix
def test_a_signal_to_the_command_alone_ends_what_it_has_started() -> None:
    shop(Path(), ENDLESS, "endless")
    with subprocess.Popen(
        [*KEYRACK, "check", "endless"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "at work\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=LATER)  # which ends when nobody has the other end of the pipe any more

    assert (process.returncode, err) == (130, "interrupted\n")


@posix
@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL"])
def test_what_the_command_has_started_ends_soon_after_it_was_killed(end: str) -> None:
    shop(Path(), ENDLESS, "endless")
    with subprocess.Popen(
        [*KEYRACK, "check", "endless"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "at work\n"
        process.send_signal(signal.Signals[end])
        process.communicate(timeout=LATER)  # which ends when nobody has the other end of the pipe any more

    assert process.returncode == -signal.Signals[end]


@posix
@pytest.mark.parametrize("arguments", [["check", "broken"], ["check", "--explain", "KR102"], ["graph", "pipeline"]])
def test_a_reader_who_has_enough_ends_it_in_silence(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        result = subprocess.run(
            [*KEYRACK, *arguments], stdout=closed, stderr=subprocess.PIPE, text=True, check=False, env=environment()
        )

    assert (result.returncode, result.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_ends_as_a_check_that_could_not_be_done() -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*KEYRACK, "check", "pipeline"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=environment(),
        )

    assert result.returncode == 2
    assert result.stderr == "keyrack: [Errno 28] No space left on device\n"


@posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_inputs_and_outputs_change_no_exit_code(closed: str) -> None:
    result = run("-c", f'exec "$@" {closed}', "sh", *KEYRACK, "check", "pipeline", "broken", program=["sh"])

    assert result.returncode == 1
    assert "Traceback" not in result.stderr


@posix
def test_a_working_directory_that_is_gone_is_said() -> None:
    script = 'mkdir gone; cd gone; rmdir ../gone; exec "$@"'

    result = run("-c", script, "sh", *KEYRACK, "check", "pipeline", program=["sh"])

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("keyrack: the working directory cannot be read: ")
