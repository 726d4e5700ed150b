"""Importing keyrack: the processor time of a new interpreter that does it."""

from __future__ import annotations

import os
import sys

from tests.benchmarks.alternatives import IMPORTS, installed
from tests.benchmarks.harness import Case, Goal, Probes

_USE = "from keyrack import MemoryStore, StoreKey; MemoryStore().put(StoreKey('k', {form}), {value})"


class Interpreter:
    """The processor time of a Python process that runs *code*, from its start to its end, in nanoseconds."""

    def __init__(self, code: str) -> None:
        self._command = [sys.executable, "-c", code]
        self.sample()  # compiles what it imports, and fills caches

    def sample(self) -> float:
        """Run it once."""
        process = os.posix_spawn(self._command[0], self._command, os.environ)
        _, status, usage = os.wait4(process, 0)
        if status != 0:
            raise RuntimeError(f"{self._command[2]!r} failed")
        return (usage.ru_utime + usage.ru_stime) * 1e9


def cases() -> list[Case]:
    """Give the rows of importing; none where the system does not tell the processor time of a process."""
    if not hasattr(os, "wait4"):
        return []
    return [
        Case("import keyrack", Goal(5e6, "excess"), "python -c pass", _import),
        Case("import, and put an int", None, "python -c pass", lambda: _probes(_USE.format(form="int", value="1"))),
        Case(
            "import, and put a list",
            None,
            "python -c pass",
            lambda: _probes(_USE.format(form="list[int]", value="[1]")),
        ),
    ]


def _import() -> Probes:
    others = {name: Interpreter(code) if installed(name) else None for name, code in IMPORTS.items()}
    return _probes("import keyrack")._replace(others=others)


def _probes(code: str) -> Probes:
    return Probes(Interpreter(code), Interpreter("pass"))
