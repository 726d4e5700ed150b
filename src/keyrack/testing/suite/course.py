"""Random courses of events, through the contract, against a dict."""

# ruff: noqa: D102, S101
# The name of a duty is its sentence, and a suite asserts.

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ...backends.spi import Backend, Entry, pinned
from .duties import Duties
from .payloads import LIST, OTHER, Found, entry, items, look, told

NAMES = ["a", "a%", "\U0001f388"]  # few, so that what happens to them meets
HELD = 12
"""How much of what was read is kept to be expected later."""

_a_name = st.sampled_from(NAMES)
_a_stamp = st.sampled_from([LIST, OTHER])
_some_numbers = st.lists(st.integers(0, 2), min_size=1, max_size=2)  # few, so that what was there comes again


class Course(Duties):
    """The duties of a backend in any order."""

    def test_it_agrees_with_a_dict_whatever_happens_in_whatever_order(self, place: Path) -> None:
        run_courses(self, lambda: BackendMachine(Places(self.make_backend, place)))


def run_courses(duties: Duties, machine: Callable[[], RuleBasedStateMachine]) -> None:
    """Run a machine as often as the class of duties says."""
    chosen = settings(
        max_examples=duties.examples,
        stateful_step_count=25,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(machine, settings=chosen)  # type: ignore[arg-type]  # its documentation says that a factory will do


class Places:
    """Makes backends, each in a new place of its own.

    Args:
        make: makes a backend in a place.
        parent: the folder for the places.
    """

    def __init__(self, make: Callable[[Path], Backend], parent: Path) -> None:
        self._make = make
        self._parent = parent
        self._place = parent

    def new(self) -> Backend:
        """Make a backend in a new place."""
        self._place = self._parent / f"{len(list(self._parent.iterdir()))}"
        self._place.mkdir()
        return self._make(self._place)

    def again(self) -> Backend:
        """Make another one in the same place."""
        return self._make(self._place)


class Held(NamedTuple):
    """What a read gave."""

    handle: int
    name: str
    entry: Entry | None
    told: Found
    change: int | None
    """Which change of the model made it what it was; None where nothing lay there."""


class BackendMachine(RuleBasedStateMachine):
    """Does things to a backend and to a dict.

    Args:
        places: makes the backend.
    """

    def __init__(self, places: Places) -> None:
        super().__init__()
        self.places = places
        self.handles: list[Backend] = [places.new()]
        self.model: dict[str, tuple[str, list[int]]] = {}
        self.changes: dict[str, int] = {}
        self.count: int = 0
        self.held: list[Held] = []
        self.holds_everything: bool = False

    @initialize(holds_everything=st.sampled_from([True, True, False]))
    def begin(self, holds_everything: bool) -> None:
        self.holds_everything = holds_everything
        if self.handles[0].shared_between_processes:
            self.handles.append(self.places.again())

    @rule(data=st.data(), name=_a_name, numbers=_some_numbers, stamp=_a_stamp)
    def write_anything(self, data: st.DataObject, name: str, numbers: list[int], stamp: str) -> None:
        self.write(data, name, numbers, stamp)

    def write(self, data: st.DataObject, name: str, numbers: list[int], stamp: str) -> None:
        _, backend = self.a_handle(data)
        backend.write(name, entry(backend, *numbers, stamp=stamp))
        self.now(name, (stamp, numbers))

    @rule(data=st.data())
    def write_what_is_there(self, data: st.DataObject) -> None:
        if self.model:
            name = data.draw(st.sampled_from(sorted(self.model)))
            stamp, numbers = self.model[name]
            self.write(data, name, list(numbers), stamp)

    @rule(data=st.data(), name=_a_name, numbers=_some_numbers, stamp=_a_stamp, more=_some_numbers)
    def append(self, data: st.DataObject, name: str, numbers: list[int], stamp: str, more: list[int]) -> None:
        _, backend = self.a_handle(data)
        fits = name not in self.model or self.model[name][0] == stamp

        start = entry(backend, *more, *numbers, stamp=stamp)
        assert backend.append(name, start, items(backend, *numbers)) is fits

        if fits:
            self.now(name, (stamp, self.model[name][1] + numbers if name in self.model else more + numbers))

    @rule(data=st.data(), names=st.lists(_a_name, min_size=1, max_size=3, unique=True))
    def read_and_hold(self, data: st.DataObject, names: list[str]) -> None:
        self.hold(data.draw(st.sampled_from(range(len(self.handles)))), names)

    def hold(self, number: int, names: list[str]) -> None:
        backend = self.handles[number]
        found = backend.exclusively(lambda: pinned(backend, names))
        for name, one in zip(names, found, strict=True):
            self.held.append(Held(number, name, one, told(one), self.changes.get(name)))
        del self.held[:-HELD]

    @rule(data=st.data(), names=st.lists(_a_name, min_size=1, max_size=3, unique=True))
    def commit(self, data: st.DataObject, names: list[str]) -> None:
        number, backend = self.a_handle(data)
        known = [held for held in self.held if held.handle == number]
        chosen = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3)) if known else []
        expected = {held.name: held for held in chosen}
        changes = {name: data.draw(st.none() | st.tuples(_a_stamp, _some_numbers)) for name in names}
        holds = all(self.changes.get(name) == held.change for name, held in expected.items())

        committed = backend.commit(
            {name: held.entry for name, held in expected.items()},
            {name: new and entry(backend, *new[1], stamp=new[0]) for name, new in changes.items()},
        )

        assert committed is holds
        for name, new in changes.items() if committed else ():
            self.now(name, new)

    @rule(name=_a_name)
    def remove(self, name: str) -> None:
        assert self.handles[0].commit({}, {name: None})
        self.now(name, None)

    @rule(data=st.data())
    def open_again(self, data: st.DataObject) -> None:
        number, backend = self.a_handle(data)
        if backend.persistent:
            backend.close()
            self.handles[number] = self.places.again()
            self.held = [held for held in self.held if held.handle != number]

    @invariant()
    def every_handle_agrees_with_the_dict(self) -> None:
        for backend in self.handles:
            assert look(backend, *NAMES) == [self.model.get(name) for name in NAMES]
            assert backend.names("") == sorted(self.model)
            assert backend.names("a") == sorted(name for name in self.model if name.startswith("a"))

    @invariant()
    def what_is_held_has_not_changed(self) -> None:
        for held in self.held:
            assert told(held.entry) == held.told
        if self.holds_everything:  # where it does not, lists may grow in place
            for number in range(len(self.handles)):
                self.hold(number, NAMES)

    def teardown(self) -> None:
        for backend in self.handles:
            backend.close()

    def a_handle(self, data: st.DataObject) -> tuple[int, Backend]:
        number = data.draw(st.sampled_from(range(len(self.handles)))) if len(self.handles) > 1 else 0
        return number, self.handles[number]

    def now(self, name: str, value: Any) -> None:
        """Note a change."""
        self.count += 1
        if value is None:
            self.model.pop(name, None)
            self.changes.pop(name, None)
        else:
            self.model[name] = value
            self.changes[name] = self.count
