"""Another member of a family is another key."""

from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, Workflow

MISSES = True

Stage = Enum("Stage", "WRITE READ DONE")


class Keys(KeyRegistry):
    result: KeyFamily[int, float]
    named: KeyFamily[str, int]


async def write(store: MemoryStore) -> Stage:
    for number in range(3):
        store.put(Keys.result[number], 0.5)
    store.put(Keys.named["left"], 1)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.result[2]))
    print(store.get(Keys.result[3]))  # expect: KR101 result[3]
    print(store.get(Keys.named["left"]))
    print(store.get(Keys.named["right"]))  # expect: KR101 named["right"]
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
