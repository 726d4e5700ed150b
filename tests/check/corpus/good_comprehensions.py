"""Comprehensions and generator expressions read and write as loops do."""

from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    parts: KeyFamily[int, int]
    total: StoreKey[int]


PAIR = (Keys.a, Keys.b)


async def write(store: MemoryStore) -> Stage:
    for key in PAIR:
        store.put(key, 1)
    for number in range(3):
        store.put(Keys.parts[number], number)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    values = [store.get(key) for key in PAIR]
    names = {key.name: store.get(key) for key in PAIR if key in store}
    total = sum(store.get(Keys.parts[number]) for number in range(3))
    store.put(Keys.total, total)
    print(values, names, store.get(Keys.total))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
