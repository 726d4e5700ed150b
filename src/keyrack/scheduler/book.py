"""The records of jobs in a store: read, and changed one step at a time, whoever else changes them.

How it works: a step is a pure function of the record that is there (see `record`); what it gives is put in its place
by ``compare_and_set``, and where another writer was quicker, the step is taken again from what that one has written.
Where verbs of the store may wait for a disk or a network, they run in a thread, and who waits for one is not cancelled
before it is over: so nobody can be left with a claim and not know of it. What records mean, this file must not know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from ..errors import LockError
from ..keys.key import ABSENT, StoreKey
from ..stores import NamespacedStore
from .record import JobRecord, Step

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..store import KeyValueStore

R = TypeVar("R")

NAMESPACE: Final = "keyrack.scheduler"
"""Where schedulers keep their records in a store, each under its own name."""

_TRIES: Final = 1000


class Book:
    """The records of the jobs of a scheduler.

    Args:
        store: where they are kept.
        name: the name of the scheduler; those of one name share their records.
    """

    def __init__(self, store: KeyValueStore, name: str) -> None:
        self._store: KeyValueStore = NamespacedStore(NamespacedStore(store, NAMESPACE), name)
        self._keys: dict[str, StoreKey[JobRecord]] = {}
        self.blocks: bool = store.backend.blocking
        """Whether verbs of the store run in threads."""
        self.keeps_to_itself: bool = not (store.backend.persistent or store.backend.shared_between_processes)
        """Whether the records end with the process, and no other one sees them."""

    def read(self, job: str) -> JobRecord | None:
        """Give the record of a job; None where there is none."""
        return self._store.get(self._key(job), None)

    async def change(
        self, job: str, step: Callable[[JobRecord | None], Step], *, executor: Executor | None = None
    ) -> Step:
        """Take a step from the record of a job to the next one, and give it; is never cut short by a cancellation.

        Args:
            executor: where verbs of the store run that may wait; the threads of the event loop if not given.

        Raises:
            StoreError: the store refuses.
        """
        if not self.blocks:
            return self._changed(self._key(job), step)
        return await _undisturbed(executor, lambda: self._changed(self._key(job), step))

    def _key(self, job: str) -> StoreKey[JobRecord]:
        key = self._keys.get(job)  # a key costs more to make than to use
        if key is None:
            key = self._keys[job] = StoreKey(job, JobRecord)
        return key

    def _changed(self, key: StoreKey[JobRecord], step: Callable[[JobRecord | None], Step]) -> Step:
        for _ in range(_TRIES):
            found = self._store.get(key, None)
            taken = step(found)
            if taken.record is None or taken.record == found:
                return taken
            if self._store.compare_and_set(key, ABSENT if found is None else found, taken.record):
                return taken
        reason = f"another writer was quicker each of {_TRIES:,} times"
        raise LockError(store=self._store.label, waited=0.0, reason=reason)


async def _undisturbed(executor: Executor | None, function: Callable[[], R]) -> R:
    """Call *function* in a thread, and wait until it is over whatever comes: who waits looks at ``cancelling()``."""
    future = asyncio.get_running_loop().run_in_executor(executor, function)
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            continue
    return future.result()
