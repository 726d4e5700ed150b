"""A key that nobody writes is read: there is no path on which it is there."""

from enum import Enum

from keyrack import KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "START BILL DONE")


class Keys(KeyRegistry):
    price: StoreKey[int]
    total: StoreKey[int]


async def start(store: MemoryStore) -> Stage:
    store.put(Keys.total, 1)
    return Stage.BILL


async def bill(store: MemoryStore) -> Stage:
    print(store.get(Keys.total) + store.get(Keys.price))  # expect: KR101 price
    print(store.get(Keys.price))  # not again: after its report the key counts as present
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.START)
    .register(Stage.START, start)
    .register(Stage.BILL, bill)
    .add_exit_states(Stage.DONE)
)
