"""Through which live objects a store is reached, and what is taken for granted of code that is no task."""

from __future__ import annotations

import collections
import contextvars
import functools
import itertools
import logging
import queue
import threading
import types
import weakref
from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from keyrack import KeyRegistry, MemoryStore, NamespacedStore, Retry, StoreKey, Workflow
from keyrack.check._interpreter.reach import MANY, Reach
from keyrack.check.api import check

SHOP = MemoryStore()
PRICE = StoreKey("price", float)


class Keys(KeyRegistry):
    price: StoreKey[float]


def clear() -> None:
    SHOP.remove(PRICE)


def quiet() -> None:
    """Do nothing."""


def by_default(store: MemoryStore = SHOP) -> None:
    store.remove(PRICE)


def by_name(*, store: MemoryStore = SHOP) -> None:
    store.remove(PRICE)


def waiting(store: MemoryStore | None) -> Generator[int]:
    yield 1
    print(store)


def begun(store: MemoryStore | None) -> Generator[int]:
    generator = waiting(store)
    next(generator)
    return generator


class Slotted:
    __slots__ = ("store",)

    def __init__(self, store: MemoryStore | None) -> None:
        self.store = store


class Quiet:
    def go(self) -> None:
        """Do nothing."""


class Clearing:
    def go(self) -> None:
        SHOP.remove(PRICE)


class Inherits(Clearing):
    pass


class Calls(type):
    def __call__(cls) -> Any:
        SHOP.remove(PRICE)


class Made(metaclass=Calls):
    pass


class Mode(Enum):
    FAST = 1

    def go(self) -> None:
        SHOP.remove(PRICE)


class Plain(Enum):
    FAST = 1


@dataclass
class Row:
    number: int


def variable(value: Any) -> contextvars.ContextVar[Any]:
    return contextvars.ContextVar("variable", default=value)


def set_variable(value: Any) -> contextvars.ContextVar[Any]:
    made: contextvars.ContextVar[Any] = contextvars.ContextVar("variable")
    made.set(value)
    return made


def of_thread(value: Any) -> threading.local:
    made = threading.local()
    made.value = value
    return made


def queued(value: Any) -> queue.SimpleQueue[Any]:
    made: queue.SimpleQueue[Any] = queue.SimpleQueue()
    made.put(value)
    return made


COUNT = itertools.count()


def numbered(live: object) -> str:
    return f"{type(live).__name__}-{next(COUNT)}"


ANCHOR = Quiet()
WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "list": lambda one: [one],
    "dict": lambda one: {1: one},
    "nested": lambda one: {"deep": [({"er": one},)]},
    "deque": lambda one: collections.deque([one]),
    "chain map": lambda one: collections.ChainMap({1: one}),
    "namespace": lambda one: types.SimpleNamespace(one=one),
    "proxy": lambda one: types.MappingProxyType({1: one}),
    "partial": lambda one: functools.partial(print, one),
    "keyword": lambda one: functools.partial(dict[str, Any], key=one),
    "map": lambda one: map(print, [one]),
    "chain": lambda one: itertools.chain([1], [one]),
    "iterator": lambda one: iter([one]),
    "long list": lambda one: [*itertools.repeat(None, 1_000), one],
    "closure": lambda one: lambda: one,
    "weak dict": lambda one: weakref.WeakValueDictionary({1: one}),
    "weak reference": weakref.ref,
    "finalizer": lambda one: weakref.finalize(ANCHOR, id, one),
    "context variable": variable,
    "set context variable": set_variable,
    "thread": of_thread,
    "queue": queued,
    "slots": Slotted,
    "generator": begun,
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_a_store_is_reached_through_whatever_holds_it_and_what_holds_none_is_harmless(wrap: Any) -> None:
    kept = MemoryStore(), Quiet()

    assert Reach().reaches(wrap(kept[0]))
    assert not Reach().reaches(wrap(kept[1]))


