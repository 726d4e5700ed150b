"""A member of a family whose index nobody knows, written just before under the same index."""

from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WORK DONE")


class Keys(KeyRegistry):
    count: StoreKey[int] = StoreKey(default=2)
    result: KeyFamily[int, int]


async def work(store: MemoryStore) -> Stage:
    for number in range(store.get(Keys.count)):
        store.put(Keys.result[number], number)
        print(store.get(Keys.result[number]))
    return Stage.DONE


workflow = Workflow(Stage, initial=Stage.WORK).register(Stage.WORK, work).add_exit_states(Stage.DONE)
