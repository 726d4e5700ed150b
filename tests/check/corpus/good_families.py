"""Members of a family by constants: numbers, names, a loop over a range, a slot of the family."""

from enum import Enum

from keyrack import KeyFamily, KeyRegistry, MemoryStore, Workflow

Stage = Enum("Stage", "WRITE READ DONE")
COUNT = 3


class Keys(KeyRegistry):
    result: KeyFamily[int, float]
    named: KeyFamily[str, int]
    score: KeyFamily[int, int] = KeyFamily(default=0)


async def write(store: MemoryStore) -> Stage:
    for number in range(COUNT):
        store.put(Keys.result[number], 0.5)
    Keys(store).named["left"].put(1)
    store.put(Keys.named["right"], 2)
    return Stage.READ


async def read(store: MemoryStore) -> Stage:
    print(store.get(Keys.result[0]), store.get(Keys.result[2]), Keys(store).result[1].get())
    print(store.get(Keys.named["left"]) + store.get(Keys.named["right"]))
    print(store.get(Keys.score[17]))
    return Stage.DONE


workflow = (
    Workflow(Stage, initial=Stage.WRITE)
    .register(Stage.WRITE, write)
    .register(Stage.READ, read)
    .add_exit_states(Stage.DONE)
)