@pytest.mark.parametrize(
    "live",
    [
        SHOP,
        NamespacedStore(SHOP, "tea"),
        Keys(SHOP),
        Keys(SHOP).price,
        clear,
        by_default,
        by_name,
        functools.cache(clear),
    ],
    ids=numbered,
)
def test_stores_and_functions_that_use_one_are_no_harmless_objects(live: object) -> None:
    assert Reach().reaches(live)


@pytest.mark.parametrize("live", [Clearing, Clearing(), Inherits, Inherits(), Made, Mode.FAST, Mode], ids=numbered)
def test_a_store_is_reached_through_the_methods_of_a_class(live: object) -> None:
    assert Reach().reaches(live)


@pytest.mark.parametrize(
    "live",
    [
        quiet,
        Quiet,
        Quiet(),
        Plain.FAST,
        Plain,
        Keys,
        PRICE,
        print,
        logging.getLogger("tea"),
        threading,
        threading.Lock(),
    ],
    ids=numbered,
)
def test_what_has_no_store_is_harmless(live: object) -> None:
    assert not Reach().reaches(live)


def test_rows_of_a_large_table_are_harmless_until_there_are_too_many_to_look_at() -> None:
    assert not Reach().reaches([Row(number) for number in range(10_000)])
    assert Reach().reaches([Row(number) for number in range(MANY)])


def test_an_object_in_which_a_task_puts_the_store_is_one_through_which_it_is_reached() -> None:
    reach, box, outer = Reach(), Quiet(), [Quiet()]
    outer.append(box)
    before = reach.reaches(box), reach.reaches(outer)

    reach.hold(box)

    assert before == (False, False)
    assert (reach.reaches(box), reach.reaches(outer), reach.is_holder(box)) == (True, True, True)


Stage = Enum("Stage", "QUOTE DONE")


async def quote(store: MemoryStore) -> Stage:
    store.put(PRICE, 9.5)
    return Stage.DONE


def decides(_: Exception) -> bool:
    return SHOP.contains_key(PRICE)


async def bill(store: MemoryStore) -> Stage:
    store.put(PRICE, 9.5)
    store.get(PRICE)
    return Stage.DONE


def run_from_text(text: str) -> Callable[[Any], bool]:
    """Make a function without a source."""
    made: dict[str, Any] = {"SHOP": SHOP, "PRICE": PRICE}
    exec(text, made)  # noqa: S102  # the point of it
    found: Callable[[Any], bool] = made["decides"]
    return found


def test_observers_and_conditions_of_retries_are_followed_as_tasks_are() -> None:
    observed = Workflow(Stage, SHOP, initial=Stage.QUOTE, observers=[lambda _: clear()])
    observed.register(Stage.QUOTE, bill).add_exit_states(Stage.DONE)
    asked = Workflow(Stage, SHOP, initial=Stage.QUOTE)
    asked.register(Stage.QUOTE, quote, retry=Retry.fixed(2, on=decides)).add_exit_states(Stage.DONE)

    [found] = check(observed)

    assert (found.code, found.severity) == ("KR104", "error")
    assert found.message.startswith("'price' is read in QUOTE after an observer removed it")
    assert found.help == "let no observer remove it, or give the key a default"
    assert check(asked).verdict == "proved"


def test_the_proof_rests_on_observers_that_cannot_be_followed_and_leave_the_store_alone() -> None:
    decides = run_from_text("def decides(_): return SHOP.contains_key(PRICE)")
    workflow = Workflow(Stage, SHOP, initial=Stage.QUOTE, observers=[decides])
    workflow.register(Stage.QUOTE, quote, retry=Retry.fixed(2, on=decides)).add_exit_states(Stage.DONE)
    plain = Workflow(Stage, initial=Stage.QUOTE, observers=[lambda _: quiet()])
    plain.register(Stage.QUOTE, quote, retry=Retry.fixed(2)).add_exit_states(Stage.DONE)

    said = [one.message for one in check(workflow).workflows[0].assumptions]

    assert said == ["observers leave the store alone", "what decides on a retry leaves the store alone"]
    assert not check(plain).workflows[0].assumptions
