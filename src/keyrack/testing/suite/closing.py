"""Duties of `close`: every verb is refused after it, by keyrack's own error, and it may be called again."""

# ruff: noqa: D102, PLR2004, S101
# The name of a duty is its sentence, its numbers are its point, and a suite asserts.

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from ...errors import StoreClosedError
from ...keys.key import StoreKey
from ...store import KeyValueStore
from .at_once import at_once
from .duties import Duties
from .payloads import entry, items, look

if TYPE_CHECKING:
    from ...backends.spi import Backend

VERBS: dict[str, Callable[[Backend], object]] = {
    "read": lambda backend: backend.read(["one"]),
    "read of what is not there": lambda backend: backend.read(["nothing"]),
    "read of several": lambda backend: backend.read(["one", "nothing"]),
    "read of none": lambda backend: backend.read([]),
    "write": lambda backend: backend.write("one", entry(backend, 1)),
    "append": lambda backend: backend.append("one", entry(backend, 1), items(backend, 1)),
    "append to nothing": lambda backend: backend.append("new", entry(backend, 1), items(backend, 1)),
    "commit": lambda backend: backend.commit({}, {"one": entry(backend, 1)}),
    "commit of nothing": lambda backend: backend.commit({}, {}),
    "commit on a condition": lambda backend: backend.commit({"nothing": None}, {}),
    "names": lambda backend: backend.names(""),
    "exclusively": lambda backend: backend.exclusively(lambda: None),
}


class Closing(Duties):
    """Duties of closing."""

    @pytest.mark.parametrize("verb", VERBS)
    def test_every_verb_is_refused_after_close(self, backend: Backend, verb: str) -> None:
        backend.write("one", entry(backend, 1))

        backend.close()

        with pytest.raises(StoreClosedError):
            VERBS[verb](backend)

    def test_what_was_to_run_exclusively_does_not_run_after_close(self, backend: Backend) -> None:
        ran: list[int] = []
        backend.close()

        with pytest.raises(StoreClosedError):
            backend.exclusively(lambda: ran.append(1))

        assert ran == []

    def test_a_store_on_it_is_closed_with_it(self, backend: Backend) -> None:
        count = StoreKey("count", int)
        with KeyValueStore(backend) as store:
            store.put(count, 1)

        with pytest.raises(StoreClosedError):
            store.get(count)
        with pytest.raises(StoreClosedError):
            store.put(count, 2)

    def test_a_second_close_does_nothing(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))

        backend.close()
        backend.close()

        with pytest.raises(StoreClosedError):
            backend.read(["one"])

    def test_what_it_says_of_itself_can_be_read_after_close(self, backend: Backend) -> None:
        before = backend.label, backend.persistent, backend.holds_objects, backend.max_value_bytes
        backend.close()

        assert (backend.label, backend.persistent, backend.holds_objects, backend.max_value_bytes) == before

    def test_close_by_one_thread_refuses_the_others(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        refused: list[StoreClosedError] = []

        def use() -> None:
            look(backend, "one")
            is_used.wait()
            is_closed.wait()
            with pytest.raises(StoreClosedError) as caught:
                backend.read(["one"])
            refused.append(caught.value)

        def close() -> None:
            is_used.wait()
            backend.close()
            is_closed.wait()

        is_used, is_closed = threading.Barrier(3, timeout=30), threading.Barrier(3, timeout=30)
        at_once(use, use, close)

        assert len(refused) == 2

    def test_close_while_others_work_raises_nothing_else_in_them(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        are_busy = threading.Barrier(4, timeout=30)

        def work_until_closed(verb: Callable[[Backend], object]) -> Callable[[], None]:
            def work() -> None:
                verb(backend)
                are_busy.wait()
                with pytest.raises(StoreClosedError):
                    deque(map(verb, repeat(backend)), maxlen=0)  # over and over

            return work

        def close() -> None:
            are_busy.wait()
            backend.close()

        at_once(close, *(work_until_closed(VERBS[verb]) for verb in ("read of several", "write", "append")))
