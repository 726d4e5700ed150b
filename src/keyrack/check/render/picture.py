"""A picture of all workflows as SVG or PNG: what `dot` writes, drawn by the program of the package graphviz-pure.

The package holds a program and no Python code; it comes with the extra ``graph``. The program reads a graph and writes
a picture, and touches no file.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from keyrack._text import LINE, counted, cut
from keyrack.check.render import dot
from keyrack.errors import MissingExtraError

if TYPE_CHECKING:
    from keyrack.check.report import Report

PictureFormat: TypeAlias = Literal["svg", "png"]

PROGRAM: Final = "graphviz-pure"
"""The name of the program, which is the name of its package too."""

_LIMIT: Final = 120.0
"""The seconds that a picture may take."""


def render(report: Report, format: PictureFormat) -> bytes:  # noqa: A002  # the word that the command line has for it
    """Draw all workflows of a report in one picture, side by side.

    Raises:
        MissingExtraError: the program that draws is not installed.
        ChildProcessError: it could not draw the picture.
        TimeoutError: it took longer than two minutes.
    """
    command = [_program(format), f"-T{format}"]
    try:
        done = subprocess.run(  # noqa: S603  # a program of a package that we name
            command, input=dot.render(report).encode(), capture_output=True, timeout=_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        msg = f"{PROGRAM} was not done after {_LIMIT:g} s with {_what(report)}; {_INSTEAD}"
        raise TimeoutError(msg) from None
    if done.returncode or not done.stdout:
        said = cut(done.stderr.decode(errors="replace"), LINE) or "it said nothing"
        msg = f"{PROGRAM} could not draw {_what(report)} (exit code {done.returncode}): {said}; {_INSTEAD}"
        raise ChildProcessError(msg)
    return done.stdout


_INSTEAD: Final = "write .html, .mmd or .dot instead"


def _program(format: PictureFormat) -> str:  # noqa: A002  # as in `render`
    # Beside this Python first: a virtual environment that nobody has activated is not on the search path.
    scripts = sysconfig.get_path("scripts")
    found = shutil.which(PROGRAM, path=str(Path(scripts))) or shutil.which(PROGRAM)
    if found is None:
        raise MissingExtraError(feature=f"a picture as {format.upper()}", package=PROGRAM, extra="graph")
    return found


def _what(report: Report) -> str:
    states = sum(len(one.states) for one in report.workflows)
    return f"{counted(len(report.workflows), 'workflow')} of {counted(states, 'state')}"
