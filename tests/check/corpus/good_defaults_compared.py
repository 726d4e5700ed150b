"""What a key is read as is compared with the default at once, or later with one that stands for nothing but itself."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

from keyrack import ABSENT, KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "COUNT READ DONE")


class Keys(KeyRegistry):
    coin: StoreKey[bool] = StoreKey(default=False)
    count: StoreKey[int]
    items: StoreKey[list[int]]
    status: StoreKey[str]
    done: KeyFamily[str, int]


class Missing(Enum):
    MISSING = 0


NOTHING: Final = object()


def count(store: MemoryStore) -> Literal[Stage.READ, Stage.DONE]:
    if store.get(Keys.coin):
        store.put(Keys.status, "seen")
        store.put(Keys.items, [1])
    if store.get(Keys.status, NOTHING) is NOTHING or store.get(Keys.status, ABSENT) == ABSENT:
        store.put(Keys.status, "new")
    if not store.get(Keys.items, []):
        store.put(Keys.items, [])
    status = store.get(Keys.status, Missing.MISSING)
    if status is Missing.MISSING:
        return Stage.DONE
    if store.get(Keys.done[status], 0):
        print(store.get(Keys.done[status]))
    if (before := store.get(Keys.count, 0)) <= 0:
        store.put(Keys.count, before + 1)
    return Stage.READ


def read(store: MemoryStore) -> Literal[Stage.DONE]:
    print(store.get(Keys.count), store.get(Keys.items), store.get(Keys.status))
    if len(store.get(Keys.items, [])) == 0 or store.get(Keys.count, -1) < 0:
        return Stage.DONE
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.COUNT)
    .register(Stage.COUNT, count)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
