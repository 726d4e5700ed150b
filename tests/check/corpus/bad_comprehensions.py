"""A comprehension over a constant tuple reads each of its keys, one of which nobody writes."""

from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, StoreKey, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    a: StoreKey[int]
    b: StoreKey[int]
    parts: KeyFamily[int, int]


PAIR = (Keys.a, Keys.b)


async def write(store: MemoryStore) -> Stage:
    store.put(Keys.a, 1)
    for number in range(3):
        store.put(Keys.parts[number], number)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print([store.get(key) for key in PAIR])  # expect: KR101 b
    print(sum(store.get(Keys.parts[number]) for number in range(4)))  # expect: KR101 parts[3]
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
