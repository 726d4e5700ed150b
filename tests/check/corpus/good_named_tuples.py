"""What a named tuple says is known by its names, and keys are told from each other where they are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, NamedTuple

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "LOAD READ DONE")


class Keys(KeyRegistry):
    coin: StoreKey[bool] = StoreKey(default=True)
    loaded: StoreKey[int]
    matched: StoreKey[int]
    first: StoreKey[int]
    handled: StoreKey[int]


class Own(KeyRegistry):
    one: StoreKey[int]
    two: StoreKey[int]
    several: KeyFamily[int, int]


class Result(NamedTuple):
    is_good: bool
    error: str = ""

    @property
    def is_bad(self) -> bool:
        return not self.is_good


SKIPPED = {Own.two}
HANDLERS: defaultdict[str, list[Callable[[MemoryStore], Any]]] = defaultdict(list)
HANDLERS["load"].append(lambda store: store.put(Keys.handled, 1))


def load(store: MemoryStore, key: StoreKey[int]) -> Result:
    if not store.get(Keys.coin):
        return Result(is_good=False, error="no")
    store.put(key, 1)
    return Result(True)


def run(store: MemoryStore) -> Literal[Stage.READ, Stage.DONE]:
    result = load(store, Keys.loaded)
    if result.is_bad:
        return Stage.DONE
    print(store.get(Keys.loaded))
    match load(store, Keys.matched):
        case Result(is_good=True):
            print(store.get(Keys.matched))
        case _:
            return Stage.DONE
    is_good, _ = load(store, Keys.first)
    if not is_good:
        return Stage.DONE
    for handle in HANDLERS["load"]:
        handle(store)
    for key in Own:
        if not isinstance(key, StoreKey) or key is Own.two or key in SKIPPED:
            continue
        store.put(key, 1)
    return Stage.READ


def read(store: MemoryStore) -> Literal[Stage.DONE]:
    print(store.get(Keys.first), store.get(Keys.handled), store.get(Own.one), store.get(Keys.matched))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.LOAD).register(Stage.LOAD, run).register(Stage.READ, read).add_exit_states(Stage.DONE)
)
