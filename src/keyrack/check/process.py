"""A check in another process: what a program does when it is imported does not touch this one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .._text import counted
from .codes import said
from .render.json import loads
from .report import Diagnostic, Report, Spot


@dataclass(frozen=True, slots=True)
class Asked:
    """A target, and what is said of its workflows."""

    target: str
    initial: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] | None = None


def check_elsewhere(asked: Sequence[Asked], *, allow_effects: bool, cache: bool, timeout: float) -> Report:
    """Check targets in another process.

    Args:
        asked: the targets.
        allow_effects: whether their modules may do more than be imported.
        cache: whether reports are kept below the working directory, and taken from there.
        timeout: the seconds after which it is given up.

    Returns:
        The report; where the process came to no end, or to a bad one, one that says so (KR001).
    """
    job = {"targets": [asdict(one) for one in asked], "allow_effects": allow_effects, "cache": cache}
    command = [sys.executable, "-m", "keyrack.check.child", json.dumps(job)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:  # noqa: S603  # our own
        try:
            output, _ = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            return _failed(asked, f"it took more than {counted(int(timeout), 'second')}")
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        how = f"signal {-child.returncode}" if child.returncode < 0 else f"exit code {child.returncode}"
        return _failed(asked, f"the process that imports it ended with {how}")
    try:
        return loads(output.decode())
    except ValueError as error:
        return _failed(asked, f"the process that imports it gave no report: {error}")


def _failed(asked: Sequence[Asked], reason: str) -> Report:
    message = said("KR001", target=", ".join(one.target for one in asked), reason=reason)
    spot = Spot(asked[0].target if asked else "", 1)
    return Report(problems=(Diagnostic("KR001", "error", message, spot, "", subject="process"),))
