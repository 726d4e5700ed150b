"""Duties of `exclusively`: the same thread gets in again, others do after, and what comes in between is noticed."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

import threading
from typing import NoReturn

import pytest

from ...backends.spi import Backend, pinned
from .at_once import PATIENCE, at_once
from .duties import Duties
from .payloads import entry, items, look, there


class GivenUpError(Exception):
    """Raised by what runs exclusively."""


class Exclusive(Duties):
    """Duties of running exclusively."""

    def test_exclusively_gives_what_the_function_gives(self, backend: Backend) -> None:
        given = object()

        assert backend.exclusively(lambda: given) is given

    def test_the_same_thread_may_run_exclusively_inside(self, backend: Backend) -> None:
        def outer() -> str:
            backend.write("one", entry(backend, 1))
            return backend.exclusively(inner)

        def inner() -> str:
            assert backend.append("one", entry(backend, 2), items(backend, 2))
            (found,) = backend.exclusively(lambda: pinned(backend, ["one"]))
            assert backend.commit({"one": found}, {"two": entry(backend, 3)})
            return f"{backend.names('')} {look(backend, 'one')}"

        assert backend.exclusively(outer) == f"['one', 'two'] {[there(1, 2)]}"
        assert look(backend, "one", "two") == [there(1, 2), there(3)]

    @pytest.mark.parametrize("error", [GivenUpError, LookupError, KeyboardInterrupt, SystemExit])
    def test_what_the_function_raises_goes_to_the_caller_as_it_is(
        self, backend: Backend, error: type[BaseException]
    ) -> None:
        raised = error("as it is")

        def fail() -> NoReturn:
            raise raised

        with pytest.raises(error) as caught:
            backend.exclusively(lambda: backend.exclusively(fail))

        assert caught.value is raised

    @pytest.mark.parametrize("error", [GivenUpError, KeyboardInterrupt])
    def test_others_are_let_in_after_an_error(self, backend: Backend, error: type[BaseException]) -> None:
        def fail() -> NoReturn:
            raise error

        with pytest.raises(error):
            backend.exclusively(lambda: backend.exclusively(fail))
        at_once(lambda: backend.commit({}, {"one": entry(backend, 1)}))

        assert look(backend, "one") == [there(1)]

    def test_an_error_inside_does_not_end_what_is_outside(self, backend: Backend) -> None:
        def outer() -> None:
            backend.write("one", entry(backend, 1))
            with pytest.raises(GivenUpError):
                backend.exclusively(fail)
            assert backend.append("one", entry(backend, 2), items(backend, 2))

        def fail() -> NoReturn:
            raise GivenUpError

        backend.exclusively(outer)

        assert look(backend, "one") == [there(1, 2)]

    def test_what_was_written_inside_stays_when_the_function_raises(self, backend: Backend) -> None:
        def work() -> NoReturn:
            backend.write("one", entry(backend, 1))
            assert backend.append("one", entry(backend, 2), items(backend, 2))
            raise GivenUpError

        with pytest.raises(GivenUpError):
            backend.exclusively(work)

        assert look(backend, "one") == [there(1, 2)]

    @pytest.mark.parametrize("verb", ["write", "append", "commit"])
    def test_another_writer_waits_or_spoils_the_commit(self, backend: Backend, verb: str) -> None:
        backend.write("one", entry(backend, 1))
        has_written = threading.Event()

        def write() -> None:
            if verb == "write":
                backend.write("one", entry(backend, 2))
            elif verb == "append":
                assert backend.append("one", entry(backend, 2), items(backend, 2))
            else:
                assert backend.commit({}, {"one": entry(backend, 2)})
            has_written.set()

        other = threading.Thread(target=write, daemon=True)

        def work() -> tuple[bool, bool]:
            found = pinned(backend, ["one"])
            other.start()
            came_in_between = has_written.wait(0.05)
            return came_in_between, backend.commit({"one": found[0]}, {"one": entry(backend, 3)})

        came_in_between, committed = backend.exclusively(work)
        other.join(PATIENCE)

        assert has_written.is_set()
        assert not (came_in_between and committed)
        (last,) = look(backend, "one")
        assert last in ([there(1, 2), there(3, 2)] if verb == "append" else [there(2)])

    def test_a_reader_of_another_thread_sees_the_one_or_the_other(self, backend: Backend) -> None:
        backend.write("one", entry(backend, 1))
        seen: list[object] = []
        other = threading.Thread(target=lambda: seen.append(look(backend, "one")[0]), daemon=True)

        def work() -> None:
            backend.write("one", entry(backend, 2))
            other.start()
            other.join(0.05)

        backend.exclusively(work)
        other.join(PATIENCE)

        assert seen in ([there(1)], [there(2)])
        assert look(backend, "one") == [there(2)]
