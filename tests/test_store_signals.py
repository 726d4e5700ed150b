"""What a signal handler does, or raises, in the middle of a verb; the same goes for finalizers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.kinds import COUNT, KINDS, NUMBERS, TABLE
from tests.signals import ROUNDS, needs_signals, signalled, stop

from keyrack.errors import LockError
from keyrack.stores import SQLiteStore

if TYPE_CHECKING:
    from keyrack.store import KeyValueStore

pytestmark = needs_signals
each_kind = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "a third party's"])


def run_out_of_time() -> None:
    raise TimeoutError("of the caller")


VERBS: dict[str, Callable[[KeyValueStore, int], object]] = {
    "get": lambda store, _: store.get(COUNT),
    "get of a list": lambda store, _: store.get(NUMBERS),
    "get with a default": lambda store, _: store.get(TABLE, None),
    "get_shared": lambda store, _: store.get_shared(NUMBERS),
    "put": lambda store, number: store.put(COUNT, number),
    "append": lambda store, number: store.append(NUMBERS, number),
}


@each_kind
@pytest.mark.parametrize("verb", VERBS)
def test_what_a_signal_handler_raises_is_not_swallowed(kind: str, verb: str) -> None:
    store = KINDS[kind]()
    store.put_many(COUNT.to(0), NUMBERS.to([0]))

    raised = signalled(lambda number: VERBS[verb](store, number), run_out_of_time)

    assert raised == ROUNDS


@each_kind
@pytest.mark.parametrize("handler", [stop, run_out_of_time], ids=["an interrupt", "an error"])
@pytest.mark.parametrize("shared", [False, True], ids=["", "shared each time"])
def test_an_append_that_is_interrupted_is_made_once_or_not_at_all(
    kind: str, handler: Callable[[], None], *, shared: bool
) -> None:
    store = KINDS[kind]()
    acknowledged: list[int] = []

    def work(number: int) -> None:
        store.append(NUMBERS, number)
        acknowledged.append(number)
        if shared:
            store.get_shared(NUMBERS)

    signalled(work, handler)

    found = store.get(NUMBERS)
    assert found == sorted(set(found))
    assert set(acknowledged) <= set(found)


@each_kind
def test_an_interrupted_transaction_is_made_whole_or_not_at_all(kind: str) -> None:
    store = KINDS[kind]()
    store.put_many(COUNT.to(0), NUMBERS.to([]), TABLE.to({}))
    torn: list[tuple[int, list[int]]] = []

    def work(number: int) -> None:
        def both(inside: KeyValueStore) -> None:
            inside.put(COUNT, number)
            inside.put(NUMBERS, [number])

        store.transact(both)

    def check() -> None:
        count, numbers = store.get_many(COUNT, NUMBERS)
        if numbers != [count]:
            torn.append((count, numbers))

    work(0)
    signalled(work, stop, check=check)

    assert torn == []


@each_kind
def test_a_signal_handler_that_reads_never_misses_a_key(kind: str) -> None:
    store = KINDS[kind]()
    store.put_many(COUNT.to(0), NUMBERS.to([0]))
    missed: list[str] = []

    def read() -> None:
        try:
            if store.get(COUNT, None) is None:
                missed.append("get")
            if not store.contains_key(NUMBERS):
                missed.append("contains_key")
        except LockError:
            pass  # it came at a bad moment, and was told so

    signalled(lambda number: store.put_many(COUNT.to(number), NUMBERS.to([number])), read)

    assert missed == []


@each_kind
def test_what_a_signal_handler_appends_is_kept_or_refused(kind: str) -> None:
    store = KINDS[kind]()
    store.put(NUMBERS, [])
    accepted: list[int] = []

    def note() -> None:
        try:
            store.append(NUMBERS, -len(accepted) - 1)
        except LockError:
            return  # it came at a bad moment, and was told so
        accepted.append(-len(accepted) - 1)

    def work(number: int) -> None:
        store.update(NUMBERS, lambda numbers: [*(one for one in numbers if one < 0), number])

    signalled(work, note)

    assert [number for number in store.get(NUMBERS) if number < 0] == accepted


@pytest.mark.parametrize("verb", VERBS)
def test_an_interrupt_in_a_database_in_memory_leaves_it_to_other_threads(verb: str) -> None:
    store = SQLiteStore(":memory:", lock_timeout=0.01)
    store.put_many(COUNT.to(0), NUMBERS.to([0]))

    signalled(lambda number: VERBS[verb](store, number), stop)

    with ThreadPoolExecutor(1) as another:
        another.submit(store.update, COUNT, lambda count: count).result()
