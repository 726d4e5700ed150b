"""Forking, for what does not survive it on its own: handles of a C library that other threads may be inside of.

How it works: a child has the memory of its parent and one of its threads. A lock that another thread held stays locked
in it for ever, and what that thread was changing stays half-changed. So before a fork every handle's lock is taken,
which leaves no thread inside the library; afterwards the parent gives them back, and the child tells each handle to
let go of what belongs to the parent. A thread that keeps its handle for long, as within a transaction, is not waited
for without end: its handle is told that it came over unclean.

Knows nothing of what the handles are for.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    from threading import RLock

PATIENCE: float = 5.0
"""How long a fork waits for threads that are using a handle, in seconds."""


class Handle(Protocol):
    """What has to be left alone while the process forks."""

    lock: RLock
    """Held by whoever uses the handle."""

    def came_over(self, *, clean: bool) -> None:
        """Say in the child that it is the parent's; *clean* where no thread was using it."""
        ...


class Owner(Protocol):
    """What gives out handles."""

    def forget(self) -> None:
        """Start over in the child, without the handles that came over."""
        ...


_handles: WeakSet[Handle] = WeakSet()
_owners: WeakSet[Owner] = WeakSet()
_gate = threading.RLock()
"""Held while the sets above change, and while the process forks."""
_taken: list[tuple[Handle, bool]] = []
"""The handles while the process forks, and whether the lock of each was got."""


def guard(handle: Handle) -> None:
    """Have a handle left alone by other threads when the process forks, as long as it lives."""
    with _gate:
        _handles.add(handle)


def tell(owner: Owner) -> None:
    """Have an owner told in the child, as long as it lives."""
    with _gate:
        _owners.add(owner)


def _before() -> None:
    _gate.acquire()
    deadline = monotonic() + PATIENCE
    for handle in list(_handles):
        got = handle.lock.acquire(timeout=max(0.0, deadline - monotonic()))
        _taken.append((handle, got))  # one by one: an interrupt must not lose what is locked


def _after_in_parent() -> None:
    for handle, got in _taken:
        if got:
            handle.lock.release()
    _taken.clear()
    _gate.release()


def _after_in_child() -> None:
    for handle, got in _taken:
        with suppress(Exception):  # the child has to go on with the others
            handle.came_over(clean=got)
        if got:
            handle.lock.release()
    _taken.clear()
    for owner in list(_owners):
        owner.forget()
    _gate.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
