"""A check in another process: what a program does when it is imported does not touch this one.

How it works: the other process gets a job on its standard input, and writes a report for each target as soon as it has
one. So it is known at which target it came to an end that it should not have; the next ones go to a new process.
Targets that are found from different folders do not share a process: modules of one name would be taken for another.
"""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

from .codes import said
from .render.json import loads_parts
from .report import Diagnostic, Report, Spot
from .target import Target

LONGEST: Final = 1_000_000.0
"""The most seconds that an operating system can wait for; eleven days."""

_ROOT: Final = str(Path(__file__).parents[2])
# The interrupt of a terminal goes to both processes, and this one says what is to be said of it.
_PROGRAM: Final = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
if hasattr(signal, "pthread_sigmask"):
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
sys.path.append({_ROOT!r})
from keyrack.check.child import main
main()
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A target, and what is said of its workflows."""

    target: str
    initial: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How a check is done."""

    allow_effects: bool = False
    """Whether modules may do more than be imported."""
    cache: bool = True
    """Whether reports are kept below the working directory, and taken from there."""
    timeout: float = 300.0
    """The seconds after which a process is given up."""


class Standby:
    """The process of a check, started before it is known what is to be checked: it imports what it needs meanwhile.

    Whoever is done with it closes it; a process that nobody has used is ended then.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        with suppress(Exception):  # the check itself tries again, and says so
            self._child = _started()

    def taken(self) -> subprocess.Popen[bytes] | None:
        """Give the process, for once."""
        child, self._child = self._child, None
        return child

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if (child := self.taken()) is not None:
            with child:
                child.kill()


class _End(NamedTuple):
    reports: list[Report]
    """Of the first targets, as many as there are."""
    how: str
    """How the process ended."""


def check_elsewhere(asked: Sequence[Asked], terms: Terms = Terms(), standby: Standby | None = None) -> Report:
    """Check targets in other processes.

    Args:
        asked: the targets.
        terms: how they are checked.
        standby: the first of the processes, if it was started already.

    Returns:
        The report; a target at which a process came to no end, or to a bad one, is a finding (KR001).
    """
    reports: list[Report] = []
    for group in _by_folder(asked):
        left = group
        while left:
            child = standby.taken() if standby is not None else None
            done = _process(child or _started(), left, terms)
            reports += done.reports
            left = left[len(done.reports) :]
            if left:
                reports.append(Report(problems=(cannot_load(left[0].target, done.how),)))
                left = left[1:]
    return Report(
        tuple(one for report in reports for one in report.workflows),
        tuple(_strange_to_all((one for report in reports for one in report.problems), asked)),
        sum(report.seconds for report in reports),
        tuple(one for report in reports for one in report.notes),
    )


def _strange_to_all(problems: Iterable[Diagnostic], asked: Sequence[Asked]) -> Iterator[Diagnostic]:
    """Leave out that a target has no key of a name, where another one has it that was asked for it too."""
    told = Counter[str]()
    for problem in problems:
        told[problem.key] += 1
        wanted = sum(problem.key in {*one.inputs, *(one.outputs or ())} for one in asked)
        if not problem.key or told[problem.key] == wanted:
            yield problem


def cannot_load(target: str, reason: str, spot: Spot | None = None, help: str = "") -> Diagnostic:  # noqa: A002  # the field
    """Make the finding that says why a target cannot be checked.

    Args:
        target: the target.
        reason: why.
        spot: where, if that is known; else it is the target itself.
        help: what to do.
    """
    message = said("KR001", target=target, reason=reason)
    return Diagnostic(
        "KR001", "error", message, spot or Spot(Target(target).spot_file(), 1), "", help=help, subject=target
    )


def _by_folder(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """Group targets by the folder from which they are imported."""
    groups: dict[Path, list[Asked]] = {}
    here = Path.cwd()
    for one in asked:
        groups.setdefault(Target(one.target).folder or here, []).append(one)
    yield from groups.values()


def _started() -> subprocess.Popen[bytes]:
    # -P: what lies in the working directory is found by the program, and not by keyrack itself.
    optimized = ["-" + "O" * sys.flags.optimize] if sys.flags.optimize else []  # without asserts, as it was asked for
    command = [sys.executable, *optimized, "-P", "-c", _PROGRAM]
    with _uninterrupted():
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  # our own


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Let an interrupt wait: for who starts a process to know it, and for the process to say how it takes one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _process(child: subprocess.Popen[bytes], asked: Sequence[Asked], terms: Terms) -> _End:
    mark = secrets.token_hex(8)
    timeout = min(terms.timeout, LONGEST)
    job = {"mark": mark, "targets": [*map(asdict, asked)], **asdict(terms), "timeout": timeout}
    with child:
        try:
            output, _ = child.communicate(json.dumps(job).encode(), timeout)
            how = _told(child.returncode)
        except subprocess.TimeoutExpired:
            output = _rest(child)
            how = f"it took more than {timeout:g} s; --timeout allows more"
        except BaseException:
            child.kill()
            child.wait()  # not left to the `with`: it does not wait for what was interrupted before
            raise
    return _End([*_reports(output, mark)], how)


def _rest(child: subprocess.Popen[bytes]) -> bytes:
    """End a process, and give what it has written."""
    child.kill()
    try:
        return child.communicate(timeout=1)[0]
    except subprocess.TimeoutExpired as error:  # one that it has started writes to the same pipe
        return error.output or b""


def _told(code: int) -> str:
    how = f"exit code {code}"
    if code < 0:
        how = f"signal {-code}"
        with suppress(ValueError):  # a signal of this system that Python has no name for
            how = signal.Signals(-code).name
    return f"the process that imports it ended with {how}"


def _reports(output: bytes, mark: str) -> Iterator[Report]:
    """Give the reports that came; whatever else was written before there was a mark is left out."""
    for line in output.splitlines():
        head, _, text = line.partition(b" ")
        if head == mark.encode():
            try:
                yield loads_parts(text.decode())
            except ValueError:  # cut off
                return
