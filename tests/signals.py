"""Signals that come at any point of some work: how tests interrupt it."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable

import pytest

from keyrack.errors import KeyrackError

ROUNDS = 100_000 if os.environ.get("KEYRACK_SOAK") == "1" else 800
needs_signals = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no such signals here")


class Stop(BaseException):
    """What a handler raises to stop what was going on, as Ctrl-C does."""


def stop() -> None:
    raise Stop


def signalled(
    work: Callable[[int], object],
    handler: Callable[[], object],
    *,
    check: Callable[[], object] = lambda: None,
    rounds: int = ROUNDS,
) -> int:
    """Call *work* over and over until a signal has run *handler* wherever it was, and then *check*; *rounds* times.

    Gives how often what the handler raised came out of the work, as it was or as the cause of another error: in the
    middle of a validation nobody can tell it from what a validator raises.
    """
    came = calls = raised = 0

    def handle(*_: object) -> None:
        nonlocal came
        came += 1
        handler()

    def work_until_it_came(number: int) -> None:
        # A function of its own: what is raised at a jump back to a while is not always inside the try around it.
        nonlocal calls
        while came <= number:
            calls += 1
            work(calls)

    gc.disable()  # what is raised in the middle of a collection cannot come out
    before = signal.signal(signal.SIGALRM, handle)
    time_limit = signal.setitimer(signal.ITIMER_REAL, 0)  # that of the test, given back below
    try:
        calls += 1
        work(calls)  # in peace, so that every type is resolved
        for number in range(rounds):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.00002 + number % 17 * 0.000003)
                work_until_it_came(number)
            except (Stop, TimeoutError):
                raised += 1
            except KeyrackError as error:
                raised += isinstance(error.__cause__, TimeoutError)
            check()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *time_limit)
        gc.enable()
    return raised
