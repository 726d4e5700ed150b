"""Duties towards processes: they lose nothing of each other's, and a killed one leaves nothing half-done or locked.

Other processes are started afresh (``spawn``), import the class of the suite, and make a backend of their own.
"""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

import inspect
import multiprocessing
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import pytest

from .at_once import PATIENCE
from .duties import Duties, skip_unless
from .payloads import entry, items, look, there
from .reopening import NOT_PERSISTENT, NOT_SHARED
from .threads import increment

if TYPE_CHECKING:
    from ...backends.spi import Backend

PROCESSES = 2
ROUNDS = 100
PAIR = ["left", "right"]

# The two ends differ on some systems, not in what they do here.
Line: TypeAlias = "Connection[Any, Any]"


class Processes(Duties):
    """Duties towards processes."""

    def test_processes_that_write_at_once_lose_nothing_and_show_no_half(self, backend: Backend, place: Path) -> None:
        skip_unless(backend.shared_between_processes, backend, NOT_SHARED)
        assert backend.commit({}, {name: entry(backend, 0) for name in PAIR})

        with _children(type(self), place, *range(PROCESSES)) as children:
            for _, line in children:
                line.send("go")
            while not all(line.poll() for _, line in children):
                found = look(backend, *PAIR)
                assert found[0] == found[1], f"a reader saw a half of a commit: {found}"
            assert [_receive(child) for child in children] == ["done"] * PROCESSES

        assert look(backend, *PAIR) == [there(PROCESSES * ROUNDS)] * 2
        (appended,) = look(backend, "list")
        assert appended is not None
        assert sorted(appended[1]) == list(range(PROCESSES * ROUNDS))

    def test_what_was_acknowledged_outlives_a_killed_process(self, opener: Any, place: Path) -> None:
        backend: Backend = opener()
        skip_unless(backend.persistent, backend, NOT_PERSISTENT)
        if not backend.shared_between_processes:
            backend.close()

        with _children(type(self), place, None) as (child,):
            acknowledged = [_receive(child) for _ in range(ROUNDS)]
            child[0].kill()
            child[0].join(PATIENCE)
            acknowledged += _what_is_left(child[1])

        reopened = opener()
        (found,) = look(reopened, "list")
        assert found is not None
        assert found[1] in (acknowledged, [*acknowledged, len(acknowledged)])
        left, right = look(reopened, *PAIR)
        assert left == right, f"half a commit was left: {left}, {right}"

    def test_a_process_that_is_killed_while_it_runs_exclusively_keeps_nobody_waiting(
        self, backend: Backend, place: Path
    ) -> None:
        skip_unless(backend.shared_between_processes, backend, NOT_SHARED)
        backend.write("one", entry(backend, 1))

        with _children(type(self), place, -1) as (child,):
            assert _receive(child) == "inside"
            child[0].kill()
            child[0].join(PATIENCE)

        assert backend.append("one", entry(backend, 2), items(backend, 2))
        assert look(backend, "one") == [there(1, 2)]


class Source(NamedTuple):
    """Where a class of duties is written, so that another process finds it."""

    module: str
    file: str
    name: str

    @classmethod
    def of(cls, suite: type[Duties]) -> Source:
        """Say where a class is written."""
        return cls(suite.__module__, inspect.getfile(suite), suite.__qualname__)

    def load(self) -> type[Duties]:
        """Give the class; pytest may have loaded its file in a way that a plain import would not find."""
        try:
            module = import_module(self.module)
        except ModuleNotFoundError:
            spec = spec_from_file_location(self.module, self.file)
            assert spec is not None
            assert spec.loader is not None
            module = sys.modules[self.module] = module_from_spec(spec)
            spec.loader.exec_module(module)
        return cast("type[Duties]", attrgetter(self.name)(module))


# --- in this process ------------------------------------------------------------------------------

Child: TypeAlias = tuple[BaseProcess, Line]


@contextmanager
def _children(suite: type[Duties], place: Path, *tasks: int | None) -> Generator[list[Child]]:
    """Give processes that have a backend open, each with a task, and end them."""
    context = multiprocessing.get_context("spawn")
    children: list[Child] = []
    child: BaseProcess
    try:
        for task in tasks:
            ours, theirs = context.Pipe()
            child = context.Process(target=_work, args=(Source.of(suite), place, task, theirs), daemon=True)
            child.start()
            theirs.close()
            children.append((child, ours))
        for one in children:
            assert _receive(one) == "open"
        yield children
    finally:
        for child, line in children:
            child.kill()
            child.join(PATIENCE)
            child.close()
            line.close()


def _receive(child: Child) -> Any:
    process, line = child
    if not line.poll(PATIENCE):
        pytest.fail(f"another process said nothing for {PATIENCE:.0f} s")
    try:
        return line.recv()
    except EOFError:
        process.join(PATIENCE)
        pytest.fail(f"another process ended with exit code {process.exitcode}; see what it wrote to stderr")


def _what_is_left(line: Line) -> list[Any]:
    """Give what a process that is dead has said last; its last message may be cut off."""
    said: list[Any] = []
    while True:
        try:
            if not line.poll():
                return said
            said.append(line.recv())
        except (EOFError, OSError):
            return said


# --- in the other processes -----------------------------------------------------------------------


def _work(source: Source, place: Path, task: int | None, line: Line) -> None:
    backend = source.load()().make_backend(place)
    line.send("open")
    if task is None:
        _append_without_end(backend, line)
    elif task < 0:
        backend.exclusively(lambda: _stay_inside(backend, line))
    else:
        line.recv()
        _write_much(backend, task)
        line.send("done")
    backend.close()


def _append_without_end(backend: Backend, line: Line) -> None:
    number = 0
    while True:
        backend.append("list", entry(backend, number), items(backend, number))
        line.send(number)
        backend.commit({}, {name: entry(backend, number) for name in PAIR})
        number += 1


def _stay_inside(backend: Backend, line: Line) -> None:
    backend.read(["one"])
    line.send("inside")
    line.recv()  # which never comes


def _write_much(backend: Backend, writer: int) -> None:
    for number in range(writer, PROCESSES * ROUNDS, PROCESSES):
        assert backend.append("list", entry(backend, number), items(backend, number))
        increment(backend, *PAIR)
