"""A child that is forked has a copy of what lies in memory, and nobody to wait for."""

from __future__ import annotations

import os

import pytest
from tests.backends.faults import program

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

BESIDE = """
    import threading
    from keyrack.backends.memory import MemoryBackend
    from keyrack.backends.spi import Entry

    backend = MemoryBackend(lock_timeout=0.01)
    old, new = Entry(1, int), Entry(2, int)
    backend.write("a", old)
    inside, go_on = threading.Event(), threading.Event()

    def pause():
        inside.set()
        go_on.wait(60)

    class Changes(dict):
        def items(self):   # called when what was there is out
            pause()
            return super().items()

    def in_child(work, meanwhile):
        "Run a function in a child that is forked while another thread is in the middle of something."
        thread = threading.Thread(target=meanwhile)
        thread.start()
        inside.wait()
        child = os.fork()
        if not child:
            signal.alarm(60)
            os._exit(0 if work() else 1)
        go_on.set()
        thread.join()
        return os.waitpid(child, 0)[1]
"""


def test_a_child_does_not_wait_for_a_thread_of_its_parent() -> None:
    held = "print(in_child(lambda: backend.commit({}, {'a': new}), lambda: backend.exclusively(pause)))"

    assert program(BESIDE + "\n    " + held) == "0\n"


def test_a_child_finds_what_another_thread_was_replacing_at_the_fork() -> None:
    replaced = "print(in_child(lambda: backend.read(['a'])[0] is old, lambda: backend.commit({}, Changes(a=new))))"
    after = "print(backend.read(['a'])[0] is new)"

    assert program(BESIDE + "\n    " + replaced + "\n    " + after) == "0\nTrue\n"


WITHIN = """
    from keyrack.backends.memory import MemoryBackend
    from keyrack.backends.spi import Entry

    backend = MemoryBackend(lock_timeout=0.01)

    def leave():
        child = os.fork()
        backend.commit({}, {"a": Entry(1, int)})
        return child

    child = backend.exclusively(leave)
    if not child:
        backend.exclusively(lambda: None)
        os._exit(len(backend.names("")))
    print(os.waitpid(child, 0)[1] >> 8)
"""


def test_a_child_that_is_forked_within_a_verb_goes_on_in_it() -> None:
    assert program(WITHIN) == "1\n"
