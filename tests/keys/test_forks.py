"""A child that is forked while a thread of its parent makes a schema makes its own, and waits for nobody."""

from __future__ import annotations

import os

import pytest
from tests.backends.faults import program

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

BESIDE = """
    import threading
    from pydantic_core import core_schema
    from keyrack import MemoryStore, StoreKey

    inside, go_on = threading.Event(), threading.Event()

    class Slow:
        @classmethod
        def __get_pydantic_core_schema__(cls, source, handler):
            inside.set()
            go_on.wait(60)
            return core_schema.is_instance_schema(cls)

    def used(form, value):
        store, key = MemoryStore(), StoreKey("key", form)
        store.put(key, value)
        return store.get(key)

    thread = threading.Thread(target=used, args=(Slow, Slow()))
    thread.start()
    inside.wait()
    child = os.fork()
    if not child:
        signal.alarm(60)
        os._exit(0 if used(list[int], [1]) == [1] else 1)
    go_on.set()
    thread.join()
    print(os.waitpid(child, 0)[1])
"""


def test_a_child_does_not_wait_for_a_schema_that_a_thread_of_its_parent_was_making() -> None:
    assert program(BESIDE) == "0\n"
