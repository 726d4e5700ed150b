"""Work for several threads at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

PATIENCE = 60.0
"""How long a test waits for what should happen soon, in seconds, before it fails."""


def at_once(*work: Callable[[], object]) -> None:
    """Run each function in a thread of its own, all at once, and raise the first error of any."""
    start = threading.Barrier(len(work), timeout=PATIENCE)
    errors: list[BaseException] = []

    def run(one: Callable[[], object]) -> None:
        try:
            start.wait()
            one()
        except BaseException as error:  # noqa: BLE001  # raised below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in work]
    with _changing_often():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    if errors:
        raise errors[0]
    if any(thread.is_alive() for thread in threads):
        raise TimeoutError(f"a thread did not end within {PATIENCE:.0f} s")


def while_others_work(look: Callable[[], object], *work: Callable[[], object]) -> None:
    """Run a function over and over in one thread while each of the others runs in one of its own."""
    left = [len(work)]
    lock = threading.Lock()

    def counted(one: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                one()
            finally:
                with lock:
                    left[0] -= 1

        return run

    def over_and_over() -> None:
        look()
        while left[0]:
            look()

    at_once(over_and_over, *map(counted, work))


@contextmanager
def _changing_often() -> Generator[None]:
    """Have the interpreter change threads often, so that what can come in between does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
