"""Importing keyrack: the processor time of a new interpreter that does it."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from functools import cache

from tests.benchmarks.alternatives import IMPORTS, installed
from tests.benchmarks.harness import Case, Goal, Probes

_USE = "from keyrack import MemoryStore, StoreKey; MemoryStore().put(StoreKey('k', {form}), {value})"


class Interpreter:
    """The processor time of a Python process that runs *code*, from its start to its end, in nanoseconds."""

    def __init__(self, code: str) -> None:
        self._command = [sys.executable, "-c", code]
        self.sample()  # compiles what is imported

    def sample(self) -> float:
        """Run it once."""
        process = os.posix_spawn(self._command[0], self._command, _environment())
        _, status, usage = os.wait4(process, 0)
        if status != 0:
            raise RuntimeError(f"{self._command[2]!r} failed")
        return (usage.ru_utime + usage.ru_stime) * 1e9


@cache
def _environment() -> dict[str, str]:
    """Give an environment in which Python keeps what it compiles: nobody compiles keyrack at each start."""
    environment = dict(os.environ)
    if environment.pop("PYTHONDONTWRITEBYTECODE", None):
        folder = tempfile.mkdtemp(prefix="keyrack-benchmarks-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        environment["PYTHONPYCACHEPREFIX"] = folder
    return environment


def cases() -> list[Case]:
    """Give the rows of importing; none where the system does not tell the processor time of a process."""
    if not hasattr(os, "wait4"):
        return []
    put_int, put_list = _USE.format(form="int", value="1"), _USE.format(form="list[int]", value="[1]")
    return [
        Case("import keyrack", Goal(5e6, "excess"), "python -c pass", _import),
        Case("import, and put an int", None, "python -c pass", lambda: _probes(put_int)),
        Case("import, and put a list", None, "python -c pass", lambda: _probes(put_list)),
    ]


def _import() -> Probes:
    others = {name: Interpreter(code) if installed(name) else None for name, code in IMPORTS.items()}
    return _probes("import keyrack")._replace(others=others)


def _probes(code: str) -> Probes:
    return Probes(Interpreter(code), Interpreter("pass"))
