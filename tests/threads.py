"""Work for many threads at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial

THREADS = 64
ROUNDS = 20 if os.environ.get("KEYRACK_SOAK") == "1" else 1


def at_once(*work: Callable[[], object]) -> None:
    """Run each function in a thread of its own, all at once, and raise the first error of any."""
    start = threading.Barrier(len(work), timeout=60)
    errors: list[BaseException] = []

    def run(one: Callable[[], object]) -> None:
        try:
            start.wait()
            one()
        except BaseException as error:  # noqa: BLE001  # raised below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def numbered(work: Callable[[int], object], threads: int = THREADS) -> list[Callable[[], object]]:
    """The same work, told which thread it is, for a number of threads."""
    return [partial(work, number) for number in range(threads)]


class Until:
    """Lets readers go on as long as there are writers."""

    def __init__(self, writers: int) -> None:
        self._left = writers
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return self._left > 0

    def writing(self, work: Callable[[int], object]) -> Callable[[int], object]:
        def counted(number: int) -> None:
            try:
                work(number)
            finally:
                with self._lock:
                    self._left -= 1

        return counted

    def reading(self, read: Callable[[], object]) -> Callable[[int], None]:
        def over_and_over(_: int) -> None:
            read()
            while self:
                read()

        return over_and_over
